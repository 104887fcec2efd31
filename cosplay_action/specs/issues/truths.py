"""A spec's examples against the function they are about: ground truth, or the reason why they are none."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from cosplay_action.method.ports import Unusable
from cosplay_action.specs.doctests import ExampleText, Unconverted, read_examples
from cosplay_action.specs.expected import read_expected
from cosplay_action.specs.inputs import read_input
from cosplay_action.specs.issues.docstring import as_doctest, session_doctest
from cosplay_action.specs.issues.examples import Arrow, Session
from cosplay_action.specs.issues.findings import Findings, shown
from cosplay_action.specs.issues.spec import IssueSpec
from cosplay_action.specs.target import Target

_CURE = "Write it as one call and its value, or leave it out."


@dataclass(slots=True)
class Truths:
    """Examples by input, those that are none, and the lines of a spec that are wrong."""

    target: Target
    findings: Findings
    known: dict[str, ExampleText] = field(default_factory=dict)
    doctests: list[tuple[str, int]] = field(default_factory=list)  # for the docstring: text, how many examples
    said: int = 0  # how many of them the docstring had already
    left: list[Unconverted] = field(default_factory=list)

    def add(self, one: ExampleText | Unconverted, *, firm: bool) -> bool:
        """Take one example; True for a new one. One that is ``firm`` and none, or contradicts another, is a flaw."""
        new = isinstance(one, ExampleText) and one.input not in self.known
        if isinstance(one, ExampleText):
            before = self.known.setdefault(one.input, one)
            if before.wanted != one.wanted:
                where = f"line {before.line}" if before.line else "the stub's docstring"
                what = (
                    f"{shown(one.input)} gives {shown(before.wanted.text)} in {where}, {shown(one.wanted.text)} here."
                )
                self.findings.flaw(one.line, what, "Keep the one that is right.")
        elif firm:
            self.findings.flaw(one.line, f"The example {shown(one.text)} is no test: {one.why}.", _CURE)
        else:
            self.left.append(one)
        return new

    def add_written(self, one: ExampleText | Unconverted, *, firm: bool) -> None:
        """Take one example that a docstring has to be told of."""
        if self.add(one, firm=firm) and isinstance(one, ExampleText):
            text = as_doctest(one, self.target)
            self.doctests += [(text, 1)] if text else []

    def add_session(self, session: Session) -> None:
        """Take a session: as it was written, if every part of it is an example that may run."""
        found = [replace(one, line=session.line + one.line - 1) for one in self.read(session.text, session.line)]
        whole = all(isinstance(one, ExampleText) and one.input not in self.known for one in found)
        text = session_doctest(session.text, self.target) if found and whole else ""
        for one in found:
            if text:
                self.add(one, firm=session.firm)
            else:
                self.add_written(one, firm=session.firm)
        self.doctests += [(text, len(found))] if text else []

    def read(self, document: str, line: int) -> list[ExampleText | Unconverted]:
        """The examples of a docstring's text, with its own lines; ``line`` is where it stands in the spec."""
        try:
            found, left = read_examples(replace(self.target, docstring=document))
        except (ValueError, RecursionError, MemoryError):
            what = "Something here reads like an example, but is too large or nested too deeply to be one."
            self.findings.flaw(line, what, "Leave it out, or write a smaller one.")
            return []
        return [*found, *left]


def read_truths(spec: IssueSpec, target: Target, line: int, findings: Findings) -> Truths:
    """All examples of a spec. Those of ``target``'s docstring (at ``line`` of the spec) are told to it already."""
    truths = Truths(target, findings)
    for one in truths.read(target.docstring, line):
        truths.add(replace(one, line=line), firm=False)
    truths.said = len(truths.known)
    for example in spec.examples:
        if isinstance(example, Arrow):
            truths.add_written(_arrow(example, target), firm=True)
        else:
            truths.add_session(example)
    return truths


def _arrow(arrow: Arrow, target: Target) -> ExampleText | Unconverted:
    source = read_input(arrow.call, target)
    text = f"{arrow.call} -> {arrow.value}"
    if isinstance(source, Unusable):
        return Unconverted(text=text, why=source.why, line=arrow.line)
    if not _is_whole(source, arrow.call):
        why = "it checks a property of the result instead of the result"
        return Unconverted(text=text, why=why, line=arrow.line)
    expected = read_expected(arrow.value, target, source)
    if isinstance(expected, Unusable):
        return Unconverted(text=text, why=expected.why, line=arrow.line)
    return ExampleText(input=source, wanted=expected, line=arrow.line)


def _is_whole(source: str, call: str) -> bool:
    """True when the input shows what was written, not a part of it (``f(x)`` of ``not f(x)``)."""
    shown_last, written = ast.parse(source).body[-1], ast.parse(call).body[-1]
    if not isinstance(shown_last, ast.Expr) or not isinstance(written, ast.Expr):
        return False
    inner = written.value.value if isinstance(written.value, ast.Await) else written.value
    return ast.dump(shown_last.value) == ast.dump(inner)
