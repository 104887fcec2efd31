"""A spec as far as its layout says: which lines are which field. The rest is the same for forms and free texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cosplay_action.specs.issues.clean import Lines
from cosplay_action.specs.issues.examples import (
    MOST,
    Arrow,
    Called,
    Example,
    Numbered,
    Session,
    check_examples,
    check_session,
    read_examples,
)
from cosplay_action.specs.issues.findings import Findings, shown
from cosplay_action.specs.issues.page import Page
from cosplay_action.specs.issues.paths import mixes_alphabets, read_path
from cosplay_action.specs.issues.prose import lift, written
from cosplay_action.specs.issues.signature import Header, is_name, role_flaws
from cosplay_action.specs.issues.spec import LONGEST, IssueSpec
from cosplay_action.specs.program_text import ProgramExample

TARGET_CURE = "Write `path/file.py::function` or `path/file.py::Class.method`."


@dataclass(slots=True, kw_only=True)
class Draft:
    """Fields with the lines (from 1; 0: none) at which they start. ``broken``: a field that has a flaw already."""

    path: str = ""
    qualname: str = ""
    header: Header | None = None
    behaviour: list[Numbered] = field(default_factory=list)
    constraints: list[Numbered] = field(default_factory=list)
    examples: list[Numbered] = field(default_factory=list)
    program: tuple[ProgramExample, ...] = ()
    lines: dict[str, int] = field(default_factory=dict)
    broken: bool = False


def read_target(text: str, line: int, draft: Draft, findings: Findings) -> None:
    """Read ``path::qualname``, or a path alone."""
    written_path, *names = text.strip().strip("`").strip().split("::")
    qualname = ".".join(names).removesuffix("()").strip()
    before = len(findings.flaws)
    draft.lines["target"] = line
    draft.path = read_path(written_path, line, findings)
    if names and (not is_name(qualname) or any(mixes_alphabets(part) for part in qualname.split("."))):
        findings.flaw(line, f"{shown(qualname)} is no name of a function.", TARGET_CURE)
    else:
        draft.qualname = qualname
    draft.broken = draft.broken or len(findings.flaws) > before


def assemble(draft: Draft, page: Page, lines: Lines, findings: Findings) -> IssueSpec:
    """The spec of a draft. Raises SpecError that lists every flaw."""
    qualname = _qualname(draft, findings)
    prose, sessions = lift(draft.behaviour)
    limits, more = lift(draft.constraints)
    header = draft.header
    documented, inner = lift(_numbered(header), firm=False) if header else ([], [])
    called = Called.of(qualname)
    field_examples = read_examples(draft.examples, called, findings) if qualname else ()
    for session in (*sessions, *more)[:MOST] if qualname else ():
        check_session(session, called, findings)
    examples: tuple[Example, ...] = (*inner, *sessions, *more, *field_examples)
    check_examples(examples, findings)
    _check_unseen(examples, lines, findings)
    texts = ["\n".join(text for _, text in documented).strip("\n"), written(prose, page)]
    spec = IssueSpec(
        origin=findings.origin, path=draft.path, qualname=qualname, signature=header.text if header else "",
        imports=header.imports if header else (), behaviour="\n\n".join(text for text in texts if text),
        constraints=written(limits, page), examples=examples, program=draft.program, notes=tuple(findings.notes),
        lines=draft.lines,
    )  # fmt: skip
    _check_whole(spec, draft, findings)
    findings.check()
    return spec


def _numbered(header: Header) -> list[Numbered]:
    lines = header.docstring.split("\n") if header.docstring else []
    return list(enumerate(lines, start=header.document_line))


def _qualname(draft: Draft, findings: Findings) -> str:
    """The function's qualified name, from the target, the header, or both when they agree."""
    header, named = draft.header, draft.qualname
    if header is None:
        return named
    line = draft.lines.get("signature", 0)
    given = named or header.qualname
    same = given in {header.qualname, header.name} or given.endswith(f".{header.qualname}")
    if not (same or (not header.class_name and given.endswith(f".{header.name}"))):
        where = f" (line {draft.lines['target']})" if draft.lines.get("target") else ""
        what = f"Signature names {shown(header.qualname)}, but Target says {shown(named)}{where}."
        findings.flaw(line, what, "Write the same name in both.")
        return header.qualname
    for what, cure in role_flaws(given, header):
        findings.flaw(line, what, cure)
    return given


def _check_unseen(examples: tuple[Example, ...], lines: Lines, findings: Findings) -> None:
    """What was taken out of an example would have changed what it says."""
    for number in (number for one in examples for number in _taken(one) if number in lines.unseen):
        cure = "Write it as an escape such as `\\u200b`, or leave it out."
        findings.flaw(number, "This example holds an invisible character.", cure)


def _taken(one: Example) -> Iterator[int]:
    """The numbers of an example's lines."""
    text = one.text if isinstance(one, Session) else one.call
    return iter(range(one.line, one.line + text.count("\n") + 1))


def _check_whole(spec: IssueSpec, draft: Draft, findings: Findings) -> None:
    """What is missing, too long, or of two kinds at once."""
    if spec.program and (spec.signature or any(isinstance(one, Arrow) for one in spec.examples)):
        what = "There are examples of a program (Input and Output) beside a function's."
        findings.flaw(spec.program[0].line, what, "Keep one kind: a function, or a program of its own.")
    if not spec.path and not draft.broken and not spec.program:
        findings.flaw(draft.lines.get("target", 0), "Target is missing.", TARGET_CURE)
    if not spec.qualname and not draft.broken and not spec.program:
        findings.flaw(draft.lines.get("target", 0), "Neither Target nor Signature names a function.", TARGET_CURE)
    if spec.signature and not spec.behaviour and not draft.broken:
        cure = "Say in a sentence or two what the function returns, and when it raises."
        findings.flaw(draft.lines.get("behaviour", 0), "Behaviour is missing.", cure)
    size = len(spec.behaviour) + len(spec.constraints)
    if size > LONGEST:
        what = f"Behaviour and Constraints have {size:,} characters, more than {LONGEST:,}."
        findings.flaw(draft.lines.get("behaviour", 0), what, "Keep what the function does; leave out its history.")
