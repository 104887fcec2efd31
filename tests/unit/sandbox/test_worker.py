"""What a cell shows: results, effects, expected expressions, failures. Real workers, one repository a test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cosplay_action import sandbox
from cosplay_action.errors import SandboxError, SpecError

STACK = """
class Stack:
    def __init__(self, items): self.items = items
    def push(self, item): self.items.append(item)
    @property
    def top(self): return self.items[-1]
    @classmethod
    def of(cls, *items): return cls(list(items))
    @staticmethod
    def rank(x): return -x
    async def aside(self, item): self.items.insert(0, item)
"""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s = Stack([1])\ns.push(2)\ns.items", "[1, 2]"),
        ("Stack([1]).top", "1"),
        ("Stack.of(1, 2)", "Stack(items=[1, 2])"),
        ("Stack.rank(3)", "-3"),
        ("n = 3\n[n * i for i in range(n)]", "[0, 3, 6]"),
        ("import math\nmath.floor(2.5)", "2"),
        ("s = Stack([])\nawait s.aside(1)\ns.items", "[1]"),
        ("s = Stack([])", "None"),
    ],
)
async def test_an_input_is_setup_and_an_expression_in_the_modules_namespace(cells, text, shown) -> None:
    assert await cells.shown(STACK, text) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("async def f():\n    return 1", "1"),
        ("import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return [1]", "[1]"),
        ("def f():\n    yield 1\n    yield 2", "[1, 2]"),
        ("async def f():\n    yield 1\n    yield 2", "[1, 2]"),
        ("def f(): return map(str, [1])", "['1']"),
        ("def f(): return {1: 2}.keys()", "[1]"),
        ("def f(): return (zip('a', 'b'), 3)", "([('a', 'b')], 3)"),
        ("class It:\n  n = 0\n  def __iter__(self): return self\n  def __next__(self):\n    self.n += 1\n"
         "    if self.n > 2: raise StopIteration\n    return self.n\ndef f(): return It()", "[1, 2]"),
        ("def f():\n    x = []\n    for i in range(2):\n        x.append(i)\n        yield x", "[[0, 1], [0, 1]]"),
    ],
)  # fmt: skip
async def test_coroutines_are_awaited_and_iterators_drained(cells, code, shown) -> None:
    assert await cells.shown(code, "f()") == shown


@pytest.mark.parametrize("code", ["import itertools\ndef f(): return itertools.count()",
                                  "async def f():\n    while True: yield 1"])  # fmt: skip
async def test_an_endless_iterator_is_too_much_output(cells, code) -> None:
    assert (await cells.one(code, "f()")).status == "too_much_output"


async def test_an_iterator_that_raises_while_it_is_drained_raised(cells) -> None:
    seen = await cells.one("def f():\n    yield 1\n    raise KeyError('k')", "f()")
    assert (seen.status, seen.error[:2]) == ("raised", ("KeyError", "LookupError"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s = Stack([1])\ns.push(2)", "(Stack(items=[1, 2]), 2)"),
        ("Stack([1]).push(item=[2])", "(Stack(items=[1, [2]]), [2])"),
        ("s = Stack([])\nStack.push(s, 1)", "(Stack(items=[1]), 1)"),
        ("s = Stack([])\nStack.push(*[s, 1])", "([Stack(items=[1]), 1],)"),
        ("s = Stack([])\ns.push(**{'item': 1})", "(Stack(items=[1]), {'item': 1})"),
        ("s = Stack([1])\ns.push(2)\ns.items", "[1, 2]"),
    ],
)
async def test_effects_are_receiver_and_arguments_after_the_call(cells, text, shown) -> None:
    assert await cells.shown(STACK, text, qualname="Stack.push", observe="effects") == shown


@pytest.mark.parametrize(
    ("code", "text", "shown"),
    [
        ("def f(xs): xs.sort()", "f([2, 1])", "([1, 2],)"),
        ("def f(xs): return xs.sort() or 5", "f([2, 1])", "([1, 2], 5)"),
        ("async def f(xs): xs.sort()", "f([2, 1])", "([1, 2],)"),
        ("async def f(xs): xs.sort()", "await f([2, 1])", "([1, 2],)"),
        ("def f(d, *, key): d[key] = d", "d = {}\nf(d, key=1)", "({1: <cycle>}, 1)"),
    ],
)
async def test_effects_of_a_function_are_its_arguments(cells, code, text, shown) -> None:
    assert await cells.shown(code, text, observe="effects") == shown


async def test_a_sibling_module_sees_the_candidate(cells) -> None:
    cells.write(
        "src/shop/desk.py", "from shop.stock import f\nfrom shop import stock\ndef g(x): return f(x) + stock.f(x)\n"
    )
    code = "def f(x):\n    from shop.desk import g\n    return 10 if x else g(1)\n"
    assert await cells.shown(code, "f(0)") == "20"


async def test_a_package_that_imports_the_target_gets_the_candidate(cells) -> None:
    cells.write("src/shop/__init__.py", "from .stock import f\n")
    assert await cells.shown("def f(x): return x + 1", "__import__('shop').f(1)") == "2"


async def test_the_target_may_be_a_package_itself(cells) -> None:
    cells.write("src/shop/helper.py", "ONE = 1\n")
    code = "from .helper import ONE\ndef f(): return ONE, __file__[-16:], __name__"
    shown = await cells.shown(code, "f()", module="shop", path="src/shop/__init__.py")
    assert shown == "(1, 'shop/__init__.py', 'shop')"


async def test_repository_classes_can_be_arguments_and_results(cells) -> None:
    cells.write("src/shop/point.py", "class Point:\n    def __init__(self, x): self.x = x\n")
    code = "from shop.point import Point\ndef f(p): return [Point(p.x + 1)]"
    assert await cells.shown(code, "f(Point(1))") == "[Point(x=2)]"


async def test_an_expected_expression_is_evaluated_against_the_module_as_it_stands(cells) -> None:
    source = "class P:\n    def __init__(self, x): self.x = x\ndef f(x): ...\n"
    seen = await cells.run(None, "[1, P(2)]", 'float("nan")', "f(1)", "1 +", "nothing", source=source)
    assert [s.status for s in seen] == ["returned", "returned", "returned", "raised", "raised"]
    assert seen[3].error[0] == "SyntaxError"
    assert seen[4].error[0] == "NameError"


async def test_cells_do_not_see_each_other(cells) -> None:
    code = "SEEN = []\ndef f(x):\n    SEEN.append(x)\n    return SEEN"
    seen = await cells.run(code, "f(1)", "f(2)")
    assert [len(s.value.items) for s in seen] == [1, 1]


async def test_a_traceback_in_a_cell_shows_the_candidates_lines(cells) -> None:
    handler = "    except ZeroDivisionError:\n        return traceback.format_exc()"
    code = f"import traceback\ndef f():\n    try:\n        1 / 0  # here\n{handler}"
    assert "1 / 0  # here" in await cells.shown(code, "f()")


async def test_an_exception_shows_its_classes_and_its_message(cells) -> None:
    seen = await cells.one("class Own(ValueError): pass\ndef f(): raise Own('no such thing')", "f()")
    assert seen.error == ("Own", "ValueError", "Exception")
    assert seen.detail == "no such thing"


@pytest.mark.parametrize(
    ("statement", "status", "first"),
    [
        ("raise KeyboardInterrupt", "raised", "KeyboardInterrupt"),
        ("raise BaseException", "raised", "BaseException"),
        ("raise GeneratorExit", "raised", "GeneratorExit"),
        ("return f()", "raised", "RecursionError"),
        ("raise MemoryError", "out_of_memory", None),
        ("raise SystemExit", "exited", None),
    ],
)
async def test_every_kind_of_exception_has_a_status(cells, statement, status, first) -> None:
    seen = await cells.one(f"def f():\n    {statement}", "f()")
    assert (seen.status, seen.error[:1]) == (status, (first,) if first else ())


async def test_an_exception_that_cannot_be_printed_is_still_raised(cells) -> None:
    code = "class E(Exception):\n    def __str__(self): raise SystemExit\ndef f(): raise E"
    seen = await cells.one(code, "f()")
    assert (seen.status, seen.error[0], seen.detail) == ("raised", "E", "")


async def test_honest_output_that_speaks_of_errors_is_a_value(cells) -> None:
    assert await cells.shown("def f(): return 'error: Traceback (most recent call last)'", "f()")


@pytest.mark.parametrize(
    ("code", "status", "first", "said"),
    [
        ("import nothing_like_it", "raised", "ModuleNotFoundError", "while its helpers were defined: "),
        ("def f(:", "raised", "SyntaxError", "while it was compiled: "),
        ("raise MemoryError", "out_of_memory", None, ""),
        ("raise SystemExit(3)", "exited", None, "while its helpers were defined: sys.exit(3)"),
        ("import os\nos._exit(3)", "exited", None, "exited with code 3"),
        ("import os\nfor i in range(256):\n  try: os.write(i, b'garbage')\n  except OSError: pass", "exited", None, ""),
        ("def f(): return '\ud800'", "raised", "UnicodeEncodeError", "while it was compiled: "),
    ],
)
async def test_a_candidate_that_fails_before_it_is_called_fails_every_input(cells, code, status, first, said) -> None:
    seen = await cells.run(code, "f()", "f()")
    assert [s.status for s in seen] == [status, status]
    assert seen[0].error[:1] == ((first,) if first else ())
    assert said in seen[0].detail


@pytest.mark.parametrize("source", ["import nothing_like_it", "raise SystemExit", "import os\nos._exit(1)"])
async def test_a_module_of_the_user_that_fails_to_import_is_an_error_with_a_cure(cells, source) -> None:
    with pytest.raises(SpecError, match=r"the module shop\.stock cannot be imported: ") as caught:
        await cells.run(None, "1", "2", source=source)
    assert "--python" in caught.value.cure


async def test_what_a_module_prints_while_imported_is_no_answer(cells) -> None:
    assert await cells.shown("print('[0, 0, []]' * 9)\ndef f(): return 1", "f()") == "1"


@pytest.mark.parametrize("part", sorted(Path(sandbox.__path__[0]).glob("worker[._]*")), ids=lambda path: path.stem)
def test_the_worker_is_written_for_python_3_9_and_the_standard_library(part) -> None:
    tree = ast.parse(part.read_text(), feature_version=(3, 9))
    parts = {f"_cosplay_{path.stem}" for path in part.parent.glob("worker_*.py")}
    late = {"cosplay_action", *parts}
    imported = [n.names[0].name for n in ast.walk(tree) if isinstance(n, ast.Import)]
    imported += [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert {name.split(".")[0] for name in imported} <= set(__import__("sys").stdlib_module_names) | late


async def test_what_a_candidate_breaks_around_itself_is_whole_in_its_next_cell(cells) -> None:
    code = "import os\ndef f():\n    found = callable(os.fork)\n    os.fork = None\n    return found"
    assert [s.value.data for s in await cells.run(code, "f()", "f()")] == [True, True]


async def test_a_broken_worker_without_a_candidate_is_the_sandboxs_failure(cells) -> None:
    with pytest.raises(SandboxError, match="not callable"):
        await cells.run(None, "f()", source="import os\nos.fork = None\n")


async def test_a_thread_that_writes_to_the_result_channel_costs_only_its_own_candidate(cells) -> None:
    code = (
        "import os, threading, time\ndef spoil():\n  time.sleep(0.05)\n  for i in range(3, 64):\n"
        "    try: os.write(i, b'\\xff' * 64)\n    except OSError: pass\n"
        "threading.Thread(target=spoil, daemon=True).start()\ndef f():\n    time.sleep(0.2)\n    return 1"
    )
    assert {s.status for s in await cells.run(code, "f()", "f()")} <= {"returned", "exited", "timed_out"}
