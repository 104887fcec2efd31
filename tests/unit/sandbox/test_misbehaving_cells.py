"""The process backend against candidates that misbehave: each is a value, and nothing of it is left."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cosplay_action.errors import SandboxError
from cosplay_action.method.job import Limits
from cosplay_action.sandbox.process import ProcessSandbox

SHORT = Limits(seconds=0.2, memory=64 * 1024 * 1024, output=100_000)
BLOCK = "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))"
GARBAGE = "for i in range(256):\n        try: os.write(i, b'\\0\\0\\0\\5garbage')\n        except OSError: pass"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("while True: pass", "timed_out"),
        ("__import__('time').sleep(60)", "timed_out"),
        (f"import signal, time\n    {BLOCK}\n    time.sleep(60)", "timed_out"),
        ("os.kill(os.getpid(), 19)", "timed_out"),
        ("9 ** 9 ** 9", "timed_out"),
        ("return bytearray(8 * 1024 ** 3)", "out_of_memory"),
        ("x = []\n    while True: x.append(' ' * 10 ** 7)", "out_of_memory"),
        ("return 'x' * 10 ** 6", "too_much_output"),
        ("return [0] * 200_000", "too_much_output"),
        ("x = []\n    for _ in range(200): x = [x]\n    return x", "too_much_output"),
        ("x = 'ha'\n    for _ in range(40): x = [x] * 2\n    return x", "too_much_output"),
        ("os._exit(0)", "exited"),
        ("os._exit(7)", "exited"),
        ("os.kill(os.getpid(), 11)", "exited"),
        ("os.kill(os.getpid(), 9)", "exited"),
        ("__import__('sys').exit('error')", "exited"),
        ("os.closerange(0, 256); return 1", "exited"),
        (GARBAGE, "exited"),
        ("os.kill(os.getppid(), 9); __import__('time').sleep(60)", "exited"),
    ],
)  # fmt: skip
async def test_a_misbehaving_cell_is_a_value_and_the_next_one_is_honest(cells, body, status) -> None:
    code = f"import os\ndef f(x):\n    if not x: return 'fine'\n    {body}\n"
    seen = await cells.run(code, "f(1)", "f(0)", limits=SHORT)
    assert [s.status for s in seen] == [status, "returned"]
    assert seen[1].value.data == "fine"


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
async def test_what_a_cell_prints_or_reads_does_not_reach_its_result(cells, body) -> None:
    assert await cells.shown(f"import os\ndef f():\n    {body}", "f()") == "1"


async def test_a_result_of_nearly_the_whole_limit_arrives(cells) -> None:
    assert len(await cells.shown("def f(): return 'x' * 90_000", "f()")) == 90_002


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
async def test_nothing_a_cell_started_is_left_running(cells, escape, tmp_path) -> None:
    mark = str(tmp_path)
    assert await cells.shown(FORKS.format(mark=mark, escape=escape), "f(1)") == "1"
    for _ in range(100):
        if not processes_with(f"MARK={mark}"):
            return
        await asyncio.sleep(0.02)
    pytest.fail("processes are left")


async def test_cancelling_a_job_ends_its_cells(cells, tmp_path) -> None:
    started = tmp_path / "pid"
    code = f"import os, time\ndef f():\n    open({str(started)!r}, 'w').write(str(os.getpid()))\n    time.sleep(60)"
    run = asyncio.create_task(cells.run(code, "f()"))
    while not started.exists() or not started.read_text():
        await asyncio.sleep(0.01)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    for _ in range(100):
        if not Path(f"/proc/{started.read_text()}").exists():
            return
        await asyncio.sleep(0.02)
    pytest.fail("the cell outlived its job")


async def test_a_cell_finds_no_secret_in_its_environment_and_a_fresh_directory(cells, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    code = "import os\ndef f(): return dict(os.environ), os.getcwd() == os.environ['HOME'], os.listdir('.')"
    shown = await cells.shown(code, "f()")
    assert "secret" not in shown
    assert shown.endswith("True, [])")
    assert "'PYTHONHASHSEED': '0'" in shown


async def test_hashes_are_the_same_in_every_worker(cells) -> None:
    code = "def f(): return hash('a'), [*{'a', 'b', 'c', 'd'}]"
    assert await cells.shown(code, "f()") == await cells.shown(code, "f()")


async def test_jobs_beyond_the_parallel_bound_wait_and_all_end(cells) -> None:
    sandbox = ProcessSandbox(root=cells.root, parallel=2)
    jobs = [cells.job_with(f"f({n})") for n in range(6)]
    seen = await asyncio.gather(*map(sandbox.run, jobs))
    assert [s[0].value.data for s in seen] == list(range(6))


async def test_no_input_is_no_observation(cells) -> None:
    assert list(await cells.run("def f(): ...")) == []


async def test_an_interpreter_that_does_not_exist_is_an_error_with_a_cure(cells) -> None:
    with pytest.raises(SandboxError, match="cannot be started") as caught:
        await ProcessSandbox(root=cells.root, python=Path("/nowhere/python")).run(cells.job_with("f(1)"))
    assert "Install" in caught.value.cure


async def test_an_interpreter_that_is_none_is_an_error_that_quotes_it(cells, tmp_path) -> None:
    false = tmp_path / "python"
    false.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    false.chmod(0o755)
    with pytest.raises(SandboxError, match="not today"):
        await ProcessSandbox(root=cells.root, python=false).run(cells.job_with("f(1)"))


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
        ("import os, time\nif os.fork() == 0: time.sleep(60)\nprint(1)\n", "returned", ""),
    ],
)  # fmt: skip
async def test_a_program_that_fails_is_a_value(cells, code, status, detail) -> None:
    seen = await cells.one(code, "", kind="program", limits=SHORT)
    assert seen.status == status
    assert detail in seen.detail


async def test_a_programs_expected_output_is_its_text(cells) -> None:
    assert await cells.shown(None, "a  \n\n", kind="program") == "'a'"
