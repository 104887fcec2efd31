"""Whether a new text is a module's old one with the stub's body exchanged, a candidate's parts added, and no more.

All of it is compiled, and compared: as syntax trees the statements in which edits lie, as text all others. (A text
that is cut where statements of the module begin lines has the trees of its pieces, one after the other.)
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from cosplay_action.specs.bodies import Edit, undocumented
from cosplay_action.specs.nodes import Function, definitions
from cosplay_action.specs.parts import Parts
from cosplay_action.specs.source import SourceFile, check_module, line_starts, parse_anew
from cosplay_action.specs.target import Target

_NEWLINES = ("\n", "\r")


def faithful(target: Target, parts: Parts, text: str, edits: Sequence[Edit]) -> bool:
    """True when ``text`` is that module. ``edits``: what was done to the old text.

    Raises what ``compile`` raises for a text that does not.
    """
    check_module(text)
    places = _places(target.source, edits)
    changed = _changed(target.source.text, text, places, edits)
    if changed is None:
        return False
    kept = _kept("".join(target.source.text[start:end] for start, end in places), target.qualname)
    return _as_told(kept, parse_anew("".join(changed)), target, parts)


def _as_told(kept: Sequence[str], new: ast.Module, target: Target, parts: Parts) -> bool:
    """Whether the new statements are those that were ``kept`` and the candidate's, and the body the candidate's."""
    if target.qualname not in definitions(new):
        return False
    if _dumps(_empty(new, target.qualname)) != _dumps(undocumented(parts.function)):
        return False
    added, rest = _dumps((*parts.imports, *parts.helpers)), iter(kept)
    wanted = next(rest, None)
    for dump in _dumps(new.body):
        if dump == wanted:
            wanted = next(rest, None)
        elif dump in added:
            added.remove(dump)
        else:
            return False
    return wanted is None and not added


def _places(source: SourceFile, edits: Sequence[Edit]) -> list[tuple[int, int]]:
    """The pieces of a text, made of whole statements, in which edits lie; none touches another."""
    cuts, found = [0, *_cuts(source), len(source.text)], list[tuple[int, int]]()
    for edit in sorted(edits, key=lambda one: one.start):
        start = cuts[max(0, bisect_left(cuts, edit.start) - 1)]  # what is added below a statement may be its own
        end = next(cut for cut in cuts[bisect_left(cuts, edit.end) :] if cut > start or cut == cuts[-1])
        if found and start <= found[-1][1]:
            start, end = found[-1][0], max(end, found.pop()[1])
        found.append((start, end))
    return found


def _changed(old: str, new: str, places: Sequence[tuple[int, int]], edits: Sequence[Edit]) -> list[str] | None:
    """What has come in the places' stead; None where the texts differ elsewhere, or a piece does not end its line."""
    found, at, shift = list[str](), 0, 0
    for start, end in places:
        inside = [one for one in edits if start <= one.start and one.end <= end]
        here, longer = start + shift, sum(len(one.text) - (one.end - one.start) for one in inside)
        found.append(new[here : end + shift + longer])
        if new[at + shift : here] != old[at:start] or (end < len(old) and not found[-1].endswith(_NEWLINES)):
            return None
        at, shift = end, shift + longer
    return found if new[at + shift :] == old[at:] else None


def _cuts(source: SourceFile) -> Iterator[int]:
    """Where statements of the module begin lines that are no other's, in order."""
    starts, above = line_starts(source.text), 0
    for node in source.tree.body:
        decorators = node.decorator_list if isinstance(node, Function | ast.ClassDef) else []
        row = min((one.lineno for one in decorators), default=node.lineno)
        cut = starts[row - 1]
        if row > above and not source.text[max(0, cut - 3) : cut].rstrip("\r\n").endswith("\\"):
            yield cut
        above = node.end_lineno or node.lineno


@lru_cache(maxsize=16)
def _kept(text: str, qualname: str) -> tuple[str, ...]:
    """The statements of the old text, the stub's body left out."""
    old = parse_anew(text)
    _empty(old, qualname)
    return tuple(_dumps(old.body))


def _empty(tree: ast.Module, qualname: str) -> list[ast.stmt]:
    """Take the target's body (its docstring stays) out of a tree, and return it."""
    node = definitions(tree)[qualname][0]
    body = undocumented(node)
    node.body = node.body[: len(node.body) - len(body)]
    return body


def _dumps(nodes: Sequence[ast.stmt]) -> list[str]:
    return [ast.dump(node) for node in nodes]
