"""What the expressions of a test may be: an allow-list over syntax, names and sizes.

The sandbox is what keeps a test from doing harm; this keeps it from being about something else than the target, and a
test file from doing on a reviewer's machine what it should not.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from cosplay_action.specs.names import Import, module_bindings
from cosplay_action.specs.target import Target
from cosplay_action.specs.world import definition, imported_definition, module_imports, submodule

REPEAT_LIMIT = 100_000  # elements or characters that a repetition may make
NUMBER_LIMIT = 4_096  # bits that a power or shift may add
RANGE_LIMIT = 1_000_000

EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)
BUILTINS = frozenset({
    "abs", "all", "any", "bool", "bytearray", "bytes", "chr", "complex", "dict", "divmod", "enumerate",
    "filter", "float", "frozenset", "hash", "int", "isinstance", "iter", "len", "list", "map", "max", "min",
    "next", "object", "ord", "range", "repr", "reversed", "round", "set", "slice", "sorted", "str", "sum",
    "tuple", "zip",
})  # fmt: skip
FORBIDDEN = frozenset({
    "breakpoint", "compile", "delattr", "dir", "eval", "exec", "exit", "getattr", "globals", "hasattr",
    "help", "input", "locals", "open", "print", "quit", "setattr", "super", "type", "vars",
})  # fmt: skip
LIBRARY = {
    "collections": frozenset({"ChainMap", "Counter", "OrderedDict", "defaultdict", "deque"}),
    "datetime": frozenset({"UTC", "date", "datetime", "time", "timedelta", "timezone"}),
    "decimal": frozenset({"Decimal"}),
    "fractions": frozenset({"Fraction"}),
    "math": frozenset({"e", "inf", "nan", "pi", "sqrt", "tau"}),
    "numpy": frozenset(
        {"arange", "array", "eye", "float32", "float64", "inf", "int32", "int64", "nan", "ones", "zeros"}
    ),
    "pathlib": frozenset({"Path", "PurePath", "PurePosixPath", "PureWindowsPath"}),
    "uuid": frozenset({"UUID"}),
}
FILE_DEEDS = frozenset({
    "absolute", "chmod", "cwd", "exists", "expanduser", "glob", "group", "hardlink_to", "home", "is_dir",
    "is_file", "iterdir", "lchmod", "link_to", "mkdir", "open", "owner", "read_bytes", "read_text",
    "readlink", "rename", "replace", "resolve", "rglob", "rmdir", "samefile", "stat", "symlink_to", "touch",
    "unlink", "walk", "write_bytes", "write_text",
})  # fmt: skip
INNARDS = frozenset({
    "ag_code", "ag_frame", "cr_code", "cr_frame", "f_back", "f_builtins", "f_globals", "f_locals", "format",
    "format_map", "func_globals", "gi_code", "gi_frame", "mro", "tb_frame", "tb_next",
})  # fmt: skip
_STATEMENTS = (ast.Assign, ast.AugAssign, ast.Expr)
EXPRESSIONS = (
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Name, ast.Call, ast.keyword, ast.Attribute,
    ast.Subscript, ast.Slice, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.ListComp, ast.SetComp,
    ast.DictComp, ast.GeneratorExp, ast.comprehension, ast.Starred, ast.Lambda, ast.arguments, ast.arg, ast.Await,
    ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
)  # fmt: skip


def refusal(body: list[ast.stmt], target: Target) -> str:
    """Why statements may not be run as a test of the target (empty when they may)."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    local = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    local |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    known = module_bindings(target.source.text)
    shadowed = local & (FORBIDDEN | {target.qualname.split(".")[0]})
    # one scope may rebind what another one reads: a module's name that may not be read may not be rebound either
    shadowed |= {name for name in local if name in known and not known_name(name, target)}
    if shadowed:
        return f"it rebinds {min(shadowed)}"
    return next(_refusals(nodes, local, target), "")


def known_name(name: str, target: Target) -> bool:
    """True for a name of the target's module that a test may use."""
    if name.startswith("__") or name in FORBIDDEN:
        return False
    ways = module_bindings(target.source.text).get(name, ())
    if any(way.origin in {"def", "class", "value"} and not way.typing_only for way in ways):
        return True
    one = module_imports(target.source.tree).get(name)
    if one is None or not any(not way.typing_only for way in ways):
        return False
    return one.name in LIBRARY.get(one.module, ()) or imported_definition(target, one) is not None


def _refusals(nodes: list[ast.AST], local: set[str], target: Target) -> Iterator[str]:
    modules = _module_uses(nodes, local, target)
    files = any(isinstance(n, ast.Name) and _origin(n.id, target) == "pathlib" for n in nodes)
    for node in nodes:
        if isinstance(node, ast.stmt) and not isinstance(node, _STATEMENTS):
            yield f"{type(node).__name__.lower()} statements are not allowed"
        elif not isinstance(node, (*_STATEMENTS, *EXPRESSIONS)):
            yield f"{type(node).__name__.lower()} is not allowed"
        elif isinstance(node, ast.Attribute):
            yield from _attribute(node, modules, target, files=files)
        elif isinstance(node, ast.Name):
            if node not in modules and not _usable(node.id, local, target):
                yield f"the name {node.id} is not allowed"
        elif isinstance(node, ast.BinOp | ast.AugAssign):
            yield from _arithmetic(node)
        elif isinstance(node, ast.Call):
            yield from _range(node)


