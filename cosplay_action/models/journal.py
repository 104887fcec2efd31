"""The journal: every reply and every observation, appended as it arrives. Cache, checkpoint, audit trail in one file.

One JSON object a line. ``run`` (the header, first line), ``reply`` (keyed by place, sample and a digest of model,
parameters and prompt), ``cell`` (keyed by the job's digest and the input), ``fact`` (anything else that was executed,
by name and digest). A torn last line, as a killed process leaves it, is cut off; anything else unreadable is refused.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from cosplay_action.errors import JournalError
from cosplay_action.method.codec import CodecError, Json, observation_from_json, observation_to_json
from cosplay_action.method.domain import Job, Observation, digest
from cosplay_action.method.ports import Ask, Model, Reply, ReplyStatus, Sandbox, Usage

VERSION = 1
Record = dict[str, Json]


class Journal:
    """One run's journal, open for appending. Use ``Journal.open``; ``close`` releases the file."""

    def __init__(self, path: Path, stream: io.FileIO, header: Mapping[str, Json]) -> None:
        self.path = path
        self.header = dict(header)
        self._stream = stream
        self._replies: dict[tuple[str, int, str], Reply] = {}
        self._cells: dict[tuple[str, str], Observation] = {}
        self._facts: dict[tuple[str, str], Json] = {}

    @classmethod
    def open(cls, path: Path, header: Mapping[str, Json]) -> Journal:
        """Open or begin the journal of the run that ``header`` describes ("run": what makes it this run).

        Raises JournalError when the file holds another run, another version, or cannot be read.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("ab+", buffering=0)
        _lock(stream, path)
        lines = _read_lines(stream, path)
        if not lines:
            journal = cls(path, stream, {"t": "run", "version": VERSION, **header})
            journal._append(journal.header)
            return journal
        journal = cls(path, stream, _checked_header(lines[0], header, path))
        journal._load(lines[1:])
        return journal

    def close(self) -> None:
        self._stream.close()

    def _load(self, records: Sequence[Record]) -> None:
        for number, record in enumerate(records, start=2):
            try:
                self._remember(record)
            except (KeyError, TypeError, ValueError, CodecError) as error:
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

    def _append(self, record: Mapping[str, Json]) -> None:
        self._stream.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")

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

    async def fact(self, name: str, key: str, compute: Callable[[], Awaitable[Json]]) -> Json:
        """What ``compute`` gave when this fact was first wanted; it is not computed again."""
        if (name, key) not in self._facts:
            value = await compute()
            self._facts[name, key] = value
            self._append({"t": "fact", "name": name, "key": key, "value": value})
        return self._facts[name, key]

    def paid(self) -> list[Reply]:
        """Every reply that was paid for, for budgets that go on after a resume."""
        return [reply for reply in self._replies.values() if reply.status != "unaffordable"]


def _lock(stream: io.FileIO, path: Path) -> None:
    """Two runs on one journal would pay twice and interleave: the second is told so. (No lock on Windows.)"""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        stream.close()
        raise JournalError(
            f"another run is writing {path.name} in this directory", "Wait for it to end, or choose another --out."
        ) from error


def _read_lines(stream: io.FileIO, path: Path) -> list[Record]:
    """All whole lines; what stands behind the last line feed was torn by a kill and is cut off."""
    stream.seek(0)
    data = stream.readall() or b""
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.ftruncate(stream.fileno(), whole)
    records = []
    for number, line in enumerate(data[:whole].splitlines(), start=1):
        try:
            record = json.loads(line)
        except ValueError as error:
            what = f"{path.name}, line {number}: not JSON ({error}); the journal is damaged"
            raise JournalError(what, "Start anew with --fresh, or restore the file.") from error
        if not isinstance(record, dict):
            raise JournalError(f"{path.name}, line {number}: not a record", "Start anew with --fresh.")
        records.append(record)
    return records


def _checked_header(found: Record, wanted: Mapping[str, Json], path: Path) -> Record:
    if found.get("t") != "run" or found.get("version") != VERSION:
        what = f"{path.name} is of version {found.get('version')!r}, this tool reads version {VERSION}"
        raise JournalError(what, "Start anew with --fresh, or use the release that wrote it.")
    if found.get("run") != wanted.get("run"):
        names = _differing(found.get("run"), wanted.get("run"))
        what = f"this directory holds another run ({names} differ)"
        raise JournalError(what, "Use another --out, or --fresh to start anew (the old run is lost).")
    return found


def _differing(found: Json, wanted: Json) -> str:
    if not isinstance(found, dict) or not isinstance(wanted, dict):
        return "headers"
    return ", ".join(sorted(k for k in {*found, *wanted} if found.get(k) != wanted.get(k)))


def read_header(path: Path) -> Record:
    """The first line of a journal, for replays that take their settings from it."""
    try:
        with path.open("rb") as stream:
            record = json.loads(stream.readline())
    except (OSError, ValueError) as error:
        raise JournalError(f"cannot read the journal {path.name}: {error}", "Name a journal.jsonl of a run.") from error
    if not isinstance(record, dict) or record.get("t") != "run" or record.get("version") != VERSION:
        raise JournalError(f"{path.name} is no journal of version {VERSION}", "Name a journal.jsonl of a run.")
    return cast("Record", record)


def _to_reply(record: Record) -> Reply:
    tokens = cast("list[int]", record["usage"])
    return Reply(
        status=cast("ReplyStatus", record["status"]),
        text=str(record["text"]),
        detail=str(record["detail"]),
        usage=Usage(input=tokens[0], output=tokens[1], cached=tokens[2], estimated=bool(tokens[3])),
        seconds=float(cast("float", record["seconds"])),
        replayed=True,
    )


def ask_digest(ask: Ask, model: str) -> str:
    """Model, parameters and prompt of one question (not its place, not how many samples): 16 hex characters."""
    shape = f"{ask.reply_tokens}/{ask.temperature}/{ask.top_p}/{ask.seed}"
    return digest(model, shape, ask.system, ask.prompt)[:16]


class JournalModel:
    """A model that remembers: recorded samples are given back, only missing ones are asked and recorded."""

    def __init__(self, inner: Model, journal: Journal, model: str) -> None:
        self._inner = inner
        self._journal = journal
        self._model = model

    async def complete(self, ask: Ask) -> Sequence[Reply]:
        place, key = str(ask.place), ask_digest(ask, self._model)
        replies = {k: self._journal.reply(place, k, key) for k in range(ask.samples)}
        missing = [k for k, reply in replies.items() if reply is None]
        if missing:
            rest = replace(ask, samples=len(missing), seed=ask.seed + missing[0])
            for k, reply in zip(missing, await self._inner.complete(rest), strict=True):
                self._journal.add_reply(place, k, key, reply)
                replies[k] = reply
        return [reply for reply in replies.values() if reply is not None]


class JournalSandbox:
    """A sandbox that remembers: a cell that was seen is not executed again."""

    def __init__(self, inner: Sandbox, journal: Journal) -> None:
        self._inner = inner
        self._journal = journal

    async def run(self, job: Job) -> Sequence[Observation]:
        known = {text: self._journal.cell(job.key, text) for text in job.inputs}
        missing = tuple(text for text, seen in known.items() if seen is None)
        if missing:
            for text, new in zip(missing, await self._inner.run(replace(job, inputs=missing)), strict=True):
                self._journal.add_cell(job.key, text, new)
                known[text] = new
        return [seen for text in job.inputs if (seen := known[text]) is not None]


class ReplayOnly:
    """The model and sandbox of a strict replay: whatever the journal lacks is an error, nothing is asked or run."""

    async def complete(self, ask: Ask) -> Sequence[Reply]:
        raise JournalError(
            f"the journal has no reply for {ask.place}: the target, the settings or this tool differ from the recorded "
            "run",
            "Replay it on the sources it was recorded on, or run without --replay.",
        )

    async def run(self, job: Job) -> Sequence[Observation]:
        raise JournalError(
            f"the journal has no cell for the input {job.inputs[0]!r}: the run differs from the recorded one",
            "Replay it on the sources it was recorded on, or run without --replay.",
        )
