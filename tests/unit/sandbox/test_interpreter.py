"""What an interpreter is found to be, and what of it and of its start files reaches the cells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cosplay_action.errors import SandboxError
from cosplay_action.sandbox.interpreter import Interpreter, probe, translate
from cosplay_action.sandbox.probing import ask
from tests.support import pythons
from tests.support.pythons import VERSIONS, environment, packages

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="start files are jailed on Linux alone")


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """The interpreter of an environment."""
    return environment(tmp_path / "venv")


def start_file(python: Path, text: str) -> None:
    (packages(python) / "zz_start.pth").write_text(text + "\n")


# -- what it is -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_interpreter_searches_what_it_searches_when_it_is_started_as_ever(
    tmp_path: Path, version: str
) -> None:
    python = environment(tmp_path / "venv", version)
    (tmp_path / "more").mkdir()
    start_file(python, f"{tmp_path}/more\n{tmp_path}/gone")
    told = subprocess.run(
        [python, "-I", "-c", "import json, sys; print(json.dumps([sys.version.split()[0], sys.path]))"],
        capture_output=True, check=True,
    )  # fmt: skip
    exact, path = json.loads(told.stdout)
    seen = await probe(python)
    assert seen.version == exact
    assert [*seen.search] == [each for each in path if Path(each).exists()]


@pytest.mark.parametrize("version", VERSIONS)
async def test_all_that_it_imports_from_is_among_what_cells_read(tmp_path: Path, version: str) -> None:
    seen = await probe(environment(tmp_path / "venv", version))
    assert [each for each in seen.search if not any(Path(each).is_relative_to(read) for read in seen.reads)] == []
    assert str(tmp_path / "venv") in seen.reads


async def test_a_virtual_environments_folder_stands_for_its_interpreter(venv: Path) -> None:
    assert (await probe(venv.parents[1])).path == venv


async def test_the_interpreter_that_a_script_starts_is_the_one_that_cells_get(tmp_path: Path, venv: Path) -> None:
    """As version managers' shims do; they need a shell, which cells have not."""
    assert (await probe(script(tmp_path / "python", f'exec {venv} "$@"'))).path == venv


