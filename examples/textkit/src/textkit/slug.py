"""Titles as parts of an address."""


def slugify(title: str, *, separator: str = "-") -> str:
    """Turn a title into a slug for an address.

    Letters become lower case. Everything that is no ASCII letter or digit separates words, and words are joined by one
    ``separator``. There is none at either end.

    >>> slugify("Hello, World!")
    'hello-world'
    >>> slugify("  Ten  Years of C++ ", separator="_")
    'ten_years_of_c'
    """
    raise NotImplementedError
