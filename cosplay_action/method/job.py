"""The work of a sandbox as plain data, and the digest that names things by their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal


def digest(*parts: str) -> str:
    """Return the hex SHA-256 (64 characters) of the parts, each one length-prefixed so that joins cannot collide."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(f"{len(data)}:".encode())
        state.update(data)
    return state.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one cell may use: CPU seconds, bytes of memory above the imported module, bytes of observed output."""

    seconds: float = 2.0
    memory: int = 512 * 1024 * 1024
    output: int = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One candidate against many inputs: everything a sandbox needs, plain data, no expected value.

    ``module`` is the dotted import name, ``path`` the file relative to the root of the repository (POSIX),
    ``roots`` the import roots relative to it ("." for itself). ``source`` is the module's text (the stub made to
    raise); ``candidate`` the candidate's own source, its imports, its helpers and last the function under the stub's
    signature (inside its classes), which takes the stub's place; None evaluates the inputs against the module as it
    stands (expected values). ``observe`` says what an input shows: its "result", or, where the target
    returns None, the "effects" on its receiver and arguments (see sandbox.worker).
    ``inside``: each cell imports the module for itself, since other candidates' code is among what it imports (this
    tells no observations apart). ``surroundings`` is a digest of the other files that the module could import: it only
    tells jobs apart.
    A program's job has ``kind`` "program": ``candidate`` is the whole program, an input the text of its stdin.
    """

    kind: Literal["function", "program"] = "function"
    inputs: tuple[str, ...]
    candidate: str | None
    source: str = ""
    module: str = "__main__"
    path: str = ""
    qualname: str = ""
    roots: tuple[str, ...] = (".",)
    observe: Literal["result", "effects"] = "result"
    surroundings: str = ""
    inside: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def key(self) -> str:
        """The digest of all that decides an observation but the input."""
        place = (self.module, self.path, self.qualname, ",".join(self.roots), self.surroundings)
        bounds = f"{self.limits.seconds}/{self.limits.memory}/{self.limits.output}"
        role = "expected" if self.candidate is None else "candidate"
        return digest(self.kind, self.observe, *place, bounds, role, self.source, self.candidate or "")
