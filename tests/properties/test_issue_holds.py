"""Whatever is written into an issue, reading it gives a spec or one error for people, and nothing is done meanwhile."""

from __future__ import annotations

import ast
import doctest
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from cosplay_action.errors import SpecError
from cosplay_action.method.ports import Unusable
from cosplay_action.specs.allowed import refusal
from cosplay_action.specs.importing import import_place
from cosplay_action.specs.issue import Flaw, FlawedSpec, IssueSpec, Prepared, prepare, read_and_prepare, read_issue
from cosplay_action.specs.issues.examples import Arrow, Session
from cosplay_action.specs.issues.findings import Findings
from cosplay_action.specs.issues.paths import protected
from cosplay_action.specs.issues.signature import read_header
from cosplay_action.specs.nodes import definitions
from cosplay_action.specs.scratch import write_files
from cosplay_action.specs.splice import splice
from cosplay_action.specs.stub import read_stub
from tests.support.issue_specs import FORM, FREE, PIECES, form, render, repository

MORE = int(os.environ.get("COSPLAY_FUZZ", "1"))  # a longer run, other inputs every time
PIECE = st.sampled_from(PIECES)
SEPARATORS = st.sampled_from(["\n", "\n", "\n\n", "\r\n", " ", ""])


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good text with lines left out, doubled, moved, or pieces put in."""
    lines = draw(st.sampled_from([FORM, FREE])).split("\n")
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(lines)))
        deed = draw(st.sampled_from(["insert", "insert", "replace", "delete", "double", "join"]))
        if deed == "insert":
            lines.insert(place, draw(PIECE))
        elif deed == "join" and place < len(lines):
            lines[place] += draw(PIECE)
        elif deed == "replace":
            lines[place : place + 1] = [draw(PIECE)]
        elif deed == "delete":
            del lines[place : place + draw(st.integers(1, 3))]
        else:
            lines[place:place] = lines[place : place + 3]
    return "\n".join(lines)


@st.composite
def piled(draw: st.DrawFn) -> str:
    """Pieces in any order."""
    pieces = draw(st.lists(PIECE, max_size=30))
    return "".join(piece + draw(SEPARATORS) for piece in pieces)


PLACES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("words.py::join", 'def join(words: list[str], *, sep: str = ", ") -> str', ("join(['a', 'b'])", "join([])")),
    ("deep/er/words.py::join", "def join(words: Sequence[str]) -> Iterator[str]", ("join(['a'])",)),
    ("stock.py::Stock.count", "def count(self, name: str) -> int", ("Stock({}).count('a')",)),
    ("stock.py::Stock.put", "def put(self, name: str) -> None", ("s = Stock({}); s.put('a'); s.items",)),
    ("stock.py::Stock.take", "", ("s = Stock({'a': 1}); s.take('a'); s.items",)),
    ("stock.py::Stock.of", "@classmethod\ndef of(cls, day: dt.date) -> 'Stock'", ()),
    ("stock.py::Stock.size", "@property\ndef size(self) -> int", ("Stock({}).size",)),
    ("stock.py::later", "async def later(day: dt.date, by: timedelta = None) -> Decimal", ("later(dt.date(1, 1, 1))",)),
    ("main.py::main", "", ("main()",)),
    ("main.py::more", "from fractions import Fraction\ndef more(x: Fraction) -> Fraction", ("more(Fraction(1))",)),
)
VALUES = st.sampled_from(["1", "''", "[1, 'a']", "{1, 2}", "None", "{'a': 1}", "'...'", "1.5", "raises ValueError"])


@st.composite
def answered(draw: st.DrawFn) -> str:
    """The form filled in for one of several places, its sentences made of anything."""
    target, signature, calls = draw(st.sampled_from(PLACES))
    lines = [draw(st.one_of(PIECE, st.just("Do it."))) for _ in range(draw(st.integers(0, 5)))]
    examples = [f"{call} -> {draw(VALUES)}" for call in calls if draw(st.booleans())]
    return form(
        target=f"src/shop/{target}", signature=signature, behaviour="\n".join(["Do the work.", *lines]),
        examples="\n".join(examples) or "_No response_", constraints=draw(st.one_of(PIECE, st.just("_No response_"))),
    )  # fmt: skip


TEXTS = st.one_of(mutated(), mutated(), mutated(), answered(), piled(), st.text(max_size=200))


# found by a longer run: an example among the sentences of a stub that is there already
SWALLOWED = "### Target\n\nsrc/shop/main.py::main\n\n### Behaviour\n\nDo the work.\n\nmain() -> 1\n"


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield repository(Path(folder).resolve() / "shop")


def read(text: str) -> IssueSpec | None:
    """The spec, None for a text that is refused the way it should be."""
    try:
        return read_issue(text, "spec.md")
    except SpecError as error:
        refused = error
    assert all(line.isprintable() for line in str(refused).split("\n"))
    assert "mended" in refused.what
    assert refused.cure
    return None


def placed(root: Path, spec: IssueSpec) -> Prepared | None:
    try:
        return prepare(root, spec)
    except SpecError as error:
        refused = error
    assert "mended" in refused.what
    return None


@settings(max_examples=400 * MORE, deadline=None, derandomize=MORE == 1)
@given(text=TEXTS)
@example(text="### Target\n### Target\n")
def test_reading_gives_a_spec_or_one_error_and_no_path_leaves_the_repository(text: str) -> None:
    spec = read(text)
    if spec is not None and (spec.path or not spec.program):
        path = PurePosixPath(spec.path)
        assert spec.path == path.as_posix()
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert path.suffix == ".py"
        assert not protected(spec.path)
        assert spec.program or all(part.isidentifier() for part in spec.qualname.split("."))


@settings(max_examples=300 * MORE, deadline=None, derandomize=MORE == 1)
@given(text=st.one_of(mutated(), answered(), answered(), answered()))
@example(text=SWALLOWED)
@example(text=form(signature="def join(x)", examples="", constraints=f"join(0x{'f' * 5000}) -> 1"))
@example(text=form(signature="def join(x)", examples="", constraints=f"join({'-' * 3000}1) -> 1"))
@example(text=FREE.replace("lack a counter.", "lack a counter.\n>>> s = Stock({})\n>>> s.count('a')\n0"))
def test_placing_writes_nothing_and_gives_a_stub_that_the_usual_way_of_reading_finds(root: Path, text: str) -> None:
    before = snapshot(root)
    spec = read(text)
    prepared = placed(root, spec) if spec is not None else None
    assert snapshot(root) == before
    event("placed" if prepared else "refused")
    if spec is None or prepared is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = repository(Path(folder).resolve() / "shop")
        write_files(copy, prepared.files)
        stub = read_stub(copy, prepared.target, import_place)
        target = stub.contract.target
        inert = [node for one in doctests(target.docstring) for node in ast.parse(one.source).body]
        assert refusal(inert, target) == ""
        body = (
            f"{'async ' if target.is_async else ''}def {target.name}({ast.unparse(target.node.args)}):\n    return 1\n"
        )
        assert not isinstance(splice(target, body), Unusable)
        # doctests of one docstring share their variables: what prepares an example may stand twice in it
        known = {(one.input.rpartition("\n")[2], one.wanted) for one in prepared.examples}
        assert {(one.input.rpartition("\n")[2], one.wanted) for one in stub.examples} <= known
    assert [change.path for change in prepared.changes][:1] in ([], [spec.path])
    check_rest(root, spec, prepared)


@settings(max_examples=300 * MORE, deadline=None, derandomize=MORE == 1)
@given(text=TEXTS)
@example(
    text=form(target="src/shop/stock.py::Shelf.join", signature="def join(self, x: A[B])", examples="join(1) -> x")
)
def test_one_message_holds_all_that_is_wrong_with_a_text_and_with_its_place(root: Path, text: str) -> None:
    before, alone, both = snapshot(root), frozenset[Flaw](), frozenset[Flaw]()
    spec = placing = None
    try:
        spec = read_issue(text, "spec.md")
        placing = prepare(root, spec) if not spec.program else None
    except FlawedSpec as error:
        alone = frozenset(error.flaws)
    try:
        assert read_and_prepare(root, text, "spec.md") == (spec, placing)
    except FlawedSpec as error:
        both = frozenset(error.flaws)
    assert both >= alone
    assert snapshot(root) == before
    event(f"{len(both) - len(alone)} flaws more")


def check_rest(root: Path, spec: IssueSpec, prepared: Prepared) -> None:
    """Everything of an existing file is still there."""
    for change in prepared.changes:
        compile(change.new, change.path, "exec")
        if change.old is not None:
            old, new = ast.parse(change.old), ast.parse(change.new)
            assert set(definitions(new)) == {*definitions(old), spec.qualname}
            kept = iter(change.new.split(b"\n"))
            if spec.qualname not in definitions(old):
                assert all(any(line == other for other in kept) for line in change.old.rstrip(b"\n").split(b"\n"))


def doctests(document: str) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(document)


def snapshot(root: Path) -> dict[str, bytes]:
    return {path.as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


# -- round trip -------------------------------------------------------------------------------------------------------

WORDS = st.lists(
    st.sampled_from(["Join", "the", "words", "`sep`", "<b>", "1.", "é", "#1", "a_b", "*x*", "x)"]), min_size=1
)
LINES = st.lists(WORDS.map(" ".join), min_size=1, max_size=4).map("\n".join).map(lambda text: f"It: {text}")
TEXT = st.text(st.characters(max_codepoint=0x2FF, exclude_categories=["Cc", "Cf"]), max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
LITERALS = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.none(), TEXT, FLOATS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=2), st.tuples(inner)),
    max_leaves=5,
)
NAMES = ("join", "Stock.count", "Outer.Inner.run")
HEADERS = {
    "join": "def join(words: list[str], *, sep: str = ', ', **more: int) -> str",
    "Stock.count": "async def count(self, *names: str) -> int",
    "Outer.Inner.run": "@classmethod\ndef run(cls, a=None, /, b=(1, -2), *, c) -> dict[str, Iterator[int]] | None",
}
IMPORTS = st.lists(
    st.sampled_from(["import os", "from a.b import C as D", "from .c import d"]), max_size=2, unique=True
)


@st.composite
def specs(draw: st.DrawFn) -> IssueSpec:
    qualname = draw(st.sampled_from(NAMES))
    path = "/".join(draw(st.lists(st.sampled_from(["src", "pkg", "größe", "a-b", "c d", "@x"]), max_size=3))) or "lib"
    calls = draw(st.lists(LITERALS.map(lambda value: f"{qualname}({value!r})"), max_size=4, unique=True))
    values = [draw(st.one_of(LITERALS.map(repr), st.just("raises ValueError"))) for _ in calls]
    examples = [
        example_of(call, value, number, session=draw(st.booleans()))
        for number, (call, value) in enumerate(zip(calls, values, strict=True))
    ]
    header = read_header(HEADERS[qualname], 1, Findings(""))
    assert header is not None
    return IssueSpec(
        origin="spec.md", path=f"{path}/mod.py", qualname=qualname, signature=header.text,
        imports=tuple(draw(IMPORTS)), behaviour=draw(LINES), constraints=draw(st.one_of(st.just(""), LINES)),
        examples=tuple(examples),
    )  # fmt: skip


def canonical(text: str) -> str:
    return ast.unparse(ast.parse(text, mode="eval"))


def example_of(call: str, value: str, number: int, *, session: bool) -> Arrow | Session:
    call, value = canonical(call), value if value.startswith("raises") else canonical(value)
    if not session or value.startswith("raises"):
        return Arrow(call=call, value=value, line=0)
    return Session(text=f">>> x{number} = 1\n>>> {call}\n{value}", line=0)


@settings(max_examples=200 * MORE, deadline=None, derandomize=MORE == 1)
@given(spec=specs())
def test_a_spec_rendered_as_the_issue_form_reads_back_as_itself(spec: IssueSpec) -> None:
    assert read_issue(render(spec), "spec.md") == spec
    assert read_issue(render(spec).replace("\n", "\r\n"), "issue #1") == spec
