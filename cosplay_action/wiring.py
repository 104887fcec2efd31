"""Settings -> adapters. The only place that picks which model, sandbox and journal a run works with."""

from __future__ import annotations

import dataclasses
import importlib.util
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from cosplay_action import __version__
from cosplay_action.errors import UsageError
from cosplay_action.method.codec import Json
from cosplay_action.method.ports import Model, Sandbox
from cosplay_action.models.journal import Journal
from cosplay_action.sandbox import backends
from cosplay_action.sandbox.backends import OpenedSandbox
from cosplay_action.sandbox.checking import Checks
from cosplay_action.sandbox.host import undumpable
from cosplay_action.sandbox.interpreter import executable, probe
from cosplay_action.settings import Settings, option_fields
from cosplay_action.suite import Suite

Clock = Callable[[], float]
Say = Callable[[str], None]

LOST = "lost"  # the journal's facts of what answers cost that no reply bears: tokens in and out, of each session
ELAPSED = "elapsed"  # the journal's facts of how many seconds each session took that added to it

NO_MODEL = """\
Choose one of three ways:
  - a model on this machine, no account, no key:  pip install 'cosplay-action[local]'   (then run again)
  - any OpenAI-compatible endpoint:               --model NAME --base-url URL   (key: see --api-key-env)
  - OpenAI itself:                                --model NAME   with the key in OPENAI_API_KEY"""


@runtime_checkable
class Closable(Protocol):
    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What a run takes from the machine around it, passed in so that tests can give their own."""

    environ: Mapping[str, str]
    say: Say
    progress: Callable[[int, int], None]
    clock: Clock = time.monotonic
    today: Callable[[], str] = lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def model_name(settings: Settings) -> str:
    """The model of this run. Raises UsageError, with the three ways to get one, when none is configured."""
    if settings.model:
        return settings.model
    if importlib.util.find_spec("xllamacpp"):
        return "local"
    raise UsageError("no model is configured, and the embedded one is not installed.", NO_MODEL)


def is_local(name: str) -> bool:
    return name.partition(":")[0] == "local"


def open_model(settings: Settings, host: Host) -> Model:
    """The adapter for this run's model. Nothing is downloaded or started before the first question."""
    name = model_name(settings)
    if is_local(name):
        from cosplay_action.models.local import LocalModel

        return LocalModel(name, environ=host.environ, slots=settings.concurrency, say=host.say, progress=host.progress)
    from cosplay_action.models.openai import OpenAIModel

    key = host.environ.get(settings.api_key_env, "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise UsageError(
            f"the environment variable {settings.api_key_env} holds no key: there are line breaks, blanks or letters "
            "in it that no key has.",
            "Copy the key anew, without anything before or behind it.",
        )
    if not key and not settings.base_url:
        raise UsageError(
            f"no key: the environment variable {settings.api_key_env} is not set.",
            "Set it, name another with --api-key-env, or use --model local (no key).",
        )
    return OpenAIModel(
        model=name, base_url=settings.base_url, api_key=key or "none", concurrency=_concurrency(settings)
    )


def _concurrency(settings: Settings) -> int:
    """Requests in flight at once: as set, else what the embedded model decodes together or endpoints bear."""
    if settings.concurrency:
        return settings.concurrency
    if is_local(settings.model or "local"):
        from cosplay_action.models.local import SLOTS

        return SLOTS
    from cosplay_action.models.budget import CONCURRENCY

    return CONCURRENCY


async def close(adapter: Model | Sandbox) -> None:
    """End what a model or a sandbox has started."""
    if isinstance(adapter, Closable):
        await adapter.aclose()


async def open_sandbox(settings: Settings, host: Host, *, root: Path, home: Path) -> OpenedSandbox:
    """Where cells run: ``root`` is the export of the user's repository ``home``. Raises SandboxError.

    From here on no other process of the user may read this one's memory, where keys are.
    """
    undumpable()
    python = Path(settings.python or sys.executable)
    opened = await backends.open_sandbox(settings.sandbox, root=root, home=home, python=python, environ=host.environ)
    for note in (await probe(python, home=home, unjailed=True)).notes:  # known by now
        host.say(note)
    return opened


