"""Short names for longer ones."""


class AliasTable:
    """Aliases by name. Reading is asynchronous because other tables live behind a network."""

    def __init__(self, entries: dict[str, str]) -> None:
        self.entries = dict(entries)

    async def get(self, name: str) -> str | None:
        """Return what ``name`` stands for, None when it is no alias."""
        return self.entries.get(name)


async def resolve_alias(name: str, table: AliasTable) -> str:
    """Follow aliases from ``name`` until a name is reached that is no alias, and return that name.

    A name that is no alias is returned as it is. Raises ValueError when the aliases lead in a circle.
    """
    raise NotImplementedError
