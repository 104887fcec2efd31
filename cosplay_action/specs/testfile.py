"""Kept tests as one pytest file that reads as if a careful person had written it.

Plain ``call -> value`` tests of one shape become a table (three or more), all others a function each. Names come from
what a test does or from its idea. What cannot be written is said, never dropped in silence. The output is
deterministic and laid out as black lays it out; it was parsed before it is returned.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cosplay_action.errors import CosplayError
from cosplay_action.method.domain import KeptTest
from cosplay_action.specs.names import references
from cosplay_action.specs.pretty import is_visible
from cosplay_action.specs.target import Target
from cosplay_action.specs.testcase import Case, body_of, read_case
from cosplay_action.specs.testscope import ImportStyle, Scope, Unrenderable, import_block
from cosplay_action.specs.testtable import FEWEST, Row, row_of, table
from cosplay_action.specs.wording import Unique, content_name, idea_name, identifier, snake

_KEY = re.compile(r"# cosplay: (target|spec|implementation) = (\S.*?)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a test file of ours says of itself: ``path.py::qualname`` and two hex SHA-256 digests."""

    target: str
    spec: str
    implementation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFile:
    """One file to write. ``names`` maps pytest's name of each test (``test_x[id]``) to the kept test behind it.

    ``text`` is empty when no test could be written. ``unrendered`` says for each test left out which and why.
    """

    __test__ = False  # pytest: this is no test class

    path: str
    text: str = field(repr=False)
    unrendered: tuple[str, ...] = ()
    names: tuple[tuple[str, KeptTest], ...] = field(default=(), repr=False)


def render_tests(
    target: Target,
    kept: Sequence[KeptTest],
    *,
    place: str,
    spec_digest: str,
    implementation_digest: str,
    style: ImportStyle | None = None,
) -> TestFile:
    """Write the kept tests of ``target`` as the file ``place`` (relative, POSIX). Digests are hex SHA-256.

    ``style`` is how the repository's tests import the module (see ``layout.import_style``).
    """
    scope = Scope(target, _safe(style or ImportStyle(module=target.module), target))
    cases, missing = _cases(kept, scope)
    blocks, names, more = _functions(cases, target)
    unrendered = tuple(missing + more)
    if not blocks:
        return TestFile(path=place, text="", unrendered=unrendered)
    header = Header(target=f"{target.path}::{target.qualname}", spec=spec_digest, implementation=implementation_digest)
    imports = import_block(scope.imported(sorted(references("\n\n".join(blocks)))))
    text = "\n\n\n".join([f"{_header_text(header, target)}\n\n{imports}", *blocks]) + "\n"
    _check(text)
    return TestFile(path=place, text=text, unrendered=unrendered, names=tuple(names))


def read_header(text: str) -> Header | None:
    """The header of a test file of ours, None for any other file."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        if not line.startswith("#"):
            break
        if match := _KEY.match(line):
            found[match[1]] = match[2].removeprefix("sha256:")
    return Header(**found) if len(found) == 3 else None


def _header_text(header: Header, target: Target) -> str:
    return "\n".join([
        f"# Tests of {target.module}.{target.qualname}, written along with its implementation, which passes them all.",
        f"# cosplay: target = {header.target}",
        f"# cosplay: spec = sha256:{header.spec}",
        f"# cosplay: implementation = sha256:{header.implementation}",
    ])  # fmt: skip


def _safe(style: ImportStyle, target: Target) -> ImportStyle:
    """pytest collects imported names that look like tests, so those are not imported by name."""
    tops = (target.qualname.partition(".")[0].lower(),)
    if style.kind == "names" and any(name.startswith("test") for name in tops):
        return ImportStyle(kind="module", module=style.module)
    return style


def _cases(kept: Sequence[KeptTest], scope: Scope) -> tuple[list[Case], list[str]]:
    cases, missing = [], []
    for each in kept:
        try:
            cases.append(read_case(each, scope))
        except Unrenderable as reason:
            missing.append(_left_out(each, reason))
    return cases, missing


def _left_out(kept: KeptTest, reason: Unrenderable) -> str:
    shown = " ".join(kept.test.input.split())
    return f"{shown if len(shown) <= 80 else shown[:79] + '…'}: {reason}"


def _functions(cases: Sequence[Case], target: Target) -> tuple[list[str], list[tuple[str, KeptTest]], list[str]]:
    """The test functions in the order of their first tests, pytest's names for them, and what was left out."""
    unique = Unique({target.name})
    blocks: list[str] = []
    names: list[tuple[str, KeptTest]] = []
    missing: list[str] = []
    for group in _grouped(cases):
        try:
            text, named = _table(group, unique) if len(group) >= FEWEST else _alone(group[0].case, unique)
        except Unrenderable as reason:
            missing += [_left_out(row.case.kept, reason) for row in group]
            continue
        blocks.append(text)
        names += [(name, case.kept) for name, case in named]
    return blocks, names, missing


