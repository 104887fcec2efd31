"""Repositories in which an implementation has landed with its evidence, and an environment of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from cosplay_action.landing import implementation_digest
from cosplay_action.method.domain import KeptTest
from cosplay_action.method.job import digest
from cosplay_action.specs.layout import import_place
from cosplay_action.specs.stub import read_stub
from cosplay_action.specs.testfile import render_tests
from tests.support.command import git, repository
from tests.support.kept import kept
from tests.support.pythons import environment, packages

STUB = 'def twice(x: int) -> int:\n    """Return 2 * x."""\n    ...\n'
RIGHT = STUB.replace("...", "return 2 * x")
WRONG = STUB.replace("...", "return 3 * x")
TWICE = (kept("twice(1)", 2), kept("twice(-4)", -8))


def land(
    root: Path, text: str = RIGHT, *, stub: str = STUB, spec: str = "m.py::twice", place: str = "tests/test_m.py",
    tests: tuple[KeptTest, ...] = TWICE,
) -> None:  # fmt: skip
    """Write a module, as if the stub had been played, and its kept tests."""
    path, _, qualname = spec.partition("::")
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(stub)
    read = read_stub(root, spec, import_place)
    file.write_text(text)
    rendered = render_tests(
        read.contract.target, tests, place=place, spec_digest=digest(read.statement),
        implementation_digest=implementation_digest(text.encode(), qualname),
    )  # fmt: skip
    assert rendered.text, rendered.unrendered
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / place).write_text(rendered.text)


def landed_repository(root: Path, files: Mapping[str, str] | None = None) -> Path:
    """A repository with ``m.py::twice``, its evidence, and a ``.venv`` that git ignores."""
    made = repository(root, {".gitignore": ".venv\n", **(files or {})})
    land(made)
    git(made, "add", "--all")
    with_environment(made / ".venv")
    return made


def with_environment(folder: Path) -> Path:
    """A virtual environment that has pytest: it borrows ours. Returns its interpreter."""
    python = environment(folder)
    ours = Path(pytest.__file__).parents[1]
    (packages(python) / "borrowed.pth").write_text(f"{ours}\n")
    return python
