"""The question to the spec's author: on which inputs, who answers what, which line is silent, what would settle it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from cosplay_action.evidence.asking import ASKED, SILENT, SPLIT, TOGETHER, UNTESTED
from cosplay_action.evidence.html import render_html
from cosplay_action.evidence.markdown import pr_body
from cosplay_action.evidence.questions import questions
from cosplay_action.evidence.report import build_report
from cosplay_action.evidence.settling import example, run_example
from cosplay_action.evidence.silence import nearest_line
from cosplay_action.evidence.terminal import print_report
from cosplay_action.facts import Regression
from cosplay_action.method.domain import Cluster, Observation, Outcome
from cosplay_action.method.ports import Wanted
from cosplay_action.method.values import Value, stdout_value
from cosplay_action.specs.doctests import read_examples
from cosplay_action.specs.issue import read_issue
from cosplay_action.specs.program import ProgramContract, program_of, read_program
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


def test_where_no_test_is_valid_nothing_is_said_of_candidates_that_do_equally_well_on_them() -> None:
    base = tie(TWO)
    untested = replace(base.matrix, tests=tuple(replace(one, expected=None) for one in base.matrix.tests))
    for outcome, said in ((base, ASKED), (replace(base, matrix=untested), UNTESTED)):
        page = pr_body(build_report(outcome, outcomes.facts()))
        assert [one for one in (ASKED, UNTESTED) if one in page] == [said]


# -- without groups to ask --------------------------------------------------------------------------------------------


def unprobed(
    answers: dict[str, str], tied: tuple[int, ...] = (0, 1, 2, 3), *, examples: int = 0, valid: bool = True
) -> Outcome:
    """No fresh input was usable. Each input of a self-written test has a mark of what each of four candidates shows."""
    base = outcomes.no_consensus()
    columns = tuple(
        outcomes.unit(text, "example" if at < examples else "random", valid=valid) for at, text in enumerate(answers)
    )
    rows = ["".join(marks[slot] for marks in answers.values()) for slot in range(4)]
    matrix = outcomes.grid(rows, outcomes.candidates(4), columns)
    choice = replace(base.choice, tied=tied, clusters=(), probes=(), signatures=((),) * 4)
    return replace(base, problem=outcomes.problem("m.py::clamp", CLAMP), choice=choice, matrix=matrix)


@pytest.mark.parametrize("valid", [True, False])
def test_without_a_fresh_input_the_smallest_tests_that_tell_tied_candidates_apart_are_asked_about(valid: bool) -> None:
    outcome = unprobed({"clamp(25, 0)": "##oo", "clamp(5, 0)": "##!o", "clamp(1, 0)": "####"}, valid=valid)
    first, second = questions(outcome)
    assert (first["input"], second["input"]) == ("clamp(5, 0)", "clamp(25, 0)")
    assert [(side["clusters"], side["candidates"]) for side in first["sides"]] == [([], 2), ([], 1), ([], 1)]
    page = pr_body(build_report(outcome, outcomes.facts()))
    assert SPLIT in page
    assert "- 2 of 4 candidates: `[[1, 4]]`" in page
    assert "cluster" not in page.partition("On `clamp(5, 0)`")[2].partition("###")[0]


def test_all_candidates_are_heard_where_the_tied_ones_agree() -> None:
    outcome = unprobed({"clamp(25, 0)": "##oo"}, tied=(0, 1))
    assert [side["candidates"] for side in questions(outcome)[0]["sides"]] == [2, 2]
    both = unprobed({"clamp(25, 0)": "##oo", "clamp(253, 0)": "#ooo"}, tied=(0, 1))
    assert [one["input"] for one in questions(both)] == ["clamp(253, 0)"]


def test_ways_to_end_are_no_answers_that_could_be_meant() -> None:
    assert questions(unprobed({"clamp(25, 0)": "##TT", "clamp(5, 0)": "XXTT"})) == []


def test_an_example_is_never_asked_about_for_its_author_has_answered() -> None:
    assert questions(unprobed({"clamp(25, 0)": "##oo"}, tied=(0, 1), examples=1)) == []


def test_examples_that_no_candidate_meets_together_are_named_with_how_many_meet_each() -> None:
    marks = {"clamp(25, 0)": "##oo", "clamp(5, 0)": "oo#o", "clamp(1, 0)": "oooo", "clamp(2, 0)": "##oo"}
    outcome = unprobed(marks, tied=(), examples=3)
    page = pr_body(build_report(outcome, outcomes.facts()))
    assert TOGETHER in page
    for text, words in (("25", "2 of 4"), ("5", "1 of 4"), ("1", "none of 4")):
        assert f"- `clamp({text}, 0)` gives `[[1, 4]]`: met by {words} candidates" in page
    assert questions(outcome) == [], "it is the examples that ask"
    met = unprobed({**marks, "clamp(5, 0)": "##oo", "clamp(1, 0)": "#ooo"}, tied=(0,), examples=3)
    assert TOGETHER not in pr_body(build_report(met, outcomes.facts()))
    assert TOGETHER not in pr_body(build_report(outcomes.chosen(), outcomes.facts()))


@pytest.mark.parametrize("kind", ["page", "terminal"])
def test_the_page_and_the_terminal_ask_the_same(kind: str) -> None:
    def shown(outcome: Outcome) -> str:
        report, stream = build_report(outcome, outcomes.facts()), io.StringIO()
        if kind == "page":
            return re.sub(r"<[^>]*>", "", render_html(report))
        print_report(Console(file=stream, width=200), report)
        return stream.getvalue()

    asked = shown(unprobed({"clamp(25, 0)": "##oo", "clamp(5, 0)": "####"}))
    assert SPLIT in asked
    assert "2 of 4 candidates" in asked
    assert TOGETHER not in asked
    apart = shown(unprobed({"clamp(25, 0)": "##oo", "clamp(5, 0)": "oo#o"}, tied=(), examples=2))
    assert TOGETHER in apart
    assert SPLIT not in apart
    assert "clamp(5, 0) gives [[1, 4]]" in apart
    assert "met by 1 of 4 candidates" in apart


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


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("At most 12 of them are kept.", "cut([12])"),
        ("See #12, and gh-3.", "cut('#12 gh-3')"),
        ("Described at https://example.com/cut?x=1 for all.", "cut('https://example.com/cut?x=1')"),
        ("Described at www.example.com for all.", "cut('www.example.com')"),
        ("Part b comes after part c.", "cut(['b', 'c'])"),
    ],
)
def test_a_number_a_reference_an_address_or_a_letter_in_common_is_no_word(line: str, text: str) -> None:
    assert nearest_line(line, "cut", text, ["12", "3"]) == ("", [])
    assert nearest_line(f"{line} A comma stays.", "cut", f"{text}; 'comma'", ["12"])[1] == ["comma"]


def test_words_of_every_alphabet_count() -> None:
    assert nearest_line("Größe zählt.", "f", "f('größe')", ["1"]) == ("Größe zählt.", ["größe"])


def test_the_words_of_how_a_run_ended_are_no_words_of_the_spec() -> None:
    late = Observation(status="timed_out", detail="2 s")
    base = tie({"clamp(25, 0)": (returns(10), returns(25))}, "Numbers that timed out, or ran for 2 s.")
    rows = (*base.choice.signatures, (late,))
    clusters = (*base.choice.clusters, Cluster(members=(4,), tied=(4,)))
    choice = replace(base.choice, clusters=clusters, signatures=rows)
    (asked,) = questions(replace(base, choice=choice, matrix=outcomes.no_consensus().matrix))
    assert (len(asked["sides"]), asked["line"]) == (3, "")
    assert SILENT == "No line of the spec was recognised as being about it."


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
    ],
)  # fmt: skip
def test_an_answer_becomes_the_lines_of_an_example(text: str, seen: Observation, lines: str) -> None:
    assert example("def f(x):\n    ...", "f", text, seen) == lines


def test_what_a_function_without_a_result_shows_is_no_example() -> None:
    assert example("def f(xs: list) -> None:\n    ...", "f", "f([1])", returns(([1],))) == ""


# -- programs ---------------------------------------------------------------------------------------------------------

SPEC = "### Target\nadd.py\n\n### Behaviour\nAdd the numbers.\n\n### Examples\n"


def prints(text: str) -> Observation:
    return Observation(status="returned", value=stdout_value(text))


@pytest.mark.parametrize(
    ("stdin", "stdout"),
    [
        ("2 3\n", "5"), ("1\n2\n", "3\n\n3"), ("  a  b\n", "  b"), ("\n", ""), ("```\n", "x\n~~~\n````"),
        ("### Target\n", "Output:"), ("<!-- x -->\n", "\\t"), ("a\tb\n", "'3'"),
    ],
)  # fmt: skip
def test_a_run_pasted_into_a_spec_as_it_stands_is_read_as_that_example(stdin: str, stdout: str) -> None:
    lines = run_example(stdin, prints(stdout))
    assert lines.startswith("Input:\n```")
    (read,) = read_program(program_of(read_issue(f"{SPEC}\n{lines}\n", "spec.md"))).examples
    assert (read.input, read.wanted) == (stdin, Wanted(text=stdout))


@pytest.mark.parametrize(
    ("stdin", "seen"),
    [
        ("1\n", Observation(status="timed_out")),
        ("1\n", raises("ValueError")),
        ("1\n", prints("x" * 2000)),
        ("a\u200bb\n", prints("1")),  # a spec would read it without what nobody sees
        ("1\n", prints("\u202e1")),
    ],
)
def test_what_cannot_be_such_an_example_is_none(stdin: str, seen: Observation) -> None:
    assert run_example(stdin, seen) == ""


def program(answers: dict[str, tuple[str, str]], statement: str = "Print the sum.") -> Outcome:
    base = tie({stdin: (prints(one), prints(two)) for stdin, (one, two) in answers.items()}, statement)
    contract = ProgramContract(statement=statement)
    return replace(base, problem=replace(base.problem, origin="add.py", contract=contract))  # type: ignore[arg-type]


def test_what_a_program_prints_is_shown_as_text_everywhere() -> None:
    report = build_report(program({"1\n2\n": ("3\nyes", "4 'no'")}), outcomes.facts())
    (asked,) = report["questions"]
    assert [side["answer"] for side in asked["sides"]] == ["3\nyes", "4 'no'"]
    assert [row[0]["shown"] for row in report["signatures"]] == ["3\nyes", "3\nyes", "4 'no'", "4 'no'"]
    page = pr_body(report)
    assert "**1.** On `1↵2`\n" in page
    assert "(cluster A): `3↵yes`\n" in page
    assert "````text\nInput:\n```\n1\n2\n```\nOutput:\n```\n3\nyes\n```\n````" in page
    assert "add the one that is meant to the Examples of the spec" in page


def test_a_long_output_keeps_both_of_its_ends() -> None:
    (asked,) = questions(program({"1\n": ("x" * 300 + "\nyes", "x" * 300 + "\nno")}))
    assert [(side["answer"][-4:], len(side["answer"])) for side in asked["sides"]] == [("\nyes", 200), ("x\nno", 200)]


def test_no_line_of_a_programs_spec_is_passed_over_for_its_brackets() -> None:
    (asked,) = questions(program({"word\n": ("1", "2")}, "The word (of a line) is counted."))
    assert asked["line"] == "The word (of a line) is counted."


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
