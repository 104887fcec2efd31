"""The page of dependencies names what is pinned, and what the project asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/dependencies.md").read_text("utf-8")


def pinned() -> set[str]:
    texts = [(ROOT / "requirements" / name).read_text("utf-8") for name in ("action.txt", "local.txt")]
    return {name.lower() for text in texts for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


def test_every_pinned_package_is_listed_with_its_licence() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| (?:always|`local`) \|$", PAGE, re.MULTILINE)
    assert {name.lower() for name, _ in rows} == pinned()
    assert [name for name, licence in rows if "?" in licence or not licence.strip()] == []


def test_every_package_that_the_project_asks_for_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {re.split(r"[><=~]", one)[0].lower() for one in project["dependencies"]}
    reasons = PAGE.partition("## Licences")[0]
    assert {name.lower() for name in re.findall(r"^\| `([^`]+)` \|", reasons, re.MULTILINE)} == asked
