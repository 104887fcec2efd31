"""The report in the terminal (rich): verdict, heat map, bars, tables, the chosen code. Import late: rich is heavy.

Works in 80 columns, and without colour: every cell has its glyph. Model text is shown through ``visible``, so that no
escape sequence reaches the terminal.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from cosplay_action.evidence import asking, view
from cosplay_action.evidence.heatmap import heat_map
from cosplay_action.evidence.neutralise import clip, one_line, visible
from cosplay_action.evidence.shape import Cost, QuestionRecord, RegressionRecord, Report, UnitTestRecord
from cosplay_action.evidence.view import cluster_name, count, percent

WIDTH = 80  # of what is no terminal: files, pipes, CI logs
ROWS = 40  # of a table; report.json holds the rest

_VERDICTS = {"chosen": "green", "no-consensus": "yellow", "budget-exceeded": "yellow"}


def open_console(stream: TextIO, *, quiet: bool = False) -> Console:
    """Return a console on the stream: 80 columns where it is no terminal; rich heeds NO_COLOR and drops colour itself.

    What the stream's encoding cannot write is escaped instead of raising.
    """
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    width = None if stream.isatty() else WIDTH
    return Console(file=stream, width=width, quiet=quiet, highlight=False, markup=False, emoji=False)


def print_report(console: Console, report: Report) -> None:
    """Print the whole report; ``report`` is the data of report.json."""
    plain = _plain(console)
    console.print(_verdict(report, plain))
    for title, body in _sections(report, console.width, plain=plain):
        console.print(Rule(Text(title, "bold"), align="left", style="dim", characters="-" if plain else "─"))
        console.print(body)
        console.print()
    if report["facts"]["replay"]:  # unwrapped, so that it can be copied
        console.print(_shown(f"Replay: {report['facts']['replay']}", 2000), soft_wrap=True)


def _plain(console: Console) -> bool:
    """Whether only ASCII can be drawn."""
    return not console.encoding.lower().startswith("utf")


def _sections(report: Report, width: int, *, plain: bool) -> Iterator[tuple[str, RenderableType]]:
    """Title and body of every section that has something to show."""
    if report["confidence"]:
        yield f"Confidence: {report['confidence']['level']}", _confidence(report)
    if report["questions"] or asking.apart(report):
        yield "A question to the author of the spec", _questions(report)
    if report["candidates"] and report["tests"]:
        yield "Execution matrix", heat_map(report, width, plain=plain)
    if report["rounds"]:
        yield "Pass counts, round by round", _rounds(report, plain=plain)
    if report["clusters"]:
        yield "Clusters of equal behaviour", _clusters(report, plain=plain)
    if report["differences"]:
        yield "Where rivals differ", _differences(report)
    if report["chosen"]:
        yield "Implementation", _code(report["chosen"]["implementation"])
    if report["kept"]:
        yield f"Kept tests ({len(report['kept'])})", _kept(report)
    yield "Cost", _costs(report)
    yield "Run", _facts(report)


def _verdict(report: Report, plain: bool) -> Panel:
    lines = [Text(view.title(report), "bold"), _shown(report["target"], 200)]
    if report["chosen"] is None and report["reason"]:
        lines.append(_shown(f"Nothing was chosen: {report['reason']}.", 300))
    lines.append(Text(" ".join(view.sentences(report))))
    shape = box.ASCII if plain else box.ROUNDED
    return Panel(Group(*lines), border_style=_VERDICTS[report["status"]], box=shape)


def _shown(text: str, limit: int = 120, style: str = "") -> Text:
    return Text(clip(one_line(text), limit), style)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Text | str]], right: str = "") -> Table:
    """A borderless table; ``right`` names the columns that align right, by position (``"24"``)."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for at, head in enumerate(heads):
        table.add_column(head, justify="right" if str(at) in right else "left", overflow="fold")
    for row in rows[:ROWS]:
        table.add_row(*(Text(part) if isinstance(part, str) else part for part in row))
    if len(rows) > ROWS:
        table.add_row(f"+{len(rows) - ROWS} more")
    return table


def _rounds(report: Report, *, plain: bool) -> Table:
    rows: list[list[Text | str]] = []
    for one in report["rounds"]:
        counts, valid = sorted(one["pass_counts"]), view.valid_tests(one)
        taken = sum(move["kept"] for move in one["moves"])
        bars = Text(view.spark(counts[-40:], valid, plain=plain), "cyan")
        numbers = (str(max(counts, default=0)), view.median(counts), f"{valid}/{len(one['valid'])}")
        rows.append([str(one["number"]), bars, *numbers, f"{taken}/{len(one['moves'])}"])
    return _table(["round", "candidates, lowest first", "best", "median", "valid tests", "moves"], rows, "02345")


def _clusters(report: Report, *, plain: bool) -> RenderableType:
    top = len(report["candidates"])
    rows: list[list[Text | str]] = [
        [
            cluster_name(at),
            str(one["size"]),
            Text(view.bar(one["size"], top, 24, plain=plain), "green" if at == report["choice"]["cluster"] else "cyan"),
            " ".join(str(slot) for slot in one["members"][:16]) + (" ..." if one["size"] > 16 else ""),
        ]
        for at, one in enumerate(report["clusters"])
    ]
    said = f"Compared on {count(len(report['probes']), 'fresh input')}. {view.margin(report)}"
    return Group(_table(["C", "size", "", "candidates"], rows, "1"), Text(said, "dim"))


def _confidence(report: Report) -> Group:
    """What holds it down, then what holds it up; our own words and numbers."""
    found = report["confidence"]
    down, up = (found["down"], found["up"]) if found else ([], [])
    return Group(*(Text(f"- {one}", "yellow") for one in down), *(Text(f"+ {one}") for one in up))


