"""Settings: layers, ranges, what a repository may not say, and all errors at once."""

from __future__ import annotations

import dataclasses
import math

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.method.numbers import PRESETS, RULES, Numbers
from cosplay_action.models.pins import PINNED
from cosplay_action.settings import LOCAL, Settings, flag, kind_of, load, option_fields

NUMERIC = [f for f in option_fields() if kind_of(f) in {int, float}]
NEVER = sorted(f.name for f in option_fields() if f.metadata["repo"] == "no")


def errors(cli: dict[str, object] | None = None, env: dict[str, str] | None = None, **repo: object) -> list[str]:
    with pytest.raises(UsageError) as caught:
        load(cli or {}, env or {}, {key.replace("_", "-"): value for key, value in repo.items()})
    assert caught.value.exit_code == 2
    assert caught.value.cure
    return [line.removeprefix("  - ") for line in caught.value.what.splitlines()[1:]]


def test_without_anything_said_the_preset_is_standard() -> None:
    settings = load({}, {}, {})
    assert settings == Settings()
    assert settings.numbers() == Numbers(**PRESETS["standard"])
    assert settings.seed == 0


def test_the_presets_are_those_of_the_paper_and_smaller_ones() -> None:
    shapes = {name: (p["candidates"], p["tests"], p["rounds"]) for name, p in PRESETS.items()}
    assert shapes == {"quick": (4, 4, 1), "standard": (8, 8, 3), "paper": (16, 16, 5)}
    assert PRESETS["paper"]["probes"] == 16
    assert {name: p["vote_attempts"] for name, p in PRESETS.items()} == {"quick": 2, "standard": 2, "paper": 5}
    assert (Numbers().vote_samples, Numbers().temperature, Numbers().top_p, Numbers().hints) == (4, 0.8, 0.95, 4)


def test_a_number_set_on_its_own_overrides_its_preset_alone() -> None:
    numbers = load({"preset": "paper", "rounds": 2}, {}, {}).numbers()
    assert (numbers.candidates, numbers.rounds) == (16, 2)


def test_the_command_line_beats_the_environment_beats_the_repository_beats_the_default() -> None:
    repo = {"seed": 1}
    assert load({}, {}, repo).seed == 1
    assert load({}, {"COSPLAY_SEED": "2"}, repo).seed == 2
    assert load({"seed": 3}, {"COSPLAY_SEED": "2"}, repo).seed == 3
    assert load({"seed": None}, {"COSPLAY_SEED": " "}, repo).seed == 1


def test_a_zero_on_the_command_line_is_something_said() -> None:
    assert load({"rounds": 0, "temperature": 0.0}, {"COSPLAY_ROUNDS": "3"}, {}).numbers().rounds == 0


def test_what_could_steal_a_key_or_leave_the_sandbox_is_never_read_from_a_repository() -> None:
    assert {"base_url", "api_key_env", "sandbox", "format_command"} <= set(NEVER)


@pytest.mark.parametrize("name", NEVER)
def test_an_option_a_repository_may_not_set_is_an_error_there_and_fine_elsewhere(name: str) -> None:
    option = next(f for f in option_fields() if f.name == name)
    value: object = "1" if kind_of(option) is not str else "x"
    (said,) = errors(**{name: value})
    assert said == f"[tool.cosplay] {name.replace('_', '-')}: may not be set by a repository; use {flag(name)}"
    given = load({name: value, "model": "m"}, {}, {})
    assert getattr(given, name) == kind_of(option)(value)


@pytest.mark.parametrize(("own", "other", "used"), [(100, 50, 50), (100, 500, 100), (100, None, 100)])
def test_a_budget_of_the_repository_may_only_lower(own: int, other: int | None, used: int) -> None:
    assert load({"budget_calls": other}, {}, {"budget-calls": own}).budget_calls == used
    env = {} if other is None else {"COSPLAY_BUDGET_CALLS": str(other)}
    assert load({}, env, {"budget_calls": own}).budget_calls == used


def test_every_budget_of_a_repository_may_only_lower() -> None:
    lowered = {f.name for f in option_fields() if f.metadata["repo"] == "lower"}
    assert lowered == {"budget_tokens", "budget_calls", "budget_seconds", "budget_usd"}


def test_all_errors_of_all_layers_are_told_at_once() -> None:
    said = errors({"candidates": 1}, {"COSPLAY_SEED": "many", "COSPLAY_PRESET": "huge"}, roundz=3, base_url="http://x")
    assert said == [
        "[tool.cosplay] roundz: unknown",
        "[tool.cosplay] base-url: may not be set by a repository; use --base-url",
        "COSPLAY_PRESET: 'huge' is none of quick, standard, paper",
        "COSPLAY_SEED: 'many' is not a whole number",
        "--candidates: 1 is below 2",
    ]


