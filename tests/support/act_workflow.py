"""The shipped workflows as `act` runs them on this machine: a repository that `init` set up, a fake GitHub, no network.

What act cannot show: permissions of single jobs (it has one token for all), concurrency, artefacts of earlier attempts.
Actions of others are stood in for by those in ``stand_ins``.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cosplay_action.github.init import init
from tests.support.act_step import small
from tests.support.command import ROOT, Endpoint, git
from tests.support.github.events import CANARY, SECRETS, Event
from tests.support.github.hub import Hub

ACT = shutil.which("act", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
STAND_INS = Path(__file__).parent / "stand_ins"
USES = "OWNER/cosplay-action@v0"
KEY = "sk-canary-of-the-model"
PATIENCE = 300.0
Meanwhile = Callable[[asyncio.subprocess.Process], Awaitable[None]]
# What a job must not inherit from whoever runs the tests.
_OURS = re.compile(r"(COSPLAY|GITHUB|ACTIONS|RUNNER|PYTHON|VIRTUAL_ENV|PYENV|XDG|GH)_?.*|CI|PWD|OLDPWD|SHLVL|_")


def released(folder: Path) -> Path:
    """The Action as a tag of it would be fetched: nothing but what it needs."""
    folder.mkdir(parents=True)
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copy2(ROOT / "action.yml", folder)
    for name in ("requirements", "cosplay_action"):
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    return folder


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A machine that jobs run on: the Action as fetched, the home folder, uv's cache, an environment that was kept."""

    action: Path
    home: Path
    uv: Path
    kept: Path

    @classmethod
    def made(cls, folder: Path) -> Runner:
        (folder / "home").mkdir()
        return cls(
            action=released(folder / "action"), home=folder / "home", uv=folder / "uv",
            kept=folder / "kept" / "cosplay-action",
        )  # fmt: skip

    def environ(self, act: Path) -> dict[str, str]:
        """What a job inherits; ``act`` is where act keeps the folders of its jobs."""
        kept = {name: value for name, value in os.environ.items() if not _OURS.fullmatch(name)}
        path = [str(Path(sys.base_prefix) / "bin"), "/usr/local/bin", "/usr/bin", "/bin"]
        return kept | {
            "HOME": str(self.home), "PATH": os.pathsep.join(path), "UV_CACHE_DIR": str(self.uv),
            "XDG_CACHE_HOME": str(act), "RUSTUP_HOME": str(self.home.parent),
        }  # fmt: skip

    def prepare(self) -> None:
        """Install the Action's environment once, by its own script, for the jobs that may find it there."""
        given = {"RUNNER_TEMP": str(self.kept.parent), "GITHUB_OUTPUT": os.devnull, "COSPLAY_INPUT_MODEL": "m"}
        self.kept.parent.mkdir()
        script = self.action / "requirements" / "install.sh"
        environ = self.environ(self.kept.parent) | given
        done = subprocess.run(["bash", script], env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@dataclass(frozen=True, kw_only=True)
class Acted:
    """What one run of a workflow left: act's log, line by line, and its artefacts."""

    code: int
    lines: list[dict[str, Any]]
    shelf: Path
    seen: Path

    @property
    def log(self) -> str:
        return "\n".join(self.said(one) for one in self.lines)

    @property
    def results(self) -> dict[str, str]:
        """How each job ended, by its name."""
        ended = [one for one in self.lines if "jobResult" in one]
        return {one["job"].partition("/")[2].strip(): one["jobResult"] for one in ended}

    def of(self, job: str) -> str:
        """The log of the jobs with this id."""
        return "\n".join(self.said(one) for one in self.lines if one.get("jobID") == job)

    def outputs(self, job: str) -> dict[str, str]:
        """The outputs of the Action's step in the jobs with this id."""
        found = [one for one in self.lines if one.get("command") == "set-output" and one["jobID"] == job]
        return {one["name"]: one["arg"] for one in found if one["step"] == USES}

    def steps(self, job: str) -> dict[str, tuple[str, float]]:
        """Result and seconds of each step: those of the workflow by what they use, those of our Action by their ids."""
        ended = [one for one in self.lines if one.get("jobID") == job and "executionTime" in one]
        return {
            one["stepID"][-1] if len(one["stepID"]) > 1 else one["step"].partition("@")[0]: (
                one["stepResult"],
                one["executionTime"] / 1e9,
            )
            for one in ended
            if one["stage"] == "Main"
        }

    def each(self, job: str) -> dict[str, str]:
        """How our Action ended in each job of a matrix, by the job's name (act lets one failed job fail the others)."""
        ended = [one for one in self.lines if one.get("jobID") == job and one.get("stepID", [])[1:] == ["play"]]
        return {one["job"].partition("/")[2].strip(): one["stepResult"] for one in ended if "stepResult" in one}

    def environ(self, job: str, when: Literal["before", "after"]) -> dict[str, str]:
        """The environment that a step before or after ours was given: one that downloads, or uploads, artefacts."""
        pairs = (self.seen / f"{job}.{when}").read_text("utf-8").rstrip("\0").split("\0")
        return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}

    @staticmethod
    def said(line: Mapping[str, object]) -> str:
        return str(line.get("msg", ""))

    def uploaded(self) -> dict[str, set[str]]:
        """The artefacts by name: their files."""
        return {
            home.name: {one.relative_to(home).as_posix() for one in home.rglob("*") if one.is_file()}
            for home in sorted(self.shelf.iterdir())
        }


