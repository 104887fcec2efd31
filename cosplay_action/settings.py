"""Everything a run can be told, once: command line > environment > [tool.cosplay] in pyproject.toml > default.

Each field says its own help, range and whether a repository's configuration may set it. A hostile checkout must not
steal a key or weaken the sandbox, so some may not; budgets there may only lower. All errors are reported at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cosplay_action.errors import UsageError
from cosplay_action.method.numbers import PRESETS, RULES, Numbers

Repo = Literal["yes", "no", "lower"]
PREFIX = "COSPLAY_"


def _option(
    default: Any, help: str, *, least: float | None = None, most: float | None = None,  # noqa: A002
    choices: tuple[str, ...] = (), repo: Repo = "yes", group: str = "Method",
) -> Any:  # fmt: skip
    """A field that is also a flag, an environment variable and, if ``repo`` allows, a key of [tool.cosplay]."""
    meta = {"help": help, "least": least, "most": most, "choices": choices, "repo": repo, "group": group}
    return field(default=default, metadata=meta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run's settings. None for a number of the method means: as the preset says."""

    preset: str = _option("standard", "How much to play: sets the numbers below.", choices=tuple(PRESETS))
    candidates: int | None = _option(None, "Candidates in the pool (Nc).", least=2, most=256)
    tests: int | None = _option(None, "Unit tests in the pool (Nt).", least=2, most=256)
    rounds: int | None = _option(None, "Rounds of self-play at most (Tmax).", least=0, most=50)
    probes: int | None = _option(None, "Fresh inputs the candidates are compared on (R).", least=1, most=256)
    hints: int | None = _option(None, "First-order hints asked for; plans expand subsets of them.", least=0, most=8)
    vote_samples: int | None = _option(None, "Samples in one vote on an expected output.", least=1, most=32)
    vote_attempts: int | None = _option(None, "Votes held on one input before it counts as invalid.", least=1, most=10)
    temperature: float = _option(0.8, "Sampling temperature.", least=0.0, most=2.0)
    top_p: float = _option(0.95, "Nucleus sampling.", least=0.01, most=1.0)
    select: str = _option("consensus", "How the winner is chosen.", choices=RULES)
    fix_guard: str = _option(
        "on", "A fix must lose no trusted test (off: as the paper's release).", choices=("on", "off")
    )
    faithful: bool = _option(False, "Show voters the weak test, as the paper's release does; implies --fix-guard off.")
    fuzz: int = _option(
        0, "Inputs without tokens varied in each search for a test, to find where candidates part (0: off).",
        least=0, most=4096,
    )  # fmt: skip
    ignore_examples: bool = _option(False, "Do not use the docstring's examples as ground truth.")
    seed: int = _option(0, "Seed of every random draw.", least=0, most=2**31)

    model: str = _option("", "A model's name, 'local', 'local:0.5b' or 'local:FILE.gguf'.", group="Model")
    base_url: str = _option("", "An OpenAI-compatible endpoint.", repo="no", group="Model")
    api_key_env: str = _option(
        "OPENAI_API_KEY", "The environment variable that holds the key.", repo="no", group="Model"
    )
    concurrency: int | None = _option(
        None, "Requests in flight at most (16; local: its slots).", least=1, most=256, group="Model"
    )
    reply_tokens: int = _option(1024, "Tokens of one reply at most.", least=64, most=32768, group="Model")

    budget_tokens: int | None = _option(
        None, "Tokens, input and output together.", least=1, repo="lower", group="Budget"
    )
    budget_calls: int | None = _option(None, "Replies asked for.", least=1, repo="lower", group="Budget")
    budget_seconds: float | None = _option(None, "Seconds of the run.", least=1, most=1e7, repo="lower", group="Budget")
    budget_usd: float | None = _option(
        None, "US dollars; needs both prices.", least=0.0001, most=1e6, repo="lower", group="Budget"
    )
    price_input: float | None = _option(
        None, "US dollars per million input tokens.", least=0, repo="no", group="Budget"
    )
    price_output: float | None = _option(
        None, "US dollars per million output tokens.", least=0, repo="no", group="Budget"
    )

    sandbox: str = _option("auto", "Where candidates run.", repo="no", group="Sandbox")
    python: str = _option(
        "", "The interpreter, or virtual environment, that has the repository's dependencies (default: this one).",
        repo="no", group="Sandbox",
    )  # fmt: skip
    extra_paths: str = _option(
        "", "Untracked files and folders of the repository that cells see too, such as built modules (comma between).",
        repo="no", group="Sandbox",
    )  # fmt: skip
    memory: int = _option(512, "Memory of one cell, MiB.", least=16, most=65536, group="Sandbox")
    cell_seconds: float = _option(2.0, "CPU seconds of one cell.", least=0.1, most=120, group="Sandbox")

    test_path: str = _option("", "Where the kept tests go (default: where the repository's tests sit).", group="Output")
    # A checkout must not choose what is run, nor what counts as its tests.
    test_command: str = _option(
        "", "The repository's own tests: a candidate that breaks one of them is not chosen (needs bubblewrap).",
        repo="no", group="Output",
    )  # fmt: skip
    format_command: str = _option(
        "", "Formats our own lines through stdin ('none': off; default: ruff or black, if configured).",
        repo="no", group="Output",
    )  # fmt: skip

    def extras(self) -> tuple[str, ...]:
        """The extra paths, one by one."""
        return tuple(path for each in self.extra_paths.split(",") if (path := each.strip()))

    def numbers(self) -> Numbers:
        """The numbers of the method: the preset's, and what was set on its own."""
        own = ("candidates", "tests", "rounds", "probes", "hints", "vote_samples", "vote_attempts")
        chosen: dict[str, Any] = dict(PRESETS[self.preset])
        chosen |= {name: value for name in own if (value := getattr(self, name)) is not None}
        return Numbers(
            **chosen,
            reply_tokens=self.reply_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            select=self.select,  # type: ignore[arg-type]  # checked against RULES
            fix_guard=self.fix_guard == "on" and not self.faithful,
            faithful=self.faithful,
            fuzz=self.fuzz,
            ignore_examples=self.ignore_examples,
        )


