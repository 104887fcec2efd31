"""Attacks by the candidate's text itself: what its compilation and its imports cost the process that watches cells.

A candidate of this kind spoils its own honest cell too, so that only the next job has to be right.
"""

from __future__ import annotations

from tests.attacks.attack import attack, program


def finals(deep: int) -> str:
    """A few lines whose code doubles with every level: the compiler writes the end of a ``finally`` twice."""
    levels = "".join(f"{' ' * n}try: pass\n{' ' * n}finally:\n" for n in range(deep))
    return f"if x == 'bomb':\n{_indented(levels + ' ' * deep + 'x;' * 50 + 'x')}\n"


def _indented(text: str) -> str:
    return "".join(f" {line}\n" for line in text.splitlines())


BOMB = "def g(x):\n" + _indented(finals(16))  # 600 MB on Python 3.11, 1.6 GB on 3.13
ENDED = "out_of_memory timed_out exited raised"
IMPORTS = "import antigravity, this, lib2to3.__main__, unittest.__main__, test.__main__, idlelib.__main__\n"

ATTACKS = (
    attack("compile-bomb", "rlimits", "return 'BREACH compiled'", before=BOMB, statuses=ENDED, spoils=True),
    program("compile-bomb-of-a-program", "rlimits", f"x = 0\n{finals(16)}print('BREACH')",
            proof="it is not compiled", statuses=ENDED, spoils=True),
    attack("deep-text", "fork per cell", "return " + "-" * 100_000 + "1", statuses=ENDED, spoils=True),
    attack("long-chain", "fork per cell", "return " + "1+" * 100_000 + "1", statuses=f"{ENDED} returned", spoils=True),
    attack("nested-brackets", "fork per cell", "return " + "[" * 5000 + "]" * 5000, statuses=ENDED, spoils=True),
    attack("text-of-ten-megabytes", "rlimits", "y = 0\n" + "y += 1\n" * 400_000, statuses=f"{ENDED} returned",
           spoils=True, seconds=4.0),
    attack("text-with-a-null", "codec", "return '\0'", statuses=ENDED, spoils=True),
    attack("text-in-surrogates", "codec", "return '\ud800'", statuses=f"{ENDED} returned", spoils=True),
    attack("imports-that-act", "seccomp", "return 5", before=IMPORTS, statuses=f"{ENDED} returned", spoils=True),
    attack("import-of-the-worker", "fork per cell",
           "import _cosplay_worker_server as server\nserver.serve = server.Zygote = None\n"
           "server.EXIT = os._exit = print\nreturn 5", shows="5"),
)  # fmt: skip
