"""Seals: each line of a journal ends with a digest of itself and of the journal that it belongs to.

They find what was changed by hand, by an editor that saves in another form, or by a line of another journal; they are
no protection against somebody who computes them anew. A line that is missing needs none: what it held is asked again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from cosplay_action.method.codec import Json

_SEAL = re.compile(rb',"seal":"([0-9a-f]{12})"\}\n?\Z')


def line_of(record: Mapping[str, Json], journal: str | None) -> bytes:
    """A record as a whole line. ``journal`` is the seal of its first line, "" for that line itself, None for none."""
    text = json.dumps(record, separators=(",", ":")).encode()
    if journal is None:
        return text + b"\n"
    return text[:-1] + f',"seal":"{_digest(text, journal)}"}}\n'.encode()


def seal_of(line: bytes) -> str | None:
    """The seal that stands at the end of a line; None where there is none."""
    found = _SEAL.search(line)
    return found[1].decode() if found else None


def unbroken(line: bytes, journal: str | None) -> bool:
    """Whether a line is as it was written. A journal whose first line is not sealed (an early one) has no seals."""
    seal = seal_of(line)
    if seal is None or journal is None:
        return seal is None and journal is None
    return seal == _digest(_SEAL.sub(b"}", line), journal)


def _digest(text: bytes, journal: str) -> str:
    return hashlib.sha256(journal.encode() + b"\n" + text).hexdigest()[:12]
