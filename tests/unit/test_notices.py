"""What the comment says: phase by phase, then the end; model text in it is not live."""

from __future__ import annotations

import pytest

from cosplay_action import notices
from cosplay_action.github.branch import Proposed
from cosplay_action.github.event import Asked, Text
from cosplay_action.github.records import Pull
from cosplay_action.method.events import StageStarted
from cosplay_action.publishing import Result
from tests.support import parcels
from tests.support.live import live
from tests.support.outcomes import HOSTILE

ASKED = Asked(
    trigger="label", repository="octo/fields", number=1, run_url="https://github.com/octo/fields/actions/runs/7",
    text=Text(number=1, title="Clamp", body="Text"),
)  # fmt: skip
PULL = Pull(number=7, url="https://x/7", state="open", draft=False, author="a", node="n", body="")
EVERY = {
    "working": notices.working(ASKED, "starting"), "skipped": notices.skipped(ASKED, "tim may not"),
    "broken": notices.broken(ASKED, "the model is away", "Look at it."), "cancelled": notices.cancelled(ASKED),
    "ended": notices.ended(ASKED, [Result(target="a.py::f", status="failed", reason="no", cure="Yes.")]),
}  # fmt: skip


@pytest.mark.parametrize("text", EVERY.values(), ids=EVERY.keys())
def test_every_state_has_a_heading_the_digest_of_the_text_and_a_way_to_the_run(text: str) -> None:
    assert text.startswith("### ")
    assert ASKED.text is not None
    assert f"SHA-256 `{ASKED.text.digest[:16]}`" in text
    assert "[the run](https://github.com/octo/fields/actions/runs/7)" in text


@pytest.mark.parametrize("stage", ["explore", "play", "select"])
def test_every_stage_has_words(stage: str) -> None:
    assert notices.phase(StageStarted(stage=stage))  # type: ignore[arg-type]


def test_the_end_names_the_pull_request_and_what_became_of_it() -> None:
    done = Proposed(pull=PULL, head="f" * 40, operation="updated")
    text = notices.ended(ASKED, [Result(target="a.py::f", status="chosen", reason="x", proposed=done)])
    assert "#7 (updated)" in text


def test_the_flaws_of_a_spec_are_a_list() -> None:
    text = notices.broken(ASKED, "The spec has 2 flaws:\n  - line 3: no\n  - line 5: never", "Mend it.", flawed=True)
    assert "- line 3: no\n- line 5: never" in text
    assert "cannot be played yet" in text
    assert "set it again" in text


def test_what_was_chosen_and_not_proposed_is_said_not_to_be_lost() -> None:
    one = Result(target="a.py::f", status="skipped", reason="no", report=parcels.report())  # type: ignore[arg-type]
    assert "`patch.diff` is among the run's artefacts" in notices.ended(ASKED, [one])


def test_texts_of_strangers_are_not_live() -> None:
    shown = [
        notices.skipped(ASKED, HOSTILE), notices.broken(ASKED, HOSTILE, HOSTILE), notices.working(ASKED, "x"),
        notices.ended(ASKED, [Result(target=HOSTILE, status="failed", reason=HOSTILE, cure=HOSTILE)]),
    ]  # fmt: skip
    run = f"[the run]({ASKED.run_url})"
    assert [live(text.replace(run, "")) for text in shown] == [[]] * len(shown)
