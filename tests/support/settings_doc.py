"""The README's table of settings, made from the code: ``python -m tests.support.settings_doc`` writes it."""

from __future__ import annotations

from pathlib import Path

from cosplay_action.settings import flag, option_fields

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "checked by a test -->\n", "<!-- /settings -->"
MAY = {"yes": "yes", "no": "no", "lower": "may lower"}


def table() -> str:
    """The settings as a Markdown table, in the order of the code."""
    rows = ["| flag | what | default | repository |", "|---|---|---|---|"]
    for option in option_fields():
        meta = option.metadata
        what = meta["help"] + (" " + ", ".join(f"`{c}`" for c in meta["choices"]) if meta["choices"] else "")
        default = (
            ""
            if option.default is None or option.default is False
            else f"`{option.default}`" * bool(str(option.default))
        )
        rows.append(f"| `{flag(option.name)}` | {what} | {default} | {MAY[meta['repo']]} |")
    return "\n".join(rows) + "\n"


def shown() -> str:
    """The table as it stands in the README."""
    return README.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]


if __name__ == "__main__":
    text = README.read_text("utf-8")
    README.write_text(text.replace(BEGIN + shown() + END, BEGIN + table() + END), "utf-8")
