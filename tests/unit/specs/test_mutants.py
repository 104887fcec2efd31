"""Mutants of a source: which changes are made, which are not, and how they are spread."""

from __future__ import annotations

import ast
import random
from collections import Counter

import pytest

from cosplay_action.specs.mutants import Mutant, mutants

ALL = 10_000


def made(source: str, most: int = ALL, seed: int = 0) -> tuple[Mutant, ...]:
    return mutants(source, most, random.Random(seed))


def bodies(*lines: str) -> set[str]:
    """The mutants of a function with this body, as the lines that differ."""
    source = "def f(a, b, xs):\n" + "".join(f"    {line}\n" for line in lines)
    return {one.source.split("\n")[one.line - 1].strip() for one in made(source)}


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("return a < b", {"return a <= b", "return a >= b", "return None"}),
        ("return a == b", {"return a != b", "return None"}),
        ("return a in xs", {"return a not in xs", "return None"}),
        ("return a is b", {"return a is not b", "return None"}),
        ("return 0 < a < b", {"return 0 <= a < b", "return 0 >= a < b", "return 0 < a <= b", "return 0 < a >= b",
                              "return 1 < a < b", "return -1 < a < b", "return None"}),
        ("return a - b", {"return a + b", "return None"}),
        ("return a ** b * 3", {"return (a * b) * 3", "return a ** b // 3", "return a ** b * 4", "return a ** b * 2",
                               "return None"}),
        ("return a and b", {"return a or b", "return None"}),
        ("return not a", {"return a", "return None"}),
        ("return not (a or b)", {"return (a or b)", "return not (a and b)", "return None"}),
        ("return True", {"return False", "return None"}),
        ("return 'x'", {"return ''", "return None"}),
        ("return ''", {"return 'x'", "return None"}),
        ("return 2.5", {"return 3.5", "return None"}),
        ("return -a", {"return a", "return None"}),
        ("return xs[a:b]", {"return xs[a + 1:b]", "return xs[a:b + 1]", "return None"}),
        ("return xs[1:]", {"return xs[2:]", "return xs[0:]", "return None"}),
        ("return max(xs)", {"return min(xs)", "return None"}),
        ("return list(range(a))", {"return list(range(a + 1))", "return list(range(a - 1))", "return None"}),
        ("return list(range(a, b))", {"return list(range(a + 1, b))", "return list(range(a, b + 1))",
                                      "return list(range(a, b - 1))", "return None"}),
        ("return [x for x in xs if x.ok and b]", {"return [x for x in xs if not (x.ok and b)]",
                                                  "return [x for x in xs if x.ok or b]", "return None"}),
        ("return a if b else 1", {"return a if not b else 1", "return a if b else 2", "return a if b else 0",
                                  "return None"}),
        ("xs.append(a)", {"pass"}),
        ("raise ValueError('a message of 1 kind')", {"pass"}),
        ("xs[a] = b", {"pass"}),
        ("a = xs", {"pass"}),
        ("a += b", {"pass", "a -= b"}),
        ("return", {"pass"}),
    ],
)  # fmt: skip
def test_a_statement_has_these_mutants_and_no_others(line: str, changed: set[str]) -> None:
    assert bodies(line) == changed


def test_jumps_out_of_a_loop_and_back_to_its_start_are_exchanged() -> None:
    found = bodies("for x in xs:", "    if x:", "        break", "    continue")
    assert {"break", "continue"} <= found


def test_a_first_assignment_is_not_left_out_for_that_fails_whatever_the_tests_are() -> None:
    assert "pass" not in bodies("total = a", "return total")
    assert "total = None" in bodies("total = a", "return total")
    assert "pass" in bodies("total = a", "total = b", "return total")


def test_texts_are_not_subtracted_for_that_fails_whatever_the_tests_are() -> None:
    assert bodies("return 'x' + a") == {"return a + 'x'", "return '' + a", "return None"}
    assert bodies("return '%s' % a") == {"return '' % a", "return None"}
    assert not any("-" in one for one in bodies("return str(a) + ',' + b", "a += 'x'"))


