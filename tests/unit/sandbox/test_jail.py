"""The jail for whole programs: what a program in it can see, change, use up and leave behind."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from cosplay_action.sandbox import jail, jail_filter, streams
from cosplay_action.sandbox.jail import REPORT, Jail
from cosplay_action.sandbox.streams import Finished
from tests.support import jails
from tests.support.bpf import ALLOW, AUDIT, ERRNO, Filter


class Bench:
    """A jail for a small repository of two files, of which the program gets a copy."""

    def __init__(self, folder: Path) -> None:
        self.home, self.source = folder / "home", folder / "source"
        for root in (self.home, self.source):
            (root / "pkg").mkdir(parents=True)
            (root / "pkg" / "__init__.py").write_text("WHERE = __file__\n")
            (root / "data.txt").write_text("data\n")
        (self.home / ".env").write_text("KEY=1\n")

    async def run(self, command: str, seconds: float = 60) -> Finished:
        found = await jails.jail_for(self.home)
        return await found.command(self.source, command, ["."], seconds)

    async def python(self, code: str, seconds: float = 60) -> Finished:
        (self.source / "script.py").write_text(code)
        return await self.run("python script.py", seconds)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_a_program_sees_the_copy_where_the_repository_lies_and_nothing_else_of_it(bench: Bench) -> None:
    seen = await bench.run('pwd; ls -A; cat data.txt; python -c "import pkg; print(pkg.WHERE)"')
    assert seen.output.split() == [str(bench.home), "data.txt", "pkg", "data", str(bench.home / "pkg/__init__.py")]
    assert seen.places == (str(bench.home),)


async def test_what_it_writes_is_gone_with_it(bench: Bench) -> None:
    seen = await bench.run(
        "echo x > new; rm data.txt; echo y > pkg/__init__.py; echo z > ~/z; echo z > /tmp/z; ls -A . ~"
    )
    assert seen.code == 0
    assert "new" in seen.output
    assert sorted(path.name for path in bench.source.rglob("*")) == ["__init__.py", "data.txt", "pkg"]
    again = await bench.run("cat data.txt; ls -A . ~")
    assert again.output.split("\n", 1)[0] == "data"
    assert "new" not in again.output


async def test_files_of_the_host_are_not_there(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the key")
    seen = await bench.run(f"cat {tmp_path}/secret {bench.home}/.env /etc/shadow /proc/1/environ ~root/.ssh/* ; true")
    assert "key" not in seen.output.lower()
    assert seen.output.count("No such file") >= 4


async def test_its_environment_holds_nothing_of_ours(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--ours")
    seen = await bench.run("env; cat /proc/*/environ | tr '\\0' '\\n'")
    assert "secret" not in seen.output
    assert "--ours" not in seen.output
    assert "COSPLAY" not in seen.output


async def test_it_is_a_place_where_programs_work(bench: Bench) -> None:
    """Children, threads, locks between processes, temporary files, a loopback network, a user with a name."""
    seen = await bench.python("""
import getpass, multiprocessing, os, socket, subprocess, tempfile, threading
assert subprocess.run(["echo", "a"], capture_output=True, check=True).stdout == b"a\\n"
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
threading.Thread(target=print).start()
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
assert tempfile.NamedTemporaryFile().name.startswith("/tmp/")
assert os.path.exists("/proc/self/status") and os.path.isdir(os.path.expanduser("~"))
print(getpass.getuser(), os.path.expanduser("~"))
""")
    assert (seen.code, seen.output.split()) == (0, ["sandbox", "/tmp/home"])


async def test_the_hosts_network_is_not_reached(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        seen = await bench.python(
            f"import socket; socket.create_connection(('127.0.0.1', {port}), 5); print('reached')"
        )
    assert "ConnectionRefusedError" in seen.output


async def test_ways_past_namespaces_are_shut(bench: Bench) -> None:
    seen = await bench.python("""
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def refused(number, *args):
    return libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, args)) < 0 and ctypes.get_errno() in {1, 38}
unshare, keyctl = {"x86_64": (272, 250), "aarch64": (97, 219)}[os.uname().machine]
print(refused(unshare, 0x10000000), refused(keyctl, 0, 0, 0), refused(425, 1, 0))
try:
    socket.socket(40, socket.SOCK_STREAM)
