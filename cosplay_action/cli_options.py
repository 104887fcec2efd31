"""Flags of the command line that are fields of Settings, and help that shows them in groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from cosplay_action.settings import flag, kind_of, option_fields

F = TypeVar("F", bound=Callable[..., Any])


class Grouped(click.Command):
    """A command whose options stand in the groups that their settings name."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record and record[1]:
                groups.setdefault(getattr(parameter, "group", "Run"), []).append(record)
        for name in sorted(groups, key=lambda group: group != "Run"):
            with formatter.section(name):
                formatter.write_dl(groups[name])


class Option(click.Option):
    """A click option that knows its group."""

    def __init__(self, *args: Any, group: str = "Run", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group


def settings_options(command: F) -> F:
    """Add one flag for each field of Settings; values are checked there, all layers at once."""
    for field in reversed(option_fields()):
        meta = field.metadata
        shown = f" [{'|'.join(meta['choices'])}]" if meta["choices"] else ""
        default = (
            ""
            if field.default is None or field.default is False or field.default == ""
            else f" (default: {field.default})"
        )
        kind = kind_of(field)
        command = click.option(
            flag(field.name), field.name, cls=Option, group=meta["group"], default=None,
            is_flag=kind is bool, flag_value=True if kind is bool else None,
            metavar=None if kind is bool else {int: "N", float: "X", str: "TEXT"}[kind],
            help=meta["help"] + shown + default,
        )(command)  # fmt: skip
    return command