def option_fields() -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(Settings)


def kind_of(option: dataclasses.Field[Any]) -> type:
    """The plain type of an option: bool, int, float or str."""
    return {"bool": bool, "int": int, "float": float, "str": str}[str(option.type).partition(" ")[0]]


def flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def load(cli: Mapping[str, object], environ: Mapping[str, str], repo: Mapping[str, object]) -> Settings:
    """Settings from all layers. Raises UsageError that lists every error of every layer.

    ``cli`` holds what was given on the command line (None: not given), ``repo`` the table [tool.cosplay].
    """
    errors: list[str] = []
    layers = [_layer_repo(repo, errors), _layer_environ(environ, errors), _layer_cli(cli, errors)]
    merged: dict[str, object] = {}
    for layer in layers:
        merged |= layer
    merged |= _lowered(layers[0], merged)
    errors += _contradictions(merged)
    if errors:
        many = f"{len(errors)} errors in the configuration" if len(errors) > 1 else "the configuration has an error"
        raise UsageError(many + ":\n" + "\n".join(f"  - {error}" for error in errors), "See cosplay-action run --help.")
    return Settings(**merged)  # type: ignore[arg-type]  # each value was read by its field's kind


def _lowered(repo: Mapping[str, object], merged: Mapping[str, object]) -> dict[str, object]:
    """A repository's budgets hold against a larger one from elsewhere: there they may only lower."""
    found: dict[str, object] = {}
    for option in option_fields():
        own, other = repo.get(option.name), merged.get(option.name)
        if option.metadata["repo"] == "lower" and isinstance(own, int | float) and isinstance(other, int | float):
            found[option.name] = min(own, other)
    return found


