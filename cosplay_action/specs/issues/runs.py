"""A spec's runs of a program: ground truth, or what keeps them from being it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from cosplay_action.specs.doctests import Unconverted
from cosplay_action.specs.issues.clean import Lines
from cosplay_action.specs.issues.examples import MOST, Numbered
from cosplay_action.specs.issues.findings import Findings, shown
from cosplay_action.specs.program import read_run
from cosplay_action.specs.program_text import RUN_CURE, ProgramExample

_BETWEEN = re.compile(  # captions, rules, and what stands in HTML or a heading
    r":\s*$|^\s*#|^\s*```|^\s*~~~|^[\W_]*$|^\W*(?:sample|example|test|case|run)s?\s*(?:case)?\s*#?\d*\W*$",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(r"^\W*(?:explanations?|explained|notes?|because|why)\b\W*", re.IGNORECASE)


def check_beside(lines: Sequence[Numbered], told: Collection[int], findings: Findings) -> None:
    """Find the lines among a program's runs that seem to be meant as examples: all but captions and explanations.

    ``told``: lines whose flaw is known, and with it that of those right below them.
    """
    explains = False
    for number, text in lines:
        if number in told:
            explains = True
        elif _EXPLAINS.match(text):
            findings.note(f"line {number}: an explanation is no example, and was left out.")
            explains = True
        elif not text.strip():
            explains = False
        elif not explains and not _BETWEEN.search(text) and not findings.is_full:
            cure = f"{RUN_CURE} What is none belongs into Behaviour."
            findings.flaw(number, f"{shown(text.strip())} is no example.", cure)


def check_runs(runs: Sequence[ProgramExample], taken: frozenset[int], lines: Lines, findings: Findings) -> None:
    """Find out whether there are too many runs, and whether one is none, hides something or contradicts another.

    ``taken`` are the numbers of the lines that they take up.
    """
    for number in sorted(taken & lines.unseen):
        cure = "Leave it out: what nobody can see is no part of an example."
        findings.flaw(number, "This example holds an invisible character.", cure)
    if len(runs) > MOST:
        findings.flaw(runs[0].line, f"There are more than {MOST} examples.", "Keep those that say most.")
        return
    known: dict[str, tuple[str, int]] = {}
    for one in runs:
        read = read_run(one)
        if isinstance(read, Unconverted):
            findings.flaw(one.line, f"This example is no test: {read.why}.", "Mend it, or leave it out.")
            continue
        before, first = known.setdefault(read.input, (read.wanted.text, one.line))
        if before != read.wanted.text:
            told = f"{_brief(before)} in line {first} and {_brief(read.wanted.text)} here"
            findings.flaw(one.line, f"The input {_brief(read.input)} gives {told}.", "Keep the one that is right.")


def _brief(text: str) -> str:
    """The first line of a text, which may have more."""
    first, _, more = text.strip("\n").partition("\n")
    return shown(f"{first} …" if more else first)
