"""Which imports and helpers of a reply its target needs, directly or through each other, and the module lacks."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from cosplay_action.specs.names import Import, bindings, imports_of, module_bindings, references
from cosplay_action.specs.nodes import Function, is_stub
from cosplay_action.specs.parts import import_lines, statement_lines
from cosplay_action.specs.target import Target


@dataclass(slots=True)
class _Offer:
    """What a reply offers by name: its imports and its own top-level definitions (the last one of a name counts)."""

    imports: dict[str, Import] = field(default_factory=dict)
    helpers: dict[str, ast.stmt] = field(default_factory=dict)


def choose(
    text: str, tree: ast.Module, node: Function, body: Sequence[str], target: Target
) -> tuple[list[str], list[str]]:
    """The import lines and helper texts for the target's ``body``, which is ``node``'s in the reply ``text``.

    What the module binds in the same way is left to the module; what it binds to something else is kept, so that
    ``splice`` can refuse the collision.
    """
    offer = _offered(tree, target)
    names, imports, helpers = [*_body_names(node, body)], dict[str, Import](), dict[str, ast.stmt]()
    while names:
        name = names.pop()
        if name in imports or name in helpers:
            continue
        if name in offer.helpers and not _has(target, offer.helpers[name]):
            helpers[name] = offer.helpers[name]
            names += references("\n".join(statement_lines(text, helpers[name])))
        elif name in offer.imports and not _imports(target, offer.imports[name]):
            imports[name] = offer.imports[name]
    ordered = [n for n in tree.body if any(n is helper for helper in helpers.values())]
    return import_lines(imports.values()), ["\n".join(statement_lines(text, n)) for n in ordered]


def _body_names(node: Function, body: Sequence[str]) -> frozenset[str]:
    """The names that a body takes from its module; annotations and defaults are the stub's, so they do not count."""
    args = node.args
    bare = [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    stars = [a.arg for a in (args.vararg, args.kwarg) if a]
    keyword = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return references("\n".join([f"{keyword} _({', '.join([*bare, *stars])}):", *body]))


def _offered(tree: ast.Module, target: Target) -> _Offer:
    offer, own = _Offer(), set((target.class_name or target.name).split("."))
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            brought = (one for one in imports_of(statement) if not _of_itself(one, target))
            offer.imports.update((one.bound, one) for one in brought)
        elif isinstance(statement, Function | ast.ClassDef) and statement.name not in own:
            offer.helpers[statement.name] = statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            names = bindings(ast.Module(body=[statement], type_ignores=[]))
            offer.helpers.update((name, statement) for name in names)
    return offer


def _of_itself(one: Import, target: Target) -> bool:
    """An import of the target's own module, as a reply that forgets where it stands would write it."""
    return one.module in {target.module, target.module.rpartition(".")[2]} or one.module == "__future__"


def _imports(target: Target, one: Import) -> bool:
    """True when the module brings the same name in the same way, when it runs."""
    if "." in one.module and one.module.partition(".")[0] == one.bound:  # import a.b: another one binds ``a`` as well
        return any(one in imports_of(statement) for statement in target.source.tree.body)
    ways = module_bindings(target.source.text).get(one.bound, ())
    return any(way.origin == one.origin and not way.typing_only for way in ways)


def _has(target: Target, helper: ast.stmt) -> bool:
    """True when the module defines the same thing already, or the reply only hints at it with a stub."""
    known = module_bindings(target.source.text)
    names = module_bindings(ast.unparse(helper))
    if not all(name in known for name in names):
        return False
    if _hollow(helper):
        return True
    wanted = ast.dump(_bare(helper))
    return any(ast.dump(_bare(statement)) == wanted for statement in target.source.tree.body)


def _hollow(helper: ast.stmt) -> bool:
    if isinstance(helper, ast.ClassDef):
        empty = (ast.Pass, ast.Expr)
        return all(is_stub(n) or isinstance(n, empty) for n in helper.body)
    return is_stub(helper)


def _bare(statement: ast.stmt) -> ast.stmt:
    """A copy without docstrings."""
    copy = ast.parse(ast.unparse(statement)).body[0]
    for node in ast.walk(copy):
        if isinstance(node, Function | ast.ClassDef) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return copy
