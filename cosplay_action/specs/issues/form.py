"""The issue form's layout: a heading for each field."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cosplay_action.specs.issues.clean import Lines
from cosplay_action.specs.issues.draft import TARGET_CURE, Draft, read_target
from cosplay_action.specs.issues.examples import Numbered
from cosplay_action.specs.issues.fields import Section, content, form_fields, unfenced
from cosplay_action.specs.issues.findings import Findings
from cosplay_action.specs.issues.page import Page
from cosplay_action.specs.issues.signature import read_header
from cosplay_action.specs.program_text import loose_runs, read_program_examples

_QUOTES = re.compile(r"^\s*[rR]?[\"']", re.MULTILINE)  # with which a docstring begins
_UNSEEN_CURE = "Type it anew: what cannot be seen could make it name something else."


def read_form(page: Page, found: Sequence[Section], lines: Lines, findings: Findings) -> Draft:
    """The draft of a text that has the form's headings."""
    fields = form_fields(page, found, findings)
    draft = Draft(lines={name: _line(section) for name, section in fields.items()})
    _target(page, fields.get("target"), lines, draft, findings)
    _signature(page, fields.get("signature"), lines, draft, findings)
    if "behaviour" in fields:
        draft.behaviour = content(page, fields["behaviour"])
    if "constraints" in fields:
        draft.constraints = content(page, fields["constraints"])
    if "examples" in fields:
        section = fields["examples"]
        draft.program, draft.runs = read_program_examples(page, findings, section.first, section.last, wrapped=True)
        draft.loose = loose_runs(page, section.first, section.last, draft.runs)
        draft.examples = [(number, "" if number in draft.runs else text) for number, text in unfenced(page, section)]
    return draft


def _line(section: Section) -> int:
    return section.first if not section.is_blank else section.heading.first if section.heading else 0


def _filled(page: Page, section: Section | None) -> list[Numbered]:
    """The lines of an answer that hold something."""
    return [one for one in unfenced(page, section) if one[1].strip()] if section else []


def _target(page: Page, section: Section | None, lines: Lines, draft: Draft, findings: Findings) -> None:
    answer = _filled(page, section)
    if len(answer) > 1:
        findings.flaw(answer[1][0], "Target has more than one line.", TARGET_CURE)
    if answer and not _is_seen(answer[:1], "Target", lines, findings):
        draft.broken |= {"path", "name"}
    elif answer:
        read_target(answer[0][1], answer[0][0], draft, findings)


def _signature(page: Page, section: Section | None, lines: Lines, draft: Draft, findings: Findings) -> None:
    answer = _filled(page, section)
    if answer and not _is_seen(answer, "Signature", lines, findings):
        draft.broken.add("signature")
    elif answer:
        first, last = answer[0][0], answer[-1][0]
        known = dict(unfenced(page, section)) if section else {}
        text = "\n".join(known[number] for number in range(first, last + 1))
        draft.lines["signature"] = first
        draft.header = read_header(text, first, findings)
        if draft.header is None:  # it may have held a docstring
            draft.broken |= {"signature", "behaviour"} if _QUOTES.search(text) else {"signature"}


def _is_seen(answer: Sequence[Numbered], name: str, lines: Lines, findings: Findings) -> bool:
    """False, and a flaw, for a short answer that held something invisible."""
    hidden = next((number for number, _ in answer if number in lines.unseen), 0)
    if hidden:
        findings.flaw(hidden, f"{name} holds an invisible character.", _UNSEEN_CURE)
    return not hidden
