"""Inside a worker: frames on a file descriptor. Four bytes of length, big-endian, and that much JSON.

Standard library only, Python 3.9 to 3.14.
"""

from __future__ import annotations

import json
import os
import time

_WRITE = os.write  # a candidate may put another in its place
HOLD = 0.02  # seconds


def read(source: int) -> bytes:
    """The payload of the next frame. Raises EOFError when the other side closes before its end."""
    return _exactly(source, int.from_bytes(_exactly(source, 4), "big"))


def _exactly(source: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        chunk = os.read(source, size - len(data))
        if not chunk:
            raise EOFError("the frame ended early")
        data += chunk
    return bytes(data)


def first(data: bytes) -> bytes | None:
    """The payload of the first whole frame in the data, None while there is none."""
    size = int.from_bytes(data[:4], "big")
    return data[4 : 4 + size] if len(data) >= 4 + size and size else None


def send(target: int, data: object) -> None:
    """Write data as one frame."""
    write(target, json.dumps(data).encode())


def write(target: int, payload: bytes) -> None:
    """Write a payload as one frame."""
    write_all(target, len(payload).to_bytes(4, "big") + payload)


def write_all(target: int, data: bytes) -> None:
    while data:
        data = data[_WRITE(target, data) :]


class Outbox:
    """Frames that are written together, so that who reads them wakes less often: held back for at most ``HOLD``.

    Who may be busy for longer flushes before.
    """

    def __init__(self, target: int) -> None:
        self.target, self.held, self.flushed = target, bytearray(), 0.0

    def add(self, payload: bytes) -> None:
        self.held += len(payload).to_bytes(4, "big") + payload
        if time.monotonic() - self.flushed > HOLD:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        data, self.held = bytes(self.held), bytearray()
        write_all(self.target, data)
        self.flushed = time.monotonic()
