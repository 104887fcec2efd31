"""The journal: every reply and every observation, appended as it arrives. Cache, checkpoint, audit trail in one file.

One JSON object a line. ``run`` (the header, first line), ``reply`` (keyed by place, sample and a digest of model,
parameters and prompt), ``cell`` (keyed by the job's digest and the input), ``fact`` (anything else that was executed,
by name and digest). A torn last line, as a killed process leaves it, is cut off; anything else that is unreadable, or
is not as it was written (``seal``), is refused.
"""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from cosplay_action.errors import JournalError
from cosplay_action.method.codec import CodecError, Json, observation_from_json, observation_to_json
from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job, digest
from cosplay_action.method.ports import Arrived, Ask, Model, Reply, ReplyStatus, Sandbox, Seen, Usage
from cosplay_action.models.journal_file import (
    VERSION,
    Record,
    append,
    checked_header,
    clear,
    open_locked,
    read_header,
    read_lines,
)
from cosplay_action.models.seal import line_of, seal_of
from cosplay_action.models.together import shifted

__all__ = ["VERSION", "Journal", "JournalModel", "JournalSandbox", "ReplayOnly", "ask_digest", "clear", "read_header"]

INTERRUPTED = "the run was interrupted"  # why the closing play of a run that was ended asked nothing


class Journal:
    """One run's journal, open for appending. Use ``Journal.open``; ``close`` releases the file."""

    def __init__(self, path: Path, stream: io.FileIO, header: Mapping[str, Json]) -> None:
        self.path = path
        self.header = dict(header)
        self._stream = stream
        self._seal: str | None = ""  # of the first line, which the other lines' seals hold; "" until it is written
        self._replies: dict[tuple[str, int, str], Reply] = {}
        self._cells: dict[tuple[str, str], Observation] = {}
        self._facts: dict[tuple[str, str], Json] = {}

    @classmethod
    def open(cls, path: Path, header: Mapping[str, Json]) -> Journal:
        """Open or begin the journal of the run that ``header`` describes ("run": what makes it this run).

        Raises JournalError when the file holds another run, another version, or cannot be read or written.
        """
        stream = open_locked(path)
        try:
            return cls._begin(path, stream, header)
        except JournalError:
            stream.close()  # gives the lock back
            raise

    @classmethod
    def _begin(cls, path: Path, stream: io.FileIO, header: Mapping[str, Json]) -> Journal:
        lines, seal = read_lines(stream, path)
        if not lines:
            journal = cls(path, stream, {"t": "run", "version": VERSION, **header})
            journal._seal = seal_of(journal._append(journal.header))
            return journal
        journal = cls(path, stream, checked_header(lines[0], header, path))
        journal._seal = seal
        journal._load(lines[1:])
        return journal

    def close(self) -> None:
        self._stream.close()

    def _load(self, records: Sequence[Record]) -> None:
        for number, record in enumerate(records, start=2):
            try:
                self._remember(record)
            except (LookupError, TypeError, ValueError, OverflowError, CodecError) as error:
                what = f"{self.path.name}, line {number}: this is no record of a run ({error})"
                raise JournalError(what, "Start anew with --fresh, or restore the file.") from error

    def _remember(self, record: Record) -> None:
        kind = record["t"]
        if kind == "reply":
            self._replies[str(record["at"]), cast("int", record["sample"]), str(record["ask"])] = _to_reply(record)
        elif kind == "cell":
            self._cells[str(record["job"]), str(record["input"])] = observation_from_json(record["seen"])
        elif kind == "fact":
            self._facts[str(record["name"]), str(record["key"])] = record["value"]
        else:
            raise ValueError(f"unknown kind {kind!r}")

    def _append(self, record: Mapping[str, Json]) -> bytes:
        line = line_of(record, self._seal)
        append(self._stream, self.path, line)
        return line

    def reply(self, place: str, sample: int, ask: str) -> Reply | None:
        return self._replies.get((place, sample, ask))

    def add_reply(self, place: str, sample: int, ask: str, reply: Reply) -> None:
        self._replies[place, sample, ask] = reply
        usage: list[Json] = [reply.usage.input, reply.usage.output, reply.usage.cached, reply.usage.estimated]
        record: Record = {"t": "reply", "at": place, "sample": sample, "ask": ask, "status": reply.status}
        record |= {"text": reply.text, "detail": reply.detail, "usage": usage, "seconds": round(reply.seconds, 6)}
        self._append(record)

    def cell(self, job: str, text: str) -> Observation | None:
        return self._cells.get((job, text))

    def add_cell(self, job: str, text: str, seen: Observation) -> None:
        self._cells[job, text] = seen
        self._append({"t": "cell", "job": job, "input": text, "seen": observation_to_json(seen)})

    async def fact(
        self, name: str, key: str, compute: Callable[[], Awaitable[Json]],
        still: Callable[[Json], Awaitable[bool]] | None = None,
    ) -> Json:  # fmt: skip
        """What ``compute`` gave when this fact was first wanted; computed again only if what is known holds no more.

        ``still`` says whether it does (None: always). What has not changed is not recorded again.
        """
        known = self._facts.get((name, key))
        if known is None or (still is not None and not await still(known)):
            found = await compute()
            if found != known:
                self.record_fact(name, key, found)
        return self._facts[name, key]

    def record_fact(self, name: str, key: str, value: Json) -> None:
        """Append a fact whether or not one is known; the last one stands. (``facts`` gives back all of a name.)

        For what a run learns a session at a time, such as the seconds it took: one key a session, summed by who asks.
        """
        self._facts[name, key] = value
        self._append({"t": "fact", "name": name, "key": key, "value": value})

    def facts(self, name: str) -> dict[str, Json]:
        """Every recorded fact of this name, by key, in the order first recorded."""
        return {key: value for (known, key), value in self._facts.items() if known == name}

    def known_fact(self, name: str, key: str) -> Json:
        """A recorded fact; None when there is none."""
        return self._facts.get((name, key))

    def paid(self) -> list[Reply]:
        """Every reply that was paid for, for budgets that go on after a resume."""
        return [reply for reply in self._replies.values() if reply.status != "unaffordable"]


