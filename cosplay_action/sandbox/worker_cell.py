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
import contextlib
import json
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from typing import Any, TypeVar

    from cosplay_action.sandbox import worker_encode as encoding
    from cosplay_action.sandbox import worker_graft as graft
    from cosplay_action.sandbox import worker_module as modules
    from cosplay_action.sandbox.wire import WireJob, WireScene

    T = TypeVar("T")
else:
    import _cosplay_worker_encode as encoding
    import _cosplay_worker_graft as graft
    import _cosplay_worker_module as modules

PLAIN = frozenset({type(None), bool, int, float, str, list, tuple, dict, set})  # never to be awaited
AWAITING = 0x80  # inspect.CO_COROUTINE
LONG = 1000  # characters of an input that are compiled ahead
MESSAGE = 500  # characters of an exception's message


class Input:
    """An input's code: its statements (None: none), its last expression (None: none), and what to show instead of it.

    ``seen`` are the variables that hold what the call is given, None where the expression's value is shown.
    """

    def __init__(
        self, statements: types.CodeType | None, expression: types.CodeType | None, seen: list[str] | None
    ) -> None:
        self.statements, self.expression, self.seen = statements, expression, seen


def ahead(job: WireJob, text: str) -> Input | None:
    """The input's code, made before there is a cell; None for what a cell is to find out for itself.

    Nothing of it runs, but a long text could take its compiler far, and the server has no limits.
    """
    if len(text) > LONG:
        return None
    try:
        if job["observe"] == "result" and text[:1].isidentifier():  # most are one expression: no tree needs to be made
            with contextlib.suppress(SyntaxError):
                return Input(None, _code(text), None)
        return _read(job, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def show(
    job: WireJob, given: tuple[str, Input | None], module: graft.Module,
    candidate: tuple[graft.Piece | None, list[types.FunctionType]],
) -> bytes:  # fmt: skip
    """Run one input; return ``[status, [value], [class names], detail]`` as JSON, at most the job's output bytes.

    ``given`` is the input's text and what ``ahead`` made of it. ``candidate`` is what takes the stub's place, and the
    stub's functions; the stub stays where it is None.
    """
    limit, (piece, stubs), (text, code) = job["limits"]["output"], candidate, given
    where = "while its helpers were defined: "
    try:
        if piece is not None:
            graft.place(piece, stubs, module)
        where = ""
        value = encoding.Encoder(limit).encode(_evaluate(code or _read(job, text), module.namespace))
        shown = b'["returned", [' + WRITE(value).encode() + b'], [], ""]'
    except encoding.TooMuch:
        return _too_much(limit)
    except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is what we want to know
        return failure(error, where)
    return shown if len(shown) <= limit else _too_much(limit)


def afresh(scene: WireScene | None, job: WireJob, text: str) -> bytes:
    """Import the module, put the candidate in its place, and run one input: what ``show`` does, with nothing ahead."""
    assert scene is not None
    try:
        module = modules.load(scene)
    except BaseException as error:  # noqa: BLE001 - the module's text may be a candidate's
        return failure(error, modules.IMPORTING)
    stubs = graft.find(module)
    try:
        source = job["candidate"]
        piece = None if source is None else graft.read(graft.parsed(source), module, stubs)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return failure(error, "while it was compiled: ")
    return show(job, (text, None), module, (piece, stubs))


def _writer() -> Callable[[object], str]:
    """Writes JSON. Made once: ``json.dumps`` makes it anew each time, which takes longer than a result to write."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.dumps
    write = make(None, None, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, True)
    return lambda value: "".join(write(value, 0))


WRITE = _writer()


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


def _read(job: WireJob, text: str) -> Input:
    """Compile an input. Raises what ``compile`` raises."""
    tree = ast.parse(text, "<input>")
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        return Input(_code(tree), None, None)
    tree.body.pop()
    seen = _bind(tree, last.value, job["qualname"]) if job["observe"] == "effects" else None
    return Input(_code(tree) if tree.body else None, _code(ast.Expression(last.value)), seen)


def _code(source: ast.Module | ast.Expression | str) -> types.CodeType:
    """The code of statements, or of an expression (as a tree, or as text)."""
    if not isinstance(source, str):
        ast.fix_missing_locations(source)
    mode = "exec" if isinstance(source, ast.Module) else "eval"
    code: types.CodeType = compile(source, "<input>", mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return code


def _evaluate(given: Input, namespace: dict[str, object]) -> object:
    code = given.expression
    if given.statements is None and given.seen is None and code is not None and not code.co_flags & AWAITING:
        value = eval(code, namespace)  # noqa: S307 - running the input is what a cell is for
        return value if type(value) in PLAIN else _Loop().settle(value)
    loop = _Loop()
    if given.statements is not None:
        loop.execute(given.statements, namespace)
    if given.expression is None:
        return None
    result = loop.settle(loop.execute(given.expression, namespace))
    return result if given.seen is None else _effects([(name, namespace[name]) for name in given.seen], result)


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

    def execute(self, code: types.CodeType, namespace: dict[str, object]) -> object:
        result = eval(code, namespace)  # noqa: S307 - running the input is what a cell is for
        return self.run(result) if code.co_flags & AWAITING else result

    def settle(self, value: Any) -> object:
        """Await what can be awaited, drain what iterates asynchronously."""
        if type(value) in PLAIN:
            return value
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
