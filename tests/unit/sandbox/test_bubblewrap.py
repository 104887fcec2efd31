"""bubblewrap's command line, what a program sees behind it, and what is said where it does not start."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cosplay_action.sandbox import bubblewrap
from cosplay_action.sandbox.bubblewrap import Host, argv, explain, find
from tests.support import jails

BWRAP = "/usr/bin/bwrap"


def line(**more: object) -> list[str]:
    given = {"reads": (), "chdir": "/", "environ": {}, **more}
    return argv(BWRAP, **given)  # type: ignore[arg-type]


def mounts(words: list[str], option: str = "--ro-bind") -> list[str]:
    """Where the mounts of one kind lie, in order."""
    return [words[at + 2] for at, word in enumerate(words) if word == option]


# -- the command line -------------------------------------------------------------------------------------------------


def test_every_wall_is_asked_for_and_the_root_is_read_only_at_the_end() -> None:
    words = line()
    for wall in ("--unshare-all", "--die-with-parent", "--new-session", "--clearenv"):
        assert wall in words
    assert words[words.index("--cap-drop") + 1] == "ALL"
    assert words[-5:] == ["--remount-ro", "/", "--chdir", "/", "--"]
    assert not {"--proc", "--dev", "--share-net", "--dev-bind", "--as-pid-1"} & set(words)


def test_a_proc_is_read_only_at_once_as_root_could_write_sysctls_in_it() -> None:
    words = line(proc=True)
    at = words.index("--proc")
    assert words[at : at + 4] == ["--proc", "/proc", "--remount-ro", "/proc"]


def test_the_environment_is_what_is_given() -> None:
    words = line(environ={"A": "1", "B": ""})
    assert words.index("--clearenv") < words.index("--setenv")
    assert [words[at + 1 : at + 3] for at, word in enumerate(words) if word == "--setenv"] == [["A", "1"], ["B", ""]]


def test_a_folder_below_another_is_not_bound_twice(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    words = line(reads=[f"{tmp_path}/a/b", str(tmp_path / "a"), str(tmp_path / "a"), "/usr/bin"])
    assert [path for path in mounts(words) if path.startswith(str(tmp_path))] == [str(tmp_path / "a")]
    assert mounts(words).count("/usr") == 1
    assert "/usr/bin" not in mounts(words)


def test_what_can_be_written_lies_above_what_can_be_read(tmp_path: Path) -> None:
    scratch, inner = tmp_path / "scratch", tmp_path / "scratch" / "kept"
    inner.mkdir(parents=True)
    words = line(reads=[str(tmp_path), str(inner)], writes=[str(scratch)])
    assert words.index(str(tmp_path)) < words.index(str(scratch)) < words.index(str(inner)), "parents first"
    assert mounts(words, "--bind") == [str(scratch)]


def test_a_path_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    words = line(reads=[str(tmp_path / "none")], writes=[str(tmp_path / "nor this")])
    assert not [word for word in words if word.startswith(str(tmp_path))]


def test_what_a_link_in_a_bound_folder_leads_to_is_bound_too(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "opened").mkdir()
    (tmp_path / "opened" / "link").symlink_to(tmp_path / "real")
    words = line(reads=[str(tmp_path / "opened"), str(tmp_path / "opened" / "link")])
    assert {str(tmp_path / "real"), str(tmp_path / "opened")} <= set(mounts(words))
    assert str(tmp_path / "opened" / "link") not in mounts(words), "it is a link inside, as it is outside"


@pytest.mark.skipif(not Path("/lib").is_symlink(), reason="/lib is a folder of its own here")
def test_the_systems_links_are_links_inside_and_nothing_is_mounted_below_one() -> None:
    words = line(reads=["/lib/os-release", "/lib"])
    at = words.index("/lib")
    assert words[at - 2 : at] == ["--symlink", str(Path("/lib").readlink())]
    assert not [path for path in mounts(words) if path.startswith("/lib/")]


def test_a_bind_shows_a_file_at_another_place_read_only() -> None:
    words = line(binds={"/worker.py": "/etc/hostname"})
    at = words.index("/worker.py")
    assert words[at - 2 : at] == ["--ro-bind", "/etc/hostname"]


# -- which program ----------------------------------------------------------------------------------------------------


def test_a_program_that_a_checkout_or_another_user_brings_along_is_not_run(tmp_path: Path) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\n")
    fake.chmod(0o755)
    assert find(str(tmp_path), folders=()) == ""
    assert find("relative:.:", folders=()) == ""
    assert find("", folders=()) == ""


def test_the_systems_own_folders_are_trusted_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "bwrap").write_text("#!/bin/sh\n")
    assert find("", folders=(str(tmp_path),)) == "", "not executable"
    (tmp_path / "bwrap").chmod(0o755)
    assert find("", folders=(str(tmp_path),)) == str(tmp_path / "bwrap")


# -- why it does not start --------------------------------------------------------------------------------------------

NO_SPACE = "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)"
REFUSED = "bwrap: No permissions to create new namespace, likely because the kernel does not allow it"


@pytest.mark.parametrize(
    ("said", "host", "cure"),
    [
        ("bwrap: setting up uid map: Permission denied", Host(apparmor=True), "bwrap-userns-restrict"),
        ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", Host(apparmor=True), "AppArmor"),
        (REFUSED, Host(debian=True), "sysctl kernel.unprivileged_userns_clone=1"),
        (REFUSED, Host(container=True), "--security-opt seccomp=unconfined"),
        (NO_SPACE, Host(), "sysctl user.max_user_namespaces"),
        (REFUSED, Host(none=True), "sysctl user.max_user_namespaces"),
        ("bwrap: Failed to make / slave: Permission denied", Host(container=True), "apparmor=unconfined"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", Host(), "systempaths=unconfined"),
        ("bwrap: Unknown option --clearenv", Host(), "too old"),
        ("bwrap: The --size option is not permitted in setuid mode", Host(apparmor=True), "chmod u-s"),
        ("bwrap: something nobody has seen", Host(), "something nobody has seen"),
        ("", Host(), "it said nothing"),
    ],
)
def test_each_cause_has_its_cure(said: str, host: Host, cure: str) -> None:
    assert cure in explain(said, host)


async def test_a_machine_without_it_is_told_how_to_install_it() -> None:
    if not sys.platform.startswith("linux"):
        assert "Linux" in await bubblewrap.problem("")
    else:
        assert "apt-get install bubblewrap" in await bubblewrap.problem("")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is never tried elsewhere")
@pytest.mark.parametrize(
    ("script", "said"),
    [("echo 'bwrap: Unknown option --clearenv' >&2; exit 1", "too old"), ("exit 3", "it said nothing")],
)
async def test_a_program_that_fails_is_explained_by_what_it_says(tmp_path: Path, script: str, said: str) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    assert said in await bubblewrap.problem(str(fake))


# -- behind the walls -------------------------------------------------------------------------------------------------


def inside(script: str, **more: object) -> str:
    """What a shell script, or a Python one that begins with "import", writes behind the walls."""
    jails.needed()
    python = [sys.executable, "-S", "-c"] if script.startswith("import") else ["/bin/sh", "-c"]
    reads = [sys.prefix, sys.base_prefix, *map(str, more.pop("reads", ()))]  # type: ignore[call-overload]
    given = {"chdir": "/", "environ": {}, **more}
    words = argv(find(), reads=reads, **given)  # type: ignore[arg-type]
    done = subprocess.run([*words, *python, script], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


async def test_it_starts_here_with_every_wall() -> None:
    jails.needed()
    assert await bubblewrap.problem(find()) == ""


def test_only_what_is_bound_is_there(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    (tmp_path / "open").mkdir()
    seen = inside(f"ls -A / {tmp_path} {tmp_path}/open /proc; cat {tmp_path}/secret", reads=[tmp_path / "open"])
    listed = seen.split(f"\n{tmp_path}:")[0].split()
    assert not {"home", "boot", "srv", "mnt", "sys", "proc"} & set(listed)
    assert "secret" not in seen.replace("secret: No such file", "").replace("secret': No such file", "")


def test_nothing_can_be_written_but_what_is_named(tmp_path: Path) -> None:
    (tmp_path / "read").mkdir()
    (tmp_path / "write").mkdir()
    tries = [f"echo x > {place}/new" for place in ("", "/dev", "/usr", f"{tmp_path}/read", f"{tmp_path}/write", "/t")]
    seen = inside(
        "; ".join(f"({one}) 2>/dev/null && echo '{one}'" for one in tries),
        reads=[tmp_path / "read"], writes=[str(tmp_path / "write")], tmpfs={"/t": 1 << 20},
    )  # fmt: skip
    assert seen.splitlines() == tries[-2:]
    assert [path.name for path in tmp_path.rglob("new")] == ["new"]
    assert (tmp_path / "write" / "new").exists()


def test_a_folder_in_memory_holds_no_more_than_its_size() -> None:
    seen = inside("head -c 9000000 /dev/zero > /t/x 2>/dev/null; wc -c < /t/x", tmpfs={"/t": 1 << 20})
    assert seen.strip() == str(1 << 20)


def test_there_are_five_devices() -> None:
    assert set(inside("ls /dev").split()) == set(bubblewrap.NODES)
    assert inside("echo x > /dev/null && head -c 3 /dev/zero | wc -c").strip() == "3"


def test_the_environment_behind_it_holds_nothing_of_ours() -> None:
    assert set(inside("env", environ={"GIVEN": "1"}).split()) == {"GIVEN=1", "PWD=/"}


def test_the_hosts_network_is_not_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        seen = inside(f"import socket; socket.create_connection(('127.0.0.1', {port}), 2); print('reached')")
    assert "reached" not in seen
    assert "ConnectionRefusedError" in seen
    assert inside("import socket; print([name for _, name in socket.if_nameindex()])").strip() == "['lo']"


def test_the_hosts_processes_do_not_exist() -> None:
    assert inside(f"kill -0 {os.getpid()} && echo alive").strip() != "alive"
    assert inside("echo $$", as_pid_1=True).strip() == "1"


def test_no_capability_is_left_and_none_can_be_gained() -> None:
    seen = inside("grep -E 'Cap(Prm|Eff|Bnd)|NoNewPrivs' /proc/self/status", proc=True)
    assert seen.split() == [
        *("CapPrm:", "0" * 16), *("CapEff:", "0" * 16), *("CapBnd:", "0" * 16), "NoNewPrivs:", "1"
    ]  # fmt: skip


def test_no_sysctl_can_be_written_by_whoever_runs_it() -> None:
    seen = inside("for f in /proc/sys/kernel/* /proc/sysrq-trigger; do test -w $f && echo $f; done", proc=True)
    assert seen == ""


def test_the_hosts_name_is_not_told() -> None:
    assert inside("uname -n").strip() == "sandbox"


async def test_what_it_started_dies_with_it(tmp_path: Path) -> None:
    jails.needed()
    words = argv(find(), reads=(), writes=[str(tmp_path)], chdir="/", environ={}, as_pid_1=True)
    script = f"while :; do date +%N > {tmp_path}/beat; done"
    child = await asyncio.create_subprocess_exec(*words, "/bin/sh", "-c", script)
    beat = tmp_path / "beat"
    async with asyncio.timeout(30):
        while not beat.exists():
            await asyncio.sleep(0.02)
    child.kill()
    await child.wait()
    async with asyncio.timeout(30):
        while True:  # until two looks in a row see the same
            seen = beat.read_text()
            await asyncio.sleep(0.2)
            if beat.read_text() == seen:
                break