def _to_reply(record: Record) -> Reply:
    entered, written, cached, estimated = cast("list[int]", record["usage"])
    if not all(type(one) is int and 0 <= one < 2**63 for one in (entered, written, cached)):
        raise ValueError("tokens are counted")
    if record["status"] not in get_args(ReplyStatus):
        raise ValueError(f"unknown status {record['status']!r}")
    return Reply(
        status=cast("ReplyStatus", record["status"]),
        text=str(record["text"]),
        detail=str(record["detail"]),
        usage=Usage(input=entered, output=written, cached=cached, estimated=bool(estimated)),
        seconds=float(cast("float", record["seconds"])),
        replayed=True,
    )


def ask_digest(ask: Ask, model: str) -> str:
    """Model, parameters and prompt of one question (not its place, not how many samples): 16 hex characters."""
    shape = f"{ask.reply_tokens}/{ask.temperature}/{ask.top_p}/{ask.seed}"
    return digest(model, shape, ask.system, ask.prompt)[:16]


class JournalModel:
    """A model that remembers: recorded samples are given back, only missing ones are asked and recorded.

    What the budget could not pay for is missing: a resumed run may have a larger one. Only a ``strict`` replay, where
    nothing can be asked, takes "unaffordable" from the journal like any other reply.
    """

    def __init__(self, inner: Model, journal: Journal, model: str, *, strict: bool = False) -> None:
        self._inner = inner
        self._journal = journal
        self._model = model
        self._strict = strict

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        place, key = str(ask.place), ask_digest(ask, self._model)
        replies = {k: self._journal.reply(place, k, key) for k in range(ask.samples)}

        def settled(k: int) -> None:
            reply = replies[k]
            if arrived and reply:
                arrived(k, reply)

        def heard(k: int, reply: Reply) -> None:
            known = replies[k]
            if (
                known is None or reply.status != "unaffordable" or known.detail == INTERRUPTED
            ):  # else that refusal stands
                self._journal.add_reply(place, k, key, reply)
                replies[k] = reply
            settled(k)

        missing = [k for k, reply in replies.items() if not self._final(reply)]
        for k in replies.keys() - set(missing):
            settled(k)
        for stretch in _stretches(missing):
            rest = replace(ask, samples=len(stretch), seed=ask.seed + stretch[0])
            await self._inner.complete(rest, shifted(heard, stretch[0]))
        return [reply for reply in replies.values() if reply is not None]

    def _final(self, reply: Reply | None) -> bool:
        return reply is not None and (self._strict or reply.status != "unaffordable")


def _stretches(numbers: Iterable[int]) -> list[list[int]]:
    """Ascending numbers, cut where one is left out: the samples of one call have consecutive seeds."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][-1] == number - 1:
            found[-1].append(number)
        else:
            found.append([number])
    return found


class JournalSandbox:
    """A sandbox that remembers: a cell that was seen is not executed again."""

    def __init__(self, inner: Sandbox, journal: Journal) -> None:
        self._inner = inner
        self._journal = journal

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        known = [self._journal.cell(job.key, text) for text in job.inputs]
        missing = [index for index, seen in enumerate(known) if seen is None]

        def ended(position: int, seen: Observation) -> None:
            self._journal.add_cell(job.key, job.inputs[missing[position]], seen)
            settled(missing[position], seen)

        def settled(index: int, seen: Observation) -> None:
            known[index] = seen
            if arrived:
                arrived(index, seen)

        for index, seen in enumerate(known):
            if seen is not None:
                settled(index, seen)
        if missing:
            await self._inner.run(replace(job, inputs=tuple(job.inputs[n] for n in missing)), ended)
        return [seen for seen in known if seen is not None]


class ReplayOnly:
    """The model and sandbox of a strict replay: whatever the journal lacks is an error, nothing is asked or run."""

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:  # noqa: ARG002 - never
        raise JournalError(
            f"the journal has no reply for {ask.place}: the target, the settings or this tool differ from the recorded "
            "run",
            "Replay it on the sources it was recorded on, or run without --replay.",
        )

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:  # noqa: ARG002 - never
        raise JournalError(
            f"the journal has no cell for the input {job.inputs[0]!r}: the run differs from the recorded one",
            "Replay it on the sources it was recorded on, or run without --replay.",
        )
