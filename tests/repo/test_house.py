"""The repository checks itself: imports point inward, functions are short, no trace of a machine."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cosplay_action"
SOURCES = sorted(PACKAGE.rglob("*.py"))
ADAPTERS = ("models", "sandbox", "specs", "evidence", "github")
INWARD = ("cosplay_action.method", "cosplay_action.errors", "cosplay_action.facts")

# Where each SDK is imported: folders, or modules of the top level. Everything else is the standard library.
SDKS: dict[str, set[str]] = {
    "click": {"cli.py", "cli_options.py"},
    "github": {"github"},
    "jsonschema": {"parcel.py"},
    "requests": {"github"},
    "huggingface_hub": {"models"},
    "markdown_it": {"specs"},
    "openai": {"models"},
    "platformdirs": {"models"},
    "rich": {"evidence"},
    "unidiff": {"evidence"},
    "xllamacpp": {"models"},
}
IMPURE = {"time", "os", "io", "pathlib", "sys", "subprocess", "socket", "shutil", "tempfile", "threading", "secrets",
          "platform", "logging", "multiprocessing", "signal", "locale", "getpass", "urllib", "http"}  # fmt: skip


def place(path: Path) -> str:
    """The folder of the package that a module is in, or the module itself at the top level."""
    return path.relative_to(PACKAGE).parts[0]


def in_worker(path: Path) -> bool:
    """Whether a module runs in a worker's process, under the repository's own interpreter."""
    return path.name == "worker.py" or path.name.startswith("worker_")


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names of all imports of a module, those inside functions too, with their lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            base = str(node.module)
            # ``from cosplay_action import x`` names a module, ``from x.y import name`` mostly does not
            yield from ((f"{base}.{n.name}" if base == "cosplay_action" else base, node.lineno) for n in node.names)


IMPORTS = [(path, name, line) for path in SOURCES for name, line in imported(path)]


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def test_the_method_imports_nothing_but_itself_and_the_standard_library() -> None:
    assert [
        (where(path, line), name)
        for path, name, line in IMPORTS
        if place(path) == "method"
        and not within(name, ("cosplay_action.method",))
        and name.partition(".")[0] not in sys.stdlib_module_names
    ] == []


def test_the_method_has_no_clock_no_files_and_no_environment() -> None:
    found = [
        (where(path, line), name)
        for path, name, line in IMPORTS
        if place(path) == "method" and name.partition(".")[0] in IMPURE
    ]
    assert found == []


def test_the_method_draws_only_from_its_own_streams() -> None:
    found = []
    for path in (PACKAGE / "method").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            if name.startswith("random.") and name != "random.Random":
                found.append((where(path, node.lineno), name))
            if isinstance(node, ast.ImportFrom) and node.module in {"random", "uuid"}:
                found.append((where(path, node.lineno), f"from {node.module}"))
            if name.startswith("uuid.") and name != "uuid.UUID":
                found.append((where(path, node.lineno), name))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "open",
                "print",
                "input",
                "hash",
                "id",
                "eval",
                "exec",
            }:
                found.append((where(path, node.lineno), ast.unparse(node.func)))
            if name in {
                "datetime.datetime.now",
                "datetime.now",
                "datetime.date.today",
                "date.today",
                "datetime.utcnow",
            }:
                found.append((where(path, node.lineno), name))
    assert found == []


WALL_CLOCK = {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.CLOCK_REALTIME",
              "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}  # fmt: skip
TOLD_BY_IT = {
    ("github/client.py", "time.time"),  # GitHub tells the end of a limit as a time of day
    ("wiring.py", "time.gmtime"),  # the date in a report, which decides nothing
}


def test_nothing_waits_or_decides_by_a_clock_that_somebody_can_set() -> None:
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ".".join(ast.unparse(node).split(".")[-2:]) if isinstance(node, ast.Attribute) else ""
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                name = "from time import"  # what is used then would not be seen
            if name in {*WALL_CLOCK, "from time import"}:
                found.add((path.relative_to(PACKAGE).as_posix(), name))
    assert found == TOLD_BY_IT


@pytest.mark.parametrize("folder", ADAPTERS)
def test_an_adapter_imports_the_method_and_itself_but_no_other_adapter(folder: str) -> None:
    # inputs are mostly settings, and say their errors in the same words
    more = ("cosplay_action.settings", "cosplay_action.__version__") if folder == "github" else ()
    allowed = (*INWARD, *more, f"cosplay_action.{folder}")
    found = [
        (where(path, line), name)
        for path, name, line in IMPORTS
        if place(path) == folder and within(name, ("cosplay_action",)) and not within(name, allowed)
    ]
    assert found == []


def test_errors_and_facts_import_nothing_of_the_package() -> None:
    found = [
        (where(path, line), name)
        for path, name, line in IMPORTS
        if place(path) in {"errors.py", "facts.py"} and within(name, ("cosplay_action",))
    ]
    assert found == []


def test_each_sdk_is_imported_in_one_place_and_none_is_unknown() -> None:
    found = []
    for path, name, line in IMPORTS:
        top = name.partition(".")[0]
        own = top == "cosplay_action" or top in sys.stdlib_module_names or in_worker(path)
        if not own and place(path) not in SDKS.get(top, set()):
            found.append((where(path, line), name))
    assert found == []


def test_what_runs_inside_a_cells_process_is_the_standard_library_and_its_siblings() -> None:
    siblings = {path.stem for path in (PACKAGE / "sandbox").glob("*.py")}
    found = [
        (where(path, line), name)
        for path, name, line in IMPORTS
        if place(path) == "sandbox" and in_worker(path)
        and name.partition(".")[0].removeprefix("_cosplay_") not in sys.stdlib_module_names | siblings | {"numpy"}
        and not within(name, ("cosplay_action.sandbox",))
    ]  # fmt: skip
    assert found == []


def test_the_command_line_loads_nothing_heavy_before_it_knows_what_to_do() -> None:
    heavy = ["openai", "rich", "unidiff", "xllamacpp", "huggingface_hub", "hypothesis", "pytest", "pydantic", "httpx"]
    code = f"import sys, cosplay_action.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# -- size -------------------------------------------------------------------------------------------------------------


def functions() -> list[tuple[int, str]]:
    """Lines of every function of the package, longest first."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = int(node.end_lineno or node.lineno) - node.lineno + 1
                found.append((lines, f"{where(path, node.lineno)} {node.name}"))
    return sorted(found, reverse=True)


