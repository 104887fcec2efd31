"""The evaluation: what the method does on problems with known truth, beside simpler ways to spend the same tokens.

``python -m benchmarks.evaluation --help``; how it is done, and why, is in docs/evaluation.md.

A run sees a ``tasks.Task`` and nothing else. The truth is read by ``truth``, which only ``scoring`` imports, and that
only after a problem's arms have ended.
"""
