"""A finished run's directory as whoever publishes it reads it: as the data of a stranger.

The job that ran generated code wrote it, so nothing of it is believed: sizes are capped, links are not followed, the
report must have the schema's shape, the patch may only change what its target allows. Nothing of it is executed.
"""

from __future__ import annotations

import functools
import json
import math
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, cast

from cosplay_action.errors import CosplayError, ServiceError, UsageError
from cosplay_action.evidence.markdown import pr_body, summary
from cosplay_action.evidence.patch import apply_patch
from cosplay_action.evidence.patch_reading import named_paths
from cosplay_action.evidence.shape import Report
from cosplay_action.specs import shipped, shipped_deeds, shipped_tests
from cosplay_action.specs.testfile import read_header

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

REPORT, PATCH = "report.json", "patch.diff"
LARGEST_REPORT = 16_000_000  # bytes
LARGEST_ALL = 128_000_000  # all reports of one directory together: they are held at once
LARGEST_PATCH = 2_000_000
LARGEST_FILE = 4_000_000  # of a file after the patch
MOST_RUNS = 256
_SCHEMA = Path(__file__).parent / "evidence" / "report.schema.json"
_CURE = "Nothing was published. The run directory is not one that this tool left: look at the job that wrote it."


class HostileRun(UsageError):
    """A run directory that is not as this tool leaves one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One finished run. ``target`` is what its report says it is about: to be compared with what was asked for."""

    name: str
    report: Report = field(repr=False)
    patch: bytes = field(repr=False)

    @property
    def target(self) -> str:
        return self.report["target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """What a parcel changes: old (None: new) and new bytes by path, and what is new in the target's file."""

    files: Mapping[str, tuple[bytes | None, bytes]] = field(repr=False)
    new: shipped_deeds.Novelties


def parcels(folder: Path, spoilt: list[HostileRun] | None = None) -> list[Parcel]:
    """The runs in a directory: itself, or those in its subfolders, by name. Raises HostileRun, also for none.

    With ``spoilt`` one of several that is no run of ours does not keep the others from being read: it is put there.
    """
    homes = [folder] if _there(folder / REPORT) else [one for one in _subfolders(folder) if _there(one / REPORT)]
    if len(homes) > 1 and sum((home / REPORT).lstat().st_size for home in homes) > LARGEST_ALL:
        raise HostileRun(f"the reports in {folder.name} hold more than {LARGEST_ALL:,} bytes together.", _CURE)
    found = []
    for home in homes:
        try:
            found.append(_parcel(home))
        except HostileRun as error:
            if spoilt is None or len(homes) == 1:
                raise
            spoilt.append(error)
    if not found and not spoilt:
        raise HostileRun(f"{folder.name} holds no finished run.", "Look at the job that should have left one there.")
    return found


def _subfolders(folder: Path, depth: int = 2) -> Iterator[Path]:
    """Folders that may hold a run: each artefact may have been put in a folder of its own."""
    try:
        inner = sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
    except OSError as error:
        raise HostileRun(f"{folder.name} cannot be read: {error.strerror}.", _CURE) from error
    if len(inner) > MOST_RUNS:
        raise HostileRun(f"{folder.name} holds more than {MOST_RUNS} folders.", _CURE)
    for one in inner:
        yield one
        if depth > 1 and not _there(one / REPORT):
            yield from _subfolders(one, depth - 1)


def _there(file: Path) -> bool:
    """Whether there is anything of that name, a link that leads nowhere included."""
    try:
        file.lstat()
    except OSError:
        return False
    return True


def _parcel(home: Path) -> Parcel:
    report = _report(_bytes(home, REPORT, LARGEST_REPORT), home.name)
    patch = _bytes(home, PATCH, LARGEST_PATCH) if _there(home / PATCH) else b""
    return Parcel(name=home.name, report=report, patch=patch)


def _bytes(home: Path, name: str, most: int) -> bytes:
    """A regular file's bytes; no link, no device, and not more than ``most``, whatever its size says."""
    said = f"{home.name}/{name}"
    try:
        status = (home / name).lstat()
        if not stat.S_ISREG(status.st_mode):
            raise HostileRun(f"{said} is no regular file.", _CURE)
        with (home / name).open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise HostileRun(f"{said} cannot be read: {error.strerror}.", _CURE) from error
    if len(data) > most:
        raise HostileRun(f"{said} holds more than {most:,} bytes.", _CURE)
    return data


def _report(data: bytes, name: str) -> Report:
    """Raises HostileRun for what has not the shape of a report, or does not fit together."""
    try:
        report = json.loads(data, parse_constant=_number, parse_float=_number)
        wrong = _misshapen(report)
    except (ValueError, RecursionError) as error:
        raise HostileRun(f"{name}/{REPORT} is no JSON: {type(error).__name__}.", _CURE) from error
    if wrong:
        raise HostileRun(f"{name}/{REPORT} is no report of ours: {wrong} is not as the schema says.", _CURE)
    whole = cast("Report", report)
    try:
        flaw = next(_contradictions(whole), "")
        if not flaw:
            _ = pr_body(whole), summary(whole)
    except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as error:
        flaw = f"it cannot be shown ({type(error).__name__})"
    if flaw:
        raise HostileRun(f"{name}/{REPORT} contradicts itself: {flaw}.", _CURE)
    return whole


def _number(text: str) -> float:
    """Raises ValueError for what no report of ours holds: infinities, and what is no number."""
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def _misshapen(report: object) -> str:
    """Where a report is not as the schema says; empty where it is."""
    wrong = next(_schema().iter_errors(report), None)
    return "" if wrong is None else "/".join(map(str, wrong.absolute_path))[:200] or "the whole"


@functools.cache
def _schema() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # late: only publishing needs it

    return Draft202012Validator(json.loads(_SCHEMA.read_text("utf-8")))


def _contradictions(report: Report) -> Iterator[str]:
    """What no schema can say: sizes that belong together, and slots and clusters that exist."""
    rows, columns = len(report["candidates"]), len(report["tests"])
    if len(report["matrix"]) != rows or any(len(row) != columns for row in report["matrix"]):
        yield "the matrix has other rows or columns than the pools"
    probes = len(report["probes"])
    if any(len(one) != probes for one in report["signatures"]) or len(report["signatures"]) not in {0, rows}:
        yield "the signatures have other lengths than the probe inputs"
    choice = report["choice"]
    slots = [slot for cluster in report["clusters"] for slot in cluster["members"]]
    slots += [slot for slot in (choice["slot"], choice["forced"]) if slot is not None]
    if any(not 0 <= slot < rows for slot in (*slots, *choice["tied"])):
        yield "a slot is beyond the pool"
    if choice["cluster"] is not None and not 0 <= choice["cluster"] < len(report["clusters"]):
        yield "the chosen cluster is none of them"
    if (report["chosen"] is None) != (choice["slot"] is None):
        yield "something is chosen and nothing is"


def edits(parcel: Parcel, target: str, held: Callable[[str], bytes | None]) -> Edits:
    """What the parcel changes for ``target`` (``path::qualname``, or a program's path), each file judged.

    ``held`` gives a file's bytes at the commit that the run began from (None: not there). Raises HostileRun.
    """
    path = target.partition("::")[0]
    files = _applied(parcel.patch, held)
    if path not in files:
        raise HostileRun(f"{parcel.name}: the patch does not change {path}.", _CURE)
    try:
        flaws = {name: _flaw(name, old, new, target, files) for name, (old, new) in files.items()}
        new = shipped_deeds.novelties(*files[path], program="::" not in target)
    except shipped.UNREADABLE as error:
        raise HostileRun(f"{parcel.name}: a file cannot be read: {type(error).__name__}.", _CURE) from error
    if len([name for name in files if _is_test(name, path)]) > 1:
        raise HostileRun(f"{parcel.name}: there is more than one file of tests.", _CURE)
    for name, flaw in flaws.items():
        if flaw:
            raise HostileRun(f"{parcel.name}: {name}: {flaw}.", _CURE)
    return Edits(files=files, new=new)


def _applied(patch: bytes, held: Callable[[str], bytes | None]) -> dict[str, tuple[bytes | None, bytes]]:
    files: dict[str, tuple[bytes | None, bytes]] = {}
    try:
        for name in named_paths(patch):
            _check_path(name)
            old = held(name)
            files[name] = (old, apply_patch(patch, old, name))
    except ServiceError:
        raise  # GitHub's trouble is none of the patch's
    except (CosplayError, ValueError, IndexError, RecursionError) as error:
        what = error.what if isinstance(error, CosplayError) else type(error).__name__
        raise HostileRun(f"the patch cannot be applied: {what}", _CURE) from error
    if any(len(new) > LARGEST_FILE for _, new in files.values()):
        raise HostileRun(f"the patch makes a file of more than {LARGEST_FILE:,} bytes.", _CURE)
    return files


def _check_path(name: str) -> None:
    if flaw := shipped.path_flaw(name):
        raise HostileRun(f"it names {name!r}: {flaw}.", _CURE)


def _flaw(name: str, old: bytes | None, new: bytes, target: str, files: Mapping[str, object]) -> str:
    """Why a changed file is not the target, its tests, or what they need."""
    path, _, qualname = target.partition("::")
    pure = PurePosixPath(name)
    if name == path:
        return shipped.target_flaw(old, new, qualname)
    if pure.name == "__init__.py" and qualname and old is None:
        return (
            ""
            if not new.strip() and PurePosixPath(path).is_relative_to(pure.parent)
            else "a new package's file is empty"
        )
    if _is_test(name, path):
        return _test_flaw(old, new, target, files)
    if not qualname and pure.suffix in {".in", ".out"} and pure.stem.isdecimal() and pure.parent.name == "data":
        tests = [one for one in files if _is_test(one, path)]
        return "" if any(PurePosixPath(one).parent == pure.parent.parent for one in tests) else "no test reads it"
    return "a run changes its target and its own tests alone"


def _is_test(name: str, path: str) -> bool:
    pure = PurePosixPath(name)
    return name != path and pure.name.startswith("test_") and pure.suffix == ".py"


def _test_flaw(old: bytes | None, new: bytes, target: str, files: Mapping[str, object]) -> str:
    path, _, qualname = target.partition("::")
    text = new.decode("utf-8", "replace")
    header, before = read_header(text), read_header((old or b"").decode("utf-8", "replace"))
    if header is None or header.target != target:
        return "its head does not say that it tests the target"
    if old is not None and (before is None or before.target != target):
        return "it is there already, and is no test file of an earlier run for this target"
    if not qualname:
        return shipped_tests.runner_flaw(text, path)
    held = cast("tuple[bytes | None, bytes]", files[path])
    return shipped_tests.kept_flaw(new, target, held[1])
