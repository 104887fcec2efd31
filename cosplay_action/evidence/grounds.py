"""What a verdict stands on as plain data: confidence, the strength of the kept tests, and each test's part in it."""

from __future__ import annotations

from collections.abc import Sequence

from cosplay_action.evidence.records import bounded, ratio, unit_test
from cosplay_action.evidence.shape import ConfidenceRecord, Kept, StrengthRecord
from cosplay_action.facts import Strength
from cosplay_action.method.confidence import Confidence
from cosplay_action.method.domain import KeptTest


def confidence(sure: Confidence) -> ConfidenceRecord:
    return {"level": sure.level, "up": list(sure.up), "down": list(sure.down)}


def strength(strong: Strength) -> StrengthRecord:
    return {
        "mutants": strong.mutants,
        "killed": strong.killed,
        "survived": strong.survived,
        "perhaps_equivalent": strong.perhaps_equivalent,
        "share": ratio(strong.killed, strong.mutants) if strong.mutants else None,
        "probes": strong.probes,
        "survivors": [
            {
                "line": one.line,
                "what": one.what,
                "before": bounded(one.before),
                "after": bounded(one.after),
                "input": one.input,
            }
            for one in strong.survivors
        ],
    }


def kept(tests: Sequence[KeptTest], strong: Strength | None) -> list[Kept]:
    """The tests that ship, with what each notices (None where that was not measured)."""
    kills = dict(strong.kills) if strong and strong.mutants else {}
    redundant = strong.redundant if strong else ()
    return [
        {
            "test": unit_test(one.test),
            "support": round(one.support, 4),
            "retired": one.retired,
            "kills": kills.get(one.test.id),
            "redundant": one.test.id in redundant,
        }
        for one in tests
    ]
