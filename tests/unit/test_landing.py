"""From the chosen candidate to what would land, with the executions (formatter, pytest) given as known facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from cosplay_action.evidence.patch import FileChange
from cosplay_action.facts import Landing
from cosplay_action.landing import Landed, Site, implementation_digest, land, reaching
from cosplay_action.method.codec import Json
from cosplay_action.method.domain import Candidate, Choice, KeptTest, Matrix, Outcome, Problem, Stop
from cosplay_action.playing import read_target
from cosplay_action.sandbox.checking import Checks
from cosplay_action.settings import Settings
from cosplay_action.specs.testfile import read_header
from tests.support.command import tree
from tests.support.kept import kept
from tests.support.outcomes import chosen

MODULE = 'def twice(n: int) -> int:\n    """Return n two times.\n\n    >>> print(twice(1))\n    2\n    """\n    ...\n'
TESTS = (kept("twice(1)", 2), kept("twice(0)", 0), kept("twice('a')", "aa"))


class Known:
    """Facts by name: what a check says, in turn; a formatter that changes nothing unless one is given."""

    def __init__(self, *checks: Json, formatted: Callable[[str], str] = str) -> None:
        self._checks, self._formatted = list(checks), formatted
        self.asked: list[str] = []

    async def fact(self, name: str, key: str, compute: Callable[[], Awaitable[Json]], still: object = None) -> Json:
        self.asked.append(name)
        if name == "check":
            return self._checks.pop(0)
        value = await compute()  # without a formatter nothing is run
        assert isinstance(value, list)
        return [self._formatted(str(value[0])), value[1]]


def check(*passed: str, failed: Mapping[str, str] | None = None, problem: str = "") -> Json:
    lost = [[name, why] for name, why in (failed or {}).items()]
    return [list(passed), lost, f"{len(passed)} passed", not lost and not problem, problem]


def outcome_of(root: Path, tests: tuple[KeptTest, ...] = TESTS, *, chosen: bool = True) -> tuple[Site, Outcome]:
    (root / "m.py").write_text(MODULE)
    stub = read_target(root, "m.py::twice", Settings())
    source = stub.contract.read_candidate("def twice(n):\n    return n + n")
    assert isinstance(source, str)
    outcome = Outcome(
        problem=Problem(statement=stub.statement, contract=stub.contract, origin=stub.origin, notes=("line 3: why",)),
        choice=Choice(slot=0 if chosen else None, forced=0, rule="consensus", reason="agreed"), stop=Stop.SETTLED,
        matrix=Matrix(candidates=(Candidate(source=source),), tests=(), observations=((),), passes=((),)), rounds=(),
        kept=tests if chosen else (),
    )  # fmt: skip
    nobody = Checks(level="none", python=Path("nothing"), home=root)  # what is known is never run
    return Site(root=root, stub=stub, journal=Known(check("test_twice[1]")), checker=nobody), outcome


async def landed(root: Path, facts: Known, tests: tuple[KeptTest, ...] = TESTS) -> Landed:
    site, outcome = outcome_of(root, tests)
    before = tree(root)
    found = await land(replace(site, journal=facts), outcome)
    assert tree(root) == before, "nothing is written to the repository"
    return found


async def test_a_choice_lands_as_the_new_module_and_its_test_file(tmp_path: Path) -> None:
    found = await landed(tmp_path, Known(check("a", "b", "c")))
    module, test = found.changes
    assert (module.path, module.old) == ("m.py", MODULE.encode())
    assert module.new == MODULE.replace("    ...", "    return n + n").encode()
    assert (test.path, test.old) == ("tests/test_m_twice.py", None)
    assert test.new.decode() == found.landing.test_text
    assert found.landing.check == "3 passed"
    assert b"+    return n + n" in found.patch
    assert found.outcome.kept == TESTS


async def test_nothing_chosen_lands_nothing_and_still_says_which_example_was_not_converted(tmp_path: Path) -> None:
    site, outcome = outcome_of(tmp_path, chosen=False)
    found = await land(site, outcome)
    assert (found.changes, found.patch, found.landing.test_path) == ((), b"", "")
    assert found.landing.unconverted == ("line 3: why",)


async def test_a_test_that_fails_in_the_file_is_dropped_with_its_reason_and_the_rest_is_run_again(
    tmp_path: Path,
) -> None:
    site, outcome = outcome_of(tmp_path)
    lost = {"test_twice[single-character]": "AssertionError: 1 == 2"}
    facts = Known(check(failed=lost), check(failed={"test_twice_single_character": "again"}), check("one", "two"))
    found = await land(replace(site, journal=facts), outcome)
    assert facts.asked.count("check") == 3, "together, the failed one alone, the rest"
    assert found.outcome.kept == TESTS[:2]
    (dropped,) = found.outcome.dropped
    assert dropped.test == TESTS[2].test
    assert dropped.because == "it failed when the file was run: AssertionError: 1 == 2"
    assert '"aa"' not in found.landing.test_text
    assert found.landing.check == "2 passed"


async def test_an_implementation_whose_tests_pass_only_one_by_one_is_not_chosen(tmp_path: Path) -> None:
    """It gives other answers when it is called more than once."""
    lost = {"test_twice[zero]": "AssertionError"}
    found = await landed(tmp_path, Known(check(failed=lost), check("test_twice_zero")))
    assert (found.outcome.chosen, found.changes, found.patch) == (None, (), b"")
    assert "when it is called more than once" in found.outcome.choice.reason
    assert (found.outcome.kept, len(found.outcome.dropped)) == ((), 3)


async def test_a_failure_that_belongs_to_no_test_drops_them_all(tmp_path: Path) -> None:
    found = await landed(tmp_path, Known(check(failed={"elsewhere": "a fixture broke"})))
    assert found.outcome.kept == ()
    assert {one.because for one in found.outcome.dropped} == {
        "it failed when the file was run: the test file failed as a whole: a fixture broke"
    }
    assert [change.path for change in found.changes] == ["m.py"]
    assert (found.landing.test_path, found.landing.test_text) == ("", "")


async def test_tests_that_could_not_be_run_do_not_ship_and_the_report_says_so(tmp_path: Path) -> None:
    found = await landed(tmp_path, Known(check(problem="the interpreter has no pytest")))
    assert [change.path for change in found.changes] == ["m.py"]
    assert any("none ship: the interpreter has no pytest" in note for note in found.landing.notes)
    assert found.landing.check == ""


async def test_without_kept_tests_the_implementation_lands_alone_and_nothing_is_run(tmp_path: Path) -> None:
    facts = Known()
    found = await landed(tmp_path, facts, ())
    assert [change.path for change in found.changes] == ["m.py"]
    assert "check" not in facts.asked


async def test_what_the_formatter_gave_is_what_lands(tmp_path: Path) -> None:
    def formatted(text: str) -> str:
        return text.replace("n + n", "n  +  n") + "# end\n"

    found = await landed(tmp_path, Known(check("a"), formatted=formatted))
    module, test = found.changes
    assert b"return n  +  n" in module.new
    assert module.new.endswith(b"# end\n")
    assert test.new.endswith(b"# end\n")
    assert b"n  +  n" in found.patch


async def test_the_test_files_header_names_target_spec_and_implementation(tmp_path: Path) -> None:
    found = await landed(tmp_path, Known(check("a")))
    header = read_header(found.landing.test_text)
    assert header is not None
    assert header.target == "m.py::twice"
    assert header.implementation == implementation_digest(found.changes[0].new, "twice")
    assert len(header.spec) == len(header.implementation) == 64


async def test_the_same_outcome_wants_the_same_facts(tmp_path: Path) -> None:
    """Keys depend on what is executed, so that a replay finds them."""
    keys: list[list[tuple[str, str]]] = []
    for folder in ("one", "two"):
        seen: list[tuple[str, str]] = []

        class Noting(Known):
            async def fact(
                self, name: str, key: str, compute: Callable[[], Awaitable[Json]], still: object = None
            ) -> Json:
                seen.append((name, key))  # noqa: B023 - read before the next turn
                return await super().fact(name, key, compute)

        (tmp_path / folder).mkdir()
        await landed(tmp_path / folder, Noting(check("a")))
        keys.append(seen)
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == len(keys[0]) == 3


@pytest.mark.parametrize(
    ("text", "same"),
    [("def f(x):\n    return x+1  # one\n", True), ("def f(x):\n    return x + 2\n", False),
     ("import os\n\n\ndef f(x): return x + 1\n", True)],
)  # fmt: skip
def test_an_implementations_digest_is_that_of_its_meaning_not_of_its_layout(text: str, same: bool) -> None:
    assert (implementation_digest(text.encode(), "f") == implementation_digest(b"def f(x): return x + 1", "f")) is same


def test_code_that_reaches_beyond_its_arguments_is_named_first_in_the_notes() -> None:
    old = b"import re\n\n\ndef f(): ...\n"
    new = b"import re\nimport os\nimport math\n\n\ndef f():\n    return eval('1')\n"
    change = FileChange(path="m.py", old=old, new=new)
    landing = Landing(path="m.py", notes=("formatted",))
    found = reaching(Landed(outcome=chosen(), landing=landing, changes=(change,))).landing
    assert found.risky == ("imports os", "uses eval")
    assert found.notes == ("look at this first: the new code imports os, uses eval", "formatted")


@pytest.mark.parametrize(("origin", "risky"), [("m.py::f", ("uses input",)), ("m.py", ())])
def test_reading_its_input_is_a_programs_job_and_a_reach_of_a_function(origin: str, risky: tuple[str, ...]) -> None:
    outcome = replace(chosen(), problem=replace(chosen().problem, origin=origin))
    change = FileChange(path="m.py", old=None, new=b"print(input())\n")
    landed = Landed(outcome=outcome, landing=Landing(path="m.py"), changes=(change,))
    assert reaching(landed).landing.risky == risky
