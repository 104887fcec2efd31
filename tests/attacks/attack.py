"""What an attack is, and the text of the candidate that carries it out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Layer = Literal[
    "bubblewrap",  # or, where there is none, the layer that does its part
    "seccomp",
    "landlock",
    "rlimits",
    "watchdog",
    "codec",
    "fork per cell",
    "fresh process",  # the zygote is exec'd with an empty environment, so that there is nothing to find
    "non-dumpable supervisor",
]

# In front of every candidate: system calls by name, whatever Python offers.
KERNEL = Path(__file__).with_name("kernel.py").read_text(encoding="utf-8")
_PLACE = re.compile(r"@(\w+)@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A candidate that tries to do harm when its ``f`` is given "attack", and answers 42 to "honest".

    ``layer`` is the one that is meant to stop it. ``code`` may name facts of the host as ``@fact@`` (see ``filled``);
    it answers "BREACH ..." when it got what it wanted. ``proof`` says how that is checked from outside as well.
    ``statuses`` are the observations allowed (empty: any), ``shows`` is the value it must show if it returns one and
    ``pretends`` the value that it must not equal, both as Python literals. ``bites`` says that it succeeds where there
    are no walls (plain process, ordinary user), which is how the corpus is tested; ``spoils`` that its own honest
    cell cannot answer. ``seconds`` are the limits'. A ``program`` is given its word on stdin and prints.
    """

    name: str
    layer: Layer
    code: str
    proof: str
    statuses: frozenset[str] = frozenset()
    shows: str = ""
    pretends: str = ""
    bites: bool = False
    spoils: bool = False
    seconds: float = 1.0
    kind: Literal["function", "program"] = "function"

    @property
    def inputs(self) -> tuple[str, str]:
        return ("attack", "honest") if self.kind == "program" else ("f('attack')", "f('honest')")

    def filled(self, facts: Mapping[str, object]) -> str:
        """The candidate's text with the facts of this host in place."""
        return _PLACE.sub(lambda found: repr(facts[found[1]]), self.code)


def attack(
    name: str,
    layer: Layer,
    body: str,
    *,
    before: str = "",
    proof: str = "what it returns",
    statuses: str = "",
    **more: object,
) -> Attack:
    """An attack whose ``f`` runs the body when attacked; ``before`` goes in front of the function."""
    parts = [
        "import os, sys\n",
        KERNEL,
        textwrap.dedent(before),
        "\n\ndef f(x):\n    if x != 'attack':\n        return 42\n",
        textwrap.indent(textwrap.dedent(body).strip("\n"), "    "),
        "\n    return 'held'\n",
    ]
    allowed = frozenset(statuses.split())
    return Attack(name=name, layer=layer, code="".join(parts), proof=proof, statuses=allowed, **more)


def program(name: str, layer: Layer, body: str, *, proof: str, statuses: str = "", **more: object) -> Attack:
    """An attack that is a whole program; it prints 42 when its stdin says "honest"."""
    head = "import os, sys\nif sys.stdin.read() == 'honest':\n    print(42)\n    sys.exit()\n"
    allowed = frozenset(statuses.split())
    code = head + textwrap.dedent(body)
    return Attack(name=name, layer=layer, code=code, proof=proof, statuses=allowed, kind="program", **more)
