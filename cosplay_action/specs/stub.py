"""A function stub as a problem of the method: the contract, the statement and the examples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cosplay_action.method.job import Job, Limits, digest
from cosplay_action.method.ports import Unusable, Wanted, Words
from cosplay_action.specs import inputs as reading
from cosplay_action.specs.context import context
from cosplay_action.specs.doctests import ExampleText, Unconverted, examples_of, strip_examples
from cosplay_action.specs.dummies import input_example, result_example
from cosplay_action.specs.expected import read_expected
from cosplay_action.specs.parts import UNIT, wrap
from cosplay_action.specs.reply import read_candidate
from cosplay_action.specs.splice import splice
from cosplay_action.specs.target import ImportPlace, Target, find_target


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """All that a stub says: ``statement`` is its signature and docstring, ``unconverted`` its unreadable examples."""

    contract: StubContract
    statement: str
    origin: str
    examples: tuple[ExampleText, ...] = ()
    unconverted: tuple[Unconverted, ...] = ()


@dataclass(frozen=True, slots=True)
class StubContract:
    """``ports.Contract`` of one function stub. Splices are remembered: one candidate runs in many jobs."""

    target: Target
    limits: Limits = field(default_factory=Limits)
    spliced: dict[str, str | Unusable] = field(default_factory=dict, repr=False, compare=False)

    @property
    def fingerprint(self) -> str:
        """Where the stub stands, its module's text, and what is shown of the repository around it."""
        target = self.target
        place = (target.path, target.qualname, target.module, *target.roots)
        return digest(*place, target.kind, target.source.text, context(target))

    @property
    def words(self) -> Words:
        target, call, result = self.target, input_example(self.target), result_example(self.target)
        form = f", such as {result}" if result else ""
        what = "attribute access" if target.kind == "property" else "call"
        given = f"one Python {what} of `{target.qualname}`, such as `{call}`"
        shown = "result"
        if target.returns_none and ";" in call:
            given = (
                f"one line of Python that calls `{target.qualname}` and ends by showing its effect, such as `{call}`"
            )
            shown = "value of the last expression"
        elif target.returns_none:
            shown = "tuple of the call's object and arguments after the call"
        output = f"<the {shown} as a Python expression{form}; or: raises SomeError>"
        inside = f", inside `class {target.class_name}:`" if target.class_name else ""
        code = f"one Python code block with the complete {self._noun} `{target.name}`{inside}"
        return Words(code=code, input=given, output=output, input_example=call)

    @property
    def _noun(self) -> str:
        return self.target.kind if self.target.kind in {"function", "property"} else "method"

    def task(self, *, examples: bool = True) -> str:
        """The problem in Markdown: what the stub can use, then the stub."""
        shown, target = context(self.target), self.target
        of = f" of class `{target.class_name}`" if target.class_name else ""
        head = f"Implement the {self._noun} `{target.name}`{of} in `{target.path}` (module `{target.module}`)."
        around = f"Already in the module:\n```python\n{shown}\n```\n\n" if shown else ""
        return f"{head}\n\n{around}The stub:\n```python\n{self.stub_text(examples=examples)}\n```\n"

    def stub_text(self, *, examples: bool = True) -> str:
        """The stub as Python: signature, docstring (with or without its examples), ``...``."""
        document = self.target.docstring
        document = document if examples else strip_examples(document, self.target.name)
        bare, _, last = wrap(self.target, [f"{UNIT}..."]).rpartition("\n")
        indent = last.removesuffix("...")
        lines = [f"{indent}{line}".rstrip() for line in _quoted(document).split("\n")] if document.strip() else []
        return "\n".join([bare, *lines, last])

    def read_candidate(self, text: str) -> str | Unusable:
        source = read_candidate(text, self.target)
        if isinstance(source, Unusable):
            return source
        placed = self.module_text(source)
        return placed if isinstance(placed, Unusable) else source

    def module_text(self, candidate: str) -> str | Unusable:
        """The text of the module with a candidate's source in place."""
        if candidate not in self.spliced:
            self.spliced[candidate] = splice(self.target, candidate)
        return self.spliced[candidate]

    def split_inputs(self, text: str) -> Sequence[str]:
        return reading.split_inputs(text, self.target)

    def read_input(self, text: str, *, strict: bool = False) -> str | Unusable:
        return reading.read_input(text, self.target, strict=strict)

    def read_expected(self, text: str, given: str = "") -> Wanted | Unusable:
        return read_expected(text, self.target, given)

    def job(self, candidate: str | None, inputs: Sequence[str]) -> Job:
        """The cells to run. Raises ValueError for a source that ``read_candidate`` did not give.

        Expected expressions run in a module whose stub raises NotImplementedError: one that reaches the stub through
        another function of the module has no value, where a body of ``...`` would have given None.
        """
        target, bare = self.target, wrap(self.target, [f"{UNIT}raise NotImplementedError"])
        return Job(
            kind="function", inputs=tuple(inputs), path=target.path, module=target.module, qualname=target.qualname,
            candidate=None if candidate is None else self._checked(candidate), source=self._placed(bare),
            roots=target.roots, observe="effects" if target.returns_none else "result", limits=self.limits,
        )  # fmt: skip

    def _checked(self, candidate: str) -> str:
        """The candidate, if its module with it in place is one."""
        self._placed(candidate)
        return candidate

    def _placed(self, candidate: str) -> str:
        placed = self.module_text(candidate)
        if not isinstance(placed, Unusable):
            return placed
        raise ValueError(f"not a candidate of {self.target.qualname}: {placed.why}")

    def statement_names(self, error: str) -> bool:
        return re.search(rf"\b{re.escape(error)}\b", f"{self.target.signature}\n{self.target.docstring}") is not None


def read_stub(root: Path, spec: str, place: ImportPlace, limits: Limits | None = None) -> Stub:
    """Read the stub that ``spec`` (``path/file.py::qualname``) names. Raises SpecError (see ``find_target``)."""
    target = find_target(root, spec, place)
    contract = StubContract(target, limits or Limits())
    examples, unconverted = examples_of(target)
    origin = f"{target.path}::{target.qualname}"
    statement = contract.stub_text()
    return Stub(contract=contract, statement=statement, origin=origin, examples=examples, unconverted=unconverted)


def _quoted(document: str) -> str:
    escaped = document.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if "\n" in escaped:
        return f'"""{escaped}\n"""'
    return f'"""{escaped[:-1]}\\""""' if escaped.endswith('"') else f'"""{escaped}"""'
