"""The names that a new header takes from its module: bound there already, imported by the spec, or well known."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

from cosplay_action.specs.issues.code import names, tree_of
from cosplay_action.specs.issues.examples import Arrow, Example
from cosplay_action.specs.issues.findings import Findings, shown
from cosplay_action.specs.issues.signature import used_names
from cosplay_action.specs.issues.spec import IssueSpec
from cosplay_action.specs.names import Import, bindings, imports_of, module_bindings
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
    header, examples = used_names(spec.signature), _example_names(spec.examples)
    wanted: dict[str, Import] = {}
    for name in sorted(header | (examples & offered.keys())):
        one = offered.get(name)
        if one is not None and known.origins.get(name, frozenset({one.origin})) != {one.origin}:
            cure = "Use the module's, or import the other one under another name."
            findings.flaw(line, f"{shown(name)} is something else in {spec.path} already.", cure)
        elif not known.has(name) and not hasattr(builtins, name):
            wanted.update(_brought(name, one, spec, known, findings))
    for name in sorted(offered.keys() - header - examples):
        findings.note(f"The import of {shown(name)} was left out: neither the signature nor an example needs it.")
    return import_lines(wanted.values())


def _offered(spec: IssueSpec) -> dict[str, Import]:
    trees = (tree_of(text) for text in spec.imports)
    found = (one for tree in trees if tree is not None for statement in tree.body for one in imports_of(statement))
    return {one.bound: one for one in found}


def _brought(
    name: str, one: Import | None, spec: IssueSpec, known: Bound, findings: Findings
) -> Iterator[tuple[str, Import]]:
    if one is not None:
        yield name, one
    elif name in known.everywhere:
        cure = f'Write it in quotes: `"{name}"`.'
        findings.flaw(spec.line("signature"), f"{shown(name)} is not there yet where the function will stand.", cure)
    elif name in _MODULES:
        yield name, Import(_MODULES[name], name)
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
