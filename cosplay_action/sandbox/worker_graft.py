"""Inside a worker: a candidate put in the place of the stub in a module that is imported already.

Standard library only, Python 3.9 to 3.14. The stub's function objects are found once, wherever decorators, registries
or other modules hold them. A candidate is its imports, its helpers and then the function under the stub's own
signature (inside its classes): compiled by the server, it takes effect in the child, where the helpers run in the
module's namespace and the stub's functions get the candidate's code. So decorators, defaults, classes, and everybody
who imported the stub stay as they are. A candidate of another shape is executed and bound instead of the stub.
"""

from __future__ import annotations
import __future__

import ast
import gc
import linecache
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "<candidate>"
FUTURES = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Module:
    """The module under test: its namespace, its code, and the qualified name of the stub in it."""

    def __init__(self, namespace: dict[str, object], code: types.CodeType, qualname: str, lines: set[int]) -> None:
        self.namespace, self.code, self.qualname, self.lines = namespace, code, qualname, lines
        self.knowing = True  # see ``compiled``


def compiled(text: str, path: str, qualname: str, *, knowing: bool = True) -> tuple[types.CodeType, set[int]]:
    """The code of the module's text, and the lines on which the stub's own code begins.

    ``knowing``: its method can take code that names ``super()``. A class whose metaclass makes another namespace of
    its body (a NamedTuple) does not bear that.
    """
    tree = ast.parse(text, path)
    stubs = [node for node in _defined(tree.body, qualname.split(".")) if _is_stub(node)]
    if knowing:
        _know_the_class(tree.body, qualname.split("."))
    code: types.CodeType = compile(tree, path, "exec", dont_inherit=True)
    return code, {min([node.lineno, *(each.lineno for each in node.decorator_list)]) for node in stubs}