@dataclass(frozen=True, slots=True)
class _Single:
    """A test that gets a function of its own."""

    case: Case


def _grouped(cases: Sequence[Case]) -> Iterable[list[Row] | list[_Single]]:
    rows = {id(case): row_of(case) for case in cases}
    tables: dict[tuple[object, ...], list[Row]] = {}
    for row in rows.values():
        if row is not None:
            tables.setdefault(row.group, []).append(row)
    for case in cases:
        row = rows[id(case)]
        group = tables[row.group] if row is not None else []
        if row is None or len(group) < FEWEST:
            yield [_Single(case)]
        elif group[0] is row:
            yield group


def _table(group: list[Row] | list[_Single], unique: Unique) -> tuple[str, list[tuple[str, Case]]]:
    rows = [row for row in group if isinstance(row, Row)]
    stem = snake(rows[0].case.scope.target.name)
    raises = f"_raises_{snake(rows[0].case.raises.rpartition('.')[2])}" if rows[0].case.raises else ""
    text, named = table(rows, unique(f"test_{identifier(stem)}{raises}"), _description)
    _resolved(text, rows[0].case.scope)
    return text, named


def _alone(case: Case, unique: Unique) -> tuple[str, list[tuple[str, Case]]]:
    wanted = _function_name(case)  # first: writing the body moves arguments into variables
    body = body_of(case)
    _resolved(body, case.scope)
    name = unique(wanted)
    return f"def {name}():\n{body}", [(name, case)]


def _resolved(code: str, scope: Scope) -> None:
    """Raises Unrenderable when a name of the code comes from nowhere, or something in it hides."""
    if not is_visible(code):
        raise Unrenderable("it holds characters that cannot be seen")
    lines = code if code.startswith(("@", "def ")) else f"def test():\n{code}"
    scope.imported(references(lines))


def _function_name(case: Case) -> str:
    stem = identifier(snake(case.scope.target.name), 24)
    raises = f"_raises_{snake(case.raises.rpartition('.')[2])}"[:24] if case.raises else ""
    told = _description(case).removeprefix("case_").removeprefix(f"{stem}_")
    return f"test_{stem}_{told}"[: 60 - len(raises)].rstrip("_") + raises


def _description(case: Case) -> str:
    """What tells this test from others: its argument, its idea, its values, in this order of preference."""
    call = case.call if isinstance(case.call, ast.Call) else None
    arguments = call.args if call and not call.keywords else []
    if case.scope.target.kind == "function" and arguments and (found := content_name(arguments)):
        return found
    if found := idea_name(case.kept.test.idea):
        return found
    shown = "_".join(_told(node) for node in (*call.args, *call.keywords)) if call else ""
    return identifier(shown, 30) or ("example" if case.kept.test.origin == "example" else "call")


def _told(argument: ast.AST) -> str:
    value = argument.value if isinstance(argument, ast.keyword) else argument
    name = argument.arg if isinstance(argument, ast.keyword) and argument.arg else ""
    return f"{name}_{content_name([value]) or ast.unparse(value)}"


def _check(text: str) -> None:
    try:
        ast.parse(text)
    except SyntaxError as error:
        cure = "This is a fault of cosplay-action: please report it with the run's journal."
        raise CosplayError(f"The test file does not parse: {error}.", cure) from error
