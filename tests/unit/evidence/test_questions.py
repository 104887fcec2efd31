"""The question to the spec's author: on which inputs, who answers what, which line is silent, what would settle it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.evidence.questions import example, questions
from cosplay_action.evidence.report import build_report
from cosplay_action.evidence.silence import nearest_line
from cosplay_action.facts import Regression
from cosplay_action.method.domain import Cluster, Observation, Outcome
from cosplay_action.method.ports import Wanted
from cosplay_action.method.values import Value
from cosplay_action.specs.doctests import read_examples
from cosplay_action.testing.table import value_of
from tests.support import outcomes
from tests.support.stubs import target_of

CLAMP = '''def clamp(number: int, low: int, high: int = 10) -> int:
    """Return ``number``, or the bound that it lies beyond.

    Raises ValueError when ``low`` is above ``high``.

    >>> clamp(25, 3)
    10
    """
    ...'''


def returns(thing: object) -> Observation:
    return Observation(status="returned", value=value_of(thing))


def raises(name: str) -> Observation:
    return Observation(status="raised", error=(name, "Exception"), detail="a message")


def tie(
    answers: dict[str, tuple[Observation, Observation]], statement: str = CLAMP, sizes: tuple[int, int] = (2, 2)
) -> Outcome:
    """Two groups, each of a mind on every input."""
    base = outcomes.no_consensus()
    split = sum(sizes)
    first, second = tuple(range(sizes[0])), tuple(range(sizes[0], split))
    rows = tuple(tuple(pair[slot in second] for pair in answers.values()) for slot in range(split))
    choice = replace(
        base.choice, tied=tuple(range(split)), probes=tuple(answers), signatures=rows,
        clusters=(Cluster(members=first, tied=first), Cluster(members=second, tied=second)),
    )  # fmt: skip
    matrix = replace(
        base.matrix, candidates=base.matrix.candidates[:split], observations=base.matrix.observations[:split],
        passes=base.matrix.passes[:split],
    )  # fmt: skip
    return replace(base, problem=outcomes.problem("m.py::clamp", statement), choice=choice, matrix=matrix)


TWO = {"clamp(25, 0)": (returns(10), returns(25)), "clamp(5, 0)": (returns(5), returns(5))}


def test_it_asks_where_the_groups_differ_and_only_there() -> None:
    (asked,) = questions(tie(TWO, sizes=(2, 4)))
    assert asked["input"] == "clamp(25, 0)"
    assert asked["sides"] == [
        {"answer": "10", "clusters": [0], "candidates": 2, "example": "clamp(25, 0) -> 10"},
        {"answer": "25", "clusters": [1], "candidates": 4, "example": "clamp(25, 0) -> 25"},
    ]


def test_at_most_three_of_the_smallest_inputs_are_asked_about() -> None:
    many = {f"clamp({n}, 0)": (returns(n), returns(10)) for n in (1000, 20, 400, 30, 500)}
    assert [one["input"] for one in questions(tie(many))] == ["clamp(20, 0)", "clamp(30, 0)", "clamp(400, 0)"]


def test_inputs_of_tests_are_asked_about_as_fresh_ones_are() -> None:
    base = outcomes.no_consensus()
    rows = tuple((returns(slot < 3), *row[1:]) for slot, row in enumerate(base.matrix.observations))
    found = questions(replace(base, matrix=replace(base.matrix, observations=rows)))
    assert [one["input"] for one in found] == [base.matrix.tests[0].input, outcomes.PROBES[1]]


def test_candidates_of_other_groups_stand_behind_the_answer_they_give() -> None:
    base = tie(TWO, sizes=(2, 2))
    three = replace(
        base.choice,
        clusters=(*base.choice.clusters, Cluster(members=(4,))),
        signatures=(*base.choice.signatures, (returns(10), returns(0))),
    )
    (asked,) = questions(replace(base, choice=three, matrix=outcomes.no_consensus().matrix))
    assert [(side["clusters"], side["candidates"]) for side in asked["sides"]] == [([0], 3), ([1], 2)]


def test_groups_that_give_the_same_answer_are_one_side() -> None:
    base = tie(TWO)
    groups = tuple(Cluster(members=(slot,), tied=(slot,)) for slot in range(4))
    (asked,) = questions(replace(base, choice=replace(base.choice, clusters=groups)))
    assert [side["clusters"] for side in asked["sides"]] == [[0, 1], [2, 3]]


def test_a_time_out_is_shown_beside_two_answers_and_is_no_answer_by_itself() -> None:
    late = Observation(status="timed_out", detail="2 s")
    assert questions(tie({"clamp(25, 0)": (returns(10), late)})) == []
    base = tie(TWO)
    more = replace(
        base.choice,
        clusters=(*base.choice.clusters, Cluster(members=(4,), tied=(4,))),
        signatures=(*base.choice.signatures, (late, returns(5))),
    )
    (asked,) = questions(replace(base, choice=more, matrix=outcomes.no_consensus().matrix))
    assert (asked["sides"][2]["answer"], asked["sides"][2]["example"]) == ("timed out: 2 s", "")


def test_a_choice_leaves_no_question_and_nor_do_broken_tests_of_the_repository() -> None:
    assert questions(outcomes.chosen()) == []
    landing = replace(outcomes.landing(), regression=Regression(command="pytest", state="regressed"))
    assert build_report(tie(TWO), outcomes.facts(), landing)["questions"] == []
    assert build_report(tie(TWO), outcomes.facts(), outcomes.landing())["questions"]


# -- the silent line --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answers", "line", "shared"),
    [
        ("clamp(25, 0)", ["10", "25"], "Return ``number``, or the bound that it lies beyond.", ["number"]),
        ("clamp(5, low=9, high=1)", ["9", "raises ValueError: 9"],
         "Raises ValueError when ``low`` is above ``high``.", ["high", "low", "valueerror"]),
    ],
)  # fmt: skip
def test_the_line_that_shares_most_words_with_input_and_answers_is_quoted(
    text: str, answers: list[str], line: str, shared: list[str]
) -> None:
    assert nearest_line(CLAMP, "clamp", text, answers) == (line, shared)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("join([])", "An empty list gives an empty text."),
        ("join(['a', 'a'])", "Repeated parts come once."),
        ("join([''])", "An empty list gives an empty text."),
        ("join([-3])", "Negative numbers are dropped."),
        ("join([0])", "A zero is written out."),
        ("join(['a b'])", "Parts with a space are quoted."),
        ("join(['Ab'])", "The case is kept."),
        ("join([2.5])", "A decimal point becomes a comma."),
    ],
)
def test_special_values_are_known_by_their_plain_words(text: str, line: str) -> None:
    lines = ["An empty list gives an empty text.", "Repeated parts come once.", "Negative numbers are dropped.",
             "A zero is written out.", "Parts with a space are quoted.", "The case is kept.",
             "A decimal point becomes a comma."]  # fmt: skip
    assert nearest_line("\n".join(lines), "join", text, ["None"])[0] == line


def test_a_parameter_is_known_by_its_name_even_if_that_is_an_everyday_word() -> None:
    statement = (
        'def middle(values: list) -> int:\n    """Return the middle one.\n\n    The values are given.\n    """\n    ...'
    )
    assert nearest_line(statement, "middle", "middle([1, 2])", ["1", "2"]) == ("The values are given.", ["values"])


def test_where_no_line_shares_a_word_none_is_quoted() -> None:
    assert nearest_line("Merge overlapping intervals.", "merge", "merge([[1, 6]])", ["[[0, 0]]"]) == ("", [])


def test_examples_signatures_and_the_functions_own_name_are_no_such_line() -> None:
    document = "Of clamp itself.\n\n    clamp(25, 1) -> 25\n\n    >>> clamp(25)\n    25\n    "
    statement = f'def clamp(n):\n    """{document}"""\n    ...'
    assert nearest_line(statement, "clamp", "clamp(25, 1)", ["25"]) == ("", [])


# -- the example that would settle it ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seen", "lines"),
    [
        ("f(1)", returns(2), "f(1) -> 2"),
        ("f([1, 'a'], k={'x': None})", returns((1.5, "b")), "f([1, 'a'], k={'x': None}) -> (1.5, 'b')"),
        ("f(1)", raises("ValueError"), "f(1) raises ValueError"),
        ("f(g(1))", returns(2), ">>> f(g(1))\n2"),
        ("f(1)", Observation(status="returned", value=Value("decimal", "1.5")), ">>> f(1)\nDecimal('1.5')"),
        ("s = Stack()\ns.f(1)", returns(2), ">>> s = Stack()\n>>> s.f(1)\n2"),
        ("S().f(1)", raises("KeyError"), ">>> S().f(1)\nTraceback (most recent call last):\n    ...\nKeyError"),
        ("f('a\\nb')", returns(2), ""),  # a docstring would read the backslash
        ("f(1)", returns("..."), ""),  # a doctest's dots stand for anything
        ("f(1)", returns("x" * 500), ""),
        ("f(1)", Observation(status="timed_out"), ""),
        ("f(1)", Observation(status="returned", value=Value("opaque", name="a socket")), ""),
        ("3\n1 2 3", returns("6"), ""),  # a program's input
    ],
)  # fmt: skip
def test_an_answer_becomes_the_lines_of_an_example(text: str, seen: Observation, lines: str) -> None:
    assert example("def f(x):\n    ...", "f", text, seen) == lines


def test_what_a_function_without_a_result_shows_is_no_example() -> None:
    assert example("def f(xs: list) -> None:\n    ...", "f", "f([1])", returns(([1],))) == ""


NUMBERS = st.one_of(st.integers(-99, 99), st.floats(-9, 9, allow_nan=False).map(lambda n: round(n, 3)), st.booleans())
THINGS = st.recursive(
    st.one_of(NUMBERS, st.none(), st.text("ab ->.=,'\"`#@", max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text("xy", max_size=2), inner, max_size=2),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stubs")


@settings(max_examples=150, deadline=None)
@given(given_=st.lists(THINGS, max_size=3), answer=st.one_of(THINGS, st.sampled_from(["ValueError", "KeyError"])))
def test_the_lines_put_into_a_docstring_as_they_stand_are_read_as_that_example(
    place: Path, given_: list[object], answer: object
) -> None:
    text = f"f({', '.join(map(repr, given_))})"
    error = answer if isinstance(answer, str) and answer.endswith("Error") else ""
    lines = example("def f(*xs):\n    ...", "f", text, raises(error) if error else returns(answer))
    if lines:
        inner = "\n".join(f"    {line}".rstrip() for line in lines.split("\n"))
        target = target_of(place, f'def f(*xs):\n    """Say.\n\n{inner}\n    """\n    ...\n', "f")
        (read,), left = read_examples(target)
        assert left == ()
        assert read.input == text
        assert read.wanted == (Wanted(text=f"raises {error}", raises=error) if error else Wanted(text=repr(answer)))