def test_no_function_is_longer_than_sixty_lines() -> None:
    assert [one for one in functions() if one[0] > 60] == []


def test_functions_are_short_by_the_measure_of_the_house() -> None:
    lengths = [lines for lines, _ in functions()]
    assert statistics.median(lengths) <= 10
    assert statistics.quantiles(lengths, n=20)[-1] <= 45


def test_no_module_is_longer_than_280_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > 280} == {}


# -- texts ------------------------------------------------------------------------------------------------------------

# Assembled, so that this file does not hold what it looks for.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "proxy.golang" + ".org", "crates" + ".io"]
MACHINE = re.compile(
    "(?<![\\w.:/$}>-])/(?:" + "|".join(["wo" + "rk", "ro" + "ot", "ho" + "me/[a-z]\\w*", "tm" + "p/w"]) + ")/"
)


def texts() -> Iterator[tuple[str, str]]:
    """Every file that is, or is about to be, tracked; what is no text is left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file():
            data = path.read_bytes()
            if b"\0" not in data[:1024]:
                yield name, data.decode("utf-8", "replace")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_no_tracked_file_names_a_path_of_one_machine_or_the_host_of_a_registry() -> None:
    found = []
    for name, text in texts():
        for number, line in enumerate(text.splitlines(), start=1):
            if MACHINE.search(line) or any(host in line for host in HOSTS):
                found.append(f"{name}:{number}: {line.strip()[:100]}")
    assert found == []


def test_test_modules_have_names_of_their_own() -> None:
    """Tests live in folders without ``__init__``, where two modules of one name would hide each other."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
