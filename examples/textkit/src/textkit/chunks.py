"""Long lists in pieces."""

from collections.abc import Iterator


def chunked(items: list[int], size: int) -> Iterator[list[int]]:
    """Yield the items in lists of ``size``, in order; the last list is shorter when the items do not fill it.

    No items yield nothing. Raises ValueError when ``size`` is less than 1.
    """
    raise NotImplementedError
