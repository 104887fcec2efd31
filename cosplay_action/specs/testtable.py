"""Tests that differ in their arguments alone, as one parametrised table."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cosplay_action.method.variation import is_literal
from cosplay_action.specs.assertions import INDENT
from cosplay_action.specs.pretty import compared, flat, laid_out
from cosplay_action.specs.testcase import Case, parameters
from cosplay_action.specs.testscope import Unrenderable
from cosplay_action.specs.wording import Unique

FEWEST = 3  # below this, separate functions read better


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One plain ``call -> value`` test: the arguments by parameter, and what is expected (None where it raises)."""

    case: Case
    arguments: tuple[tuple[str, ast.expr], ...]
    positional: int
    expected: ast.expr | None

    @property
    def group(self) -> tuple[object, ...]:
        names = tuple(name for name, _ in self.arguments)
        drained = self.case.value is not None and self.case.value.kind == "iterator"
        return names, self.positional, self.case.raises, drained, _function(self.case)


def row_of(case: Case) -> Row | None:
    """The test as a row, or None where only a function of its own can say it."""
    call = case.call
    if case.setup or case.effects or case.streams or not case.direct or not isinstance(call, ast.Call):
        return None
    if isinstance(call.func, ast.Attribute) and case.scope.target.kind not in {
        "function",
        "staticmethod",
        "classmethod",
    }:
        return None
    bound = _bound(call, parameters(case.scope.target))
    if bound is None or not all(is_literal(node) for _, node in bound):
        return None
    expected = None if case.raises else _expected(case)
    if expected is None and not case.raises:
        return None
    return Row(case=case, arguments=tuple(bound), positional=len(call.args), expected=expected)


def _function(case: Case) -> str:
    return flat(case.call.func) if isinstance(case.call, ast.Call) else ""


def _bound(call: ast.Call, names: list[str]) -> list[tuple[str, ast.expr]] | None:
    if len(call.args) > len(names) or not (call.args or call.keywords):
        return None
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    pairs = list(zip(names, call.args, strict=False))
    return pairs + [(k.arg or "", k.value) for k in call.keywords]


def _expected(case: Case) -> ast.expr | None:
    """What ``==`` (or ``is``, in a table of True, False and None) has to meet, if one expression can say it."""
    value = case.value
    if value is None or value.kind in {"object", "array"}:
        return None
    try:
        return case.writer.expression(case.writer.text(value, top=True))
    except Unrenderable:
        return None


def table(rows: Sequence[Row], name: str, ids: Callable[[Case], str]) -> tuple[str, list[tuple[str, Case]]]:
    """One parametrised test function, and the name under which pytest runs each row."""
    first = rows[0].case
    columns = _columns(rows[0])
    shown = [*columns.values(), *([] if first.raises else [_result_column(columns)])]
    unique, lines, named = Unique(), [], []
    for row in rows:
        row_id = unique(ids(row.case).removeprefix("case_")).replace("_", "-")
        lines.append(INDENT * 2 + laid_out(_param(row, row_id), INDENT * 2, after=1) + ",")
        named.append((f"{name}[{row_id}]", row.case))
    names = flat(ast.Constant(shown[0]) if len(shown) == 1 else ast.Tuple([ast.Constant(s) for s in shown], ast.Load()))
    head = ["@pytest.mark.parametrize(", f"{INDENT}{names},", f"{INDENT}[", *lines, f"{INDENT}],", ")"]
    return "\n".join([*head, f"def {name}({', '.join(shown)}):", _body(rows, columns, shown)]), named


def _result_column(columns: dict[str, str]) -> str:
    return Unique(columns.values())("expected")


def _columns(row: Row) -> dict[str, str]:
    """Parameter -> column. ``request`` is pytest's own, and a column must not hide a name that the test uses."""
    call = row.case.call
    used = {n.id for n in ast.walk(call.func) if isinstance(n, ast.Name)} if isinstance(call, ast.Call) else set()
    taken = used | {"request", "pytest", "asyncio", "list", "math", row.case.raises.partition(".")[0]}
    return {name: f"{name}_" if name in taken else name for name, _ in row.arguments}


def _param(row: Row, row_id: str) -> ast.expr:
    values = [node for _, node in row.arguments] + ([] if row.expected is None else [row.expected])
    call = ast.Call(ast.parse("pytest.param", mode="eval").body, values, [ast.keyword("id", ast.Constant(row_id))])
    return ast.fix_missing_locations(call)


def _body(rows: Sequence[Row], columns: dict[str, str], shown: list[str]) -> str:
    row, case = rows[0], rows[0].case
    arguments = [
        column if n < row.positional else f"{name}={column}" for n, (name, column) in enumerate(columns.items())
    ]
    call = case.driven(f"{_function(case)}({', '.join(arguments)})")
    if case.scope.target.is_generator or (case.value is not None and case.value.kind == "iterator"):
        call = f"list({call})"
    node = ast.parse(call, mode="eval").body
    if case.raises:
        error = flat(case.writer.expression(case.raises))
        return f"{INDENT}with pytest.raises({error}):\n{INDENT * 2}{laid_out(node, INDENT * 2)}"
    singletons = all(r.case.value is not None and r.case.value.kind in {"bool", "none"} for r in rows)
    return INDENT + compared(node, "is" if singletons else "==", ast.Name(shown[-1]), INDENT)
