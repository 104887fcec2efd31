"""What a workflow may tell the Action: one table of inputs, read from the environment, every error at once.

``action.yml`` hands each input over as COSPLAY_INPUT_<NAME>. GitHub enforces neither ``required`` nor a type, and a
blank value (an unset variable, an empty secret) is what a caller gives who meant the default: blank means unset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Literal, cast
from urllib.parse import urlsplit

from cosplay_action import settings
from cosplay_action.errors import UsageError

Mode = Literal["all", "gate", "generate", "publish", "plan"]
Draft = Literal["auto", "always", "never"]
Group = Literal["spec", "all"]

PREFIX = "COSPLAY_INPUT_"
TOKEN = "${{ github.token }}"  # noqa: S105 - an expression that GitHub fills in, no token
TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
BRANCH = re.compile(r"(?!/)(?!.*(?:\.\.|//|/\.|\.lock(?:/|$)))[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}")
MANY_LINES = frozenset({"targets", "test-command", "format-command"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input. ``feeds``: the field of Settings that it sets. ``choices``: all that it may be."""

    name: str
    description: str
    default: str = ""
    choices: tuple[str, ...] = ()
    feeds: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that carries it to our process."""
        return PREFIX + self.name.upper().replace("-", "_")


def _one(name: str, description: str, default: str = "", *choices: str, feeds: str = "") -> Input:
    return Input(name=name, description=description, default=default, choices=choices, feeds=feeds)


INPUTS: tuple[Input, ...] = (
    _one("mode", "What this step does: `all`, its three parts on their own, or a plan for many jobs.", "all",
         "all", "gate", "generate", "publish", "plan"),
    _one("label", "The label that asks for a run.", "cosplay"),
    _one("targets", "Stubs, files, folders or written specs to play, with blanks between (dispatch, schedule)."),
    _one("issue-number", "The issue to play, where the event does not say (dispatch)."),
    _one("preset", "How much to play: `quick`, `standard` or `paper`.", feeds="preset"),
    _one("model", "A model's name, `local`, `local:0.5b` or `local:FILE.gguf` (default: as configured, else `local`).",
         feeds="model"),
    _one("base-url", "An OpenAI-compatible endpoint.", feeds="base_url"),
    _one("api-key", "The model's key, from a secret; not needed for a local model."),
    _one("github-token", "The token that reads issues and opens pull requests.", TOKEN),
    _one("python", "Interpreter or virtual environment for candidates, with your dependencies (default: python3).",
         feeds="python"),
    _one("sandbox", "Where candidates run (default: the strongest sandbox that holds on the runner).", feeds="sandbox"),
    _one("working-directory", "The folder of the project in the checkout.", "."),
    _one("test-path", "Where kept tests go (default: where the repository's tests sit).", feeds="test_path"),
    _one("test-command", "Your own tests: a candidate that breaks one is not chosen (needs bubblewrap).",
         feeds="test_command"),
    _one("format-command", "Formats our own lines through stdin; `none`: off (default: ruff or black, if configured).",
         feeds="format_command"),
    _one("base", "The branch to build on (default: the default branch, or the dispatched one)."),
    _one("branch-prefix", "Branches of pull requests begin so.", "cosplay/"),
    _one("draft", "When a pull request is a draft; `auto`: when confidence is low.", "auto", "auto", "always", "never"),
    _one("allow-bots", "Whether any bot that may set the label can ask for a run: `true` or `false`.", "false"),
    _one("group", "One pull request for each spec, or one for all.", "spec", "spec", "all"),
    _one("seed", "Seed of every random draw.", feeds="seed"),
    _one("select", "How the winner is chosen.", feeds="select"),
    _one("budget-tokens", "Tokens, input and output together, that a spec may take.", feeds="budget_tokens"),
    _one("budget-calls", "Replies that a spec may ask for.", feeds="budget_calls"),
    _one("budget-seconds", "Seconds that a spec may take.", feeds="budget_seconds"),
    _one("budget-usd", "US dollars that a spec may take; needs both prices.", feeds="budget_usd"),
    _one("price-input", "US dollars per million input tokens.", feeds="price_input"),
    _one("price-output", "US dollars per million output tokens.", feeds="price_output"),
    _one("run-dir", "Where the run leaves its files (default: cosplay-run in the runner's temporary folder)."),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs, read and checked. ``given`` holds those that are settings, for ``settings.load``, as text."""

    mode: Mode
    label: str
    targets: tuple[str, ...]
    issue_number: int | None
    api_key: str = field(repr=False)
    github_token: str = field(repr=False)
    working_directory: str
    base: str
    branch_prefix: str
    draft: Draft
    allow_bots: bool
    group: Group
    run_dir: str
    given: Mapping[str, str]


