"""A planted population: a world whose truth is known, with the mistakes, couplings and wrong votes the paper speaks of.

The task is to double a whole number (``testing.world``). There are ``mistakes`` ways to get it wrong; each shows in
some classes of inputs only, where it adds its own number to the answer. A candidate is ``behaviour K``: K is the set of
its mistakes as bits, 0 is right. Popular mistakes are made by many candidates at once, and voters fall for them too: a
wrong unit test then passes just those candidates that share the mistake (spurious coupling).

Replies are drawn from the question alone (its seed, place and prompt), so that two arms that ask the same question on
the same world hear the same. Every rate is a probability, 0 to 1.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cosplay_action.method.domain import Problem, UnitTest
from cosplay_action.method.job import digest
from cosplay_action.method.ports import Ask, Role
from cosplay_action.testing.scripted import Script, ScriptedModel
from cosplay_action.testing.table import TableSandbox
from cosplay_action.testing.world import WorldContract

_CODE = re.compile(r"behaviour (\d+)")
_INPUT = re.compile(r"```python\n(-?\d+)\n```")
_EXPECTED = re.compile(r"^Expected: (-?\d+)$", re.MULTILINE)
_SHOWN_TEST = "An earlier test for it was weak"  # how a prompt that shows the coupled test says so
INPUTS = 4  # of one reply that gives several
LARGEST = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The rates of a world.

    ``candidate``: a candidate is right. ``hopeless``: one that is not is wrong everywhere. ``more``: it has one more
    mistake, and so on. ``skew``: how much likelier the first mistakes are (0: all alike). ``visible``: a mistake shows
    in a class of inputs. ``aim``: an attack input lies where some mistake shows. ``vote``: a voter who is not fooled is
    right. ``fooled``: on an input where a mistake shows, the voters as a body take the mistake for the truth (a wrong
    majority); ``renewal``: the same where they are shown the coupled test. ``coupled``: a lone wrong vote names the
    mistake, and not just anything. ``repair``: a repair removes the mistake that a right test shows. ``misled``: a
    repair by a wrong test takes its mistake over. ``harm``: a repair makes another mistake. ``garbled``:
    a reply that should hold code holds none.
    """

    candidate: float = 0.4
    hopeless: float = 0.15
    more: float = 0.3
    mistakes: int = 6
    skew: float = 1.0
    classes: int = 24
    visible: float = 0.25
    aim: float = 0.7
    vote: float = 0.85
    fooled: float = 0.25
    renewal: float = 0.6
    coupled: float = 0.5
    repair: float = 0.4
    misled: float = 0.5
    harm: float = 0.1
    garbled: float = 0.0


