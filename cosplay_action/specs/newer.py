"""Syntax that only a newer Python knows: a file that holds some is no broken one.

The tool reads a repository's files with the Python that it runs on itself, whichever one cells run on.
"""

from __future__ import annotations

import re
import sys

_DEFINED = r"^\s*(?:(?:async\s+)?def|class)\s+\w+\s*\["
# What a line that cannot be read looks like, or what is said of it, and the version that knows it. The newest first.
_FORMS = (
    ((3, 14), re.compile(r"^\s*except\*?\s+[\w.]+\s*,\s*[\w.]+[^()]*:"), "`except A, B:`"),
    ((3, 14), re.compile(r"(?<![\w\"'])(?:[tT][rR]?|[rR][tT])[\"']"), "a template string"),
    ((3, 13), re.compile(rf"{_DEFINED}[^()]*?\w\s*=[^=]"), "a type parameter with a default"),
    ((3, 12), re.compile(_DEFINED), "type parameters in brackets"),
    ((3, 12), re.compile(r"^\s*type\s+\w+\s*(?:\[.*\])?\s*="), "a `type` statement"),
    ((3, 12), re.compile(r"(?<![\w\"'])(?:[fF][rR]?|[rR][fF])[\"']"), "an f-string with its own quotes inside"),
    ((3, 11), re.compile(r"^\s*except\s*\*"), "`except*`"),
)


def newer(text: str, line: int, than: tuple[int, int] = sys.version_info[:2]) -> str:
    """What to do about a text that cannot be read at a line, if a newer Python may read it; empty for any other."""
    lines = re.split(r"\r\n|\r|\n", text)
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    version, what = next(((v, what) for v, form, what in _FORMS if v > than and form.search(shown)), (than, ""))
    if not what:
        return ""
    return (
        f"If that is {what}, it needs Python {_said(version)}, and cosplay-action runs on {_said(than)}, whatever "
        f"--python names: run it on Python {_said(version)} or newer. Else mend the file."
    )


def _said(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
