"""Frames that no honest cell writes, each alone on the result channel: reading one must not end who reads it."""

from __future__ import annotations

from tests.attacks.attack import Attack, attack

SEND = """
def send(payload):
    for fd in range(3, 64):
        try:
            os.write(fd, len(payload).to_bytes(4, 'big') + payload)
        except OSError:
            pass
    os._exit(0)
"""
FRAMES = {
    "nest": "b'[' * 90_000",
    "nest-that-ends": "b'[' * 45_000 + b']' * 45_000",
    "digits": "b'[\"returned\", [' + b'9' * 90_000 + b'], [], \"\"]'",
    "float": "b'[\"returned\", [1e999, -0.0, NaN, Infinity], [], \"\"]'",
    "constants": "b'[\"returned\", [NaN], [], \"\"]'",
    "bytes": "b'\\xff\\xfe\\x00[]'",
    "escaped-surrogates": "b'[\"raised\", [], [\"\\\\ud800\"], \"\\\\udfff\\\\u0000\"]'",
    "out-of-its-brackets": "b'[\"returned\", [1], [], \"\"]], [1, 0.0, [\"returned\", [1337], [], \"\"]'",
    "two-in-one": "b'[\"returned\", [1], [], \"\"]' * 2",
    "more-parts": "b'[\"returned\", [1], [], \"\"], 1337'",
    "lost": "b'[\"lost\", 0]'",
    "done": "b'[\"done\"]'",
    "failed": "b'[\"failed\", \"x\"]'",
    "dict": "b'{\"returned\": 1}'",
    "status": "b'[[\"returned\"], [1], [], \"\"]'",
    "unknown-status": "b'[\"passed\", [1], [], \"\"]'",
    "two-values": "b'[\"returned\", [1, 1337], [], \"\"]'",
    "value-of-a-raise": "b'[\"raised\", [42], [\"X\"], \"\"]'",
    "names": "b'[\"raised\", [], [' + b'\"x\", ' * 15_000 + b'\"x\"], \"\"]'",
    "names-of-numbers": "b'[\"raised\", [], [1, null, []], 7]'",
    "wide": "b'[\"returned\", [[\"list\"' + b', null' * 17_000 + b']], [], \"\"]'",
    "kinds": "b'[\"returned\", [[\"__class__\", 1]], [], \"\"]'",
    "array": "b'[\"returned\", [[\"array\", \"99999999,99999999\", 1]], [], \"\"]'",
    "array-of-nothing": "b'[\"returned\", [[\"array\", \"0,' + b'9' * 4000 + b'\"]], [], \"\"]'",
    "odd-dict": "b'[\"returned\", [[\"dict\", 1]], [], \"\"]'",
    "odd-object": "b'[\"returned\", [[\"object\", 1, 2, 3]], [], \"\"]'",
    "decimal": "b'[\"returned\", [[\"decimal\", \"1e999999999999999999\"]], [], \"\"]'",
    "fraction": "b'[\"returned\", [[\"fraction\", \"1/0\"]], [], \"\"]'",
    "range": "b'[\"returned\", [[\"range\", \"0:9:0\"]], [], \"\"]'",
    "datetime": "b'[\"returned\", [[\"datetime\", \"9999-99-99T00:00\"]], [], \"\"]'",
    "uuid": "b'[\"returned\", [[\"uuid\", \"zz\"]], [], \"\"]'",
    "path": "b'[\"returned\", [[\"path\", \"X\", \"\\\\u0000\"]], [], \"\"]'",
    "hexadecimal": "b'[\"returned\", [[\"bytes\", \"abc\"], [\"str\", \"ff\"]], [], \"\"]'",
    "int-of-text": "b'[\"returned\", [[\"int\", \"0x' + b'f' * 90_000 + b'\"]], [], \"\"]'",
    "int-of-nonsense": "b'[\"returned\", [[\"int\", \"__import__\"]], [], \"\"]'",
    "complex": "b'[\"returned\", [[\"complex\", \"nan\", \"inf\"]], [], \"\"]'",
    "set-of-lists": "b'[\"returned\", [[\"set\", [\"list\", 1], [\"list\", 1], [\"float\", \"nan\"]]], [], \"\"]'",
    "timedelta": "b'[\"returned\", [[\"timedelta\", \"9999999999:0:0\"]], [], \"\"]'",
    "enum": "b'[\"returned\", [[\"enum\", \"A\\\\nB\", \"\\\\u001b[2J\"]], [], \"\"]'",
    "empty": "b''",
    "blank": "b' ' * 50_000",
}  # fmt: skip


def _frame(name: str, payload: str) -> Attack:
    return attack(
        f"frame-{name}", "codec", f"send({payload})", before=SEND, proof="the honest cell of the same job gives 42"
    )


ATTACKS = tuple(_frame(name, payload) for name, payload in FRAMES.items())
