"""An issue's body, or a ``spec.md``, as a spec: the issue form's headings, or a free text with one fenced stub.

Everything here is other people's text. It is read as data, bounded, and refused in one message that lists all there is
to mend; what nobody can see of it is no part of the spec. See docs/specs.md for what to write.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cosplay_action.specs.issues.clean import clean, decoded
from cosplay_action.specs.issues.draft import assemble, taken_lines
from cosplay_action.specs.issues.examples import MOST
from cosplay_action.specs.issues.fields import check_swallowed, is_form, sections
from cosplay_action.specs.issues.findings import Findings, Flaw, FlawedSpec
from cosplay_action.specs.issues.form import read_form
from cosplay_action.specs.issues.free import read_free
from cosplay_action.specs.issues.page import read_page
from cosplay_action.specs.issues.prepare import check_place, prepare
from cosplay_action.specs.issues.prepared import Change, Prepared
from cosplay_action.specs.issues.spec import LONGEST, IssueSpec

__all__ = [
    "Change",
    "Flaw",
    "FlawedSpec",
    "IssueSpec",
    "Prepared",
    "decoded",
    "judge_examples",
    "prepare",
    "read_and_prepare",
    "read_issue",
]


def read_issue(text: str, origin: str) -> IssueSpec:
    """Read a spec; ``origin`` names it in messages (``spec.md``, ``issue #12``).

    Raises FlawedSpec (a SpecError) that lists everything missing or contradictory, each with its line and its cure.
    """
    findings = Findings(origin)
    spec, _ = _read(text, findings)
    findings.check()
    return spec


def read_and_prepare(root: Path, text: str, origin: str) -> tuple[IssueSpec, Prepared | None]:
    """Read a spec and find out what it takes to put its function into the repository at ``root`` (program: None).

    Raises FlawedSpec that lists in one message what is wrong with the text and, as far as that can be known beside it,
    what does not fit the repository.
    """
    findings = Findings(origin)
    spec, broken = _read(text, findings)
    prepared = None
    try:
        if spec.program or not (spec.path and spec.qualname):
            check_place(root, spec, findings)
        else:
            prepared = prepare(root, _sound(spec, findings), broken)
    except FlawedSpec as error:
        findings.add(error.flaws)
    findings.check()
    return spec, prepared


def judge_examples(root: Path, text: str, origin: str) -> IssueSpec:
    """Read a spec, and hold its signature and examples against the file that it names, as far as that is there.

    Whether there is room for it at ``root`` is not asked. Raises FlawedSpec as ``read_issue`` does.
    """
    findings = Findings(origin)
    spec, broken = _read(text, findings)
    if not spec.program and spec.path and spec.qualname:
        lines = {spec.line("signature"), *(number for one in spec.examples for number in taken_lines(one))} - {0}
        try:
            prepare(root, _sound(spec, findings), broken, quick=True)
        except FlawedSpec as error:
            findings.add(flaw for flaw in error.flaws if flaw.line in lines)
    findings.check()
    return spec


def _sound(spec: IssueSpec, findings: Findings) -> IssueSpec:
    """The spec less its examples that have a flaw or are too many, and less sentences that are too long to look at."""
    flawed = {flaw.line for flaw in findings.flaws}
    examples = [one for one in spec.examples[:MOST] if flawed.isdisjoint(taken_lines(one))]
    sound = replace(spec, examples=tuple(examples))
    fits = len(spec.behaviour) + len(spec.constraints) <= LONGEST
    return sound if fits else replace(sound, behaviour="", constraints="")


def _read(text: str, findings: Findings) -> tuple[IssueSpec, frozenset[str]]:
    """The spec as far as it can be read, and what of it nothing is known of (see ``Draft.broken``)."""
    lines = clean(text, findings)
    page = read_page(lines.lines, findings)
    found = sections(page)
    check_swallowed(page, found, findings)
    read = read_form if is_form(found) else read_free
    draft = read(page, found, lines, findings)
    return assemble(draft, page, lines, findings), frozenset(draft.broken)
