"""Fields that this version does not know: shown as plain data, whatever their shape, never dropped in silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from cosplay_action.evidence.page.markup import Child, Markup, joined, tag
from cosplay_action.evidence.page.pieces import Page, Section, listed, pairs, prose, words
from cosplay_action.evidence.shape import LandingRecord, Report

# Fields whose entries are warnings, and how each is introduced.
WARNINGS = {"risky": "Risky: ", "warnings": ""}
_DEEPEST = 4


def section(page: Page) -> Section | None:
    """None where the page knows every field."""
    known = {*Report.__annotations__, *WARNINGS}
    found = {name: value for name, value in _fields(page.report).items() if name not in known}
    found |= {f"landing: {name}": value for name, value in _landing(page).items() if name not in WARNINGS}
    if not found:
        return None
    return Section(anchor="more", title="More in this report", body=data(page, found))


def _fields(record: object) -> Mapping[str, object]:
    """A record as any mapping: its documented shape does not know the field yet."""
    return cast("Mapping[str, object]", record or {})


def _landing(page: Page) -> dict[str, object]:
    known = LandingRecord.__annotations__
    return {name: value for name, value in _fields(page.report["landing"]).items() if name not in known}


def warnings(page: Page) -> list[Child]:
    """The entries of the fields that warn, of the report and of what would land, one line each."""
    fields = [
        (WARNINGS[name], where.get(name)) for where in (_fields(page.report), _landing(page)) for name in WARNINGS
    ]
    return [joined([lead, prose(_word(one), page.limits.line)]) for lead, value in fields for one in _entries(value)]


def _entries(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) and value else []


def data(page: Page, value: object, depth: int = 0) -> Markup:
    """Mappings as names and values, lists as lists, the rest as text."""
    if depth < _DEEPEST and isinstance(value, Mapping):
        rows = list(value.items())[: page.limits.items]
        return pairs(((_name(key), data(page, one, depth + 1)) for key, one in rows), class_="facts")
    if depth < _DEEPEST and isinstance(value, list):
        return listed([data(page, one, depth + 1) for one in value[: page.limits.items]], page.limits.items)
    return tag("span", words(_word(value), page.limits.line))


def _name(key: object) -> str:
    return str(key)[:80].replace("_", " ")


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else f"{value:,.4g}" if isinstance(value, float) else str(value)
