"""A run directory is a stranger's data: what is not as this tool leaves it is refused, and nothing of it is run."""

# ruff: noqa: E501, RUF001  # tables of hostile texts: one a line reads best
from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cosplay_action.errors import ServiceError
from cosplay_action.evidence.markdown import pr_body, summary
from cosplay_action.evidence.report import build_report, dump
from cosplay_action.parcel import LARGEST_ALL, LARGEST_PATCH, LARGEST_REPORT, MOST_RUNS, HostileRun, edits, parcels
from tests.support import outcomes
from tests.support.live import live
from tests.support.outcomes import HOSTILE
from tests.support.parcels import (
    NEW,
    OLD,
    PATCH,
    PATH,
    REPORT,
    TARGET,
    TEST,
    TESTS,
    held,
    parcel,
    patch_of,
    patched,
    report,
    run_dir,
    taken,
    with_patch,
)


def refused(patch: bytes, why: str = ".", target: str = TARGET) -> None:
    with pytest.raises(HostileRun, match=why):
        taken(patch, target)


# The true one


def test_a_true_run_is_taken_as_it_is(tmp_path: Path) -> None:
    (one,) = parcels(run_dir(tmp_path))
    found = edits(one, TARGET, held)
    assert found.files == {PATH: (OLD, NEW), TEST: (None, TESTS)}
    assert (found.new.imports, found.new.risky) == ((), ())


def test_runs_in_folders_and_in_folders_of_artefacts_are_found_by_name(tmp_path: Path) -> None:
    for place in ("b", "a/run", "c"):
        run_dir(tmp_path / place)
    assert [one.name for one in parcels(tmp_path)] == ["run", "b", "c"]
    assert {one.target for one in parcels(tmp_path)} == {TARGET}


def test_one_spoilt_run_of_several_does_not_keep_the_others_from_being_read(tmp_path: Path) -> None:
    run_dir(tmp_path / "a")
    run_dir(tmp_path / "b", report=b"{}")
    spoilt: list[HostileRun] = []
    assert [one.name for one in parcels(tmp_path, spoilt)] == ["a"]
    assert "b/report.json" in spoilt[0].what
    with pytest.raises(HostileRun):
        parcels(tmp_path)


@pytest.mark.parametrize("place", ["nothing", "empty"])
def test_no_run_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(HostileRun, match=r"no finished run|cannot be read"):
        parcels(tmp_path / place)


# What lies in the directory


def _link(file: Path) -> None:
    (file.parent / "elsewhere").write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(file.parent / "elsewhere")


def _dangling(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.parent / "nowhere")


def _device(file: Path) -> None:
    file.unlink()
    file.symlink_to("/dev/zero")


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _huge(file: Path) -> None:
    with file.open("wb") as stream:
        stream.truncate(1 << 30)  # sparse: it takes no room here


@pytest.mark.parametrize("spoil", [_link, _dangling, _device, _pipe, _folder, _huge])
@pytest.mark.parametrize("name", ["report.json", "patch.diff"])
def test_links_devices_pipes_folders_and_huge_files_are_refused_unread(
    tmp_path: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    spoil(run_dir(tmp_path / "run") / name)
    with pytest.raises(HostileRun, match=rf"run/{name} (is no regular file|holds more than)"):
        parcels(tmp_path)


def test_a_link_to_a_whole_run_is_no_run(tmp_path: Path) -> None:
    run_dir(tmp_path / "real")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "real")
    with pytest.raises(HostileRun, match="no finished run"):
        parcels(tmp_path / "runs")


def test_more_folders_than_a_matrix_has_jobs_are_refused(tmp_path: Path) -> None:
    for number in range(MOST_RUNS + 1):
        (tmp_path / str(number)).mkdir()
    with pytest.raises(HostileRun, match="more than 256 folders"):
        parcels(tmp_path)


