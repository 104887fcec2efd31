"""What a commit is about to change, as git says it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cosplay_action.errors import UsageError

# ``git commit FILE`` has an index of its own, which its hooks are told of.
_PASSED = ("HOME", "XDG_CONFIG_HOME", "GIT_INDEX_FILE", "GIT_DIR", "GIT_WORK_TREE")


def staged(root: Path, environ: Mapping[str, str]) -> list[str]:
    """The paths (POSIX, relative to the root) that differ between the last commit and what is staged.

    Of a renamed file both are among them, and so are those that were deleted. Raises UsageError where git says nothing.
    """
    # A checkout's own configuration could name programs to run.
    command = ["git", "-c", "core.fsmonitor=false", "diff", "--cached", "--name-only", "--no-renames", "--no-ext-diff",
               "--no-relative", "-z"]  # fmt: skip
    env = {"PATH": environ.get("PATH", os.defpath), "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
    env |= {name: environ[name] for name in _PASSED if name in environ}
    try:
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise UsageError("there is no git to ask what is staged.", "Name the files instead.") from error
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip()[-300:]
        raise UsageError(f"git does not say what is staged: {why}", "Name the files instead of --staged.")
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
