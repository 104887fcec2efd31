"""Run a command where the kernel refuses what a default Docker container refuses: ``python -m tests.support.narrow``.

``narrow [--no-landlock] COMMAND...``: no new namespaces, so no bubblewrap, and on demand no Landlock either.
"""

from __future__ import annotations

import os
import struct
import sys

from cosplay_action.sandbox import worker_confine

CLONE, UNSHARE, CLONE3, LANDLOCK = 56, 272, 435, 444  # x86_64
NAMESPACES = 0x7E020000
ALLOW, ENOSYS, EPERM = 0x7FFF0000, 0x00050000 | 38, 0x00050000 | 1
LOAD, IF_EQUAL, IF_ANY, RETURN = 0x20, 0x15, 0x45, 0x06


def refusal(landlock: bool) -> bytes:
    steps = [
        (LOAD, 0, 0, 0),
        (IF_EQUAL, 5, 0, CLONE3),
        (IF_EQUAL, 4 if not landlock else 0, 0, LANDLOCK),
        (IF_EQUAL, 4, 0, UNSHARE),
        (IF_EQUAL, 0, 4, CLONE),
        (LOAD, 0, 0, 16),
        (IF_ANY, 1, 2, NAMESPACES),
        (RETURN, 0, 0, ENOSYS),
        (RETURN, 0, 0, EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", code, yes, no, constant) for code, yes, no, constant in steps)


def main() -> None:
    command = [word for word in sys.argv[1:] if word != "--no-landlock"]
    worker_confine.no_new_privs()
    worker_confine.seccomp(refusal("--no-landlock" not in sys.argv))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
