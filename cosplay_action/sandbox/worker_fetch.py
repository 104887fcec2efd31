"""Inside a worker: libraries that a candidate names, imported once for all of its cells.

Standard library only, Python 3.9 to 3.14.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cosplay_action.sandbox import worker_confine as confine
    from cosplay_action.sandbox import worker_module as modules
    from cosplay_action.sandbox.worker_server import Zygote
else:
    import _cosplay_worker_confine as confine
    import _cosplay_worker_module as modules

KNOWN = frozenset({
    "abc", "array", "asyncio", "base64", "bisect", "calendar", "cmath", "collections", "collections.abc",
    "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "enum", "fnmatch", "fractions",
    "functools", "graphlib", "hashlib", "heapq", "html", "io", "ipaddress", "itertools", "json", "logging", "math",
    "numbers", "operator", "pathlib", "pprint", "queue", "random", "re", "secrets", "statistics", "string", "struct",
    "textwrap", "threading", "time", "types", "typing", "unicodedata", "urllib.parse", "uuid", "warnings", "weakref",
    "xml.etree.ElementTree", "zoneinfo", "attr", "attrs", "dateutil", "more_itertools", "networkx", "numpy", "pandas",
    "pydantic", "pytz", "regex", "scipy", "sortedcontainers", "sympy", "yaml",
})  # fmt: skip


def named(body: list[ast.stmt]) -> list[str]:
    """The modules that import statements name."""
    plain = [alias.name for node in body if isinstance(node, ast.Import) for alias in node.names]
    return plain + [n.module for n in body if isinstance(n, ast.ImportFrom) and n.module and not n.level]


def fetch(names: list[str], zygote: Zygote) -> None:
    """Import well-known libraries once for all of a candidate's cells; whatever else it names is left to the cell.

    Importing runs code, and the candidate chooses the name: ``test.autotest`` would run for hours.
    """
    scene = zygote.setup["scene"]
    folders = modules.folders(scene) if scene is not None else []
    for name in names:
        top = name.partition(".")[0]
        own = any(os.path.exists(f"{folder}/{top}{end}") for folder in folders for end in ("", ".py"))
        if name in sys.modules or name not in KNOWN or own:
            continue
        with contextlib.suppress(BaseException):  # the cell meets it again and says so
            importlib.import_module(name)
        zygote.size = 0
    if not zygote.size:
        zygote.size = confine.address_space()
