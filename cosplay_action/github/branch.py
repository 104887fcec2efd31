"""A change on a branch and its pull request, once: a second run finds what the first one left and goes on from there.

No branch is ever forced, and none that holds a commit of somebody else is moved. What cannot be done is told as
Blocked, with what to do; the patch is never lost by it, because it is an artefact of the run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cosplay_action.errors import NotPermitted, Refused, ServiceError
from cosplay_action.github.client import Ambiguous
from cosplay_action.github.hub import Hub
from cosplay_action.github.records import HOLDS, Beyond, CommitRecord, Entry, Pull

Operation = Literal["created", "updated", "unchanged", "none"]
MARK = "<!-- cosplay-action: {} -->"  # at the end of a body of ours: what it is about
TRAILER = "Cosplay-Action"  # in the message of a commit of ours: what it is about, and its tree
_SIGNERS = frozenset({"web-flow", ""})  # who GitHub says committed what it signed; a server may know no such account
REGULAR = frozenset({"100644", "100755"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """One file before (None: it must not be there) and after."""

    old: bytes | None = field(repr=False)
    new: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What to lay on ``branch`` and to propose for ``base``. ``about`` names it in a marker: letters, digits, ``-``."""

    about: str
    branch: str
    base: str
    edits: Mapping[str, FileEdit]
    message: str
    title: str
    body: str = field(repr=False)
    draft: bool
    label: str = ""
    holds: tuple[str, ...] = ()  # digests of the targets, for the marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What there is now: the branch's head and the pull request. ``notes`` are for people."""

    pull: Pull
    head: str
    operation: Operation
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Why there is no pull request of this run, in a sentence, and the cure.

    ``permitted`` is false where a permission or a setting is missing; ``head`` is the commit that reached the branch.
    """

    reason: str
    cure: str
    permitted: bool = True
    head: str = ""


def propose(hub: Hub, wanted: Proposal) -> Proposed | Blocked:
    """Lay the change on its branch and open or update its pull request. Raises ServiceError where GitHub fails."""
    pulls, tip = hub.pulls(wanted.branch), hub.tip(wanted.branch)
    there = _open_one(pulls, wanted.base)
    if there is None and tip is not None and pulls and pulls[0].state == "closed":
        cure = f"Reopen it and ask again, or delete the branch {wanted.branch} to have a new one."
        return Blocked(reason=f"#{pulls[0].number}, which proposed this, was closed without being merged", cure=cure)
    if there is not None and there.base != wanted.base:
        return _elsewhere(wanted, there)
    if there is not None and (lost := set(there.holds) - set(wanted.holds)) and wanted.holds:
        return _fewer(there, len(lost))
    laid = _lay(hub, wanted, tip)
    if isinstance(laid, Blocked):
        return laid
    if there is None:
        return _open(hub, wanted, laid)
    return _update(hub, wanted, there, laid, moved=laid != tip)


def _open_one(pulls: Sequence[Pull], base: str) -> Pull | None:
    """The open one for that base, else any that is open: a branch can be proposed for several."""
    found = [one for one in pulls if one.state == "open"]
    return next((one for one in found if one.base == base), found[0] if found else None)


def _elsewhere(wanted: Proposal, there: Pull) -> Blocked:
    """What ``there`` is for must not get the commits of another branch."""
    reason = f"#{there.number} proposes this for {there.base}, and this run builds on {wanted.base}"
    cure = f"Merge or close #{there.number} and delete the branch {wanted.branch}, or set another branch-prefix."
    return Blocked(reason=reason, cure=cure)


def _fewer(there: Pull, lost: int) -> Blocked:
    """What somebody may have reviewed does not leave a pull request because a later run came to less."""
    reason = f"#{there.number} also proposes {lost} of the targets that this run has nothing for"
    cure = f"Merge or close #{there.number}, or ask again: a run that has all of them updates it."
    return Blocked(reason=reason, cure=cure)


def _lay(hub: Hub, wanted: Proposal, tip: str | None) -> str | Blocked:
    """The commit at the branch's head that holds the change: a new one, or the one that is there already."""
    base = hub.base(wanted.base)
    if base is None:
        return Blocked(reason=f"there is no branch {wanted.base} to build on", cure="Name one with the input base.")
    modes: dict[str, str] = {}
    for path, edit in wanted.edits.items():
        entry = hub.entry(base, path)
        if changed := _changed(path, edit, entry, wanted.base):
            return changed
        modes[path] = entry.mode if entry else "100644"
    if tip is not None and (foreign := _foreign(hub, wanted, base, tip)):
        return foreign
    return _written(hub, wanted, base, tip, modes)


