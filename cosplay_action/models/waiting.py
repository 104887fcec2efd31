"""How long a question is pursued: the pauses between its requests, and when it is given up."""

from __future__ import annotations

from cosplay_action.models.faults import Fault

LONGEST_BACKOFF = 8.0  # seconds
LONGEST_LIMITED = 300.0  # seconds a question waits for rate limits in all: most providers count by the minute


class Waiting:
    """The pauses of one question. Rate limits are waited for by time, other failures get ``retries`` more requests."""

    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._failed = self._limited = 0
        self._waited = 0.0

    def pause(self, fault: Fault) -> float | None:
        """Seconds to wait after this failure; None when no further request is to be made."""
        if fault.kind != "retry":
            return None
        return self._for_limit(fault.wait) if fault.status == 429 else self._for_failure(fault.wait)

    def _for_failure(self, wish: float | None) -> float | None:
        self._failed += 1
        if self._failed > self._retries:
            return None
        return backoff(self._failed) if wish is None else wish

    def _for_limit(self, wish: float | None) -> float | None:
        """At least as long as the server wishes; longer and longer, should its wish not have been enough."""
        self._limited += 1
        seconds = max(backoff(self._limited), wish or 0.0)
        self._waited += seconds
        return seconds if self._waited <= LONGEST_LIMITED else None


def backoff(tries: int) -> float:
    """Seconds before try ``tries`` + 1: 0.5, 1, 2, 4, 8, 8, ... Without jitter: a run is one client, and repeatable."""
    return float(min(0.5 * 2 ** min(tries - 1, 10), LONGEST_BACKOFF))
