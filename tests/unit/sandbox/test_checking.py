"""pytest on a scratch copy, by level: what the code that it runs can reach, and what becomes of the copy."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from cosplay_action.errors import SandboxError
from cosplay_action.sandbox import seatbelt
from cosplay_action.sandbox.checking import Checks
from cosplay_action.sandbox.streams import Finished
from tests.support import jails, sandboxes


class Bench:
    def __init__(self, folder: Path, level: str) -> None:
        self.home, self.source, self.outside = folder / "home", folder / "scratch" / "repository", folder / "outside"
        for path in (self.home, self.source, self.outside):
            path.mkdir(parents=True)
        (self.outside / "secret").write_text("the key")
        self.checks = Checks(level=level, python=Path(sys.executable), home=self.home)

    async def run(self, body: str, *arguments: str, seconds: float = 60) -> Finished:
        """Run pytest on one test with this body."""
        lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
        (self.source / "test_it.py").write_text(
            f"import os, pathlib, subprocess, socket\ndef test_it(tmp_path):\n{lines}"
        )
        return await self.checks.check(self.source, ["-q", *arguments, "test_it.py"], ["."], seconds)

    async def passes(self, body: str) -> bool:
        seen = await self.run(body)
        assert b"<testcase" in seen.report, seen
        return seen.code == 0


@pytest.fixture(params=["A", "B", "D"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return Bench(tmp_path, _level(request.param))


@pytest.fixture(params=["A", "B"])
def walled(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return Bench(tmp_path, _level(request.param))


def _level(level: str) -> str:
    if level == "A":
        jails.needed()
    if level == "B" and (why := sandboxes.trouble("B")):
        pytest.skip(why)
    return level


async def test_what_tests_need_is_there(bench: Bench) -> None:
    assert await bench.passes("""
import asyncio, sqlite3, threading
(tmp_path / "a").write_text("1")
pathlib.Path("here").write_text("2")
sqlite3.connect(tmp_path / "b.db").execute("create table t(x)")
threading.Thread(target=int).start()
async def one(): return 1
assert asyncio.run(one()) == 1
assert os.path.expanduser("~") != "~"
""")


async def test_files_outside_of_the_copy_can_neither_be_read_nor_written(walled: Bench) -> None:
    outside = str(walled.outside)
    assert await walled.passes(f"""
for mode in ("r", "w", "a"):
    try:
        open("{outside}/secret", mode).close()
    except OSError:
        continue
    assert not mode
try:
    os.mkdir("{outside}/new")
except OSError:
    pass
""")
    assert [path.name for path in walled.outside.iterdir()] == ["secret"]
    assert (walled.outside / "secret").read_text() == "the key"


async def test_the_network_is_not_reached(walled: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not await walled.passes(f"socket.create_connection(('127.0.0.1', {port}), 5)")


async def test_processes_of_the_host_are_not_reached(walled: Bench) -> None:
    assert not await walled.passes(f"os.kill({os.getpid()}, 0)")


@pytest.mark.parametrize(
    "deed", ["os.fork() or os._exit(0)", "subprocess.run(['true'])", "os.execv('/bin/true', ['x'])"]
)
async def test_without_a_jail_nothing_else_can_be_started(tmp_path: Path, deed: str) -> None:
    assert not await Bench(tmp_path, _level("B")).passes(deed)


async def test_without_walls_each_of_these_deeds_is_done(tmp_path: Path) -> None:
    """A test of the tests above: what fails there fails for the walls."""
    plain = Bench(tmp_path, "D")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert await plain.passes(f"""
socket.create_connection(('127.0.0.1', {port}), 5)
os.kill({os.getpid()}, 0)
subprocess.run(['true'], check=True)
os.fork() or os._exit(0)
assert open("{plain.outside}/secret").read()
os.mkdir("{plain.outside}/new")
""")


async def test_start_files_of_the_environment_run_behind_the_walls_too(walled: Bench, tmp_path: Path) -> None:
    import asyncio

    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "venv", "--without-pip", "--system-site-packages", tmp_path / "venv"
    )
    assert await child.wait() == 0
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    own = Path(pytest.__file__).parents[1]
    (site / "more.pth").write_text(f"{own}\nimport os; os.system('echo x > {walled.outside}/started')\n")
    walled.checks = Checks(level=walled.checks.level, python=tmp_path / "venv/bin/python", home=walled.home)
    seen = await walled.run("pass")
    assert seen.code == 0, seen
    assert not (walled.outside / "started").exists()


async def test_no_variable_of_ours_reaches_the_tests(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    assert await bench.passes("assert 'secret' not in os.environ.values() and 'GITHUB_TOKEN' not in os.environ")


@pytest.mark.parametrize("options", ["-n 2", "-n auto --dist loadfile", "-p no:xdist"])
async def test_options_that_start_processes_are_overruled_where_none_can_start(bench: Bench, options: str) -> None:
    pytest.importorskip("xdist")
    (bench.source / "pytest.ini").write_text(f"[pytest]\naddopts = {options}\n")
    assert await bench.passes("pass")


async def test_a_test_that_ends_the_process_leaves_no_report(bench: Bench) -> None:
    seen = await bench.run("os._exit(0)")
    assert (seen.code, seen.report) == (0, b"")


async def test_tests_that_somebody_kills_are_run_once_more(tmp_path: Path) -> None:
    """The kernel does, where memory is short; here a test does itself, the first time."""
    seen = await Bench(tmp_path, "D").run("""
told = pathlib.Path(__file__).with_name("told")
if not told.exists():
    told.touch()
    os.kill(os.getpid(), 9)
""")
    assert (seen.code, b"<testcase" in seen.report) == (0, True)


async def test_folders_that_tests_have_shut_are_opened_again(bench: Bench) -> None:
    await bench.run("os.makedirs('a/b/c'); os.mkdir('shut', 0o300); os.mkdir('shut/x'); os.chmod('a', 0)")
    assert all(os.access(path, os.R_OK | os.X_OK) for path in bench.source.rglob("*") if path.is_dir())


async def test_a_flood_is_stopped(bench: Bench) -> None:
    seen = await bench.run("while True: os.write(1, b'y' * 65536)", "-s")
    assert (seen.code, seen.why) == (None, "it wrote too much output")


async def test_a_level_that_is_not_known_runs_no_tests(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="Nothing confines tests"):
        await Bench(tmp_path, "").run("pass")


def test_on_a_mac_tests_may_change_their_copy_and_nothing_else() -> None:
    text = seatbelt.profile(["/python"], ["/copy"])
    assert text.count("file-write*") == 1
    assert '(allow file-write* (subpath "/copy"))' in text
    assert "file-write*" not in seatbelt.profile(["/python"])
    assert "network" not in text
