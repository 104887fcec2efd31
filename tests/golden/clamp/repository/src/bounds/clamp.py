"""Numbers within bounds."""


def clamp(number: int, low: int, high: int = 10) -> int:
    """Return ``number``, or the bound that it lies beyond.

    Raises ValueError when ``low`` is above ``high``.
    """
    raise NotImplementedError
