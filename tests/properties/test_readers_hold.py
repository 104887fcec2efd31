"""Whatever comes to the readers of untrusted text gives a value or one of the errors they declare, never another one.

There is a long profile, which takes other inputs each time (COSPLAY_EXAMPLES sets how many a test, else 50,000):

    HYPOTHESIS_PROFILE=long pytest -q --hypothesis-show-statistics tests/properties/test_readers_hold.py

Whatever it finds becomes an ``@example`` here.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import tomllib
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from cosplay_action.errors import CosplayError, JournalError, SpecError, UsageError
from cosplay_action.evidence.patch import apply_patch
from cosplay_action.evidence.patch_reading import named_paths
from cosplay_action.method.codec import CodecError, from_json, observation_from_json, parse, to_json
from cosplay_action.method.domain import Observation
from cosplay_action.method.ports import Reply, Unusable, Wanted
from cosplay_action.method.prompts.parse import answers, code_blocks, items
from cosplay_action.method.values import Value
from cosplay_action.models.budget import Budget, Spent
from cosplay_action.models.faults import Fault, read_fault
from cosplay_action.models.journal import Journal, read_header
from cosplay_action.models.seal import line_of, seal_of
from cosplay_action.models.wire import lost, read_replies
from cosplay_action.settings import Settings, load, option_fields
from cosplay_action.specs.expected import read_expected
from cosplay_action.specs.inputs import read_input, split_inputs
from cosplay_action.specs.issue import IssueSpec, Prepared, read_and_prepare
from cosplay_action.specs.layout import import_place
from cosplay_action.specs.layout import test_place as place_of_tests
from cosplay_action.specs.program_reading import read_source, read_stdin, read_stdout, split_stdin
from cosplay_action.specs.project import pytest_settings, read_toml, source_roots, table_at
from cosplay_action.specs.reply import read_candidate
from cosplay_action.specs.source import read_source as read_module
from cosplay_action.specs.splice import splice
from cosplay_action.specs.stub import Stub, read_stub
from cosplay_action.specs.target import Target, stub_names
from cosplay_action.testing.table import value_of
from tests.support.damage import JUNK, damaged, each_part_warped, piled, raw, readers, warped
from tests.support.issue_specs import FORM, FREE, PIECES, repository
from tests.support.stubs import shared_target

Test = TypeVar("Test", bound=Callable[..., None])
ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/clamp"
WIRE = [one for file in (ROOT / "tests/fixtures/wire").glob("*.json") for one in json.loads(file.read_text()).values()]


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def each(**values: Any) -> Callable[[Test], Test]:
    """An ``@example`` for each value of the list among these; the others stay the same."""
    (name,) = (name for name, value in values.items() if isinstance(value, list))

    def decorate(test: Test) -> Test:
        for value in values[name]:
            test = example(**{**values, name: value})(test)
        return test

    return decorate


def told_in_words(error: CosplayError) -> None:
    assert error.what
    assert error.cure


# -- replies ----------------------------------------------------------------------------------------------------------

MODULE = '''\
"""A module."""
from __future__ import annotations
import os, sys as system
from collections import deque
LIMIT = 3

class Stock(dict):
    """All that is there."""
    size: int = 0

    @property
    def count(self) -> int:
        """How many.

        >>> Stock().count
        0
        """

    def take(self, name: str, *more: str, by: int = 1, **rest: object) -> None:
        raise NotImplementedError

async def later(x, /, y=(1, 2)): ...

def clamp(x: int, low: int = 0, high: int = 10) -> int:
    """Return x within the bounds.

    >>> clamp(11)
    10
    >>> clamp(3, high=2)
    2
    """
    raise NotImplementedError  # todo

if LIMIT:
    value = {"a": [1, 2.5, -3j], 'b': f"{LIMIT!r:>{LIMIT}}"}
'''
NAMES = ("clamp", "Stock.count", "Stock.take", "later")
TARGETS = [shared_target(MODULE, name) for name in NAMES]
PYTHON = (
    "def clamp(x, low=0, high=10):", "    return max(low, min(x, high))", "def f(x): return x", "class Stock(dict):",
    "    def take(self, name, *more, by=1, **rest):", "        self.pop(name)", "@property", "@overload", "async ",
    "await x", "yield x", "yield from x", "lambda x, *y: (yield)", "import os", "from . import a as b",
    "from __future__ import annotations", "from __future__ import nothing", "from x import *", "global x", "nonlocal x",
    "x: int = 1", "x := 1", "*x, = y", "del x", "try:", "except* E as e:", "finally:", "match x:",
    "    case [*_, {**r}]:",
    "with a as b, c:", "for x in y:", "while x:", "else:", "break", "continue", "return", "pass", "...",
    "raise NotImplementedError", '"""doc"""', "r'''\n'''", "f'{x!r:{y}}'", "f'{'", "b'\\xff'", "'\\N{DASH}'",
    "'\\ud800'",
    "'\\x'", "0777", "1_000", "1__0", "0b2", "1if 1else 2", "print(x, end='')", "__debug__ = 1", "None = 1", "f() = 1",
    "# coding: latin-1", "# coding: rot13", "# coding: utf-16", "# type: ignore", "#!/usr/bin/python", "assert x, 'y'",
    ">>> clamp(11)", "clamp(11)", "clamp(11) == 10", "Stock().take('a')", "s = Stock(); s.take('a'); s", "10",
    "raises ValueError", "ValueError: no", "Output: 10", "[1, 'a', {2: (3,)}]", "{**a}", "type X[T: int] = list[T]",
    "def g[T](x: T) -> T: ...", "if __name__ == '__main__':", "x = 1; y = 2", "\\", "$", "?", "!", "1 <> 2", "a b",
    "(yield)", "[x async for x in y]", "[(x := 1) for y in z]", "-" * 90 + "1", "(" * 90 + ")" * 90, "[" * 210,
    "if x:\n" + "".join(f"{' ' * n}if x:\n" for n in range(1, 25)), "x." * 400 + "y", "'a' " * 300, "1+" * 900 + "1",
)  # fmt: skip
MARKDOWN = (
    "```", "```python", "````", "~~~", "~~~py", "1. ", "12) ", "- ", "* ", "**", "__", "# ", "> ", "    ", "Answer:",
    "Final answer: ", "**Answer**:", "`x`", "Plan: sort, then sweep.", "Here is the code:", "| a | b |", "<br>", "$x$",
)  # fmt: skip
ANSWER = (
    "Here is a plan.\n\n1. Sort.\n2. Sweep.\n\n```python\nimport heapq\n\ndef helper(x):\n    return x\n\n"
    "def clamp(x: int, low: int = 0, high: int = 10) -> int:\n"
    "    '''Doc.'''\n    return helper(max(low, min(x, high)))\n"
    "```\n\nThe answer:\n```\nclamp(11)\n```\n**Answer:** `10`\n"
)
METHOD = (
    "class Stock(dict):\n    def take(self, name, *more, by=1, **rest):\n        for one in (name, *more):\n"
    "            self.pop(one)\n"
)
REPLIES = damaged([ANSWER, METHOD, "clamp(11)", "raises ValueError", "5 3\n1 2 3\n"], PYTHON + MARKDOWN) | piled(
    PYTHON + MARKDOWN
)


@readers
@given(reply=REPLIES, target=st.sampled_from(TARGETS), most=st.integers(0, 9))
def test_a_models_reply(reply: str, target: Target, most: int) -> None:
    pieces = [reply, *code_blocks(reply), *items(reply, most), *answers(reply)]
    for piece in pieces[:4]:
        found = read_candidate(piece, target)
        assert isinstance(found, str | Unusable)
        event(f"candidate: {isinstance(found, str)}")
        for one in (piece, *split_inputs(piece, target)[:3]):
            assert isinstance(read_input(one, target), str | Unusable)
            assert isinstance(read_expected(one, target, "clamp(1)"), Wanted | Unusable)
        for source in (read_source(piece), read_stdin(piece), read_stdout(piece)):
            assert isinstance(source, str | Unusable | Wanted)
        assert all(isinstance(one, str) for one in split_stdin(piece))


@readers
@given(
    body=st.sampled_from(WIRE).flatmap(lambda one: warped(one["body"])).map(json.dumps)
    | damaged([json.dumps(one["body"]) for one in WIRE]),
    headers=st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", "date", "x-should-retry"]),
        st.sampled_from(
            ["1", "-1", "nan", "1e999", "x", "true", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 400, "Mon, 99"]
        ),
    ),
    status=st.sampled_from([400, 401, 404, 422, 429, 500]),
    wanted=st.integers(1, 4),
)
def test_what_a_models_server_sends(body: str, headers: dict[str, str], status: int, wanted: int) -> None:
    found = read_replies(body, wanted=wanted, prompt="p", seconds=1.0)
    assert isinstance(found, Unusable) or (0 < len(found) <= wanted and all(isinstance(one, Reply) for one in found))
    assert isinstance(read_fault(status, headers, body, ["n", "seed"]), Fault)
    lost(body, wanted=wanted, prompt="p", cap=9)
    event(f"replies: {not isinstance(found, Unusable)}")


def priced(body: str) -> None:
    """Whatever a server counts, its dollars can be told."""
    found = read_replies(body, wanted=2, prompt="p", seconds=1.0)
    replies = [] if isinstance(found, Unusable) else found
    for usage in [lost(body, wanted=2, prompt="p", cap=9), *(one.usage for one in replies)]:
        assert Budget(price_input=1.0, price_output=1.0).price(Spent(input=usage.input, output=usage.output)) < 1e6


@pytest.mark.parametrize("body", [one["body"] for one in WIRE], ids=count())
def test_what_a_models_server_sends_with_each_part_of_another_type(body: object) -> None:
    for other in each_part_warped(body):
        priced(json.dumps(other))
        read_fault(429, {}, json.dumps(other), ["n", "seed"])


# -- issues -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(tmp_path_factory.mktemp("issues") / "shop")


@readers
@given(text=damaged([FORM, FREE], PIECES) | damaged([FORM, FREE], PIECES) | piled(PIECES))
def test_an_issue(shop: Path, text: str) -> None:
    try:
        spec, prepared = read_and_prepare(shop, text, "issue #1")
    except SpecError as error:
        told_in_words(error)
        event("refused")
        return
    assert isinstance(spec, IssueSpec)
    assert prepared is None or isinstance(prepared, Prepared)
    event("read")


# -- stubs ------------------------------------------------------------------------------------------------------------

SOURCES = [MODULE, MODULE, *map(text_of, ("cosplay_action/errors.py", "cosplay_action/specs/reindent.py"))]
MODULES = raw(
    damaged(SOURCES, PYTHON) | damaged([MODULE], PYTHON, most=1) | damaged([MODULE], PYTHON, most=2) | piled(PYTHON)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("modules").resolve()


@readers
@given(
    data=MODULES,
    spec=st.sampled_from([f"m.py::{name}" for name in NAMES]) | damaged(["m.py::clamp", "m.py::Stock.take"]),
)
def test_a_module_and_the_stub_that_is_named_in_it(folder: Path, data: bytes, spec: str) -> None:
    (folder / "m.py").write_bytes(data)
    try:
        names = stub_names(read_module(folder, "m.py"))
        stub = read_stub(folder, spec, import_place)
    except (SpecError, UsageError) as error:
        told_in_words(error)
        event("refused")
        return
    assert isinstance(stub, Stub)
    assert stub.contract.target.qualname in names
    told(stub)
    event("read")


def told(stub: Stub) -> None:
    """What is shown of a stub can be made of each that was read."""
    assert stub.contract.task()
    assert stub.contract.task(examples=False)
    assert stub.contract.words
    assert stub.contract.fingerprint


# -- patches ----------------------------------------------------------------------------------------------------------


@readers
@given(
    data=MODULES,
    name=st.sampled_from(NAMES),
    reply=REPLIES | damaged([ANSWER.split("```")[1].removeprefix("python"), METHOD], PYTHON, most=3),
)
def test_a_candidate_put_into_a_module(folder: Path, data: bytes, name: str, reply: str) -> None:
    (folder / "m.py").write_bytes(data)
    try:
        target = read_stub(folder, f"m.py::{name}", lambda *_: ("m", (".",))).contract.target
    except SpecError:
        target = TARGETS[NAMES.index(name)]
    assert isinstance(splice(target, reply), str | Unusable), "no canonical source"
    source = read_candidate(reply, target)
    found = splice(target, source) if isinstance(source, str) else source
    assert isinstance(found, str | Unusable)
    if isinstance(found, str):
        target.source.encode(found)
    event(f"in place: {isinstance(found, str)}")


PATCH = (GOLDEN / "patch.diff.expected").read_text()
DIFF = (
    "diff --git a/m.py b/m.py\n", "--- a/m.py\n", "+++ b/m.py\n", "--- /dev/null\n", "new file mode 100644\n",
    "deleted file mode 100644\n", "rename from m.py\n", "Binary files differ\n", "GIT binary patch\n", "@@ -1 +1 @@\n",
    "@@ -0,0 +1,9 @@\n", "@@ -9999999 +1 @@\n", "@@ -1,2 +1,3 @@\n", "@@\n", "@@ -x +y @@\n", "@@ - + @@\n", "@@ @@\n",
    " a\n", "-a\n", "+a\n", "\\ No newline at end of file\n", "index 1..2\n", "+++ b/../x\n",
)  # fmt: skip


@readers
@given(
    patch=raw(damaged([PATCH, "".join(DIFF[:3] + DIFF[9:10] + DIFF[18:20])], DIFF) | piled(DIFF)),
    old=st.none() | raw(damaged([MODULE])),
)
def test_a_patch_that_is_handed_over(patch: bytes, old: bytes | None) -> None:
    try:
        names = named_paths(patch)
    except (CosplayError, ValueError, IndexError):  # as ``parcel`` takes them
        event("refused")
        return
    for name in names:
        with contextlib.suppress(CosplayError, ValueError, IndexError):
            assert isinstance(apply_patch(patch, old, name), bytes)
    event("read")


# -- the codec --------------------------------------------------------------------------------------------------------

JOURNAL = [
    {name: value for name, value in json.loads(line).items() if name != "seal"}
    for line in (GOLDEN / "journal.jsonl").read_text().splitlines()
]
RICH = to_json(
    value_of(
        [
            None,
            True,
            10**30,
            1.5,
            2j,
            "é",
            "\ud800",
            b"x",
            bytearray(b"y"),
            (1, [2]),
            {3},
            frozenset({4}),
            {"a": {5: 6}},
            datetime.date(2024, 2, 29),
            datetime.timedelta(1),
            datetime.time(1, 2),
            Decimal("1.50"),
            Fraction(1, 3),
            range(0, 9, 2),
            uuid.UUID(int=7),
            Path("a/b"),
            int,
            ValueError("no"),
            iter([1]),
        ]
    )
)
SEEN = [record["seen"] for record in JOURNAL if record["t"] == "cell"]
RICH_SEEN = ["returned", [RICH], [], "", 0.1]
RAISED = ["raised", [], ["ValueError", "Exception"], "no", 0.1]
KINDS = (
    "none", "bool", "int", "float", "complex", "str", "bytes", "bytearray", "list", "tuple", "set", "frozenset", "dict",
    "object", "opaque", "enum", "type", "path", "range", "array", "decimal", "fraction", "date", "time", "datetime",
    "timedelta", "uuid", "iterator", "exception", "__class__", "value", "items", "text",
)  # fmt: skip
DATA = (
    "0x1f",
    "1.5",
    "nan",
    "inf",
    "ff",
    "zz",
    "2,2",
    "-1,1",
    "0",
    "1/0",
    "1:2:0",
    "2024-02-30",
    "12:61",
    "A|B",
    "a b",
)
TAGGED: st.SearchStrategy[object] = st.recursive(
    JUNK | st.sampled_from(DATA),
    lambda inner: st.tuples(st.sampled_from(KINDS), st.lists(inner, max_size=4)).map(lambda pair: [pair[0], *pair[1]]),
    max_leaves=15,
)


@readers
@given(
    data=TAGGED
    | st.sampled_from(SEEN).flatmap(warped)
    | st.tuples(
        st.sampled_from(["returned", "raised", "killed", "timeout"]), TAGGED.map(lambda one: [one]), JUNK, JUNK, JUNK
    ).map(list)
)
def test_a_value_and_an_observation_of_a_cell(data: object) -> None:
    for read, kind in ((from_json, Value), (observation_from_json, Observation)):
        try:
            found = read(data)
        except CodecError:
            continue
        assert isinstance(found, kind)
        event(kind.__name__)
        if isinstance(found, Value):
            assert repr(from_json(to_json(found))) == repr(found)


@readers
@given(data=raw(damaged([json.dumps(one) for one in SEEN])))
def test_the_bytes_of_a_cells_answer(data: bytes) -> None:
    with contextlib.suppress(CodecError):
        found = parse(data)
        event("json")
        observation_from_json(found)
        event("observation")


@pytest.mark.parametrize("seen", [RICH_SEEN, RAISED], ids=["returned", "raised"])
def test_an_observation_with_each_part_of_another_type(seen: list[object]) -> None:
    for other in each_part_warped(seen):
        with contextlib.suppress(CodecError):
            assert isinstance(observation_from_json(other), Observation)


def test_an_observation_of_more_seconds_than_a_float_holds() -> None:
    with pytest.raises(CodecError):
        observation_from_json([*RAISED[:4], 10**400])


# -- journals ---------------------------------------------------------------------------------------------------------

HEADER = {name: value for name, value in JOURNAL[0].items() if name not in {"t", "version"}}
SHORT = [JOURNAL[0], *(next(one for one in JOURNAL if one["t"] == kind) for kind in ("reply", "cell", "fact"))]


@st.composite
def journals(draw: st.DrawFn) -> bytes:
    """Records of a real journal, warped and sealed anew, in any order; then perhaps damaged as bytes."""
    chosen = draw(st.lists(st.sampled_from(SHORT), max_size=4))
    records = [draw(warped(SHORT[0], most=1)), *(draw(warped(one)) for one in chosen)]
    lines: list[bytes] = []
    for record in records:
        whole = isinstance(record, dict) and record
        line = line_of(record, seal_of(lines[0]) if lines else "") if whole else json.dumps(record).encode() + b"\n"
        lines.append(line)
    return b"".join(lines)


@readers
@given(
    data=journals()
    | raw(damaged([(GOLDEN / "journal.jsonl").read_text()[:6000]], ['"seal"', '"t":"reply"', "{}", "[]"]))
)
def test_a_journal(folder: Path, data: bytes) -> None:
    path = folder / "journal.jsonl"
    path.write_bytes(data)
    with contextlib.suppress(JournalError):
        assert isinstance(read_header(path), dict)
        event("header")
    try:
        journal = Journal.open(path, HEADER)
    except JournalError as error:
        told_in_words(error)
        event("refused")
        return
    journal.paid()
    journal.close()
    event("read")


@pytest.mark.parametrize("record", SHORT, ids=lambda record: record["t"])
def test_a_journal_with_each_part_of_a_record_of_another_type(tmp_path: Path, record: dict[str, Any]) -> None:
    head = line_of(SHORT[0], "")
    for other in each_part_warped(record):
        if not isinstance(other, dict) or not other:
            continue
        line = line_of(other, "") if record is SHORT[0] else head + line_of(other, seal_of(head))
        (tmp_path / "journal.jsonl").write_bytes(line)
        with contextlib.suppress(JournalError):
            journal = Journal.open(tmp_path / "journal.jsonl", HEADER)
            assert all(one.usage.input + one.usage.output < 2**64 for one in journal.paid())
            journal.close()


# -- configuration ----------------------------------------------------------------------------------------------------

TOML = text_of("pyproject.toml") + (
    '\n[tool.cosplay]\npreset = "quick"\ncandidates = 8\nbudget-tokens = 100_000\ntemperature = 0.5\n'
    'source-roots = ["src", "lib"]\nspecs = ["specs/*.md"]\nfaithful = true\n'
)
LINES = (
    "[tool.cosplay]", "[tool]", "[[tool.cosplay]]", "[tool.pytest.ini_options]", "[pytest]",
    "[tool:pytest]", "[tool.x]",
    "source-roots = ", "testpaths = ", "pythonpath = ", "python_files = ", '"a b"', '["../x", "/etc", "te**st", "**"]',
    '["", ".", "a\\u0000b"]', "[1, 2.5, true]", "0x" + "f" * 5000, "-1", "1e999", "inf", "nan", "2024-01-01", "[" * 900,
    "[" * 3000, "{a = 1}", "'te[st'", "'x", "%(x)s", "= 1", ": 1", "x", "[", "]", "[DEFAULT]",
    *(f"{option.name.replace('_', '-')} = " for option in option_fields()),
)  # fmt: skip
FILES = ("pyproject.toml", "pytest.ini", "pytest.toml", "tox.ini", "setup.cfg")
CONFIG = damaged(
    [TOML, TOML, "[pytest]\ntestpaths = tests unit\npython_files = test_*.py check_*.py\n"], LINES
) | piled(LINES, 8)
VALUES = st.sampled_from(
    ["", "1", "-1", "1e999", "nan", "9" * 5000, "٣", "true", "quick", "\ud800", "local:/x", "a\x00"]
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("project").resolve()
    for name in ("src", "tests", "lib"):
        (home / name).mkdir()
    (home / "src" / "m.py").write_text(MODULE)
    return home


DIGITS = "9" * 5000  # more than Python reads
HUGE = f"0x{'f' * 5000}"  # read, but not written; a TOML file may hold it
CRASHED = (  # what ended in another error once
    f"[tool.cosplay]\ncandidates = {HUGE}",
    f"[tool.cosplay]\nmodel = {HUGE}",
    f"[tool.cosplay]\nfaithful = {HUGE}",
    f"[tool.cosplay]\ntemperature = {HUGE}",
    f"[tool.cosplay]\nsource-roots = [{HUGE}]",
    f"a = {DIGITS}",
    f"a = {'[' * 3000}",
    '[tool.cosplay]\nsource-roots = ["a\\u0000b"]',
    '[tool.pytest.ini_options]\ntestpaths = ["a\\u0000b"]',
    '[tool.pytest.ini_options]\ntestpaths = ["te**st"]',
    f"[tool.pytest.ini_options]\npythonpath = [{HUGE}]",
    f"[tool.pytest.ini_options]\ntestpaths = ['{'x' * 300}', 'unit']",
)


@readers
@given(
    data=raw(CONFIG),
    name=st.sampled_from(FILES),
    environ=st.dictionaries(
        st.sampled_from([f"COSPLAY_{one.name.upper()}" for one in option_fields()]), VALUES, max_size=2
    ),
)
@each(data=[text.encode() for text in CRASHED], name="pyproject.toml", environ={})
def test_a_projects_configuration(project: Path, data: bytes, name: str, environ: dict[str, str]) -> None:
    for other in FILES:
        (project / other).unlink(missing_ok=True)
    (project / name).write_bytes(data)
    try:
        pytest_settings(project, "src/m.py")
        source_roots(project, ".")
        target = read_stub(project, "src/m.py::clamp", import_place).contract.target
        assert place_of_tests(project, target)
        table = table_at(read_toml(project / "pyproject.toml"), "tool", "cosplay")
        event("tables")
        assert isinstance(load({}, environ, table), Settings)
        event("settings")
    except (UsageError, SpecError) as error:
        told_in_words(error)


@readers
@given(
    table=warped(tomllib.loads(TOML)["tool"]["cosplay"])
    | st.dictionaries(st.sampled_from([one.name for one in option_fields()]), JUNK, max_size=3)
)
def test_a_table_of_settings(table: object) -> None:
    if not isinstance(table, dict):
        return
    try:
        assert isinstance(load({}, {}, table), Settings)
        event("settings")
    except UsageError as error:
        told_in_words(error)


def test_a_table_of_settings_with_each_value_of_another_type() -> None:
    plain: dict[str, object] = {option.name: option.default for option in option_fields()}
    for table in each_part_warped(plain):
        with contextlib.suppress(UsageError):
            if isinstance(table, dict):
                assert isinstance(load({}, {}, table), Settings)