def _layer_repo(table: Mapping[str, object], errors: list[str]) -> dict[str, object]:
    known = {option.name.replace("_", "-"): option for option in option_fields()}
    found: dict[str, object] = {}
    for key, value in table.items():
        if key in OTHER_KEYS:
            continue
        option = known.get(key.replace("_", "-"))
        if option is None:
            errors.append(f"[tool.cosplay] {key}: unknown")
        elif option.metadata["repo"] == "no":
            errors.append(f"[tool.cosplay] {key}: may not be set by a repository; use {flag(option.name)}")
        elif option.name == "model" and _is_file(value):
            errors.append(f"[tool.cosplay] {key}: may not name a file; use {flag(option.name)}")
        else:
            found |= _read(option, value, f"[tool.cosplay] {key}", errors)
    return found


def _is_file(model: object) -> bool:
    """A checkout must not have a file of its choice loaded: it names pinned weights, or an endpoint's model."""
    if not isinstance(model, str):  # which is told elsewhere
        return False
    kind, _, which = model.partition(":")
    return kind.strip().lower() == "local" and which.strip().lower() not in {"", *LOCAL}


LOCAL = frozenset({"0.5b", "1.5b"})  # as pinned in models.pins
OTHER_KEYS = frozenset({"source-roots", "specs"})  # read by specs.project and linting


def _layer_environ(environ: Mapping[str, str], errors: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for option in option_fields():
        name = PREFIX + option.name.upper()
        if environ.get(name, "").strip():
            found |= _read(option, environ[name].strip(), name, errors)
    return found


def _layer_cli(cli: Mapping[str, object], errors: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for option in option_fields():
        if cli.get(option.name) is not None:
            found |= _read(option, cli[option.name], flag(option.name), errors)
    return found


def _read(option: dataclasses.Field[Any], value: object, where: str, errors: list[str]) -> dict[str, object]:
    """The value by the option's kind and range; an error instead where it does not fit."""
    try:
        read = _convert(kind_of(option), value)
    except (ValueError, OverflowError):
        errors.append(f"{where}: {_shown(value)} is not {_article(kind_of(option))}")
        return {}
    fault = _out_of_range(option, read)
    if fault:
        errors.append(f"{where}: {fault}")
        return {}
    return {option.name: read}


def _shown(value: object) -> str:
    """A value for people: a checkout may hold a number that Python does not write, or a text that nobody reads."""
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= 200 else f"{text[:200]} ..."


def _article(kind: type) -> str:
    return {int: "a whole number", float: "a number", bool: "true or false", str: "text"}[kind]


def _convert(kind: type, value: object) -> object:
    if kind is bool:
        return _truth(value)
    fits = isinstance(value, str) or (kind is float and isinstance(value, int)) or isinstance(value, kind)
    if not fits or isinstance(value, bool):
        raise ValueError(value)
    return kind(value)


def _truth(value: object) -> bool:
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]


def _out_of_range(option: dataclasses.Field[Any], value: object) -> str:
    meta = option.metadata
    if meta["choices"] and value not in meta["choices"]:
        return f"{_shown(value)} is none of {', '.join(meta['choices'])}"
    if isinstance(value, int | float):
        # written so that NaN, which compares false with everything, is refused too
        if meta["least"] is not None and not value >= meta["least"]:
            return f"{_shown(value)} is below {meta['least']}"
        if meta["most"] is not None and not value <= meta["most"]:
            return f"{_shown(value)} is above {meta['most']}"
    return ""


def _contradictions(merged: Mapping[str, object]) -> Iterator[str]:
    if merged.get("budget_usd") is not None and (
        merged.get("price_input") is None or merged.get("price_output") is None
    ):
        yield "--budget-usd needs --price-input and --price-output (US dollars per million tokens)"
    if merged.get("base_url") and str(merged.get("model", "")).partition(":")[0] == "local":
        yield "--base-url and --model local contradict each other: local starts its own server"
    if merged.get("base_url") and not merged.get("model"):
        yield "--base-url needs --model: which model shall the endpoint run?"
