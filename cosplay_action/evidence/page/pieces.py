"""What every section of the page is made of: the page itself, bounded texts, folded parts, tables, bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cosplay_action.evidence import view
from cosplay_action.evidence.page.markup import Child, Markup, hidden, joined, tag, text
from cosplay_action.evidence.shape import Report
from cosplay_action.evidence.view import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of everything a page shows; ``report.json`` holds the rest. Characters, but where a number is named."""

    line: int = 400  # an input, an expected output, a plan, a reason
    answer: int = 200
    block: int = 12_000  # a source, a statement
    answers: int = 64  # number of different answers to one input
    rivals: int = 12  # number of rivals compared in full
    moves: int = 200  # number of moves of one round
    items: int = 300  # number of entries of any other list


ROOMY = Limits()
TIGHT = Limits(line=120, answer=60, block=1_500, answers=6, rivals=3, moves=40, items=100)
TINY = Limits(line=40, answer=24, block=400, answers=3, rivals=1, moves=10, items=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A report about to be drawn, with the orders and names that several sections share."""

    report: Report
    limits: Limits
    names: list[str]  # of the columns
    rows: list[int]  # slots in the order of display
    columns: list[int]
    grid: list[list[Mark]]

    @property
    def side(self) -> int | None:
        """The slot that rivals are compared with: the chosen, else the one that would be."""
        choice = self.report["choice"]
        return choice["slot"] if choice["slot"] is not None else choice["forced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    anchor: str
    title: str
    body: Markup


def open_page(report: Report, limits: Limits) -> Page:
    return Page(
        report=report,
        limits=limits,
        names=view.column_names(report),
        rows=view.row_order(report),
        columns=column_order(report),
        grid=view.marks(report),
    )


def column_order(report: Report) -> list[int]:
    """Columns for display: the best supported first, invalid ones last, else as they are."""
    support = [column["support"] for column in report["tests"]]

    def rank(at: int) -> tuple[bool, float, int]:
        share = support[at]
        return (share is None, -(share or 0.0), at)

    return sorted(range(len(support)), key=rank)


def words(full: str, limit: int, *, lines: bool = True) -> Markup:
    """At most ``limit`` characters of a text, and a note where something was left out. Without ``lines``: on one."""
    whole = full.replace("\r\n", "\n")
    shown = text(whole[:limit] if lines else whole[:limit].replace("\n", "↵").replace("\t", " "))
    more = len(whole) - limit
    return shown if more <= 0 else joined([shown, cut(f"… shortened by {more:,} characters, see report.json")])


def prose(full: str, limit: int) -> Markup:
    """Somebody's sentences, as one paragraph."""
    head, rest = full[: 8 * limit], full[8 * limit :]  # what is never shown need not be tidied
    return words(" ".join(head.split()) + rest, limit)


def cut(note: str) -> Markup:
    """Says that something was left out here."""
    return tag("span", note, class_="cut")


def code(full: str, limit: int, *, lines: bool = True) -> Markup:
    """A text of a program, within a line of ours; a line end at its very end would draw an empty chip below it."""
    shown = full.replace("\r\n", "\n").removesuffix("\n")
    return tag("code", words(shown, limit, lines=lines) if shown else tag("i", "empty"))


def block(full: str, limit: int, label: str) -> Markup:
    """A source, as it stands."""
    return tag("pre", tag("code", words(full.rstrip("\n"), limit)), tabindex=0, role="group", aria_label=label)


def folded(summary: Child, *body: Child, opened: bool = False, **attributes: str | int | None) -> Markup:
    """A part that opens on demand, without any script."""
    return tag("details", tag("summary", summary), *body, open=opened, **attributes)


def listed(items: Sequence[Child], limit: int, *, ordered: bool = False, class_: str | None = None) -> Markup:
    """A list of at most ``limit`` items; the number of the others is said."""
    if not items:
        return Markup("")
    shown = [tag("li", one) for one in items[:limit]]
    return joined([tag("ol" if ordered else "ul", *shown, class_=class_), unshown(len(items) - limit)])


def unshown(number: int, noun: str = "entry") -> Markup:
    """Says how many more there are; nothing where there are none."""
    if number <= 0:
        return Markup("")
    many = noun[:-1] + "ies" if noun.endswith("y") and number > 1 else noun + "s" * (number > 1)
    return tag("p", f"{number:,} more {many}, see report.json.", class_="cut")


def pairs(rows: Iterable[tuple[str, Child]], class_: str | None = None) -> Markup:
    """Names and what they stand for."""
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in rows), class_=class_)


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Child]], numbers: str = "") -> Markup:
    """A table whose first cells head their rows; ``numbers`` names the columns of numbers, by digit."""
    kinds = ["n" if str(at) in numbers else None for at in range(len(heads))]
    head = tag("tr", *(tag("th", one, scope="col", class_=kind) for one, kind in zip(heads, kinds, strict=True)))
    body = [tag("tr", *map(_cell, row, kinds, range(len(row)))) for row in rows]
    shown = tag("table", tag("caption", hidden(caption)), tag("thead", head), tag("tbody", *body))
    return scrolled(shown, caption)


def _cell(value: Child, kind: str | None, at: int) -> Markup:
    return tag("td", value, class_=kind) if at else tag("th", value, scope="row", class_=kind)


def scrolled(inside: Markup, label: str, class_: str = "scroll") -> Markup:
    """A part that scrolls by itself where it is wider than the page; reached by keyboard."""
    return tag("div", inside, class_=class_, tabindex=0, role="group", aria_label=label)


def said(*sentences: Child) -> Markup:
    return tag("p", *sentences)
