"""The table of docs/confidence.md, made from the rule. ``python -m tests.support.confidence_doc`` writes it."""

from __future__ import annotations

import re
from pathlib import Path

from cosplay_action.method.confidence import SCALES

PAGE = Path(__file__).parents[2] / "docs" / "confidence.md"
_TABLE = re.compile(r"^\| quantity \|.*?(?=\n\n)", re.MULTILINE | re.DOTALL)


def table() -> str:
    rows = [f"| {one.name} | {one.asks[0]} | {one.asks[1]} | {one.why} |" for one in SCALES]
    return "\n".join(["| quantity | medium asks for | high asks for | why |", "|---|---|---|---|", *rows])


def shown() -> str:
    """The table as the page has it."""
    found = _TABLE.search(PAGE.read_text("utf-8"))
    return found.group(0) if found else ""


if __name__ == "__main__":
    PAGE.write_text(_TABLE.sub(lambda _: table(), PAGE.read_text("utf-8")), "utf-8", newline="\n")
