"""What the Markdown sections are made of: titled sections, folded ones, tables, cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cosplay_action.evidence.neutralise import code
from cosplay_action.evidence.shape import UnitTestRecord
from cosplay_action.evidence.view import count


class Section(NamedTuple):
    title: str
    body: str


def section(title: str, *blocks: str) -> Section:
    body = "\n\n".join(block for block in blocks if block)
    return Section(title, f"### {title}\n\n{body}" if body else "")


def details(title: str, body: str) -> Section:
    """A folded section."""
    return Section(title, folded(title, body))


def folded(title: str, body: str) -> str:
    """What opens on a click. The blank lines let GitHub read the inside as Markdown."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>" if body else ""


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], aligned: str, limit: int = 200) -> str:
    """A table (``aligned``: l, c or r a column) of at most ``limit`` rows; the number of the others is said."""
    if not rows:
        return ""
    rule = {"l": "---", "c": ":-:", "r": "--:"}
    lines = [heads, [rule[one] for one in aligned], *rows[:limit]]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    more = len(rows) - limit
    return table + (f"\n\n_{count(more, 'more row')} in `report.json`._" if more > 0 else "")


def cell(text: str, limit: int = 160) -> str:
    return code(text, limit, table=True)


def call(test: UnitTestRecord) -> tuple[str, str]:
    return cell(test["input"]), "-" if test["expected"] is None else cell(test["expected"])
