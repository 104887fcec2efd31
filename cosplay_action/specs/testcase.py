"""One kept test read for writing: its setup, its call, what it was given, and the lines of its body."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from cosplay_action.method.domain import KeptTest
from cosplay_action.method.values import Value
from cosplay_action.specs.assertions import INDENT, Writer
from cosplay_action.specs.names import bindings
from cosplay_action.specs.pretty import flat, laid_out
from cosplay_action.specs.target import Target
from cosplay_action.specs.testscope import Scope, Unrenderable
from cosplay_action.specs.wording import Unique, snake


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A kept test whose names already carry the prefix of the import style. ``call`` is without its ``await``."""

    kept: KeptTest
    scope: Scope
    setup: tuple[ast.stmt, ...]
    call: ast.expr
    local: frozenset[str]
    direct: bool  # the call is a call of the target itself

    @property
    def raises(self) -> str:
        return self.kept.test.expected.raises if self.kept.test.expected else ""

    @property
    def value(self) -> Value | None:
        return self.kept.test.expected.value if self.kept.test.expected else None

    @property
    def writer(self) -> Writer:
        return Writer(self.scope, self.local)

    @property
    def effects(self) -> bool:
        """True when the sandbox observed receiver and arguments after the call instead of a result."""
        return self.scope.target.returns_none and self.direct

    def driven(self, call: str) -> str:
        """The call with what makes it run to its end: ``asyncio.run`` for a coroutine."""
        return f"asyncio.run({call})" if self.scope.target.is_async and self.direct and not self.streams else call

    @property
    def streams(self) -> bool:
        """True when the target is an asynchronous generator."""
        return self.scope.target.is_async and self.scope.target.is_generator


def read_case(kept: KeptTest, scope: Scope) -> Case:
    """Read a test's input. Raises Unrenderable."""
    try:
        tree = ast.parse(kept.test.input)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unrenderable("its input cannot be parsed") from error
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        raise Unrenderable("its input does not end in an expression")
    last = tree.body[-1]
    if isinstance(last.value, ast.Await):
        last.value = last.value.value
    if any(isinstance(n, ast.Await | ast.AsyncFor | ast.AsyncWith | ast.Global) for n in ast.walk(tree)):
        raise Unrenderable("its input awaits inside its setup")
    local = frozenset(bindings(tree))
    direct = _is_direct(last.value, scope.target)
    scope.rewritten(tree, local)
    return Case(kept=kept, scope=scope, setup=tuple(tree.body[:-1]), call=last.value, local=local, direct=direct)


def _is_direct(call: ast.expr, target: Target) -> bool:
    if target.kind == "property":
        return isinstance(call, ast.Attribute) and call.attr == target.name
    func = call.func if isinstance(call, ast.Call) else None
    return target.name in {getattr(func, "attr", ""), getattr(func, "id", "")}


def body_of(case: Case) -> str:
    """The body of a test function. Raises Unrenderable."""
    lines = [_statement(node) for node in case.setup]
    if case.raises:
        lines += _raising(case)
    elif case.value is None:
        raise Unrenderable("it expects nothing that could be compared")
    elif case.effects:
        lines += _effects(case, case.value)
    else:
        lines += _plain(case, case.value)
    return "\n".join(lines)


def _statement(node: ast.stmt) -> str:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        name = flat(node.targets[0])
        return f"{INDENT}{name} = {laid_out(node.value, INDENT, before=len(name) + 3)}"
    if isinstance(node, ast.Expr):
        return INDENT + laid_out(node.value, INDENT)
    return "\n".join(INDENT + line for line in flat(node).split("\n"))


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _collected(case: Case) -> list[str]:
    """A helper inside the test for an asynchronous generator, which only a coroutine can drain."""
    call = flat(case.call)
    return [f"{INDENT}async def collect():", f"{INDENT * 2}return [item async for item in {call}]", ""]


def _raising(case: Case) -> list[str]:
    error = flat(case.writer.expression(case.raises))
    call = case.driven(flat(case.call))
    lead = _collected(case) if case.streams else []
    if case.streams:
        call = "asyncio.run(collect())"
    elif case.scope.target.is_generator:
        call = f"list({call})"
    inner = INDENT * 2
    return [*lead, f"{INDENT}with pytest.raises({error}):", inner + laid_out(_expression(call), inner)]


def _plain(case: Case, value: Value) -> list[str]:
    fresh = Unique(case.local)("result")
    if case.streams and value.kind == "iterator":
        drained = Value("list", items=value.items)
        return [*_collected(case), *case.writer.check("asyncio.run(collect())", drained, fresh)]
    return case.writer.check(case.driven(flat(case.call)), value, fresh)


def _effects(case: Case, value: Value) -> list[str]:
    """Bind what the call is given, call, then look at each of them (see ``sandbox.worker_cell`` for the order)."""
    given = list(_given(case))
    if value.kind != "tuple" or len(given) != len(value.items):
        raise Unrenderable("its observed effects do not match what its call is given")
    fresh = Unique(case.local | {case.scope.target.name})
    lines, checks = [], []
    for (node, name), after in zip(given, value.items, strict=True):
        if _fixed(node):
            continue
        variable = flat(node)
        if not isinstance(node, ast.Name):
            variable = fresh(name)
            lines.append(_statement(ast.Assign([ast.Name(variable)], _moved(node))))
            _replace(case.call, node, variable)
        checks += case.writer.check(variable, after, f"{variable}_after")
    call = case.driven(flat(case.call))
    if not checks:
        return [*lines, f"{INDENT}assert {laid_out(_expression(call), INDENT, before=7, after=8)} is None"]
    return [*lines, INDENT + laid_out(_expression(call), INDENT), *checks]


def _given(case: Case) -> Iterator[tuple[ast.expr, str]]:
    """Receiver, positional and keyword arguments of the call, each with a name for a variable that holds it."""
    call, target = case.call, case.scope.target
    if not isinstance(call, ast.Call):
        raise Unrenderable("its last expression is no call")
    if isinstance(call.func, ast.Attribute) and target.kind == "method":
        yield call.func.value, snake(target.class_name.rpartition(".")[2])
    names = parameters(target)
    for position, argument in enumerate(call.args):
        if isinstance(argument, ast.Starred):
            raise Unrenderable("its call unpacks arguments")
        yield argument, names[position] if position < len(names) else "argument"
    for keyword in call.keywords:
        if keyword.arg is None:
            raise Unrenderable("its call unpacks arguments")
        yield keyword.value, keyword.arg


def parameters(target: Target) -> list[str]:
    """The names of the positional parameters that a caller fills."""
    names = [a.arg for a in (*target.node.args.posonlyargs, *target.node.args.args)]
    return names[1:] if target.kind in {"method", "classmethod", "property"} else names


def _fixed(node: ast.expr) -> bool:
    """True for an argument that no call can change."""
    try:
        hash(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _moved(node: ast.expr) -> ast.expr:
    return _expression(ast.unparse(node))


def _replace(call: ast.expr, old: ast.expr, variable: str) -> None:
    """Put a variable where an argument or the receiver stood, in place."""
    for parent in ast.walk(call):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, ast.Name(variable, ast.Load()))
            elif isinstance(value, list) and old in value:
                value[value.index(old)] = ast.Name(variable, ast.Load())
