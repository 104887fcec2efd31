"""The examples of a spec: ``call -> value`` lines and doctests, read as text; no module is needed for that yet."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cosplay_action.specs.inputs import LIMIT
from cosplay_action.specs.issues.code import expression, names, source, tree_of
from cosplay_action.specs.issues.findings import Findings, shown

MOST = 200
_ARROWS = (r"->|=>|→|⇒|➞|\u27f6", r"\braises\b|\bthrows\b", r"\breturns\b|\bgives\b", r"==", "#")
_TRIES = 8  # places at which a line is cut
_JOINED = 20  # lines that one call may take up
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+(?=\S)")
_PROMPT = re.compile(r"^\s*>>>")
_RAISES = re.compile(r"^(?:(?:raises|throws)\s+)(?:an?\s+)?(?P<name>[A-Za-z_][\w.]*)\s*\.?$")
_CAPTION = re.compile(r":\s*$|^\s*#|^\s*```|^\s*~~~")
_CURE = "Write `call -> value`, `call raises ValueError`, or a doctest."


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One line ``call -> value``: Python statements whose last is an expression; an expression or ``raises Error``."""

    call: str
    value: str
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Doctests that share their variables, as text without a margin. ``firm``: what cannot be read is a flaw."""

    text: str
    firm: bool = True
    line: int = field(compare=False)


Example = Arrow | Session
Numbered = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Called:
    """Whom the examples are about: ``name`` and the class it belongs to (empty: none)."""

    name: str
    class_name: str = ""

    @classmethod
    def of(cls, qualname: str) -> Called:
        class_name, _, name = qualname.rpartition(".")
        return cls(name, class_name)

    def in_(self, found: frozenset[str]) -> bool:
        """True for names of which one can reach the target; operators reach a special method without a name.

        Whatever is called is right as long as nobody knows the target's name.
        """
        if not self.name:
            return True
        if self.name in found or not (self.class_name and self.name.startswith("__")):
            return self.name in found
        return self.name != "__init__" or self.class_name.rpartition(".")[2] in found


def read_examples(lines: Sequence[Numbered], called: Called, findings: Findings) -> tuple[Example, ...]:
    """The examples in numbered lines. Every line must be one, a caption that ends with a colon, or a comment."""
    found, at = list[Example](), 0
    while at < len(lines) and not findings.is_full and len(found) <= MOST:
        number, text = lines[at]
        if _PROMPT.match(text):
            end = session_end(lines, at)
            found.append(_session(lines[at:end], called, findings))
            at = end
            continue
        taken, arrow = arrow_at(lines[at : at + _JOINED])
        if arrow is not None:
            found.append(arrow)
            _check_arrow(arrow, called, findings)
        elif text.strip() and not _CAPTION.search(text):
            _unreadable(number, text, findings)
        at += taken
    return tuple(found)


def check_examples(examples: Sequence[Example], findings: Findings) -> None:
    """Find out whether there are too many of them, and whether two contradict each other."""
    if sum(1 if isinstance(one, Arrow) else one.text.count(">>> ") for one in examples) > MOST:
        findings.flaw(examples[0].line, f"There are more than {MOST} examples.", "Keep those that say most.")
        return
    known: dict[str, tuple[str, int]] = {}
    for call, value, line in _pairs(examples):
        before, first = known.setdefault(call, (value, line))
        if before != value:
            what = f"{shown(call)} gives {shown(before)} in line {first} and {shown(value)} here."
            findings.flaw(line, what, "Keep the one that is right.")


def session_end(lines: Sequence[Numbered], at: int) -> int:
    """The index behind the doctests that begin at ``at``: at a blank line that no prompt follows."""
    end = at
    while at < len(lines):
        if lines[at][1].strip():
            end = at + 1
        elif not _prompt_follows(lines[at : at + 3]):
            break
        at += 1
    return end


def _prompt_follows(lines: Sequence[Numbered]) -> bool:
    return next((bool(_PROMPT.match(text)) for _, text in lines if text.strip()), False)


def _session(lines: Sequence[Numbered], called: Called, findings: Findings) -> Session:
    session = Session(text=without_margin([text for _, text in lines]), line=lines[0][0])
    check_session(session, called, findings)
    return session


def check_session(session: Session, called: Called, findings: Findings) -> None:
    """Find the flaws of doctests that text alone can show."""
    seen = frozenset[str]()
    for part in doctests(session, findings):
        number, tree = session.line + part.lineno, tree_of(part.source)
        if tree is None:
            findings.flaw(number, f"The doctest {shown(part.source.strip())} is no Python.", _CURE)
            continue
        seen |= names(tree)
        if (part.want or part.exc_msg) and not called.in_(seen):
            _other(number, part.source, called, findings)
        if part.want and not part.exc_msg and expression(part.want) is None:
            cure = "Write the value as Python does, a text in quotes."
            findings.flaw(number, f"The doctest's value {shown(part.want.strip())} is no Python expression.", cure)


def doctests(session: Session, findings: Findings | None = None) -> list[doctest.Example]:
    """The doctests of a session; none, and a flaw, where their layout cannot be read."""
    try:
        return doctest.DocTestParser().get_examples(session.text)
    except ValueError as error:
        place = re.search(r"line (\d+)", str(error))
        number = session.line + (int(place[1]) - 1 if place else 0)
        if findings is not None:
            said = re.sub(r"^line \d+ of the docstring for \S+ (?:has )?", "", str(error).splitlines()[0])
            findings.flaw(number, f"The doctests cannot be read: {shown(said)}.", "Write `>>> ` before each call.")
        return []


def without_margin(lines: Sequence[str]) -> str:
    """The lines less the blanks that all of them begin with."""
    full = [line.expandtabs() for line in lines]
    margin = min((len(line) - len(line.lstrip(" ")) for line in full if line.strip()), default=0)
    return "\n".join(line[margin:].rstrip() for line in full).rstrip("\n")


def arrow_at(lines: Sequence[Numbered]) -> tuple[int, Arrow | None]:
    """The example that begins at the first line, and how many lines it takes: more than one while brackets are open."""
    joined = ""
    for count, (_, text) in enumerate(lines, start=1):
        joined = f"{joined}\n{text}" if joined else _BULLET.sub("", text).strip()
        arrow = _arrow(joined, lines[0][0])
        if arrow or not _is_open(joined):
            return (count, arrow) if arrow else (1, None)
    return 1, None


def _is_open(text: str) -> bool:
    return sum(text.count(c) for c in "([{") > sum(text.count(c) for c in ")]}")


def _arrow(text: str, line: int) -> Arrow | None:
    for shape in _shapes(text):
        for left, right in _cuts(shape):
            call, value = _call(left), _value(right)
            if call and value:
                return Arrow(call=call, value=value, line=line)
    return None


def _shapes(text: str) -> tuple[str, ...]:
    """The text as it stands, then less the marks of its code spans."""
    return (text, text.replace("`", "")) if "`" in text else (text,)


def _cuts(text: str) -> Iterator[tuple[str, str]]:
    """Ways to cut a line in two, the likeliest arrow first."""
    for arrow in _ARROWS:
        for tries, match in enumerate(re.finditer(arrow, text)):
            if tries == _TRIES:
                break
            right = text[match.end() :].strip()
            raises = match[0] in {"raises", "throws"}
            yield text[: match.start()].strip(), f"raises {right}" if raises else right


def _call(text: str) -> str:
    """Statements whose last one is an expression, in one form; empty for anything else."""
    tree = tree_of(text) if len(text) <= LIMIT else None
    last = tree.body[-1] if tree is not None and tree.body else None
    return source(tree) if tree is not None and isinstance(last, ast.Expr) else ""


def _value(text: str) -> str:
    """An expression, or ``raises Error``, in one form; empty for anything else."""
    raised = _RAISES.match(text)
    if raised:
        return f"raises {raised['name'].rstrip('.')}"
    for shape in (text, text.rstrip(".,;")):
        node = expression(shape) if len(shape) <= LIMIT else None
        if node is not None:
            return source(node)
    return ""


def _unreadable(number: int, text: str, findings: Findings) -> None:
    bare = _BULLET.sub("", text).strip()
    for left, right in (cut for shape in _shapes(bare) for cut in _cuts(shape)):
        if len(bare) <= LIMIT and _call(left):
            cure = "Write a Python expression, a text in quotes, or `raises ValueError`."
            findings.flaw(number, f"The example's value {shown(right)} is no Python expression.", cure)
            return
    findings.flaw(number, f"{shown(text.strip())} is no example.", f"{_CURE} What is none belongs into Behaviour.")


def _check_arrow(arrow: Arrow, called: Called, findings: Findings) -> None:
    tree = tree_of(arrow.call)
    if tree is not None and not called.in_(names(tree)):
        _other(arrow.line, arrow.call, called, findings)


def _other(number: int, text: str, called: Called, findings: Findings) -> None:
    what = f"The example {shown(text.strip())} does not call `{called.name}`."
    findings.flaw(number, what, "Call the target, or name in Target what the example calls.")


def _pairs(examples: Sequence[Example]) -> Iterator[tuple[str, str, int]]:
    """(call, value, line) of every example that needs nothing before it."""
    for one in examples:
        if isinstance(one, Arrow):
            yield one.call, one.value, one.line
            continue
        parts = doctests(one)
        if all(part.want or part.exc_msg for part in parts):
            for part in parts:
                call, value = _call(part.source), _doctest_value(part)
                if call and value:
                    yield call, value, one.line + part.lineno


def _doctest_value(part: doctest.Example) -> str:
    if part.exc_msg:
        return f"raises {part.exc_msg.strip().partition(':')[0]}"
    node = expression(part.want)
    return source(node) if node is not None else ""
