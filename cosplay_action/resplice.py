"""Several runs' changes of one file, put together by qualified name: a textual merge would stumble over neighbours.

What is put in is what a run's own patch adds, which was judged. What its report calls the implementation is never code.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cosplay_action.errors import SpecError
from cosplay_action.method.ports import Unusable
from cosplay_action.parcel import Edits, Parcel
from cosplay_action.specs import shipped, shipped_deeds
from cosplay_action.specs.folders import own_folder
from cosplay_action.specs.merging import merged
from cosplay_action.specs.nodes import Function, definitions
from cosplay_action.specs.source import SourceFile, plain, read_source
from cosplay_action.specs.stub import Stub, read_stub

Files = Mapping[str, tuple[bytes | None, bytes]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why one run's changes cannot be put on those before it."""

    why: str


def respliced(before: Files, parcel: Parcel, files: Files) -> dict[str, tuple[bytes | None, bytes]] | Conflict:
    """All files so far with those of one more run, ``files`` as they were judged.

    Its own target is spliced in where its file has changed already.
    """
    found, (path, _, qualname) = dict(before), parcel.target.partition("::")
    for name, (old, new) in files.items():
        if name not in found or found[name][1] == new:
            found[name] = (old, new)
        elif name == path and qualname:
            spliced = _spliced(found[name][1], old, new, parcel.target)
            if isinstance(spliced, Conflict):
                return spliced
            found[name] = (found[name][0], spliced)
        else:
            return Conflict(f"{name} is written by another run, too")
    return found


def as_merged(one: Edits, before: Files, merged: Files, target: str) -> Edits:
    """A run's edits with what it brings into the merged files for news: what is said is said of what is published.

    Together the news of all runs are all that is new against the file that they began from.
    """
    path, _, qualname = target.partition("::")
    if path not in before:
        return one
    brought = shipped_deeds.novelties(before[path][1], merged[path][1], program=not qualname)
    imports, risky = ({*brought.imports, *one.new.imports}, {*brought.risky, *one.new.risky})
    return replace(one, new=shipped_deeds.Novelties(imports=tuple(sorted(imports)), risky=tuple(sorted(risky))))


def _spliced(current: bytes, old: bytes | None, judged: bytes, target: str) -> bytes | Conflict:
    """The file with what the judged text adds to the old one; judged as any change of a file is."""
    path, _, qualname = target.partition("::")
    with own_folder("splice") as root:  # a stub is read from a file
        file = root / path
        file.parent.mkdir(parents=True)
        try:
            file.write_bytes(judged)
            wanted = read_source(root, path)
            file.write_bytes(current)
            stub = read_stub(root, target, lambda *_: ("module", (".",)))
        except SpecError as error:
            return Conflict(error.what)
        new = merged(old or b"", judged, current) or _placed(stub, _addition(wanted, old, current, qualname))
    if isinstance(new, Unusable):
        return Conflict(new.why)
    flaw = shipped.target_flaw(current, new, qualname) or _stray(current, new, old, judged, qualname)
    return Conflict(flaw) if flaw else new


def _placed(stub: Stub, addition: str) -> bytes | Unusable:
    text = stub.contract.module_text(addition)
    return text if isinstance(text, Unusable) else stub.contract.target.source.encode(text)


def _addition(judged: SourceFile, old: bytes | None, current: bytes, qualname: str) -> str:
    """What the judged text adds, less the imports that are there already, with the target in its classes at the end."""
    top, lines, targets = qualname.partition(".")[0], plain(judged.text).split("\n"), definitions(judged.tree)
    if qualname not in targets:
        return ""
    present = Counter(map(ast.dump, shipped.tree_of(old).body))
    imported = {
        ast.dump(node) for node in shipped.tree_of(current).body if isinstance(node, ast.Import | ast.ImportFrom)
    }
    found: list[str] = []
    for node in judged.tree.body:
        dump = ast.dump(node)
        if present[dump]:
            present[dump] -= 1
        elif dump not in imported and not _named(node, top):
            found.append(_text(lines, node))
    return "\n".join([*found, *_heads(judged.tree, qualname), _text(lines, targets[qualname][-1]), ""])


def _named(node: ast.stmt, name: str) -> bool:
    return isinstance(node, Function | ast.ClassDef) and node.name == name


def _heads(tree: ast.Module, qualname: str) -> Iterator[str]:
    """A line for each class around the target, as deep as it lies in the file."""
    body = tree.body
    for name in qualname.split(".")[:-1]:
        for node in [one for one in body if isinstance(one, ast.ClassDef) and one.name == name][-1:]:
            yield f"{' ' * node.col_offset}class {name}:"
            body = node.body


def _text(lines: list[str], node: ast.stmt) -> str:
    """The lines of a statement, with its decorators."""
    first = min((one.lineno for one in getattr(node, "decorator_list", ())), default=node.lineno)
    return "\n".join(lines[first - 1 : node.end_lineno])


def _stray(current: bytes, new: bytes, old: bytes | None, judged: bytes, qualname: str) -> str:
    """Why the spliced text has something that the judged one has not; empty where all that is new in it was judged."""
    trees = [shipped.tree_of(data) for data in (current, new, old, judged)]
    one, other = (list(map(ast.dump, definitions(tree).get(qualname, ()))) for tree in (trees[1], trees[3]))
    if one != other:
        return f"{qualname} would not be as it was judged"
    counts = [Counter(ast.dump(n) for n in tree.body if not _named(n, qualname.partition(".")[0])) for tree in trees]
    return "something would come in that was not judged" if (counts[1] - counts[0]) - (counts[3] - counts[2]) else ""
