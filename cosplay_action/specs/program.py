"""A program as a problem of the method: what it reads on stdin, what it writes to stdout, and the examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from cosplay_action.errors import SpecError
from cosplay_action.method.job import Job, Limits, digest
from cosplay_action.method.ports import Unusable, Wanted, Words
from cosplay_action.specs import program_prompt as prompt
from cosplay_action.specs import program_reading as reading
from cosplay_action.specs.doctests import ExampleText, Unconverted
from cosplay_action.specs.issues.spec import IssueSpec
from cosplay_action.specs.program_text import ProgramExample


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramText:
    """A stdin/stdout problem as text, wherever it comes from.

    ``examples`` are ground truth; the ``statement`` may hold them too. ``path`` is the file that would be written
    (POSIX, relative to the repository; empty: none).
    """

    statement: str
    examples: tuple[ProgramExample, ...]
    origin: str
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramContract:
    """``ports.Contract`` of a whole program. ``inputs`` are those of its examples, as ``read_stdin`` gives them."""

    statement: str
    examples: tuple[ProgramExample, ...] = ()
    path: str = ""
    limits: Limits = field(default_factory=Limits)
    inputs: frozenset[str] = frozenset()

    @property
    def fingerprint(self) -> str:
        return digest("program", self.path, self.task())

    @property
    def words(self) -> Words:
        return prompt.WORDS

    def task(self, *, examples: bool = True) -> str:
        return prompt.task(self.statement, self.examples, shown=examples)

    def read_candidate(self, text: str) -> str | Unusable:
        return reading.read_source(text)

    def split_inputs(self, text: str) -> Sequence[str]:
        return reading.split_stdin(text)

    def read_input(self, text: str, *, strict: bool = False) -> str | Unusable:
        """An input that no example has (small models copy those, and what is known needs no vote) but looks like one.

        See ``shape_flaw`` for how an input looks like examples.
        """
        found = reading.read_stdin(text)
        if isinstance(found, Unusable):
            return found
        if found in self.inputs:
            return Unusable(why="it repeats an example")
        if reading.is_code(found) and not any(map(reading.is_code, self.inputs)):
            return Unusable(why="it is Python and no input")
        flaw = reading.shape_flaw(found, self.inputs, strict=strict)
        return Unusable(why=flaw) if flaw else found

    def read_expected(self, text: str, given: str = "") -> Wanted | Unusable:  # noqa: ARG002 - text has no types
        found = reading.read_vote(text)
        known = (reading.is_code(one.stdout) for one in self.examples)
        if isinstance(found, Wanted) and reading.is_code(found.text) and not any(known):
            return Unusable(why="it is Python and no output")
        return found

    def job(self, candidate: str | None, inputs: Sequence[str]) -> Job:
        """The cells to run. Without a candidate the texts are expected outputs, which the sandbox gives back."""
        return Job(kind="program", inputs=tuple(inputs), candidate=candidate, limits=self.limits)

    def statement_names(self, error: str) -> bool:  # noqa: ARG002 - whatever it raises, a program just ends
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """All that a spec of a program says, named as ``stub.Stub`` names it."""

    contract: ProgramContract
    statement: str
    origin: str
    examples: tuple[ExampleText, ...] = ()
    unconverted: tuple[Unconverted, ...] = ()

    @property
    def name(self) -> str:
        return PurePosixPath(self.contract.path).stem or "program"


def program_of(spec: IssueSpec) -> ProgramText:
    """The text of an issue or a ``spec.md`` that has runs of a program as its examples."""
    limits = f"Constraints:\n\n{spec.constraints}" if spec.constraints else ""
    statement = "\n\n".join(part for part in (spec.behaviour, limits) if part)
    return ProgramText(statement=statement, examples=spec.program, origin=spec.origin, path=spec.path)


def read_program(text: ProgramText, limits: Limits | None = None) -> Program:
    """Read a program's problem. Raises SpecError for one that says nothing."""
    if not text.statement.strip():
        raise SpecError(
            f"{text.origin} does not say what the program should do.",
            "Describe its input and its output in a sentence or two.",
        )
    found: dict[str, ExampleText] = {}
    left: list[Unconverted] = []
    for one in map(read_run, text.examples):
        if isinstance(one, Unconverted):
            left.append(one)
        elif one.input not in found:
            found[one.input] = one
        elif found[one.input].wanted != one.wanted:
            left.append(Unconverted(text=one.input, why="it contradicts an earlier example", line=one.line))
    contract = ProgramContract(
        statement=text.statement, examples=text.examples, path=text.path, limits=limits or Limits(),
        inputs=frozenset(found),
    )  # fmt: skip
    return Program(
        contract=contract, statement=text.statement, origin=text.origin, examples=tuple(found.values()),
        unconverted=tuple(left),
    )  # fmt: skip


def read_run(one: ProgramExample) -> ExampleText | Unconverted:
    """An example as its author wrote it: a program may well read nothing, or print nothing."""
    given = reading.read_stdin(one.stdin) if one.stdin.strip() else "\n"
    wanted = reading.read_stdout(one.stdout) if one.stdout.strip() else Wanted(text="")
    flaw = next((each for each in (given, wanted) if isinstance(each, Unusable)), None)
    if flaw is not None:
        return Unconverted(text=one.stdin, why=flaw.why, line=one.line)
    assert isinstance(given, str)
    assert isinstance(wanted, Wanted)
    return ExampleText(input=given, wanted=wanted, line=one.line)
