"""What of a finished run says how far its choice can be relied on: counts alone, which ``confidence`` weighs."""

from __future__ import annotations

from dataclasses import dataclass

from cosplay_action.method.consensus import output_key
from cosplay_action.method.domain import Choice, KeptTest, Matrix, Outcome
from cosplay_action.method.matrix import example_columns, ut_columns

FIRM_SUPPORT = 0.75  # measured on a released pool of a weak model: P(test is right) = .99 at a support of .75 or more
FIRM_VOICES = 3  # agreeing samples behind an expected output: one or two voices agree by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What the rule looks at.

    ``agreeing`` of ``usable`` candidates (those with code) form the winner's cluster; ``rival`` is the size of the next
    largest one, of whose members only those count that meet every example. All members agree on ``probes`` fresh
    inputs. ``firm`` of the ``kept`` tests are examples, or well supported and voted. These tests notice ``killed`` of
    ``mutants``, the chosen code with one small change each (0 mutants: not measured). Of the author's ``examples``,
    ``missed`` are not met. ``level`` is the sandbox's letter, ``regression`` the state of the repository's own tests
    (empty: none were named). ``risky`` are new imports and calls that could reach files, processes or the network.
    ``undecided`` are the self-written tests to which candidates give different answers, and of which no answer found a
    majority of the votes; for ``decided`` ones (whatever candidates answer) one did.
    """

    agreeing: int
    usable: int
    rival: int = 0
    probes: int = 0
    kept: int = 0
    firm: int = 0
    killed: int = 0
    mutants: int = 0
    examples: int = 0
    missed: int = 0
    budget_spent: bool = False
    level: str = ""
    regression: str = ""
    risky: int = 0
    undecided: int = 0
    decided: int = 0

    @property
    def margin(self) -> int:
        return self.agreeing - self.rival


def measure(
    outcome: Outcome, *, mutants: int = 0, killed: int = 0, level: str = "", regression: str = "", risky: int = 0
) -> Measures | None:
    """What the rule needs of a finished run; None when nothing is chosen."""
    slot, choice, final = outcome.choice.slot, outcome.choice, outcome.matrix
    if slot is None:
        return None
    home = next((cluster for cluster in choice.clusters if slot in cluster.members), None)
    members = home.members if home else ()
    columns = example_columns(final)
    meeting = {at for at, row in enumerate(final.passes) if all(row[column] for column in columns)}
    return Measures(
        agreeing=len(members),
        usable=sum(bool(candidate.source) for candidate in final.candidates),
        rival=max((len(meeting.intersection(one.members)) for one in choice.clusters if one is not home), default=0),
        probes=_unanimous(choice, members),
        kept=len(outcome.kept),
        firm=sum(_firm(kept) for kept in outcome.kept),
        killed=killed,
        mutants=mutants,
        examples=len(columns),
        missed=sum(not final.passes[slot][column] for column in columns),
        budget_spent=outcome.budget_spent,
        level=level,
        regression=regression,
        risky=risky,
        undecided=_undecided(outcome),
        decided=len({test.id for test in (*(final.tests[column] for column in _valid(final)), *outcome.retired)}),
    )


def _valid(final: Matrix) -> list[int]:
    return [column for column in ut_columns(final) if final.tests[column].valid]


def _undecided(outcome: Outcome) -> int:
    """Inputs that were voted on without a majority, and to which candidates give more than one answer."""
    final, found = outcome.matrix, set[str]()
    for column in ut_columns(final):
        test = final.tests[column]
        answers = {output_key(row[column], lambda _: True) for row in final.observations} - {None}
        if test.input and not test.valid and test.votes.asked and len(answers) > 1:
            found.add(test.input)
    return len(found)


def _unanimous(choice: Choice, members: tuple[int, ...]) -> int:
    """Fresh inputs on which all members give one and the same answer that can be compared."""
    answers = [[output_key(seen, lambda _: True) for seen in choice.signatures[slot]] for slot in members]
    return sum(None not in given and len(set(given)) == 1 for given in zip(*answers, strict=True))


def _firm(kept: KeptTest) -> bool:
    if kept.test.origin == "example":
        return True
    votes = kept.test.votes
    return kept.support >= FIRM_SUPPORT and votes.agreed >= FIRM_VOICES and votes.agreed >= 0.75 * votes.asked
