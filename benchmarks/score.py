"""Score a module against a problem's ground truth, in a process of its own. Used after a run, never inside one.

    python benchmarks/score.py PROBLEM.json MODULE.py [INPUT EXPECTED ...]    -> one JSON object on stdout

PROBLEM.json is one line of HumanEval+ / MBPP+. Pairs of call and expected expression are judged by the reference.
"""

from __future__ import annotations

import copy
import json
import math
import signal
import sys
from pathlib import Path
from typing import Any

SECONDS = 2


class TooSlow(Exception):
    pass


def close(a: Any, b: Any, tolerance: float) -> bool:
    """Equality as the data sets define it: floats within ``atol`` (and rel 1e-6), containers item by item."""
    if isinstance(a, float) or isinstance(b, float):
        try:
            return math.isclose(a, b, rel_tol=1e-6, abs_tol=max(tolerance, 1e-9)) or (math.isnan(a) and math.isnan(b))
        except TypeError:
            return False
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return (
            type(a) is type(b) and len(a) == len(b) and all(close(x, y, tolerance) for x, y in zip(a, b, strict=True))
        )
    return bool(a == b)


def load(text: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "scored"}
    exec(compile(text, "scored.py", "exec"), space)
    return space


def outcome(call: Any) -> tuple[str, Any]:
    signal.alarm(SECONDS)
    try:
        return "value", call()
    except TooSlow:
        return "slow", None
    except Exception as error:  # noqa: BLE001  whatever was chosen may raise anything
        return "raises", type(error).__name__
    finally:
        signal.alarm(0)


def called(function: Any, arguments: list[Any]) -> tuple[str, Any]:
    return outcome(lambda: function(*copy.deepcopy(arguments)))


def evaluated(text: str, space: dict[str, Any]) -> tuple[str, Any]:
    return outcome(lambda: eval(text, dict(space)))


def agree(a: tuple[str, Any], b: tuple[str, Any], tolerance: float) -> bool:
    return a[0] == b[0] != "slow" and (close(a[1], b[1], tolerance) if a[0] == "value" else a[1] == b[1])


def main() -> None:
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TooSlow()))
    problem = json.loads(Path(sys.argv[1]).read_text())
    name, tolerance = problem["entry_point"], float(problem.get("atol") or 0)
    truth = load(problem["prompt"] + "\n" + problem["canonical_solution"])
    inputs = [*problem["base_input"], *problem["plus_input"]]
    found: dict[str, Any] = {"inputs": len(inputs)}
    if sys.argv[2] != "-":
        try:
            ours = load(Path(sys.argv[2]).read_text())
            right = [agree(called(truth[name], one), called(ours[name], one), tolerance) for one in inputs]
        except BaseException as error:  # noqa: BLE001  an exit while importing is a wrong answer too
            right, found["error"] = [False], repr(error)
        found |= {"passed": sum(right), "all": all(right)}
    pairs = list(zip(sys.argv[3::2], sys.argv[4::2], strict=True))
    found["tests"] = [agree(evaluated(call, truth), expected(text, truth), tolerance) for call, text in pairs]
    print(json.dumps(found))


def expected(text: str, truth: dict[str, Any]) -> tuple[str, Any]:
    if text.startswith("raises "):
        return "raises", text.removeprefix("raises ").split()[0]
    return evaluated(text, truth)


main()
