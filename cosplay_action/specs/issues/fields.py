"""The fields of a spec: what stands below its headings, in any order, at any of the first three levels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cosplay_action.specs.issues.examples import Numbered
from cosplay_action.specs.issues.findings import Findings, counted, lines_of, shown
from cosplay_action.specs.issues.page import Heading, Page

LABELS = ("Target", "Signature", "Behaviour", "Examples", "Constraints")
NOTHING = "_No response_"  # what GitHub writes for a blank answer of an issue form
_SPELLINGS = {"behavior": "behaviour", "example": "examples", "constraint": "constraints"}
_PROSE = ("behaviour", "constraints")
_DEEPEST = 3
_HEADING = re.compile(r" {0,3}#{1,3}\s+(?P<text>.*?)\s*#*\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading (None: the text above the first one) and the lines below it; ``label`` is a field's, or empty."""

    label: str
    heading: Heading | None
    first: int
    last: int

    @property
    def is_blank(self) -> bool:
        return self.last < self.first


def sections(page: Page) -> list[Section]:
    """The text cut at every heading of a field, and at every other of the first three levels."""
    cuts: list[Heading | None] = [None, *(h for h in page.headings if h.depth <= _DEEPEST)]
    found = []
    for heading, following in zip(cuts, [*cuts[1:], None], strict=True):
        first = heading.last + 1 if heading else 1
        last = following.first - 1 if following else len(page.lines)
        found.append(_trimmed(page, label_of(heading.text) if heading else "", heading, first, last))
    return found


def label_of(text: str) -> str:
    """The field that a heading names, in lower case; empty for any other heading."""
    word = text.strip().strip("*_`").rstrip(":").strip().casefold()
    word = _SPELLINGS.get(word, word)
    return word if word.capitalize() in LABELS else ""


def _trimmed(page: Page, label: str, heading: Heading | None, first: int, last: int) -> Section:
    """A section without blank lines at its ends; a blank answer is no line at all."""
    while first <= last and not page.lines[first - 1].strip():
        first += 1
    while first <= last and not page.lines[last - 1].strip():
        last -= 1
    if first == last and page.lines[first - 1].strip() == NOTHING:
        last = first - 1
    return Section(label=label, heading=heading, first=first, last=last)


def check_swallowed(page: Page, found: Sequence[Section], findings: Findings) -> None:
    """A field's heading in HTML, or below something that was never closed, is none: nobody meant that.

    In a whole block of code it is text, but for that of a field which is missing: then two fences met by chance.
    """
    known = {section.label for section in found} if is_form(found) else {label.casefold() for label in LABELS}
    for one in page.swallowers:
        for number, text in enumerate(one.lines, start=one.first):
            heading = _HEADING.match(text)
            label = label_of(heading["text"]) if heading else ""
            if label and not (one.closed and label in known):
                what = f"{shown(text.strip())} is no heading here: it stands in {one.what} (line {one.first})."
                findings.flaw(number, what, "Close what is open, or put it into backticks.")


def is_form(found: Sequence[Section]) -> bool:
    """True for a text with the form's headings rather than a free one."""
    return bool({"target", "signature"} & {section.label for section in found})


def form_fields(page: Page, found: Sequence[Section], findings: Findings) -> dict[str, Section]:
    """The sections by field. A heading of no field belongs to the sentences above it, and ends anything else."""
    fields: dict[str, Section] = {}
    current = ""
    for section in found:
        if section.label:
            current = _add(fields, section, findings)
        elif current and _goes_on(section, current):
            fields[current] = _longer(fields[current], section, page)
        elif section.heading is not None or not section.is_blank:
            _left_out(section, findings)
            current = current if section.heading is None else ""
    return fields


def _add(fields: dict[str, Section], section: Section, findings: Findings) -> str:
    """Take a field; the name of the one that lines below it belong to."""
    known = fields.get(section.label)
    line = section.heading.first if section.heading else 0
    if known is not None:
        before = known.heading.first if known.heading else 0
        what = f"{section.label.capitalize()} is there twice, in line {before} and here."
        findings.flaw(line, what, "Keep one of them.")
        return ""
    fields[section.label] = section
    return section.label


def _goes_on(section: Section, current: str) -> bool:
    """Sentences may have headings of their own; to the examples, ``# a comment`` is one."""
    return current in _PROSE or (current == "examples" and section.heading is not None and section.heading.depth == 1)


def _longer(field: Section, more: Section, page: Page) -> Section:
    heading = more.heading
    first = heading.first if field.is_blank and heading else field.first
    last = max(more.last, heading.last if heading else 0)
    return _trimmed(page, field.label, field.heading, first, last)


def _left_out(section: Section, findings: Findings) -> None:
    heading = section.heading
    if heading is not None and heading.depth == 1 and section.is_blank:
        return  # the text's title
    first = heading.first if heading else section.first
    last = heading.last if heading and section.is_blank else section.last
    title = f"{shown(heading.text)} is no field of a spec" if heading else "text above the first field"
    findings.note(f"{lines_of(first, last)}: {title}; {counted(last - first + 1, 'line')} left out.")


def content(page: Page, section: Section) -> list[Numbered]:
    """The section's lines as they stand."""
    return page.numbered(section.first, section.last)


def unfenced(page: Page, section: Section) -> list[Numbered]:
    """The section's lines with its fences blanked and what they hold brought to the margin."""
    lines = dict(content(page, section))
    for fence in page.within(section.first, section.last):
        lines.update(dict.fromkeys(range(fence.first, fence.last + 1), ""))
        lines.update(zip(range(fence.start, fence.last + 1), fence.lines, strict=False))
    return sorted((number, "" if text.strip() == NOTHING else text) for number, text in lines.items())
