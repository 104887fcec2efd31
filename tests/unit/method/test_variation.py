"""Known inputs, varied: what may come out, and that the same stream gives the same."""

from __future__ import annotations

import ast
import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosplay_action.method.nearby import spelled
from cosplay_action.method.variation import LONGEST, simpler, variations

LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | st.text("abXé \n'", max_size=6)
    | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner)
    | st.dictionaries(st.text("ab", max_size=3) | st.integers(0, 9), inner, max_size=3)
    | st.sets(st.integers(0, 9), max_size=3),
    max_leaves=8,
)  # fmt: skip
CALLS = st.lists(st.lists(LITERALS, min_size=1, max_size=3), min_size=1, max_size=4)


def vary(known: list[str], count: int = 200, seed: int = 0, *, plain: bool = False) -> list[str]:
    return variations(known, random.Random(seed), count, plain=plain)


def arguments(text: str) -> list[object]:
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    return [ast.literal_eval(each) for each in call.args]


@given(CALLS, st.integers(0, 9))
def test_whatever_literals_calls_hold_their_variations_are_fresh_distinct_calls_of_the_same_shape(
    calls: list[list[object]], seed: int
) -> None:
    known = [f"f({', '.join(map(repr, each))})" for each in calls]
    found = vary(known, 20, seed)
    assert len(set(found)) == len(found)
    assert not set(found) & set(known)
    for text in found:
        assert len(text) <= LONGEST
        assert len(arguments(text)) in {len(each) for each in calls}


@given(CALLS, st.integers(0, 9))
def test_the_same_stream_gives_the_same_variations(calls: list[list[object]], seed: int) -> None:
    known = [f"f({', '.join(map(repr, each))})" for each in calls]
    assert vary(known, 10, seed) == vary(known, 10, seed)


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=5))
def test_a_number_stays_above_the_smallest_one_seen_and_below_twice_the_largest(numbers: list[int]) -> None:
    low, high = min(numbers), max(numbers)
    for text in vary([f"f({number})" for number in numbers]):
        (value,) = arguments(text)
        assert isinstance(value, int)
        assert (2 * low if low < 0 else low) <= value <= max(2 * high, high + 2)


def test_a_text_is_made_of_the_characters_seen_at_its_place() -> None:
    found = vary(["f('abc', 'xyz')", "f('bca', 'xx')"])
    assert len(found) > 50
    for text in found:
        first, second = arguments(text)
        assert isinstance(first, str)
        assert isinstance(second, str)
        assert set(first) <= set("abc")
        assert set(second) <= set("xyz")


def test_nothing_is_empty_that_never_was() -> None:
    for text in vary(["f([1, 2, 3], 'ab')", "f([4], 'b')"]):
        items, word = arguments(text)
        assert items
        assert word


def test_where_an_empty_list_was_seen_lists_may_shrink_to_it() -> None:
    assert "f([], [])" in vary(["f([1], [])", "f([], [2])", "f([2, 3], [4])"])


def test_tuples_that_were_always_pairs_stay_pairs() -> None:
    for text in vary(["f((1, 2))", "f((3, 4))", "f((5, 9))"]):
        (pair,) = arguments(text)
        assert isinstance(pair, tuple)
        assert len(pair) == 2


def test_only_literals_change_not_the_code_around_them() -> None:
    known = ["account = Account(100)\naccount.withdraw(30)", "account = Account(5)\naccount.withdraw(1)"]
    for text in vary(known, 30):
        assert text.startswith("account = Account(")
        assert "\naccount.withdraw(" in text


@pytest.mark.parametrize("known", [[], ["f("], ["f(x)"], ["f(f'{x}')"], ["\x00"]], ids=repr)
def test_what_holds_no_literal_has_no_variations(known: list[str]) -> None:
    assert vary(known) == []


def test_a_literal_behind_characters_of_several_bytes_is_found_where_it_stands() -> None:
    found = vary(["f('é') + g(12)"])
    assert "f('é') + g(13)" in found
    assert all(text.startswith("f('") and ") + g(" in text and text.endswith(")") for text in found)


@given(st.lists(st.text("12 ab\n", min_size=1, max_size=12), min_size=1, max_size=3), st.integers(0, 9))
def test_plain_texts_keep_their_lines_and_the_number_of_words_in_each(known: list[str], seed: int) -> None:
    shapes = {tuple(len(line.split()) for line in text.split("\n")) for text in known}
    for text in vary(known, 20, seed, plain=True):
        assert tuple(len(line.split()) for line in text.split("\n")) in shapes


def test_in_plain_texts_numbers_stay_numbers() -> None:
    for text in vary(["3\n5 7 9\n", "2\n1 4\n"], plain=True):
        assert all(word.isdecimal() for word in text.split())


def test_a_set_varies_alike_whatever_order_it_is_held_in() -> None:
    assert spelled({"a", "b", "c"}) == spelled(set("cab")) == "{'a', 'b', 'c'}"
    text = "import random; from cosplay_action.method.variation import variations as v; "
    text += "print(v([\"f({'a', 'b', 'c'})\"], random.Random(0), 10))"
    told = [
        subprocess.run([sys.executable, "-c", text], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        for seed in ("1", "2")
    ]
    assert told[0].stdout == told[1].stdout != b"[]\n"


@given(CALLS)
def test_simpler_texts_are_distinct_and_simplifying_comes_to_an_end(calls: list[list[object]]) -> None:
    text = f"f({', '.join(map(repr, calls[0]))})"
    for _ in range(2000):
        found = simpler(text)
        assert len(set(found)) == len(found)
        assert text not in found
        if not found:
            break
        text = found[0]
    assert simpler(text) == []


def test_a_simpler_text_leaves_a_part_out_or_takes_a_number_nearer_to_zero() -> None:
    assert simpler("f([7, 2])") == [
        "f([2])", "f([7])", "f([0, 2])", "f([3, 2])", "f([6, 2])", "f([7, 0])", "f([7, 1])",
    ]  # fmt: skip


def test_numbers_that_no_float_holds_and_no_text_writes_are_left_as_they_are() -> None:
    digits = "9" * 310
    assert vary([f"f([1.5, {digits}])"], 30)
    huge = f"f({'9' * 4300}, 1)"
    assert all(text.startswith("f(") for text in vary([huge], 30))
    assert all(text.startswith("f(") for text in simpler(huge))


def test_sets_inside_of_lists_vary_alike_under_every_hash_seed() -> None:
    text = "import random; from cosplay_action.method.variation import variations as v; "
    text += 'print(v([\'f([{"a", "b"}, {"c", "d"}, {"e", "f"}])\'], random.Random(1), 60))'
    told = {
        subprocess.run(
            [sys.executable, "-c", text], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "2", "3")
    }
    assert len(told) == 1