def _questions(report: Report) -> RenderableType:
    lines: list[RenderableType] = [
        _shown(f"  {test['input']} gives {test['expected'] or ''}: {words}", 300)
        for test, words in asking.apart(report)
    ]
    lines = [Text(asking.TOGETHER), *lines] if lines else []
    lines += [Text(asking.asked(report))] if report["questions"] else []
    return Group(*lines, *(_question(report, one) for one in report["questions"]))


def _question(report: Report, one: QuestionRecord) -> RenderableType:
    lines = [Text(""), _shown(f"On {one['input']}", 300, "bold")]
    lines += [_shown(f"  {asking.side(report, side)}: {side['answer']}", 300) for side in one["sides"]]
    near = f"{asking.nearest(one['shared'])} {one['line']}" if one["line"] else asking.SILENT
    lines.append(_shown(near, 400, "dim"))
    examples = [side["example"] for side in one["sides"] if side["example"]]
    lines.append(Text(asking.settle(report) if examples else asking.BARE))
    return Group(*lines, *(_pasteable(each) for each in examples))


def _pasteable(example: str) -> Text:
    """Never wrapped. A run of a program stands at the margin: what is indented within a fence would be part of it."""
    indented = example.startswith("Input:\n")
    lines = (f"{'' if indented else '  '}{line}" for line in visible(example, keep="\n\t").split("\n"))
    return Text("\n".join(lines) + "\n" * indented, no_wrap=True, overflow="ignore")


def _differences(report: Report) -> Table:
    side = "chosen gives" if report["chosen"] else "leading gives"
    rows: list[list[Text | str]] = [
        [
            cluster_name(one["cluster"]),
            _shown(one["input"]),
            _shown(one["chosen_gives"]["shown"], style="green"),
            _shown(one["rival_gives"]["shown"], style="red"),
        ]
        for one in report["differences"]
    ]
    return _table(["C", "smallest input", side, "rival gives"], rows)


def _code(source: str) -> Syntax:
    shown = visible(source.replace("\r\n", "\n"), keep="\n\t").rstrip("\n")
    return Syntax(shown, "python", theme="ansi_dark", background_color="default", word_wrap=True)


def _kept(report: Report) -> RenderableType:
    measured = any(view.notices(one) for one in report["kept"])
    rows: list[list[Text | str]] = [
        [
            _shown(one["test"]["input"]),
            _shown(one["test"]["expected"] or "-"),
            percent(one["support"]),
            _votes(one["test"]),
            "retired" if one["retired"] else one["test"]["origin"],
            *([view.notices(one)] if measured else []),
        ]
        for one in report["kept"]
    ]
    heads = ["test", "expected", "support", "votes", "origin", *(["notices"] if measured else [])]
    words = view.strength(report)
    said = [Text(words, "dim")] if words else []
    return Group(_table(heads, rows, "23"), *said, *_survivors(report))


def _survivors(report: Report) -> list[Text]:
    """The mutants that a further test should notice."""
    found = report["strength"]["survivors"] if report["strength"] else []
    return [
        _shown(
            f"  unnoticed: {one['before']} became {one['after']} ({view.place(report, one)})"
            + (f"; a test of {one['input']} would notice" if one["input"] else ""),
            400,
        )
        for one in found
    ]


def _votes(test: UnitTestRecord) -> str:
    votes = test["votes"]
    return f"{votes['agreed']}/{votes['asked']}" if votes["asked"] else "-"


def _costs(report: Report) -> RenderableType:
    found = report["costs"]
    rows = [_cost(one) for one in (*found["roles"], *found["stages"], found["total"])]
    words = f"{count(found['cells'], 'execution')}, {view.money(found['usd'])}"
    lost = view.lost_replies(found["total"])
    table = _table(["stage", "role", "replies", "usable", "tokens in", "cached", "out", "seconds"], rows, "234567")
    return Group(table, _shown(f"{words}; replies that did not end well: {lost}" if lost else words, 300, "dim"))


def _cost(one: Cost) -> list[Text]:
    numbers = (one["replies"], one["usable"], one["input_tokens"], one["cached_tokens"], one["output_tokens"])
    words = [one["stage"], one["role"], *(f"{number:,}" for number in numbers), f"{one['seconds']:,.1f}"]
    return [_shown(word, 24, "bold" if one["role"] == "all" else "") for word in words]


def _suite(found: RegressionRecord) -> list[tuple[str, str]]:
    """The repository's own test command: how it ended before, and with each candidate that was tried."""
    lines = [("own tests", f"{found['command']}: {found['note'] or 'before: ' + found['baseline']}")]
    for one in found["tried"]:
        lost = f" ({', '.join(one['lost'])})" if one["lost"] else ""
        lines.append(("", f"with candidate {one['slot']}: {view.trial(one)}{lost}"))
    return lines


def _facts(report: Report) -> Table:
    facts = report["facts"]
    level = facts["sandbox"]["level"] + (f" ({facts['sandbox']['note']})" if facts["sandbox"]["note"] else "")
    found = report["landing"]
    lines = [
        ("model", f"{facts['model']}, preset {facts['preset']}, seed {facts['seed']}"),
        ("sandbox", f"{level}, Python {facts['python']}"),
        ("checks", found["check"] if found else ""),
        ("tests", found["test_path"] if found else ""),
        *(_suite(found["regression"]) if found and found["regression"] else ()),
    ]
    lines += [("note", note) for note in (*(found["notes"] if found else ()), *report["problem"]["notes"])]
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, text in lines:
        if text:
            table.add_row(name, _shown(text, 600))
    return table
