"""Which line of a spec comes nearest to an input and its answers, yet leaves them open.

Nearness is a count of shared words, no more: words of the input and the answers, the names of the parameters that take
part, and the plain words for special values (an empty list is "empty", 0 is "zero"). A number, a reference (``#12``) or
an address that both hold says nothing of what a line is about, so it counts for nothing.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

_WORD = re.compile(r"(?<!\w)[^\W\d]\w*")
_REFERENCE = re.compile(r"\w+://\S+|\bwww\.\S+|#\d+|\bgh-\d+", re.IGNORECASE)
# Words that say nothing of a case by themselves.
_COMMON = frozenset(
    _WORD.findall(
        "a an and any are as at be but by can each else every for from given gives has have if in into int is it its "
        "list means must no not of on one only or other raise return should so str than that the their them then "
        "there they this to value when where which whose will with"
    )
)
_EMPTY = (ast.List, ast.Tuple, ast.Dict, ast.Set)


def nearest_line(statement: str, name: str, text: str, answers: Sequence[str]) -> tuple[str, list[str]]:
    """The line that shares most words with the input ``text`` and the answers, and its words; empty without one.

    ``statement`` is a stub (its docstring counts) or plain text, ``name`` the function's (empty: a program's). Examples
    are no such line.
    """
    # a single letter is a piece of data; a parameter's name may be one
    said = {word for word in _words(" ".join([text, *answers])) if len(word) > 1}
    wanted = (said | _special(text, answers)) - _COMMON
    wanted = (wanted | _parameters(statement, name, text)) - {_stem(name.lower())}
    best, shared = "", dict[str, str]()
    for line in _prose(statement, name):
        spoken = map(str.lower, _WORD.findall(_REFERENCE.sub(" ", line)))
        found = {_stem(word): word for word in spoken if _stem(word) in wanted}
        if len(found) > len(shared):
            best, shared = line, found
    return best, sorted(shared.values())


def parsed(text: str) -> ast.Module | None:
    """The tree of a text, None where it is no Python. Warnings about it are nobody's here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def functions(statement: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a statement that is Python (a stub, inside its class); none of another one."""
    yield from (node for node in _nodes(statement) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _prose(statement: str, name: str) -> Iterator[str]:
    """The lines that say something in words: no doctests, no lines that call the function."""
    documents = [ast.get_docstring(node) or "" for node in functions(statement) if node.name == name]
    inside, called = False, re.compile(rf"\b{re.escape(name)}\s*\(")
    for line in (documents[0] if documents else statement).split("\n"):
        bare = line.strip()
        inside = bare.startswith(">>>") or (inside and bool(bare))
        if bare and not inside and not (name and called.search(bare)):
            yield bare


def _words(text: str) -> set[str]:
    return {_stem(word.lower()) for word in _WORD.findall(text)}


def _stem(word: str) -> str:
    """Raises and raise, bounds and bound are one word."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _parameters(statement: str, name: str, text: str) -> set[str]:
    """The names of the parameters that the input gives a value to."""
    found: set[str] = set()
    for function in (node for node in functions(statement) if node.name == name):
        named = [one.arg for one in (*function.args.posonlyargs, *function.args.args) if one.arg not in {"self", "cls"}]
        for call in _calls(text, name):
            found |= {*named[: len(call.args)], *(one.arg for one in call.keywords if one.arg)}
    return {_stem(one.lower()) for one in found}


def _calls(text: str, name: str) -> Iterator[ast.Call]:
    for node in _nodes(text):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == name:
                yield node


def _nodes(text: str) -> list[ast.AST]:
    tree = parsed(text)
    return list(ast.walk(tree)) if tree else []


def _special(text: str, answers: Sequence[str]) -> set[str]:
    """Plain words for the special values among the arguments and the answers."""
    found: set[str] = set()
    for node in [node for one in (text, *answers) for node in _nodes(one)]:
        found |= _words_for(node)
    return {_stem(word) for word in found}


def _words_for(node: ast.AST) -> set[str]:
    if isinstance(node, ast.UnaryOp):
        return {"negative", "minus"} if isinstance(node.op, ast.USub) else set()
    if isinstance(node, ast.Constant):
        return _words_for_scalar(node.value)
    if isinstance(node, _EMPTY) and not (node.keys if isinstance(node, ast.Dict) else node.elts):
        return {"empty"}
    shapes = [ast.dump(item) for item in node.elts] if isinstance(node, ast.List | ast.Tuple) else []
    return {"duplicate", "equal", "repeated", "same"} if len({*shapes}) < len(shapes) else set()


def _words_for_scalar(value: object) -> set[str]:
    if isinstance(value, str | bytes) and not value:
        return {"empty"}
    if isinstance(value, str):
        found = {"upper", "uppercase", "case", "capital"} if value != value.lower() else set[str]()
        return found | ({"space", "blank", "whitespace"} if re.search(r"\s", value) else set())
    found = {"float", "fraction", "decimal"} if isinstance(value, float) else set()
    return found | ({"zero"} if value == 0 and not isinstance(value, bool) else set())