def _changed(path: str, edit: FileEdit, entry: Entry | None, base: str) -> Blocked | None:
    """Why a file on the base branch is not what the run saw."""
    cure = "Ask again: a new run starts from what is there now."
    if entry is not None and (entry.kind != "blob" or entry.mode not in REGULAR):
        return Blocked(reason=f"{path} is no regular file on {base}", cure="Links and submodules are not changed.")
    if (entry.sha if entry else None) == (None if edit.old is None else blob_sha(edit.old)):
        return None
    if edit.old is None:
        return Blocked(reason=f"{path} is there on {base} now, and was not when the run began", cure=cure)
    gone = "is gone from" if entry is None else "has changed on"
    return Blocked(reason=f"{path} {gone} {base} since the run began", cure=cure)


def blob_sha(data: bytes) -> str:
    """The SHA-1 by which git names a file's bytes."""
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()


def _foreign(hub: Hub, wanted: Proposal, base: str, tip: str) -> Blocked | None:
    """Why a branch is left alone: a commit that we did not write is on it."""
    beyond = hub.beyond(base, tip)
    others = [one for one in beyond.commits if not _is_ours(hub, wanted, one)]
    if not others and beyond.count <= len(beyond.commits):
        return None
    who = _whose(hub, others[0]) if others else "more commits than can be looked at"
    held = f"a commit of {who} ({others[0].sha[:7]})" if others else who
    cure = f"Merge or close it; or rename or delete {wanted.branch}, and ask again."
    return Blocked(reason=f"the branch {wanted.branch} holds {held}, which a new run would build over", cure=cure)


def _trailer(wanted: Proposal, tree: str) -> str:
    return f"{TRAILER}: {wanted.about} {tree}"


def _is_ours(hub: Hub, wanted: Proposal, one: CommitRecord) -> bool:
    """Whether it is as we wrote it. Other workflows write as the same account, and who amends keeps the author.

    The trailer names the tree, so that no change passes, also of whoever the token belongs to.
    """
    carried = _trailer(wanted, one.tree) in one.message.splitlines()
    return carried and hub.is_own(one.author) and (one.committer in _SIGNERS or hub.is_own(one.committer))


def _whose(hub: Hub, one: CommitRecord) -> str:
    if hub.is_own(one.author) and one.committer not in _SIGNERS:
        return one.committer
    return one.author or "somebody"


def _written(hub: Hub, wanted: Proposal, base: str, tip: str | None, modes: Mapping[str, str]) -> str | Blocked:
    if tip is not None and _is_there(hub.beyond(base, tip), wanted):
        return tip
    files = {path: (modes[path], edit.new) for path, edit in wanted.edits.items()}
    tree = hub.write_tree(hub.commit(base).tree, files)
    if tip is not None and hub.commit(tip).tree == tree:
        return tip
    parents = [base] if tip is None else [tip, base] if hub.beyond(base, tip).behind else [tip]
    made = hub.write_commit(parents, tree, f"{wanted.message.rstrip()}\n\n{_trailer(wanted, tree)}")
    set_it = hub.make_branch if tip is None else hub.move_branch
    try:
        set_it(wanted.branch, made)
    except (Ambiguous, Refused, NotPermitted) as error:
        if hub.tip(wanted.branch) == made:
            return made
        if not isinstance(error, Ambiguous):
            return _unlaid(wanted, error)
        set_it(wanted.branch, made)
    return made


