"""Inside a worker: the module under test, and what one input shows.

Standard library only, Python 3.9 to 3.14.

An input is setup statements, if any, and one last expression, run in the module's namespace. With ``observe``
"result" the cell shows that expression's value: coroutines are awaited, generators and other iterators drained (up to
10,000 items). With "effects", for a target that returns None, it shows a tuple of what the call was given, read after
it: the receiver (unless it is a class or a module), the positional arguments, the keyword arguments, each in the order
of the text (for ``*xs`` and ``**kw`` the iterable or mapping itself), and last the result if it is not None after all.
A last expression that is not a call of the target (``s.items`` after ``s.push(1)``) shows its value either way.
"""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import importlib.util
import json
import linecache
import os
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Coroutine
    from typing import Any, TypeVar

    from cosplay_action.sandbox import worker_encode as encoding
    from cosplay_action.sandbox import worker_graft as graft
    from cosplay_action.sandbox.wire import WireJob, WireScene

    T = TypeVar("T")
else:
    import _cosplay_worker_encode as encoding
    import _cosplay_worker_graft as graft

AWAITING = 0x80  # inspect.CO_COROUTINE
IMPORTING = "while its module was imported: "
MESSAGE = 500  # characters of an exception's message


class _Text(importlib.machinery.SourceFileLoader):
    """Loads the module under test from a given text instead of its file; no bytecode is read or written."""

    def __init__(self, scene: WireScene, path: str, *, knowing: bool) -> None:
        super().__init__(scene["module"], path)
        self.text = scene["source"]
        self.code, self.lines = graft.compiled(self.text, path, scene["qualname"], knowing=knowing)

    def get_source(self, _name: str) -> str:
        return self.text

    def get_code(self, _name: str) -> types.CodeType:
        return self.code


class _Finder:
    """A meta-path finder that serves exactly one module, so that its siblings see the stub too."""

    def __init__(self, loader: _Text) -> None:
        self.loader = loader

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self.loader.name:
            return None
        folder, _, file = self.loader.path.rpartition("/")
        within = [folder] if file == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            name, self.loader.path, loader=self.loader, submodule_search_locations=within
        )


def folders(scene: WireScene) -> list[str]:
    """The repository's import roots as folders."""
    return [os.path.normpath(f"{scene['root']}/{root}") for root in scene["roots"]]


def load(scene: WireScene) -> graft.Module:
    """Import the module under test, its stub in place. Raises whatever the import raises."""
    path = f"{scene['root']}/{scene['path']}"
    text = scene["source"]
    sys.path[:0] = folders(scene)
    linecache.cache[path] = (len(text), None, text.splitlines(True), path)
    if "async" in text or "await" in text:
        importlib.import_module("asyncio")  # once here rather than in every cell
    before = set(sys.modules)
    try:
        return _imported(scene, _Text(scene, path, knowing=True))
    except RuntimeError as error:
        if "__class__" not in str(error):  # as type() says of a class that was not told which one it is
            raise
    for name in set(sys.modules) - before:
        del sys.modules[name]
    return _imported(scene, _Text(scene, path, knowing=False))


def _imported(scene: WireScene, loader: _Text) -> graft.Module:
    finder = _Finder(loader)
    sys.meta_path.insert(0, finder)
    try:
        namespace = importlib.import_module(scene["module"]).__dict__
    except BaseException:
        sys.meta_path.remove(finder)
        raise
    return graft.Module(namespace, loader.code, scene["qualname"], loader.lines)


def show(
    job: WireJob, text: str, module: graft.Module, candidate: tuple[graft.Piece | None, list[types.FunctionType]]
) -> bytes:
    """Run one input; return ``[status, [value], [class names], detail]`` as JSON, at most the job's output bytes.

    ``candidate`` is what takes the stub's place, and the stub's functions; the stub stays where it is None.
    """
    limit, (piece, stubs) = job["limits"]["output"], candidate
    where = "while its helpers were defined: "
    try:
        if piece is not None:
            graft.place(piece, stubs, module)
        where = ""
        value = encoding.Encoder(limit).encode(_evaluate(job, module.namespace, text))
        shown = json.dumps(["returned", [value], [], ""]).encode()
    except encoding.TooMuch:
        return _too_much(limit)
    except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is what we want to know
        return failure(error, where)
    return shown if len(shown) <= limit else _too_much(limit)


