"""One comment on the issue that shows how far its run is; edited as it goes on, found again by its mark and author."""

from __future__ import annotations

from dataclasses import dataclass, field

from cosplay_action.errors import NotPermitted, Refused
from cosplay_action.github.client import Ambiguous
from cosplay_action.github.hub import Hub
from cosplay_action.github.records import Comment

MARK = "<!-- cosplay-action: progress -->"
LONGEST = 60_000  # characters: GitHub takes 65,536


@dataclass(slots=True)
class Progress:
    """The comment of one issue. ``number`` None: there is no issue, and nothing is said anywhere."""

    hub: Hub
    number: int | None
    _comment: Comment | None = field(default=None, repr=False)

    def show(self, text: str) -> str:
        """Write or edit the comment; returns its address. Raises ServiceError.

        A comment that somebody deleted meanwhile is written anew; one that may have been written is looked for first.
        """
        if self.number is None:
            return ""
        body = f"{text.rstrip()[:LONGEST]}\n\n{MARK}\n"
        found = self._comment or self._found()
        if found is not None and (edited := self._edited(found, body)):
            self._comment = edited
            return edited.url
        try:
            self._comment = self.hub.comment(self.number, body)
        except Ambiguous:
            self._comment = self._found()
            if self._comment is None:
                self._comment = self.hub.comment(self.number, body)
        return self._comment.url

    def said(self) -> str:
        """What the comment says now, without its mark; empty where there is none. Raises ServiceError."""
        if self.number is None:
            return ""
        self._comment = self._comment or self._found()
        return self._comment.body.replace(MARK, "").strip() if self._comment else ""

    def _edited(self, found: Comment, body: str) -> Comment | None:
        if found.body.replace("\r\n", "\n").strip() == body.strip():
            return found
        try:
            return self.hub.edit_comment(found.id, body)
        except Refused as refused:
            if refused.status in {404, 410}:
                return None
            raise

    def _found(self) -> Comment | None:
        """Ours of an earlier run or job. A stranger who copies the mark is another author."""
        assert self.number is not None
        ours = [one for one in self.hub.comments(self.number) if self.hub.is_own(one.author) and MARK in one.body]
        return ours[-1] if ours else None


def quiet(progress: Progress, text: str) -> str:
    """Show it if that is allowed; a token that may not comment is told in a sentence, which is returned."""
    try:
        progress.show(text)
    except (NotPermitted, Refused) as error:
        return f"the issue was not told: {error.what}"
    return ""
