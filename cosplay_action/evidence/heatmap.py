"""The execution matrix as a heat map of coloured cells (rich). Import late: rich is heavy.

Readable without colour too: every cell has its glyph. 32 columns fit into 80 characters; more become further blocks.
"""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from cosplay_action.evidence import letters, view
from cosplay_action.evidence.shape import Report
from cosplay_action.evidence.view import Mark, cluster_name

_STYLES: dict[Mark, str] = {
    "pass": "black on green",
    "fail": "white on red",
    "error": "white on magenta",
    "timeout": "black on yellow",
    "stopped": "black on bright_yellow",
    "invalid": "dim",
    "unusable": "dim",
}
_MARGIN = 15  # what stands before the cells of a row


def heat_map(report: Report, width: int, *, plain: bool) -> RenderableType:
    """The heat map, in blocks of as many columns as fit: two characters a cell."""
    fits = max(8, (width - _MARGIN) // 2)
    columns = range(len(report["tests"]))
    blocks = [_block(report, columns[at : at + fits], plain=plain) for at in range(0, len(columns), fits)]
    return Group(*blocks, _legend(report, plain=plain))


def _block(report: Report, columns: range, *, plain: bool) -> Text:
    glyphs = view.ASCII_GLYPHS if plain else view.GLYPHS
    grid = view.marks(report)
    text = _heads(report, columns)
    for slot in view.row_order(report):
        text.append(_label(report, slot), "bold" if slot == report["choice"]["slot"] else "")
        for at in columns:
            text.append(f"{glyphs[grid[slot][at]]} ", _STYLES[grid[slot][at]])
        text.append("\n")
    return text.append("support".ljust(_MARGIN) + " ".join(_support(report, at, plain=plain) for at in columns) + "\n")


def _support(report: Report, at: int, *, plain: bool) -> str:
    share = report["tests"][at]["support"]
    return " " if share is None else view.spark([share], 1.0, plain=plain)


def _heads(report: Report, columns: range) -> Text:
    """Two lines: the kind of each test (E, A, R) and the last digit of its number within the kind."""
    names = [view.column_names(report)[at] for at in columns]
    kinds = "   C   passes".ljust(_MARGIN) + " ".join(name[:1] for name in names)
    numbers = " " * _MARGIN + " ".join(name[-1:] for name in names)
    return Text(f"{kinds}\n{numbers}\n", "dim")


def _label(report: Report, slot: int) -> str:
    """Chosen mark, slot, cluster, pass count."""
    row = report["candidates"][slot]
    valid = sum(column["test"]["valid"] for column in report["tests"])
    star = ">" if slot == report["choice"]["slot"] else " "
    return f"{star}{slot:>2} {cluster_name(row['cluster']):<2} {row['passes']:>3}/{valid}".ljust(_MARGIN)


def _legend(report: Report, *, plain: bool) -> Text:
    glyphs = view.ASCII_GLYPHS if plain else view.GLYPHS
    used = {one for row in view.marks(report) for one in row}
    said = Text()
    for one in (one for one in glyphs if one in used):
        said.append(f"{glyphs[one]} ", _STYLES[one]).append(f" {view.MEANING[one]}  ")
    ends = f"C cluster, {letters.briefly(report)}"
    if report["chosen"]:
        ends += ", > chosen"
    return said.append(f"\n{ends}", "dim")
