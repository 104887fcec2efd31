"""Names of a signature that are a module's and a class's: what is used behind them says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.specs.issue import Prepared, prepare, read_issue
from tests.support.issue_specs import form, repository


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop")


def place(root: Path, signature: str, examples: str = "", target: str = "src/shop/new.py::join") -> Prepared:
    return prepare(root, read_issue(form(target=target, signature=signature, examples=examples), "spec.md"))


def imports(prepared: Prepared) -> list[str]:
    text = prepared.changes[0].new.decode()
    return [line for line in text.split("\n") if line.startswith(("import ", "from "))]


@pytest.mark.parametrize(
    ("hint", "lines"),
    [
        ("datetime.date", ["import datetime"]),
        ("datetime.datetime", ["import datetime"]),
        ("datetime.time | None", ["import datetime"]),
        ("datetime", ["from datetime import datetime"]),
        ("date", ["from datetime import date"]),
        ("datetime | date", ["from datetime import date, datetime"]),
        ("date | decimal.Decimal", ["import decimal", "from datetime import date"]),
        ("collections.abc.Sequence[Decimal]", ["import collections.abc", "from decimal import Decimal"]),
        ("collections.Counter | collections.abc.Sized", ["import collections", "import collections.abc"]),
        ("list[pathlib.Path]", ["import pathlib"]),
        ("datetime = datetime.min", ["from datetime import datetime"]),
        ("date = date.min", ["from datetime import date"]),
    ],
)
def test_a_name_before_a_dot_is_the_module(root: Path, hint: str, lines: list[str]) -> None:
    assert imports(place(root, f"def join(a: {hint}) -> int")) == lines


def test_examples_use_the_module_that_the_signature_names(root: Path) -> None:
    prepared = place(
        root, "def join(a: datetime.date) -> int",
        "join(datetime.date(2020, 1, 1)) -> 2020\njoin(datetime.date(1999, 5, 6)) -> 1999",
    )  # fmt: skip
    assert [one.input for one in prepared.examples] == [
        "join(datetime.date(2020, 1, 1))", "join(datetime.date(1999, 5, 6))",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        ("def join(a: datetime, b: datetime.date) -> int", "`datetime` is a class and a module here"),
        ("from datetime import datetime\ndef join(a: datetime.date) -> int", "`datetime` is a class and a module here"),
    ],
)
def test_one_name_is_no_class_and_module_at_once(root: Path, signature: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        place(root, signature)
    assert said in caught.value.what


@pytest.mark.parametrize(
    ("there", "hint"),
    [("from datetime import datetime", "datetime.date"), ("import datetime", "datetime")],
)
def test_the_module_and_the_signature_mean_the_same(root: Path, there: str, hint: str) -> None:
    (root / "src/shop/new.py").write_text(f"{there}\n", "utf-8")
    with pytest.raises(SpecError, match=r"`datetime` is something else in src/shop/new\.py already"):
        place(root, f"def join(a: {hint}) -> int")
