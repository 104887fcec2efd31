"""The names that a new header takes from its module: bound there already, imported by the spec, or well known."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

from cosplay_action.specs.allowed import LIBRARY
from cosplay_action.specs.issues.code import names, tree_of
from cosplay_action.specs.issues.examples import Arrow, Example
from cosplay_action.specs.issues.findings import Findings, shown
from cosplay_action.specs.issues.spec import IssueSpec
from cosplay_action.specs.names import Import, bindings, imports_of, module_bindings
from cosplay_action.specs.nodes import Function
from cosplay_action.specs.parts import import_lines
from cosplay_action.specs.source import SourceFile

# Names that mean one thing in a signature: nobody has to write their imports.
_KNOWN = {
    "collections": ("Counter", "OrderedDict", "defaultdict", "deque"),
    "collections.abc": (
        "AsyncGenerator", "AsyncIterable", "AsyncIterator", "Awaitable", "Callable", "Collection", "Generator",
        "Hashable", "Iterable", "Iterator", "Mapping", "MutableMapping", "MutableSequence", "Sequence",
    ),
    "datetime": ("date", "datetime", "timedelta"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "pathlib": ("Path",),
    "typing": ("Any", "Literal", "Optional", "Union"),
    "uuid": ("UUID",),
}  # fmt: skip
_MODULES = {name: module for module, known in _KNOWN.items() for name in known}
# Names of a module and of a class in it, with the ways to import either.
_INSIDE = LIBRARY["datetime"] | {"tzinfo"}  # what ``datetime`` has as a module, and not as a class
_BOTH = {
    name: [frozenset({Import(name).origin}), frozenset({Import(name, name).origin})] for name in _KNOWN
    if name in _KNOWN[name]
}  # fmt: skip


@dataclass(slots=True)
class Bound:
    """What a module binds: ``above`` are the names that are there where the new function will stand."""

    everywhere: frozenset[str] = frozenset()
    above: frozenset[str] = frozenset()
    origins: dict[str, frozenset[str]] = field(default_factory=dict)
    lazy: bool = False  # annotations are not evaluated

    def has(self, name: str) -> bool:
        return name in self.above or (self.lazy and name in self.everywhere)


def bound(source: SourceFile | None, holder: ast.ClassDef | None) -> Bound:
    """What stands in a module before the place of the new function: a class's end, or the module's."""
    if source is None:
        return Bound()
    body, known = source.tree.body, module_bindings(source.text)
    above = body if holder is None else [n for n in body if n.lineno < holder.lineno]
    bound_above = bindings(ast.Module(body=above, type_ignores=[]))
    inside = bindings(ast.Module(body=holder.body if holder else [], type_ignores=[]))
    run = {name for name, ways in (*bound_above.items(), *inside.items()) if any(not way.typing_only for way in ways)}
    origins = {name: frozenset(way.origin for way in ways) for name, ways in known.items()}
    return Bound(frozenset(known), frozenset(run), origins, _is_lazy(body))


def _is_lazy(body: list[ast.stmt]) -> bool:
    futures = (node for node in body if isinstance(node, ast.ImportFrom) and node.module == "__future__")
    return any(alias.name == "annotations" for node in futures for alias in node.names)


def needed_imports(spec: IssueSpec, known: Bound, findings: Findings) -> list[str]:
    """The import lines that the module lacks; a name that nobody brings is a flaw."""
    line, offered = spec.line("signature"), _offered(spec)
    header, examples = _used_names(spec.signature), _example_names(spec.examples)
    wanted = list[Import]()
    for name in sorted(header.keys() | (examples & offered.keys())):
        one, usual = offered.get(name), _usual(name, header.get(name, frozenset()))
        if len({each.origin for each in (one, *usual) if each and name in _BOTH}) > 1:
            cure = "Write the class as `datetime.datetime` everywhere, with `import datetime` above the header."
            findings.flaw(line, f"{shown(name)} is a class and a module here.", cure)
        elif _differs(name, one, usual, known):
            cure = "Use the module's, or import the other one under another name."
            findings.flaw(line, f"{shown(name)} is something else in {spec.path} already.", cure)
        elif not known.has(name) and not hasattr(builtins, name):
            wanted += [one] if one else _brought(name, usual, spec, known, findings)
    for name in sorted(offered.keys() - header.keys() - examples):
        findings.note(f"The import of {shown(name)} was left out: neither the signature nor an example needs it.")
    return import_lines(wanted)


def _used_names(header: str) -> dict[str, frozenset[str]]:
    """The names that a header (as ``Header.text``) takes from its module, each with what it takes of it.

    That is dotted (``abc.Sized`` of ``collections.abc.Sized``), and empty for the name alone.
    """
    tree = tree_of(f"{header}: ...")
    node = tree.body[0] if tree is not None else None
    if not isinstance(node, Function):
        return {}
    args = [a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg)]
    parts = [*args, node.returns, *node.args.defaults, *node.args.kw_defaults]
    found: dict[str, set[str]] = {}
    for name, behind in (use for part in parts if part for use in _uses(part)):
        found.setdefault(name, set()).add(behind)
    return {name: frozenset(behind) for name, behind in found.items()}


def _uses(node: ast.AST, behind: str = "") -> Iterator[tuple[str, str]]:
    """Every name below a node, with the attributes that are taken of it."""
    if isinstance(node, ast.Attribute):
        yield from _uses(node.value, f"{node.attr}.{behind}".rstrip("."))
    elif isinstance(node, ast.Name):
        yield node.id, behind
    else:
        for child in ast.iter_child_nodes(node):
            yield from _uses(child)


def _usual(name: str, uses: frozenset[str]) -> list[Import]:
    """What a name that nobody imports means by what is taken of it: the module before a dot, else the class."""
    found = list[Import]()
    for use in sorted(uses):
        module = f"{name}.{use}".rpartition(".")[0]
        if module in _KNOWN and (name not in _BOTH or use in _INSIDE):
            found.append(Import(module))
        elif name in _MODULES:
            found.append(Import(_MODULES[name], name))
    return found


def _differs(name: str, one: Import | None, usual: list[Import], known: Bound) -> bool:
    """Whether the module binds a name to something else than the header means."""
    there = known.origins.get(name)
    if there is None or (one is None and name not in _BOTH):
        return False
    if one is None:  # the module's own name, unless it is the module in place of its class, or the other way round
        return there in _BOTH[name] and any(there != {each.origin} for each in usual)
    return there != {one.origin}


def _offered(spec: IssueSpec) -> dict[str, Import]:
    trees = (tree_of(text) for text in spec.imports)
    found = (one for tree in trees if tree is not None for statement in tree.body for one in imports_of(statement))
    return {one.bound: one for one in found}


def _brought(name: str, usual: list[Import], spec: IssueSpec, known: Bound, findings: Findings) -> Iterator[Import]:
    if name in known.everywhere:
        cure = f'Write it in quotes: `"{name}"`.'
        findings.flaw(spec.line("signature"), f"{shown(name)} is not there yet where the function will stand.", cure)
    elif usual:
        yield from usual
    else:
        cure = "Write its import above the header, such as `from pkg.module import Name`."
        findings.flaw(spec.line("signature"), f"Nothing in {spec.path} is called {shown(name)}.", cure)


def _example_names(examples: tuple[Example, ...]) -> frozenset[str]:
    found = frozenset[str]()
    for one in examples:
        texts = (one.call, one.value) if isinstance(one, Arrow) else _sources(one.text)
        found |= frozenset(name for text in texts if (tree := tree_of(text)) is not None for name in names(tree))
    return found


def _sources(session: str) -> list[str]:
    """The lines of a session, prompts taken off: good enough to see which names they hold."""
    return [line.removeprefix(">>> ").removeprefix("... ") for line in session.split("\n")]
