from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.models.faults import OPTIONAL, read_fault, retry_after
from tests.support.wire import wire

SENT = ("n", "seed", "temperature", "top_p", "max_tokens")


@settings(max_examples=80, deadline=None)
@given(
    status=st.integers(400, 599),
    body=st.text(max_size=60) | st.sampled_from(['{"error": 1}', '{"error": {"code": [], "param": {}}}', "[]", "null"]),
    after=st.text(max_size=20),
)
def test_any_error_is_classified(status: int, body: str, after: str) -> None:
    fault = read_fault(status, {"retry-after": after}, body, SENT)
    assert fault.kind != "parameter" or fault.parameter in SENT
    assert fault.wait is None or fault.wait >= 0


@settings(max_examples=40, deadline=None)
@given(seconds=st.floats(0, 1e6))
def test_a_wait_in_seconds_is_read_back(seconds: float) -> None:
    assert retry_after({"retry-after": repr(seconds)}) == seconds


@pytest.mark.parametrize("text", ["nan", "inf", "-3", "soon", "", "Mon, 02 Mar 2026 10:00:07 GMT"])
def test_a_wait_that_cannot_be_read_is_none(text: str) -> None:
    assert retry_after({"retry-after": text}) is None


def test_a_date_in_the_past_means_now() -> None:
    dates = {"date": "Mon, 02 Mar 2026 10:00:09 GMT", "retry-after": "Mon, 02 Mar 2026 10:00:07 GMT"}
    assert retry_after(dates) == 0.0


def test_milliseconds_come_before_seconds() -> None:
    assert retry_after({"retry-after-ms": "250", "retry-after": "9"}) == 0.25


def body_of(name: str) -> tuple[int, str]:
    import json

    answer = wire(name)
    return answer.status, json.dumps(answer.body)


def test_a_prompt_too_long_is_not_taken_for_a_reply_cap_too_large() -> None:
    status, body = body_of("vllm/too long")
    assert read_fault(status, {}, body, SENT).kind == "prompt"


def test_llama_cpp_naming_a_field_is_understood() -> None:
    body = '{"error":{"code":400,"message":"Field \'n\': Value must be between 1 <= value <= 4, but got 40"}}'
    assert read_fault(400, {}, body, SENT).parameter == "n"


def test_a_validation_error_that_lists_locations_is_understood() -> None:
    body = '{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}'
    assert read_fault(422, {}, body, SENT).parameter == "seed"


def test_a_parameter_that_was_not_sent_cannot_be_dropped() -> None:
    body = '{"error": {"message": "seed is not supported", "param": "seed"}}'
    assert read_fault(400, {}, body, ("temperature",)).kind == "fatal"


def test_a_single_letter_in_a_sentence_is_not_the_parameter_n() -> None:
    assert read_fault(400, {}, '{"error": {"message": "malformed n given"}}', SENT).kind == "fatal"
    assert "n" in OPTIONAL


def test_a_long_message_is_cut() -> None:
    assert len(read_fault(500, {}, "x" * 5000, SENT).message) < 500
