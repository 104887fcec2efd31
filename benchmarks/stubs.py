"""Run the tool on HumanEval+ or MBPP+ stubs, then score what it chose. Examples are ignored unless told otherwise.

    python benchmarks/stubs.py DATA.jsonl.gz --every 16 --most 10 --preset quick --model local --out DIR

Problems are taken by a written rule: every K-th of the file from the first (less --skip),
at most M. Each becomes a small repository
with one stub; the run is the command line's own. Runs are resumable: DIR keeps every journal, and a second call scores
them again without a model. One line a problem goes to DIR/results.jsonl, a table to stdout.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def problems(args: argparse.Namespace) -> list[dict[str, Any]]:
    with gzip.open(args.data, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    return rows[:: args.every][args.skip : args.skip + args.most]


def prepare(folder: Path, problem: dict[str, Any]) -> None:
    """A repository of one module that holds the stub, and nothing of the solution."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "one-stub"\nversion = "0"\n')
    (folder / "solution.py").write_text(problem["prompt"].rstrip() + "\n    ...\n")


def play(folder: Path, problem: dict[str, Any], args: argparse.Namespace) -> tuple[dict[str, Any], float]:
    command = [sys.executable, "-m", "cosplay_action", "run", f"solution.py::{problem['entry_point']}", "--json"]
    command += ["--preset", args.preset, "--model", args.model, "--seed", str(args.seed), "--out", "run"]
    command += [] if args.examples else ["--ignore-examples"]
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        raise SystemExit(f"{folder}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout), time.monotonic() - began


def score(folder: Path, problem: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    """Ground truth for the chosen module, every pool member and every test; each in a process of its own."""
    (folder / "problem.json").write_text(json.dumps(problem))
    chosen, name = report["choice"]["slot"], problem["entry_point"]
    rows = [row["source"] for row in report["candidates"]]
    verdicts = {source: _judge(folder, name, source, []) for source in dict.fromkeys(rows) if source}
    kept = [(k["test"]["input"], k["test"]["expected"]) for k in report["kept"]]
    pool = [(c["test"]["input"], c["test"]["expected"]) for c in report["tests"] if c["test"]["valid"]]
    slots = [bool(verdicts.get(source, {}).get("all")) for source in rows]
    forced = report["choice"]["forced"]
    return {
        "chosen": chosen is not None,
        "right": chosen is not None and slots[chosen],
        "forced_right": forced is not None and slots[forced],
        "pool": slots,
        "kept": _judge(folder, name, "", kept)["tests"],
        "tests": _judge(folder, name, "", pool)["tests"],
    }


def _judge(folder: Path, name: str, source: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    module = "-"
    if source:
        module = "scored_module.py"
        text = (folder / "solution.py").read_text().split(f"def {name}(")[0]  # what stands above the stub
        (folder / module).write_text(f"{text}\n\n{source}\n")
    arguments = [part for pair in pairs for part in pair]
    command = [sys.executable, str(HERE / "score.py"), "problem.json", module, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=900)
    return json.loads(done.stdout) if done.returncode == 0 else {"all": False, "tests": [False] * len(pairs)}


def line(problem: dict[str, Any], report: dict[str, Any], verdict: dict[str, Any], seconds: float) -> dict[str, Any]:
    costs = report["costs"]
    return {
        "problem": problem["task_id"], "entry": problem["entry_point"], "status": report["status"],
        "reason": report["reason"], **verdict,
        "replies": costs["total"]["replies"],
        "tokens": costs["total"]["input_tokens"] + costs["total"]["output_tokens"],
        "seconds": round(seconds, 1),
        "usable": {f"{c['stage']}/{c['role']}": [c["usable"], c["replies"]] for c in costs["roles"]},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--every", type=int, default=16)
    parser.add_argument("--most", type=int, default=10)
    parser.add_argument("--skip", type=int, default=0, help="leave out the first so many of them")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--model", default="local")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--examples", action="store_true", help="let the run use the docstring's examples")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    found = []
    for problem in problems(args):
        folder = args.out / problem["task_id"].replace("/", "-")
        prepare(folder, problem)
        report, seconds = play(folder, problem, args)
        found.append(line(problem, report, score(folder, problem, report), seconds))
        (args.out / "results.jsonl").write_text("".join(json.dumps(one) + "\n" for one in found))
        print(row(found[-1]), flush=True)
    print(summary(found))


def row(one: dict[str, Any]) -> str:
    pool, kept = one["pool"], one["kept"]
    verdict = ("right" if one["right"] else "WRONG") if one["chosen"] else "abstained"
    forced = "right" if one["forced_right"] else "wrong"
    return (
        f"{one['problem']:14} {one['entry'][:24]:24} {verdict:9} forced {forced}  pool {sum(pool)}/{len(pool)} right  "
        f"kept {sum(kept)}/{len(kept)} right  {one['replies']:4} replies {one['tokens']:7,} tokens "
        f"{one['seconds']:7.1f} s"
    )


def summary(found: list[dict[str, Any]]) -> str:
    usable: dict[str, list[int]] = {}
    for one in found:
        for role, (good, asked) in one["usable"].items():
            total = usable.setdefault(role.partition("/")[2], [0, 0])
            total[0] += good
            total[1] += asked
    kept = [test for one in found for test in one["kept"]]
    pool = [slot for one in found for slot in one["pool"]]
    chosen = [one for one in found if one["chosen"]]
    shares = ", ".join(f"{role} {good}/{asked} ({good / asked:.0%})" for role, (good, asked) in sorted(usable.items()))
    right, forced = (sum(one[name] for one in found) for name in ("right", "forced_right"))
    return (
        f"\n{len(found)} problems: chosen {len(chosen)}, right {right}; forced choice right {forced}; "
        f"pool {sum(pool)}/{len(pool)}; kept tests {sum(kept)}/{len(kept)}\n"
        f"replies {sum(o['replies'] for o in found)}, tokens {sum(o['tokens'] for o in found):,}, "
        f"seconds {sum(o['seconds'] for o in found):.0f}\nusable replies: {shares}"
    )


main()
