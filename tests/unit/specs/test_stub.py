"""A stub as the method's contract, and what the model is shown of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from cosplay_action.method.job import Limits
from cosplay_action.method.ports import Contract
from cosplay_action.specs.context import context
from cosplay_action.specs.source import parse_module
from cosplay_action.specs.stub import StubContract, read_stub
from cosplay_action.specs.surroundings import surroundings
from tests.support.stubs import flat, shared_target, target_of, why

MODELS = '''
from dataclasses import dataclass
from enum import Enum

@dataclass(frozen=True)
class Interval:
    """A closed interval.

    Long story.
    """

    lo: int
    hi: int = 0

    def width(self) -> int:
        """How wide."""
        return self.hi - self.lo

class Unmentioned: pass

class Color(Enum):
    RED = 1
'''
MODULE = '''
"""Things."""
import heapq
from typing import Optional
from models import Color, Interval, Unmentioned

LIMIT = 3
TABLE = [
    "a long constant, of which the model needs no more than the name, as nobody reads on",
    "and some more of it, so that it is certainly longer than it may be",
]

def other(a: int, *, b: str = "x") -> int:
    """Other thing.

    Hidden paragraph.
    """
    return a + 12345

def merge(spans: list[Interval], color: Color, *, key: Optional[int], table: dict[str, int] = {}) -> tuple[int, str]:
    """Merge the spans. Raises ValueError when empty.

    >>> merge([], Color.RED, key=None)
    (0, '')
    """
    ...

class Stack:
    """A stack."""

    def __init__(self, items: list[int]) -> None:
        self.items = list(items)

    def push(self, x: int) -> None:
        """Push x.

            indented
        end
        """

    def pop(self) -> int:
        return self.items.pop()

    @property
    def size(self) -> int: ...
'''


@pytest.fixture
def contract(tmp_path: Path) -> StubContract:
    return StubContract(target_of(tmp_path, MODULE, "merge", models=MODELS))


def method(name: str) -> StubContract:
    return StubContract(shared_target(MODULE, f"Stack.{name}"))


def test_a_stub_contract_is_the_methods_contract(contract: StubContract) -> None:
    accepted: Contract = contract
    assert accepted.words.code == "one Python code block with the complete function `merge`"


def test_the_context_shows_outlines_and_nothing_of_what_is_inside(contract: StubContract) -> None:
    shown = context(contract.target)
    assert "import heapq" in shown
    assert "LIMIT = 3" in shown
    assert "TABLE = ..." in shown
    assert '"""Other thing."""' in shown
    assert "Hidden" not in shown
    assert "12345" not in shown
    assert "def merge" not in shown
    ast.parse(shown)


def test_the_context_is_the_same_after_many_other_texts_were_parsed(contract: StubContract) -> None:
    before = context(contract.target)
    for number in range(100):
        parse_module(f"x = {number}\n")
    assert context(contract.target) == before


def test_the_context_shows_mentioned_names_of_the_repositorys_other_modules(contract: StubContract) -> None:
    shown = context(contract.target)
    assert "# from models.py\n@dataclass(frozen=True)\nclass Interval:" in shown
    assert "def width(self) -> int:" in shown
    assert "Long story" not in shown
    assert "class Unmentioned" not in shown


def test_the_context_of_a_method_shows_its_class_with_the_whole_init() -> None:
    shown = context(method("push").target)
    assert "self.items = list(items)" in shown
    assert "def pop(self) -> int:" in shown
    assert "self.items.pop()" not in shown
    assert "def push" not in shown


@pytest.mark.parametrize("limit", [200, 600, 1200, 6000])
def test_the_context_is_bounded_and_the_nearest_come_first(limit: int) -> None:
    many = "".join(f"def far_{i}(a):\n    '''{'words ' * 20}'''\n    return a\n\n" for i in range(200))
    target = shared_target(f"{many}def near(a): return a\n\n{many}\ndef f(x):\n    '''Uses near.'''\n", "f")
    shown = context(target, limit)
    assert len(shown) <= limit
    assert "def near" in shown


def test_the_task_shows_the_stub_last_and_its_examples_only_when_asked(contract: StubContract) -> None:
    task = contract.task()
    assert task.index("LIMIT = 3") < task.index("def merge(spans")
    assert ">>> merge([], Color.RED, key=None)" in task
    assert "m.py" in task
    bare = contract.task(examples=False)
    assert ">>>" not in bare
    assert "Merge the spans. Raises ValueError when empty." in bare


def test_a_methods_stub_is_shown_inside_its_class_with_its_docstring_in_place() -> None:
    shown = method("push").stub_text()
    assert shown == (
        'class Stack:\n    def push(self, x: int) -> None:\n        """Push x.\n\n            indented\n        end\n'
        '        """\n        ...'
    )


@pytest.mark.parametrize("docstring", ['a \\"\\"\\" b', "a \\\\ b", 'ends with "q\\"', "é"])
def test_a_docstring_with_quotes_or_backslashes_is_shown_as_valid_python(docstring: str) -> None:
    target = shared_target(f'def f(x):\n    """{docstring}"""\n', "f")
    node = ast.parse(StubContract(target).stub_text()).body[0]
    assert isinstance(node, ast.FunctionDef)
    assert ast.get_docstring(node) == target.docstring