@pytest.mark.parametrize("option", NUMERIC, ids=lambda f: f.name)
def test_every_number_has_its_range(option: dataclasses.Field[object]) -> None:
    meta, kind = option.metadata, kind_of(option)
    step = 1 if kind is int else 0.00001
    base = {"price_input": 1.0, "price_output": 1.0}
    assert meta["least"] is not None
    assert getattr(load({**base, option.name: kind(meta["least"])}, {}, {}), option.name) == meta["least"]
    assert errors({option.name: kind(meta["least"]) - step})
    if meta["most"] is not None:
        assert getattr(load({**base, option.name: kind(meta["most"])}, {}, {}), option.name) == meta["most"]
        assert errors({option.name: kind(meta["most"]) + step})


@pytest.mark.parametrize("option", [f for f in NUMERIC if kind_of(f) is float], ids=lambda f: f.name)
def test_nan_is_in_no_range(option: dataclasses.Field[object]) -> None:
    assert any("nan" in said for said in errors({option.name: "nan"}))
    assert any("nan" in said for said in errors({option.name: math.nan}))


@pytest.mark.parametrize(
    ("name", "value", "article"),
    [("seed", "3.5", "a whole number"), ("seed", 3.5, "a whole number"), ("seed", True, "a whole number"),
     ("seed", [1], "a whole number"), ("temperature", "warm", "a number"), ("faithful", "perhaps", "true or false"),
     ("model", 7, "text"), ("model", ["x"], "text")],
)  # fmt: skip
def test_a_value_of_another_kind_is_told_with_what_it_should_be(name: str, value: object, article: str) -> None:
    assert errors(**{name: value}) == [f"[tool.cosplay] {name}: {value!r} is not {article}"]


@pytest.mark.parametrize("text", ["true", "1", "YES", "on"])
def test_words_for_yes(text: str) -> None:
    assert load({}, {"COSPLAY_FAITHFUL": text}, {}).faithful


@pytest.mark.parametrize("text", ["false", "0", "No", "off"])
def test_words_for_no(text: str) -> None:
    assert not load({}, {"COSPLAY_FAITHFUL": text}, {"faithful": True}).faithful


def test_faithful_shows_voters_the_weak_test_and_takes_every_fix() -> None:
    numbers = load({"faithful": True}, {}, {}).numbers()
    assert numbers.faithful
    assert not numbers.fix_guard
    assert load({}, {}, {}).numbers().fix_guard
    assert not load({"fix_guard": "off"}, {}, {}).numbers().fix_guard


@pytest.mark.parametrize("rule", RULES)
def test_every_selection_rule_can_be_asked_for(rule: str) -> None:
    assert load({"select": rule}, {}, {}).numbers().select == rule


def test_contradictions_are_errors() -> None:
    assert errors({"budget_usd": 1.0}) == [
        "--budget-usd needs --price-input and --price-output (US dollars per million tokens)"
    ]
    assert errors({"base_url": "http://h/v1", "model": "local:0.5b"})[0].startswith("--base-url and --model local")
    assert errors({"base_url": "http://h/v1"}) == ["--base-url needs --model: which model shall the endpoint run?"]


@pytest.mark.parametrize("name", ["local", "local:0.5b", "local:1.5B", "qwen2.5-coder:7b", "org/model"])
def test_a_repository_may_name_pinned_weights_or_a_model_of_an_endpoint(name: str) -> None:
    assert load({}, {}, {"model": name}).model == name


@pytest.mark.parametrize("name", ["local:evil.gguf", "local:./x/y", "local:/etc/x", " Local: x.gguf", "local:7b"])
def test_a_repository_may_not_name_a_file_to_be_loaded(name: str) -> None:
    assert errors(model=name) == ["[tool.cosplay] model: may not name a file; use --model"]
    assert load({"model": name}, {}, {}).model == name


def test_the_weights_that_a_repository_may_name_are_those_that_are_pinned() -> None:
    assert set(PINNED) == LOCAL


def test_keys_that_others_read_are_no_errors() -> None:
    assert load({}, {}, {"source-roots": ["src"]}) == Settings()


def test_every_number_of_the_method_has_an_option() -> None:
    without = {"hints"}  # the paper's four: 11 subsets
    assert {f.name for f in dataclasses.fields(Numbers)} - without <= {f.name for f in option_fields()}


def test_every_option_says_what_it_is() -> None:
    assert [f.name for f in option_fields() if not f.metadata["help"].endswith((".", ").", ")"))] == []
    assert len({flag(f.name) for f in option_fields()}) == len(option_fields())
