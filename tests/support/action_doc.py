"""The parts of action.yml and docs/action.md that are made from the code: ``python -m tests.support.action_doc``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from cosplay_action.github.inputs import INPUTS, TOKEN, Input
from cosplay_action.github.outputs import OUTPUTS

ROOT = Path(__file__).parents[2]
ACTION, PAGE = ROOT / "action.yml", ROOT / "docs" / "action.md"


def quoted(text: str) -> str:
    """A text as a YAML scalar that no reader of any version takes for something else."""
    return json.dumps(text, ensure_ascii=False)


def inputs_yaml() -> str:
    lines = ["inputs:"]
    for one in INPUTS:
        lines += [f"  {one.name}:", f"    description: {quoted(told(one))}", "    required: false"]
        lines += [f"    default: {one.default if one.default == TOKEN else quoted(one.default)}"]
    return "\n".join(lines) + "\n"


def told(one: Input) -> str:
    """The description, with all that the input may be."""
    return one.description + (f" One of {', '.join(f'`{choice}`' for choice in one.choices)}." if one.choices else "")


def outputs_yaml() -> str:
    """What the main step says, or the last one where the main step could not."""
    lines = ["outputs:"]
    for name, description in OUTPUTS.items():
        value = f"${{{{ steps.play.outputs.{name} || steps.finish.outputs.{name} }}}}"
        lines += [f"  {name}:", f"    description: {quoted(description)}", f"    value: {value}"]
    return "\n".join(lines) + "\n"


def env_yaml() -> str:
    return "".join(f"        {one.variable}: ${{{{ inputs.{one.name} }}}}\n" for one in INPUTS)


def finish_yaml() -> str:
    """The last step asks no model."""
    return "".join(line + "\n" for line in env_yaml().splitlines() if "_API_KEY:" not in line)


def inputs_table() -> str:
    rows = ["| input | what | default |", "|---|---|---|"]
    for one in INPUTS:
        default = "the job's token" if one.default == TOKEN else f"`{one.default}`" * bool(one.default)
        rows.append(f"| `{one.name}` | {told(one)} | {default} |")
    return "\n".join(rows) + "\n"


def outputs_table() -> str:
    rows = [f"| `{name}` | {description} |" for name, description in OUTPUTS.items()]
    return "\n".join(["| output | what |", "|---|---|", *rows]) + "\n"


# File -> name of a part -> its text. A part stands between two lines that name it.
PARTS: Mapping[Path, Mapping[str, str]] = {
    ACTION: {"inputs": inputs_yaml(), "outputs": outputs_yaml(), "env": env_yaml(), "finish": finish_yaml()},
    PAGE: {"inputs": inputs_table(), "outputs": outputs_table()},
}


def with_parts(path: Path, text: str) -> str:
    """The text of a file with its parts made again. Raises AssertionError where a part has no place in it."""
    for name, part in PARTS[path].items():
        found = [number for number, line in enumerate(text.splitlines()) if line.strip(" #<>!-/") == f"made: {name}"]
        assert len(found) == 2, f"{path.name}: {name} stands in {len(found)} places"
        lines = text.splitlines(keepends=True)
        text = "".join(lines[: found[0] + 1]) + part + "".join(lines[found[1] :])
    return text


if __name__ == "__main__":
    for file in PARTS:
        file.write_text(with_parts(file, file.read_text("utf-8")), "utf-8")