@dataclass(frozen=True, slots=True)
class PlantedWorld:
    """One world of a population, drawn by ``salt``. Mistake 0 shows everywhere (a hopeless candidate has it)."""

    rates: Population
    salt: int = 0
    regions: tuple[frozenset[int], ...] = field(init=False)
    weights: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        rates, draw = self.rates, random.Random(digest("regions", str(self.salt)))
        everywhere = frozenset(range(rates.classes))
        shown = (self._region(draw) for _ in range(rates.mistakes))
        object.__setattr__(self, "regions", (everywhere, *shown))
        object.__setattr__(self, "weights", tuple(1 / (1 + at) ** rates.skew for at in range(rates.mistakes)))

    def _region(self, draw: random.Random) -> frozenset[int]:
        """The classes that one mistake shows in: at least one."""
        found = {each for each in range(self.rates.classes) if draw.random() < self.rates.visible}
        return frozenset(found or {draw.randrange(self.rates.classes)})

    def shows(self, mistake: int, number: int) -> bool:
        return number % self.rates.classes in self.regions[mistake]

    def gives(self, behaviour: int, number: int) -> int:
        """What a candidate returns: twice the number, and what the first of its mistakes that shows here adds."""
        return 2 * number + next((m + 1 for m in self.made(behaviour) if self.shows(m, number)), 0)

    def made(self, behaviour: int) -> list[int]:
        """The mistakes of a behaviour."""
        return [mistake for mistake in range(len(self.regions)) if behaviour >> mistake & 1]

    def tempting(self, number: int) -> int | None:
        """The most popular mistake that shows on an input, which voters fall for; None where none does."""
        return next((m for m in range(1, len(self.regions)) if self.shows(m, number)), None)

    @property
    def problem(self) -> Problem:
        """The doubling task, without examples."""
        return Problem(statement="Double a whole number.", contract=WorldContract(), origin="world.py::double")

    def sandbox(self) -> TableSandbox:
        return TableSandbox(lambda source, text: self.gives(int(source.removeprefix("behaviour ")), int(text)))

    def model(self) -> ScriptedModel:
        return ScriptedModel(self.script())

    def script(self) -> Script:
        def script(ask: Ask, k: int) -> str:
            draw = random.Random(digest(str(self.salt), str(ask.seed + k), str(ask.place), ask.prompt))
            return _REPLIES[ask.place.role](self, draw, ask)

        return script

    def code_right(self, source: str) -> bool:
        return source == "behaviour 0"

    def test_right(self, test: UnitTest) -> bool:
        """Whether a test expects what a right candidate gives; an invalid one does not."""
        return test.expected is not None and test.expected.text == str(self.gives(0, int(test.input)))

    def wrong(self, draw: random.Random) -> int:
        """The behaviour of a candidate that is not right."""
        if draw.random() < self.rates.hopeless:
            return 1
        behaviour = 0
        while not behaviour or draw.random() < self.rates.more:
            behaviour |= self.another(draw)
        return behaviour

    def another(self, draw: random.Random) -> int:
        """One mistake, popular ones likelier, as a bit."""
        (mistake,) = draw.choices(range(1, len(self.regions)), self.weights)
        return int(1 << mistake)

    def aimed(self, draw: random.Random) -> int:
        """An input where some mistake shows, those of popular mistakes likelier."""
        region = sorted(self.regions[self.another(draw).bit_length() - 1])
        return draw.choice(region) + self.rates.classes * draw.randrange(LARGEST // self.rates.classes)


def _list(_world: PlantedWorld, draw: random.Random, _ask: Ask) -> str:
    return "\n".join(f"{number}. think of case {draw.randrange(LARGEST)}" for number in range(1, 5))


def _candidate(world: PlantedWorld, draw: random.Random, _ask: Ask) -> str:
    right = draw.random() < world.rates.candidate
    return _code(world, draw, 0 if right else world.wrong(draw))


def _code(world: PlantedWorld, draw: random.Random, behaviour: int) -> str:
    return "I cannot." if draw.random() < world.rates.garbled else f"```\nbehaviour {behaviour}\n```"


def _inputs(world: PlantedWorld, draw: random.Random, ask: Ask) -> str:
    """Inputs for an idea are aimed at mistakes; random ones come from anywhere."""
    aimed = "for this situation" in ask.prompt and draw.random() < world.rates.aim
    if aimed:
        return f"```\n{world.aimed(draw)}\n```"
    return "```\n" + "\n".join(str(draw.randint(0, LARGEST)) for _ in range(INPUTS)) + "\n```"


def _vote(world: PlantedWorld, draw: random.Random, ask: Ask) -> str:
    """One ballot. Whether the voters as a body are fooled is a matter of the input: asking again does not help."""
    number = int(_INPUT.findall(ask.prompt)[0])
    tempting, truth = world.tempting(number), world.gives(0, number)
    shown = _SHOWN_TEST in ask.prompt
    body = random.Random(digest("voters", str(world.salt), str(number))).random()
    if tempting is not None and body < (world.rates.renewal if shown else world.rates.fooled):
        truth += tempting + 1
    if draw.random() < world.rates.vote:
        return f"Answer: {truth}"
    if tempting is not None and draw.random() < world.rates.coupled:
        return f"Answer: {world.gives(1 << tempting, number)}"
    return f"Answer: {world.gives(0, number) + 100 + draw.randrange(9)}"


def _repair(world: PlantedWorld, draw: random.Random, ask: Ask) -> str:
    behaviour = int(_CODE.findall(ask.prompt)[0])
    number, expected = int(_INPUT.findall(ask.prompt)[0]), int(_EXPECTED.findall(ask.prompt)[0])
    here = [mistake for mistake in world.made(behaviour) if world.shows(mistake, number)]
    wanted = expected - world.gives(0, number) - 1  # the mistake that a wrong test asks for
    rate = world.rates.repair if wanted < 0 else world.rates.misled
    if draw.random() < rate and wanted < len(world.regions):
        behaviour &= ~sum(1 << mistake for mistake in here)
        behaviour |= 1 << wanted if wanted >= 0 else 0
    if draw.random() < world.rates.harm:
        behaviour |= world.another(draw)
    return _code(world, draw, behaviour)


def _nothing(_world: PlantedWorld, _draw: random.Random, _ask: Ask) -> str:
    """Every whole number is valid here: there is nothing to check."""
    return "I cannot."


_REPLIES: Mapping[Role, Callable[[PlantedWorld, random.Random, Ask], str]] = {
    "hints": _list, "plans": _list, "attack": _list, "candidate": _candidate, "repair": _repair, "inputs": _inputs,
    "vote": _vote, "validator": _nothing,
}  # fmt: skip