def _is_there(beyond: Beyond, wanted: Proposal) -> bool:
    """Whether the branch holds these changes and no other: then nothing has to be written to know it."""
    changed = {path: blob_sha(edit.new) for path, edit in wanted.edits.items() if edit.new != edit.old}
    return not beyond.behind and dict(beyond.files) == changed


def _unlaid(wanted: Proposal, error: Refused | NotPermitted) -> Blocked:
    if isinstance(error, Refused) and "fast forward" in error.what.lower():
        return Blocked(reason=f"somebody pushed to {wanted.branch} meanwhile", cure="Ask again.")
    cure = "Give the job `contents: write`, and let no rule protect branches of this prefix (input branch-prefix)."
    return Blocked(reason=f"the branch {wanted.branch} could not be written: {error.what}", cure=cure, permitted=False)


def _marked(wanted: Proposal) -> str:
    held = f"\n{HOLDS.format(' '.join(wanted.holds))}" if wanted.holds else ""
    return f"{wanted.body.rstrip()}\n\n{MARK.format(wanted.about)}{held}\n"


def _open(hub: Hub, wanted: Proposal, head: str) -> Proposed | Blocked:
    body, notes = _marked(wanted), list[str]()
    try:
        pull = hub.open_pull(wanted.branch, wanted.base, wanted.title, body, draft=wanted.draft)
    except NotPermitted as error:
        return _unopened(wanted, head, error)
    except (Ambiguous, Refused) as error:
        found = _open_one(hub.pulls(wanted.branch, wanted.base), wanted.base)
        if found is None and wanted.draft and isinstance(error, Refused) and "draft" in error.what.lower():
            notes.append("this repository has no drafts: the pull request is none, and its confidence is low")
            found = hub.open_pull(wanted.branch, wanted.base, wanted.title, body, draft=False)
        if found is None and isinstance(error, Ambiguous):
            found = hub.open_pull(wanted.branch, wanted.base, wanted.title, body, draft=wanted.draft)
        if found is None:
            raise
        if isinstance(error, Refused) and not notes:  # somebody opened it meanwhile
            return _update(hub, wanted, found, head, moved=True)
        pull = found
    notes += _label(hub, wanted, pull)
    return Proposed(pull=pull, head=head, operation="created", notes=tuple(notes))


def _unopened(wanted: Proposal, head: str, error: NotPermitted) -> Blocked:
    cure = (
        "Allow it: Settings > Actions > General > Workflow permissions > 'Allow GitHub Actions to create and approve "
        "pull requests' (an organisation has the same setting), or give github-token an App's token. The branch is "
        f"there: `{wanted.branch}`."
    )
    return Blocked(reason=f"the pull request could not be opened: {error.what}", cure=cure, permitted=False, head=head)


def _update(hub: Hub, wanted: Proposal, pull: Pull, head: str, *, moved: bool) -> Proposed:
    """Its text is ours to change only where we wrote it; somebody's own pull request only gets the commit."""
    body, ours = _marked(wanted), hub.is_own(pull.author) and MARK.format(wanted.about) in pull.body
    if ours and pull.body.replace("\r\n", "\n").strip() != body.strip():
        hub.edit_pull(pull.number, wanted.title, body)
    notes = _draft(hub, pull) if moved and ours and wanted.draft and not pull.draft else []
    notes += _label(hub, wanted, pull)
    operation: Operation = "updated" if moved else "unchanged"  # of the commit: each run has words of its own
    return Proposed(pull=pull, head=head, operation=operation, notes=tuple(notes))


def _draft(hub: Hub, pull: Pull) -> list[str]:
    """Make it a draft; GitHub does not let every token do that, and not in every repository."""
    try:
        hub.make_draft(pull)
    except ServiceError as error:
        return [f"it could not be made a draft, and its confidence is low: {error.what}"]
    return []


def _label(hub: Hub, wanted: Proposal, pull: Pull) -> list[str]:
    """Labels help to find it; one that could not be set is no reason to fail."""
    try:
        if wanted.label and wanted.label.casefold() not in map(str.casefold, pull.labels):
            hub.label(pull.number, wanted.label)
    except ServiceError as error:
        return [f"the label {wanted.label!r} was not set: {error.what}"]
    return []