def _defined(body: list[ast.stmt], parts: list[str]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions at a qualified name: a property has several, and so has what is overloaded."""
    for node in body:
        if isinstance(node, ast.ClassDef) and len(parts) > 1 and node.name == parts[0]:
            yield from _defined(node.body, parts[1:])
        elif isinstance(node, FUNCTIONS) and parts == [node.name]:
            yield node


def _is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    last = node.body[-1]
    return isinstance(last, ast.Raise) and last.exc is not None and "NotImplementedError" in ast.dump(last.exc)


def _know_the_class(body: list[ast.stmt], parts: list[str]) -> None:
    """Make the method refer to its class, without effect, so that its code has the same free variables as any other.

    Code can only take the place of code with as many free variables; a method that calls ``super()`` has one.
    """
    for node in body:
        if isinstance(node, ast.ClassDef) and len(parts) > 1 and node.name == parts[0]:
            for inner in node.body:
                if isinstance(inner, FUNCTIONS) and parts[1:] == [inner.name]:
                    inner.body.append(_reference())
            _know_the_class(node.body, parts[1:])


def _reference() -> ast.stmt:
    never = ast.If(ast.Constant(0), [ast.Expr(ast.Name("__class__", ast.Load()))], [])
    return ast.fix_missing_locations(ast.copy_location(never, ast.Pass(lineno=1, col_offset=0)))


def find(module: Module) -> list[types.FunctionType]:
    """Every function object in the process that runs the stub's code."""
    codes = [code for code in _codes(module.code, module.qualname.split(".")) if code.co_firstlineno in module.lines]
    functions = [one for one in gc.get_objects() if type(one) is types.FunctionType]
    return [one for one in functions if any(one.__code__ is code for code in codes)]


def _codes(code: types.CodeType, parts: list[str]) -> Iterator[types.CodeType]:
    """The code objects at a qualified name; the scopes that type parameters make lie between."""
    for inner in code.co_consts:
        if not isinstance(inner, types.CodeType):
            continue
        if inner.co_name.startswith("<generic parameters"):
            yield from _codes(inner, parts)
        elif inner.co_name == parts[0]:
            if len(parts) == 1:
                yield inner
            else:
                yield from _codes(inner, parts[1:])


class Piece:
    """A compiled candidate: ``helpers`` run first (None: none); ``whole`` is the target's statement.

    ``function`` is the target's code where it can take the place of the stubs' own, else None.
    """

    def __init__(
        self, helpers: types.CodeType | None, whole: types.CodeType | None, function: types.CodeType | None
    ) -> None:
        self.helpers, self.whole, self.function = helpers, whole, function


def parsed(text: str) -> ast.Module:
    """A candidate's statements. Raises what ``compile`` raises."""
    linecache.cache[FILE] = (len(text), None, text.splitlines(True), FILE)
    return ast.parse(text, FILE)


def read(tree: ast.Module, module: Module, stubs: list[types.FunctionType]) -> Piece:
    """Compile a candidate; nothing of it runs. Raises what ``compile`` raises."""
    flags = module.code.co_flags & FUTURES
    parts = module.qualname.split(".")
    last = tree.body[-1] if tree.body else None
    target = last is not None and _is_target(last, parts, module.namespace)
    if target:
        tree.body.pop()
    helpers = compile(tree, FILE, "exec", flags, dont_inherit=True) if tree.body else None
    if not target or last is None:
        return Piece(helpers, None, None)
    if module.knowing:
        _know_the_class([last], parts)
    whole = compile(ast.Module([last], []), FILE, "exec", flags, dont_inherit=True)
    function = next(_codes(whole, parts), None)
    fits = bool(stubs) and function is not None and all(_same_shape(one.__code__, function) for one in stubs)
    return Piece(helpers, whole, function if fits else None)


def _is_target(node: ast.stmt, parts: list[str], namespace: dict[str, object]) -> bool:
    if len(parts) == 1:
        return isinstance(node, FUNCTIONS) and node.name == parts[0]
    return isinstance(node, ast.ClassDef) and node.name == parts[0] and isinstance(namespace.get(parts[0]), type)


def place(piece: Piece, stubs: list[types.FunctionType], module: Module) -> None:
    """Run the helpers and put the candidate in the stub's place. Raises whatever the candidate's text raises."""
    if piece.helpers is not None:
        exec(piece.helpers, module.namespace)  # noqa: S102 - a cell is where candidates run
    if piece.function is not None:
        for one in stubs:
            one.__code__ = piece.function
    elif piece.whole is not None:
        _bind(piece.whole, module)


def _same_shape(old: types.CodeType, new: types.CodeType) -> bool:
    """Whether code takes the same parameters by the same names, and as many free variables."""
    return _shape(old) == _shape(new)


def _shape(code: types.CodeType) -> tuple[object, ...]:
    given = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & 0x0C)
    return (*counts, code.co_varnames[:given], code.co_freevars)


def _bind(whole: types.CodeType, module: Module) -> None:
    """Execute the target's own statement, and give what it defines to everybody who holds the stub."""
    *classes, name = module.qualname.split(".")
    made: dict[str, object] = {}
    exec(whole, module.namespace, made)  # noqa: S102 - a cell is where candidates run
    if not classes:
        _rebind(module.namespace, name, made[name])
        return
    holder, source = module.namespace[classes[0]], made[classes[0]]
    for each in classes[1:]:
        holder, source = vars(holder)[each], vars(source)[each]
    attribute = next(key for key in vars(source) if key == name or key.endswith(f"__{name.lstrip('_')}"))
    found = vars(source)[attribute]
    for function in _functions(found):
        _belong(function, source, holder)
    setattr(holder, attribute, found)


def _rebind(namespace: dict[str, object], name: str, new: object) -> None:
    old = namespace.get(name)
    namespace[name] = new
    for other in list(sys.modules.values()):
        held = getattr(other, "__dict__", None)
        if type(held) is dict and old is not None:
            held.update({key: new for key, value in held.items() if value is old})


def _functions(found: object) -> list[types.FunctionType]:
    """The plain functions in what a class's body defined: itself, or what a property or a static method holds."""
    names = ("__func__", "fget", "fset", "fdel", "func", "__wrapped__")
    inner: list[object] = [found, *(getattr(found, name, None) for name in names)]
    return [one for one in inner if isinstance(one, types.FunctionType)]


def _belong(function: types.FunctionType, source: object, holder: object) -> None:
    """Make ``super()`` and ``__class__`` in the function mean the class it is put into."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        if name == "__class__" and cell.cell_contents is source:
            cell.cell_contents = holder