def _too_much(limit: int) -> bytes:
    return json.dumps(["too_much_output", [], [], f"more than {limit} bytes, or nested too deeply"]).encode()


def failure(error: BaseException, where: str = "") -> bytes:
    """What an exception shows: its class names without object and BaseException, most derived first, its message."""
    if isinstance(error, MemoryError):
        return b'["out_of_memory", [], [], ""]'
    message = _message(error)
    if isinstance(error, SystemExit):
        return json.dumps(["exited", [], [], f"{where}sys.exit({message})"]).encode()
    names = [c.__name__ for c in type(error).__mro__ if c not in {object, BaseException}] or ["BaseException"]
    return json.dumps(["raised", [], [name[:1000] for name in names[:60]], where + message]).encode()


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - __str__ is candidate code
        return ""
    return text[:MESSAGE].encode("utf-8", "backslashreplace").decode()


def _evaluate(job: WireJob, namespace: dict[str, object], text: str) -> object:
    tree = ast.parse(text, "<input>")
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        _Loop().execute(tree, namespace)
        return None
    tree.body.pop()
    seen = _bind(tree, last.value, job["qualname"]) if job["observe"] == "effects" else None
    loop = _Loop()
    loop.execute(tree, namespace)
    result = loop.settle(loop.execute(ast.Expression(last.value), namespace))
    return result if seen is None else _effects([(name, namespace[name]) for name in seen], result)


def _effects(seen: list[tuple[str, object]], result: object) -> tuple[object, ...]:
    """What the call was given, as it is now, and its result if there is one."""
    shown = [value for name, value in seen if "receiver" not in name or not isinstance(value, (type, types.ModuleType))]
    return tuple(shown if result is None else [*shown, result])


def _bind(tree: ast.Module, expression: ast.expr, qualname: str) -> list[str] | None:
    """Move receiver and arguments of the target's call into variables, in place; return their names.

    None if the expression is no call of the target.
    """
    call = expression.value if isinstance(expression, ast.Await) else expression
    if not isinstance(call, ast.Call) or _called(call) != qualname.rpartition(".")[2]:
        return None
    names: list[str] = []

    def variable(value: ast.expr, role: str) -> ast.expr:
        names.append(f"_cosplay_{role}_{len(names)}")
        tree.body.append(ast.Assign([ast.Name(names[-1], ast.Store())], value))
        return ast.Name(names[-1], ast.Load())

    if isinstance(call.func, ast.Attribute):
        call.func.value = variable(call.func.value, "receiver")
    for position, value in enumerate(call.args):
        if isinstance(value, ast.Starred):
            value.value = variable(value.value, "argument")
        else:
            call.args[position] = variable(value, "argument")
    for keyword in call.keywords:
        keyword.value = variable(keyword.value, "argument")
    return names


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


class _Loop:
    """Runs code that may await; the event loop is made when it is first needed."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None

    def run(self, awaitable: Coroutine[Any, Any, T]) -> T:
        import asyncio

        if self.loop is None:
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)
        return self.loop.run_until_complete(awaitable)

    def execute(self, tree: ast.Module | ast.Expression, namespace: dict[str, object]) -> object:
        mode = "eval" if isinstance(tree, ast.Expression) else "exec"
        whole = ast.fix_missing_locations(tree)
        code = compile(whole, "<input>", mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        result = eval(code, namespace)  # noqa: S307 - running the input is what a cell is for
        return self.run(result) if code.co_flags & AWAITING else result

    def settle(self, value: Any) -> object:
        """Await what can be awaited, drain what iterates asynchronously."""
        if hasattr(type(value), "__await__"):
            value = self.run(_awaited(value))
        return iter(self.run(_collected(value))) if hasattr(type(value), "__anext__") else value


async def _awaited(value: Awaitable[object]) -> object:
    return await value


async def _collected(value: AsyncIterator[object]) -> list[object]:
    items = []
    async for item in value:
        items.append(item)
        if len(items) > encoding.DRAIN:
            raise encoding.TooMuch
    return items
