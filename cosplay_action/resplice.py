"""Several runs' changes of one file, put together by qualified name: a textual merge would stumble over neighbours."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cosplay_action.errors import SpecError
from cosplay_action.method.ports import Unusable
from cosplay_action.parcel import Parcel
from cosplay_action.specs import shipped
from cosplay_action.specs.stub import read_stub

Files = Mapping[str, tuple[bytes | None, bytes]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why one run's changes cannot be put on those before it."""

    why: str


def respliced(before: Files, parcel: Parcel, files: Files) -> dict[str, tuple[bytes | None, bytes]] | Conflict:
    """All files so far with those of one more run. Its own target is spliced in where its file has changed already."""
    found, (path, _, qualname) = dict(before), parcel.target.partition("::")
    for name, (old, new) in files.items():
        if name not in found or found[name][1] == new:
            found[name] = (old, new)
        elif name == path and qualname:
            spliced = _spliced(found[name][1], parcel)
            if isinstance(spliced, Conflict):
                return spliced
            found[name] = (found[name][0], spliced)
        else:
            return Conflict(f"{name} is written by another run, too")
    return found


def _spliced(current: bytes, parcel: Parcel) -> bytes | Conflict:
    """The file with the target's implementation; judged as any change of a file is."""
    path, _, qualname = parcel.target.partition("::")
    chosen = parcel.report["chosen"]
    assert chosen is not None
    with tempfile.TemporaryDirectory(prefix="cosplay-splice-") as folder:  # a stub is read from a file
        file = Path(folder).resolve() / path
        file.parent.mkdir(parents=True)
        file.write_bytes(current)
        try:
            stub = read_stub(Path(folder).resolve(), parcel.target, lambda *_: ("module", (".",)))
        except SpecError as error:
            return Conflict(error.what)
        text = stub.contract.module_text(chosen["implementation"])
        if isinstance(text, Unusable):
            return Conflict(text.why)
        new = stub.contract.target.source.encode(text)
    return Conflict(flaw) if (flaw := shipped.target_flaw(current, new, qualname)) else new
