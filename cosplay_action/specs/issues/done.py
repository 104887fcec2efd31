"""A function that a spec asks for and that is there already: what happened, and how to play it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cosplay_action.errors import SpecError
from cosplay_action.method.job import digest
from cosplay_action.specs.issues.findings import shown
from cosplay_action.specs.landed import Evidence, emptied, landed, statement_of
from cosplay_action.specs.nodes import Function
from cosplay_action.specs.source import SourceFile
from cosplay_action.specs.walking import files_below


def why_done(
    root: Path, target: str, source: SourceFile, node: Function, adds_nothing: Callable[[bytes], bool]
) -> tuple[str, str]:
    """Why a function that is implemented cannot be played: (what, cure).

    ``adds_nothing`` says of a module's bytes, in which the function is a stub again, that the spec adds nothing to it.
    """
    what = f"{shown(target.rpartition('::')[2])} in {source.path} is implemented already"
    evidence = _evidence(root, target)
    if evidence is None:
        return f"{what}: its body does something.", "Make its body `...` to play it, or name another function."
    undo = f"`git checkout -- {source.path}`; a new file: remove it"
    again = f"make its body `...`, or undo a landing that is not committed ({undo})."
    if _statement(source, target, node) == evidence.header.spec and adds_nothing(source.encode(emptied(source, node))):
        return f"{what}: this very spec landed, with its tests in {evidence.test}.", f"To play it again, {again}"
    other = "this text says more than its docstring does, or something else"
    return f"{what}, by evidence in {evidence.test}; {other}.", f"To play it anew, {again}"


def _evidence(root: Path, target: str) -> Evidence | None:
    return next((one for one in landed(root, files_below(root)) if one.header.target == target), None)


def _statement(source: SourceFile, target: str, node: Function) -> str:
    """The digest of what the function's stub said."""
    try:
        return digest(statement_of(source, target, node))
    except SpecError:
        return ""
