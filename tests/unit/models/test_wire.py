from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.method.ports import Reply, Unusable, Usage
from cosplay_action.models.wire import MOST_CHARS, added, lost, read_replies, split
from cosplay_action.testing.loopback import completion

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["choices", "message", "content", "finish_reason", "index", "usage", "prompt_tokens",
                         "completion_tokens", "timings", "predicted_n", "refusal", "text"]), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def read(data: object, wanted: int = 4) -> list[Reply]:
    replies = read_replies(json.dumps(data), wanted=wanted, prompt="x" * 400, seconds=3.0)
    assert not isinstance(replies, Unusable)
    return replies


@settings(max_examples=60, deadline=None)
@given(total=st.integers(0, 10**6), weights=st.lists(st.integers(0, 10**5), min_size=1, max_size=9))
def test_a_split_adds_up_to_the_total_and_follows_the_weights(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    assert min(parts) >= 0
    if any(weights):
        assert all(abs(part - total * w / sum(weights)) < 1 for part, w in zip(parts, weights, strict=True))


@settings(max_examples=80, deadline=None)
@given(data=JSON)
def test_whatever_json_a_server_sends_is_read_or_called_unusable(data: object) -> None:
    found = read_replies(json.dumps(data), wanted=2, prompt="p", seconds=1.0)
    assert isinstance(found, Unusable) or 1 <= len(found) <= 2


def test_the_servers_token_count_is_split_over_the_choices_without_loss() -> None:
    replies = read(completion(["a", "bb", "cccc"], input_tokens=19, output_tokens=41))
    assert sum(r.usage.output for r in replies) == 41
    assert replies[2].usage.output > replies[0].usage.output
    assert [r.usage.input for r in replies] == [19, 0, 0]


def test_without_usage_tokens_are_estimated_and_said_to_be() -> None:
    data = completion(["x" * 40])
    del data["usage"]
    [reply] = read(data)
    assert (reply.usage.input, reply.usage.output, reply.usage.estimated) == (100, 10, True)


def test_hidden_reasoning_counts_in_an_estimate() -> None:
    data = {"choices": [{"message": {"content": "x" * 40, "reasoning_content": "y" * 360}, "finish_reason": "stop"}]}
    assert read(data)[0].usage.output == 100


def test_a_server_that_counts_only_its_first_choice_does_not_make_the_others_free() -> None:
    data = completion(["x" * 100, "y" * 200], output_tokens=25) | {"timings": {"predicted_n": 25}}
    outputs = [r.usage.output for r in read(data)]
    assert outputs == [25, 50]
    assert read(data)[1].usage.estimated


def test_a_single_choice_with_timings_is_counted_exactly() -> None:
    data = completion(["x" * 100], output_tokens=25) | {"timings": {"predicted_n": 25}}
    assert not read(data)[0].usage.estimated


def test_cached_tokens_are_reported_in_both_spellings_and_never_exceed_the_prompt() -> None:
    data = completion(["a"], input_tokens=19)
    for usage, cached in [
        ({"prompt_tokens_details": {"cached_tokens": 16}}, 16),
        ({"prompt_cache_hit_tokens": 99}, 19),
    ]:
        assert read(data | {"usage": {"prompt_tokens": 19, "completion_tokens": 2, **usage}})[0].usage.cached == cached


def test_choices_come_in_the_order_of_their_index() -> None:
    data = completion(["first", "second"])
    data["choices"] = list(reversed(data["choices"]))  # type: ignore[call-overload]
    assert [r.text for r in read(data)] == ["first", "second"]


def test_choices_nobody_asked_for_are_left_out() -> None:
    assert len(read(completion(["a", "b", "c"]), wanted=2)) == 2


def test_content_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "def f"}, {"type": "text", "text": "(): ..."}]
    assert read({"choices": [{"message": {"content": parts}}]})[0].text == "def f(): ..."


def test_a_lone_surrogate_cannot_reach_a_file() -> None:
    body = '{"choices": [{"message": {"content": "a\\ud800b"}, "finish_reason": "stop"}]}'
    replies = read_replies(body, wanted=1, prompt="", seconds=0.0)
    assert not isinstance(replies, Unusable)
    assert replies[0].text.encode("utf-8") == b"a?b"


def test_absurdly_nested_json_is_unusable_and_not_a_crash() -> None:
    assert isinstance(read_replies("[" * 200_000, wanted=1, prompt="", seconds=0.0), Unusable)


def test_a_text_beyond_reason_is_cut_and_still_paid_for() -> None:
    [long, short] = read({"choices": [{"message": {"content": "x" * (2 * MOST_CHARS)}}, {"message": {"content": "y"}}],
                          "usage": {"prompt_tokens": 9, "completion_tokens": 1000}})  # fmt: skip
    assert (long.status, len(long.text), short.text) == ("truncated", MOST_CHARS, "y")
    assert f"{2 * MOST_CHARS:,} characters" in long.detail
    assert long.usage.output >= 999, "what was cut was written, too"


def test_what_came_of_a_lost_answer_is_estimated_and_never_above_its_cap() -> None:
    assert lost("", wanted=3, prompt="x" * 40, cap=100) == Usage(input=10, output=300, estimated=True)
    assert lost("{" * 40, wanted=1, prompt="", cap=100) == Usage(input=0, output=10, estimated=True)
    assert lost("{" * 4000, wanted=1, prompt="", cap=100).output == 100
    told = '{"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}'
    assert lost(told, wanted=1, prompt="x" * 400, cap=100) == Usage(input=7, output=5)


def test_two_usages_add_up() -> None:
    one, other = Usage(input=1, output=2, cached=1), Usage(input=10, output=20, cached=5, estimated=True)
    assert added(one, other) == Usage(input=11, output=22, cached=6, estimated=True)
