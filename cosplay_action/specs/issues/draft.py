"""A spec as far as its layout says: which lines are which field. The rest is the same for forms and free texts."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cosplay_action.specs.issues.clean import Lines
from cosplay_action.specs.issues.code import tree_of
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
from cosplay_action.specs.issues.findings import Findings, Flaw, shown
from cosplay_action.specs.issues.page import Page
from cosplay_action.specs.issues.paths import mixes_alphabets, read_path
from cosplay_action.specs.issues.prose import lift, lift_listed, written
from cosplay_action.specs.issues.runs import check_beside, check_runs
from cosplay_action.specs.issues.signature import SIGNATURE_CURE, Header, is_name, renamed, role_flaws
from cosplay_action.specs.issues.spec import BEHAVIOUR_CURE, LONGEST, IssueSpec
from cosplay_action.specs.program_text import ProgramExample

TARGET_CURE = "Write `path/file.py::function` or `path/file.py::Class.method`."
_PROGRAM_CURE = "Write the program's file, such as `tools/add.py`."


@dataclass(slots=True, kw_only=True)
class Draft:
    """Fields with the lines (from 1; 0: none) at which they start.

    ``runs`` are the numbers of the lines that ``program`` takes up, ``loose`` those that read like more of them.
    ``broken`` says of what nothing is known as it has a flaw already: "path", "name", "signature", "behaviour".
    """

    path: str = ""
    qualname: str = ""
    header: Header | None = None
    behaviour: list[Numbered] = field(default_factory=list)
    constraints: list[Numbered] = field(default_factory=list)
    examples: list[Numbered] = field(default_factory=list)
    program: tuple[ProgramExample, ...] = ()
    runs: frozenset[int] = frozenset()
    loose: list[Flaw] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def read_target(text: str, line: int, draft: Draft, findings: Findings) -> None:
    """Read ``path::qualname``, or a path alone."""
    written_path, *names = text.strip().strip("`").strip().split("::")
    qualname = ".".join(names).removesuffix("()").strip()
    draft.lines["target"] = line
    draft.path = read_path(written_path, line, findings)
    draft.broken |= set() if draft.path else {"path"}
    if names and (not is_name(qualname) or any(mixes_alphabets(part) for part in qualname.split("."))):
        findings.flaw(line, f"{shown(qualname)} is no name of a function.", TARGET_CURE)
        draft.broken.add("name")
    else:
        draft.qualname = qualname


def assemble(draft: Draft, page: Page, lines: Lines, findings: Findings) -> IssueSpec:
    """The spec of a draft, as far as it can be read; what is wrong with it is among the findings."""
    qualname = _qualname(draft, findings)
    called = Called.of(qualname)
    sentences, listed = lift_listed(draft.behaviour, called)
    prose, sessions = lift(sentences)
    limits, more = lift(draft.constraints)
    header = draft.header
    documented, inner = lift(_numbered(header), firm=False) if header else ([], [])
    field_examples = _examples([*listed, *draft.examples], draft, called, findings)
    for session in (*sessions, *more)[:MOST]:
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
    _check_kind(spec, draft, findings)
    if spec.program:
        check_runs(spec.program, draft.runs, lines, findings)
    _check_whole(spec, draft, findings)
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
        draft.header = header = renamed(header, given)  # so that the examples can be held against it
    for what, cure in role_flaws(given, header):
        findings.flaw(line, what, cure)
    return given


def _check_unseen(examples: tuple[Example, ...], lines: Lines, findings: Findings) -> None:
    """What was taken out of an example would have changed what it says."""
    for number in (number for one in examples for number in taken_lines(one) if number in lines.unseen):
        cure = "Write it as an escape such as `\\u200b`, or leave it out."
        findings.flaw(number, "This example holds an invisible character.", cure)


def _examples(lines: Sequence[Numbered], draft: Draft, called: Called, findings: Findings) -> tuple[Example, ...]:
    """The examples that are written as such. Those of a program stand in blocks; a line beside them is a flaw."""
    if called.name or draft.broken & {"name", "signature"}:
        return read_examples(lines, called, findings)
    trial = Findings("")
    found = read_examples(lines, called, trial)
    calls = [one for one in found if isinstance(one, Arrow) and _is_call(one.call)]
    functions = calls or any(isinstance(one, Session) for one in found)
    if not (draft.program or draft.loose) and (functions or not draft.path):
        findings.add(trial.flaws)
        return found
    findings.add(draft.loose)
    known = {number for one in calls for number in taken_lines(one)}
    check_beside([one for one in lines if one[0] not in known], {flaw.line for flaw in draft.loose}, findings)
    return tuple(calls)


def _is_call(text: str) -> bool:
    tree = tree_of(text)
    return tree is not None and any(isinstance(node, ast.Call) for node in ast.walk(tree))


def taken_lines(one: Example) -> Iterator[int]:
    """The numbers of an example's lines."""
    text = one.text if isinstance(one, Session) else one.call
    return iter(range(one.line, one.line + text.count("\n") + 1))


def _check_kind(spec: IssueSpec, draft: Draft, findings: Findings) -> None:
    """Whether it is a function or a program, and not something of both."""
    line = draft.lines.get("target", 0)
    if spec.program and (spec.signature or any(isinstance(one, Arrow) for one in spec.examples)):
        what = "There are examples of a program (Input and Output) beside a function's."
        findings.flaw(spec.program[0].line, what, "Keep one kind: a function, or a program of its own.")
    elif spec.program and spec.qualname:
        what = f"Target names the function {shown(spec.qualname)}, but the examples are runs of a program."
        cure = f"Write {shown(spec.path or 'tools/add.py')} alone, or give the function examples `call -> value`."
        findings.flaw(line, what, cure)
    is_program = bool(spec.program or (draft.loose and not spec.qualname))
    if not spec.path and "path" not in draft.broken:
        findings.flaw(line, "Target is missing.", _PROGRAM_CURE if is_program else TARGET_CURE)
    unknown = not spec.qualname and not is_program and not draft.broken & {"name", "signature"}
    if unknown and not spec.path and "path" not in draft.broken:
        findings.flaw(draft.lines.get("signature", line), "Signature is missing.", SIGNATURE_CURE)
    elif unknown:
        cure = f"{TARGET_CURE} Examples of a program are `Input:` and `Output:`, each with a fenced block below it."
        findings.flaw(line, "Neither Target nor Signature names a function.", cure)


def _check_whole(spec: IssueSpec, draft: Draft, findings: Findings) -> None:
    """What of the sentences is missing or too long."""
    line = draft.lines.get("behaviour", 0)
    there = spec.qualname and not spec.signature and "signature" not in draft.broken  # a stub says what it does
    if not there and not spec.behaviour and "behaviour" not in draft.broken:
        cure = BEHAVIOUR_CURE
        if spec.program:
            cure = "Say in a sentence or two what the program reads, and what it writes."
        findings.flaw(line, "Behaviour is missing.", cure)
    size = len(spec.behaviour) + len(spec.constraints)
    if size > LONGEST:
        what = f"Behaviour and Constraints have {size:,} characters, more than {LONGEST:,}."
        findings.flaw(line, what, "Keep what the function does; leave out its history.")
