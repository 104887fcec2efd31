"""What a stub leaves open, as its own text shows: types that are missing, a docstring that says nothing, examples.

Nothing is imported or run. Whether an example can be ground truth is found out when the stub is read to be played.
"""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator

from cosplay_action.specs.calls import reaches
from cosplay_action.specs.doctests import FITTING, examples_of, strip_examples
from cosplay_action.specs.issues.code import tree_of
from cosplay_action.specs.issues.findings import Flaw, shown
from cosplay_action.specs.names import module_bindings
from cosplay_action.specs.nodes import Function, annotation_of, decorator_names
from cosplay_action.specs.salvage import parsed
from cosplay_action.specs.target import Target
from cosplay_action.specs.wording import snake

# Words of a docstring that say nothing of what a function does.
_EMPTY = (
    "a an the this that it is of function method property class docstring todo tbd fixme xxx implement implemented "
    "implementation stub placeholder not yet me here please"
)


def stub_flaws(node: Function, qualname: str) -> Iterator[Flaw]:
    """Everything to mend in a stub, with lines of its file."""
    yield from _types(node, method="." in qualname)
    yield from _document(node, qualname)
    yield from _examples(node)


def example_flaws(target: Target) -> tuple[list[Flaw], list[Flaw]]:
    """The examples of a stub that would be no tests: those to mend, and those that are well-formed all the same.

    A doctest about another function of the module is neither: it is about that one.
    """
    wrong, fitting = list[Flaw](), list[Flaw]()
    for one in examples_of(target)[1]:
        flaw = Flaw(one.line, f"The example {shown(one.text)} is no test: {one.why}.", "Mend it, or leave it out.")
        if one.why in FITTING:
            fitting.append(flaw)
        elif not _about_another(one.text, target):
            wrong.append(flaw)
    return wrong, fitting


def _about_another(text: str, target: Target) -> bool:
    """Whether an example calls functions of the target's module, and not the target."""
    tree = tree_of(text)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree is not None else []
    known = module_bindings(target.source.text)
    roots = (node.func for node in calls)
    named = [next((n.id for n in ast.walk(root) if isinstance(n, ast.Name)), "") for root in roots]
    return bool(calls) and not any(reaches(call, target) for call in calls) and all(name in known for name in named)


def _types(node: Function, *, method: bool) -> Iterator[Flaw]:
    args = node.args
    plain = [*args.posonlyargs, *args.args]
    if method and "staticmethod" not in decorator_names(node):
        plain = plain[1:]  # self or cls
    for one in (*plain, args.vararg, *args.kwonlyargs, args.kwarg):
        if one is not None and one.annotation is None:
            yield Flaw(one.lineno, f"The parameter {shown(one.arg)} has no type.", "Annotate it.")
        elif one is not None and annotation_of(one.annotation) is None:
            yield Flaw(one.lineno, f"The type of the parameter {shown(one.arg)} is no Python.", "Annotate it.")
    if node.returns is None:
        yield Flaw(node.lineno, "What it returns has no type.", "Annotate it, with `-> None` where it returns nothing.")
    elif annotation_of(node.returns) is None:
        yield Flaw(node.returns.lineno, "The type of what it returns is no Python.", "Annotate it.")


def _document(node: Function, qualname: str) -> Iterator[Flaw]:
    """Whether the docstring says, beside its examples, more than the function's name."""
    document, cure = ast.get_docstring(node) or "", "Say in a sentence what it returns, and when it raises."
    said = strip_examples(document, node.name)
    line = node.body[0].lineno if document else node.lineno
    if not document.strip():
        yield Flaw(line, "It has no docstring.", cure)
    elif not said.strip():
        yield Flaw(line, "Its docstring holds nothing but examples.", cure)
    elif _words(said) <= _words(" ".join([_EMPTY, *(snake(part) for part in qualname.split("."))])):
        yield Flaw(line, "Its docstring says no more than its name.", cure)


def _words(text: str) -> frozenset[str]:
    """The words of a text, plural and singular alike."""
    return frozenset(word.removesuffix("s") or word for word in re.findall(r"[^\W_]+", text.lower()))


def _examples(node: Function) -> Iterator[Flaw]:
    """Doctests that cannot be read, are no Python, or contradict one another."""
    document = ast.get_docstring(node, clean=False) or ""
    try:
        found = doctest.DocTestParser().get_examples(document)
    except ValueError as error:
        place = re.search(r"line (\d+)", str(error))
        said = re.sub(r"^line \d+ of the docstring for \S+ (?:has )?", "", str(error).splitlines()[0])
        what = f"Its doctests cannot be read: {shown(said)}."
        yield Flaw(_line(node, int(place[1]) - 1 if place else 0), what, "Write `>>> ` before each call.")
        return
    known: dict[str, tuple[str, int]] = {}
    for one in found:
        line, call = _line(node, one.lineno), parsed(one.source)
        if call is None:
            yield Flaw(line, f"The example {shown(one.source.strip())} is no Python.", "Mend it.")
        elif _calls(call, node.name) and (one.want or one.exc_msg):
            wanted = " ".join((one.exc_msg or one.want).split())
            before, first = known.setdefault(ast.unparse(call), (wanted, line))
            if before != wanted:
                what = f"The example {shown(one.source.strip())} contradicts that of line {first}."
                yield Flaw(line, what, "Keep the one that is right.")


def _line(node: Function, offset: int) -> int:
    """The line of the file on which a line of the docstring stands."""
    document = node.body[0]
    return min(document.lineno + offset, document.end_lineno or document.lineno)


def _calls(tree: ast.Module, name: str) -> bool:
    """True for a call of the function itself whose arguments are all written out."""
    call = tree.body[0].value if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != name:
        return False
    arguments = (*call.args, *(keyword.value for keyword in call.keywords))
    return not any(isinstance(inner, ast.Name) for one in arguments for inner in ast.walk(one))
