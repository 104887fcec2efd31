"""What answers may have cost that were lost, or could not be read: the next reply to the question bears it.

Where none comes, because an error or an interrupt ends the run, the model keeps the sum until somebody takes it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, runtime_checkable

from cosplay_action.method.ports import Reply, Usage
from cosplay_action.models.wire import added


@runtime_checkable
class Losing(Protocol):
    """A model that knows what was asked in vain."""

    def take_lost(self) -> Usage:
        """What lost answers may have cost that no reply bears, since this was asked last."""
        ...


class Vain:
    """The lost answers of one question, or of all."""

    def __init__(self) -> None:
        self.spent = Usage()

    def add(self, usage: Usage) -> None:
        self.spent = added(self.spent, usage)

    def take(self) -> Usage:
        """The sum, which is nothing then."""
        spent, self.spent = self.spent, Usage()
        return spent

    def borne_by(self, replies: list[Reply]) -> list[Reply]:
        """The replies, the first with the cost of what was asked in vain before them."""
        spent = self.take()
        if spent == Usage():
            return replies
        return [replace(replies[0], usage=added(replies[0].usage, spent)), *replies[1:]]
