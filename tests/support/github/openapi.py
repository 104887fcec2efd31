"""GitHub's own description of its API (npm ``@octokit/openapi``): what is wrong with a request or an answer.

``npm install --prefix tests/support/npm`` installs it. Without it nothing is checked, unless COSPLAY_TEST_OPENAPI=1.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT202012

MODULES = Path(__file__).parents[1] / "npm" / "node_modules" / "@octokit"
URI = "urn:github"
# What every operation may answer, whether its description says so or not.
ANYWHERE = {400, 401, 403, 404, 410, 422, 429}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
# GitHub takes a bare list of labels, which is how PyGithub sends them; the description knows the object only.
BARE_LABELS = "~1issues~1{issue_number}~1labels/post"
INSTALL = "npm install --prefix tests/support/npm"
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def _moment(value: object) -> bool:
    return not isinstance(value, str) or bool(MOMENT.fullmatch(value))


@FORMATS.checks("uri")
def _uri(value: object) -> bool:
    return not isinstance(value, str) or bool(re.match(r"[a-z][a-z0-9+.-]*:\S+|git@", value))


def _or_null(keyword: str) -> Any:
    """A keyword of JSON Schema that lets None pass where the schema says ``nullable``, as OpenAPI 3.0 does."""
    usual = Draft202012Validator.VALIDATORS[keyword]

    def check(validator: Any, value: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
        if not (instance is None and schema.get("nullable")):
            yield from usual(validator, value, instance, schema) or ()

    return check


NULLABLE = {keyword: _or_null(keyword) for keyword in ("type", "enum", "oneOf", "anyOf", "allOf")}
OpenApiValidator: Any = validators.extend(Draft202012Validator, NULLABLE)  # type: ignore[no-untyped-call]


def installed() -> bool:
    """Whether the description is there. Raises AssertionError where it must be and is not."""
    found = all((MODULES / name).is_dir() for name in ("openapi", "graphql-schema", "webhooks-examples"))
    wanted = os.environ.get("COSPLAY_TEST_OPENAPI") == "1"
    assert found or not wanted, f"COSPLAY_TEST_OPENAPI=1, but GitHub's descriptions are not installed: {INSTALL}"
    return found


class Description:
    """The description, read once a process."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._registry: Registry[Any] = Registry().with_resource(URI, DRAFT202012.create_resource(document))
        self._validators: dict[str, Any] = {}

    def _errors(self, pointer: str, value: object) -> list[str]:
        if pointer not in self._validators:
            schema = {"$ref": f"{URI}#{pointer}"}
            self._validators[pointer] = OpenApiValidator(schema, registry=self._registry, format_checker=FORMATS)
        return [_sentence(error) for error in self._validators[pointer].iter_errors(value)]

    def _follow(self, pointer: str) -> tuple[str, Any]:
        """What a pointer points at, behind references."""
        here: Any = self.document
        for part in pointer.split("/")[1:]:
            here = here[int(part)] if isinstance(here, list) else here[part.replace("~1", "/").replace("~0", "~")]
        if isinstance(here, dict) and "$ref" in here:
            return self._follow(here["$ref"].removeprefix("#"))
        return pointer, here

    def operation(self, method: str, template: str) -> str | None:
        """The pointer to an operation; None when GitHub has none such."""
        if method.lower() not in self.document["paths"].get(template, {}):
            return None
        return f"/paths/{template.replace('/', '~1')}/{method.lower()}"

    # -- requests ---------------------------------------------------------------------------------------------------

    def request(
        self, method: str, template: str, params: Mapping[str, str], query: Mapping[str, str], data: object
    ) -> list[str]:
        """What is wrong with a request."""
        operation = self.operation(method, template)
        if operation is None:
            return [f"GitHub has no {method} {template}"]
        found = [f"path: {error}" for error in self._parameters(operation, "path", params)]
        found += [f"query: {error}" for error in self._parameters(operation, "query", query)]
        return found + [f"body: {error}" for error in self._body(operation, data)]

    def _parameters(self, operation: str, place: str, given: Mapping[str, str]) -> Iterator[str]:
        listed = self._follow(operation)[1].get("parameters", [])
        known = {}
        for k in range(len(listed)):
            pointer, one = self._follow(f"{operation}/parameters/{k}")
            if one["in"] == place:
                known[one["name"]] = (f"{pointer}/schema", one)
        yield from (f"{name} is not known" for name in given.keys() - known.keys())
        for name, (pointer, one) in known.items():
            if name in given:
                yield from self._errors(pointer, _typed(given[name], self._follow(pointer)[1]))
            elif one.get("required"):
                yield f"{name} is missing"

    def _body(self, operation: str, data: object) -> list[str]:
        described = self._follow(operation)[1].get("requestBody")
        if described is None:
            return [] if data is None else ["there should be none"]
        if data is None:
            return ["there is none"] if described.get("required") else []
        if operation.endswith(BARE_LABELS) and isinstance(data, list):
            data = {"labels": data}
        pointer = f"{operation}/requestBody/content/application~1json/schema"
        schema = self._follow(pointer)[1]
        known, sent = schema.get("properties"), data if isinstance(data, dict) else {}
        strange = [f"{name} is not known" for name in sent if known and name not in known]
        return strange + self._errors(pointer, data)

    # -- answers ----------------------------------------------------------------------------------------------------

    def answer(self, method: str, template: str, status: int, body: object) -> list[str]:
        """What is wrong with an answer."""
        operation = self.operation(method, template)
        if operation is None:
            return [f"GitHub has no {method} {template}"]
        responses = self._follow(operation)[1]["responses"]
        if str(status) not in responses:
            if status not in ANYWHERE and status < 500:
                return [f"GitHub answers no {status}"]
            return self._errors("/components/schemas/basic-error", body)
        pointer, one = self._follow(f"{operation}/responses/{status}")
        if "application/json" not in one.get("content", {}):
            return [] if body is None or status >= 400 else ["there should be no body"]
        return self._errors(f"{pointer}/content/application~1json/schema", body)


def _typed(text: str, schema: Mapping[str, Any]) -> object:
    """A parameter as its schema has it; a text that does not fit stays one."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def _sentence(error: ValidationError) -> str:
    """An error with its place, and what was wrong in the branch that came closest."""
    best = error
    while best.context:
        best = min(best.context, key=lambda one: (-len(one.absolute_path), one.validator == "type"))
    where = "/".join(map(str, best.absolute_path)) or "whole"
    return f"{where}: {best.message[:300]}"


@functools.cache
def description() -> Description | None:
    """The description where it is installed, else None. Raises AssertionError where it must be."""
    if not installed():
        return None
    path = MODULES / "openapi" / "generated" / "api.github.com.json"
    return Description(json.loads(path.read_text(encoding="utf-8")))
