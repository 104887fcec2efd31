"""How long report.html takes to open in a real Chromium.

From the start of the navigation to the load event, to the first paint, and to the frame that shows the matrix.

    python -m benchmarks.page [SIZE]

The report is that of the largest load case (``benchmarks.load``): SIZE x SIZE pools (64) and 10 rounds, with every
section there is. Each opening is in a tab of its own; the first is told apart, the others are medians.
COSPLAY_TEST_CHROMIUM names the browser.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import cast

from cosplay_action.evidence.html import LARGEST, render_html
from tests.browser import devtools, pools
from tests.browser.devtools import Browser, Tab

TIMES = 7
ROUNDS = 10
# When the table is whole, the frame after the next has it on the screen: it stands at the top, where the address leads.
WATCH = """
window.drawn = new Promise(done => {
  const look = () => {
    const grid = document.readyState !== 'loading' && document.getElementById('grid');
    requestAnimationFrame(grid ? () => requestAnimationFrame(() => done(performance.now())) : look);
  };
  look();
});
"""
SEEN = """
drawn.then(drawn => {
  const [all] = performance.getEntriesByType('navigation');
  const [first] = performance.getEntriesByName('first-contentful-paint');
  return [all.loadEventEnd, first ? first.startTime : 0, drawn];
})
"""
NAMES = ("load event", "first paint", "matrix painted")


def opening(browser: Browser, address: str) -> list[float]:
    """Milliseconds from the start of the navigation, as in NAMES."""
    tab = Tab(browser)
    try:
        tab.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        tab.open(address)
        return cast("list[float]", tab.evaluate(SEEN))
    finally:
        tab.close()


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    program = devtools.found()
    if program is None:
        raise SystemExit("no Chromium is installed")
    text = render_html(pools.grounded(pools.report(size, size, ROUNDS, rivals=6)))
    print(f"{size} x {size}, {ROUNDS} rounds: {len(text.encode()):,} bytes of at most {LARGEST:,}")
    with tempfile.TemporaryDirectory() as folder, devtools.running(program) as browser:
        page = Path(folder) / "report.html"
        page.write_text(text, encoding="utf-8")
        found = [opening(browser, f"{devtools.address(page)}#matrix") for _ in range(TIMES)]
    print(f"load average {os.getloadavg()[0]:.1f}\n")
    print(f"| milliseconds to | first opening | median of {TIMES - 1} more |\n|---|---|---|")
    for name, first, *more in zip(NAMES, *found, strict=True):
        print(f"| {name} | {first:.0f} | {statistics.median(more):.0f} |")


if __name__ == "__main__":
    main()
