"""System call filters for seccomp, assembled to classic BPF from the tables of ``filter_rules``.

A filter is an allow-list: what is not named is refused with EPERM, and a call made in the manner of another processor
(32-bit x86) ends the process. The kernel runs the filter at each call, so numbers are found by binary search; of those
allowed whatever their arguments, Linux 5.11 and later remembers the answer.
"""

from __future__ import annotations

import struct
from functools import cache
from itertools import groupby
from typing import NamedTuple

from cosplay_action.sandbox.filter_rules import INT, REFUSED_WITH, RULES, Kind, Match
from cosplay_action.sandbox.syscalls import processor

__all__ = ["Kind", "narrowing", "program"]

# What a filter answers (linux/seccomp.h).
_KILL_PROCESS, _ERRNO, _ALLOW = 0x8000_0000, 0x0005_0000, 0x7FFF_0000
_EPERM = 1

# Instructions (linux/bpf_common.h): load a word at an offset, and with a constant, jumps, return.
_LOAD, _AND, _JUMP, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x06

# Where struct seccomp_data (linux/seccomp.h) keeps the call's number, the processor, and six 64-bit arguments.
_NUMBER, _PROCESSOR, _ARGUMENTS = 0, 4, 16

_FARTHEST = 255  # instructions that a conditional jump can skip


class _Step(NamedTuple):
    """A ``struct sock_filter``; a jump skips that many instructions when its condition holds, and when it does not."""

    code: int
    constant: int
    when_true: int = 0
    when_false: int = 0


_Code = tuple[_Step, ...]
_REFUSE: _Code = (_Step(_RETURN, _ERRNO | _EPERM),)
_PASS: _Code = (_Step(_RETURN, _ALLOW),)


@cache
def program(arch: str, kind: Kind) -> bytes:
    """The filter of a kind for a machine (as ``platform.machine()`` names it), as an array of ``struct sock_filter``.

    ``child``: what a candidate's code may do. ``zygote``: also what starts, confines and ends such children. ``check``:
    also writing files, where Landlock lets it. Raises SandboxError for a processor whose calls are not known.
    """
    known = processor(arch)
    return _assembled(known.audit, _search(_runs(_blocks(known.numbers, kind))))


@cache
def narrowing(arch: str) -> bytes:
    """What makes a child's filter of its zygote's when it is put on top: it answers only what the two answer unlike.

    The kernel copies, checks and compiles a filter for each process that puts it on, which takes a cell longer the
    longer it is. Of two filters the stricter answer counts, so without the zygote's below it this one is no wall.
    """
    known = processor(arch)
    child, zygote = _blocks(known.numbers, "child"), _blocks(known.numbers, "zygote")
    answers: dict[_Code, list[int]] = {}
    for number in sorted(zygote):
        answer = child.get(number, _REFUSE)
        if answer != zygote[number]:
            answers.setdefault(answer, []).append(number)
    tests = [step for answer, them in answers.items() for step in (*_compare(them, len(answer)), *answer)]
    return _assembled(known.audit, (*tests, *_PASS))


def _assembled(audit: int, rest: _Code) -> bytes:
    """The program that answers calls made in this processor's own manner by the rest."""
    code = (
        _Step(_LOAD, _PROCESSOR),
        _Step(_IF_EQUAL, audit, when_true=1),
        _Step(_RETURN, _KILL_PROCESS),
        _Step(_LOAD, _NUMBER),
        *rest,
    )
    return b"".join(struct.pack("<HBBI", step.code, step.when_true, step.when_false, step.constant) for step in code)


def _blocks(numbers: dict[str, int], kind: Kind) -> dict[int, _Code]:
    """The code that answers each call which is not refused with EPERM, by number."""
    allowed: dict[int, list[tuple[Match, ...]]] = {}
    for rule in RULES[kind]:
        for name in rule.calls.split():
            if name in numbers:
                allowed.setdefault(numbers[name], []).append(rule.when)
    refused = {numbers[name]: error for name, error in REFUSED_WITH[kind].items() if name in numbers}
    return {number: _answer(ways) for number, ways in allowed.items()} | {
        number: (_Step(_RETURN, _ERRNO | error),) for number, error in refused.items()
    }


def _answer(ways: list[tuple[Match, ...]]) -> _Code:
    """Allow a call if every match of any way holds, else refuse it. Ends in a return on every path."""
    if () in ways:
        return _PASS
    code: _Code = ()
    for way in ways:
        tests = _PASS
        for match in reversed(way):
            tests = _test(match, skip=len(tests)) + tests
        code += tests
    return code + _REFUSE


def _test(match: Match, skip: int) -> _Code:
    """Fall through if the match holds, else skip that many instructions."""
    code: _Code = ()
    for offset, shift in ((4, 32), (0, 0)):  # the high half, then the low half (little-endian)
        mask = match.mask >> shift & INT
        if not mask:
            continue
        values = [value >> shift & INT for value in match.values]
        compare = _compare(values, skip + len(code), unlike=match.unlike)
        masking = () if mask == INT else (_Step(_AND, mask),)
        code = (_Step(_LOAD, _ARGUMENTS + 8 * match.arg + offset), *masking, *compare, *code)
    return code


def _compare(values: list[int], skip: int, *, unlike: bool = False) -> _Code:
    """Fall through if what is loaded is one of the values (``unlike``: none of them), else skip that many."""
    last = len(values) - 1
    if unlike:
        return tuple(_Step(_IF_EQUAL, value, when_true=skip + last - at) for at, value in enumerate(values))
    return tuple(
        _Step(_IF_EQUAL, value, when_true=last - at, when_false=skip if at == last else 0)
        for at, value in enumerate(values)
    )


def _runs(blocks: dict[int, _Code]) -> list[tuple[int, _Code]]:
    """All numbers there can be, as runs with one answer each: (first number, its code), in order from 0."""
    edges = {number + step for number in blocks for step in (0, 1)} | {0}
    answers = [(edge, blocks.get(edge, _REFUSE)) for edge in sorted(edges)]
    return [next(run) for _, run in groupby(answers, key=lambda answer: answer[1])]


def _search(runs: list[tuple[int, _Code]]) -> _Code:
    """Go to the code of the run that holds the loaded number. Every half ends in returns, so it needs no way out."""
    if len(runs) == 1:
        return runs[0][1]
    middle = len(runs) // 2
    below, above = _search(runs[:middle]), _search(runs[middle:])
    first = runs[middle][0]
    if len(below) <= _FARTHEST:
        return (_Step(_IF_AT_LEAST, first, when_true=len(below)), *below, *above)
    return (_Step(_IF_AT_LEAST, first, when_false=1), _Step(_JUMP, len(below)), *below, *above)