except OSError as error:
    print(error.errno)
""")
    assert seen.output.split() == ["True", "True", "True", "97"], "namespaces, keyrings, io_uring; AF_VSOCK"


async def test_no_sysctl_and_no_process_of_the_host_can_be_touched(bench: Bench) -> None:
    writable = "for f in /proc/sys/*/* /proc/sysrq-trigger; do test -w $f && echo $f; done"
    seen = await bench.run(f"{writable}; kill -0 {os.getpid()} && echo alive; true")
    assert "/proc" not in seen.output
    assert "alive" not in seen.output.replace("kill:", "")


async def test_a_program_that_does_not_end_is_stopped_with_all_it_started(bench: Bench) -> None:
    token = f"sleep 9{os.getpid()}"
    seen = await bench.run(f"setsid {token} & nohup {token} & {token}", seconds=2)
    assert (seen.code, seen.why) == (None, "it did not end within 2 seconds")
    assert not running(token)


async def test_what_a_program_leaves_running_ends_with_it(bench: Bench) -> None:
    token = f"sleep 8{os.getpid()}"
    seen = await bench.run(f"setsid {token} & echo done")
    assert (seen.code, seen.output) == (0, "done\n")
    assert not running(token)


async def test_a_cancelled_run_leaves_no_process_and_no_file(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, before = f"sleep 7{os.getpid()}", {path.name for path in tmp_path.iterdir()}
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # the usual folder has those of other tests
    task = asyncio.create_task(bench.run(f"setsid {token} & {token}"))
    async with asyncio.timeout(30):
        while not running(token):
            await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not running(token)
    left = {path.name for path in tmp_path.iterdir()} - before
    assert not [name for name in left if name.startswith("cosplay-jail-")]


KILLED = """
import asyncio, sys
from pathlib import Path
from cosplay_action.sandbox.jail import open_jail
async def main(home, source, command):
    jail, _ = await open_jail(Path(sys.executable), Path(home))
    await jail.command(Path(source), command, ["."], 60)
asyncio.run(main(*sys.argv[1:]))
"""


async def test_it_ends_with_whoever_started_it(bench: Bench) -> None:
    jails.needed()
    token = f"sleep 6{os.getpid()}"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, bench.home, bench.source, f"setsid {token} & {token}"
    )
    async with asyncio.timeout(30):
        while not running(token):
            await asyncio.sleep(0.02)
        child.kill()
        await child.wait()
        while running(token):
            await asyncio.sleep(0.02)


def running(token: str) -> bool:
    """Whether a process with these words on its command line is there."""
    found = []
    for process in Path("/proc").glob("[1-9]*"):
        try:
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").strip())
        except OSError:
            continue
    return token.encode() in found


async def test_a_flood_of_output_is_stopped_and_its_end_is_kept(bench: Bench) -> None:
    seen = await bench.run("yes")
    assert (seen.code, seen.why) == (None, "it wrote too much output")
    assert len(seen.output) <= streams.SHOWN
    assert (await bench.run("yes | head -c 1000000; echo the end")).output.endswith("y\nthe end\n")


async def test_a_program_that_starts_ever_more_processes_is_stopped(bench: Bench) -> None:
    seen = await bench.python("""
import os, time
while True:
    try:
        if not os.fork():
            os.setsid()
            time.sleep(1000)
    except OSError:
        time.sleep(0.01)
