"""What every rendering of a report shares: the verdict in words, the marks of the matrix, names, bars and sparklines.

Everything here is our own text and numbers, except where a function says that it hands out text of the report.
We say "agreed" or "passes N self-written tests"; agreement is evidence, never proof.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

from cosplay_action.evidence.shape import (
    Cell,
    Column,
    Cost,
    Kept,
    Report,
    RoundRecord,
    Row,
    SurvivorRecord,
    TrialRecord,
)

Mark = Literal["pass", "fail", "error", "timeout", "stopped", "invalid", "unusable"]

GLYPHS: dict[Mark, str] = {
    "pass": "●", "fail": "○", "error": "!", "timeout": "T", "stopped": "X", "invalid": "·", "unusable": "-",
}  # fmt: skip
ASCII_GLYPHS: dict[Mark, str] = {
    "pass": "#", "fail": "o", "error": "!", "timeout": "T", "stopped": "X", "invalid": ".", "unusable": "-",
}  # fmt: skip
MEANING: dict[Mark, str] = {
    "pass": "passes",
    "fail": "another value",
    "error": "raises",
    "timeout": "times out",
    "stopped": "ends without a result",
    "invalid": "invalid",
    "unusable": "no code",
}
_STATUS_MARKS: dict[str, Mark] = {"returned": "fail", "raised": "error", "timed_out": "timeout"}
_SPARKS = "▁▂▃▄▅▆▇█"
_ASCII_SPARKS = "_.:-=+*#"


def mark(row: Row, column: Column, cell: Cell) -> Mark:
    """The one mark of a cell; whatever an unusable candidate or an invalid test shows does not count."""
    if not row["source"]:
        return "unusable"
    if not column["test"]["valid"]:
        return "invalid"
    return "pass" if cell["passes"] else _STATUS_MARKS.get(cell["status"], "stopped")


def marks(report: Report) -> list[list[Mark]]:
    """The matrix as marks, a list a slot."""
    return [
        [mark(row, column, cell) for column, cell in zip(report["tests"], cells, strict=True)]
        for row, cells in zip(report["candidates"], report["matrix"], strict=True)
    ]


def row_order(report: Report) -> list[int]:
    """Slots for display: the chosen first, then by cluster, pass count and slot."""
    rows = report["candidates"]
    slot = report["choice"]["slot"]

    def rank(at: int) -> tuple[bool, float, int, int]:
        cluster = rows[at]["cluster"]
        return (at != slot, float("inf") if cluster is None else cluster, -rows[at]["passes"], at)

    return sorted(range(len(rows)), key=rank)


def column_names(report: Report) -> list[str]:
    """Short names of the columns, in the matrix's order: E1.. examples, A1.. attack, R1.. random, F1.. fuzzed tests."""
    seen: dict[str, int] = {}
    names = []
    for column in report["tests"]:
        letter = column["test"]["origin"][:1].upper()
        seen[letter] = seen.get(letter, 0) + 1
        names.append(f"{letter}{seen[letter]}")
    return names


def cluster_name(at: int | None) -> str:
    """A, B, ... Z, AA, ...; a dash for none."""
    if at is None:
        return "-"
    name = ""
    while at >= 0:
        name, at = chr(ord("A") + at % 26) + name, at // 26 - 1
    return name


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def spark(values: Sequence[float], top: float, *, plain: bool = False) -> str:
    """One bar a value, scaled so that ``top`` is a full one; ``plain`` in ASCII."""
    bars = _ASCII_SPARKS if plain else _SPARKS
    return "".join(bars[min(len(bars) - 1, int(value / top * (len(bars) - 1) + 0.5) if top else 0)] for value in values)


def bar(value: float, top: float, width: int, *, plain: bool = False) -> str:
    """A horizontal bar of at most ``width`` characters; something above zero is never drawn as nothing."""
    length = round(value / top * width) if top else 0
    return ("#" if plain else "█") * max(length, 1 if value > 0 else 0)


def median(counts: Sequence[int]) -> str:
    """The median, which of an even number lies between the two in the middle; a dash of none."""
    return f"{statistics.median(counts):g}" if counts else "-"


def valid_tests(one: RoundRecord) -> int:
    return sum(one["valid"])


def title(report: Report) -> str:
    """The verdict in one line."""
    agreed = _agreed(report)
    if report["status"] == "budget-exceeded":
        if report["chosen"] is None:
            return "The budget was spent before anything could be chosen"
        return f"The budget was spent; best so far: {agreed[0].lower()}{agreed[1:]}{_confidence(report)}"
    if report["chosen"]:
        return agreed + _confidence(report)
    return "Nothing was chosen: it breaks the repository's own tests" if _regressed(report) else "No consensus"


def _confidence(report: Report) -> str:
    return f"; confidence: {report['confidence']['level']}" if report["confidence"] else ""


def _regressed(report: Report) -> bool:
    found = report["landing"]["regression"] if report["landing"] else None
    return found is not None and found["state"] == "regressed"


def _agreed(report: Report) -> str:
    choice, probes = report["choice"], len(report["probes"])
    if not probes or choice["cluster"] is None:
        return "Chosen by pass count alone, without fresh inputs to compare on"
    pool = count(len(report["candidates"]), "candidate")
    return f"Agreed by {choice['agreeing']} of {pool} on {choice['agreed_probes']} of {count(probes, 'fresh input')}"