def test_the_example_input_is_made_from_the_type_hints_and_can_be_read_back(contract: StubContract) -> None:
    assert contract.words.input_example == "merge([Interval(3)], Color.RED, key=3)"
    for one in (contract, method("push"), method("size")):
        words = one.words
        assert isinstance(one.read_input(words.input_example, strict=True), str)
        assert words.input_example in words.input
    assert method("push").words.input_example == "s = Stack([3]); s.push(3); s.items"


def test_the_form_of_an_output_has_an_example_only_where_literals_cannot_write_it(contract: StubContract) -> None:
    assert contract.words.output == "<the result as a Python expression; or: raises SomeError>"
    made = StubContract(shared_target("from decimal import Decimal\n\n\ndef f(x: int) -> Decimal: ...\n", "f"))
    assert made.words.output == "<the result as a Python expression, such as Decimal('2.5'); or: raises SomeError>"


def test_a_reply_that_cannot_be_placed_is_unusable_when_it_is_read(contract: StubContract) -> None:
    reply = "LIMIT = 4\ndef merge(spans, color, *, key, table={}):\n    return LIMIT, ''\n"
    assert "collides" in why(contract.read_candidate(reply))


def test_a_job_holds_the_spliced_module_and_nothing_of_the_expected(contract: StubContract) -> None:
    source = contract.read_candidate("def merge(spans, color, *, key, table={}):\n    return 0, ''\n")
    assert isinstance(source, str)
    job = contract.job(source, ["merge([], Color.RED, key=None)"])
    assert job.candidate is not None
    assert "    return 0, ''\n" in job.candidate
    assert (job.module, job.path, job.qualname, job.roots) == ("m", "m.py", "merge", (".",))
    assert job.observe == "result"
    assert contract.job(None, ["1"]).candidate is None
    assert method("push").job(None, ["1"]).observe == "effects"
    with pytest.raises(ValueError, match="not a candidate of merge"):
        contract.job("def other(): pass\n", ["1"])


@pytest.mark.parametrize("body", ["...", "pass", "'Doc.'", "raise NotImplementedError('soon')"])
def test_an_expected_value_that_would_run_the_stub_raises_instead(body: str) -> None:
    text = "class A:\n    def f(self, x):\n        {}\n\ndef h(x): return A().f(x)\n"
    job = StubContract(shared_target(text.format(body), "A.f")).job(None, ["h(1)"])
    doc = "'Doc.'\n        " if "Doc" in body else ""
    assert job.source == text.format(f"{doc}raise NotImplementedError")
    namespace: dict[str, Callable[[int], object]] = {}
    exec(job.source, namespace)
    with pytest.raises(NotImplementedError):
        namespace["h"](1)


def test_overloads_are_shown_beside_the_stub_that_implements_them() -> None:
    text = (
        "from typing import overload\n@overload\ndef f(x: int) -> int: ...\n"
        "@overload\ndef f(x: str) -> str: ...\ndef f(x): ...\n"
    )
    task = StubContract(shared_target(text, "f")).task()
    assert "def f(x: int) -> int:" in task
    assert "def f(x: str) -> str:" in task
    assert task.count("def f(x):") == 1


def test_only_exceptions_that_the_statement_names_are_values(contract: StubContract) -> None:
    assert contract.statement_names("ValueError")
    assert not contract.statement_names("KeyError")
    assert not contract.statement_names("Value")


def test_the_fingerprint_changes_with_the_module_and_with_what_is_shown_around_it(tmp_path: Path) -> None:
    seen = {
        StubContract(target_of(tmp_path / str(i), text, "merge", models=models)).fingerprint
        for i, (text, models) in enumerate(
            [(MODULE, MODELS), (MODULE, MODELS), (MODULE + "\n# more\n", MODELS), (MODULE, MODELS.replace("lo", "low"))]
        )
    }
    assert len(seen) == 3


def test_a_stub_is_read_with_its_statement_and_examples(tmp_path: Path) -> None:
    target_of(tmp_path, MODULE, "merge", models=MODELS)
    stub = read_stub(tmp_path, "m.py::merge", flat, Limits(seconds=7))
    assert stub.contract.job(None, ["1"]).limits.seconds == 7
    assert stub.origin == "m.py::merge"
    assert [e.input for e in stub.examples] == ["merge([], Color.RED, key=None)"]
    assert stub.examples[0].wanted.text == "(0, '')"
    assert stub.unconverted == ()
    assert stub.statement.startswith("def merge(spans: list[Interval]")


def test_a_link_to_nothing_is_no_part_of_the_surroundings(tmp_path: Path) -> None:
    target = target_of(tmp_path, MODULE, "merge", models=MODELS)
    before = surroundings(tmp_path, target)
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    assert surroundings(tmp_path, target) == before


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        ('"""Do it.\n\n    >>> f(1)\n    2\n    >>> f(1, 2, 3)\n    4\n    """', (6, 8)),
        ('"""\n\n    Do it.\n\n    f(1) -> 2\n    f(2 -> 3\n    """', (8, 9)),
        (r"'Do it.\n\n>>> f(1)\n2\n>>> f(1, 2)\n3'", (4, 4)),
    ],
)
def test_examples_and_those_that_are_none_have_the_lines_of_their_file(
    tmp_path: Path, document: str, lines: tuple[int, int]
) -> None:
    (tmp_path / "m.py").write_text(f"import re\n\ndef f(x: int) -> int:\n    {document}\n", "utf-8")
    stub = read_stub(tmp_path, "m.py::f", lambda *_: ("m", (".",)))
    assert ([one.line for one in stub.examples], [one.line for one in stub.unconverted]) == ([lines[0]], [lines[1]])
