"""What must hold for every text that is read as a program, its stdin or its stdout."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from cosplay_action.method.domain import Expected, KeptTest, UnitTest
from cosplay_action.method.ports import Unusable, Wanted
from cosplay_action.method.prompts import parse, render
from cosplay_action.method.values import equal, stdout_value
from cosplay_action.specs.program import ProgramText, read_program
from cosplay_action.specs.program_files import program_tests
from cosplay_action.specs.program_place import ProgramTarget
from cosplay_action.specs.program_prompt import WORDS, without_examples
from cosplay_action.specs.program_reading import TEXT, read_source, read_stdin, read_stdout, split_stdin
from cosplay_action.specs.program_text import ProgramExample

anything = (
    st.text() | st.text(st.sampled_from("01 a\n\r\t`#*:\"'Input Output"), max_size=80) | st.text("\n ", max_size=9)
)
numbers = st.lists(st.lists(st.integers(), min_size=1).map(lambda row: " ".join(map(str, row))), min_size=1)
lines = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30)
texts = st.lists(lines, min_size=1, max_size=6).map("\n".join)


@given(anything)
def test_reading_twice_gives_what_reading_once_gave(text: str) -> None:
    stdin, stdout, source = read_stdin(text), read_stdout(text), read_source(text)
    assert isinstance(stdin, Unusable) or read_stdin(stdin) == stdin
    assert isinstance(stdout, Unusable) or read_stdout(stdout.text) == stdout
    assert isinstance(source, Unusable) or read_source(source) == source


@given(anything)
def test_an_input_is_bounded_and_can_be_written_and_ends_once(text: str) -> None:
    found = read_stdin(text)
    if isinstance(found, str):
        assert len(found.encode("utf-8")) <= TEXT + 1
        assert found.endswith("\n")
        assert not found.endswith("\n\n")
        assert found.rstrip("\n") == text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


@given(anything)
def test_an_output_equals_what_a_cell_makes_of_it(text: str) -> None:
    found = read_stdout(text)
    if isinstance(found, Wanted):
        assert equal(stdout_value(found.text), stdout_value(text.replace("\r\n", "\n").replace("\r", "\n")))


@given(anything)
def test_a_program_parses_and_a_text_that_does_not_is_none(text: str) -> None:
    found = read_source(text)
    if isinstance(found, str):
        ast.parse(found)
        assert found == found.strip() + "\n"


@given(anything)
def test_pieces_of_a_block_are_texts_of_it_that_hold_something(text: str) -> None:
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    for piece in split_stdin(text):
        assert piece.strip()
        assert piece in whole


@given(numbers)
def test_a_block_of_numbers_is_one_input_as_it_stands(rows: list[str]) -> None:
    block = "".join(f"{row}\n" for row in rows)
    assert split_stdin(block) == (block,)


@given(texts)
def test_an_input_shown_in_a_prompt_can_be_read_from_it(text: str) -> None:
    stdin = read_stdin(text)
    if isinstance(stdin, str):
        (block,) = parse.code_blocks(render.shown_input(WORDS, stdin))
        assert read_stdin(block) == stdin


@given(anything)
def test_examples_are_taken_out_by_whole_lines_and_once(text: str) -> None:
    bare = without_examples(text)
    kept, left = bare.split("\n"), iter(text.split("\n"))
    assert all(line in left for line in kept) or bare == ""
    assert without_examples(bare) == bare


@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_every_example_is_taken_or_reported(pairs: list[tuple[str, str]]) -> None:
    runs = tuple(ProgramExample(stdin=a, stdout=b, line=at) for at, (a, b) in enumerate(pairs))
    program = read_program(ProgramText(statement="Do it.", examples=runs, origin="it.md"))
    lines_of = {one.line for one in (*program.examples, *program.unconverted)}
    repeats = {one.line for one in runs} - lines_of
    known = {(one.input, one.wanted.text) for one in program.examples}
    for line in repeats:
        stdin, stdout = read_stdin(pairs[line][0]), read_stdout(pairs[line][1])
        blank = ("\n" if isinstance(stdin, Unusable) else stdin, "" if isinstance(stdout, Unusable) else stdout.text)
        assert blank in known


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5), texts)
def test_the_data_of_kept_tests_are_their_exact_bytes_and_the_tests_parse(
    pairs: list[tuple[str, str]], path: str
) -> None:
    kept = [
        KeptTest(
            test=UnitTest(input=f"{a}\n", expected=Expected(text=b, value=stdout_value(b)), origin="random"), support=1
        )
        for a, b in pairs
    ]
    name = path.replace("\n", "").replace("/", "") or "x"
    target = ProgramTarget(path=f"{name}.py", stub=None, test_path="tests/it/test_it.py", spec="0" * 64)
    tests = program_tests(target, kept, "print(1)\n")
    ast.parse(tests.text)
    data = [content for _, content in tests.data]
    assert data[::2] == [one.test.input.encode() for one in kept]
    assert [stdout_value(each.decode()) for each in data[1::2]] == [stdout_value(b) for _, b in pairs]
