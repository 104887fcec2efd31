"""The picture in the README: the pull request's body of the recorded run, as a browser shows it.

    python -m tests.support.pr_picture [PNG]

Not GitHub's own style sheet, which is not ours to ship, but its measures: 14 px system font, tables with lines.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

from cosplay_action.cli import main as cli
from tests.browser.devtools import Tab, found, running

ROOT = Path(__file__).parents[2]
TARGET = "examples/textkit/src/textkit/runs.py::run_length_encode"
RECORDED = ROOT / "examples/recorded/run_length_encode.jsonl"
WIDTH, HEIGHT = 860, 1120
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pull request</title><style>
body {{ margin: 0; padding: 16px; background: #fff; color: #1f2328;
  font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif }}
.box {{ border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden }}
.bar {{ background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; color: #59636e }}
.body {{ padding: 16px }}
h1 {{ font-size: 26px; font-weight: 400; margin: 0 0 8px }} h1 span {{ color: #59636e }}
.state {{ display: inline-block; background: #1a7f37; color: #fff; border-radius: 2em; padding: 4px 12px;
  font-weight: 500; margin-bottom: 16px }}
h2 {{ font-size: 21px; border-bottom: 1px solid #d1d9e0; padding-bottom: 6px; margin: 0 0 16px }}
h3 {{ font-size: 17.5px; margin: 24px 0 12px }}
table {{ border-collapse: collapse; margin: 0 0 16px }} th, td {{ border: 1px solid #d1d9e0; padding: 5px 12px }}
tr:nth-child(2n) td {{ background: #f6f8fa }}
code {{ font: 12px ui-monospace, "DejaVu Sans Mono", monospace; background: #818b981f; border-radius: 6px;
  padding: 2px 5px }}
pre {{ background: #f6f8fa; border-radius: 6px; padding: 16px; overflow: auto }} pre code {{ background: none }}
blockquote {{ border-left: 4px solid #d1d9e0; margin: 0 0 16px; padding: 0 16px; color: #59636e }}
</style><h1>Implement run_length_encode <span>#12</span></h1><div class="state">Open</div>
<div class="box"><div class="bar"><b>github-actions</b> wants to merge 1 commit into <code>main</code> from
<code>cosplay/issue-12</code></div><div class="body">{body}</div></div></html>"""


def body() -> str:
    """The Markdown of the recorded run's pull request."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            cli(["run", TARGET, "--replay", str(RECORDED), "--out", folder, "--quiet"])
        except SystemExit as end:
            if end.code:
                raise
        return (Path(folder) / "pr-body.md").read_text("utf-8")


def page(markdown: str) -> str:
    """The Markdown as a page."""
    return PAGE.format(body=MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def draw(file: Path) -> None:
    """Write the picture. Raises SystemExit where no Chromium is installed."""
    program = found()
    if program is None:
        raise SystemExit("No Chromium is installed: apt-get install chromium.")
    with tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "page.html"
        html.write_text(page(body()), "utf-8")
        with running(program) as browser:
            tab = Tab(browser, width=WIDTH, height=HEIGHT)
            tab.open(html.as_uri())
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(tab.picture())


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/images/pull-request.png")
