"""The Markdown sections that argue: verdict, question, matrix, clusters, disagreements, kept tests, rounds."""

from __future__ import annotations

from collections.abc import Sequence

from cosplay_action.evidence import asking, letters, view
from cosplay_action.evidence.neutralise import code, fence, prose
from cosplay_action.evidence.pieces import Section, call, cell, folded, section, table
from cosplay_action.evidence.shape import Column, Kept, QuestionRecord, Report, RoundRecord, UnitTestRecord
from cosplay_action.evidence.view import cluster_name, count, percent

WIDEST = 32  # columns of the matrix that a page still shows; the rest is named
TALLEST = 64
NARROW = 12  # columns that a table still shows within the width of a page
LONG = 16  # rows of a table that is folded away when it has more
CHOSEN = " chosen"


def reason(report: Report) -> str:
    """Why nothing was chosen, or under which rule something was, as a sentence."""
    words = prose(report["reason"], 300)
    if report["chosen"] is None:
        return f"Nothing was chosen: {words}." if words else "Nothing was chosen."
    rule = report["choice"]["rule"]
    return "" if rule == "consensus" else f"Selection rule: {code(rule)}."


def target(report: Report) -> str:
    return f"Target: {code(report['target'])}"


def confidence(report: Report) -> Section:
    """The level, and the sentences that hold it down and up: our own words and numbers only."""
    found = report["confidence"]
    if found is None:
        return Section("Confidence", "")
    down, up = ["\n".join(f"- {one}" for one in lines) for lines in (found["down"], found["up"])]
    blocks = [f"What holds it down:\n\n{down}" if down else "", f"What holds it up:\n\n{up}" if up else ""]
    return section(f"Confidence: {found['level']}", *blocks)


def question(report: Report) -> Section:
    """To the spec's author, when nothing agrees: what the leading clusters answer, and what would settle it."""
    asked = [_question(report, number, one) for number, one in enumerate(report["questions"], start=1)]
    found = [
        f"- {code(test['input'])} gives {code(test['expected'] or '')}: {words}" for test, words in asking.apart(report)
    ]
    examples = [asking.TOGETHER, "\n".join(found)] if found else []
    title = "A question to the author of the spec"
    return section(title, *examples, asking.asked(report) if asked else "", *asked)


def _question(report: Report, number: int, one: QuestionRecord) -> str:
    sides = [f"- {asking.side(report, side)}: {code(side['answer'])}" for side in one["sides"]]
    silent = asking.SILENT
    if one["line"]:
        silent = f"{asking.nearest([code(word, 40) for word in one['shared']])} {code(one['line'], 300)}"
    examples = [side["example"] for side in one["sides"] if side["example"]]
    # fenced, so that it can be copied: where nothing is chosen, this page never becomes a commit's message
    apart = examples if any("\n" in each for each in examples) else ["\n".join(examples)]
    blocks = "\n\n".join(fence(each, "text") for each in apart)
    add = f"{asking.settle(report)}\n\n{blocks}" if examples else asking.BARE
    return "\n\n".join([f"**{number}.** On {code(one['input'])}", "\n".join(sides), silent, add])


def matrix(report: Report) -> Section:
    """Candidates x tests, the chosen row first and marked, support in the last row."""
    names = view.column_names(report)[:WIDEST]
    order = view.row_order(report)
    grid = view.marks(report)
    if not order or not names:
        return Section("Execution matrix", "")
    rows = [_matrix_row(report, slot, [view.GLYPHS[one] for one in grid[slot][:WIDEST]]) for slot in order[:TALLEST]]
    rows.append(["support, %", "", "", *(_support(column) for column in report["tests"][:WIDEST])])
    heads = ["candidate", "cluster", "passes", *names]
    shown = _narrow(heads, rows) if len(names) <= NARROW else fence(_aligned([heads, *rows]), "text")
    if len(order) > LONG or len(names) > NARROW:
        size = f"{count(len(order), 'candidate')} on {count(len(report['tests']), 'test')}"
        shown = f"{size}; the best passes {_best(report)}.\n\n{folded('The whole matrix', shown)}"
    used = dict.fromkeys(one for slot in order for one in grid[slot])
    legend = ", ".join(f"{view.GLYPHS[one]} {view.MEANING[one]}" for one in view.GLYPHS if one in used)
    note = f"{legend}. {letters.explained(report)}{_unshown(len(order), len(report['tests']))}"
    return section("Execution matrix", shown, note)


def _best(report: Report) -> str:
    top = max(row["passes"] for row in report["candidates"])
    return f"{top} of {count(sum(column['test']['valid'] for column in report['tests']), 'valid test')}"


def _narrow(heads: list[str], rows: list[list[str]]) -> str:
    """A real table, the chosen row's name in bold."""
    bold = [[f"**{row[0]}**", *row[1:]] if row[0].endswith(CHOSEN) else row for row in rows]
    return table(heads, bold, "lcr" + "c" * (len(heads) - 3), TALLEST + 1)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Monospaced columns: a table of many columns would be wider than the page."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (" ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(lines)