""", seconds=20)  # fmt: skip
    assert seen.code is None
    assert seen.why in {f"it had more than {jail.PROCESSES} processes", "it did not end within 20 seconds"}
    assert (await bench.run("echo fine")).output == "fine\n"


async def test_the_disk_it_can_fill_is_a_bounded_piece_of_memory(bench: Bench) -> None:
    many = "for n in 1 2 3; do head -c 900M /dev/zero > $n 2>/dev/null; done; du -smx . | cut -f1"
    for place in (".", "/tmp"):
        seen = await bench.run(f"cd {place}; {many}")
        assert 500 < int(seen.output) < 1100, place


@pytest.mark.parametrize(
    "left",
    [f"ln -s /etc/passwd {REPORT}", f"mkfifo {REPORT}", f"mkdir {REPORT}", f"truncate -s 30M {REPORT}", "true"],
    ids=["a link", "a pipe", "a folder", "too large", "none"],
)
async def test_a_report_that_is_no_plain_file_of_a_fair_size_is_none(bench: Bench, left: str) -> None:
    seen = await bench.run(left)
    assert (seen.code, seen.report) == (0, b"")


async def test_pytest_leaves_its_report_whatever_the_command_says_of_its_output(bench: Bench) -> None:
    (bench.source / "test_it.py").write_text("def test_a(): pass\ndef test_b(): assert 0\n")
    seen = await bench.run("python -m pytest -q | tail -1; exit 7")
    assert seen.code == 7
    assert seen.report.count(b"<testcase") == 2


@pytest.mark.parametrize(
    ("command", "code"), [("exit 3", 3), ("kill -9 $$", 137), ("does-not-exist", 127), ("kill -9 1; exit 4", 4)]
)
async def test_the_exit_code_is_as_a_shell_tells_it(bench: Bench, command: str, code: int) -> None:
    assert (await bench.run(command)).code == code


async def test_a_program_that_writes_into_the_jails_own_channel_is_not_believed(bench: Bench) -> None:
    seen = await bench.python("""
import glob, os
for path in glob.glob("/proc/1/fd/*"):
    try:
        with open(path, "wb", buffering=0) as channel:
            channel.write(b'{"code": 0, "why": ""}\\n<forged/>')
    except OSError:
        pass
os._exit(5)
""")
    assert seen.code == 5
    assert seen.report == b""


async def test_an_environment_within_the_repository_is_seen_at_its_place(bench: Bench) -> None:
    venv = bench.home / ".venv"
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "venv", "--without-pip", venv)
    assert await child.wait() == 0
    jails.needed()
    found, why = await jail.open_jail(venv / "bin/python", bench.home)
    assert isinstance(found, Jail), why
    seen = await found.command(
        bench.source, "which python; ls -A; python -c 'import sys; print(sys.prefix)'", ["."], 60
    )
    assert seen.output.split() == [str(venv / "bin/python"), ".venv", "data.txt", "pkg", str(venv)]


# -- the filter on system calls ---------------------------------------------------------------------------------------

NUMBERS = {  # x86_64, aarch64
    "unshare": (272, 97), "mount": (165, 40), "keyctl": (250, 219), "bpf": (321, 280), "setns": (308, 268),
    "io_uring_setup": (425, 425), "userfaultfd": (323, 282),
}  # fmt: skip
FINE = {"read": (0, 63), "execve": (59, 221), "ptrace": (101, 117), "connect": (42, 203), "kill": (62, 129)}


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_the_filter_refuses_what_it_names_and_nothing_else(arch: str) -> None:
    made, audit = Filter(jail_filter.program(arch)), AUDIT[arch]
    column = list(AUDIT).index(arch)
    assert {made.verdict(audit, numbers[column]) for numbers in NUMBERS.values()} == {ERRNO | 1}
    assert {made.verdict(audit, numbers[column]) for numbers in FINE.values()} == {ALLOW}
    clone, socket_ = (56, 220)[column], (41, 198)[column]
    assert made.verdict(audit, clone, [0x11]) == made.verdict(audit, clone, [0x3D0F00]) == ALLOW, "fork, a thread"
    for namespace in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert made.verdict(audit, clone, [0x11 | namespace]) == ERRNO | 1
    assert made.verdict(audit, 435) == ERRNO | 38, "clone3, so that the C library asks clone"
    assert [made.verdict(audit, socket_, [family]) for family in (1, 2, 10, 16)] == [ALLOW] * 4
    assert {made.verdict(audit, socket_, [family]) for family in (0, 17, 38, 40, 255)} == {ERRNO | 97}
    assert made.verdict(0x40000003, 1) == ERRNO | 1, "32-bit calls have other numbers"
    assert made.verdict(audit, 0x40000000 | 272) == ERRNO | 38, "so have those of x32"


def test_an_unknown_processor_has_no_filter() -> None:
    assert jail_filter.program("riscv64") == b""
