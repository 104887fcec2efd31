"""Running the test file before it ships: in a scratch copy, in a process group of its own, under a hard deadline.

pytest's JUnit report says what passed, not its exit code: a repository's ``addopts`` may demand a coverage that one
file alone never reaches. Durations, addresses and the scratch folder's name never reach the result.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from cosplay_action.specs.scratch import copy_files, repository_files, write_files

_REPORT_LIMIT = 20_000_000  # bytes
_SAID_LIMIT = 300
# Limits are set by a small program that then becomes the interpreter: a fork hook would not be safe in threads.
_LIMITED = """
import os, resource, sys
bounds = {resource.RLIMIT_CPU: int(sys.argv[1]), resource.RLIMIT_FSIZE: 1 << 28, resource.RLIMIT_CORE: 0}
for kind, most in bounds.items():
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What running one test file showed.

    ``passed`` are pytest's names (``test_x[id]``) in file order, ``failed`` pairs of name and reason. ``said`` is the
    closing line without its duration ("6 passed"). ``ok``: something passed and nothing failed. ``problem`` says,
    with the cure, why the file could not be run at all; then both lists are empty.
    """

    passed: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    said: str = ""
    ok: bool = False
    problem: str = ""


async def run_test_file(
    root: Path,
    files: Mapping[str, str | bytes],
    test_path: str,
    *,
    python: str,
    seconds: float,
    roots: Sequence[str] = (".",),
) -> CheckResult:
    """Run ``test_path`` with ``files`` (whole files by path, the test among them) written over a copy of ``root``.

    ``python`` is the interpreter with the repository's dependencies, ``roots`` are import roots relative to ``root``:
    they come before an editable install, which would import the user's own files. ``seconds`` bounds the wall time.
    """
    with tempfile.TemporaryDirectory(prefix="cosplay-check-", ignore_cleanup_errors=True) as name:
        copy = _room(name)
        if not await asyncio.to_thread(copy_files, root, await repository_files(root), copy):
            return CheckResult(problem="The repository is too large to copy: tests were not run. Run them yourself.")
        write_files(copy, files)
        return await _run(copy, test_path, python, seconds, roots)


def _room(name: str) -> Path:
    copy = Path(name).resolve() / "repository"
    copy.mkdir()
    return copy


async def _run(copy: Path, test_path: str, python: str, seconds: float, roots: Sequence[str]) -> CheckResult:
    home = copy.parent
    report = home / "report.xml"
    # No cacheprovider switch: the copy is thrown away, and `--lf` in addopts or `cache_dir` would then be errors.
    options = ["-q", "--maxfail=0", "-p", "no:randomly", f"--junitxml={report}", "-o", "junit_family=xunit2"]
    limited = ["-I", "-c", _LIMITED, str(int(seconds) + 2), python]
    command = [python, *limited, "-m", "pytest", *options, test_path]
    try:
        code, output = await _finish(command, copy, _environment(home, copy, python, roots), seconds)
    except (FileNotFoundError, PermissionError):
        return CheckResult(problem=f"The interpreter {python} cannot be run. Install cosplay-action anew.")
    if code is None:
        return CheckResult(problem=f"The tests did not end within {seconds:g} seconds and were stopped.")
    return _read(report, code, _clean(output, home))


def _environment(home: Path, copy: Path, python: str, roots: Sequence[str]) -> dict[str, str]:
    """A fresh environment: nothing of ours (keys, tokens, pytest's own options) reaches the tests."""
    scratch = home / "tmp"
    scratch.mkdir(exist_ok=True)
    paths = [str(Path(python).parent), os.environ.get("PATH", os.defpath)]
    return {
        "PATH": os.pathsep.join(paths),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(str(copy / r) for r in roots),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
    }


async def _finish(command: list[str], cwd: Path, env: dict[str, str], seconds: float) -> tuple[int | None, str]:
    """Exit code (None: deadline) and combined output; the whole process group is dead afterwards."""
    log = cwd.parent / "output.txt"
    with log.open("wb") as sink:
        child = await asyncio.create_subprocess_exec(
            *command, cwd=cwd, env=env, stdin=asyncio.subprocess.DEVNULL, stdout=sink, stderr=sink,
            start_new_session=True,
        )  # fmt: skip
        code: int | None
        try:
            code = await asyncio.wait_for(child.wait(), seconds)
        except TimeoutError:
            code = None
        finally:
            _kill(child.pid)
            await child.wait()
    return code, log.read_bytes()[-20_000:].decode("utf-8", "replace")


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # all ended by themselves


def _read(report: Path, code: int, output: str) -> CheckResult:
    if re.search(r"No module named '?pytest'?$", output, re.MULTILINE):
        cure = "Install pytest into the environment that runs cosplay-action."
        return CheckResult(problem=f"The interpreter has no pytest: the tests were not run. {cure}")
    cases = _cases(report)
    broken = [text for name, text in cases if not name and text]
    if not cases or broken:
        why = broken[0] if broken else _last_words(output)
        return CheckResult(problem=f"pytest could not run the test file (exit code {code}): {why}")
    passed = tuple(name for name, text in cases if not text)
    failed = tuple((name, _clean(text, report.parent)) for name, text in cases if text)
    return CheckResult(passed=passed, failed=failed, said=_said(passed, failed), ok=bool(passed) and not failed)


def _said(passed: Sequence[str], failed: Sequence[tuple[str, str]]) -> str:
    parts = [f"{len(failed)} failed"] if failed else []
    parts += [f"{len(passed)} passed"] if passed else []
    return ", ".join(parts)


def _cases(report: Path) -> list[tuple[str, str]]:
    """(name, why it failed or "") of each test case; a file that could not be collected has no name."""
    if not report.is_file() or report.stat().st_size > _REPORT_LIMIT:
        return []
    try:
        tree = ET.parse(report)  # noqa: S314 - bounded, and expat guards against entity expansion
    except ET.ParseError:
        return []
    found: dict[str, str] = {}
    for case in tree.iter("testcase"):
        name, why = case.get("name", ""), _why(case)
        collected = case.get("classname", "") != ""
        found[name if collected else ""] = why or found.get(name, "")
    return list(found.items())


def _why(case: ET.Element) -> str:
    for child in case:
        if child.tag in {"failure", "error", "skipped"}:
            text = child.text or ""
            marked = [line[2:].strip() for line in text.split("\n") if line.startswith("E  ")]
            first = (child.get("message") or "").partition("\n")[0]
            return _short(first if child.tag != "error" or not marked else marked[-1]) or child.tag
    return ""


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.split("\n") if line.strip()]
    marked = [line[2:].strip() for line in lines if line.startswith(("E  ", "ERROR"))]
    return _short((marked or lines or ["it said nothing"])[-1])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SAID_LIMIT else line[: _SAID_LIMIT - 1] + "…"


def _clean(text: str, home: Path) -> str:
    """Without what differs from run to run: the scratch folder, addresses."""
    text = re.sub(r"\.\.\.[0-9a-fA-F]+(?=>)", "...", text)  # pytest shortens an object's repr in its middle
    return re.sub(r"0x[0-9a-fA-F]{6,}", "0x…", text.replace(f"{home}/repository/", "").replace(str(home), ""))
