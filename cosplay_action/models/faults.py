"""What an error of an OpenAI-compatible server means: wait, ask differently, give this prompt up, or stop the run.

Dialects read here, from their documentation: OpenAI (``error.code``, ``error.param``), Azure OpenAI (codes as text,
``content_filter``), vLLM (flat or wrapped, the parameter named in the message), Ollama (a message, nulls otherwise),
llama.cpp (``Field 'n': ...``, ``exceed_context_size_error``), FastAPI servers (``detail`` with ``loc``).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

from cosplay_action.models.wire import clean, decode

LONGEST_WAIT = 120.0  # seconds; a server that asks for more is told no, and the operator why
OPTIONAL = ("n", "seed", "temperature", "top_p", "max_tokens", "max_completion_tokens")

_NO_MONEY = {
    "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance",
    "insufficient_credits", "payment_required",
}  # fmt: skip
_TOO_LONG = {"context_length_exceeded", "exceed_context_size_error", "string_above_max_length"}
_FILTERED = {"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"}
_TOO_LONG_WORDS = re.compile(r"maximum context length|context (size|length|window)|prompt is too long", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One failed request. ``wait`` is the server's wish in seconds; ``parameter`` the one it does not take.

    ``billed``: its answer was lost on the way, so that it may have been paid for.
    """

    kind: Literal["retry", "parameter", "prompt", "quota", "key", "missing", "fatal"]
    message: str
    status: int = 0
    wait: float | None = None
    parameter: str = ""
    billed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Error:
    message: str
    codes: frozenset[str]
    param: str


def read_fault(status: int, headers: Mapping[str, str], body: str, sent: Collection[str]) -> Fault:
    """Classify an HTTP error. ``sent`` names the optional parameters the request carried."""
    error = _error(body)
    parameter = _rejected(error, sent) if status in {400, 422} else ""
    kind = _kind(status, headers, error, parameter)
    wait = retry_after(headers)
    if kind == "retry" and wait is not None and wait > LONGEST_WAIT:
        kind = "fatal"
    return Fault(kind=kind, message=error.message, status=status, wait=wait, parameter=parameter)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks to wait: ``retry-after-ms``, or ``retry-after`` in seconds or as an HTTP date.

    A date is measured against the response's own ``date`` header, so that no clock of ours takes part.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        seconds = _number(headers.get(name, ""))
        if seconds is not None:
            return seconds / unit
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (TypeError, ValueError):  # no date, an unreadable one, or one with and one without a zone
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _error(body: str) -> _Error:
    data = decode(body)
    inner = data.get("error", data) if isinstance(data, dict) else None
    if not isinstance(inner, dict):
        return _Error(message=_short(inner if isinstance(inner, str) else body), codes=frozenset(), param="")
    deeper = inner.get("innererror")
    fields = [inner.get("code"), inner.get("type"), deeper.get("code") if isinstance(deeper, dict) else None]
    param = inner.get("param")
    message = inner.get("message") or inner.get("detail") or inner
    return _Error(
        message=_short(message if isinstance(message, str) else json.dumps(message)),
        codes=frozenset(field for field in fields if isinstance(field, str)),
        param=param if isinstance(param, str) else "",
    )


def _short(text: str) -> str:
    words = " ".join(clean(text).split())
    return words if len(words) <= 400 else words[:400] + " ..."


def _kind(
    status: int, headers: Mapping[str, str], error: _Error, parameter: str
) -> Literal["retry", "parameter", "prompt", "quota", "key", "missing", "fatal"]:
    if status == 402 or error.codes & _NO_MONEY:
        return "quota"
    if status in {401, 403}:
        return "key"
    if status == 404:
        return "missing"
    if status in {400, 413, 422}:
        return _refusal(error, parameter)
    return "retry" if _may_pass(status, headers) else "fatal"


def _refusal(error: _Error, parameter: str) -> Literal["parameter", "prompt", "fatal"]:
    """A request the server understood and will not serve: because of this prompt, of a parameter, or at all."""
    if error.codes & (_TOO_LONG | _FILTERED) or _TOO_LONG_WORDS.search(error.message):
        return "prompt"
    return "parameter" if parameter else "fatal"


def _may_pass(status: int, headers: Mapping[str, str]) -> bool:
    wish = headers.get("x-should-retry", "")
    if wish in {"true", "false"}:
        return wish == "true"
    return status in {408, 409, 425, 429} or status >= 500


def _rejected(error: _Error, sent: Collection[str]) -> str:
    """The optional parameter an error is about: named by ``param``, quoted in the message, or named in it."""
    if error.param in sent:
        return error.param
    names = [name for name in OPTIONAL if name in sent]
    quoted = [name for name in names if re.search(rf"[\"'`]{name}[\"'`]", error.message)]
    plain = [name for name in names if len(name) > 1 and re.search(rf"\b{name}\b", error.message)]
    return next(iter(quoted + plain), "")
