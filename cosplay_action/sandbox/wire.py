"""What goes to a worker, as plain JSON: the setup of a zygote, and jobs. No expected value, no secret."""

from __future__ import annotations

from typing import TypedDict


class WireLimits(TypedDict):
    seconds: float
    memory: int
    output: int


class WireScene(TypedDict):
    """What a zygote imports: see ``method.job.Job``. ``root`` is where the repository lies for the zygote.

    ``inside``: not the zygote imports it but every cell.
    """

    kind: str
    source: str
    module: str
    path: str
    qualname: str
    roots: list[str]
    root: str
    inside: bool


class WireSetup(TypedDict):
    """What a zygote puts up before it imports anything.

    ``user`` is whom root becomes, ``threads`` how many threads and processes that user may have for a cell to start one
    more. ``zygote`` and ``child`` are seccomp programs in hexadecimal ("": none), the second to be put on over the
    first, ``reads`` what Landlock lets be read, ``canary`` a file of the host that no cell may see, ``folders`` those
    that no cell may write to, ``environment`` the names of the variables there may be; ``search`` and ``packages`` are
    what ``worker_paths.install`` takes. The other switches leave out single layers, for the tests of the tests.
    """

    zygote: str
    child: str
    landlock: bool
    rlimits: bool
    watchdog: bool
    user: int
    threads: int
    reads: list[str]
    canary: str
    folders: list[str]
    environment: list[str]
    search: list[str]
    packages: dict[str, str]
    scene: WireScene | None


class WireJob(TypedDict):
    """One candidate and its inputs; see ``method.job.Job``."""

    kind: str
    inputs: list[str]
    candidate: str | None
    qualname: str
    observe: str
    limits: WireLimits
