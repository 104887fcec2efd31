"""The journal: record, replay, resume, and what it refuses."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cosplay_action.errors import JournalError
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Observation, Outcome
from cosplay_action.method.job import Job
from cosplay_action.method.ports import Arrived, Ask, Model, Place, Reply, Sandbox, Seen, Usage
from cosplay_action.method.solve import solve
from cosplay_action.method.values import Value
from cosplay_action.models import journal_file
from cosplay_action.models.budget import Closed
from cosplay_action.models.journal import (
    INTERRUPTED,
    VERSION,
    Journal,
    JournalModel,
    JournalSandbox,
    ReplayOnly,
    ask_digest,
    read_header,
)  # fmt: skip
from cosplay_action.models.journal_file import clear, lock
from cosplay_action.testing.scripted import ScriptedModel
from cosplay_action.testing.table import told
from cosplay_action.testing.world import Rates, WorldSandbox, world_model, world_problem
from tests.support.stage import UNPAID

HEADER = {"run": {"problem": "abc", "seed": 5, "model": "world"}, "created": "2026-01-01"}
ASK = Ask(place=Place(stage="explore", step="random", role="vote"), system="s", prompt="p", samples=4, seed=100)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "journal.jsonl"


def say(ask: Ask, k: int) -> str:
    return f"reply to {ask.prompt} with seed {ask.seed + k}"


def complete(path: Path, ask: Ask = ASK, inner: Model | None = None, *, strict: bool = False) -> list[Reply]:
    journal = Journal.open(path, HEADER)
    try:
        return list(asyncio.run(JournalModel(inner or ReplayOnly(), journal, "world", strict=strict).complete(ask)))
    finally:
        journal.close()


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def play(path: Path, model: Model, sandbox: Sandbox, *, strict: bool = False, seed: int = 5) -> Outcome:
    journal = Journal.open(path, HEADER)
    try:
        ctx = Context(
            problem=world_problem(examples=True), seed=seed,
            model=JournalModel(model, journal, "world", strict=strict), sandbox=JournalSandbox(sandbox, journal),
        )  # fmt: skip
        return asyncio.run(solve(ctx))
    finally:
        journal.close()


# -- replay -----------------------------------------------------------------------------------------------------------


def test_a_replay_gives_an_equal_outcome_with_no_call_and_no_cell(path: Path) -> None:
    recorded = play(path, world_model(Rates(candidate=0.4)), WorldSandbox())
    before = path.read_bytes()
    assert play(path, ReplayOnly(), ReplayOnly(), strict=True) == recorded
    assert play(path, ReplayOnly(), ReplayOnly()) == recorded
    assert path.read_bytes() == before


def test_every_reply_and_every_cell_of_a_run_is_recorded_once(path: Path) -> None:
    model, sandbox = world_model(), WorldSandbox()
    play(path, model, sandbox)
    found = records(path)
    replies = [(r["at"], r["sample"]) for r in found if r["t"] == "reply"]
    assert len(replies) == len(set(replies)) == sum(ask.samples for ask in model.asked)
    cells = [(r["job"], r["input"]) for r in found if r["t"] == "cell"]
    assert len(cells) == len(set(cells)) == len(sandbox.cells)


def test_a_replay_of_another_seed_misses_and_says_where(path: Path) -> None:
    play(path, world_model(), WorldSandbox())
    with pytest.raises(JournalError, match="no reply for explore/0/"):
        play(path, ReplayOnly(), ReplayOnly(), seed=6)


def test_a_cell_that_is_missing_in_a_strict_replay_names_its_input(path: Path) -> None:
    play(path, world_model(), WorldSandbox())
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if not line.startswith(b'{"t":"cell"')))
    with pytest.raises(JournalError, match="no cell for the input"):
        play(path, ReplayOnly(), ReplayOnly())


def test_a_recorded_reply_comes_back_as_it_was(path: Path) -> None:
    usage = Usage(input=11, output=7, cached=3, estimated=True)
    text = "líne\n\u2028 \x00 \ud800 ``` \r\n"
    given = Reply(status="truncated", text=text, detail="cut", usage=usage, seconds=1.25)
    ask = Ask(place=ASK.place, system="s", prompt="p")
    complete(path, ask, ScriptedModel(lambda ask, k: given))
    (back,) = complete(path, ask)
    assert back == given
    assert (back.seconds, back.replayed, given.replayed) == (1.25, True, False)


@pytest.mark.parametrize(
    "change",
    [{"prompt": "q"}, {"system": "t"}, {"temperature": 0.1}, {"top_p": 0.5}, {"reply_tokens": 9}, {"seed": 101},
     {"place": Place(stage="explore", step="random", role="vote", slot=1)}],
)  # fmt: skip
def test_a_question_that_differs_in_anything_is_asked(path: Path, change: dict[str, object]) -> None:
    import dataclasses

    complete(path, ASK, ScriptedModel(say))
    model = ScriptedModel(say)
    complete(path, dataclasses.replace(ASK, **change), model)  # type: ignore[arg-type]
    assert len(model.asked) == 1


def test_another_model_does_not_answer_for_this_one() -> None:
    assert ask_digest(ASK, "one") != ask_digest(ASK, "two")
    assert ask_digest(ASK, "one") == ask_digest(Ask(**{**as_dict(ASK), "samples": 9}), "one")


def as_dict(ask: Ask) -> dict[str, object]:
    import dataclasses

    return {field.name: getattr(ask, field.name) for field in dataclasses.fields(ask)}


# -- resume -----------------------------------------------------------------------------------------------------------


def drop(path: Path, unwanted: Callable[[dict[str, object]], bool]) -> None:
    kept = [line for line in path.read_bytes().splitlines(keepends=True) if not unwanted(json.loads(line))]
    path.write_bytes(b"".join(kept))


@pytest.mark.parametrize("lost", [{3}, {2, 3}, {0}, {1, 3}, {0, 1, 3}])
def test_only_missing_samples_are_asked_and_they_are_what_they_would_have_been(path: Path, lost: set[int]) -> None:
    whole = complete(path, ASK, ScriptedModel(say))
    drop(path, lambda r: r.get("sample") in lost)
    model = ScriptedModel(say)
    assert complete(path, ASK, model) == whole
    assert sum(ask.samples for ask in model.asked) == len(lost)


def test_a_torn_last_line_is_cut_off_and_asked_again(path: Path) -> None:
    whole = complete(path, ASK, ScriptedModel(say))
    untorn = path.read_bytes()
    path.write_bytes(untorn[:-9])
    model = ScriptedModel(say)
    assert complete(path, ASK, model) == whole
    assert [ask.samples for ask in model.asked] == [1]
    assert path.read_bytes() == untorn


@pytest.mark.parametrize("left", [0, 1, 20])
def test_a_journal_torn_in_its_header_begins_anew(path: Path, left: int) -> None:
    complete(path, ASK, ScriptedModel(say))
    path.write_bytes(path.read_bytes()[:left])
    assert len(complete(path, ASK, ScriptedModel(say))) == 4
    assert read_header(path)["run"] == HEADER["run"]


def test_what_is_appended_after_a_cut_is_whole(path: Path) -> None:
    complete(path, ASK, ScriptedModel(say))
    for cut in (5, 40, 300):
        path.write_bytes(path.read_bytes()[:-cut])
        complete(path, ASK, ScriptedModel(say))
    assert len([r for r in records(path) if r["t"] == "reply"]) == 4


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [b"{broken", b"", b"\xff\xfe", b"[1, 2]", b"null", b"{}", b'{"t":"other"}', b'{"t":"reply","at":"x"}',
     b'{"t":"cell","job":"x","input":"1","seen":["returned"]}', b"[" * 100_000,
     b'{"t":"reply","at":"x","sample":0,"ask":"y","status":"ok","text":"","detail":"","usage":[1],"seconds":0}',
     b'{"t":"reply","at":"x","sample":0,"ask":"y","status":"gone","text":"","detail":"","usage":[1,1,1,false],'
     b'"seconds":0}'],
)  # fmt: skip
def test_a_damaged_line_in_the_middle_is_refused_by_its_number(path: Path, damage: bytes) -> None:
    complete(path, ASK, ScriptedModel(say))
    lines = path.read_bytes().split(b"\n")
    lines[2] = damage
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(JournalError, match=r"journal\.jsonl, line 3: "):
        Journal.open(path, HEADER)
    assert b"\n".join(lines) == path.read_bytes(), "a refused journal is left as it is"


def test_the_journal_of_another_run_is_refused_and_what_differs_is_named(path: Path) -> None:
    Journal.open(path, HEADER).close()
    other = {"run": {"problem": "xyz", "seed": 5, "model": "other", "rounds": 2}}
    with pytest.raises(JournalError, match=r"another run \(model, problem, rounds differ\)"):
        Journal.open(path, other)


def test_what_is_not_the_runs_identity_may_differ_and_the_first_header_stays(path: Path) -> None:
    Journal.open(path, HEADER).close()
    journal = Journal.open(path, {**HEADER, "created": "2030-12-31", "budgets": {"calls": 9}})
    journal.close()
    assert journal.header == {"t": "run", "version": VERSION, **HEADER}


def test_a_journal_of_another_version_is_refused(path: Path) -> None:
    Journal.open(path, HEADER).close()
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2'))
    with pytest.raises(JournalError, match="version 2"):
        Journal.open(path, HEADER)
    with pytest.raises(JournalError, match="version 1"):
        read_header(path)


def test_a_second_writer_is_refused_until_the_first_is_done(path: Path) -> None:
    first = Journal.open(path, HEADER)
    with pytest.raises(JournalError, match="another run is writing"):
        Journal.open(path, HEADER)
    first.close()
    Journal.open(path, HEADER).close()


def test_a_header_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot read"):
        read_header(tmp_path / "missing.jsonl")
    (tmp_path / "other").write_text("hello\n")
    with pytest.raises(JournalError, match="cannot read"):
        read_header(tmp_path / "other")


def test_every_refusal_says_what_to_do(path: Path) -> None:
    first = Journal.open(path, HEADER)
    with pytest.raises(JournalError) as caught:
        Journal.open(path, HEADER)
    first.close()
    assert caught.value.cure


def test_a_journal_that_is_a_directory_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(JournalError, match=r"journal\.jsonl cannot be kept") as caught:
        Journal.open(path, HEADER)
    assert "--out" in caught.value.cure


def test_a_run_directory_that_is_a_file_is_refused(path: Path) -> None:
    path.parent.write_text("hello")
    with pytest.raises(JournalError, match="cannot be kept"):
        Journal.open(path, HEADER)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
def test_a_disk_that_is_full_is_an_error_for_people() -> None:
    with pytest.raises(JournalError, match="cannot be kept"), Path("/dev/full").open("wb", buffering=0) as stream:
        Journal(Path("journal.jsonl"), stream, HEADER).record_fact("a", "b", 1)


def test_a_header_nested_beyond_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deep").write_bytes(b"[" * 100_000)
    with pytest.raises(JournalError, match="cannot read"):
        read_header(tmp_path / "deep")


# -- replies as they arrive -------------------------------------------------------------------------------------------


def test_each_reply_is_in_the_file_before_the_next_one_arrives(path: Path) -> None:
    seen: list[int] = []

    class Trickling:
        async def complete(self, ask: Ask, arrived: Arrived | None = None) -> list[Reply]:
            assert arrived
            for k in (2, 0):
                arrived(k, Reply(status="ok", text=say(ask, k)))
                seen.append(sum(r["t"] == "reply" for r in records(path)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        complete(path, ASK, Trickling())
    assert seen == [1, 2]
    model = ScriptedModel(say)
    assert [reply.text for reply in complete(path, ASK, model)] == [say(ASK, k) for k in range(4)]
    assert [(ask.seed, ask.samples) for ask in model.asked] == [(101, 1), (103, 1)]


def test_recorded_and_new_replies_are_both_heard_of_once(path: Path) -> None:
    complete(path, ASK, ScriptedModel(say))
    drop(path, lambda r: r.get("sample") in {0, 2, 3})
    heard: list[tuple[int, str]] = []
    journal = Journal.open(path, HEADER)
    model = JournalModel(ScriptedModel(say), journal, "world")
    asyncio.run(model.complete(ASK, lambda k, reply: heard.append((k, reply.text))))
    journal.close()
    assert sorted(heard) == [(k, say(ASK, k)) for k in range(4)]
    assert sum(r["t"] == "reply" for r in records(path)) == 4, "nothing is recorded twice"


# -- facts, cells -----------------------------------------------------------------------------------------------------


def test_a_fact_is_computed_once_even_across_runs(path: Path) -> None:
    computed: list[str] = []

    async def compute() -> list[int]:
        computed.append("x")
        return [1, 2]

    for _ in range(2):
        journal = Journal.open(path, HEADER)
        for key in ("one", "one", "two"):
            assert asyncio.run(journal.fact("check", key, compute)) == [1, 2]  # type: ignore[arg-type]
        journal.close()
    assert len(computed) == 2


def test_a_fact_that_holds_no_more_is_computed_again_and_recorded_only_if_it_has_changed(path: Path) -> None:
    values = iter([[1], [1], [2]])

    async def compute() -> list[int]:
        return next(values)

    async def no_more(known: object) -> bool:
        assert known == [1]
        return False

    journal = Journal.open(path, HEADER)
    seen = [asyncio.run(journal.fact("tests", "key", compute, no_more)) for _ in range(3)]  # type: ignore[arg-type]
    journal.close()
    assert seen == [[1], [1], [2]]
    assert [record["value"] for record in records(path) if record["t"] == "fact"] == [[1], [2]]


def test_facts_learned_a_session_at_a_time_are_kept_and_given_back_by_name(path: Path) -> None:
    for session in range(3):
        journal = Journal.open(path, HEADER)
        known = journal.facts("elapsed")
        assert known == {str(k): 1.5 * k for k in range(session)}
        journal.record_fact("elapsed", str(len(known)), 1.5 * session)
        journal.record_fact("other", "0", session)
        assert journal.known_fact("elapsed", str(session)) == 1.5 * session
        journal.close()
    journal = Journal.open(path, HEADER)
    assert journal.facts("other") == {"0": 2}, "the last one stands"
    assert journal.facts("nothing") == {}
    journal.close()


def test_a_cell_is_executed_once_and_only_what_is_missing_runs(path: Path) -> None:
    sandbox = WorldSandbox()
    for inputs in (("1", "2"), ("2", "3"), ("3", "1", "3")):
        journal = Journal.open(path, HEADER)
        seen = asyncio.run(JournalSandbox(sandbox, journal).run(Job(inputs=inputs, candidate="behaviour 0")))
        journal.close()
        assert [one.value for one in seen] == [Value("int", 2 * int(text)) for text in inputs]
    assert sandbox.cells == [("behaviour 0", "1"), ("behaviour 0", "2"), ("behaviour 0", "3")]


def test_a_timeout_is_not_tried_again_on_replay(path: Path) -> None:
    class Flaky:
        runs = 0

        async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
            self.runs += 1
            late = Observation(status="timed_out", detail="2.0 s", seconds=2.5)
            return told([late for _ in job.inputs], arrived)

    flaky = Flaky()
    for _ in range(2):
        journal = Journal.open(path, HEADER)
        (seen,) = asyncio.run(JournalSandbox(flaky, journal).run(Job(inputs=("1",), candidate="c")))
        journal.close()
        assert (seen.status, seen.detail, seen.seconds) == ("timed_out", "2.0 s", 2.5)
    assert flaky.runs == 1


# -- budgets ----------------------------------------------------------------------------------------------------------


def paid_for(calls: int) -> ScriptedModel:
    left = [calls]

    def answer(ask: Ask, k: int) -> str | Reply:
        left[0] -= 1
        return say(ask, k) if left[0] >= 0 else UNPAID

    return ScriptedModel(answer)


def test_what_was_unaffordable_is_asked_again_when_the_budget_allows(path: Path) -> None:
    assert [r.status for r in complete(path, ASK, paid_for(2))] == ["ok", "ok", "unaffordable", "unaffordable"]
    model = paid_for(10)
    assert complete(path, ASK, model) == complete(path.with_name("other"), ASK, ScriptedModel(say))
    assert sum(ask.samples for ask in model.asked) == 2


def test_what_is_still_unaffordable_leaves_the_journal_as_it_is(path: Path) -> None:
    complete(path, ASK, paid_for(2))
    before, first = path.read_bytes(), complete(path, ASK, strict=True)
    poor = ScriptedModel(lambda ask, k: Reply(status="unaffordable", detail="spent, in other words"))
    assert complete(path, ASK, poor) == first
    assert path.read_bytes() == before


def test_a_strict_replay_takes_unaffordable_from_the_journal(path: Path) -> None:
    first = complete(path, ASK, paid_for(2))
    assert complete(path, ASK, strict=True) == first
    with pytest.raises(JournalError):
        complete(path, ASK)


def test_only_paid_replies_count_against_a_budget(path: Path) -> None:
    complete(path, ASK, paid_for(3))
    journal = Journal.open(path, HEADER)
    assert [r.status for r in journal.paid()] == ["ok"] * 3
    journal.close()


def test_a_run_that_ran_out_of_budget_replays_strictly_and_resumes_with_a_larger_one(path: Path) -> None:
    left = [40]

    class Limited:
        inner = world_model()

        async def complete(self, ask: Ask, arrived: Arrived | None = None) -> list[Reply]:
            left[0] -= ask.samples
            if left[0] >= 0:
                return list(await self.inner.complete(ask, arrived))
            assert arrived
            for k in range(ask.samples):
                arrived(k, UNPAID)
            return [UNPAID] * ask.samples

    short = play(path, Limited(), WorldSandbox())
    assert short.status == "budget-exceeded"
    assert play(path, ReplayOnly(), ReplayOnly(), strict=True) == short
    undisturbed = play(path.with_name("whole"), world_model(), WorldSandbox())
    model = world_model()
    assert play(path, model, WorldSandbox()) == undisturbed
    total = sum(r["t"] == "reply" for r in records(path.with_name("whole")))
    assert sum(ask.samples for ask in model.asked) <= total - 30, "what was paid before is not paid again"


def test_the_reason_of_an_interrupted_run_does_not_outlive_it(path: Path) -> None:
    complete(path, inner=Closed(INTERRUPTED))
    assert {reply.detail for reply in complete(path, inner=Closed("the token budget is spent"))} == {
        "the token budget is spent"
    }
    before = path.read_bytes()
    assert {reply.detail for reply in complete(path, inner=Closed("another limit"))} == {"the token budget is spent"}
    assert path.read_bytes() == before


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_changed_line_ends_are_told_and_the_file_stays_as_it_is(path: Path, end: bytes) -> None:
    complete(path, inner=ScriptedModel(say))
    changed = path.read_bytes().replace(b"\n", end)
    path.write_bytes(changed)
    with pytest.raises(JournalError):
        Journal.open(path, HEADER)
    assert path.read_bytes() == changed


def test_a_journal_that_is_taken_away_while_it_is_opened_is_begun_anew_where_others_see_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []

    def slow(stream: io.FileIO, where: Path) -> None:
        if not taken:
            taken.append(where)
            clear(where)  # another run's --fresh, between our opening of the file and our lock
        lock(stream, where)

    monkeypatch.setattr(journal_file, "lock", slow)
    journal = Journal.open(path, HEADER)
    journal.close()
    assert taken
    assert records(path)[0]["t"] == "run"
