"""Version numbers of three parts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """``major.minor.patch``."""

    major: int
    minor: int = 0
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def bump(version: Version, part: str) -> Version:
    """Return the version that follows when ``part`` ("major", "minor" or "patch") goes up by one.

    The parts to the right of it start again at 0. Raises ValueError for any other ``part``.

    >>> bump(Version(1, 4, 2), "minor")
    Version(major=1, minor=5, patch=0)
    """
    raise NotImplementedError
