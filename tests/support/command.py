"""The command line as a user runs it: small real repositories, a process of its own, a model on a loopback port."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cosplay_action.cli import run_command
from cosplay_action.run import Request as RunRequest
from cosplay_action.run import run
from cosplay_action.testing.loopback import Handler, LoopbackServer, Request
from tests.support.stub_script import said, seed_of

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
SMALL = ("--candidates", "4", "--tests", "4", "--rounds", "1", "--probes", "4")
TINY = ("--candidates", "3", "--tests", "3", "--rounds", "0", "--probes", "3", "--vote-samples", "1",
        "--vote-attempts", "1")  # fmt: skip


@dataclass(frozen=True)
class Done:
    code: int | None
    out: str
    err: str


def repository(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A git repository that tracks these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    return root


def git(root: Path, *words: str | Path) -> str:
    done = subprocess.run(["git", *map(str, words)], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder but git's own and byte code, by path."""
    files = [p for p in root.rglob("*") if p.is_file() and not {".git", "__pycache__"} & {*p.relative_to(root).parts}]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(files)}


def environment(**more: str) -> dict[str, str]:
    """Nothing of the developer's own settings or keys, no proxy."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", **more}


async def start(words: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "cosplay_action", "run", *map(str, words)]
    return await asyncio.create_subprocess_exec(*command, cwd=cwd, env=dict(env), stdout=pipe, stderr=pipe)


async def finish(process: asyncio.subprocess.Process) -> Done:
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    return Done(process.returncode, out.decode(), err.decode())


async def cli(*words: str | Path, cwd: Path, **env: str) -> Done:
    """``cosplay-action run WORDS`` in ``cwd``; ``env`` are more environment variables."""
    return await finish(await start(words, cwd, environment(**env)))


async def here(*words: str | Path, cwd: Path) -> int:
    """The same command in this process, which saves the imports: for tests that look at what it leaves. Its exit code.

    What it prints goes where this process prints.
    """
    with run_command.make_context("run", [str(word) for word in words]) as context:
        given = dict(context.params)
    own = {name: given.pop(name) for name in ("targets", "out", "replay", "fresh", "as_json", "quiet")}
    request = RunRequest(given=given, environ=environment(), where=cwd, apply=given.pop("apply_"), **own)
    return await asyncio.to_thread(run, request)


@dataclass(frozen=True)
class Endpoint:
    """A loopback server and the flags that lead to it."""

    server: LoopbackServer

    @property
    def flags(self) -> tuple[str, ...]:
        return ("--model", "m", "--base-url", self.server.base_url)

    @property
    def calls(self) -> list[Request]:
        return self.server.calls

    def questions(self) -> list[tuple[str, int]]:
        """Prompt and seed of every call: what makes a question one of its own."""
        return [(said(request), seed_of(request)) for request in self.calls]


@asynccontextmanager
async def endpoint(handler: Handler, latency: float = 0.0) -> AsyncIterator[Endpoint]:
    async with LoopbackServer(handler, latency) as server:
        yield Endpoint(server)


def report(out: Path) -> dict:
    return json.loads((out / "report.json").read_text("utf-8"))


def timeless(out: Path) -> dict:
    """The report without what real time decides: the model's seconds and the date."""

    def masked(thing: object) -> object:
        if isinstance(thing, dict):
            return {key: 0 if key in {"seconds", "created"} else masked(value) for key, value in thing.items()}
        return [masked(one) for one in thing] if isinstance(thing, list) else thing

    found = masked(report(out))
    assert isinstance(found, dict)
    return found


def artefacts(out: Path) -> dict[str, bytes]:
    """All files of a run directory but the journal."""
    return {name: data for name, data in tree(out).items() if name != "journal.jsonl"}
