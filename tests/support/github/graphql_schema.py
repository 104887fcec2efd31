"""GitHub's own GraphQL schema (npm ``@octokit/graphql-schema``): what is wrong with an operation or its answer."""

from __future__ import annotations

import functools
import json
from typing import Any

from tests.support.github.graphql_query import Field, Operation, Variable
from tests.support.github.openapi import MODULES, installed

Type = dict[str, Any]
SCALARS = {"Int": int, "Boolean": bool, "Float": float}  # every other scalar is a text


def written(kind: Type) -> str:
    """A type as one writes it: ``[String!]!``."""
    if kind["kind"] == "NON_NULL":
        return written(kind["ofType"]) + "!"
    return f"[{written(kind['ofType'])}]" if kind["kind"] == "LIST" else str(kind["name"])


def bare(kind: Type) -> str:
    """The name of a type without lists and exclamation marks."""
    return bare(kind["ofType"]) if kind["ofType"] else str(kind["name"])


class Schema:
    def __init__(self, document: Type) -> None:
        self.types: dict[str, Type] = {one["name"]: one for one in document["types"]}
        self.roots = {"query": document["queryType"]["name"], "mutation": document["mutationType"]["name"]}

    def field(self, kind: str, name: str) -> Type | None:
        """A field of a type; None where it has none of that name."""
        return next((one for one in self.types[kind].get("fields") or () if one["name"] == name), None)

    def operation(self, operation: Operation) -> list[str]:
        """What is wrong with an operation."""
        return self._fields(self.roots[operation.kind], operation.fields, operation.variables)

    def _fields(self, kind: str, fields: list[Field], variables: dict[str, str]) -> list[str]:
        found = []
        for one in fields:
            if one.on and one.on not in self.types:
                found.append(f"there is no type {one.on}")
                continue
            known = self.field(one.on or kind, one.name)
            if one.name == "__typename":
                continue
            if known is None:
                found.append(f"{one.on or kind} has no field {one.name}")
                continue
            found += [f"{one.name}: {error}" for error in self._arguments(known["args"], one.arguments, variables)]
            inner = bare(known["type"])
            if bool(one.fields) != (self.types[inner]["kind"] in {"OBJECT", "INTERFACE", "UNION"}):
                found.append(f"{one.name}: fields of it must be named if it has any, and only then")
            found += self._fields(inner, one.fields, variables)
        return found

    def _arguments(self, known: list[Type], given: dict[str, Any], variables: dict[str, str]) -> list[str]:
        types = {one["name"]: one["type"] for one in known}
        found = [f"there is no argument {name}" for name in given if name not in types]
        found += [
            f"the argument {one['name']} is missing"
            for one in known
            if one["type"]["kind"] == "NON_NULL" and one["defaultValue"] is None and one["name"] not in given
        ]
        for name, value in given.items():
            if name in types:
                found += [f"{name}: {error}" for error in self._value(types[name], value, variables)]
        return found

    def _value(self, kind: Type, value: Any, variables: dict[str, str]) -> list[str]:
        if isinstance(value, Variable):
            has, wants = variables.get(value.name, ""), written(kind)
            return [] if wants in {has, has.removesuffix("!")} else [f"{has or '$' + value.name} is no {wants}"]
        if isinstance(value, list):
            inner = kind["ofType"] if kind["kind"] == "NON_NULL" else kind
            if inner["kind"] != "LIST":
                return [f"a list is no {written(kind)}"]
            return [error for each in value for error in self._value(inner["ofType"], each, variables)]
        named = self.types[bare(kind)]
        if named["kind"] == "INPUT_OBJECT" and isinstance(value, dict):
            return self._arguments(named["inputFields"], value, variables)
        if named["kind"] == "ENUM" and value not in {one["name"] for one in named["enumValues"]}:
            return [f"{value} is no {named['name']}"]
        return [] if named["kind"] == "ENUM" else self._scalar(named["name"], value)

    @staticmethod
    def _scalar(name: str, value: Any) -> list[str]:
        fits = isinstance(value, SCALARS.get(name, str)) and (name == "Boolean" or not isinstance(value, bool))
        return [] if fits else [f"{value!r} is no {name}"]

    # -- answers ----------------------------------------------------------------------------------------------------

    def answer(self, operation: Operation, data: Any) -> list[str]:
        """What is wrong with the ``data`` of an answer without errors."""
        return self._object(self.roots[operation.kind], operation.fields, data)

    def _object(self, kind: str, fields: list[Field], data: Any) -> list[str]:
        found = []
        for one in fields:
            known = self.field(one.on or kind, one.name)
            if known and one.alias in data:
                found += [f"{one.alias}: {error}" for error in self._result(known["type"], one.fields, data[one.alias])]
        return found

    def _result(self, kind: Type, fields: list[Field], value: Any) -> list[str]:
        if kind["kind"] == "NON_NULL":
            return ["it is null"] if value is None else self._result(kind["ofType"], fields, value)
        if value is None:
            return []
        if kind["kind"] == "LIST":
            return [error for each in value for error in self._result(kind["ofType"], fields, each)]
        if kind["kind"] == "SCALAR":
            return self._scalar(kind["name"], value)
        if kind["kind"] == "ENUM":
            return self._value(kind, value, {})
        return self._object(kind["name"], fields, value)


@functools.cache
def schema() -> Schema | None:
    """The schema where it is installed, else None. Raises AssertionError where it must be."""
    if not installed():
        return None
    path = MODULES / "graphql-schema" / "schema.json"
    return Schema(json.loads(path.read_text(encoding="utf-8"))["__schema"])
