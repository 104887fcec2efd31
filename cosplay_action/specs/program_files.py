"""What would land of a chosen program: its file, its kept tests as data files, and a pytest file that runs them.

``tests/<name>/data/01.in`` is what the program reads, ``01.out`` what it prints; ``tests/<name>/test_<name>.py`` runs
it in a process of its own and compares as cells do. That file counts its cases, and data of an earlier landing beyond
them is emptied: it is no evidence any more. Nothing is written here.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from cosplay_action.method.domain import KeptTest
from cosplay_action.specs.pretty import quoted
from cosplay_action.specs.program_place import ProgramTarget, name_of, program_digest
from cosplay_action.specs.source import SourceFile, parse_anew, plain

LARGEST = 65_536  # bytes of one data file

RUNNER = '''\
# Tests of {path}, written along with it.
# It prints data/NN.out when it reads data/NN.in.
# cosplay: target = {path}
# cosplay: spec = sha256:{spec}
# cosplay: implementation = sha256:{implementation}

import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"
PROGRAM = Path(__file__).parents[{up}] / {quoted}
SECONDS = {seconds}


def shown(output):
    """The output without blanks at the ends of lines and at its own end."""
    return "\\n".join(line.rstrip() for line in output.split("\\n")).rstrip("\\n")


@pytest.mark.parametrize("case", [f"{{number:0{width}}}" for number in range(1, {end})])
def {function}(case):
    done = subprocess.run(
        [sys.executable, "-X", "utf8", PROGRAM],
        input=(DATA / f"{{case}}.in").read_bytes(),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    expected = (DATA / f"{{case}}.out").read_text(encoding="utf-8")
    assert shown(done.stdout.decode("utf-8", "replace")) == shown(expected)
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramTests:
    """The pytest file, and the ``data`` files beside it; else as ``testfile.TestFile``."""

    path: str
    text: str = field(repr=False)
    data: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    unrendered: tuple[str, ...] = ()
    names: tuple[tuple[str, KeptTest], ...] = field(default=(), repr=False)


def program_text(target: ProgramTarget, candidate: str) -> str:
    """The text of the program's file, with LF line ends: the candidate below what the stub says of itself."""
    head = _head(target.stub, documented=ast.get_docstring(parse_anew(candidate)) is not None) if target.stub else ""
    return f"{head}\n\n{candidate}" if head else candidate


def _head(stub: SourceFile, *, documented: bool) -> str:
    """The comments a stub begins with and its docstring, unless the candidate has one of its own."""
    lines = plain(stub.text).split("\n")
    first = stub.tree.body[0] if stub.tree.body else None
    if first is not None and ast.get_docstring(stub.tree) is not None and not documented:
        return "\n".join(lines[: first.end_lineno])
    end = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "\n".join(lines[:end])


def program_tests(target: ProgramTarget, kept: Sequence[KeptTest], program: str) -> ProgramTests:
    """Write the kept tests of a program, given the text of its file. The text is empty when there are none."""
    fit = [one for one in kept if not _too_large(one)]
    missing = tuple(f"{_first_line(one)}: {_too_large(one)}" for one in kept if _too_large(one))
    if not fit:
        return ProgramTests(path=target.test_path, text="", unrendered=missing)
    width = max(2, len(str(len(fit))))
    numbers = [f"{number:0{width}}" for number in range(1, len(fit) + 1)]
    data = dict(pair for number, one in zip(numbers, fit, strict=True) for pair in _data(target, number, one))
    stale = dict.fromkeys((path for path in target.data if path not in data), b"")
    function = f"test_{name_of(target.path)}"
    text = RUNNER.format(
        path=target.path, quoted=quoted(target.path), spec=target.spec, implementation=program_digest(program),
        up=len(PurePosixPath(target.folder).parts), seconds=target.seconds, width=width, end=len(fit) + 1,
        function=function,
    )  # fmt: skip
    names = [(f"{function}[{number}]", one) for number, one in zip(numbers, fit, strict=True)]
    return ProgramTests(
        path=target.test_path, text=text, data=(*data.items(), *stale.items()), unrendered=missing, names=tuple(names)
    )  # fmt: skip


def _data(target: ProgramTarget, number: str, one: KeptTest) -> list[tuple[str, bytes]]:
    place = f"{target.folder}/data/{number}"
    return [(f"{place}.in", _input(one)), (f"{place}.out", _output(one))]


def _input(one: KeptTest) -> bytes:
    return one.test.input.encode()


def _output(one: KeptTest) -> bytes:
    value = one.test.expected.value if one.test.expected else None
    return f"{'' if value is None else str(value.data)}\n".encode()


def _too_large(one: KeptTest) -> str:
    return "it is longer than 64 KB" if max(len(_input(one)), len(_output(one))) > LARGEST else ""


def _first_line(one: KeptTest) -> str:
    return one.test.input.partition("\n")[0][:80]


def program_files(target: ProgramTarget, candidate: str, kept: Sequence[KeptTest]) -> dict[str, bytes]:
    """Every file of a landing by its path, as it is before a formatter has seen it."""
    program = program_text(target, candidate)
    tests = program_tests(target, kept, program)
    runner = {tests.path: tests.text.encode()} if tests.text else {}
    return {target.path: program.encode(), **runner, **dict(tests.data)}
