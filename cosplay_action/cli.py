"""The command line: a thin shell. Heavy imports happen inside the commands, so that --help is instant."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cosplay_action import __version__
from cosplay_action.cli_options import Grouped, Option, settings_options
from cosplay_action.errors import CosplayError, shortages

INTERRUPTED = 130
INTERNAL = 3
USAGE = 2
NO_SANDBOX = 5


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cosplay-action")
def cli() -> None:
    """Turn a function stub into an implementation with evidence.

    A model writes a pool of candidates and a pool of unit tests, every candidate runs on every test, and the winner
    comes from the largest cluster of candidates that agree on fresh inputs.
    """


@cli.command("run", cls=Grouped)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--out", cls=Option, type=click.Path(path_type=Path), help="Run directory (default: .cosplay/runs/<id>).")
@click.option("--replay", cls=Option, type=click.Path(path_type=Path), help="Replay a journal: no model, no execution.")
@click.option("--fresh", cls=Option, is_flag=True, help="Start anew where the run directory holds a journal.")
@click.option(
    "--apply", "apply_", cls=Option, is_flag=True, help="Write the implementation and the tests to the repository."
)
@click.option("--json", "as_json", cls=Option, is_flag=True, help="Print the report as JSON on stdout.")
@click.option("--quiet", cls=Option, is_flag=True, help="No progress; one line on stdout.")
@settings_options
def run_command(targets: Sequence[str], **given: Any) -> int:
    """Play stubs, write the evidence to a run directory, and touch nothing else (see --apply).

    A target is a stub (path/file.py::function or path/file.py::Class.method), a file or folder whose stubs marked with
    `# cosplay` are played, or a spec written in Markdown (spec.md).

    Exit codes: 0 chosen, 1 no confident choice, 2 usage or configuration, 3 internal error, 4 an outside service
    failed, 5 no acceptable sandbox, 130 interrupted.
    """
    from cosplay_action.run import Request, run

    own = {name: given.pop(name) for name in ("out", "replay", "fresh", "apply_", "as_json", "quiet")}
    request = Request(
        targets=tuple(targets), given=given, environ=os.environ, where=Path.cwd(), out=own["out"],
        replay=own["replay"], fresh=own["fresh"], apply=own["apply_"], as_json=own["as_json"], quiet=own["quiet"],
    )  # fmt: skip
    return run(request)


@cli.command("report")
@click.argument("run_dir", type=click.Path(path_type=Path))
def report_command(run_dir: Path) -> int:
    """Render report.html of a run directory again, from its report.json."""
    from cosplay_action.artefacts import render_again

    click.echo(render_again(run_dir))
    return 0


@cli.command("doctor")
@click.option("--python", type=click.Path(path_type=Path), help="The interpreter that candidates would run under.")
@click.option("--github", "on_github", is_flag=True, help="Also what this repository on GitHub needs for the Action.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON on stdout.")
def doctor_command(python: Path | None, on_github: bool, as_json: bool) -> int:
    """Say what this machine can do, and the cure for what is missing.

    Every sandbox level is tried, and each of its walls from the inside. Exit code 0 when candidates can be run at an
    acceptable level, else 5. With --github (the token in GITHUB_TOKEN, the repository in GITHUB_REPOSITORY) also what
    is missing there; exit code 1 when something is.
    """
    if on_github:
        from cosplay_action.planning import examine_github

        return examine_github(Path.cwd(), os.environ, say=click.echo, as_json=as_json)
    import asyncio

    from cosplay_action.doctor import examine
    from cosplay_action.evidence.checkup import print_checkup

    found = asyncio.run(examine(python=python, environ=os.environ))
    print_checkup(sys.stdout, found, as_json=as_json)
    return 0 if found.reached else NO_SANDBOX


@cli.command("stubs")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("--json", "as_json", is_flag=True, help="Print the stubs as JSON on stdout.")
def stubs_command(paths: Sequence[str], as_json: bool) -> int:
    """List the stubs marked `# cosplay` in files and folders (default: the current one), and what is to be mended.

    A marker is a comment on the line above a function or in its header. What git ignores is left out of folders.
    """
    from cosplay_action.linting import list_stubs
    from cosplay_action.tables import print_stubs

    found = list_stubs(Path.cwd(), paths or (".",))
    print_stubs(sys.stdout, found, as_json=as_json)
    if not found:
        click.echo("No stub is marked. Write `# cosplay` on the line above its def.", err=True)
    return 0


@cli.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--hook", is_flag=True, help="The names come from a hook: Markdown only where [tool.cosplay] specs says.")
def check_command(files: Sequence[str], hook: bool) -> int:
    """Check that marked stubs and specs are well-formed: no network, no model, nothing is imported or run.

    Exit codes: 0 nothing to mend, 1 findings, 2 usage.
    """
    from cosplay_action.linting import check
    from cosplay_action.tables import print_findings

    found = check(Path.cwd(), files, hook=hook)
    print_findings(sys.stdout, sys.stderr, found, Path.cwd())
    return int(bool(found.findings))


@cli.command("verify")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option(
    "--python", default="", help="The interpreter that has the dependencies (default: the repository's venv)."
)
@click.option("--staged", is_flag=True, help="What git would commit, also deletions; all where that is nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON on stdout.")
def verify_command(paths: Sequence[str], python: str, staged: bool, as_json: bool) -> int:
    """Run the kept tests of implementations that landed with evidence again, in the sandbox.

    With files or folders: the evidence that they are tests or targets of, or that imports them. Without: all of the
    repository.

    Exit codes: 0 all pass, 1 some do not or the spec changed, 2 usage or no interpreter, 5 no acceptable sandbox.
    """
    from cosplay_action.tables import print_verdicts
    from cosplay_action.verifying import Request, verify

    if staged and paths:
        raise click.UsageError("Name files or give --staged, not both.")
    where = Path.cwd()
    found = verify(Request(paths=tuple(paths), where=where, environ=os.environ, python=python, say=_say, staged=staged))
    print_verdicts(sys.stdout, found, as_json=as_json)
    if not found:
        click.echo("Nothing to verify: no evidence is meant.", err=True)
    return int(any(not one.ok for one in found))


@cli.command("action")
@click.option("--finish", is_flag=True, help="The step that always runs: tell how the job ended if nobody did.")
def action_command(finish: bool) -> int:
    """Do what a workflow's step asks for: the entry point of the GitHub Action.

    All it is told stands in the environment (docs/action.md). Exit codes: 0 done or skipped, 1 failed or not permitted.
    """
    from cosplay_action.action import main as act

    return act(finishing=finish)


@cli.command("plan")
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@click.option("--branch-prefix", default="cosplay/", help="As the job that publishes has it.")
def plan_command(targets: Sequence[str], branch_prefix: str) -> int:
    """Print the job matrix of a fan-out as JSON: one entry a spec, at most 256, always in the same order.

    Targets are those of `run` (default: all marked stubs). With GITHUB_TOKEN and GITHUB_REPOSITORY set, what has an
    open pull request is left out.
    """
    from cosplay_action.planning import hub_of, plan

    click.echo(plan(Path.cwd(), targets or (".",), hub_of(os.environ), prefix=branch_prefix, say=_say))
    return 0


@cli.command("publish")
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--repository", default="", help="OWNER/NAME on GitHub (default: GITHUB_REPOSITORY).")
@click.option("--base", default="", help="The branch to build on (default: the default branch).")
@click.option("--issue", type=int, help="The issue that the pull request closes.")
@click.option("--branch-prefix", default="cosplay/", help="Branches of pull requests begin so.")
@click.option("--draft", type=click.Choice(["auto", "always", "never"]), default="auto", help="When it is a draft.")
@click.option(
    "--group", type=click.Choice(["spec", "all"]), default="spec", help="One pull request a spec, or for all."
)
def publish_command(run_dir: Path, **wishes: Any) -> int:
    """Open or update the pull request of a finished run. The token is read from GITHUB_TOKEN.

    Exit codes: 0 published, 1 some were not, 2 usage or a run directory that is none, 4 GitHub failed.
    """
    from cosplay_action.planning import publish_by_hand

    return publish_by_hand(run_dir, wishes, os.environ, say=_say)


@cli.command("init")
@click.option(
    "--workflow", "flavours", multiple=True, help="Which workflow (see docs/action.md); several may be given."
)
@click.option("--uses", default="", help="The Action as OWNER/REPOSITORY@REF (default: the published one).")
@click.option("--force", is_flag=True, help="Overwrite files that differ.")
def init_command(flavours: Sequence[str], uses: str, force: bool) -> int:
    """Write the workflow, the issue form and the [tool.cosplay] block into this repository.

    Nothing is written where a file that differs is in the way, unless --force says so.
    """
    from cosplay_action.planning import set_up

    set_up(Path.cwd(), flavours, uses=uses, force=force, say=click.echo)
    return 0


def _say(line: str) -> None:
    click.echo(line, err=True)


def main(argv: Sequence[str] | None = None) -> None:
    """The console script: every outcome becomes an exit code, every error a message for people."""
    try:
        with shortages():
            code = cli.main(args=argv, prog_name="cosplay-action", standalone_mode=False)
    except CosplayError as error:
        click.echo(f"Error: {error}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. What was paid for is in the journal: run the same command again to go on.", err=True)
        code = INTERRUPTED
    except Exception:  # noqa: BLE001 - the edge: what nobody expected is a fault of ours, with an exit code of its own
        import traceback

        click.echo(f"{traceback.format_exc()}This is a fault of cosplay-action: please report it.", err=True)
        code = INTERNAL
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
