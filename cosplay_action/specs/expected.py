"""Read one expected output: an expression under the tests' allow-list, or the exception that should be raised."""

from __future__ import annotations

import ast
import re

from cosplay_action.method.ports import Unusable, Wanted
from cosplay_action.specs.allowed import EXCEPTIONS, refusal
from cosplay_action.specs.calls import is_use, reaches
from cosplay_action.specs.hints import return_flaw
from cosplay_action.specs.inputs import LIMIT
from cosplay_action.specs.names import module_bindings
from cosplay_action.specs.noise import Constants, clean_line, clean_lines
from cosplay_action.specs.salvage import parsed
from cosplay_action.specs.target import Target

ARROWS = ("==", "->", "=>", "➞", "→", "⇒", "returns", "should return", "#")
_LEAD = re.compile(
    r"^(?:->|=>|==|➞|→|⇒|=)\s*|^(?:(?:it|the function|the call|the code|this)\s+)?(?:should\s+|will\s+|must\s+)?"
    r"(?:returns?|gives?|outputs?|evaluates? to)\b\s*:?\s*",
    re.IGNORECASE,
)
_RAISES = re.compile(
    r"^(?:(?:it|the function|the call|this|we)\s+)?(?:should\s+|will\s+|must\s+|expect\s+)?(?:with\s+)?"
    r"(?:(?:raises?|raised|throws?|raising)\b\s*:?|(?:pytest|self)\.(?:raises|assertRaises)\s*\()\s*"
    r"(?:an?\s+|the\s+)?[`'\"]?(?P<name>[A-Za-z_][\w.]*)",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"^(?:(?i:error|exception)\s*:\s*)?[`'\"]?(?P<name>[A-Za-z_][\w.]*)[`'\"]?\s*(?:$|[(:]|exception\b|is raised)"
)


def read_expected(text: str, target: Target, given: str = "") -> Wanted | Unusable:
    """Read one expected output; its expression is normalised by ``ast.unparse`` and calls the target nowhere.

    ``given`` is the input it is expected of, as ``read_input`` gives it: where that shows what the target returns,
    rather than something made of it, a value that certainly breaks the return annotation is unusable.
    """
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT:
        return Unusable(why="the output is longer than 8 KB")
    try:
        cleaned = _clean(text)
        return _raised(cleaned, target) or _value(cleaned, target, given)
    except (SyntaxError, ValueError) as error:
        return Unusable(why=f"the output cannot be read: {type(error).__name__}")
    except (RecursionError, MemoryError):
        return Unusable(why="the output is nested too deeply")


def literal(node: ast.expr) -> bool:
    """True for an expression of constants alone."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _clean(text: str) -> str:
    cleaned = clean_lines(text)
    before = ""
    while before != cleaned:
        before = cleaned
        cleaned = clean_line(_LEAD.sub("", cleaned.strip()))
        if cleaned.endswith(".") and not cleaned.endswith(".."):
            cleaned = cleaned[:-1]
    return cleaned


def _raised(text: str, target: Target) -> Wanted | None:
    """The exception that a text names; only a name that certainly is an exception is taken from a bare expression."""
    said = _RAISES.match(text)
    match = said or _ERROR.match(text)
    name = match.group("name").rpartition(".")[2] if match else ""
    known = name in EXCEPTIONS or (name in _module_exceptions(target) if name else False)
    if match and "." in match.group("name") and name.endswith(("Error", "Exception")):
        known = known or match.group("name").split(".")[0] in _bound(target)
    return Wanted(text=f"raises {name}", raises=name) if known else None


def _bound(target: Target) -> frozenset[str]:
    return frozenset(module_bindings(target.source.text))


def _module_exceptions(target: Target) -> set[str]:
    """Names bound in the target's module that are exceptions by their base or by their name."""
    found = {name for name in _bound(target) if name.endswith(("Error", "Exception", "Warning"))}
    for node in target.source.tree.body:  # in file order, so that a subclass of a subclass is seen
        bases = (
            {ast.unparse(base).rpartition(".")[2] for base in node.bases} if isinstance(node, ast.ClassDef) else set()
        )
        if isinstance(node, ast.ClassDef) and bases & (EXCEPTIONS | found):
            found.add(node.name)
    return found


def _value(text: str, target: Target, given: str) -> Wanted | Unusable:
    if _RAISES.match(text):
        return Unusable(why="it names no known exception")
    node = _side(text, target)
    if node is None:
        return Unusable(why="the output is no Python expression")
    tree = ast.parse(ast.unparse(node), mode="eval")
    shown = Constants(_bound(target)).visit(tree).body
    if reaches(shown, target) and not target.name.startswith("__"):
        return Unusable(why=f"the output calls {target.qualname} itself")
    why = refusal([ast.Expr(shown)], target) or (return_flaw(shown, target) if is_use(given, target) else "")
    if why:
        return Unusable(why=why)
    result = ast.unparse(shown)
    return Wanted(text=result) if len(result) <= LIMIT else Unusable(why="the output is longer than 8 KB")


def _side(text: str, target: Target) -> ast.expr | None:
    """The value's side of ``f(x) == value``, ``f(x) -> value``, ``f(x)  # value``; else the expression itself."""
    whole = _single(text)
    if whole is not None and not reaches(whole, target):
        return whole
    if isinstance(whole, ast.Compare) and len(whole.ops) == 1 and isinstance(whole.ops[0], ast.Eq | ast.Is):
        return whole.comparators[0] if reaches(whole.left, target) else whole.left
    for arrow in ARROWS:
        left, found, right = text.rpartition(arrow)
        call, value = _single(left), _single(_LEAD.sub("", right.strip()))
        if found and call is not None and value is not None and reaches(call, target):
            return value
    return None


def _single(text: str) -> ast.expr | None:
    tree = parsed(text.strip())
    if tree is None or len(tree.body) != 1:
        return None
    statement = tree.body[0]
    if isinstance(statement, ast.Assert):
        return statement.test
    return statement.value if isinstance(statement, ast.Expr) else None