def placed(settings: Settings, where: Path) -> Settings:
    """The settings with the interpreter's whole path: as given it is seen from the folder ``where``, or on PATH.

    Raises SandboxError for one that is not there.
    """
    if not settings.python:
        return settings
    seen = where / settings.python
    named = seen if "/" in settings.python or seen.exists() else Path(settings.python)
    return dataclasses.replace(settings, python=str(executable(named)))


def budgeted(model: Model, settings: Settings, host: Host, journal: Journal) -> Model:
    """The model behind its budget; what a resumed run has behind it counts."""
    from cosplay_action.models.budget import Budget, BudgetedModel, Spent

    budget = Budget(
        tokens=settings.budget_tokens, calls=settings.budget_calls, seconds=settings.budget_seconds,
        usd=settings.budget_usd, price_input=settings.price_input, price_output=settings.price_output,
    )  # fmt: skip
    paid = journal.paid()
    lost = [each for each in journal.facts(LOST).values() if isinstance(each, list) and len(each) == 2]
    already = Spent(
        calls=len(paid), seconds=sum(map(_number, journal.facts(ELAPSED).values())),
        input=sum(reply.usage.input for reply in paid) + sum(int(_number(each[0])) for each in lost),
        output=sum(reply.usage.output for reply in paid) + sum(int(_number(each[1])) for each in lost),
    )  # fmt: skip
    return BudgetedModel(model, budget, concurrency=_concurrency(settings), already=already, clock=host.clock)


def _number(value: Json) -> float:
    """A number of a fact; 0 for what none of ours is."""
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1e15 else 0.0


def checks(opened: OpenedSandbox, settings: Settings, home: Path) -> Checks:
    """What runs kept tests, confined as cells are, and the jail for whole programs. Nothing is started yet.

    ``home`` is the user's own repository.
    """
    return Checks(level=opened.level, python=Path(settings.python or sys.executable), home=home)


def suite(settings: Settings, checks: Checks, host: Host) -> Suite | None:
    """The repository's own test command, None when none was given."""
    command = settings.test_command.strip()
    return Suite(command=command, jail=checks.jail, say=host.say) if command else None


def open_journal(path: Path, run: Mapping[str, Json], host: Host, opened: OpenedSandbox, settings: Settings) -> Journal:
    """The journal of this run; its header says, beside what makes the run, where and when it was played."""
    return Journal.open(
        path,
        {
            "run": dict(run),
            "created": host.today(),
            "tool": __version__,
            "python": opened.python or platform.python_version(),
            "sandbox": opened.title,
            "sandbox_note": opened.note,
            "settings": recorded(settings),
        },
    )


def recorded(settings: Settings) -> dict[str, Json]:
    """What a replay must be told again: every setting but where the model is, and where and how cells run."""
    hidden = {"base_url", "api_key_env", "concurrency", "sandbox", "python"}
    changed = {f.name: getattr(settings, f.name) for f in option_fields() if f.name not in hidden}
    return {name: value for name, value in changed.items() if value is not None and value != "" and value is not False}


def add_elapsed(journal: Journal, seconds: float) -> None:
    """Note how long this session took: a time budget goes on counting when the run does."""
    journal.record_fact(ELAPSED, str(len(journal.facts(ELAPSED))), round(seconds, 3))


def add_lost(journal: Journal, model: Model) -> None:
    """Note what this session's answers may have cost that no reply bears: the budget goes on counting, too."""
    from cosplay_action.models.vain import Losing

    lost = model.take_lost() if isinstance(model, Losing) else None
    if lost and (lost.input or lost.output):
        journal.record_fact(LOST, str(len(journal.facts(LOST))), [lost.input, lost.output])


async def model_digest(name: str) -> str:
    """The SHA-256 of an embedded model's weights: pinned, or measured for a file of the user's own; else empty."""
    if not is_local(name):
        return ""
    from cosplay_action.models.weights import digest_of

    return await digest_of(name)
