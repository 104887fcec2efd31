"""Asking an interpreter what it is: a jailed probe runs under it once (see ``worker_probe``).

The answer passes through other people's start files (``.pth``, ``sitecustomize``), so it is read strictly.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path

from cosplay_action.errors import SandboxError, shortage
from cosplay_action.method.codec import CodecError, exact_list, parse
from cosplay_action.sandbox.filters import program

PROBE = Path(__file__).with_name("worker_probe.py")
SECONDS = 30.0  # wall seconds of a probe, on a busy machine
SIZE = 1024 * 1024  # bytes of an answer
MOST = 10_000  # entries of one list in it
OLDEST = (3, 9)
CURE = "Check that it starts, is CPython 3.9 or newer and has its standard library, or name another with --python."

_ENVIRONMENT = {
    "PATH": os.defpath,
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONSAFEPATH": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an interpreter says of itself; see ``worker_probe``. Paths are absolute."""

    version: str
    executable: str
    prefixes: list[str]
    standard: list[str]  # folders of the standard library
    search: list[str]  # sys.path
    libraries: list[str]  # shared libraries it has mapped
    packages: dict[str, str]  # what editable installs map
    finders: list[str]  # modules of other finders, which cells do not have


async def ask(path: Path, *, unjailed: bool = False, seconds: float = SECONDS) -> Answer:
    """The probe's answer. Raises SandboxError where there is none that can be used."""
    code, out, complaint = await _run(path, [str(PROBE)], _request(unjailed), seconds)
    try:
        answer = parse(out)
    except CodecError:
        answer = None
    if not isinstance(answer, dict):
        await _refuse_old(path, seconds)
        said = _line(complaint) or _line(out) or f"it said nothing and ended with code {code}"
        raise SandboxError(f"{path} does not answer as a Python would: {said}", CURE)
    _refuse(path, answer)
    try:
        return _read(answer)
    except (CodecError, KeyError) as error:
        raise SandboxError(f"{path} gives an answer that makes no sense: {error}", CURE) from None


def _request(unjailed: bool) -> bytes:
    jail = sys.platform == "linux"
    if not jail and not unjailed:
        raise SandboxError(
            "the start files of an interpreter (.pth) are programs, and there is no jail for them on this system",
            "Choose --sandbox unsafe-process.",
        )
    instructions = program(platform.machine(), "child").hex() if jail else ""
    return json.dumps({"jail": jail, "unjailed": unjailed, "filter": instructions}).encode() + b"\n"


async def _refuse_old(path: Path, seconds: float) -> None:
    """Raise SandboxError for a Python too old to read the probe's text."""
    _, out, _ = await _run(path, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], b"", seconds)
    match = re.fullmatch(rb"([23])\.(\d{1,3})\s*", out)
    if match:
        _refuse_version(path, f"{int(match[1])}.{int(match[2])}")


def _refuse_version(path: Path, version: str) -> None:
    if tuple(map(int, version.split(".")[:2])) < OLDEST:
        raise SandboxError(f"{path} is Python {version}: cells need 3.9 or newer.", CURE)


def _refuse(path: Path, answer: dict[str, object]) -> None:
    """Raise SandboxError for an interpreter that cells cannot run under."""
    version = answer.get("version")
    if not isinstance(version, str) or not re.fullmatch(r"\d\.\d{1,3}\.\d{1,3}", version):
        raise SandboxError(f"{path} does not say which Python it is.", CURE)
    _refuse_version(path, version)
    if answer.get("implementation") != "cpython":
        raise SandboxError(f"{path} is not CPython: cells run under no other Python yet.", CURE)
    fault, detail = answer.get("fault"), _line(str(answer.get("detail")).encode("utf-8", "replace"))
    if fault == "jail":
        cure = "A newer kernel has what it needs (seccomp); --sandbox unsafe-process goes on without."
        raise SandboxError(f"the start files of {path} cannot be confined: {detail}", cure)
    if fault is not None:
        cure = "Mend its .pth files or its sitecustomize; here they run without network and cannot write."
        raise SandboxError(f"{path} does not start: {detail}", cure)


def _read(answer: dict[str, object]) -> Answer:
    pairs = [exact_list(pair, 2) for pair in _list(answer["packages"])]
    return Answer(
        version=_text(answer["version"]),
        executable=_text(answer["executable"]),
        prefixes=_paths(answer["prefixes"]),
        standard=_paths(answer["standard"]),
        search=_paths(answer["search"]),
        libraries=_paths(answer["libraries"]),
        packages={_text(name): _path(place) if place else "" for name, place in pairs},
        finders=[_text(name)[:200] for name in _list(answer["finders"])],
    )


def _list(data: object) -> list[object]:
    if type(data) is not list or len(data) > MOST:
        raise CodecError("a list expected")
    return data


def _text(data: object) -> str:
    if type(data) is not str or "\0" in data or len(data) > 4096:
        raise CodecError("text expected")
    return data


def _path(data: object) -> str:
    text = _text(data)
    if not Path(text).is_absolute() or os.path.normpath(text) != text:
        raise CodecError("an absolute path expected")
    return text


def _paths(data: object) -> list[str]:
    return [_path(each) for each in _list(data)]


async def _run(path: Path, arguments: list[str], request: bytes, seconds: float) -> tuple[int | None, bytes, bytes]:
    """Exit code (None: not known), the first line of stdout, the start of stderr. Raises SandboxError."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(str(path), "-s", "-S", "-B", *arguments),
            stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd="/", env=_ENVIRONMENT, start_new_session=True, limit=SIZE,
        )  # fmt: skip
    except OSError as error:
        if shortage(error):
            raise
        raise SandboxError(f"{path} cannot be started: {error.strerror}", CURE) from None
    try:
        async with asyncio.timeout(seconds):
            return await _conversation(process, request)
    except TimeoutError:
        cure = "Look for a .pth file or a sitecustomize in it that does not come to its end."
        raise SandboxError(f"{path} did not start within {seconds:g} seconds", cure) from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _conversation(process: Process, request: bytes) -> tuple[int | None, bytes, bytes]:
    """What a process says to a request: in a line on stdout, or at its end."""
    stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
    if stdin is None or stdout is None or stderr is None:
        return None, b"", b""
    with contextlib.suppress(ConnectionError):  # it ended without a look at it
        stdin.write(request)
        await stdin.drain()
        stdin.close()
    try:
        return 0, await stdout.readuntil(b"\n"), b""
    except asyncio.LimitOverrunError:
        return None, b"", b"it prints without end"
    except asyncio.IncompleteReadError as error:
        return await process.wait(), error.partial, await stderr.read(SIZE)


def _line(data: bytes) -> str:
    """What a program printed, as one line for an error message: the first, or the last of a traceback."""
    lines = data.decode("utf-8", "replace").strip().splitlines() or [""]
    text = lines[-1 if any(line.startswith("Traceback") for line in lines) else 0]
    return "".join(c if c.isprintable() else "?" for c in text)[:300]
