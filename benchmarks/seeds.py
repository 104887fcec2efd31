"""One example of examples/ under several seeds: was a candidate chosen, and does it pass the hidden checks?

    python benchmarks/seeds.py --target examples/textkit/src/textkit/runs.py::run_length_encode --seeds 5 --out DIR

The checks are those of tests/support/example_truth.py; no run sees them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(HOME), str(HOME / "examples/textkit/src")]
from cosplay_action.evidence.patch import apply_patch  # noqa: E402  (the path comes first)
from tests.support.example_truth import TRUTHS, Truth, failures  # noqa: E402


def play(target: str, seed: int, args: argparse.Namespace) -> tuple[dict[str, object], float]:
    out = args.out / f"seed-{seed}"
    command = [sys.executable, "-m", "cosplay_action", "run", target, "--json", "--seed", str(seed), "--out", str(out)]
    command += ["--preset", args.preset, "--model", args.model]
    began = time.monotonic()
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout), time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--model", default="local")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out = args.out.resolve()
    name = args.target.rpartition("::")[2]
    truth = next(one for one in TRUTHS if one.target.endswith(name))
    for seed in range(args.seeds):
        report, seconds = play(args.target, seed, args)
        print(f"seed {seed}: {verdict(report, truth, args.out / f'seed-{seed}')}  {seconds:.0f} s", flush=True)


def verdict(report: dict, truth: Truth, out: Path) -> str:
    total, path = report["costs"]["total"], truth.target.partition("::")[0]
    cost = f"{total['replies']} replies, {total['input_tokens'] + total['output_tokens']:,} tokens"
    if report["choice"]["slot"] is None:
        return f"not chosen ({report['reason']}), {cost}"
    text = apply_patch((out / "patch.diff").read_bytes(), (HOME / path).read_bytes(), path).decode()
    wrong = failures(truth, text)
    passed = f"{len(truth.checks) - len(wrong)} of {len(truth.checks)} hidden checks"
    agreeing = f"{report['choice']['agreeing']} of {len(report['candidates'])} agree"
    return f"chosen ({agreeing}), {len(report['kept'])} tests kept, passes {passed}, {cost}"


main()
