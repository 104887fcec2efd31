"""Reads one GraphQL operation: as much of the language as a small client uses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

TOKEN = re.compile(r'\s*(?:#[^\n]*\n\s*|,\s*)*(\.\.\.|"(?:\\.|[^"\\])*"|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[{}()\[\]:$!=])')


class GraphError(Exception):
    """One entry of ``errors``."""

    def __init__(self, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.entry: dict[str, Any] = {"message": message} | ({"type": kind} if kind else {})


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(slots=True)
class Field:
    """``on`` is the type of the inline fragment it stands in; arguments may hold ``Variable``s."""

    name: str
    alias: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    on: str = ""


@dataclass(slots=True)
class Operation:
    """``variables`` are the types that were declared, as they were written."""

    kind: Literal["query", "mutation"]
    variables: dict[str, str]
    fields: list[Field]


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """A value with what the variables stand for in their places."""
    if isinstance(value, Variable):
        return variables.get(value.name)
    if isinstance(value, dict):
        return {name: filled(each, variables) for name, each in value.items()}
    return [filled(each, variables) for each in value] if isinstance(value, list) else value


class Parser:
    """Raises GraphError where the text is no operation."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        place, text = 0, text.rstrip()
        while place < len(text):
            found = TOKEN.match(text, place)
            if not found:
                raise GraphError(f"Parse error on {text[place : place + 10]!r}")
            self.tokens.append(found[1])
            place = found.end()
        self.tokens.reverse()

    def peek(self) -> str:
        return self.tokens[-1] if self.tokens else ""

    def take(self, wanted: str = "") -> str:
        if not self.tokens or (wanted and self.peek() != wanted):
            raise GraphError(f"Parse error on {self.peek()!r}, expected {wanted!r}")
        return self.tokens.pop()

    def operation(self) -> Operation:
        kind: Literal["query", "mutation"] = "mutation" if self.peek() == "mutation" else "query"
        if self.peek() in {"query", "mutation"}:
            self.take()
        if self.peek() not in {"(", "{"}:
            self.take()
        variables = self.declared() if self.peek() == "(" else {}
        return Operation(kind, variables, self.selection())

    def declared(self) -> dict[str, str]:
        self.take("(")
        found = {}
        while self.peek() != ")":
            self.take("$")
            name = self.take()
            self.take(":")
            found[name] = ""
            while self.peek() not in {"$", ")", "="}:
                found[name] += self.take()
            if self.peek() == "=":
                self.take()
                self.value()
        self.take(")")
        return found

    def selection(self, on: str = "") -> list[Field]:
        self.take("{")
        found: list[Field] = []
        while self.peek() != "}":
            if self.peek() == "...":
                self.take("...")
                self.take("on")
                found += self.selection(self.take())
            else:
                found.append(self.one(on))
        self.take("}")
        return found

    def one(self, on: str) -> Field:
        alias = name = self.take()
        if self.peek() == ":":
            self.take(":")
            name = self.take()
        made = Field(name=name, alias=alias, on=on)
        if self.peek() == "(":
            made.arguments = self.pairs("(", ")")
        if self.peek() == "{":
            made.fields = self.selection()
        return made

    def pairs(self, start: str, end: str) -> dict[str, Any]:
        self.take(start)
        found = {}
        while self.peek() != end:
            name = self.take()
            self.take(":")
            found[name] = self.value()
        self.take(end)
        return found

    def value(self) -> Any:
        if self.peek() == "{":
            return self.pairs("{", "}")
        word = self.take()
        if word == "$":
            return Variable(self.take())
        if word == "[":
            found = []
            while self.peek() != "]":
                found.append(self.value())
            self.take("]")
            return found
        try:
            return json.loads(word)
        except ValueError:
            return word  # the name of an enumeration's value
