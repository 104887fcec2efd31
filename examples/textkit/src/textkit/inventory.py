"""How many of each word are left."""


class Inventory:
    """Counts by name. A name whose count would be zero is not kept."""

    def __init__(self, counts: dict[str, int] | None = None) -> None:
        self.counts = dict(counts or {})

    def add(self, name: str, count: int = 1) -> None:
        """Add ``count`` of ``name``."""
        self.counts[name] = self.counts.get(name, 0) + count

    def remove(self, name: str, count: int = 1) -> None:
        """Take ``count`` of ``name`` away; a name of which nothing is left is deleted from ``counts``.

        Raises KeyError when the name is not there at all, and ValueError when ``count`` is less than 1 or more than
        there is. Nothing changes when it raises.
        """
        raise NotImplementedError

    def total(self) -> int:
        """Return how many there are of everything."""
        return sum(self.counts.values())
