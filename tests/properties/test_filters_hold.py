"""Whatever is called, with whatever arguments: a filter answers as its tables say, read without halves or jumps."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosplay_action.sandbox.filter_rules import REFUSED_WITH, RULES, Kind, Match
from cosplay_action.sandbox.filters import program
from cosplay_action.sandbox.syscalls import processor
from tests.support.bpf import ALLOW, AUDIT, ERRNO, KILL_PROCESS, Filter

KINDS: tuple[Kind, ...] = ("child", "zygote", "check")
EVERY = [(arch, kind) for arch in AUDIT for kind in KINDS]
EPERM = ERRNO | 1
FULL = 2**64 - 1


@cache
def made(arch: str, kind: Kind) -> Filter:
    return Filter(program(arch, kind))


def named(arch: str, kind: Kind) -> dict[int, str]:
    """The numbers of all calls that a kind's tables name."""
    names = {name for rule in RULES[kind] for name in rule.calls.split()} | set(REFUSED_WITH[kind])
    return {number: name for name, number in processor(arch).numbers.items() if name in names}


def expected(arch: str, kind: Kind, number: int, arguments: tuple[int, ...]) -> int:
    """The tables, read in whole 64-bit numbers."""
    name = named(arch, kind).get(number, "")
    if name in REFUSED_WITH[kind]:
        return ERRNO | REFUSED_WITH[kind][name]

    def holds(match: Match) -> bool:
        return ((arguments[match.arg] & match.mask) in match.values) != match.unlike

    rules = [rule for rule in RULES[kind] if name in rule.calls.split()]
    return ALLOW if any(all(map(holds, rule.when)) for rule in rules) else EPERM


# Arguments near those that the tables compare with: each alone, with one bit changed, and above rubbish.
VALUES = sorted({value for rules in RULES.values() for rule in rules for match in rule.when for value in match.values})
known_values = st.sampled_from([*VALUES, *range(8)])
flipped = st.builds(lambda value, bit: value ^ 1 << bit, known_values, st.integers(0, 63))
combined = st.builds(
    lambda value, bits: value | sum(1 << bit for bit in bits), known_values, st.sets(st.integers(0, 31))
)
rubbish = st.builds(lambda value, high: value | high << 32, known_values, st.integers(1, 2**32 - 1))
arguments = st.tuples(*[st.one_of(known_values, flipped, combined, rubbish, st.integers(0, FULL))] * 6)
CONDITIONAL = sorted({name for rules in RULES.values() for rule in rules if rule.when for name in rule.calls.split()})


@pytest.mark.parametrize(("arch", "kind"), EVERY)
@given(name=st.sampled_from(CONDITIONAL), given_arguments=arguments)
def test_a_call_with_conditions_is_answered_as_the_tables_say(
    arch: str, kind: Kind, name: str, given_arguments: tuple[int, ...]
) -> None:
    number = processor(arch).numbers.get(name)
    if number is not None:
        answer = made(arch, kind).verdict(AUDIT[arch], number, given_arguments)
        assert answer == expected(arch, kind, number, given_arguments)


@pytest.mark.parametrize(("arch", "kind"), EVERY)
def test_every_number_up_to_six_hundred_is_answered_as_the_tables_say(arch: str, kind: Kind) -> None:
    for number in range(601):
        for arguments in ((0,) * 6, (FULL,) * 6, (1, 2, 3, 4, 5, 6)):
            answer = made(arch, kind).verdict(AUDIT[arch], number, arguments)
            assert answer == expected(arch, kind, number, arguments), number


@pytest.mark.parametrize(("arch", "kind"), EVERY)
@given(number=st.integers(601, 2**32 - 1), given_arguments=arguments)
def test_numbers_beyond_the_tables_are_refused(
    arch: str, kind: Kind, number: int, given_arguments: tuple[int, ...]
) -> None:
    assert made(arch, kind).verdict(AUDIT[arch], number, given_arguments) == EPERM


@pytest.mark.parametrize("kind", KINDS)
def test_the_x32_form_of_every_call_is_refused(kind: Kind) -> None:
    for number in range(601):
        assert made("x86_64", kind).verdict(AUDIT["x86_64"], number | 0x4000_0000) == EPERM


@pytest.mark.parametrize(("arch", "kind"), EVERY)
@given(audit=st.integers(0, 2**32 - 1), number=st.integers(0, 600))
def test_a_call_in_the_manner_of_another_processor_ends_the_process(
    arch: str, kind: Kind, audit: int, number: int
) -> None:
    if audit != AUDIT[arch]:
        assert made(arch, kind).verdict(audit, number) == KILL_PROCESS


@pytest.mark.parametrize("arch", AUDIT)
@given(number=st.integers(0, 600), given_arguments=arguments)
def test_what_a_child_may_do_its_zygote_and_a_check_may_do(
    arch: str, number: int, given_arguments: tuple[int, ...]
) -> None:
    if made(arch, "child").verdict(AUDIT[arch], number, given_arguments) == ALLOW:
        assert made(arch, "zygote").verdict(AUDIT[arch], number, given_arguments) == ALLOW
        assert made(arch, "check").verdict(AUDIT[arch], number, given_arguments) == ALLOW
