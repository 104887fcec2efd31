"""Marked stubs, findings and verdicts for people: plain columns, or JSON. Other people's text is made harmless."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cosplay_action.evidence.neutralise import clip, one_line, visible
from cosplay_action.specs.marks import DONE

if TYPE_CHECKING:  # each command loads what it needs
    from cosplay_action.linting import Checked, Finding
    from cosplay_action.specs.marks import Marked
    from cosplay_action.verifying import Verdict

WIDEST = 60  # characters of a column that others are aligned to
_INDENT = "    "


def print_stubs(stream: TextIO, stubs: Sequence[tuple[Marked, Sequence[Finding]]], *, as_json: bool = False) -> None:
    """Each marked stub with its line and signature, and below it what is to be mended."""
    if as_json:
        _dump(stream, [_stub(one, findings) for one, findings in stubs])
        return
    rows = [(one.target, str(one.line or ""), clip(one.signature, 160)) for one, _ in stubs]
    below = [[DONE] if one.done else [_placed(one, finding) for finding in findings] for one, findings in stubs]
    _print(stream, ("STUB", "LINE", "SIGNATURE"), rows, below)


def _placed(one: Marked, finding: Finding) -> str:
    return f"line {finding.line}: {_told(one, finding)}" if finding.line not in {0, one.line} else _told(one, finding)


def _told(one: Marked, finding: Finding) -> str:
    """What is to be mended, without the name that stands above it."""
    return finding.what.removeprefix(f"{one.qualname}: ")


def _stub(one: Marked, findings: Sequence[Finding]) -> dict[str, object]:
    state = "implemented" if one.done else "unplayable" if one.why else "marked"
    return {
        "target": one.target, "path": one.path, "line": one.line, "qualname": one.qualname,
        "signature": one.signature, "state": state,
        "findings": [{"line": each.line, "what": _told(one, each)} for each in findings],
    }  # fmt: skip


def print_findings(stream: TextIO, notes: TextIO, checked: Checked, where: Path) -> None:
    """``path:line: what`` for each finding, the path as seen from ``where``; notes go to another stream."""
    for finding in checked.findings:
        path = os.path.relpath(checked.root / finding.path, where)
        stream.write(f"{visible(path)}:{finding.line or 1}: {one_line(finding.what)}\n")
    notes.writelines(f"{one_line(note)}\n" for note in checked.notes)


def print_verdicts(stream: TextIO, verdicts: Sequence[Verdict], *, as_json: bool = False) -> None:
    """Each piece of evidence with how its tests ended, and below it what is wrong."""
    if as_json:
        _dump(stream, [{**dataclasses.asdict(one), "ok": one.ok} for one in verdicts])
        return
    rows = [(one.test, one.target, _result(one)) for one in verdicts]
    _print(stream, ("TESTS", "TARGET", "RESULT"), rows, [list(_details(one)) for one in verdicts])


def _result(one: Verdict) -> str:
    words = [one.said or "not run"]
    if one.implementation == "changed":
        words.append("its docstring or body changed since it landed")
    if one.ok and one.implementation == "same":
        words.append("as it landed")
    return ", ".join(words)


def _details(one: Verdict) -> Iterator[str]:
    if one.why:
        yield one.why
    yield from (f"{name}: {clip(why, 200)}" for name, why in one.failed)


def _print(stream: TextIO, head: Sequence[str], rows: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> None:
    """Rows in columns, each followed by its lines of text."""
    if not rows:
        return
    shown = [[one_line(cell) for cell in row] for row in rows]
    widths = [min(WIDEST, max(len(row[at]) for row in (head, *shown))) for at in range(len(head))]
    for row, more in zip((head, *shown), ((), *below), strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        stream.write("  ".join(cells).rstrip() + "\n")
        stream.writelines(f"{_INDENT}{one_line(text)}\n" for text in more)


def _dump(stream: TextIO, data: object) -> None:
    stream.write(json.dumps(data, indent=2) + "\n")
