"""Where journals, scores and pilots lie: at work as they are, recorded as one compressed file a problem.

    RECORDED/<model>/<set>/<problem>.jsonl.xz    the journal of every arm of the problem
    RECORDED/<model>/<set>/<problem>.json        its scores
    RECORDED/<model>/<set>/pilot.jsonl.xz        the journal of the pilot
    RECORDED/<model>/<set>/pilot.json            the pilot's scores, in the order in which problems were looked at

A cell or a reply that two arms share stands in the journal once, because the arms share the journal.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
RECORDED = HERE / "recorded"


def label(text: str) -> str:
    """A name as a file's: ``local:0.5b`` -> ``local-0.5b``."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The files of one model on one set."""

    recorded: Path
    work: Path

    @classmethod
    def of(cls, model: str, kind: str, seed: int = 0, *, recorded: Path = RECORDED, work: Path | None = None) -> Store:
        name = label(model) + (f"-seed{seed}" if seed else "")
        return cls(recorded=recorded / name / kind, work=(work or Path(".cosplay/evaluation")) / name / kind)

    def journal(self, name: str) -> Path:
        """The journal to work on, unpacked from the recorded one where that is all there is."""
        path, packed = self.work / f"{label(name)}.jsonl", self.packed(name)
        if not path.exists() and packed.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(lzma.decompress(packed.read_bytes()))
        return path

    def packed(self, name: str) -> Path:
        return self.recorded / f"{label(name)}.jsonl.xz"

    def pack(self, name: str) -> int:
        """Record the journal; its compressed size in bytes. What has not changed is left as it is."""
        data, packed = self.journal(name).read_bytes(), self.packed(name)
        if not packed.exists() or lzma.decompress(packed.read_bytes()) != data:
            packed.parent.mkdir(parents=True, exist_ok=True)
            packed.write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
        return packed.stat().st_size

    def scores(self, name: str) -> Path:
        return self.recorded / f"{label(name)}.json"

    def pilot(self, name: str) -> Path:
        """The journal of the pilot on one problem."""
        return self.work / "pilot" / f"{label(name)}.jsonl"

    def pack_pilot(self, names: Sequence[str]) -> None:
        """Record the pilot's journals, one after the other, in one file."""
        data = b"".join(self.pilot(name).read_bytes() for name in names if self.pilot(name).exists())
        if data:
            self.recorded.mkdir(parents=True, exist_ok=True)
            self.packed("pilot").write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))

    def repository(self, name: str) -> Path:
        """Where the problem's one-stub repository is written."""
        return self.work / "repositories" / label(name)

    def played(self, name: str) -> bool:
        return self.packed(name).exists()
