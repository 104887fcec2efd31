"""Read one test input: optional setup statements, then one expression that reaches the target.

Noise around it is taken off; a result that the model put in (``assert f(x) == y``) is dropped, never trusted.
"""

from __future__ import annotations

import ast
import re
from typing import TypeGuard

from cosplay_action.method.ports import Unusable
from cosplay_action.specs.allowed import refusal
from cosplay_action.specs.calls import binding_flaw, reaches, uses
from cosplay_action.specs.hints import hint_flaw
from cosplay_action.specs.names import imports_of, module_bindings
from cosplay_action.specs.nodes import Function
from cosplay_action.specs.noise import Constants, clean_line, clean_lines
from cosplay_action.specs.salvage import parsed
from cosplay_action.specs.target import Target

LIMIT = 8_192
_BULLET = re.compile(r"^[-*•]\s+(?=[A-Za-z_`])", re.MULTILINE)
_WRAPPERS = frozenset({"print", "run"})  # asyncio.run, loop.run: the sandbox awaits by itself


def read_input(text: str, target: Target, *, strict: bool = False) -> str | Unusable:
    """Read one input, normalised by ``ast.unparse``. ``strict`` also checks literal arguments against type hints."""
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT:
        return Unusable(why="the input is longer than 8 KB")
    try:
        return _read(text, target, strict=strict)
    except (SyntaxError, ValueError) as error:
        return Unusable(why=f"the input cannot be read: {str(error).splitlines()[0] if str(error) else error!r}")
    except (RecursionError, MemoryError):
        return Unusable(why="the input is nested too deeply")


def split_inputs(text: str, target: Target) -> tuple[str, ...]:
    """Cut a block of several inputs into pieces for ``read_input``: each ends with an expression of the target.

    Statements between two of them are setup of the next one; an assignment serves every later one too. A block that
    is no Python is cut into its lines.
    """
    try:
        tree = parsed(clean_lines(text[: 8 * LIMIT]))
        if tree is None:
            lines = (line for line in text.split("\n") if line.strip() and not line.lstrip().startswith(("#", "```")))
            return tuple(dict.fromkeys(line.strip() for line in lines))
        return _pieces(tree.body, target)
    except (RecursionError, MemoryError, ValueError):
        return ()


def _pieces(body: list[ast.stmt], target: Target) -> tuple[str, ...]:
    pieces, setup = list[str](), list[ast.stmt]()
    open_piece = False  # the last piece calls a target that returns None, so a line that shows its effect may follow
    for statement in _unwrapped(body):
        if _closes(statement, target):
            pieces.append("\n".join(ast.unparse(s) for s in [*setup, statement]))
            setup = [s for s in setup if isinstance(s, ast.Assign)] if not _stateful(setup) else []
            open_piece = target.returns_none
        elif open_piece and isinstance(statement, ast.Expr | ast.Assert):
            pieces[-1] += "\n" + ast.unparse(statement)
            open_piece = False
        else:
            open_piece = False
            setup = [*_not_overwritten(setup, statement), statement]
    return tuple(dict.fromkeys(pieces))


