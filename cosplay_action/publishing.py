"""Finished runs -> pull requests: which of them, on which branches, with which words; or why there is none.

What is asked for comes from the event; the run directory is the data of a stranger (see ``parcel``). Each spec ends in
one Result, whatever happens to the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from cosplay_action import words
from cosplay_action.errors import ServiceError
from cosplay_action.evidence.markdown import BODY_LIMIT, pr_body
from cosplay_action.evidence.neutralise import code
from cosplay_action.evidence.shape import Report
from cosplay_action.evidence.view import title
from cosplay_action.github.branch import Blocked, FileEdit, Proposal, Proposed, propose
from cosplay_action.github.event import Asked
from cosplay_action.github.hub import Hub
from cosplay_action.github.inputs import Inputs
from cosplay_action.github.standing import GROUPED
from cosplay_action.parcel import Edits, HostileRun, Parcel, edits
from cosplay_action.resplice import Conflict, as_merged, respliced


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one spec. ``report`` is None where there is no run of it, ``proposed`` where no pull request is.

    ``status`` is that of the Action's output; ``reason`` and ``cure`` are for people.
    """

    target: str
    status: str
    reason: str
    cure: str = ""
    report: Report | None = field(default=None, repr=False)
    proposed: Proposed | None = None
    branch: str = ""
    head: str = ""
    compare: str = ""  # where a person can open the pull request that we could not


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What publishing needs to know beside the runs: who asked for what, and the user's wishes."""

    hub: Hub
    asked: Asked
    inputs: Inputs
    targets: tuple[str, ...]  # what was asked for, as ``path::qualname`` or a program's path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A chosen run whose changes were judged."""

    parcel: Parcel
    edits: Edits


def publish(job: Job, found: Sequence[Parcel], spoilt: Sequence[HostileRun] = ()) -> list[Result]:
    """One result for each target, in their order, after those for runs that are ``spoilt`` or that nobody asked for.

    What cannot be published never keeps others from being.
    """
    runs: dict[str, list[Parcel]] = {}
    for each in found:
        runs.setdefault(each.target, []).append(each)
    refused = [Result(target="a run", status="failed", reason=one.what, cure=one.cure) for one in spoilt]
    refused += [_forged(one) for one in found if one.target not in job.targets]
    results, ready = list[Result](), list[_Ready]()
    held = _Held(job.hub, job.asked)
    for target in job.targets:
        one = _judged(runs.get(target, []), target, held)
        if isinstance(one, Result):
            results.append(one)
        else:
            ready.append(one)
    # by what was asked, not by what succeeded: another run of the same must find the same pull request
    # an issue has one branch, so that all that it names goes there together
    grouped = (job.inputs.group == "all" or job.asked.number is not None) and len(job.targets) > 1
    results += _together(job, ready) if grouped else _apart(job, ready)
    order = {target: at for at, target in enumerate(job.targets)}
    return [*refused, *sorted(results, key=lambda one: order[one.target])]


def unwanted(one: Parcel, why: str) -> Result:
    """The result of a run that nobody waits for any more, and why."""
    report, cure = one.report, "Reopen the issue and set the label again to have the pull request."
    if report["chosen"] is None:
        return _chose_nothing(one.target, report)
    return Result(target=one.target, status="skipped", reason=why, cure=cure, report=report)


def _chose_nothing(target: str, report: Report) -> Result:
    reason = f"{title(report)}: {report['reason']}"
    return Result(target=target, status=report["status"], reason=reason, report=report)


def _forged(one: Parcel) -> Result:
    reason = f"the run {one.name!r} is about {one.target!r}, which nobody asked for"
    return Result(target=one.target, status="failed", reason=reason, cure="It was not published.")


class _Held:
    """Files as they are in the commit that the event is about, else at the tip of the base branch."""

    def __init__(self, hub: Hub, asked: Asked) -> None:
        self._hub, self._asked = hub, asked
        self._at = ""
        self._known: dict[str, bytes | None] = {}

    def __call__(self, path: str) -> bytes | None:
        if path not in self._known:
            self._at = self._at or self._asked.sha or self._hub.base(self._asked.base) or self._asked.base
            entry = self._hub.entry(self._at, path)
            self._known[path] = self._hub.blob(entry.sha) if entry and entry.kind == "blob" else None
        return self._known[path]


def _judged(runs: Sequence[Parcel], target: str, held: Callable[[str], bytes | None]) -> _Ready | Result:
    if not runs:
        reason = "there is no run of it: the job that should have played it failed or was cancelled"
        return Result(target=target, status="failed", reason=reason, cure="Run that job again.")
    if len(runs) > 1:  # the job of another spec may have left one of them
        reason = f"{len(runs)} runs say that they are about it: {', '.join(one.name for one in runs)}"
        return Result(target=target, status="failed", reason=reason, cure="Hand over one run of each spec.")
    one, report = runs[0], runs[0].report
    if report["chosen"] is None:
        return _chose_nothing(target, report)
    try:
        return _Ready(parcel=one, edits=edits(one, target, held))
    except (HostileRun, ServiceError) as error:
        return Result(target=target, status="failed", reason=error.what, cure=error.cure)


def _apart(job: Job, ready: Iterable[_Ready]) -> list[Result]:
    return [
        _proposed(job, [one], one.edits.files, branch_of(job, one.parcel.target), one.parcel.target) for one in ready
    ]


