"""Runs about two functions of one file, as two jobs of a fan-out leave them."""

from __future__ import annotations

from cosplay_action.parcel import Parcel
from tests.support.parcels import patch_of, report

PATH = "src/pair.py"
OLD = b'"""Pairs."""\n\n\ndef one(x):\n    ...\n\n\ndef two(x):\n    ...\n'
BODIES = {"one": b"    return x + 1\n", "two": b"    return x + 2\n"}


def filled(*names: str) -> bytes:
    """The file with the bodies of some of its functions."""
    text = OLD
    for name in names:
        text = text.replace(b"def %s(x):\n    ...\n" % name.encode(), b"def %s(x):\n%s" % (name.encode(), BODIES[name]))
    return text


def run_of(name: str, *, new: bytes | None = None, implementation: str = "", folder: str = "") -> Parcel:
    """The run of one of the functions; its report is the golden one's."""
    text = report()
    text["target"] = f"{PATH}::{name}"
    text["chosen"]["implementation"] = implementation or f"def {name}(x):\n{BODIES[name].decode()}"
    patch = patch_of({PATH: (OLD, filled(name) if new is None else new)})
    return Parcel(name=folder or name, report=text, patch=patch)  # type: ignore[arg-type]
