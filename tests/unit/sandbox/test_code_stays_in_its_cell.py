"""A module may have the interpreter call its functions: a candidate in their place runs in a cell alone."""

from __future__ import annotations

import pytest

from tests.support.cells import Cells

STUB = "def f(x=None):\n    raise NotImplementedError\n"
# Outside of a cell a process may be signalled; in one that is refused. What it finds out it leaves in its function.
SPY = """
def f(x=None):
    import os
    if x is None:
        try:
            os.kill(os.getpid(), 0)
        except OSError:
            return 0
        f.told = 'ran outside of a cell'
        return 0
    return getattr(f, 'told', 'held')
"""


@pytest.fixture(params=["A", "B"])
def leveled(cells: Cells, request: pytest.FixtureRequest) -> Cells:
    cells.level = request.param
    return cells


@pytest.mark.parametrize(
    "hook",
    [
        "import os\nos.register_at_fork(before=lambda: f())\n",
        "import os\nos.register_at_fork(after_in_parent=lambda: f())\n",
        "import os\nos.register_at_fork(after_in_child=lambda: f())\n",
        "import gc\ngc.callbacks.append(lambda phase, info: f())\n",
        "import sys\nsys.addaudithook(lambda name, given: name == 'os.fork' and f())\n",
    ],
    ids=["before a fork", "after it, in the parent", "after it, in the child", "at a collection", "at an audit"],
)
async def test_what_the_interpreter_calls_by_itself_runs_no_candidate_outside_of_a_cell(leveled, hook) -> None:
    source = STUB + hook.replace("f()", "_called()") + "def _called():\n    try:\n        f()\n"
    source += "    except NotImplementedError:\n        pass\n"
    shown = [await leveled.shown(SPY, f"f({n})", source=source) for n in (1, 2)]
    assert shown == ["'held'", "'held'"]


async def test_what_a_candidate_imports_is_bound_in_its_cell_alone(leveled) -> None:
    source = STUB + "import os\ndef log(n): ...\nos.register_at_fork(after_in_child=lambda: log(3))\n"
    code = "from os import _exit as log\ndef f(x=None):\n    return 7\n"
    seen = await leveled.run(code, "f(1)", source=source)
    assert [(one.status, one.value and one.value.data) for one in seen] == [("returned", 7)]


async def test_a_future_import_that_is_not_first_is_a_syntax_error(leveled) -> None:
    (seen,) = await leveled.run("import os\nfrom __future__ import annotations\ndef f(x=None):\n    return 7\n", "f(1)")
    assert (seen.status, "SyntaxError" in str(seen.error)) == ("raised", True)
