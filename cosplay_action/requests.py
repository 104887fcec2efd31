"""A granted request as a file of the run directory, ``request.json``: from the gate to the job that plays."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from cosplay_action.errors import UsageError
from cosplay_action.github.event import Asked, Text

NAME = "request.json"
LARGEST = 1_000_000  # bytes: an issue's text has at most 65,536 characters
_CURE = "It is the file that the job with mode: gate left: hand over its run directory as it is."


def dump_request(folder: Path, asked: Asked) -> None:
    """Write the request into the run directory, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text(json.dumps(dataclasses.asdict(asked), indent=1) + "\n", "utf-8")


def load_request(folder: Path) -> Asked | None:
    """The request that a gate left, None where there is none. Raises UsageError for what is no request."""
    file = folder / NAME
    if not file.exists():
        return None
    try:
        if file.stat().st_size > LARGEST:
            raise UsageError(f"{NAME} is too large to be a request.", _CURE)
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
        text = Text(**found["text"]) if found["text"] else None
        asked = Asked(**{**found, "text": text, "targets": tuple(found["targets"])})
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"{NAME} is no request: {type(error).__name__}.", _CURE) from error
    if not _is_plain(asked):
        raise UsageError(f"{NAME} is no request: a field is of another type.", _CURE)
    return asked


def _is_plain(asked: Asked) -> bool:
    """Whether every field is of its type: JSON may have held anything."""
    words = [asked.trigger, asked.repository, asked.sender, asked.at, asked.base, asked.sha, asked.run_url]
    words += [*asked.targets, *((asked.text.title, asked.text.body) if asked.text else ())]
    numbers = [asked.run, *([asked.number] if asked.number is not None else [])]
    numbers += [asked.text.number] if asked.text else []
    return all(isinstance(one, str) for one in words) and all(type(one) is int for one in numbers)
