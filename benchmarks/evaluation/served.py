"""The embedded model's weights, served by another build of llama.cpp.

The package's runtime is one portable build (AVX2). An evaluation asks for hours, so a server that was built for the
processor at hand is worth its while: the same file, the same sampling. (No two builds give one seed the same text, as
no two batches do; the journal is what makes a run repeatable.)
"""

from __future__ import annotations

from cosplay_action.models.openai import OpenAIModel


class Served(OpenAIModel):
    """``llama-server`` with so many slots: each sample of a request takes one, and no request has more."""

    def __init__(self, base_url: str, *, slots: int) -> None:
        super().__init__(model="local", base_url=base_url, api_key="none", concurrency=slots, most_choices=slots)

    def places(self, samples: int) -> int:
        return samples
