"""In which order several stubs are played: one that mentions another sees its choice."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cosplay_action.specs.program import Program
from cosplay_action.specs.stub import Stub


def in_order(stubs: Sequence[Stub | Program]) -> list[Stub | Program]:
    """A stub whose text names another target is played after it; otherwise in the order given."""
    left, done = list(stubs), list[Stub | Program]()
    while left:
        free = [one for one in left if not any(_names(one, other) for other in left if other is not one)]
        chosen = (free or left)[0]  # stubs that name each other keep the order given
        left.remove(chosen)
        done.append(chosen)
    return done


def _names(stub: Stub | Program, other: Stub | Program) -> bool:
    if isinstance(other, Program) or isinstance(stub, Program):  # nothing else calls a program, nor is called by one
        return False
    name = other.contract.target.name
    return re.search(rf"\b{re.escape(name)}\b", stub.statement.replace(f"def {name}", "")) is not None
