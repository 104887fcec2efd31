"""Reading a chat completion: one HTTP body in, typed replies out. Nothing in the body is trusted.

Source of the fields: the OpenAI API reference (chat completion object), and what vLLM, Ollama, Azure OpenAI and
llama.cpp document of their own. A field of a wrong type counts as absent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cosplay_action.method.ports import Reply, ReplyStatus, Unusable, Usage

MOST_CHARS = 262_144  # of one reply's text; what is longer was meant for no role here, and would fill the journal
MOST_TOKENS = 10**9  # of one answer; a server that counts more does not count
CHARS_PER_TOKEN = 4  # the usual rule of thumb for English and code, for servers that do not count


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice of a completion.

    ``hidden`` is the number of characters that were paid for but are not part of it: reasoning, and what was cut.
    """

    status: ReplyStatus
    text: str
    detail: str = ""
    hidden: int = 0

    @property
    def weight(self) -> int:
        return len(self.text) + self.hidden


def read_replies(body: str, *, wanted: int, prompt: str, seconds: float) -> list[Reply] | Unusable:
    """Read at most ``wanted`` replies, in the server's order; ``Unusable`` when the body is no chat completion.

    ``seconds`` (the request's latency) and the input tokens go to the first reply, the output tokens are split so
    that their sum is the server's number. Without numbers both are estimated at four characters a token.
    """
    data = decode(body)
    if not isinstance(data, dict):
        return Unusable(why="the body is not a JSON object (does the base URL lack /v1?)")
    choices = _choices(data)[:wanted]
    if not choices:
        error = data.get("error")
        return Unusable(why=f"no choices in the reply{': ' + clean(str(error))[:200] if error else ''}")
    usages = _usages(data, choices, prompt)
    return [
        Reply(status=c.status, text=c.text, detail=c.detail, usage=u, seconds=0.0 if k else seconds)
        for k, (c, u) in enumerate(zip(choices, usages, strict=True))
    ]


def lost(body: str, *, wanted: int, prompt: str, cap: int) -> Usage:
    """What a request may have cost whose answer is no reply: its own numbers, or else an estimate.

    ``body`` is what arrived, empty for an answer that was lost on the way: then ``cap`` tokens for each of ``wanted``.
    """
    data = decode(body)
    found = data.get("usage") if isinstance(data, dict) else None
    usage: dict[str, object] = found if isinstance(found, dict) else {}
    entered, written = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    guess = min(estimate(len(body)), cap * wanted) if body else cap * wanted
    return Usage(
        input=estimate(len(prompt)) if entered is None else entered, output=guess if written is None else written,
        estimated=entered is None or written is None,
    )  # fmt: skip


def added(one: Usage, other: Usage) -> Usage:
    """Both together."""
    return Usage(
        input=one.input + other.input, output=one.output + other.output, cached=one.cached + other.cached,
        estimated=one.estimated or other.estimated,
    )  # fmt: skip


def decode(body: str) -> object:
    """Decode JSON; None when it is none (or nested too deeply to be meant seriously)."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def clean(text: str) -> str:
    """Replace lone surrogates, which JSON can spell and UTF-8 files cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def estimate(characters: int) -> int:
    """Tokens of a text of so many characters, rounded up."""
    return -(-characters // CHARS_PER_TOKEN)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` in proportion to the weights; the parts add up to ``total`` exactly (largest remainder)."""
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda k: -(total * weights[k] % whole))
    for k in by_remainder[: total - sum(parts)]:
        parts[k] += 1
    return parts


def _choices(data: dict[str, object]) -> list[Choice]:
    listed = data.get("choices")
    found = [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []
    found.sort(key=lambda c: _count(c.get("index")) or 0)
    return [choice for choice in map(_choice, found) if choice]


def _choice(data: dict[str, object]) -> Choice | None:
    message = data.get("message")
    if not isinstance(message, dict):
        return None
    text = _text(message.get("content"))
    if text is None:
        return None
    status, detail = _judge(data.get("finish_reason"), text, message.get("refusal"))
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    hidden = (len(reasoning) if isinstance(reasoning, str) else 0) + max(0, len(text) - MOST_CHARS)
    if len(text) > MOST_CHARS and status == "ok":
        status, detail = "truncated", f"{len(text):,} characters, of which the first {MOST_CHARS:,} were kept"
    return Choice(status=status, text=text[:MOST_CHARS], detail=detail, hidden=hidden)


def _text(content: object) -> str | None:
    """The text of a message: a string, a list of parts, or nothing at all. None when it is something else."""
    if content is None:
        return ""
    if isinstance(content, str):
        return clean(content)
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return clean("".join(text for text in texts if isinstance(text, str)))
    return None


def _judge(reason: object, text: str, refusal: object) -> tuple[ReplyStatus, str]:
    if isinstance(refusal, str) and refusal:
        return "refused", clean(refusal)[:300]
    if reason == "content_filter":
        return "refused", "a content filter ended the reply"
    if reason == "length":
        return "truncated", "" if text else "the token cap was reached before any text (a reasoning model?)"
    if not text.strip():
        return "empty", f"no text (finish_reason {str(reason)[:40]})"
    return "ok", ""


def _usages(data: dict[str, object], choices: Sequence[Choice], prompt: str) -> list[Usage]:
    found = data.get("usage")
    usage: dict[str, object] = found if isinstance(found, dict) else {}
    paid_in, paid_out = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    guessed = paid_in is None or paid_out is None
    entered = estimate(len(prompt)) if paid_in is None else paid_in
    outputs, scaled = _outputs(data, paid_out, [choice.weight for choice in choices])
    return [
        Usage(
            input=0 if k else entered, output=output, cached=0 if k else min(_cached(usage), entered),
            estimated=guessed or scaled,
        )
        for k, output in enumerate(outputs)
    ]  # fmt: skip


def _outputs(data: dict[str, object], total: int | None, weights: Sequence[int]) -> tuple[list[int], bool]:
    """Output tokens a choice, and whether they are an estimate.

    llama.cpp's server counts only the first of several choices: its usage then equals the first one's own
    ``timings.predicted_n``. The others are estimated at the first one's tokens a character.
    """
    if total is None:
        return [estimate(weight) for weight in weights], True
    timings = data.get("timings")
    if len(weights) > 1 and isinstance(timings, dict) and _count(timings.get("predicted_n")) == total:
        first = max(weights[0], 1)
        return [total] + [-(-total * weight // first) for weight in weights[1:]], True
    return split(total, weights), False


def _cached(usage: dict[str, object]) -> int:
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
    return (_count(usage.get("prompt_cache_hit_tokens")) or 0) if cached is None else cached


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS else None