def _usable(name: str, local: set[str], target: Target) -> bool:
    if name.startswith("__"):
        return False
    return name in local | BUILTINS | EXCEPTIONS | {target.name} or known_name(name, target)


def _attribute(
    node: ast.Attribute, modules: dict[ast.Name, frozenset[str]], target: Target, *, files: bool
) -> Iterator[str]:
    own = node.attr == target.name
    if not own and (node.attr.startswith("__") or node.attr in INNARDS):
        yield f"the attribute {node.attr} is not allowed"
    elif not own and files and node.attr in FILE_DEEDS:
        yield "a test may not touch files"
    elif isinstance(node.value, ast.Name) and node.value in modules and node.attr not in modules[node.value]:
        yield f"{node.value.id}.{node.attr} is not allowed"


def _module_uses(nodes: list[ast.AST], local: set[str], target: Target) -> dict[ast.Name, frozenset[str]]:
    """Names that stand for a module directly before a dot, with what may be taken from that module."""
    heads = (n.value for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name))
    return {head: offered for head in heads if head.id not in local and (offered := _offered(head.id, target))}


def _offered(name: str, target: Target) -> frozenset[str]:
    one = module_imports(target.source.tree).get(name)
    if one is None or not any(not w.typing_only for w in module_bindings(target.source.text).get(name, ())):
        return frozenset()
    if not one.name and one.module in LIBRARY:
        return LIBRARY[one.module]
    source = submodule(target, one)
    if source is None or imported_definition(target, one) is not None:
        return frozenset()
    names = (n for n in module_bindings(source.text) if not n.startswith("__") and n not in FORBIDDEN)
    return frozenset(n for n in names if definition(source, n) is not None)


def _origin(name: str, target: Target) -> str:
    return module_imports(target.source.tree).get(name, Import("")).module


def _range(node: ast.Call) -> Iterator[str]:
    if isinstance(node.func, ast.Name) and node.func.id in {"range", "bytes", "bytearray"}:
        sizes = [_number(arg) for arg in node.args]
        if any(size is not None and abs(size) > RANGE_LIMIT for size in sizes):
            yield "it is too large"


def _arithmetic(node: ast.BinOp | ast.AugAssign) -> Iterator[str]:
    if isinstance(node, ast.AugAssign):
        if not isinstance(node.op, ast.Add | ast.Sub | ast.BitOr):
            yield "this operator is not allowed in an assignment"
        return
    left, right = _number(node.left), _number(node.right)
    if isinstance(node.op, ast.Pow) and (left is None or right is None or not _small_power(left, right)):
        yield "it is too large"
    if isinstance(node.op, ast.LShift) and (right is None or right > NUMBER_LIMIT):
        yield "it is too large"
    if isinstance(node.op, ast.Mult) and (left is None or right is None) and _weight(node) > REPEAT_LIMIT:
        yield "it is too large"
    if (
        isinstance(node.op, ast.Mod)
        and isinstance(node.left, ast.Constant)
        and isinstance(node.left.value, str | bytes)
    ):
        yield "string formatting is not allowed"


def _small_power(base: float, exponent: float) -> bool:
    return abs(exponent) * max(1, int(abs(base)).bit_length()) <= NUMBER_LIMIT


def _number(node: ast.expr) -> float | None:
    """The value of a numeric constant expression, None for anything else (and for what grows too large)."""
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return node.value if isinstance(node.value, int | float) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _number(node.operand)
        return None if inner is None else -inner if isinstance(node.op, ast.USub) else inner
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _number(node.left), _number(node.right)
    return None if left is None or right is None else _folded(node.op, left, right)


def _folded(op: ast.operator, left: float, right: float) -> float | None:
    try:
        if isinstance(op, ast.Add | ast.Sub):
            return left + right if isinstance(op, ast.Add) else left - right
        if isinstance(op, ast.Mult):
            return left * right
        if isinstance(op, ast.Pow) and _small_power(left, right):
            power: object = left**right
            return power if isinstance(power, int | float) else None
    except (OverflowError, ZeroDivisionError):
        return None
    return None


def _weight(node: ast.expr) -> float:
    """A bound on the elements or characters of an expression; what cannot be known counts as one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return len(node.value)
    if isinstance(node, ast.List | ast.Tuple):
        return max(1.0, sum(_weight(element) for element in node.elts))
    if isinstance(node, ast.BinOp):
        number = _number(node)
        if number is not None:
            return max(1.0, abs(number))
        left, right = (_number(side) for side in (node.left, node.right))
        times = [abs(n) if n is not None else _weight(side) for n, side in ((left, node.left), (right, node.right))]
        return times[0] * times[1] if isinstance(node.op, ast.Mult) else sum(times)
    return 1.0
