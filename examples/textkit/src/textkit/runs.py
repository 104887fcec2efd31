"""Runs of equal characters."""


def run_length_encode(text: str) -> list[tuple[str, int]]:
    """Return the runs of equal characters in ``text``, in order.

    A run is a character together with the number of times it is repeated in a row. The same character gets a new run
    each time it comes back after another one. Upper and lower case are different characters. An empty text has no
    runs.
    """
    raise NotImplementedError


def run_length_decode(runs: list[tuple[str, int]]) -> str:
    """Return the text that these runs stand for."""
    return "".join(character * count for character, count in runs)
