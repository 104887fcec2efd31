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
└── JournalError             2  the run directory holds another run, or a journal that cannot be read

What candidates and models do wrong is never an exception: it is a value (Observation.status, Reply.status, Unusable).
"""

from __future__ import annotations

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


class JournalError(UsageError):
    """The journal belongs to another run, to another version, or is damaged beyond its last line."""