@dataclass(kw_only=True)
class Site:
    """A repository with one shipped workflow, on the fake GitHub and in a folder."""

    hub: Hub
    runner: Runner
    folder: Path
    flavour: str
    repo: Path = field(init=False)

    def __post_init__(self) -> None:
        self.repo = self.folder / "repository"

    def fill(self, files: Mapping[str, bytes]) -> Site:
        """Commit these files and what ``init`` writes; that is main, here and at GitHub."""
        for name, data in files.items():
            (self.repo / name).parent.mkdir(parents=True, exist_ok=True)
            (self.repo / name).write_bytes(data)
        # A label that GitHub makes by itself has no description, which GitHub's own schema of pull requests forbids.
        self.hub.repo.label("cosplay").description = "asks for a run"
        git(self.repo, "init", "--quiet", "--initial-branch", "main")
        init(self.repo, flavour=(self.flavour,), uses=USES)
        git(self.repo, "add", "--all")
        git(self.repo, "-c", "user.name=octo", "-c", "user.email=octo@localhost", "commit", "--quiet", "-m", "one")
        git(self.repo, "remote", "add", "origin", f"https://github.com/{self.hub.full_name}.git")
        self.hub.from_git(self.repo)
        return self

    async def run(
        self, event: Event, model: Endpoint | None = None, *, base_url: str = "", name: str = "shelf", attempt: int = 1,
        kept: bool = True, token: str = "", meanwhile: Meanwhile | None = None,
    ) -> Acted:  # fmt: skip
        """Let act run the workflow for this event. ``kept``: jobs with a checkout find the Action's environment.

        ``base_url`` is that of the model where it is not served; runs with the same ``name`` share their artefacts.
        """
        assert ACT
        if kept and not self.runner.kept.exists():
            await asyncio.to_thread(self.runner.prepare)
        self.folder.joinpath("event.json").write_text(json.dumps(event.payload), "utf-8")
        given = self._variables(event, attempt) | self._stand_ins(name)
        given |= {"STAND_IN_KEPT": str(self.runner.kept)} if kept else {}
        url = model.server.base_url if model else base_url
        words = [
            *("--eventpath", str(self.folder / "event.json"), "--platform", "ubuntu-24.04=-self-hosted"),
            *("--actor", event.run.actor.login, "--secret", f"GITHUB_TOKEN={token or self.hub.token()}"),
            *("--secret", f"COSPLAY_API_KEY={KEY}", "--var", "COSPLAY_MODEL=m", "--var", f"COSPLAY_BASE_URL={url}"),
            *("--json", "--insecure-secrets", "--no-cache-server", *(["--no-skip-checkout"] if kept else [])),
            *self._actions(), *(word for pair in given.items() for word in ("--env", "=".join(pair))),
        ]  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            ACT, event.name, *words, cwd=self.repo, env=self.runner.environ(self.folder / "act"),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, limit=2**24,
        )  # fmt: skip
        out = await _heard(process, meanwhile)
        lines = [json.loads(line) if line.startswith("{") else {"msg": line} for line in out.splitlines()]
        (self.folder / f"{name}-{attempt}.log").write_text(out, "utf-8")  # for whoever looks at a test that failed
        shelf, seen = self.folder / name, self.folder / f"{name}.seen"
        return Acted(code=process.returncode or 0, lines=lines, shelf=shelf, seen=seen)

    def _variables(self, event: Event, attempt: int) -> dict[str, str]:
        """The addresses of the fake, a tiny run's numbers, and secrets of a runner that nobody may ever see."""
        return small() | {
            "GITHUB_API_URL": self.hub.api_url, "GITHUB_GRAPHQL_URL": self.hub.graphql_url,
            "GITHUB_SERVER_URL": self.hub.root, "GITHUB_REPOSITORY": self.hub.full_name,
            "GITHUB_RUN_ID": str(event.run.id), "GITHUB_RUN_ATTEMPT": str(attempt),
            **{name: f"{CANARY}-{name.lower()}" for name in SECRETS},
        }  # fmt: skip

    def _stand_ins(self, name: str) -> dict[str, str]:
        (self.folder / name).mkdir(exist_ok=True)
        return {
            "STAND_IN_REPOSITORY": str(self.repo), "STAND_IN_SHELF": str(self.folder / name),
            "STAND_IN_SEEN": str(self.folder / f"{name}.seen"),
        }  # fmt: skip

    def _actions(self) -> list[str]:
        """Our own Action and the stand-ins, under the names and commits that the workflow says."""
        text = "".join(one.read_text("utf-8") for one in (self.repo / ".github" / "workflows").iterdir())
        found = sorted(set(re.findall(r"uses: (actions/([\w-]+)@[0-9a-f]{40})", text)))
        pairs = [(USES, self.runner.action), *((uses, STAND_INS / name) for uses, name in found)]
        return [word for uses, where in pairs for word in ("--local-repository", f"{uses}={where}")]


def first_processes(act: asyncio.subprocess.Process) -> list[int]:
    """The first process of each step that act has running: the one that GitHub's runner signals when it cancels."""
    words = ["ps", "-A", "-o", "pid=,ppid=,stat="]
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    return [int(pid) for pid, parent, state in map(str.split, listed) if int(parent) == act.pid and state[0] != "Z"]


async def _heard(process: asyncio.subprocess.Process, meanwhile: Meanwhile | None) -> str:
    """All that a process prints until it ends; ``meanwhile`` may do something to it."""
    hearing = asyncio.ensure_future(process.communicate())
    try:
        async with asyncio.timeout(PATIENCE):
            if meanwhile:
                await meanwhile(process)
            out, _ = await hearing
        return out.decode("utf-8", "replace")
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGINT)  # it ends its children itself
            await process.wait()
