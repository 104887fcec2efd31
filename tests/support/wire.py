"""The wire fixtures as answers of a loopback server, and the questions that tests ask."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from cosplay_action.method.ports import Ask, Place
from cosplay_action.testing.loopback import Answer, Handler, Request

FOLDER = Path(__file__).parent.parent / "fixtures" / "wire"
DIALECTS = ("openai", "vllm", "ollama", "azure")
KEY = "sk-test-0123456789abcdef"


def wire(name: str) -> Answer:
    """The answer ``dialect/situation``; ``{key}`` in it becomes the key the client sends."""
    dialect, _, situation = name.partition("/")
    found = json.loads((FOLDER / f"{dialect}.json").read_text("utf-8").replace("{key}", KEY))[situation]
    return Answer(status=found["status"], headers=found["headers"], body=found["body"])


def replaying(*answers: Answer) -> Handler:
    """A handler that gives the answers in turn, and the last one from then on."""
    left = list(answers)

    def handle(request: Request) -> Answer:
        return left.pop(0) if len(left) > 1 else left[0]

    return handle


def ask(
    prompt: str = "Write f.", *, stage: str = "explore", samples: int = 1, reply_tokens: int = 64, seed: int = 100
) -> Ask:
    place = Place(stage=stage, step="hints", role="hints")  # type: ignore[arg-type]
    return Ask(place=place, system="Be brief.", prompt=prompt, samples=samples, reply_tokens=reply_tokens, seed=seed)


def fields(requests: Iterable[Request], name: str) -> list[object]:
    return [request.field(name) for request in requests]
