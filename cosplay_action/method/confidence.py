"""How far a choice can be relied on: a written rule over what was measured, in three words, never a percentage.

The weakest quantity decides. Every threshold is in ``SCALES``; docs/confidence.md says the same for people. Thresholds
are first guesses where no source is named: they are to be calibrated on runs whose truth is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from cosplay_action.method.measures import Measures

Level = Literal["low", "medium", "high"]
LEVELS: tuple[Level, ...] = ("low", "medium", "high")

FEW_MUTANTS = 5  # below it one mutant more or less decides, so all of them noticed says little
WALLED = frozenset({"A", "B"})  # sandbox levels in which a candidate cannot reach what it is judged by


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """A level, and why: the sentences that hold it up, and those that hold it down."""

    level: Level
    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One quantity, the larger the better: below ``medium`` confidence is low, below ``high`` at most medium.

    ``says`` puts what was measured into words (none where it has no bearing), ``asks`` the two thresholds.
    """

    name: str
    value: Callable[[Measures], Fraction | int]
    medium: Fraction | int
    high: Fraction | int
    says: Callable[[Measures], str]
    asks: tuple[str, str]
    why: str

    def level(self, found: Measures) -> Level:
        value = self.value(found)
        return "high" if value >= self.high else "medium" if value >= self.medium else "low"

    def sentence(self, found: Measures) -> str:
        """What was measured, and below the top what would be needed for the next level up."""
        said, level = self.says(found), self.level(found)
        if level == "high":
            return f"{said}." if said else ""
        return f"{said}; {LEVELS[LEVELS.index(level) + 1]} confidence asks for {self.asks[level == 'medium']}."


def _share(part: int, whole: int) -> Fraction:
    return Fraction(part, whole) if whole else Fraction(0)


def _strength(found: Measures) -> Fraction:
    """Unmeasured tests are neither strong nor known to be weak: they stand just where medium begins.

    Few mutants can show that tests are weak, but not that they are strong.
    """
    begins = Fraction(2, 5)
    share = _share(found.killed, found.mutants) if found.mutants else begins
    return min(share, begins) if found.mutants < FEW_MUTANTS else share


def _say_strength(found: Measures) -> str:
    if not found.mutants:
        return "How strong the kept tests are was not measured"
    said = f"The kept tests notice {found.killed} of {_count(found.mutants, 'mutant')} of the chosen code"
    few = found.mutants < FEW_MUTANTS and found.killed >= Fraction(2, 5) * found.mutants
    return f"{said}, too few to tell how strong they are" if few else said


def _examples(found: Measures) -> int:
    return 0 if found.missed else 1 + bool(found.examples)


def _say_examples(found: Measures) -> str:
    if not found.examples:
        return "The spec has no example to check the choice against"
    met = found.examples - found.missed
    return f"The choice meets {met} of the spec's {_count(found.examples, 'example')}"


def _say_margin(found: Measures) -> str:
    """The lead, and over whom: nobody else, only candidates that the author's examples refute, or another group."""
    lead = f"so the lead is {found.margin}"
    if found.agreeing == found.usable:
        return f"No candidate behaves otherwise, {lead}"
    if not found.rival:
        none = "No other group meets every example of the spec" if found.examples else "There is no other group"
        return f"{none}, {lead}"
    rival = _count(found.rival, "candidate")
    rival += f" that meet{'s' * (found.rival == 1)} every example" if found.examples else ""
    if found.margin > 0:
        return f"The next largest group has {rival}, {lead}"
    return f"Another group has {rival}, {'no fewer' if not found.margin else f'{-found.margin} more'} than this one"


def _say_firm(found: Measures) -> str:
    if not found.kept:
        return "No test is kept"
    firm = (
        "firm (an example of the spec, or passed by three quarters of the candidates and voted for three times or more)"
    )
    return f"{found.firm} of {_count(found.kept, 'kept test')} {'is' if found.firm == 1 else 'are'} {firm}"


def _votes(found: Measures) -> int:
    return 2 if not found.undecided else 1 if found.undecided <= found.decided else 0


def _say_votes(found: Measures) -> str:
    if not found.undecided:
        return ""
    tests = _count(found.undecided, "self-written test")
    differ = (
        "are answered differently by candidates" if found.undecided > 1 else "is answered differently by candidates"
    )
    return f"{tests} {differ}, and the votes found no majority for an answer ({found.decided} found one)"


def _say_sandbox(found: Measures) -> str:
    if found.level in WALLED:
        return f"All of it ran behind walls (sandbox level {found.level})"
    named = f" (sandbox level {found.level})" if found.level else ""
    return f"The code that was judged was not walled off from its judge{named}"


