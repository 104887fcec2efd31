"""Candidates that misbehave: each is a value, and nothing of it is left. Without walls too (level D)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cosplay_action.errors import SandboxError
from cosplay_action.method.job import Limits
from tests.support.cells import Cells
from tests.support.processes import descendants, gone
from tests.support.sandboxes import sandbox_at

SHORT = Limits(seconds=0.2, memory=64 * 1024 * 1024, output=100_000)
BLOCK = "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))"
GARBAGE = "for i in range(256):\n        try: os.write(i, b'\\0\\0\\0\\5garbage')\n        except OSError: pass"


@pytest.fixture(params=["A", "B", "D"])
def leveled(cells: Cells, request: pytest.FixtureRequest) -> Cells:
    cells.level = request.param
    return cells


@pytest.fixture
def unwalled(cells: Cells) -> Cells:
    cells.level = "D"
    return cells


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("while True: pass", "timed_out"),
        ("__import__('time').sleep(60)", "timed_out"),
        (f"import signal, time\n    {BLOCK}\n    time.sleep(60)", "timed_out"),
        ("9 ** 9 ** 9", "timed_out"),
        ("return bytearray(8 * 1024 ** 3)", "out_of_memory"),
        ("x = []\n    while True: x.append(' ' * 10 ** 7)", "out_of_memory"),
        ("return 'x' * 10 ** 6", "too_much_output"),
        ("return [0] * 200_000", "too_much_output"),
        ("x = []\n    for _ in range(200): x = [x]\n    return x", "too_much_output"),
        ("x = 'ha'\n    for _ in range(40): x = [x] * 2\n    return x", "too_much_output"),
        ("os._exit(0)", "exited"),
        ("os._exit(7)", "exited"),
        ("__import__('ctypes').string_at(0)", "exited"),
        ("__import__('sys').exit('error')", "exited"),
        ("os.closerange(0, 256); return 1", "exited"),
        (GARBAGE, "exited"),
    ],
)  # fmt: skip
async def test_a_misbehaving_cell_is_a_value_and_the_next_one_is_honest(leveled, body, status) -> None:
    code = f"import os\ndef f(x):\n    if not x: return 'fine'\n    {body}\n"
    seen = await leveled.run(code, "f(1)", "f(0)", limits=SHORT)
    assert [s.status for s in seen] == [status, "returned"]
    assert seen[1].value.data == "fine"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("os.kill(os.getpid(), 19)", "timed_out"),
        ("os.kill(os.getpid(), 11)", "exited"),
        ("os.kill(os.getpid(), 9)", "exited"),
        ("os.kill(os.getppid(), 9); __import__('time').sleep(60)", "exited"),
        ("os.kill(os.getpgid(os.getppid()), 9); __import__('time').sleep(60)", "exited"),
    ],
)
async def test_without_walls_a_cell_that_signals_costs_only_itself(unwalled, body, status) -> None:
    code = f"import os\ndef f(x):\n    if not x: return 'fine'\n    {body}\n"
    seen = await unwalled.run(code, "f(1)", "f(0)", limits=SHORT)
    assert [s.status for s in seen] == [status, "returned"]


@pytest.mark.parametrize("level", ["A", "B"])
@pytest.mark.parametrize("call", ["os.kill(os.getpid(), 9)", "os.kill(os.getppid(), 0)", "os.fork()", "os.setsid()",
                                  "open('made', 'w')", "os.mkdir('made')", "__import__('socket').socket()",
                                  "__import__('subprocess').run(['true'])"])  # fmt: skip
async def test_behind_walls_what_is_not_allowed_raises(cells, level, call) -> None:
    cells.level = level
    seen = await cells.one(f"import os\ndef f(): return {call}", "f()")
    assert (seen.status, seen.error[:1]) == ("raised", ("PermissionError",))


@pytest.mark.parametrize(
    "body",
    [
        "print('x' * 10 ** 6); return 1",
        "import sys; sys.stderr.write('x' * 10 ** 6); return 1",
        "os.write(1, b'x' * 10 ** 6); return 1",
        "import sys; sys.stdout.close(); os.close(1); return 1",
        "assert input.__name__; return 1 if not os.read(0, 9) else 2",
    ],
)
async def test_what_a_cell_prints_or_reads_does_not_reach_its_result(leveled, body) -> None:
    assert await leveled.shown(f"import os\ndef f():\n    {body}", "f()") == "1"


async def test_a_result_of_nearly_the_whole_limit_arrives(leveled) -> None:
    assert len(await leveled.shown("def f(): return 'x' * 90_000", "f()")) == 90_002


def processes_with(marker: str) -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            found += [str(file)] if marker.encode() in file.read_bytes() else []
        except OSError:  # gone meanwhile
            continue
    return found


FORKS = """
import os, time
os.environ["COSPLAY_TEST_MARK"] = MARK = {mark!r}
def f(x):
    for _ in range(20):
        if os.fork() == 0:
            {escape}
            os.execve("/bin/sleep", ["sleep", "60"], {{"MARK": MARK}})
    return 1
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")
@pytest.mark.parametrize("escape", ["pass", "os.setsid()"])
async def test_nothing_a_cell_started_is_left_running(unwalled, escape, tmp_path) -> None:
    mark = str(tmp_path)
    assert await unwalled.shown(FORKS.format(mark=mark, escape=escape), "f(1)") == "1"
    for _ in range(100):
        if not processes_with(f"MARK={mark}"):
            return
        await asyncio.sleep(0.02)
    pytest.fail("processes are left")


