"""In which order several stubs are played: one that mentions another sees its choice."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cosplay_action.specs.stub import Stub


def in_order(stubs: Sequence[Stub]) -> list[Stub]:
    """A stub whose text names another target is played after it; otherwise in the order given."""
    left, done = list(stubs), list[Stub]()
    while left:
        free = [one for one in left if not any(_names(one, other) for other in left if other is not one)]
        chosen = (free or left)[0]  # stubs that name each other keep the order given
        left.remove(chosen)
        done.append(chosen)
    return done


def _names(stub: Stub, other: Stub) -> bool:
    name = other.contract.target.name
    return re.search(rf"\b{re.escape(name)}\b", stub.statement.replace(f"def {name}", "")) is not None