def _unshown(rows: int, columns: int) -> str:
    hidden = [(rows - TALLEST, "row"), (columns - WIDEST, "column")]
    said = " and ".join(count(more, noun) for more, noun in hidden if more > 0)
    return f" {said} more in `report.json`." if said else ""


def _matrix_row(report: Report, slot: int, glyphs: Sequence[str]) -> list[str]:
    row = report["candidates"][slot]
    valid = sum(column["test"]["valid"] for column in report["tests"])
    name = f"{slot}{CHOSEN}" if slot == report["choice"]["slot"] else str(slot)
    return [name, cluster_name(row["cluster"]), f"{row['passes']}/{valid}", *glyphs]


def _support(column: Column) -> str:
    return "-" if column["support"] is None else f"{column['support']:.0%}"[:-1]


def clusters(report: Report, rows: int) -> Section:
    """Clusters of equal behaviour on the probe inputs, with a bar for the size."""
    found = report["clusters"]
    top = len(report["candidates"])
    shown = table(
        ["cluster", "size", "", "candidates", "at the top pass count"],
        [
            [
                f"**{cluster_name(at)}**" if at == report["choice"]["cluster"] else cluster_name(at),
                str(one["size"]),
                f"`{view.bar(one['size'], top, 12)}`",
                _slots(one["members"]),
                str(one["weight"]),
            ]
            for at, one in enumerate(found)
        ],
        "crllr",
        rows,
    )
    words = f"Compared on {count(len(report['probes']), 'fresh input')}. {view.margin(report)}"
    return section("Clusters of equal behaviour", shown, shown and words)


def _slots(slots: Sequence[int], limit: int = 24) -> str:
    more = f" and {len(slots) - limit} more" if len(slots) > limit else ""
    return ", ".join(str(slot) for slot in slots[:limit]) + more


def disagreements(report: Report, rows: int) -> Section:
    side = "chosen gives" if report["chosen"] else "leading cluster gives"
    shown = table(
        ["cluster", "smallest input that tells them apart", side, "rival gives"],
        [
            [
                f"{cluster_name(one['cluster'])} (candidate {one['rival']})",
                cell(one["input"]),
                cell(one["chosen_gives"]["shown"]),
                cell(one["rival_gives"]["shown"]),
            ]
            for one in report["differences"]
        ],
        "llll",
        rows,
    )
    return section("Where rivals differ", shown)


def kept(report: Report, rows: int) -> Section:
    tests = report["kept"]
    measured = any(view.notices(one) for one in tests)
    shown = table(
        ["test", "expected", "origin", "support", "votes", *(["mutants noticed"] if measured else [])],
        [
            [
                *call(one["test"]),
                _origin(one),
                percent(one["support"]),
                _votes(one["test"]),
                *([view.notices(one)] if measured else []),
            ]
            for one in tests
        ],
        "lllrl" + "l" * measured,
        rows,
    )
    place = report["landing"]["test_path"] if report["landing"] else ""
    words = f"They ship as {code(place)}." if shown and place else ""
    listed = folded("The kept tests", shown) if len(tests) > LONG else shown
    return section(f"Kept tests ({len(tests)})", listed, words, view.strength(report), _survivors(report))


def _survivors(report: Report) -> str:
    """The mutants that a further test should notice."""
    found = report["strength"]["survivors"] if report["strength"] else []
    lines = [
        f"- {one['what']}, {view.place(report, one)}: {code(one['before'])} became {code(one['after'])}"
        + (f"; a test of {code(one['input'])} would notice" if one["input"] else "")
        for one in found
    ]
    return "\n".join(["What no kept test notices:", "", *lines]) if lines else ""


def _origin(one: Kept) -> str:
    return f"{one['test']['origin']}, retired" if one["retired"] else one["test"]["origin"]


def _votes(test: UnitTestRecord) -> str:
    votes = test["votes"]
    return f"{votes['agreed']} of {votes['asked']}" if votes["asked"] else "-"


def rounds(report: Report) -> Section:
    """Pass counts round by round: one bar a candidate, from the lowest to the highest."""
    shown = table(
        ["round", "pass counts, a bar a candidate", "best", "median", "valid tests", "moves taken"],
        [_round(one) for one in report["rounds"]],
        "rlrrrr",
        24,
    )
    return section("Pass counts, round by round", shown, shown and f"The end: {view.ended(report)}.")


def _round(one: RoundRecord) -> list[str]:
    counts = sorted(one["pass_counts"])
    valid = view.valid_tests(one)
    taken = sum(move["kept"] for move in one["moves"])
    bars = view.spark(counts[-TALLEST:], valid)
    moved = f"{taken} of {len(one['moves'])}" if one["moves"] else "-"
    numbers = [str(max(counts, default=0)), view.median(counts), f"{valid} of {len(one['valid'])}", moved]
    return [str(one["number"]), f"`{bars}`" if bars else "", *numbers]
