"""The seams: what the method asks of the world. Adapters implement these; ``cosplay_action.testing`` ships fakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from cosplay_action.method.domain import Observation, UnitTest, Votes
from cosplay_action.method.events import Event
from cosplay_action.method.job import Job

Role = Literal["hints", "plans", "candidate", "repair", "attack", "inputs", "vote", "validator"]
ReplyStatus = Literal["ok", "truncated", "empty", "refused", "malformed", "unaffordable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a run a question is asked. Journals are keyed by it, never by a counter."""

    stage: Literal["explore", "play", "select"]
    step: str
    role: Role
    round: int = 0
    slot: int = 0
    attempt: int = 0

    def __str__(self) -> str:
        return f"{self.stage}/{self.round}/{self.step}/{self.slot}/{self.role}/{self.attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question. ``samples`` independent replies of at most ``reply_tokens`` tokens each are wanted.

    ``seed`` (non-negative, < 2**31) is drawn from the run's named stream for this place; sample k uses ``seed + k``
    where the server samples one by one.
    """

    place: Place
    system: str
    prompt: str
    samples: int = 1
    reply_tokens: int = 512
    temperature: float = 0.8
    top_p: float = 0.95
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one reply as the server counted them (``estimated`` when it did not say)."""

    input: int = 0
    output: int = 0
    cached: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One sample. Anything but "ok" still carries the text there was, and ``detail`` says what went wrong.

    "truncated": ended by the token cap; "empty": no text; "refused": the model or a filter declined; "malformed": the
    server's message could not be read; "unaffordable": not asked, the budget is spent.
    """

    status: ReplyStatus
    text: str = ""
    detail: str = ""
    usage: Usage = field(default_factory=Usage)
    seconds: float = field(default=0.0, compare=False)
    replayed: bool = field(default=False, compare=False)


Arrived = Callable[[int, Reply], None]
Seen = Callable[[int, Observation], None]


class Model(Protocol):
    """Who writes. Replies come in sample order, exactly ``ask.samples`` of them.

    ``arrived`` is called with (sample, reply) once for each sample, in any order, as soon as that reply is there:
    also for those of an ask that then fails or is cancelled, so that nothing that was paid for is lost.

    Raises ``cosplay_action.errors.ServiceError`` for what an operator must act on (no route, wrong key, quota).
    """

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]: ...


class Sandbox(Protocol):
    """Where untrusted code runs. One observation an input, in order; its own failure is ``SandboxError``.

    ``arrived`` is called with (index of the input, observation) once for each input, as soon as its cell has ended:
    also for those of a job that then fails or is cancelled.
    """

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]: ...


class Observer(Protocol):
    """Sees everything, changes nothing: called synchronously, its return is ignored."""

    def __call__(self, event: Event, /) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A piece of a reply that could not be used, and why (a short phrase, shown in reports)."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An expected output as read from text: an expression to evaluate, or the name of an exception class."""

    text: str
    raises: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How prompts name things for this kind of problem (a function or a program).

    ``manners`` is what else is asked of code; ``one_input`` and ``inputs`` (``{count}`` of them) are the form of a
    reply with inputs; ``ending`` is what a vote ends with before its ``output``. ``plain``: inputs and outputs are
    texts, which prompts show as they stand, and no Python.
    """

    code: str
    input: str
    output: str
    input_example: str
    manners: str = (
        "Keep the name and the parameters as they are. Leave out the docstring, and do not repeat what the module "
        "already has: use it."
    )
    one_input: str = "one Python code block that holds only this input. No result, no assert, no comment."
    inputs: str = "one Python code block of {count} lines, one input a line. No results, no assert, no comments."
    ending: str = "one line of the form\nAnswer: "
    plain: bool = False


class Contract(Protocol):
    """What a problem demands of a candidate. The method never asks which kind of problem it is.

    Texts handed to the ``read_*`` methods are single pieces of a reply (one code block, one line), never a whole
    reply; all of them are untrusted.
    """

    @property
    def fingerprint(self) -> str:
        """Everything that decides how a candidate is read, placed and run, as text or digest."""
        ...

    @property
    def words(self) -> Words: ...

    def task(self, *, examples: bool = True) -> str:
        """The problem as shown to the model (Markdown), with or without the examples in it."""
        ...

    def read_candidate(self, text: str) -> str | Unusable:
        """Normalise one code block to a candidate's source: needed imports, needed helpers, the target."""
        ...

    def read_input(self, text: str, *, strict: bool = False) -> str | Unusable:
        """Normalise one test input. ``strict`` also checks literal arguments against the type hints."""
        ...

    def split_inputs(self, text: str) -> Sequence[str]:
        """Cut one code block that may hold several inputs into pieces for ``read_input``."""
        ...

    def read_expected(self, text: str, given: str = "") -> Wanted | Unusable:
        """Read one expected output (``raises ValueError`` for an exception) of the input ``given``, if it is known."""
        ...

    def job(self, candidate: str | None, inputs: Sequence[str]) -> Job:
        """The cells to run: ``candidate`` as returned by ``read_candidate``; None evaluates expressions."""
        ...

    def statement_names(self, error: str) -> bool:
        """True when the statement itself names this exception class, so that raising it is a value."""
        ...


__all__ = [
    "Arrived", "Ask", "Contract", "Model", "Observer", "Place", "Reply", "ReplyStatus", "Role", "Sandbox", "Seen",
    "UnitTest", "Unusable", "Usage", "Votes", "Wanted", "Words",
]  # fmt: skip