def _not_overwritten(setup: list[ast.stmt], new: ast.stmt) -> list[ast.stmt]:
    """The setup without assignments that a new one makes void."""
    names = {n.id for n in ast.walk(new) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    read = {n.id for s in [*setup, new] for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    void = names - read
    return [s for s in setup if not (isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) in void)]


def _closes(statement: ast.stmt, target: Target) -> bool:
    """A bare expression (or assert) of the target ends an input; for a method that returns None it may be setup."""
    return isinstance(statement, ast.Expr | ast.Assert) and reaches(statement, target)


def _stateful(setup: list[ast.stmt]) -> bool:
    return any(not isinstance(s, ast.Assign) for s in setup)


def _read(text: str, target: Target, *, strict: bool) -> str | Unusable:
    cleaned = clean_lines(_BULLET.sub("", text))
    tree = parsed(cleaned) or parsed(clean_line(cleaned.split("\n")[0]))
    if tree is None:
        return Unusable(why="the input is no Python")
    tree = ast.parse(ast.unparse(tree))  # ours alone, so that it may be changed
    body = [s for s in _unwrapped(tree.body) if not _known_import(s, target)]
    body = _closed(body, target)
    if not body or not any(reaches(statement, target) for statement in body):
        return Unusable(why=f"the input does not call {target.qualname}")
    body = _used(Constants(frozenset(module_bindings(target.source.text))).visit(_module(body)).body)
    why = refusal(body, target) or _call_flaw(body, target, strict=strict)
    if why:
        return Unusable(why=why)
    shown = "\n".join(ast.unparse(ast.fix_missing_locations(statement)) for statement in body)
    ast.parse(shown)
    return shown if len(shown) <= LIMIT else Unusable(why="the input is longer than 8 KB")


def _module(body: list[ast.stmt]) -> ast.Module:
    return ast.Module(body=body, type_ignores=[])


def _unwrapped(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements inside ``def test_x():`` and ``with pytest.raises(...):``."""
    found: list[ast.stmt] = []
    for statement in body:
        found += _unwrapped(statement.body) if _is_wrapper(statement) else [statement]
    return found


def _is_wrapper(statement: ast.stmt) -> TypeGuard[ast.With | Function]:
    if isinstance(statement, Function):
        return statement.name.startswith("test") and not statement.args.args
    return isinstance(statement, ast.With) and "raises" in ast.unparse(statement.items[0])


def _known_import(statement: ast.stmt, target: Target) -> bool:
    """An import that changes nothing: of the target's own module, or of names that the module has already."""
    known, own = module_bindings(target.source.text), {target.module, target.module.rpartition(".")[2]}
    found = imports_of(statement)
    return bool(found) and all(
        (one.module in own and one.name in known) or any(way.origin == one.origin for way in known.get(one.bound, ()))
        for one in found
    )


def _closed(body: list[ast.stmt], target: Target) -> list[ast.stmt]:
    """The statements up to the last one that can be the input's expression, reduced to that expression."""
    for end in range(len(body), 0, -1):
        expression = _expression(body[end - 1], target)
        source = _source_of(expression, body[: end - 1], target)
        if source is not None:
            return source
        earlier = any(reaches(statement, target) for statement in body[: end - 1])
        observes = expression is not None and any(isinstance(n, ast.Name) for n in ast.walk(expression))
        if expression is not None and (reaches(expression, target) or (earlier and observes)):
            return [*body[: end - 1], ast.Expr(expression)]
    return []


def _source_of(expression: ast.expr | None, setup: list[ast.stmt], target: Target) -> list[ast.stmt] | None:
    """``result`` after ``result = f(x)`` is ``f(x)``."""
    for index, statement in enumerate(setup):
        if isinstance(expression, ast.Name) and isinstance(statement, ast.Assign) and reaches(statement.value, target):
            names = [t.id for t in statement.targets if isinstance(t, ast.Name)]
            if expression.id in names:
                return [*setup[:index], ast.Expr(_reduced(statement.value, target))]
    return None


def _expression(statement: ast.stmt, target: Target) -> ast.expr | None:
    if isinstance(statement, ast.Assert):
        return _reduced(statement.test, target)
    if isinstance(statement, ast.Expr):
        return _reduced(statement.value, target)
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    return _reduced(value, target) if value is not None and reaches(value, target) else None


def _reduced(node: ast.expr, target: Target) -> ast.expr:
    """The observed part of a check: ``f(x)`` of ``not f(x)``, ``f(x) == y``, ``print(f(x))``, ``await f(x)``."""
    special = target.name.startswith("__")
    if isinstance(node, ast.Compare) and not special:
        sides = [node.left, *node.comparators]
        return _reduced(next((s for s in sides if reaches(s, target)), _observed(sides)), target)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and not special:
        return _reduced(node.operand, target)
    if isinstance(node, ast.Await):
        return _reduced(node.value, target)
    if isinstance(node, ast.Call) and node.args and _called(node) in _WRAPPERS and _called(node) != target.name:
        return _reduced(node.args[0], target)
    return node


def _observed(sides: list[ast.expr]) -> ast.expr:
    return next((s for s in sides if any(isinstance(n, ast.Name) for n in ast.walk(s))), sides[0])


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        return call.func.attr if call.func.value.id == "asyncio" else ""
    return call.func.id if isinstance(call.func, ast.Name) and call.func.id != "run" else ""


def _used(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements without assignments that nothing reads (``expected = [1]``) and without bare constants."""
    kept: list[ast.stmt] = []
    for index, statement in enumerate(body):
        if isinstance(statement, ast.AnnAssign) and statement.value and isinstance(statement.target, ast.Name):
            statement = ast.Assign([statement.target], statement.value)  # noqa: PLW2901 - the same, without the hint
        last = index == len(body) - 1
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and not last:
            continue
        if not isinstance(statement, ast.Assign) or _read_later(statement, body[index + 1 :]):
            kept.append(statement)
    return kept


def _read_later(statement: ast.Assign, later: list[ast.stmt]) -> bool:
    names = [t.id for t in statement.targets if isinstance(t, ast.Name)]
    if len(names) < len(statement.targets):
        return True
    read = {n.id for s in later for n in ast.walk(s) if isinstance(n, ast.Name)}
    return not read.isdisjoint(names)


def _call_flaw(body: list[ast.stmt], target: Target, *, strict: bool) -> str:
    nodes = [node for statement in body for node in ast.walk(statement)]
    if target.kind == "property":
        called = (node.func for node in nodes if isinstance(node, ast.Call))
        use = any(isinstance(func, ast.Attribute) and func.attr == target.name for func in called)
        return f"{target.name} is a property, so it is not called" if use else ""
    calls = (c for statement in body for c in uses(statement, target) if isinstance(c, ast.Call) and not _foreign(c))
    flaws = (binding_flaw(call, target) or (hint_flaw(call, target) if strict else "") for call in calls)
    return next((flaw for flaw in flaws if flaw), "")


def _foreign(call: ast.Call) -> bool:
    """A method of the same name on a builtin value (``[1].append(2)``) is not the target's."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(receiver, ast.Constant | ast.List | ast.Dict | ast.Set | ast.Tuple)
