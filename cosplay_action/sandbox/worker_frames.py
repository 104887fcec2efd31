"""Inside a worker: frames on a file descriptor. Four bytes of length, big-endian, and that much JSON.

Standard library only, Python 3.9 to 3.14.
"""

from __future__ import annotations

import json
import os


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
    data = memoryview(len(payload).to_bytes(4, "big") + payload)
    while data:
        data = data[os.write(target, data) :]