def _together(job: Job, ready: Sequence[_Ready]) -> list[Result]:
    """One pull request for all whose changes fit together; those that do not are told, each by itself."""
    files: dict[str, tuple[bytes | None, bytes]] = {}
    fitting, results = list[_Ready](), list[Result]()
    for one in ready:
        merged = respliced(files, one.parcel, one.edits.files)
        if isinstance(merged, Conflict):
            reason = f"it does not fit with the others: {merged.why}"
            cure = "Publish it by itself (group: spec), or after the others are merged."
            results.append(
                Result(target=one.parcel.target, status="failed", reason=reason, cure=cure, report=one.parcel.report)
            )
        else:
            fitting.append(replace(one, edits=as_merged(one.edits, files, merged, one.parcel.target)))
            files = merged
    if not fitting:
        return results
    shared = _proposed(job, fitting, files, shared_branch(job), "\n".join(sorted(job.targets)))
    return results + [_for(shared, one) for one in fitting]


def _for(shared: Result, one: _Ready) -> Result:
    return replace(shared, target=one.parcel.target, report=one.parcel.report)


def short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def branch_of(job: Job, target: str) -> str:
    """An issue has one branch, whatever it names; a stub has one by its name."""
    number, prefix = job.asked.number, job.inputs.branch_prefix
    return f"{prefix}issue-{number}" if number is not None else f"{prefix}stub-{short(target)}"


def shared_branch(job: Job) -> str:
    """The branch of one pull request for all that was asked for."""
    if job.asked.number is not None:
        return branch_of(job, "")
    return f"{job.inputs.branch_prefix}{GROUPED}{short(chr(10).join(sorted(job.targets)))}"


def _proposed(
    job: Job, ready: Sequence[_Ready], files: Mapping[str, tuple[bytes | None, bytes]], branch: str, about: str
) -> Result:
    first, reports = ready[0].parcel, [one.parcel.report for one in ready]
    wanted = Proposal(
        about=f"issue-{job.asked.number}" if job.asked.number is not None else short(about), branch=branch,
        base=job.asked.base, edits={path: FileEdit(old=old, new=new) for path, (old, new) in files.items()},
        message=words.message(reports), title=words.title_of(reports), body=_body(job, ready), label=job.inputs.label,
        draft=is_draft(job.inputs.draft, ready), holds=tuple(sorted(short(one.parcel.target) for one in ready)),
    )  # fmt: skip
    try:
        done = propose(job.hub, wanted)
    except ServiceError as error:
        return Result(
            target=first.target, status="failed", reason=error.what, cure=error.cure, report=reports[0], branch=branch
        )
    if isinstance(done, Blocked):
        status = "skipped" if done.permitted else "not-permitted"
        return Result(
            target=first.target, status=status, reason=done.reason, cure=done.cure, report=reports[0], branch=branch,
            head=done.head, compare=_compare(job.asked, branch) if done.head else "",
        )  # fmt: skip
    status = reports[0]["status"] if len(reports) == 1 else "chosen"
    return Result(
        target=first.target, status=status, reason="; ".join((title(reports[0]), *done.notes)), report=reports[0],
        proposed=done, branch=branch, head=done.head,
    )  # fmt: skip


def _compare(asked: Asked, branch: str) -> str:
    home = asked.run_url.partition("/actions/")[0]
    return f"{home}/compare/{quote(asked.base)}...{quote(branch)}?expand=1" if home else ""


def is_draft(wish: str, ready: Sequence[_Ready]) -> bool:
    """What reaches for files, processes or the network is a draft whatever was wished; else as it was, or by need."""
    if any(one.edits.new.risky for one in ready):
        return True
    if wish != "auto":
        return wish == "always"
    sure = [one.parcel.report["confidence"] for one in ready]
    return any(one is None or one["level"] == "low" for one in sure)


def _body(job: Job, ready: Sequence[_Ready]) -> str:
    """The evidence, with what only publishing knows: risks first, the issue it closes and the run last."""
    head, foot = _warnings(ready), words.footer(job.asked)
    room = BODY_LIMIT - len(head) - len(foot) - 200
    blocks: list[str] = []
    for one in ready:
        text = pr_body(one.parcel.report)
        if len(text) > room:
            where = f"Target: {code(one.parcel.target)}. Its evidence is an artefact of the run."
            text = f"## {title(one.parcel.report)}\n\n{where}\n"
        blocks.append(text)
        room -= len(text)
    return "\n\n".join(part for part in (head, *blocks, foot) if part)


def _warnings(ready: Sequence[_Ready]) -> str:
    lines = []
    for one in ready:
        new, name = one.edits.new, code(one.parcel.target)
        if new.risky:
            lines.append(
                f"> **Look here first.** The new code of {name} {_listed(new.risky)}. Whatever the numbers below say, "
                "confidence is **low**, and this is a draft."
            )
        if new.imports:
            lines.append(f"> New in the file of {name}: it {_listed(new.imports)}.")
    return "\n>\n".join(lines)


def _listed(deeds: Sequence[str]) -> str:
    shown = [code(one, 80) for one in deeds[:12]]
    return ", ".join(shown) + (f" and {len(deeds) - 12} more" if len(deeds) > 12 else "")
