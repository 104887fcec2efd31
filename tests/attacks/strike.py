"""One attack carried out on one sandbox, and everything that is wrong afterwards, in words."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from cosplay_action.errors import CosplayError
from cosplay_action.method.codec import from_json
from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job, Limits
from cosplay_action.method.ports import Sandbox
from cosplay_action.method.values import Value, equal, key, render
from cosplay_action.sandbox.worker_encode import Encoder
from tests.attacks.attack import Attack
from tests.attacks.bench import SOURCE, Host

MEMORY = 256 * 1024 * 1024
OUTPUT = 100_000
PATIENCE = 90.0  # seconds for a job whatever happens: an attack that hangs the supervisor fails, it does not hang us
HONEST = "def f(x):\n    return 42\n"


def job(code: str, inputs: Sequence[str], seconds: float = 1.0) -> Job:
    """A candidate for the one module of the decoy repository."""
    return Job(
        inputs=tuple(inputs),
        candidate=code,
        source=SOURCE,
        module="m",
        path="m.py",
        qualname="f",
        roots=(".",),
        limits=Limits(seconds=seconds, memory=MEMORY, output=OUTPUT),
    )


def job_of(attack: Attack, host: Host) -> Job:
    code = attack.filled(host.facts)
    if attack.kind == "program":
        limits = Limits(seconds=attack.seconds, memory=MEMORY, output=OUTPUT)
        return Job(kind="program", inputs=attack.inputs, candidate=code, limits=limits)
    return job(code, attack.inputs, attack.seconds)


def value_of(literal: str) -> Value:
    """The canonical value of a Python literal."""
    return from_json(Encoder(OUTPUT).encode(ast.literal_eval(literal)))


def is_42(seen: Observation) -> bool:
    return seen.value in (Value("int", 42), Value("str", "42"))


async def patient(sandbox: Sandbox, work: Job) -> Sequence[Observation]:
    async with asyncio.timeout(PATIENCE):
        return await sandbox.run(work)


@dataclass(frozen=True, slots=True)
class Result:
    """What the attacked cell showed (None: the sandbox itself failed) and what is wrong."""

    seen: Observation | None
    wrong: list[str]


async def strike(sandbox: Sandbox, attack: Attack, host: Host) -> Result:
    """Carry out one attack, then an honest job, then look around."""
    before = host.look()
    try:
        attacked, honest = await patient(sandbox, job_of(attack, host))
    except (CosplayError, TimeoutError) as error:
        return Result(None, [f"the sandbox failed: {error!r}", *host.aftermath(before)])
    wrong = judged(attack, attacked, host)
    if not attack.spoils and not is_42(honest):
        wrong.append(f"the honest cell of the same job gave {honest!r:.300}")
    try:
        [next_one] = await patient(sandbox, job(HONEST, ["f('honest')"]))
    except (CosplayError, TimeoutError) as error:
        return Result(attacked, [*wrong, f"the next job failed: {error!r}", *host.aftermath(before)])
    if not is_42(next_one):
        wrong.append(f"the next job gave {next_one!r:.300}")
    return Result(attacked, [*wrong, *host.aftermath(before)])


def judged(attack: Attack, seen: Observation, host: Host) -> list[str]:
    """What is wrong with the attacked cell's observation."""
    said = repr(seen)
    wrong = [f"it got what it wanted: {said:.500}"] if "BREACH" in said else []
    if host.canary in said:
        wrong.append("the canary is in the observation")
    if attack.statuses and seen.status not in attack.statuses:
        wrong.append(f"{seen.status} is not among {', '.join(sorted(attack.statuses))}: {said:.500}")
    if seen.value is None:
        return wrong
    if attack.shows and not equal(seen.value, value_of(attack.shows)):
        wrong.append(f"it shows {render(seen.value, limit=200)}, not {attack.shows}")
    if attack.pretends and equal(seen.value, value_of(attack.pretends)):
        wrong.append(f"it passes for {attack.pretends}")
    return wrong + _readable(seen.value)


def _readable(value: Value) -> list[str]:
    """Whether the value can be shown, compared and keyed like any other; these raise where it cannot."""
    text, again = render(value), render(value, limit=100)
    wrong = [] if text and again else ["it has no text"]
    if not value.opaque and (not equal(value, value) or key(value) != key(value)):
        wrong.append("it does not equal itself")
    return wrong
