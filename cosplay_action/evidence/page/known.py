"""Reports of earlier versions, completed with what they did not write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from cosplay_action.evidence.shape import Report

# Fields that came later than schema version 1 itself, with the values that say nothing.
_REPORT: Mapping[str, Any] = {"questions": [], "confidence": None, "strength": None}
_KEPT = {"kills": None, "redundant": False}
_LANDING = {"regression": None}


def complete(report: Report) -> Report:
    """The same report with every field that this version reads."""
    given = cast("Mapping[str, Any]", report)
    kept = [{**_KEPT, **one} for one in given["kept"]]
    landing = {**_LANDING, **given["landing"]} if given["landing"] else None
    return cast("Report", {**_REPORT, **given, "kept": kept, "landing": landing})
