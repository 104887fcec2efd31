"""What this machine has run out of, told from errors of the system."""

from __future__ import annotations

import errno
import os
import tempfile

import pytest

from cosplay_action.errors import SandboxError, Shortage, shortage, shortages


def system(number: int) -> OSError:
    return OSError(number, os.strerror(number))


TOLD = {
    "room": (system(errno.ENOSPC), "no room in the temporary directory", "TMPDIR"),
    "quota": (system(errno.EDQUOT), "no room in the temporary directory", "TMPDIR"),
    "nowhere": (FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"),
                "no room in the temporary directory", "TMPDIR"),
    "files": (system(errno.EMFILE), "may open no more files", "ulimit -n"),
    "memory": (system(errno.ENOMEM), "not enough memory", "ulimit -v"),
    "an allocation": (MemoryError(), "not enough memory: MemoryError", "ulimit -v"),
    "a library": (ImportError("x.so: failed to map segment from shared object"), "not enough memory", "ulimit -v"),
    "processes": (system(errno.EAGAIN), "no more processes", "ulimit -u"),
    "threads": (RuntimeError("can't start new thread"), "no more processes", "ulimit -u"),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD)
def test_an_error_that_says_what_ran_out_becomes_one_for_people_with_the_cause_and_a_cure(case: str) -> None:
    error, what, cure = TOLD[case]
    with pytest.raises(Shortage) as caught, shortages():
        raise error
    assert what in caught.value.what
    assert cure in caught.value.cure
    assert caught.value.exit_code == SandboxError.exit_code == 5


def test_the_temporary_directory_is_named() -> None:
    where = tempfile.gettempdir()
    assert where in str(shortage(system(errno.ENOSPC)))


@pytest.mark.parametrize("error", [system(errno.EACCES), system(errno.ENOENT), ValueError("no room"), RuntimeError()])
def test_another_error_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, shortages():
        raise error
    assert caught.value is error


def test_a_shortage_is_found_behind_the_error_that_came_of_it() -> None:
    error = ConnectionError("all attempts failed")
    error.__cause__ = system(errno.EMFILE)
    assert "Too many open files" in str(shortage(error))
