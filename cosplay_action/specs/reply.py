"""One code block of a model to a candidate's canonical source, or the reason why it is none.

Everything here is untrusted text. Nothing is run: the block is parsed, the target's body taken out of it with the
helpers and imports that it needs, and put under the stub's own signature.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cosplay_action.method.ports import Unusable
from cosplay_action.specs.needs import choose
from cosplay_action.specs.nodes import Function, definitions, is_stub
from cosplay_action.specs.parts import UNIT, body_lines, compose, wrap
from cosplay_action.specs.reindent import reindent
from cosplay_action.specs.salvage import parsed, readings
from cosplay_action.specs.source import check_module, parse_module, plain
from cosplay_action.specs.target import Target

LIMIT = 65_536
_FENCE = re.compile(r"^[ \t]*(```|~~~).*$", re.MULTILINE)


def read_candidate(text: str, target: Target) -> str | Unusable:
    """Read one code block. The result is a canonical source (see ``parts``) for ``splice``."""
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT:
        return Unusable(why="the code is longer than 64 KB")
    if not text.strip():
        return Unusable(why="there is no code")
    try:
        return _read(_FENCE.sub("", plain(text)), target)
    except (SyntaxError, ValueError) as error:
        return Unusable(why=f"the code does not compile: {_first_line(error)}")
    except (RecursionError, MemoryError):
        return Unusable(why="the code is nested too deeply")


def _read(text: str, target: Target) -> str | Unusable:
    why = ""
    for reading in (*readings(text, target.name), *_bodies(text, target)):
        tree = parsed(reading)
        if tree is None:
            why = why or _syntax(reading)
            continue
        found = _definition(tree, target)
        if isinstance(found, Unusable):
            why = found.why
            continue
        return _candidate(reading, tree, found, target)
    return Unusable(why=why)


def _definition(tree: ast.Module, target: Target) -> Function | Unusable:
    """The last definition of the target that is no stub."""
    known = definitions(tree)
    names = [name for name in known if name.rpartition(".")[2] == target.name]
    if target.class_name:
        last_class = target.class_name.rpartition(".")[2]
        inside = [name for name in names if name.split(".")[-2:-1] == [last_class]]
        names = [name for name in names if name == target.qualname] or inside or [n for n in names if "." not in n]
    else:
        names = [name for name in names if "." not in name]
    nodes = [node for name in names for node in known[name]]
    if not nodes:
        return Unusable(why=f"it does not define {target.qualname}")
    full = [node for node in nodes if not is_stub(node)]
    return full[-1] if full else Unusable(why="the body is still a stub")


def _candidate(text: str, tree: ast.Module, node: Function, target: Target) -> str | Unusable:
    changed = _changed(node, target)
    if changed:
        return Unusable(why=changed)
    body = body_lines(text, node)
    missing = _new_method(tree, node, target)
    if missing:
        return Unusable(why=f"it needs the new method {missing}, and only the body of {target.name} may change")
    imports, helpers = choose(text, tree, node, body, target)
    source = compose(imports, helpers, wrap(target, body))
    check_module(source)
    return source


def _changed(node: Function, target: Target) -> str:
    """What the reply changed of the signature that cannot be kept (empty: annotations and defaults are the stub's)."""
    if isinstance(node, ast.AsyncFunctionDef) != target.is_async:
        return "it is async, and the stub is not" if not target.is_async else "it is not async, and the stub is"
    ours, theirs = target.node.args, node.args
    if _positional(ours) + sorted(_keyword(ours)) == _positional(theirs) + sorted(_keyword(theirs)):
        same = _stars(ours) == _stars(theirs)
    else:
        same = _positional(ours) + _keyword(ours) == _positional(theirs) + _keyword(theirs)
        same = same and _stars(ours) == _stars(theirs)
    return "" if same else "its parameters are not those of the stub"


def _positional(args: ast.arguments) -> list[str]:
    return [a.arg for a in (*args.posonlyargs, *args.args)]


def _keyword(args: ast.arguments) -> list[str]:
    return [a.arg for a in args.kwonlyargs]


def _stars(args: ast.arguments) -> tuple[str, str]:
    return (args.vararg.arg if args.vararg else "", args.kwarg.arg if args.kwarg else "")


def _new_method(tree: ast.Module, node: Function, target: Target) -> str:
    """A method that the reply's class adds and the target's body uses (empty: none)."""
    holder = target.holder
    if holder is None:
        return ""
    ours = {n.name for n in ast.walk(holder) if isinstance(n, Function)}
    theirs = {name.rpartition(".")[2] for name in definitions(tree) if "." in name}
    used = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
            and n.value.id in {"self", "cls", holder.name}}  # fmt: skip
    return min((theirs - ours) & used, default="")


def _bodies(text: str, target: Target) -> Iterator[str]:
    """The reply read as a bare body under the stub's signature, where it defines nothing and returns something."""
    if re.search(rf"\bdef\s+{re.escape(target.name)}\b", text):
        return
    lines = text.strip("\n").split("\n")
    rest = [line for line in lines[1:] if line.strip()]
    lead = rest[0][: len(rest[0]) - len(rest[0].lstrip())] if rest else ""
    for body in dict.fromkeys((text, "\n".join([lead + lines[0].lstrip(), *lines[1:]]))):
        source = _under_signature(body, target)
        if source:
            yield source


def _under_signature(block: str, target: Target) -> str:
    text = block if parsed(block) is not None else f"if 1:\n{block}"
    if parsed(text) is None:
        return ""
    first = 1 if text is block else 2
    body = reindent(text, first, text.count("\n") + 1, UNIT, UNIT)
    source = wrap(target, [line for line in body if line.strip()])
    tree = parsed(source)
    found = _definition(tree, target) if tree is not None else None
    return source if isinstance(found, Function) and _does_something(found, target) else ""


def _does_something(node: Function, target: Target) -> bool:
    """A body returns or yields; where the stub returns None it changes something and does not just call itself."""
    kinds: tuple[type[ast.AST], ...] = (ast.Return, ast.Yield, ast.YieldFrom)
    inside = list(_own_nodes(node))
    if any(isinstance(n, kinds) for n in inside):
        return True
    calls_itself = any(isinstance(n, ast.Name) and n.id == target.name for n in inside)
    acts = any(isinstance(n, ast.Assign | ast.AugAssign | ast.Delete | ast.For | ast.While | ast.Call) for n in inside)
    return target.returns_none and acts and not calls_itself


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below, those of nested functions and classes left out."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Function | ast.ClassDef | ast.Lambda):
            yield from _own_nodes(child)


def _syntax(text: str) -> str:
    try:
        parse_module(text)
    except SyntaxError as error:
        return f"the code does not parse: {_first_line(error)}"
    return "the code does not parse"


def _first_line(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg} (line {error.lineno})" if error.lineno else str(error.msg)
    return (str(error) or type(error).__name__).splitlines()[0]
