"""macOS's ``sandbox-exec``: the profile of a worker (level C). It bounds no memory.

Apple calls the program deprecated and ships it with every version; its profile language is that of Apple's own
profiles in /usr/share/sandbox.
"""

from __future__ import annotations

from collections.abc import Sequence

_SYSTEM = ("/usr/lib", "/usr/share", "/System", "/Library/Frameworks", "/dev/null", "/dev/urandom", "/dev/random",
           "/private/var/db/timezone")  # fmt: skip


def argv(reads: Sequence[str], root: str, writes: Sequence[str] = ()) -> list[str]:
    """The command that runs another, appended, behind the profile."""
    return ["/usr/bin/sandbox-exec", "-p", profile([*reads, root], writes)]


def profile(reads: Sequence[str], writes: Sequence[str] = ()) -> str:
    """What a worker may do: read these paths and the system's libraries, fork, and execute its interpreter once.

    ``writes`` are folders that tests, unlike cells, may change.
    """
    allowed = "\n".join(f"  (subpath {_quoted(path)})" for path in (*_SYSTEM, *reads, *writes))
    changed = "".join(f"(allow file-write* (subpath {_quoted(path)}))\n" for path in writes)
    return f"""(version 1)
(deny default)
(allow process-fork)
(allow process-exec* (subpath "/usr/bin") {" ".join(f"(subpath {_quoted(path)})" for path in reads)})
(allow signal (target same-sandbox))
(allow sysctl-read)
(allow file-read-metadata)
(allow file-read* file-map-executable
{allowed})
(allow file-write-data (literal "/dev/null"))
{changed}"""


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
