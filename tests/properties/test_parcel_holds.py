"""Whatever becomes of a run directory, it is published as it should be or refused: no crash, no other path."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cosplay_action.errors import CosplayError
from cosplay_action.evidence.markdown import BODY_LIMIT, pr_body
from cosplay_action.parcel import edits, parcels
from tests.support import parcels as true

FILES = ("report.json", "patch.diff", "test_clamp.py", "journal.jsonl")
ALLOWED = {true.PATH, true.TEST}
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def judged(folder: Path) -> None:
    """Read it as a publisher does; what is accepted keeps to the target and its tests, and can be shown."""
    try:
        found = parcels(folder)
        files = [dict(edits(one, true.TARGET, true.held).files) for one in found if one.report["chosen"]]
    except CosplayError:
        return
    for each in files:
        assert set(each) <= ALLOWED
        assert each[true.PATH][0] == true.OLD
        assert each[true.PATH][1].startswith(true.OLD.partition(b'    """Return')[0])  # all above the body stays
    assert all(len(pr_body(one.report)) <= BODY_LIMIT for one in found)


@st.composite
def _bytes_changed(draw: st.DrawFn) -> tuple[str, bytes]:
    name = draw(st.sampled_from(FILES[:2]))
    data = bytearray(true.REPORT if name == "report.json" else true.PATCH)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["flip", "cut", "insert", "double"])):
            case "flip":
                data[at] = draw(st.integers(0, 255))
            case "cut":
                del data[at : at + draw(st.integers(1, 200))]
                data = data or bytearray(b"x")
            case "insert":
                data[at:at] = draw(st.binary(max_size=20))
            case "double":
                data[at:at] = data[at : at + 100]
    return name, bytes(data)


@QUICK
@given(_bytes_changed())
def test_changed_bytes_are_refused_or_harmless(changed: tuple[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = true.run_dir(Path(folder))
        (run / changed[0]).write_bytes(changed[1])
        judged(run)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=5,
)  # fmt: skip


def _paths(value: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, one in inner for path in _paths(one, (*at, key)))]


MORE = (b"+import os\n", b"+@x\n", b"-x\n", b" \n", b"+    return 1\n", b"diff --git a/x b/x\n")
WORDS = ("budget-exceeded", "no-consensus", "low", "attack", "\ud800", "x" * 90_000)
PATHS = [path for path in _paths(true.report()) if path]


def _numbered(value: object) -> st.SearchStrategy[object]:
    """Mostly what has the shape of what was there, so that the schema lets it through."""
    if isinstance(value, bool) or value is None:
        return st.sampled_from([True, False, None])
    if isinstance(value, int | float):
        return st.integers(-3, 50) | st.floats(-1, 2)
    if isinstance(value, str):
        return st.text(max_size=30) | st.sampled_from(WORDS)
    return st.just([]) | st.just(value * 2 if isinstance(value, list) else value)


@QUICK
@given(st.data())
def test_a_report_with_other_values_is_refused_or_can_be_shown(data: st.DataObject) -> None:
    report = true.report()
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(PATHS))
        holder: object = report
        try:
            for key in path[:-1]:
                holder = holder[key]  # type: ignore[index]
            old = holder[path[-1]]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took it away
        if data.draw(st.integers(0, 9)) == 0 and isinstance(holder, dict):
            del holder[path[-1]]
        else:
            holder[path[-1]] = data.draw(_numbered(old) | JSON)  # type: ignore[index]
    with tempfile.TemporaryDirectory() as folder:
        judged(true.run_dir(Path(folder), report=json.dumps(report).encode()))


@QUICK
@given(st.sampled_from(FILES), st.sampled_from(FILES), st.sampled_from(["swap", "copy", "link", "remove", "folder"]))
def test_files_that_changed_places_are_refused_or_harmless(one: str, other: str, deed: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = true.run_dir(Path(folder))
        first, second = run / one, run / other
        if deed == "swap":
            data = first.read_bytes(), second.read_bytes()
            first.write_bytes(data[1])
            second.write_bytes(data[0])
        elif deed == "copy" and one != other:
            shutil.copyfile(first, second)
        else:
            first.unlink()
            if deed == "link":
                first.symlink_to(second.name)
            elif deed == "folder":
                first.mkdir()
        judged(run)


@QUICK
@given(st.data())
def test_lines_of_the_patch_in_another_order_are_refused_or_harmless(data: st.DataObject) -> None:
    lines = true.PATCH.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        at, to = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        more = data.draw(st.sampled_from(MORE))
        lines[at], lines[to] = lines[to], data.draw(st.sampled_from([lines[at], more]))
    with tempfile.TemporaryDirectory() as folder:
        judged(true.run_dir(Path(folder), patch=b"".join(lines)))