ALONE = '''
from functools import lru_cache

LIMIT: "int | None" = None


@lru_cache(maxsize=8)
def helper(x: "list[0]" = 3, *, y=4) -> "list[1]":
    """Gives 5 or not."""
    ...
    raise KeyError("nothing under 6")


class Box(Base, size=7):
    """Holds 8 and 9."""

    kind: "tuple[10, 11]"

    def push(self, item: "Literal[12]" = True) -> "Literal[13]":
        """Add 14 < 15."""
        seen: "dict[16]" = cast("list[17]", item)
        return f"{seen + 18!r:>{19}}"
'''


def test_headers_docstrings_annotations_imports_and_messages_are_left_alone() -> None:
    found = made(ALONE)
    assert {one.source.split("\n")[one.line - 1].strip() for one in found} == {
        "pass",  # the raise
        'seen: "dict[16]" = None',
        "return None",
    }
    for one in found:
        lost = set(ALONE.split("\n")) - set(one.source.split("\n"))
        assert len(lost) == 1, "every other line is as it was"


def test_helpers_and_constants_are_changed_too() -> None:
    source = "LIMIT = 10\n\n\ndef helper(x):\n    return x + 1\n\n\ndef f(x):\n    return helper(x)\n"
    assert {one.line for one in made(source)} == {1, 5, 9}


def test_a_method_is_changed_inside_its_class() -> None:
    source = 'class Stack:\n    def push(self, x):\n        """Push 1."""\n        self.items.append(x)\n'
    (one,) = made(source)
    assert one == Mutant(source=source.replace("self.items.append(x)", "pass"), what="statement left out", line=4)


def test_an_expression_over_several_lines_is_changed_as_a_whole() -> None:
    source = "def f(a, b):\n    return (\n        a\n        # why\n        < b\n    )\n"
    assert "def f(a, b):\n    return (\n        a <= b\n    )\n" in {one.source for one in made(source)}


def test_text_beyond_ascii_before_a_change_does_not_move_it() -> None:
    source = "def f(a):\n    return 'äöü😀' if a < 1 else a\n"
    assert "    return 'äöü😀' if a <= 1 else a\n" in {one.source.split("\n", 1)[1] for one in made(source)}


BUSY = "def f(a, b, xs):\n" + "".join(
    f"    if a + {n} < b * {n} and b != {n}:\n        xs[a:b] = [{n}, a - b]\n" for n in range(1, 9)
) + "    return xs\n"  # fmt: skip


def test_mutants_are_spread_over_all_lines_before_one_has_two() -> None:
    lines = Counter(one.line for one in made(BUSY, 17))
    assert lines == dict.fromkeys(range(2, 19), 1)


def test_mutants_are_spread_over_kinds() -> None:
    kinds = Counter(one.what for one in made(BUSY, 40))
    assert len(kinds) >= 6
    assert max(kinds.values()) <= 3 * 40 / len(kinds)


def test_at_most_as_many_as_are_asked_for_come_in_the_order_of_the_text() -> None:
    found = made(BUSY, 40)
    assert len(found) == 40
    assert [one.line for one in found] == sorted(one.line for one in found)
    assert made(BUSY, 0) == ()


def test_the_same_stream_gives_the_same_mutants_and_another_one_others() -> None:
    assert made(BUSY, 20, seed=1) == made(BUSY, 20, seed=1) != made(BUSY, 20, seed=2)


def test_no_two_mutants_are_the_same_program() -> None:
    shapes = [ast.dump(ast.parse(one.source)) for one in made("def f(a):\n    return not (not (a + 0 < 1))\n")]
    assert len(set(shapes)) == len(shapes)


def test_code_with_nothing_to_change_has_none() -> None:
    assert made("def f(a):\n    pass\n") == ()
    assert made("def f(a):\n    return None\n") == ()


def test_what_is_no_python_has_none() -> None:
    assert made("def f(:") == ()
    assert made("x = " + "(" * 500) == ()


def test_huge_constants_are_left_alone() -> None:
    assert bodies(f"return {10**30}") == {"return None"}
    assert bodies("return 1e400") == {"return None"}
