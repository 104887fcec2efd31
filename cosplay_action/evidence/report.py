"""Outcome, facts and landing -> ``report.json``, of which every picture and sentence is a rendering.

The shape is ``shape.Report``; ``report.schema.json`` (JSON Schema 2020-12) and docs/report-schema.md describe it. Texts
are kept as they came (hostile ones too): renderers neutralise them.
"""

from __future__ import annotations

import json

from cosplay_action.evidence import grounds, records
from cosplay_action.evidence.questions import questions
from cosplay_action.evidence.shape import (
    SCHEMA_VERSION,
    Answer,
    ChoiceRecord,
    Chosen,
    ClusterRecord,
    Facts,
    LandingRecord,
    Probe,
    ProblemRecord,
    Report,
)
from cosplay_action.facts import Landing, RunFacts, Strength
from cosplay_action.method.confidence import Confidence
from cosplay_action.method.domain import Choice, Outcome, Problem


def build_report(
    outcome: Outcome, facts: RunFacts, landing: Landing | None = None, strong: Strength | None = None,
    sure: Confidence | None = None,
) -> Report:  # fmt: skip
    """Return the report of a finished run as JSON-able data, the same for the same arguments.

    ``landing`` is None when nothing would land, ``strong`` (of the kept tests) and ``sure`` when they were not
    measured. No clock, no machine paths: ``facts.created`` is the only date.
    """
    choice, matrix = outcome.choice, outcome.matrix
    plain = outcome.problem.contract.words.plain
    signatures = records.answers(choice.signatures, plain=plain)
    probes = _probes(choice, signatures)
    return {
        "schema": SCHEMA_VERSION,
        "target": outcome.problem.origin,
        "status": outcome.status,
        "reason": choice.reason,
        "stop": {"kind": outcome.stop.name.lower(), "sentence": outcome.stop.value},
        "problem": _problem(outcome.problem),
        "choice": _choice(choice, probes),
        "chosen": _chosen(outcome, landing),
        "candidates": records.rows(outcome),
        "tests": records.columns(matrix),
        "matrix": [
            [records.cell(seen, won, plain=plain) for seen, won in zip(row, wins, strict=True)]
            for row, wins in zip(matrix.observations, matrix.passes, strict=True)
        ],
        "rounds": [records.played(one) for one in outcome.rounds],
        "clusters": _clusters(choice),
        "probes": probes,
        "signatures": signatures,
        "differences": [records.difference(one, plain=plain) for one in outcome.differences],
        "questions": [] if landing and landing.regression else questions(outcome),
        "confidence": grounds.confidence(sure) if sure else None,
        "strength": grounds.strength(strong) if strong else None,
        "kept": grounds.kept(outcome.kept, strong),
        "dropped": [
            {"test": records.unit_test(one.test), "support": round(one.support, 4), "because": one.because}
            for one in outcome.dropped
        ],
        "retired": [records.unit_test(one) for one in outcome.retired],
        "hints": list(outcome.hints),
        "plans": list(outcome.plans),
        "landing": _landing(landing),
        "costs": records.costs(facts.ledger),
        "facts": _facts(facts),
    }


def dump(report: Report) -> str:
    """The text of ``report.json``: keys in the order of the schema, ASCII, LF, a newline at the end."""
    return json.dumps(report, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def _problem(problem: Problem) -> ProblemRecord:
    return {"digest": problem.digest, "statement": problem.statement, "notes": list(problem.notes)}


def _choice(choice: Choice, probes: list[Probe]) -> ChoiceRecord:
    home = _home(choice)
    weights = [cluster.weight for cluster in choice.clusters]
    first = home if home is not None else 0
    others = [weight for at, weight in enumerate(weights) if at != first]
    return {
        "slot": choice.slot,
        "forced": choice.forced,
        "rule": choice.rule,
        "tied": list(choice.tied),
        "cluster": home,
        "agreeing": choice.clusters[home].size if home is not None else 0,
        "margin": weights[first] - max(others, default=0) if weights else 0,
        "agreed_probes": sum(probe["agreed"] for probe in probes),
    }


def _home(choice: Choice) -> int | None:
    """The cluster of the chosen (else the forced) slot."""
    slot = choice.slot if choice.slot is not None else choice.forced
    return next((at for at, cluster in enumerate(choice.clusters) if slot in cluster.members), None)


def _probes(choice: Choice, signatures: list[list[Answer]]) -> list[Probe]:
    home = _home(choice)
    members = choice.clusters[home].members if home is not None else ()
    return [
        {"input": text, "agreed": _unanimous([signatures[slot][at] for slot in members])}
        for at, text in enumerate(choice.probes)
    ]


def _unanimous(given: list[Answer]) -> bool:
    """Whether all of them gave one and the same comparable answer."""
    groups = {answer["group"] for answer in given}
    return len(groups) == 1 and None not in groups


def _clusters(choice: Choice) -> list[ClusterRecord]:
    return [
        {"members": list(one.members), "tied": list(one.tied), "size": one.size, "weight": one.weight}
        for one in choice.clusters
    ]


def _chosen(outcome: Outcome, landing: Landing | None) -> Chosen | None:
    slot = outcome.choice.slot
    if slot is None:
        return None
    candidate = outcome.matrix.candidates[slot]
    implementation = landing.implementation if landing and landing.implementation else candidate.source
    return {"slot": slot, "id": candidate.id, "source": candidate.source, "implementation": implementation}


def _landing(landing: Landing | None) -> LandingRecord | None:
    if landing is None:
        return None
    return {
        "path": landing.path,
        "test_path": landing.test_path,
        "check": landing.check,
        "notes": list(landing.notes),
        "unconverted": list(landing.unconverted),
        "regression": records.regression(landing.regression) if landing.regression else None,
    }


def _facts(facts: RunFacts) -> Facts:
    return {
        "tool_version": facts.tool_version,
        "created": facts.created,
        "model": facts.model,
        "model_digest": facts.model_digest,
        "preset": facts.preset,
        "seed": facts.seed,
        "sandbox": {"level": facts.sandbox, "note": facts.sandbox_note},
        "python": facts.python,
        "settings": [{"name": name, "value": value} for name, value in facts.settings],
        "replay": facts.replay,
    }
