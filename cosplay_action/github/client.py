"""Requests to GitHub's API through PyGithub, and what becomes of them. The only module that imports it.

Reads are repeated where the service failed. A write is repeated only where it was certainly not done (a rate limit);
one whose answer was lost raises Ambiguous, and whoever asked for it looks whether it was done. Waiting is bounded by
``PATIENCE``. Sources: GitHub's REST documentation on rate limits and on best practices.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from github import Auth, Github, GithubException

from cosplay_action.errors import NotPermitted, Refused, ServiceError, Unauthorised

T = TypeVar("T")
Json = Any  # what GitHub answers: read by key, where it is used
TRIES = 4  # of one request
PATIENCE = 60.0  # seconds that one request may wait in all
PAGE = 100
MOST_PAGES = 50
_FAILED = frozenset({500, 502, 503, 504})


class Ambiguous(ServiceError):
    """A write was sent and its answer was lost: it may have been done."""


@dataclass(frozen=True, slots=True)
class Client:
    """One token at one API. ``pace`` is the seconds between two writes (GitHub asks for 1), ``wait`` how to wait."""

    api_url: str
    token: str = field(repr=False)
    pace: float = 1.0
    wait: Callable[[float], None] = time.sleep
    _opened: list[Github] = field(default_factory=list, repr=False, compare=False)

    @property
    def _github(self) -> Github:
        if not self._opened:
            logging.getLogger("github").handlers.clear()  # PyGithub's own, which would print to stderr
            self._opened.append(
                Github(
                    auth=Auth.Token(self.token) if self.token else None, base_url=self.api_url, retry=None, timeout=30,
                    seconds_between_requests=0, seconds_between_writes=self.pace, user_agent="cosplay-action",
                )
            )  # fmt: skip
        return self._opened[0]

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()

    def get(self, what: str, path: str, **parameters: str | int) -> Json:
        """Read one thing. ``what`` names it in messages. Raises ServiceError."""
        return self._deed(what, lambda: self._json("GET", path, parameters or None, None), read=True)

    def pages(self, what: str, path: str, **parameters: str | int) -> Iterator[Json]:
        """Read a list, page by page, at most MOST_PAGES of them."""
        for number in range(1, MOST_PAGES + 1):
            found = self.get(what, path, **parameters, per_page=PAGE, page=number)
            yield from found
            if len(found) < PAGE:
                return

    def send(
        self, what: str, verb: str, path: str, body: Mapping[str, Json] | None = None, *, again: bool = False
    ) -> Json:
        """Write; ``again``: twice does no harm. Raises Ambiguous where the answer was lost, or another ServiceError."""
        return self._deed(what, lambda: self._json(verb, path, None, body), read=again)

    def query(self, what: str, text: str, *, read: bool = True, **variables: str | int) -> Json:
        """Ask GraphQL, or change something with it (``read`` false)."""
        return self._deed(what, lambda: self._github.requester.graphql_query(text, dict(variables))[1]["data"], read)

    def _json(self, verb: str, path: str, parameters: Mapping[str, Json] | None, body: Json) -> Json:
        asked = dict(parameters) if parameters else None
        return self._github.requester.requestJsonAndCheck(verb, path, asked, input=body)[1]

    def _deed(self, what: str, deed: Callable[[], T], read: bool) -> T:
        waited = 0.0
        for attempt in range(1, TRIES + 1):
            try:
                return deed()
            except GithubException as error:
                pause = _pause(error, attempt, read=read)
                if pause is None or attempt == TRIES or waited + pause > PATIENCE:
                    raise _told(what, error, read=read) from error
            except requests.RequestException as error:
                pause = 2.0**attempt
                if not read or attempt == TRIES or waited + pause > PATIENCE:
                    raise _lost(what, read=read, why=type(error).__name__) from error
            self.wait(pause)
            waited += pause
        raise AssertionError


def _pause(error: GithubException, attempt: int, *, read: bool) -> float | None:
    """Seconds to wait before the same request is sent again; None: never."""
    if _limited(error):
        return _asked_to_wait(error) or 2.0**attempt
    return 2.0**attempt if read and error.status in _FAILED else None


def _limited(error: GithubException) -> bool:
    """A rate limit, primary or secondary: what was asked for was not done."""
    headers = _headers(error)
    spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return error.status == 429 or (error.status == 403 and (spent or "rate limit" in _message(error).lower()))


def _asked_to_wait(error: GithubException) -> float:
    headers = _headers(error)
    with suppress(KeyError, ValueError):
        return float(headers["retry-after"])
    with suppress(KeyError, ValueError):
        if headers.get("x-ratelimit-remaining") == "0":
            return max(1.0, float(headers["x-ratelimit-reset"]) - time.time())
    return 0.0


def _headers(error: GithubException) -> dict[str, str]:
    return {name.lower(): value for name, value in (error.headers or {}).items()}


def _message(error: GithubException) -> str:
    """GitHub's own words, with those on single fields."""
    data = error.data if isinstance(error.data, dict) else {}
    more = [one.get("message") or one.get("code") or "" for one in data.get("errors") or () if isinstance(one, dict)]
    words = [str(data.get("message") or error.message or "no message"), *map(str, filter(None, more))]
    return "; ".join(words)[:500]


def _lost(what: str, *, read: bool, why: str) -> ServiceError:
    if read:
        return ServiceError(f"GitHub did not answer when asked for {what} ({why}).", "Run again later.")
    return Ambiguous(f"GitHub's answer to {what} was lost ({why}).", "Run again: nothing is done twice.")


def _told(what: str, error: GithubException, *, read: bool) -> ServiceError:
    said = f"GitHub refused {what}: {_message(error)} (HTTP {error.status})"
    if _limited(error):
        return ServiceError(f"{said}.", "The limit is GitHub's: run again when it is over.")
    if error.status in _FAILED:
        return _lost(what, read=read, why=f"HTTP {error.status}")
    if error.status == 401:
        return Unauthorised(f"{said}.", "Check the token given as github-token.")
    if error.status == 403:
        return NotPermitted(f"{said}.", "Give the job the permission (see docs/action.md), or another token.")
    return Refused(f"{said}.", status=error.status)
