"""What the documents say is what the code does: tables, flags, commands, links, package data, recorded runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from importlib.resources import files
from pathlib import Path

import click
import pytest

from cosplay_action import cli
from cosplay_action.method.numbers import PRESETS
from cosplay_action.run import Request, run
from cosplay_action.settings import PREFIX, option_fields
from tests.support import schema_doc, settings_doc
from tests.support.command import artefacts, report

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md"),
                *ROOT.glob("benchmarks/*.md"), *ROOT.glob("tests/*.md")])  # fmt: skip
RECORDED = sorted(ROOT.glob("examples/recorded/*.jsonl"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OTHERS_FLAGS = {
    "--check",
    "--hypothesis-show-statistics",
    "--require-hashes",
    "--disable-pip",
}  # flags of tools that are not ours


def known_flags() -> set[str]:
    found = {"--help", "--version", *OTHERS_FLAGS}
    for command in (cli.cli, *cli.cli.commands.values()):
        found |= {word for one in command.params if isinstance(one, click.Option) for word in one.opts}
    return found


def consoles() -> list[str]:
    """The lines of the README's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def words_after(line: str, command: str) -> list[str]:
    return line.partition(command)[2].split("&&")[0].split()


def test_the_readmes_table_of_settings_is_that_of_the_code() -> None:
    assert settings_doc.shown() == settings_doc.table()
    assert settings_doc.table().count("\n") == len(option_fields()) + 2


def test_the_readmes_table_of_presets_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)`[^|]*\|([ \d|]+)$", README, re.MULTILINE)
    shown = {name: [int(number) for number in re.findall(r"\d+", rest)] for name, rest in rows}
    columns = ("candidates", "tests", "rounds", "probes")
    assert shown == {name: [numbers[column] for column in columns] for name, numbers in PRESETS.items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_flag_that_a_page_names_exists(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    ours = [line for line in lines if not re.match(r" *python (benchmarks/|-m benchmarks)", line)]
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", "\n".join(ours)))
    if page.is_relative_to(ROOT / "benchmarks"):
        named -= set(re.findall(r"(?<=\")--[a-z][a-z-]+", "".join(p.read_text() for p in ROOT.glob("benchmarks/*.py"))))
    assert {one for one in named if one.rstrip("-") not in known_flags()} == set()


def test_every_environment_variable_of_a_setting_that_the_readme_names_exists() -> None:
    known = {PREFIX + option.name.upper() for option in option_fields()}
    read = "".join(path.read_text("utf-8") for path in (ROOT / "cosplay_action").rglob("*.py"))
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", README))
    assert named
    assert {name for name in named if name not in known and f'"{name}"' not in read} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    assert [one for one in links if "://" not in one and not (page.parent / one).exists()] == []


def test_the_readmes_commands_name_extras_and_files_that_exist() -> None:
    extras = {name for line in consoles() for name in re.findall(r"pip install '\.\[(\w+)\]'", line)}
    assert extras == {"local", "test"}
    assert extras <= PYPROJECT["project"]["optional-dependencies"].keys()
    targets = [word.partition("::")[0] for line in consoles() for word in words_after(line, "cosplay-action run")
               if word.startswith("examples/")]  # fmt: skip
    assert targets
    assert [one for one in targets if not (ROOT / one).is_file()] == []
    assert PYPROJECT["project"]["scripts"] == {"cosplay-action": "cosplay_action.cli:main"}


def test_the_stubs_that_the_examples_page_lists_are_those_in_the_folder() -> None:
    home = ROOT / "examples/textkit/src/textkit"
    listed = re.findall(r"`(\w+\.py)::[\w.]+`", (ROOT / "examples/README.md").read_text("utf-8"))
    stubs = {path.name for path in home.glob("*.py") if "raise NotImplementedError" in path.read_text("utf-8")}
    assert set(listed) == stubs


def test_ci_runs_the_readmes_test_command() -> None:
    (line,) = [line for line in consoles() if "[test]" in line]
    install, _, test = line.partition(" && ")
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert install.removeprefix("pip install ") in script
    assert re.search(rf"^{test}\b", script, re.MULTILINE)


def test_the_tests_need_nothing_of_the_checkout_but_what_pytest_is_told() -> None:
    """``pytest`` alone, with the package installed from elsewhere, must find tests.support too."""
    assert PYPROJECT["tool"]["pytest"]["ini_options"]["pythonpath"] == ["."]


def test_the_exit_codes_of_the_readme_are_those_of_the_help() -> None:
    shown = README.partition("### Exit codes")[2].partition("##")[0]
    (told,) = re.findall(r"Exit codes: (.*)", " ".join((cli.run_command.help or "").split()))
    of_readme = {number: words.strip(" ·\n") for number, words in re.findall(r"(\d+) ([^·\d]+)", shown)}
    of_help = {number: words.strip(" ,.") for number, words in re.findall(r"(\d+) ([^,\d]+)", told)}
    assert of_readme == of_help
    assert set(of_help) == {"0", "1", "2", "3", "4", "5", "130"}


# -- the package ------------------------------------------------------------------------------------------------------

DATA = (
    *("py.typed", "evidence/report.schema.json", "evidence/page/report.css", "evidence/page/report.js"),
    *(f"sandbox/{path.name}" for path in sorted((ROOT / "cosplay_action/sandbox").glob("worker[._]*"))),
)


@pytest.mark.parametrize("name", DATA)
def test_what_the_package_reads_as_a_file_is_in_the_package(name: str) -> None:
    assert files("cosplay_action").joinpath(name).is_file()


def test_the_wheel_is_the_whole_package_and_leaves_nothing_out() -> None:
    """hatchling takes every file below ``packages`` that git does not ignore, unless it is told otherwise."""
    build = PYPROJECT["tool"]["hatch"]["build"]
    assert build == {"targets": {"wheel": {"packages": ["cosplay_action"]}}}


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="not a checkout")
def test_git_ignores_no_file_of_the_package() -> None:
    named = [f"cosplay_action/{name}" for name in DATA]
    done = subprocess.run(["git", "check-ignore", *named], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_the_page_of_the_schema_is_made_from_the_schema() -> None:
    assert schema_doc.PAGE.read_text("utf-8") == schema_doc.render(schema_doc.load_schema())


# -- recorded runs ----------------------------------------------------------------------------------------------------


def test_the_recorded_runs_that_pages_name_exist() -> None:
    named = {
        name for page in PAGES for name in re.findall(r"examples/recorded/[\w.-]+\.jsonl", page.read_text("utf-8"))
    }
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("journal", RECORDED, ids=lambda journal: journal.name)
def test_a_recorded_run_replays_to_a_choice_with_nothing_asked_and_nothing_run(journal: Path, tmp_path: Path) -> None:
    """On a copy of the examples, as a user's checkout would be, and twice, to the same bytes."""
    target = re.search(rf"cosplay-action run (\S+) --replay examples/recorded/{re.escape(journal.name)}", README)
    assert target, "the README or nobody says how to replay it"
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".cosplay", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)  # names the formatter
    (tmp_path / ".git").mkdir()  # marks the root
    for out in (tmp_path / "one", tmp_path / "two"):
        request = Request(
            targets=(target[1],), given={}, environ={}, where=tmp_path, out=out, replay=journal, quiet=True
        )
        assert run(request) == 0
    assert report(tmp_path / "one")["status"] == "chosen"
    assert artefacts(tmp_path / "one") == artefacts(tmp_path / "two")
