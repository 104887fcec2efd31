"""The error tree.

CosplayError                 what an operator must act on: what happened, and the cure
├── UsageError               2  wrong call, wrong configuration, a target that cannot be played
│   └── SpecError            2  the user's file or spec cannot be read as one
├── ServiceError             4  an outside service failed
│   ├── QuotaExhausted       4  paid quota used up: waiting does not help
│   ├── Unauthorised         4  wrong or missing key
│   ├── NotPermitted         4  the token, or a setting, does not allow it
│   └── Refused              4  the platform said no for another reason: not found, a conflict, not valid
├── SandboxError             5  no acceptable sandbox, or the sandbox itself failed
│   └── Shortage             5  this machine has run out of room, memory, files or processes
└── JournalError             2  the run directory holds another run, or a journal that cannot be read

What candidates and models do wrong is never an exception: it is a value (Observation.status, Reply.status, Unusable).
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar


class CosplayError(Exception):
    """An error for people: ``what`` happened (and why), and the ``cure``: what to do about it."""

    exit_code: ClassVar[int] = 3

    def __init__(self, what: str, cure: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.what}\n{self.cure}" if self.cure else self.what


class UsageError(CosplayError):
    exit_code = 2


class SpecError(UsageError):
    """A target that cannot be read: missing, no stub, syntax error, unreadable encoding."""


class ServiceError(CosplayError):
    exit_code = 4


class QuotaExhausted(ServiceError):
    """The account behind the key has no money or quota left; retrying does not help."""


class Unauthorised(ServiceError):
    """The endpoint refused the key."""


class NotPermitted(ServiceError):
    """The token, or a setting of the repository, does not allow a deed."""


class Refused(ServiceError):
    """The platform refused a deed for good; ``status`` is its HTTP status (404, 409, 410, 422)."""

    def __init__(self, what: str, cure: str = "", *, status: int) -> None:
        super().__init__(what, cure)
        self.status = status


class SandboxError(CosplayError):
    exit_code = 5


class Shortage(SandboxError):
    """This machine has run out of something. Nobody's code is at fault, so nothing may be concluded from it."""


class JournalError(UsageError):
    """The journal belongs to another run, to another version, or is damaged beyond its last line."""


_LIMITS = {
    errno.EMFILE: ("this process may open no more files", "Raise the limit (ulimit -n 4096), or lower --concurrency"),
    errno.ENFILE: ("this machine may open no more files", "End other programs, or lower --concurrency"),
    errno.ENOMEM: ("there is not enough memory", "Free some, raise the limit (ulimit -v), or lower --concurrency"),
    errno.EAGAIN: ("no more processes can be started", "End some, or raise the limit (ulimit -u)"),
}
_AGAIN = "; then run the same command again: the journal keeps what was done."


def shortage(error: BaseException) -> Shortage | None:
    """What this machine has run out of, if that is what an error, or one that it came of, says."""
    seen: BaseException | None = error
    while seen is not None:
        number = _number(seen)
        if number in {errno.ENOSPC, errno.EDQUOT} or "No usable temporary directory" in str(seen):
            return _no_room(seen)
        if number in _LIMITS:
            what, cure = _LIMITS[number]
            return Shortage(f"{what}: {str(seen) or type(seen).__name__}", cure + _AGAIN)
        seen = seen.__cause__ or seen.__context__
    return None


def _number(error: BaseException) -> int | None:
    """The system's number of an error; some come without one."""
    if isinstance(error, MemoryError) or (isinstance(error, ImportError) and "failed to map" in str(error)):
        return errno.ENOMEM
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return errno.EAGAIN
    return error.errno if isinstance(error, OSError) else None


def _no_room(error: BaseException) -> Shortage:
    """What is written to places of its user's choice has errors of its own: this is about temporary files."""
    known = getattr(sys.modules.get("tempfile"), "tempdir", None)  # what nobody asked for yet is not looked for now
    place = f" {known}" if known else ""
    why = error.strerror if isinstance(error, OSError) and error.errno != errno.ENOENT else "none can be written"
    cure = "Make room there, or name another folder in the environment variable TMPDIR"
    return Shortage(f"there is no room in the temporary directory{place}: {why}", cure + _AGAIN)


@contextmanager
def shortages() -> Iterator[None]:
    """Within it a system's error that says what ran out is one for people. Raises Shortage."""
    try:
        yield
    except (OSError, MemoryError, RuntimeError, ImportError) as error:
        told = shortage(error)
        if told is None:
            raise
        raise told from error