def test_many_reports_together_have_a_limit_too(tmp_path: Path) -> None:
    for number in range(LARGEST_ALL // LARGEST_REPORT + 1):
        (tmp_path / str(number)).mkdir()
        with (tmp_path / str(number) / "report.json").open("wb") as stream:
            stream.truncate(LARGEST_REPORT)
    with pytest.raises(HostileRun, match="together"):
        parcels(tmp_path, [])


def test_what_else_lies_there_is_not_looked_at(tmp_path: Path) -> None:
    folder = run_dir(tmp_path)
    os.mkfifo(folder / "summary.md")
    (folder / "conftest.py").write_text("raise SystemExit")
    (folder / "pr-body.md").symlink_to("/dev/zero")
    assert parcels(folder)[0].target == TARGET


# The report


def _with(**changes: object) -> bytes:
    return json.dumps({**report(), **changes}).encode()


DEEP = b"[" * 100_000 + b"]" * 100_000
SPOILT_REPORTS = {
    "empty": b"", "no JSON": b"{", "another kind": b"[]", "a number": b"7", "bytes": b"\xff\xfe\x00", "null": b"null",
    "deep": DEEP, "deep inside": _with(reason=0).replace(b'"reason": 0', b'"reason": ' + DEEP),
    "less deep": _with(reason=0).replace(b'"reason": 0', b'"reason": ' + b"[" * 900 + b"]" * 900),
    "not a number": REPORT.replace(b'"support": 1.0', b'"support": NaN'),
    "an infinity": REPORT.replace(b'"support": 1.0', b'"support": Infinity'),
    "an overflow": REPORT.replace(b'"support": 1.0', b'"support": 1e999'),
    "huge": REPORT.replace(b'"agreeing": 3', b'"agreeing": ' + b"9" * 5000),
    "one more field": _with(evil="x"), "one less": json.dumps({k: v for k, v in report().items() if k != "choice"}).encode(),
    "another type": _with(target=["src/bounds/clamp.py::clamp"]), "another status": _with(status="perfect"),
    "another version": _with(schema="99"), "no matrix": _with(matrix=[]), "narrow": _with(matrix=[[] for _ in report()["matrix"]]),
    "signatures": _with(signatures=[["a"]]), "slot": _with(choice={**report()["choice"], "slot": 99}),
    "negative": _with(choice={**report()["choice"], "slot": -1}), "tied": _with(choice={**report()["choice"], "tied": [77]}),
    "cluster": _with(choice={**report()["choice"], "cluster": 9}), "nothing chosen": _with(chosen=None),
    "members": _with(clusters=[{**report()["clusters"][0], "members": [50]}, *report()["clusters"][1:]]),
}  # fmt: skip


@pytest.mark.parametrize("data", SPOILT_REPORTS.values(), ids=SPOILT_REPORTS.keys())
def test_a_report_that_is_none_of_ours_is_refused(tmp_path: Path, data: bytes) -> None:
    assert data != REPORT
    with pytest.raises(HostileRun, match=r"report\.json (is no JSON|is no report of ours|contradicts itself)"):
        parcels(run_dir(tmp_path, report=data))


def test_the_largest_files_are_beyond_anything_that_a_run_leaves() -> None:
    assert len(REPORT) * 50 < LARGEST_REPORT
    assert len(PATCH) * 50 < LARGEST_PATCH


@pytest.mark.parametrize("field", ["round", "members", "rival"])
def test_what_cannot_be_shown_is_refused_and_no_crash(tmp_path: Path, field: str) -> None:
    spoilt = report()
    if field == "round":
        spoilt["rounds"][0] = {
            **spoilt["rounds"][0],
            **{key: [] for key, value in spoilt["rounds"][0].items() if isinstance(value, list)},
        }
    elif field == "members":
        spoilt["clusters"] = [
            {**one, "members": [], "tied": []} for one in spoilt["clusters"] if "tied" in one
        ] or spoilt["clusters"]
    else:
        spoilt["differences"] = [{**one, "rival": 99, "cluster": 99} for one in spoilt["differences"]]
    try:
        (one,) = parcels(run_dir(tmp_path, report=spoilt))
    except HostileRun:
        return
    assert pr_body(one.report)


# Markdown in it


def test_no_text_of_a_report_is_live_in_what_is_published(tmp_path: Path) -> None:
    facts = outcomes.facts(model=HOSTILE, sandbox_note=HOSTILE)
    landing = replace(outcomes.landing(), notes=(HOSTILE,), unconverted=(HOSTILE,))
    strong = outcomes.strong(outcomes.hostile(), HOSTILE)
    hostile = dump(build_report(outcomes.hostile(), facts, landing, strong, outcomes.sure()))
    (one,) = parcels(run_dir(tmp_path, report=hostile.encode()))
    assert [live(page) for page in (pr_body(one.report), summary(one.report))] == [[], []]


# The patch as a text


def _section(path: str, body: bytes = b"@@ -0,0 +1 @@\n+x\n", head: bytes = b"new file mode 100644\n") -> bytes:
    name = path.encode()
    return b"diff --git a/%s b/%s\n%s--- /dev/null\n+++ b/%s\n%s" % (name, name, head, name, body)


SPOILT_PATCHES = {
    "none": b"", "garbage": b"hello\n", "garbage before": b"hello\n" + PATCH, "garbage after": PATCH + b"hello\n",
    "garbage between": PATCH.replace(b"diff --git a/tests", b"hello\ndiff --git a/tests"),
    "mail": b"From: me\nSubject: x\n\n" + PATCH, "zeros": b"\0" * 100, "not UTF-8": PATCH.replace(b"clamp.py", b"cl\xffmp.py"),
    "a rename": PATCH.replace(b"--- a/src", b"rename from a\nrename to b\n--- a/src", 1),
    "a mode": PATCH.replace(b"--- a/src", b"old mode 100644\nnew mode 100755\n--- a/src", 1),
    "a new executable": PATCH.replace(b"new file mode 100644", b"new file mode 100755"),
    "a new link": PATCH.replace(b"new file mode 100644", b"new file mode 120000"),
    "a new submodule": PATCH.replace(b"new file mode 100644", b"new file mode 160000"),
    "a deletion": PATCH.replace(b"--- a/src", b"deleted file mode 100644\n--- a/src", 1),
    "binary": PATCH + b"diff --git a/x.bin b/x.bin\nnew file mode 100644\nGIT binary patch\nliteral 1\nIcmZP\n",
    "two names": PATCH.replace(b"+++ b/src/bounds/clamp.py", b"+++ b/src/bounds/other.py"),
    "two halves": PATCH.replace(b"diff --git a/src/bounds/clamp.py b/src/bounds/clamp.py", b"diff --git a/src/bounds/a.py b/src/bounds/clamp.py"),
    "twice": PATCH + PATCH, "another context": PATCH.replace(b" Raises ValueError", b" Never raises"),
    "a count that lies": PATCH.replace(b"@@ -6,4 +6,8 @@", b"@@ -6,4 +6,80 @@"),
    "a place beyond": PATCH.replace(b"@@ -6,4 +6,8 @@", b"@@ -600,4 +600,8 @@"),
    "half a place": PATCH.replace(b"@@ -6,4 +6,8 @@", b"@@ -6"), "a place with more": PATCH.replace(b"+6,8 @@", b"+6,8 @@ x"),
    "no place": PATCH.replace(b"@@ -6,4 +6,8 @@", b"@@ -x +y @@"), "a huge place": PATCH.replace(b"-6,4", b"-" + b"9" * 5000 + b",4"),
    "carriage returns": PATCH.replace(b"\n", b"\r\n"), "only the test": PATCH[PATCH.index(b"diff --git a/tests") :],
}  # fmt: skip


@pytest.mark.parametrize("patch", SPOILT_PATCHES.values(), ids=SPOILT_PATCHES.keys())
def test_a_patch_that_is_not_of_our_form_is_refused(tmp_path: Path, patch: bytes) -> None:
    assert patch != PATCH
    refused(patch)


@pytest.mark.parametrize(
    "path",
    ["../x.py", "a/../../x.py", "/etc/passwd", "./x.py", ".github/workflows/x.yml", ".GitHub/x", ".git/config", ".git/hooks/pre-commit",
     "src/.git/x", "conftest.py", "src/CONFTEST.py", "pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "noxfile.py", "action.yml",
     "uv.lock", "poetry.lock", "x.pth", "sitecustomize.py", "CODEOWNERS", ".gitattributes", ".env", "src//x.py", "a\\b.py", "C:/x.py",
     "src/bounds/other.py", "src/bounds/__init__.py", "README.md", "tests/helper.py", "requirements.txt", "Makefile", "tests/data/01.in",
     "src/bounds/clamp.pyi", "tests/test_\u202ex.py", "tests/test_\u200bclamp.py", "x" * 500 + ".py", " x.py"],
)  # fmt: skip
def test_no_other_file_can_be_written(tmp_path: Path, path: str) -> None:
    refused(PATCH + _section(path))


def test_a_target_that_other_tools_act_on_is_refused_though_it_was_asked_for(tmp_path: Path) -> None:
    for path in ("setup.py", "conftest.py", ".github/scripts/x.py"):
        refused(patch_of({path: (None, b"def f():\n    return 1\n")}), "other tools act on", f"{path}::f")


def test_trouble_with_github_is_no_fault_of_the_patch(tmp_path: Path) -> None:
    def away(path: str) -> bytes | None:
        raise ServiceError("GitHub did not answer.")

    with pytest.raises(ServiceError, match="did not answer"):
        edits(parcel(tmp_path), TARGET, away)


# The target's file


BASE = b'import os\n\nLIMIT = 10\n\n\ndef other(x):\n    return x\n\n\n@staticmethod\ndef f(x, y=1):\n    """Doc."""\n    ...\n\n\nclass A:\n    z = 1\n'
FILLED = BASE.replace(b"    ...\n", b"    return x + y\n")
SPOILT_TARGETS = {
    "another function changed": FILLED.replace(b"    return x\n", b"    return x + 1\n"),
    "another function gone": FILLED.replace(b"def other(x):\n    return x\n", b""),
    "the class changed": FILLED.replace(b"z = 1", b"z = 2"), "a constant changed": FILLED.replace(b"LIMIT = 10", b"LIMIT = 99"),
    "an import gone": FILLED.replace(b"import os\n", b""), "the order changed": FILLED.replace(b"import os\n", b"") + b"import os\n",
    "another decorator": FILLED.replace(b"@staticmethod", b"@classmethod"), "no decorator": FILLED.replace(b"@staticmethod\n", b""),
    "another default": FILLED.replace(b"y=1", b"y=2"), "another parameter": FILLED.replace(b"f(x, y=1)", b"f(x, y=1, *z)"),
    "async": FILLED.replace(b"def f", b"async def f"), "a return annotation": FILLED.replace(b"y=1):", b"y=1) -> int:"),
    "a class in its place": FILLED.replace(b"def f(x, y=1):\n    \"\"\"Doc.\"\"\"\n    return x + y", b"class f:\n    pass"),
    "the target gone": BASE.replace(b"@staticmethod\ndef f(x, y=1):\n    \"\"\"Doc.\"\"\"\n    ...\n", b""),
    "a call": FILLED + b"other(1)\n", "a condition": FILLED + b"if True:\n    other = None\n", "a loop": FILLED + b"for x in []:\n    pass\n",
    "a deletion": FILLED + b"del other\n", "another function again": FILLED + b"def other(x):\n    return 0\n",
    "the target again": FILLED + b"def f(x, y=1):\n    return 0\n", "a class again": FILLED + b"class A:\n    pass\n",
    "a constant again": FILLED + b"LIMIT = 99\n", "a constant by a walrus": FILLED + b"more = (LIMIT := 99)\n",
    "a constant among others": FILLED + b"(p, [LIMIT]) = 1, [2]\n", "a constant with a type": FILLED + b"LIMIT: int = 99\n",
    "a name imported over": FILLED + b"from json import loads as other\n", "a module imported over": FILLED + b"import json as os\n",
    "a star": FILLED + b"from os import *\n", "an attribute set": FILLED + b"os.environ = {}\n", "an item set": FILLED + b"A.x[0] = 1\n",
    "an attribute among others": FILLED + b"(p, A.z) = 1, 2\n", "a global": FILLED + b"def more():\n    global LIMIT\n    LIMIT = 1\n",
    "no Python": b"def f(:\n", "bytes": b"\xff\xfe", "a zero": FILLED + b"\0", "too deep": FILLED + b"x = " + b"-" * 90_000 + b"1\n",
    "another encoding": b"# coding: utf-7\n" + FILLED + b"#+AAo-other = 1\n", "an unknown encoding": b"# coding: nonsense\n" + FILLED,
}  # fmt: skip


@pytest.mark.parametrize("new", SPOILT_TARGETS.values(), ids=SPOILT_TARGETS.keys())
def test_nothing_of_the_targets_file_may_change_but_its_body(tmp_path: Path, new: bytes) -> None:
    assert new != FILLED
    one = with_patch(patch_of({"m.py": (BASE, new)}))
    with pytest.raises(HostileRun):
        edits(one, "m.py::f", {"m.py": BASE}.get)


@pytest.mark.parametrize(
    "new",
    [FILLED, FILLED.replace(b"LIMIT = 10\n", b"LIMIT = 10\nMORE: int = 7\n\n\ndef helper(x):\n    return x\n"),
     FILLED.replace(b"import os\n", b"import os\nimport math\nfrom functools import reduce as r\n"), FILLED + b"import os\n"],
)  # fmt: skip
def test_helpers_constants_and_imports_may_come_in_addition(tmp_path: Path, new: bytes) -> None:
    one = with_patch(patch_of({"m.py": (BASE, new)}))
    assert edits(one, "m.py::f", {"m.py": BASE}.get).files == {"m.py": (BASE, new)}


def test_a_function_that_is_no_stub_is_not_changed(tmp_path: Path) -> None:
    one = with_patch(patch_of({"m.py": (FILLED, FILLED.replace(b"x + y", b"x - y"))}))
    with pytest.raises(HostileRun, match="not the stub"):
        edits(one, "m.py::f", {"m.py": FILLED}.get)


CLASS = b"class A:\n    def f(self):\n        ...\n\n    def g(self):\n        return 1\n"
FILLED_CLASS = CLASS.replace(b"...", b"return 2")


@pytest.mark.parametrize(
    "new",
    [FILLED_CLASS.replace(b"return 1", b"return 3"), FILLED_CLASS + b"    def h(self): pass\n", FILLED_CLASS + b"    x = 1\n",
     FILLED_CLASS.replace(b"class A", b"class A(B)"), FILLED_CLASS.replace(b"class A", b"@x\nclass A"), FILLED_CLASS + b"    import os\n",
     FILLED_CLASS + b"    def __init__(self): pass\n", FILLED_CLASS + b"    def f(self): return 7\n", FILLED_CLASS + b"    'text'\n"],
)  # fmt: skip
def test_of_the_targets_class_nothing_changes_but_the_method(tmp_path: Path, new: bytes) -> None:
    one = with_patch(patch_of({"m.py": (CLASS, new)}))
    with pytest.raises(HostileRun):
        edits(one, "m.py::A.f", {"m.py": CLASS}.get)


def test_a_method_may_be_filled_and_one_that_was_not_there_may_come(tmp_path: Path) -> None:
    for new, name in [(FILLED_CLASS, "f"), (CLASS + b"\n    def h(self):\n        return 5\n", "h")]:
        one = with_patch(patch_of({"m.py": (CLASS, new)}))
        assert edits(one, f"m.py::A.{name}", {"m.py": CLASS}.get)


def test_a_new_module_has_a_title_and_the_function_and_a_package_an_empty_file(tmp_path: Path) -> None:
    new = b'"""Sums."""\n\n\ndef f(x):\n    return x\n'
    files: dict[str, tuple[bytes | None, bytes]] = {
        "a/b/m.py": (None, new),
        "a/__init__.py": (None, b""),
        "a/b/__init__.py": (None, b""),
    }
    one = with_patch(patch_of(files))
    assert edits(one, "a/b/m.py::f", {}.get).files == files
    for spoilt in ({"a/__init__.py": (None, b"import os\n")}, {"c/__init__.py": (None, b"")}):
        one = with_patch(patch_of({**files, **spoilt}))  # type: ignore[dict-item]
        with pytest.raises(HostileRun):
            edits(one, "a/b/m.py::f", {}.get)


# What reaches for something is named


RISKY = {
    "import os": b"import os\n", "from os": b"from os import path\n", "a package": b"import requests\n", "relative": b"from . import x\n",
    "open": b"x = open\n", "eval": b"x = lambda: eval('1')\n", "import by hand": b"x = lambda: __import__('os')\n",
    "builtins": b"x = lambda: __builtins__\n", "subclasses": b"x = lambda: ().__class__.__base__.__subclasses__()\n",
    "a module's own": b"import random\nx = lambda: random._os.system('x')\n", "sys of another": b"import dataclasses\nx = lambda: dataclasses.sys\n",
    "out of another": b"from dataclasses import sys\n", "by name": b"from operator import attrgetter\n", "by name, too": b"import operator\nx = operator.attrgetter('a')\n",
}  # fmt: skip


@pytest.mark.parametrize("text", RISKY.values(), ids=RISKY.keys())
def test_new_code_that_reaches_out_is_named(tmp_path: Path, text: bytes) -> None:
    assert taken(patched(new=NEW + text)).new.risky


def test_more_of_what_the_file_reached_for_before_is_named_too(tmp_path: Path) -> None:
    filled = FILLED.replace(b"return x + y", b"return os.system(x)")
    one = with_patch(patch_of({"m.py": (BASE, filled)}))
    assert edits(one, "m.py::f", {"m.py": BASE}.get).new.risky == ("uses os",)
    one = with_patch(patch_of({"m.py": (BASE, FILLED)}))
    assert edits(one, "m.py::f", {"m.py": BASE}.get).new.risky == ()


def test_a_harmless_import_is_named_and_not_risky(tmp_path: Path) -> None:
    found = taken(patched(new=NEW + b"import math\nfrom functools import reduce\n")).new
    assert (found.imports, found.risky) == (("imports math", "imports functools"), ())


# The tests


HEAD = TESTS[: TESTS.index(b"import pytest")]
PLAIN = b"from bounds.clamp import clamp\n\n\ndef test_clamp():\n    assert clamp(1, 0) == 1\n"
BODY = b"    assert clamp(1, 0) == 1\n"


def _doing(line: bytes, imports: bytes = b"") -> bytes:
    return HEAD + imports + PLAIN.replace(BODY, b"    " + line + b"\n")


SPOILT_TESTS = {
    "no head": PLAIN, "the head of another": HEAD.replace(b"::clamp", b"::other") + PLAIN,
    "os": _doing(b"os.system('x')", b"import os\n"), "subprocess": _doing(b"subprocess.run('x')", b"import subprocess\n"),
    "socket": _doing(b"socket.socket()", b"from socket import socket\n"), "urllib": _doing(b"urlopen('x')", b"from urllib.request import urlopen\n"),
    "os of the module": _doing(b"os.system('x')", b"from bounds.clamp import os\n"), "os by alias": _doing(b"x.system('x')", b"from bounds.clamp import os as x\n"),
    "os through the module": _doing(b"c.os.system('x')", b"from bounds import clamp as c\n"), "a private module": _doing(b"clamp._os.system('x')"),
    "os of pathlib": _doing(b"p.os.system('x')", b"import pathlib as p\n"), "sys of datetime": _doing(b"d.sys.exit()", b"import datetime as d\n"),
    "importorskip": _doing(b"pytest.importorskip('os').system('x')", b"import pytest\n"),
    "importorskip by name": _doing(b"importorskip('os').system('x')", b"from pytest import importorskip\n"),
    "pytest by alias": _doing(b"p.importorskip('os')", b"import pytest as p\n"), "exit": _doing(b"pytest.exit('x')", b"import pytest\n"),
    "open": _doing(b"open('/etc/passwd')"), "open in another script": _doing("ｏｐｅｎ('/etc/passwd')".encode()), "eval": _doing(b"eval('1')"),
    "import by hand": _doing(b"__import__('os')"), "builtins": _doing(b"__builtins__['open']"), "getattr": _doing(b"getattr(clamp, 'x')"),
    "innards": _doing(b"clamp.__globals__"), "innards of a frame": _doing(b"clamp.f_globals"), "vars": _doing(b"vars(clamp)['os'].system('x')"),
    "a file written": _doing(b"Path('x').write_text('x')", b"from pathlib import Path\n"), "a file of the module": _doing(b"HERE.unlink()", b"from bounds.clamp import HERE\n"),
    "a file by a variable": HEAD + b"from pathlib import Path\n" + PLAIN.replace(BODY, b"    p = Path('x')\n    p.touch()\n"),
    "an import inside": _doing(b"import os"), "a function inside": _doing(b"def f(): pass"), "a class inside": _doing(b"class A: pass"), "a loop": _doing(b"while True: pass"),
    "a try": _doing(b"try: pass\n    except E: pass"), "global": _doing(b"global x"), "a deletion": _doing(b"del clamp"), "a match": _doing(b"match 1:\n        case _: pass"),
    "a walrus": _doing(b"assert (x := 1)"), "an f-string": _doing(b"f'{clamp}'"), "a call beside": HEAD + PLAIN + b"clamp(1, 2)\n", "a constant beside": HEAD + PLAIN + b"X = 1\n",
    "a function beside": HEAD + PLAIN + b"def helper(): pass\n", "a class beside": HEAD + PLAIN + b"class TestX: pass\n", "a condition beside": HEAD + PLAIN + b"if True: import os\n",
    "plugins": HEAD + PLAIN + b"pytest_plugins = ['x']\n", "plugins by an import": HEAD + b"from bounds.clamp import x as pytest_plugins\n" + PLAIN,
    "a hook": HEAD + b"from bounds.clamp import clamp as setup_module\n" + PLAIN, "a star": HEAD + b"from bounds.clamp import *\n" + PLAIN,
    "relative": HEAD + b"from . import x\n" + PLAIN, "a package that nobody uses": HEAD + b"import requests\n" + PLAIN,
    "a fixture": HEAD + b"import pytest\n" + PLAIN.replace(b"def test", b"@pytest.fixture(autouse=True)\ndef test"),
    "a fixture taken": HEAD + PLAIN.replace(b"test_clamp()", b"test_clamp(monkeypatch)"), "a folder taken": HEAD + PLAIN.replace(b"test_clamp()", b"test_clamp(tmp_path)"),
    "the request": HEAD + b"import pytest\n" + PLAIN.replace(b"def test_clamp()", b"@pytest.mark.parametrize('request', [1])\ndef test_clamp(request)"),
    "a fixture by a table": HEAD + b"import pytest\n" + PLAIN.replace(b"def test_clamp()", b"@pytest.mark.parametrize('pytester', [1], indirect=True)\ndef test_clamp(pytester)"),
    "a mark": HEAD + b"import pytest\n" + PLAIN.replace(b"def test", b"@pytest.mark.usefixtures('x')\ndef test"),
    "a decorator": HEAD + PLAIN.replace(b"def test", b"@clamp\ndef test"), "a default": HEAD + PLAIN.replace(b"test_clamp()", b"test_clamp(x=clamp(1, 2))"),
    "no Python": HEAD + b"def (", "a zero": HEAD + PLAIN + b"\0", "too deep": _doing(b"x = " + b"-" * 90_000 + b"1"),
    "another encoding": b"# coding: utf-7\n" + HEAD + PLAIN + b"#+AAo-import os\n",
    "a private name": _doing(b"clamp._create_fn('x')"), "a private name compared": _doing(b"assert clamp._x == 1"), "eval of another": _doing(b"clamp.eval('1')"),
    "unseen": HEAD + "# \u202e\n".encode() + PLAIN, "its class": _doing(b"clamp.__class__('x')"), "bltns": _doing(b"clamp.bltns.x('1')"), "open of another": _doing(b"clamp.open('x')"), "a private item": _doing(b"assert clamp(1, 2)[0]._x('sh') == 1"),
    "inspect of the module": _doing(b"c.inspect.stack()", b"from bounds import clamp as c\n"), "a module of stdlib": _doing(b"c.calendar.main([])", b"import bounds.clamp as c\n"),
    "a module of another": _doing(b"enum.x", b"from bounds.other import enum\n"),
}  # fmt: skip


MODULES = b"import enum\nimport uuid as u\nfrom json import decoder\nfrom bounds.shapes import Box\nimport requests\n"
MODULAR = {
    "a module": b"enum",
    "an alias": b"u",
    "a module by name": b"decoder",
    "nothing of it": b"other",
    "a module as another": b"u as clamp",
}


@pytest.mark.parametrize("name", MODULAR.values(), ids=MODULAR.keys())
def test_a_test_takes_no_module_out_of_the_targets_file(tmp_path: Path, name: bytes) -> None:
    old = OLD.replace(b"\n\n\ndef clamp", b"\n\n" + MODULES + b"\n\ndef clamp", 1)
    new = NEW.replace(b"\n\n\ndef clamp", b"\n\n" + MODULES + b"\n\ndef clamp", 1)
    assert old != OLD
    for line, good in [
        (b"from bounds.clamp import " + name, False),
        (b"from bounds.shapes import Box", True),
        (b"from bounds.clamp import Box", True),
    ]:
        one = with_patch(patch_of({PATH: (old, new), TEST: (None, HEAD + line + b"\n" + PLAIN)}))
        if good:
            assert edits(one, TARGET, {PATH: old}.get).files[PATH] == (old, new)
        else:
            with pytest.raises(HostileRun, match="imports"):
                edits(one, TARGET, {PATH: old}.get)


@pytest.mark.parametrize("tests", SPOILT_TESTS.values(), ids=SPOILT_TESTS.keys())
def test_a_test_file_does_nothing_but_call_and_compare(tmp_path: Path, tests: bytes) -> None:
    assert taken(patched(tests=HEAD + PLAIN)).files[TEST][1] == HEAD + PLAIN
    refused(patched(tests=tests))


def test_a_users_own_test_file_is_not_replaced(tmp_path: Path) -> None:
    theirs = b"def test_mine():\n    pass\n"
    one = with_patch(patch_of({PATH: (OLD, NEW), TEST: (theirs, TESTS)}))
    with pytest.raises(HostileRun, match="no test file of an earlier run"):
        edits(one, TARGET, {PATH: OLD, TEST: theirs}.get)
    before = TESTS.replace(b"clamp(2, 12)", b"clamp(1, 12)")
    one = with_patch(patch_of({PATH: (OLD, NEW), TEST: (before, TESTS)}))
    assert edits(one, TARGET, {PATH: OLD, TEST: before}.get).files[TEST] == (before, TESTS)


def test_one_file_of_tests_is_all_that_a_run_leaves(tmp_path: Path) -> None:
    refused(patched(more={"tests/test_more.py": (None, TESTS)}), "more than one file of tests")


def test_a_file_beyond_any_size_is_refused(tmp_path: Path) -> None:
    big = NEW.replace(b"    if low", b"    # " + b"x" * 1_900_000 + b"\n    if low")
    base = OLD + b"# " + b"y" * 3_000_000 + b"\n"
    patch = patched(new=big)
    one = with_patch(patch)
    with pytest.raises(HostileRun, match=r"cannot be applied|more than 4,000,000 bytes"):
        edits(one, TARGET, {PATH: base}.get)
    assert held("nothing") is None
