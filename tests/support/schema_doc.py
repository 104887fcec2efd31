"""``report.schema.json`` as a page for people. ``python -m tests.support.schema_doc`` writes docs/report-schema.md."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "report-schema.md"
HEAD = """# report.json, schema version {version}

{description}

The machine's version of this page is `cosplay_action/evidence/report.schema.json` (JSON Schema, draft 2020-12). Every
field is always there; no other field is allowed. The file is ASCII with LF line ends, the same bytes for the same
journal, and holds no path of the machine and no date but `facts.created`.
"""


def load_schema() -> dict:
    return json.loads(files("cosplay_action.evidence").joinpath("report.schema.json").read_text("utf-8"))


def render(schema: dict) -> str:
    head = HEAD.format(version=schema["properties"]["schema"]["const"], description=schema["description"])
    parts = [head, "## Report\n\n" + _table(schema)]
    parts += [f"## {name}\n\n{one['description']}\n\n{_table(one)}" for name, one in schema["$defs"].items()]
    return "\n".join(parts)


def _table(schema: dict) -> str:
    rows = [f"| `{name}` | {_type(one)} | {one['description']} |" for name, one in schema["properties"].items()]
    return "\n".join(["| field | type | meaning |", "| --- | --- | --- |", *rows, ""])


def _type(one: dict) -> str:
    if "$ref" in one:
        name = one["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in one:
        return " or ".join(_type(part) for part in one["anyOf"])
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"])
    if "const" in one:
        return f"`{one['const']}`"
    kind = one["type"]
    if kind == "array":
        return f"list of {_type(one['items'])}"
    return " or ".join(kind) if isinstance(kind, list) else kind


if __name__ == "__main__":
    PAGE.write_text(render(load_schema()), "utf-8", newline="\n")