def tests_passed(report: Report, slot: int) -> str:
    """How many valid tests of the matrix a slot passes: self-written ones, and examples if there are any."""
    cells = list(zip(report["tests"], report["matrix"][slot], strict=True))
    own = [cell["passes"] for column, cell in cells if _self_written(column)]
    given = [cell["passes"] for column, cell in cells if column["test"]["origin"] == "example"]
    kinds = ((own, "valid self-written test"), (given, "example"))
    said = [f"{sum(won)} of {count(len(won), noun)}" for won, noun in kinds if won]
    return f"passes {' and '.join(said)}" if said else "was judged by no test: none is valid"


def _self_written(column: Column) -> bool:
    return column["test"]["valid"] and column["test"]["origin"] != "example"


def sentences(report: Report) -> list[str]:
    """What to know beside the title, in order; our own words and numbers only."""
    said = []
    if report["chosen"]:
        slot = report["chosen"]["slot"]
        said.append(f"Candidate {slot} {tests_passed(report, slot)}.")
    if len(report["clusters"]) > 1:
        said.append(f"{_groups(report)}.")
    played = count(max((one["number"] for one in report["rounds"]), default=0), "round")
    said.append(f"Self-play ended after {played}: {ended(report)}.")
    said += [own] if (own := own_tests(report)) else []
    if report["chosen"]:
        said.append("Agreement of samples of a model is evidence, not proof: review this as you would any change.")
    return said


def ended(report: Report) -> str:
    """Why self-play ended. Where candidates pass all tests alike, fresh inputs may still tell them apart."""
    if report["stop"]["kind"] == "settled":
        return "every candidate passes every valid test, so tests have nothing left to decide"
    return report["stop"]["sentence"]


def own_tests(report: Report) -> str:
    """What the repository's own test command says of the choice, as a sentence; empty where none was given."""
    found = report["landing"]["regression"] if report["landing"] else None
    if found is None:
        return ""
    if found["state"] == "passed":
        kept = "Everything that passed before in the repository's own tests still does."
        passed_over = [str(one["slot"]) for one in found["tried"][:-1]]
        named = f"candidate{'s' * (len(passed_over) > 1)} {' and '.join(passed_over)}"
        return f"{kept} Passed over, for breaking some of them: {named}." if passed_over else kept
    tries = count(len(found["tried"]), "candidate")
    return {
        "regressed": f"The repository's own tests were run with {tries} in place, and some broke each time.",
        "unknown": "Whether it breaks the repository's own tests cannot be told.",
        "not-run": "The repository's own tests were not run.",
    }[found["state"]]


def trial(one: TrialRecord) -> str:
    """How the test command ended with a candidate in place; our own words and its numbers."""
    if not one["count"] and not one["broken"]:
        return one["said"] or "nothing"
    lost = f"{count(one['count'], 'test')} that passed before fail{'s' * (one['count'] == 1)}" if one["count"] else ""
    return "; ".join(part for part in (one["said"], lost, one["broken"]) if part)


def _groups(report: Report) -> str:
    sizes = [cluster["size"] for cluster in report["clusters"]]
    shown = ", ".join(str(size) for size in sizes[:8]) + (", ..." if len(sizes) > 8 else "")
    margin = f"margin {report['choice']['margin']}, counting those at the top pass count"
    return f"{count(len(sizes), 'cluster')} of equal behaviour, of sizes {shown}; {margin}"


def margin(report: Report) -> str:
    """The lead over the other clusters, as a sentence; only candidates at the top pass count decide."""
    if len(report["clusters"]) < 2:
        return "No other cluster."
    lead = report["choice"]["margin"]
    behind = f"is {-lead} behind the next" if lead else "ties with the next"
    compared = f"leads the next by {lead}" if lead > 0 else behind
    return f"Counting only those at the top pass count, the first {compared}."


def strength(report: Report) -> str:
    """What the kept tests notice of wrong code, in sentences; empty where that was not measured."""
    found = report["strength"]
    if found is None:
        return ""
    if not found["mutants"]:
        return "The chosen code gave nothing to change, so how strong its tests are was not measured."
    mutants, share = count(found["mutants"], "mutant"), percent(found["share"])
    said = [f"The kept tests notice {found['killed']} of {mutants} ({share}).", "A mutant is the code with one change."]
    if found["survived"]:
        said.append(f"{found['survived']} go{'es' * (found['survived'] == 1)} unnoticed.")
    if found["perhaps_equivalent"]:
        fresh = count(found["probes"], "fresh input")
        number = found["perhaps_equivalent"]
        said.append(f"{number} more behave{'s' * (number == 1)} like it on {fresh} too: perhaps equivalent.")
    if redundant := sum(one["redundant"] for one in report["kept"]):
        verb = "is" if redundant == 1 else "are"
        said.append(f"{count(redundant, 'test')} {verb} redundant: the others notice as much.")
    return " ".join(said)


def place(report: Report, one: SurvivorRecord) -> str:
    """Where a mutant differs; the function lands elsewhere in its file, so the line is that of the candidate."""
    slot = report["choice"]["slot"]
    return f"line {one['line']} of {'the chosen code' if slot is None else f'candidate {slot}'}"


def notices(one: Kept) -> str:
    """How many mutants a kept test notices, and whether it is redundant; empty where that was not measured."""
    if one["kills"] is None:
        return ""
    return f"{one['kills']}, redundant" if one["redundant"] else str(one["kills"])


def money(usd: float | None) -> str:
    return "no price given" if usd is None else f"{usd:.4f} USD"


def lost_replies(cost: Cost) -> str:
    """The replies that did not end well, by status (``2 truncated, 1 empty``); empty when there are none."""
    return ", ".join(f"{one['count']} {one['status']}" for one in cost["statuses"] if one["status"] != "ok")