_REGRESSION = {
    "": (2, ""),
    "passed": (2, "The repository's own tests still pass"),
    "unknown": (1, "Whether it breaks the repository's own tests cannot be told"),
    "not-run": (1, "The repository's own tests were not run"),
    "regressed": (0, "It breaks some of the repository's own tests"),
}


def _regression(found: Measures) -> tuple[int, str]:
    return _REGRESSION.get(found.regression, _REGRESSION["unknown"])


def _say_reach(found: Measures) -> str:
    if not found.risky:
        return ""
    return f"The code has {_count(found.risky, 'new import or call')} that could reach beyond its arguments"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


SCALES: tuple[Scale, ...] = (
    Scale(
        name="share of the pool", value=lambda m: _share(m.agreeing, m.usable), medium=Fraction(1, 3),
        high=Fraction(1, 2), asks=("a third of the usable", "half of the usable"),
        says=lambda m: f"{m.agreeing} of {_count(m.usable, 'usable candidate')} behave alike",
        why="measured on a released pool of a weak model: P(code is right) is .69 in a cluster of half the pool or "
        "more, .08 in one below a tenth",
    ),
    Scale(
        name="candidates that agree", value=lambda m: m.agreeing, medium=2, high=3, asks=("2", "3"),
        says=lambda m: f"{_count(m.agreeing, 'candidate')} came to this behaviour",
        why="one candidate agrees with nobody, two agree by chance more easily than three",
    ),
    Scale(
        name="margin", value=lambda m: m.margin, medium=1, high=2, asks=("a lead of 1", "a lead of 2"),
        says=_say_margin, why="a lead of 1 is gone when a single candidate answers otherwise",
    ),
    Scale(
        name="fresh inputs", value=lambda m: m.probes, medium=3, high=6, asks=("3", "6"),
        says=lambda m: f"All of the group give the same answer on {_count(m.probes, 'fresh input')}",
        why="agreement is as good as the inputs are, and few inputs are easy ones; quick makes 8",
    ),
    Scale(
        name="firm tests", value=lambda m: m.firm, medium=1, high=3, asks=("1", "3"), says=_say_firm,
        why="a test that few candidates pass, or few voted for, is wrong too often to lean on",
    ),
    Scale(
        name="votes", value=_votes, medium=1, high=2, says=_say_votes,
        asks=("no more of these than of those with a majority", "none of these"),
        why="where the votes are divided and candidates differ, the model does not know what is meant: such a test "
        "ships nowhere and takes part in nothing else",
    ),
    Scale(
        name="test strength", value=_strength, medium=Fraction(2, 5), high=Fraction(7, 10), says=_say_strength,
        asks=("two fifths of the mutants", f"seven tenths of at least {FEW_MUTANTS} mutants"),
        why="tests that do not notice wrong code say little about right code; some mutants are as right as the code, "
        "so all of them cannot be asked for; of few of them, one decides",
    ),
    Scale(
        name="examples", value=_examples, medium=1, high=2, says=_say_examples,
        asks=("none that the choice misses", "an example that the choice meets"),
        why="an example is the author's own word; everything else is the model's",
    ),
    Scale(
        name="whole run", value=lambda m: 1 if m.budget_spent else 2, medium=1, high=2,
        says=lambda m: "The budget ended the run early" if m.budget_spent else "The run came to its end",
        asks=("nothing", "a run that comes to its end"), why="what a cut run would still have mended is not known",
    ),
    Scale(
        name="sandbox", value=lambda m: 2 if m.level in WALLED else 1, medium=1, high=2, says=_say_sandbox,
        asks=("nothing", "sandbox level A or B"), why="below level B a candidate could have touched what judged it",
    ),
    Scale(
        name="own tests", value=lambda m: _regression(m)[0], medium=1, high=2, says=lambda m: _regression(m)[1],
        asks=("none that breaks", "a test command that can be run and tells something"),
        why="a test command was named to be heeded; without one nothing is held against the choice",
    ),
    Scale(
        name="reach", value=lambda m: 0 if m.risky else 2, medium=1, high=2, says=_say_reach,
        asks=("none", "none"), why="no test in a sandbox shows what code does to files, processes or the network",
    ),
)  # fmt: skip


def confidence(found: Measures) -> Confidence:
    """The lowest level that any scale gives; every scale with a bearing says its sentence, up or down."""
    levels = [scale.level(found) for scale in SCALES]
    said = [scale.sentence(found) for scale in SCALES]
    up = tuple(text for text, level in zip(said, levels, strict=True) if level == "high" and text)
    down = sorted(((level, text) for text, level in zip(said, levels, strict=True) if level != "high"), key=_weakest)
    return Confidence(level=min(levels, key=LEVELS.index), up=up, down=tuple(text for _, text in down))


def _weakest(one: tuple[Level, str]) -> int:
    return LEVELS.index(one[0])
