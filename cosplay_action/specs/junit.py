"""pytest's JUnit report (``junit_family=xunit2``), which hostile code may have written: read strictly and bounded.

No document type is accepted, so there are no entities to expand; elements deeper or cases more numerous than pytest
writes end the reading, and nothing is kept but the cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from xml.parsers import expat

CASES = 100_000
DEPTH = 8  # testsuites / testsuite / testcase / failure, and properties of each
TEXT = 200_000  # characters of one case's text that are kept
NAME = 1_000  # characters of a name
SHORT = 300  # characters of a reason

Ending = Literal["passed", "failed", "skipped"]
_ENDINGS: dict[str, Ending] = {"failure": "failed", "error": "failed", "skipped": "skipped"}


class Garbled(ValueError):
    """No report of pytest's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test: ``group`` is its module, or class, dotted; empty for a file that could not be collected."""

    group: str
    name: str
    ending: Ending = "passed"
    why: str = ""

    @property
    def title(self) -> str:
        return f"{self.group}::{self.name}"


def read_report(data: bytes) -> tuple[Case, ...]:
    """The cases of a report, in order. Raises Garbled for what is no report, is too large, or holds no case."""
    reader = _Reader()
    try:
        reader.parse(data.decode("utf-8"))
    except (expat.ExpatError, UnicodeDecodeError, RecursionError) as error:
        raise Garbled(str(error)) from None
    if not reader.cases:
        raise Garbled("it holds no test")
    return tuple(reader.cases)


class _Reader:
    """Handlers for expat. The first ending of a case counts."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self._depth = 0
        self._open: tuple[str, str] | None = None  # group and name of the case that is open
        self._tag = ""  # its ending that is open
        self._message, self._text, self._ending = "", "", ("", "", "")

    def parse(self, text: str) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.Parse(text, True)

    def _doctype(self, *_: object) -> None:
        raise Garbled("it has a document type")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH or len(self.cases) >= CASES:
            raise Garbled("it is too large")
        if tag == "testcase":
            self._open = (attributes.get("classname", "")[:NAME], attributes.get("name", "")[:NAME])
            self._ending = ("", "", "")
        elif self._open and tag in _ENDINGS and not self._ending[0]:
            self._tag, self._message, self._text = tag, attributes.get("message", "")[:TEXT], ""

    def _characters(self, text: str) -> None:
        if self._tag and len(self._text) < TEXT:
            self._text += text[: TEXT - len(self._text)]

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._tag and tag == self._tag:
            self._ending, self._tag = (tag, self._message, self._text), ""
        elif tag == "testcase" and self._open:
            group, name = self._open
            tag, message, text = self._ending
            ending = _ENDINGS.get(tag, "passed")
            self.cases.append(Case(group=group, name=name, ending=ending, why=_why(tag, message, text)))
            self._open = None


def short(text: str) -> str:
    """One line of at most SHORT characters."""
    line = " ".join(text.split())
    return line if len(line) <= SHORT else line[: SHORT - 1] + "…"


def _why(tag: str, message: str, text: str) -> str:
    if not tag:
        return ""
    marked = [line[2:].strip() for line in text.split("\n") if line.startswith("E  ")]
    first = message.partition("\n")[0]
    return short(first if tag != "error" or not marked else marked[-1]) or tag