@pytest.mark.parametrize("ending", ["cancel", "close"])
async def test_ending_a_job_or_its_sandbox_ends_its_cells(leveled, ending) -> None:
    sandbox = sandbox_at(leveled.level, leveled.root)
    started = asyncio.Event()
    code = "import time\ndef f(x):\n    if x: time.sleep(60)\n    return x"
    run = asyncio.create_task(sandbox.run(leveled.with_code(code, "f(0)", "f(1)"), lambda *_: started.set()))
    await started.wait()
    before = descendants()
    if ending == "cancel":
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    else:
        await sandbox.aclose()
        run.cancel()
        await asyncio.wait([run])
    await sandbox.aclose()
    assert before
    assert await gone(before) == set()


async def test_a_cell_finds_no_secret_in_its_environment(leveled, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    shown = await leveled.shown("import os\ndef f(): return dict(os.environ)", "f()")
    assert "secret" not in shown
    assert "'PYTHONHASHSEED': '0'" in shown


async def test_a_cell_starts_where_the_repository_lies(leveled) -> None:
    leveled.write("data/names.txt", "Ada")
    assert await leveled.shown("def f(): return open('data/names.txt').read()", "f()") == "'Ada'"


async def test_hashes_are_the_same_in_every_worker(cells) -> None:
    code = "def f(): return hash('a'), [*{'a', 'b', 'c', 'd'}]"
    assert await cells.shown(code, "f()") == await cells.shown(code, "f()")


async def test_jobs_beyond_the_parallel_bound_wait_and_all_end(cells) -> None:
    sandbox = sandbox_at("A", cells.root, parallel=2)
    jobs = [cells.job_with(f"f({n})") for n in range(6)]
    seen = await asyncio.gather(*map(sandbox.run, jobs))
    await sandbox.aclose()
    assert [s[0].value.data for s in seen] == list(range(6))


async def test_no_input_is_no_observation(cells) -> None:
    assert list(await cells.run("def f(): ...")) == []


async def test_an_interpreter_that_does_not_exist_is_an_error_with_a_cure(cells) -> None:
    with pytest.raises(SandboxError, match="there is no interpreter") as caught:
        await sandbox_at("A", cells.root, python=Path("/nowhere/python")).run(cells.job_with("f(1)"))
    assert "--python" in caught.value.cure


async def test_an_interpreter_that_is_none_is_an_error_that_quotes_it(cells, tmp_path) -> None:
    false = tmp_path / "python"
    false.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    false.chmod(0o755)
    with pytest.raises(SandboxError, match="not today"):
        await sandbox_at("A", cells.root, python=false).run(cells.job_with("f(1)"))


PROGRAM = "import sys\nfor line in sys.stdin:\n    print(line.strip()[::-1], '  ')\nprint()\n"


@pytest.mark.parametrize(
    ("code", "stdin", "shown"),
    [
        (PROGRAM, "ab\ncd\n", "ba\ndc"),
        ("print(open(0).read() == 'x' * 300_000)", "x" * 300_000, "True"),
        ("import sys\nsys.stdout.write('é ☃')", "", "é ☃"),
        ("import os\nos.write(1, b'\\xff')", "", "\ufffd"),
        ("print(__name__, __import__('sys').argv)", "", "__main__ ['program.py']"),
        ("import sys\nprint('error: Traceback'); sys.exit(0)", "", "error: Traceback"),
        ("import threading\nthreading.Timer(0.05, print, ['late']).start()", "", "late"),
        ("import atexit\natexit.register(print, 'bye')", "", "bye"),
        ("def a():\n    return b()\ndef b():\n    return 1\nprint(a())", "", "1"),
    ],
)
async def test_a_program_reads_stdin_and_its_stdout_is_the_value(cells, code, stdin, shown) -> None:
    seen = await cells.one(code, stdin, kind="program")
    assert (seen.status, seen.value and seen.value.data) == ("returned", shown)


@pytest.mark.parametrize(
    ("code", "status", "detail"),
    [
        ("import sys\nprint('half')\nsys.exit('no good')", "exited", "no good"),
        ("import sys\nsys.exit(3)", "exited", "code 3"),
        ("x = 1\nraise ValueError(x)", "exited", 'line 2, in <module>\n    raise ValueError(x)'),
        ("def f(:", "exited", "SyntaxError"),
        ("print('x' * 10 ** 6)", "too_much_output", ""),
        (f"import signal, time\n{BLOCK}\nprint(1, flush=True)\ntime.sleep(60)", "timed_out", ""),
    ],
)  # fmt: skip
async def test_a_program_that_fails_is_a_value(cells, code, status, detail) -> None:
    seen = await cells.one(code, "", kind="program", limits=SHORT)
    assert seen.status == status
    assert detail in seen.detail


async def test_a_programs_expected_output_is_its_text(cells) -> None:
    assert await cells.shown(None, "a  \n\n", kind="program") == "'a'"
