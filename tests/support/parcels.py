"""A true run directory (the golden run's), and others made of it with something changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from cosplay_action.evidence.patch import FileChange, apply_patch, make_patch
from cosplay_action.parcel import Edits, Parcel, edits, parcels
from tests.support.record_golden import FILES, GOLDEN, SUFFIX, TARGET

PATH = TARGET.partition("::")[0]
TEST = "tests/test_clamp.py"
PATCH = (GOLDEN / f"patch.diff{SUFFIX}").read_bytes()
OLD = FILES[PATH].encode()
NEW = apply_patch(PATCH, OLD, PATH)
TESTS = apply_patch(PATCH, None, TEST)
REPORT = (GOLDEN / f"report.json{SUFFIX}").read_bytes()


def held(path: str) -> bytes | None:
    """The repository as the golden run saw it."""
    return FILES[path].encode() if path in FILES else None


def run_dir(folder: Path, *, report: bytes | Mapping[str, object] = REPORT, patch: bytes = PATCH) -> Path:
    """A run directory as the golden run left it, with another report or patch."""
    folder.mkdir(parents=True, exist_ok=True)
    data = report if isinstance(report, bytes) else json.dumps(report).encode()
    files = {"report.json": data, "patch.diff": patch, "test_clamp.py": TESTS, "journal.jsonl": b"{}\n"}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def report() -> dict:
    """The golden report, to be changed."""
    return json.loads(REPORT)


def patch_of(files: Mapping[str, tuple[bytes | None, bytes]]) -> bytes:
    return make_patch([FileChange(path=path, old=old, new=new) for path, (old, new) in files.items()])


def patched(
    *, new: bytes = NEW, tests: bytes | None = TESTS, more: Mapping[str, tuple[bytes | None, bytes]] | None = None
) -> bytes:
    """The golden patch with another text of the target's file, other tests (None: none), or more files."""
    files: dict[str, tuple[bytes | None, bytes]] = {PATH: (OLD, new), **(more or {})}
    return patch_of({**files, TEST: (None, tests)} if tests is not None else files)


def with_patch(patch: bytes) -> Parcel:
    """The golden run with another patch, as it was read."""
    return Parcel(name="run", report=report(), patch=patch)  # type: ignore[arg-type]


def taken(patch: bytes = PATCH, target: str = TARGET) -> Edits:
    """What a run with this patch would change in the golden repository. Raises HostileRun."""
    return edits(with_patch(patch), target, held)


def parcel(folder: Path, **changes: object) -> Parcel:
    (one,) = parcels(run_dir(folder, report={**report(), **changes}))
    return one
