"""The probe: says what an interpreter is, what it can import and from where, in one line of JSON.

Run by path under the repository's own interpreter (``python -s -S -B worker_probe.py``), standard library only, Python
3.9 to 3.14. ``.pth`` files and ``sitecustomize`` are programs, so before they run the process gives up writing, the
network, new programs and its time; stdin says how: ``{"jail": true, "filter": HEX}``. What they print goes nowhere.
"""

from __future__ import annotations

import sys

if sys.path and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]  # this folder

import contextlib
import importlib.machinery
import importlib.util
import json
import os
import resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CPU_SECONDS = 15
MEMORY = 4 * 1024**3
# Extension modules that are linked to libraries which may lie anywhere: they show where.
LINKED = ("_ctypes", "_ssl", "_hashlib", "_sqlite3", "_lzma", "_bz2", "_zstd", "_decimal", "zlib", "pyexpat", "_uuid")
# Finders that find nothing of a user's own: they mend imports of distutils in virtual environments.
HARMLESS = ("_distutils_hack", "_virtualenv")


def main() -> None:
    answer = _keep_stdout()
    wanted = json.loads(sys.stdin.readline())
    facts = {
        "version": ".".join(map(str, sys.version_info[:3])),
        "implementation": sys.implementation.name,
        "executable": sys.executable or "",
    }
    if sys.version_info >= (3, 9) and facts["implementation"] == "cpython":
        _tell(answer, {**facts, **_look(wanted)})
    else:
        _tell(answer, facts)
    os._exit(0)  # without what start files left to be done at exit


def _look(wanted: dict[str, object]) -> dict[str, object]:
    for module in LINKED:  # before the walls: a missing one is no fault
        with contextlib.suppress(ImportError):
            __import__(module)
    libraries = _libraries()
    for which, most in ((resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        _bound(which, most)
    fault = ""
    if wanted["jail"]:
        try:
            _confine(bytes.fromhex(str(wanted["filter"])))
        except (OSError, ImportError, AttributeError) as error:
            fault = str(error)[:300]
            if not wanted["unjailed"]:
                return {"fault": "jail", "detail": fault}
    before = list(sys.meta_path)
    import site

    try:
        site.main()
    except BaseException as error:  # noqa: BLE001 - start files may raise anything, SystemExit too
        return {"fault": "start", "detail": type(error).__name__ + ": " + str(error)[:300]}
    return {"libraries": libraries, **_places(), **_finders(before)}


def _keep_stdout() -> int:
    """A descriptor of our own for the answer; stdout and stderr lead nowhere from here on."""
    answer = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    for standard in (1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)
    return answer


def _tell(answer: int, facts: Mapping[str, object]) -> None:
    data = memoryview(json.dumps(facts).encode("ascii") + b"\n")
    while data:
        data = data[os.write(answer, data) :]


def _bound(which: int, most: int) -> None:
    highest = resource.getrlimit(which)[1]
    lowered = most if highest == resource.RLIM_INFINITY else min(most, highest)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses some
        resource.setrlimit(which, (lowered, lowered))


def _confine(instructions: bytes) -> None:
    """Read everything, change nothing, reach nobody. Raises OSError where the kernel refuses."""
    path = os.path.dirname(os.path.abspath(__file__)) + "/worker_confine.py"
    spec = importlib.util.spec_from_file_location("_cosplay_worker_confine", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    confine = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(confine)
    confine.no_new_privs()
    confine.landlock(["/"], [])
    confine.seccomp(instructions)


def _libraries() -> list[str]:
    """Shared libraries that this process has mapped, where the system says."""
    try:
        with open("/proc/self/maps") as maps:
            fields = [line.split(None, 5) for line in maps]
    except OSError:
        return []
    return sorted({field[5].rstrip("\n") for field in fields if len(field) == 6 and ".so" in field[5]})


def _places() -> dict[str, object]:
    import sysconfig

    prefixes = (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)
    standard = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
    return {
        "prefixes": _absolute(prefixes),
        "standard": _absolute(standard),
        "search": [path for path in _absolute(sys.path) if os.path.exists(path)],
    }


def _absolute(paths: Iterable[object]) -> list[str]:
    """The absolute paths among them, each once, in their order: hooks leave placeholders on ``sys.path``."""
    found = (os.path.normpath(path) for path in paths if isinstance(path, str) and os.path.isabs(path))
    return list(dict.fromkeys(found))


def _finders(before: Sequence[object]) -> dict[str, object]:
    """What editable installs find by a finder of their own: setuptools' as data, of others only that they exist."""
    packages: dict[str, str] = {}
    notes: list[str] = []
    for finder in [one for one in sys.meta_path if one not in before]:
        module = str(getattr(finder, "__module__", ""))
        mapping = getattr(sys.modules.get(module), "MAPPING", None)
        if module.startswith("__editable__") and isinstance(mapping, dict):
            packages.update(_mapped(sys.modules[module]))
        elif module.partition(".")[0] not in HARMLESS:
            notes.append(module or type(finder).__name__)
    return {"packages": [list(pair) for pair in sorted(packages.items())], "finders": sorted(set(notes))}


def _mapped(module: object) -> dict[str, str]:
    """What a finder of setuptools maps: names to a folder or a file, namespaces to a folder or to "" for none."""
    found: dict[str, str] = {}
    for name, folders in getattr(module, "NAMESPACES", {}).items():
        found[str(name)] = next((folder for folder in _absolute(folders) if os.path.isdir(folder)), "")
    ends = ["", *importlib.machinery.all_suffixes()]  # a module's place is written without its suffix
    for name, place in getattr(module, "MAPPING", {}).items():
        places = (path + end for path in _absolute([place]) for end in ends)
        found.update({str(name): path for path in places if os.path.exists(path)})
    return found


if __name__ == "__main__":
    main()
