"""Calls of the target: which expressions reach it, whether their arguments bind to its signature."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from cosplay_action.specs.target import Target

_Kind = inspect.Parameter


def reaches(node: ast.AST, target: Target) -> bool:
    """True when evaluating the node calls (or, for a property, reads) the target, as far as its text can tell."""
    if target.class_name and target.name.startswith("__"):
        return _reaches_special(node, target)
    return next(uses(node, target), None) is not None


def uses(node: ast.AST, target: Target) -> Iterator[ast.Call | ast.Attribute]:
    """The calls of the target below a node; for a property the attribute itself."""
    for inner in ast.walk(node):
        if target.kind == "property":
            if isinstance(inner, ast.Attribute) and inner.attr == target.name and isinstance(inner.ctx, ast.Load):
                yield inner
        elif isinstance(inner, ast.Call) and _is_call(inner, target):
            yield inner


def is_use(text: str, target: Target) -> bool:
    """True for an input (as ``read_input`` gives it) whose last expression is itself a call of the target."""
    last = ast.parse(text).body[-1:]
    shown = last[0].value if last and isinstance(last[0], ast.Expr) else None
    shown = shown.value if isinstance(shown, ast.Await) else shown
    return shown is not None and any(one is shown for one in uses(shown, target))


def binding_flaw(call: ast.Call, target: Target) -> str:
    """Why the arguments of a call do not fit the stub's parameters (empty when they do, or cannot be known)."""
    try:
        bound_arguments(call, target)
    except TypeError as error:
        said = str(error).replace("keyword-only ", "")  # newer Pythons say it with one word more
        return f"the call does not fit the signature: {said}"
    return ""


def bound_arguments(call: ast.Call, target: Target) -> dict[str, ast.expr | tuple[ast.expr, ...]]:
    """The arguments by parameter, empty when the call unpacks some. Raises TypeError when they do not bind."""
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return {}
    named = {keyword.arg or "": keyword.value for keyword in call.keywords}
    found = _signature(target, skip_first=_receives(call, target)).bind(*call.args, **named)
    return {name: value for name, value in found.arguments.items() if not isinstance(value, dict)}


def _signature(target: Target, *, skip_first: bool) -> inspect.Signature:
    args = target.node.args
    plain = [*args.posonlyargs, *args.args]
    first_default = len(plain) - len(args.defaults)
    found = [
        _Kind(a.arg, _Kind.POSITIONAL_ONLY if i < len(args.posonlyargs) else _Kind.POSITIONAL_OR_KEYWORD,
              default=None if i >= first_default else _Kind.empty)
        for i, a in enumerate(plain)
    ]  # fmt: skip
    found = found[1:] if skip_first else found
    if args.vararg:
        found.append(_Kind(args.vararg.arg, _Kind.VAR_POSITIONAL))
    for keyword, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        found.append(_Kind(keyword.arg, _Kind.KEYWORD_ONLY, default=None if default else _Kind.empty))
    if args.kwarg:
        found.append(_Kind(args.kwarg.arg, _Kind.VAR_KEYWORD))
    return inspect.Signature(found)


def _receives(call: ast.Call, target: Target) -> bool:
    """True when the first parameter is given by what stands before the dot, not by an argument."""
    if target.kind not in {"method", "classmethod"}:
        return False
    plain = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) in _class_names(target)
    return target.kind == "classmethod" or not plain


def _class_names(target: Target) -> set[str]:
    return {target.class_name, target.class_name.rpartition(".")[2]}


def _is_call(call: ast.Call, target: Target) -> bool:
    if not target.class_name:
        return isinstance(call.func, ast.Name) and call.func.id == target.name
    if target.name == "__init__" and ast.unparse(call.func) in _class_names(target):
        return True
    return isinstance(call.func, ast.Attribute) and call.func.attr == target.name


def _reaches_special(node: ast.AST, target: Target) -> bool:
    """A special method is reached by operators and builtins: any expression that is not made of constants alone."""
    if next(uses(node, target), None) is not None:
        return True
    return target.name != "__init__" and any(isinstance(n, ast.Name) for n in ast.walk(node))
