"""What a cell's message says of files is the same on every machine."""

from __future__ import annotations

import pytest

from tests.support.cells import Cells


@pytest.mark.parametrize("level", ["A", "B", "D"])
async def test_a_message_names_no_folder_of_the_machine(cells: Cells, level: str) -> None:
    cells.level = level
    missing = await cells.one("from collections import nothing_like_it\ndef f(): return 1", "f()")
    assert "(<python>/" in missing.detail
    cells.write("src/shop/desk.py", "ONE = 1\n")
    own = await cells.one("def f():\n    from shop.desk import two", "f()")
    assert own.detail == "cannot import name 'two' from 'shop.desk' (src/shop/desk.py)"