async def test_a_name_without_a_folder_is_looked_up_on_the_path(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (venv.parent / "python-of-mine").symlink_to(venv)
    monkeypatch.setenv("PATH", str(venv.parent))
    assert (await probe(Path("python-of-mine"))).path.parent == venv.parent


# -- what it is not ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7", "3.8"])
async def test_a_python_that_is_too_old_is_refused_by_its_version(version: str) -> None:
    with pytest.raises(SandboxError, match=rf"is Python {version}.*cells need 3\.9 or newer"):
        await probe(pythons.interpreter(version))


@pytest.mark.parametrize(("says", "why"), [
    ("echo hello world", "does not answer as a Python would: hello world"),
    ("echo oh no >&2; exit 3", "does not answer as a Python would: oh no"),
    ("exit 3", "it said nothing and ended with code 3"),
    ("echo '[1, 2]'", "does not answer as a Python would"),
    ("echo '{}'", "does not say which Python it is"),
    ("""echo '{"version": "3.10.4", "implementation": "pypy"}'""", "is not CPython"),
    ("""echo '{"version": "2.7.18", "implementation": "cpython"}'""", "is Python 2.7"),
    ("""echo '{"version": "3.12.1", "implementation": "cpython"}'""", "makes no sense"),
    ("head -c 3000000 /dev/zero | tr '\\0' x", "prints without end"),
])  # fmt: skip
async def test_what_is_no_interpreter_is_refused_for_what_it_says(tmp_path: Path, says: str, why: str) -> None:
    with pytest.raises(SandboxError, match=why) as refused:
        await probe(script(tmp_path / "python", says))
    assert "Check that it starts" in refused.value.cure


async def test_what_is_no_program_is_refused_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("not a program")
    (tmp_path / "binary").write_bytes(b"\x7fELF but not really")
    (tmp_path / "binary").chmod(0o755)
    for name, why in {
        "nowhere": "there is no interpreter", "folder": "is a folder without bin/python", "text": "is not executable",
        "binary": "cannot be started",
    }.items():  # fmt: skip
        with pytest.raises(SandboxError, match=why):
            await probe(tmp_path / name)


async def test_a_program_that_does_not_answer_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    made = script(tmp_path / "python", f"(sleep 60; touch {tmp_path}/late) & sleep 60")
    with pytest.raises(SandboxError, match=r"did not start within 0\.5 seconds"):
        await ask(made, seconds=0.5)
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(made) not in running


# -- start files ------------------------------------------------------------------------------------------------------


ALLOWED = """import sys; exec('try:\\n {deed}\\n sys.path.append("{mark}")\\nexcept OSError: pass')"""
DEEDS = {
    "write": 'open("{tmp}/written", "w").close()',
    "write over": 'open("{tmp}/mark/there", "a").close()',
    "remove": 'import os; os.unlink("{tmp}/mark/there")',
    "connect": 'import socket; socket.socket()',
    "start a program": 'import subprocess; subprocess.run(["true"])',
    "fork": 'import os; os.fork() or os._exit(0)',
}  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
async def test_start_files_run_but_can_do_nothing_to_anybody(tmp_path: Path, venv: Path, deed: str) -> None:
    mark = tmp_path / "mark"
    mark.mkdir()
    (mark / "there").write_text("kept")
    start_file(venv, ALLOWED.format(deed=DEEDS[deed].format(tmp=tmp_path), mark=mark))
    seen = await probe(venv)
    assert str(mark) not in seen.search
    assert not (tmp_path / "written").exists()
    assert (mark / "there").read_text() == "kept"


async def test_the_test_above_would_see_a_deed_that_is_allowed(tmp_path: Path, venv: Path) -> None:
    (tmp_path / "mark").mkdir()
    start_file(venv, ALLOWED.format(deed='import os; os.listdir("/")', mark=str(tmp_path / "mark")))
    assert str(tmp_path / "mark") in (await probe(venv)).search


@pytest.mark.parametrize("noise", [
    "import sys; print('{}'); sys.stdout.flush()", "import os; os.write(1, b'[]\\n')",
    "import sys; sys.stderr.write('trouble')", "import nothing_of_the_kind", "import os; raise ValueError('no')",
    "import os; os.environ.clear(); os.chdir('/')",
])  # fmt: skip
async def test_noise_of_start_files_changes_nothing(venv: Path, noise: str) -> None:
    start_file(venv, noise)
    assert str(packages(venv)) in (await probe(venv)).search


@pytest.mark.parametrize(("end", "why"), [
    ("import sys; sys.exit('enough')", "does not start: SystemExit: enough"),
    ("import os; os._exit(7)", "ended with code 7"),
    ("import os, signal; os.abort()", "does not answer"),
    ("import os; [os.write(fd, b'{\"version\": 3}\\n') for fd in range(3, 9) if os.path.exists(f'/proc/self/fd/{fd}')]",
     "does not say which Python it is"),
])  # fmt: skip
async def test_a_start_file_that_ends_the_interpreter_is_an_error_with_a_cure(venv: Path, end: str, why: str) -> None:
    start_file(venv, end)
    with pytest.raises(SandboxError, match=why) as refused:
        await probe(venv)
    assert refused.value.cure


async def test_a_start_file_that_hangs_is_an_error_with_a_cure(venv: Path) -> None:
    start_file(venv, "import time; time.sleep(600)")
    with pytest.raises(SandboxError, match=r"did not start within") as refused:
        await ask(venv, seconds=1.5)
    assert ".pth" in refused.value.cure


async def test_sitecustomize_is_a_start_file_too(tmp_path: Path, venv: Path) -> None:
    (tmp_path / "more").mkdir()
    (packages(venv) / "sitecustomize.py").write_text(f"import sys\nsys.path.append({str(tmp_path / 'more')!r})\n")
    assert (await probe(venv)).search[-1] == str(tmp_path / "more")


# -- editable installs ------------------------------------------------------------------------------------------------

FINDER = """\
import sys
from importlib.machinery import ModuleSpec
MAPPING = {mapping!r}
NAMESPACES = {namespaces!r}
PATH_PLACEHOLDER = "__editable__.thing-1.0.finder.__path_hook__"
class _EditableFinder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        return None
def install():
    sys.meta_path.append(_EditableFinder)
    sys.path.append(PATH_PLACEHOLDER)
"""


def finder(python: Path, mapping: dict[str, str], namespaces: dict[str, list[str]] | None = None) -> None:
    """An editable install as setuptools makes it of a project whose layout no path can stand for."""
    module = packages(python) / "__editable___thing_1_0_finder.py"
    module.write_text(FINDER.format(mapping=mapping, namespaces=namespaces or {}))
    start_file(python, f"import {module.stem}; {module.stem}.install()")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The user's repository, with a package, a module and something private."""
    made = tmp_path / "home"
    (made / "lib/shop").mkdir(parents=True)
    (made / "lib/shop/__init__.py").write_text("WHERE = __file__\n")
    (made / "lib/till.py").write_text("WHERE = __file__\n")
    (made / ".env").write_text("TOKEN=1")
    return made


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A copy of it as cells see it, without one of its modules."""
    made = tmp_path / "export"
    (made / "lib/shop").mkdir(parents=True)
    (made / "lib/shop/__init__.py").write_text("WHERE = __file__\n")
    return made


async def test_a_finder_of_setuptools_is_read_as_names_and_places(venv: Path, home: Path) -> None:
    finder(venv, {"shop": f"{home}/lib/shop", "till": f"{home}/lib/till"}, {"ours": [f"{home}/none"], "un": []})
    seen = await probe(venv, home=home)
    assert dict(seen.packages) == {
        "shop": f"{home}/lib/shop", "till": f"{home}/lib/till.py", "ours": "", "un": ""
    }  # fmt: skip
    assert [each for each in seen.search if "__editable__" in each] == []
    assert seen.notes == ()


async def test_an_editable_install_of_the_repository_itself_is_found_in_its_export(
    venv: Path, home: Path, export: Path
) -> None:
    """Hatchling, PDM and Flit name a folder in a .pth file; setuptools maps names."""
    finder(venv, {"shop": f"{home}/lib/shop", "till": f"{home}/lib/till"})
    (packages(venv) / "_thing.pth").write_text(f"{home}/lib\n{home}\n{home}/gone\n")
    seen = translate(await probe(venv, home=home), home, export)
    assert seen.search[-2:] == (f"{export}/lib", str(export))
    assert dict(seen.packages) == {"shop": f"{export}/lib/shop"}
    assert [each for each in (*seen.search, *seen.reads) if each.startswith(str(home))] == []


async def test_an_environment_in_the_repository_is_read_where_it_is_and_nothing_else_of_it(
    home: Path, export: Path
) -> None:
    python = environment(home / ".venv")
    (packages(python) / "_thing.pth").write_text(f"{home}/lib\n")
    seen = translate(await probe(python, home=home), home, export)
    assert str(packages(python)) in seen.search
    assert f"{export}/lib" in seen.search
    assert [each for each in seen.reads if each.startswith(str(home))] == [f"{home}/.venv"]


async def test_a_repository_that_is_an_environment_is_not_read_as_a_whole(home: Path, export: Path) -> None:
    """``python -m venv .``: its packages are read, the repository around them is not."""
    python = environment(home)
    seen = translate(await probe(python, home=home), home, export)
    assert str(packages(python)) in seen.search
    assert str(home) not in seen.reads
    assert any(packages(python).is_relative_to(read) for read in seen.reads)


async def test_a_link_to_the_repository_is_the_repository(tmp_path: Path, venv: Path, home: Path, export: Path) -> None:
    (tmp_path / "link").symlink_to(home)
    (packages(venv) / "_thing.pth").write_text(f"{tmp_path}/link/lib\n")
    seen = translate(await probe(venv, home=home), home, export)
    assert f"{export}/lib" in seen.search
    assert f"{tmp_path}/link/lib" not in (*seen.search, *seen.reads)


async def test_of_another_projects_working_copy_only_the_packages_are_read(
    tmp_path: Path, venv: Path, home: Path
) -> None:
    """Installed editable with its packages at its top: its ``.env`` lies right beside them."""
    other = tmp_path / "other"
    for folder in (".git", "tools", "docs"):
        (other / folder).mkdir(parents=True)
    for file in ("tools/__init__.py", "one.py", ".env", "docs/key.txt", "notes.md"):
        (other / file).write_text("")
    (packages(venv) / "_other.pth").write_text(f"{other}\n")
    seen = await probe(venv, home=home)
    assert dict(seen.packages) == {"tools": f"{other}/tools", "one": f"{other}/one.py"}
    assert sorted(each for each in seen.reads if each.startswith(str(other))) == [f"{other}/one.py", f"{other}/tools"]


@pytest.mark.parametrize("place", ["/", "/proc/self", "/etc", "{home}/.."])
async def test_a_start_file_cannot_open_a_folder_that_holds_more_than_code(venv: Path, home: Path, place: str) -> None:
    where = str(Path(place.format(home=home)).resolve()) if "home" in place else place
    (packages(venv) / "_greedy.pth").write_text(f"{where}\n")
    seen = await probe(venv, home=home)
    assert where not in (*seen.search, *seen.reads)
    assert any(repr(where) in note for note in seen.notes)


async def test_a_finder_that_is_not_known_is_told_of(venv: Path) -> None:
    (packages(venv) / "_thing_loader.py").write_text(
        "import sys\nclass MesonpyMetaFinder:\n    def find_spec(self, *_): return None\n"
        "sys.meta_path.insert(0, MesonpyMetaFinder())\n"
    )
    start_file(venv, "import _thing_loader")
    assert [note for note in (await probe(venv)).notes if "_thing_loader" in note]


async def test_packages_that_are_links_into_an_installers_store_are_read_there(tmp_path: Path, venv: Path) -> None:
    store = tmp_path / "cache/archive/abc"
    (store / "shop").mkdir(parents=True)
    (store / "shop/__init__.py").write_text("")
    (packages(venv) / "shop").mkdir()
    (packages(venv) / "shop/__init__.py").symlink_to(store / "shop/__init__.py")
    assert str(store) in (await probe(venv)).reads


async def test_an_interpreter_is_asked_once(tmp_path: Path, venv: Path) -> None:
    first = await probe(venv)
    start_file(venv, "import os; os._exit(1)")
    assert await probe(venv) is first
    assert isinstance(first, Interpreter)