def read(environ: Mapping[str, str]) -> Inputs:
    """The inputs of this step. Raises UsageError that lists every error, with no secret in it."""
    said = {one.name: environ.get(one.variable, "").strip() for one in INPUTS}
    errors = [_without(_secrets(said), error) for error in _errors(said)]
    if errors:
        many = (
            f"{len(errors)} of the Action's inputs are wrong" if len(errors) > 1 else "an input of the Action is wrong"
        )
        raise UsageError(many + ":\n" + "\n".join(f"  - {error}" for error in errors), "See docs/action.md.")
    value = {one.name: said[one.name] or ("" if one.default == TOKEN else one.default) for one in INPUTS}
    return Inputs(
        mode=cast("Mode", value["mode"]), label=value["label"], targets=tuple(value["targets"].split()),
        issue_number=int(value["issue-number"]) if value["issue-number"] else None,
        api_key=value["api-key"], github_token=value["github-token"],
        working_directory=value["working-directory"], base=value["base"], branch_prefix=value["branch-prefix"],
        draft=cast("Draft", value["draft"]), allow_bots=TRUTH[value["allow-bots"]],
        group=cast("Group", value["group"]), run_dir=value["run-dir"] or _run_dir(environ), given=_given(said),
    )  # fmt: skip


def _run_dir(environ: Mapping[str, str]) -> str:
    """Not in the checkout: there a later step might commit it, and uploads leave hidden folders out."""
    return str(PurePosixPath(environ.get("RUNNER_TEMP") or ".cosplay") / "cosplay-run")


def _given(said: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({one.feeds: said[one.name] for one in INPUTS if one.feeds and said[one.name]})


def _secrets(said: Mapping[str, str]) -> list[str]:
    return [said[name] for name in ("api-key", "github-token") if said[name]]


def _without(secrets: list[str], text: str) -> str:
    """Somebody who swaps two inputs must not find the key in the log."""
    for secret in secrets:
        text = text.replace(secret, "***").replace(repr(secret)[1:-1], "***")
    return text


def _errors(said: Mapping[str, str]) -> Iterator[str]:
    for one in INPUTS:
        value = said[one.name]
        if one.choices and value and value not in one.choices:
            yield f"{one.name}: {value!r} is none of {', '.join(one.choices)}"
        if one.name not in MANY_LINES and re.search(r"[\x00-\x1f\x7f]", value):
            yield f"{one.name}: holds a line break or another control character"
    yield from _wrong_numbers_and_names(said)
    yield from _contradictions(said)
    yield from _wrong_settings(said)


def _wrong_numbers_and_names(said: Mapping[str, str]) -> Iterator[str]:
    number, bots = said["issue-number"], said["allow-bots"]
    if number and not re.fullmatch(r"[1-9][0-9]{0,9}", number):
        yield f"issue-number: {number!r} is not an issue's number"
    if bots and bots not in TRUTH:
        yield f"allow-bots: {bots!r} is neither true nor false"
    for name in ("base", "branch-prefix"):
        if said[name] and not BRANCH.fullmatch(said[name]):
            yield f"{name}: {said[name]!r} is no name of a branch"


def _contradictions(said: Mapping[str, str]) -> Iterator[str]:
    if said["issue-number"] and said["targets"]:
        yield "issue-number and targets contradict each other: give one of them"
    if not said["github-token"] and said["mode"] != "generate":
        yield "github-token: blank; leave the input out to use the job's own token"
    if "@" in _host_part(said["base-url"]):
        yield "base-url: holds a user or a password; give the key as api-key"


def _host_part(url: str) -> str:
    """The host part of an address, or the whole of one that cannot be read."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return url


def _wrong_settings(said: Mapping[str, str]) -> Iterator[str]:
    """What the settings say of theirs: an input is called as its flag, without the dashes."""
    try:
        settings.load(_given(said), {}, {})
    except UsageError as error:
        for line in error.what.splitlines()[1:]:
            yield re.sub(r"(?<!\S)--(?=[a-z])", "", line.removeprefix("  - "))
