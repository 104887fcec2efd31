"""The lines to add to a spec so that one of two answers becomes the one that is meant."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cosplay_action.evidence.neutralise import fence, visible
from cosplay_action.evidence.silence import functions, parsed
from cosplay_action.method.domain import Observation
from cosplay_action.method.values import render

_LONGEST = 400  # characters of an example that a person would still add to a docstring
_LONGEST_RUN = 2000  # characters of a program's example, which has lines of its own


def run_example(text: str, seen: Observation) -> str:
    """One run of a program as docs/specs.md writes it, for this output to be the one that is meant; empty without one.

    There is none for a run that ended otherwise, nor where a spec would read something else: what nobody sees in a text
    is taken out of it.
    """
    if not seen.real or seen.value is None or seen.value.kind != "str":
        return ""
    output = str(seen.value.data)
    found = f"Input:\n{_fenced(text)}\nOutput:\n{_fenced(output)}"
    unseen = visible(text + output, keep="\n\t") != text + output
    return "" if unseen or len(found) > _LONGEST_RUN else found


def _fenced(text: str) -> str:
    """A block that holds the lines of a text; blank lines at its end mean nothing to a program's example."""
    return fence(text) if text.strip() else "```\n```"


def example(statement: str, name: str, text: str, seen: Observation) -> str:
    """The lines to add to a docstring for this answer to be the one that is meant; empty where there are none.

    ``call -> value`` where a plain call gives a literal, else a doctest. An input that is no Python (a program's) has
    none, nor has a function that returns None (what its cells show is not what a doctest prints), nor what a docstring
    would read otherwise (backslashes, dots).
    """
    lines, given = _statements(text), _given(seen)
    if not lines or not given or _returns_none(statement, name):
        return ""
    raises = seen.status == "raised"
    if _plain_call(lines, name) and (raises or _literal(given)):
        found = f"{text} raises {given}" if raises else f"{text} -> {given}"
    else:
        want = f"Traceback (most recent call last):\n    ...\n{given}" if raises else given
        found = "\n".join([*(f">>> {line}" for line in lines), want])
    unsafe = "\\" in found or '"""' in found or "..." in text + given
    return "" if unsafe or len(found) > _LONGEST else found


def _given(seen: Observation) -> str:
    """The answer as Python: a value, or the name of an exception; empty where it can be neither."""
    if seen.real and seen.value is not None:
        return render(seen.value)
    return seen.error[0] if seen.status == "raised" and seen.error else ""


def _statements(text: str) -> list[str]:
    """The statements of an input, each on a line of its own; none where it is no Python or one takes several lines."""
    tree = parsed(text)
    lines = [ast.unparse(node) for node in tree.body] if tree else []
    return lines if "\n" not in "".join(lines) else []


def _plain_call(lines: Sequence[str], name: str) -> bool:
    """Whether it is nothing but a call of the function with literal arguments."""
    tree = parsed(lines[0])
    node = tree.body[0] if tree else None
    if len(lines) > 1 or not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    call = node.value
    given = [*call.args, *(one.value for one in call.keywords)]
    return isinstance(call.func, ast.Name) and call.func.id == name and all(_literal(one) for one in given)


def _literal(thing: str | ast.expr) -> bool:
    try:
        ast.literal_eval(thing)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def _returns_none(statement: str, name: str) -> bool:
    return any(node.name == name and _is_none(node.returns) for node in functions(statement))


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
