"""No known secret leaves a cell: not in a value, wherever in it, not in a message, not in what arrives early."""

from __future__ import annotations

from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.redaction import Redacted, secrets_of
from cosplay_action.testing.table import TableSandbox

KEY = "sk-0123456789"


class Leak(Exception):
    pass


async def shown(thing: object, secrets: tuple[str, ...] = (KEY,)) -> tuple[Observation, Observation]:
    early: list[Observation] = []
    sandbox = Redacted(TableSandbox({("c", "1"): thing}), secrets)
    [seen] = await sandbox.run(Job(inputs=("1",), candidate="c"), lambda _, one: early.append(one))
    return seen, early[0]


async def test_a_secret_is_taken_out_of_every_part_of_a_value() -> None:
    for thing in (KEY, [f"x{KEY}y"], {KEY: 1}, {1: (KEY,)}, KEY.encode(), f"{KEY}{KEY}", type(KEY, (), {})):
        for seen in await shown(thing):
            assert KEY not in repr(seen), thing
            assert KEY.encode() not in repr(seen).encode(), thing
            assert "***" in repr(seen)


async def test_a_secret_is_taken_out_of_a_message() -> None:
    for seen in await shown(Leak(f"the key is {KEY}")):
        assert (seen.status, seen.detail) == ("raised", "the key is ***")


async def test_without_a_secret_nothing_changes() -> None:
    seen, early = await shown([KEY], secrets=())
    assert seen == early
    assert KEY in repr(seen)


def test_secrets_are_what_is_named_like_one_and_long_enough() -> None:
    environ = {"GITHUB_TOKEN": "ghs_" + "a" * 20, "MY_KEY": KEY, "HOME": "a long enough path", "DB_PASSWORD": "short"}
    assert secrets_of(environ, "MY_KEY") == ("ghs_" + "a" * 20, KEY)


def test_of_two_secrets_where_one_begins_the_other_nothing_is_left() -> None:
    environ = {"A_TOKEN": "abcdefgh", "B_TOKEN": "abcdefghijkl"}
    assert secrets_of(environ) == ("abcdefghijkl", "abcdefgh")
