"""An issue's body, or a spec.md, read as a spec."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.specs.issue import FlawedSpec, IssueSpec, read_issue
from cosplay_action.specs.issues.examples import Arrow, Session
from cosplay_action.specs.issues.fields import LABELS
from tests.support.issue_specs import FORM, FREE, form

ROOT = Path(__file__).parents[3]


def read(text: str) -> IssueSpec:
    return read_issue(text, "spec.md")


def flaws(text: str) -> list[str]:
    """The flaws that a text is refused for."""
    with pytest.raises(SpecError) as caught:
        read(text)
    return [line.strip() for line in caught.value.what.split("\n")[1:]]


def arrows(spec: IssueSpec) -> list[tuple[str, str]]:
    return [(one.call, one.value) for one in spec.examples if isinstance(one, Arrow)]


# -- the form ---------------------------------------------------------------------------------------------------------


def test_the_forms_answers_are_the_specs_fields() -> None:
    spec = read(FORM)
    assert spec.target == "src/shop/words.py::join"
    assert spec.signature == 'def join(words: list[str], *, sep: str = ", ") -> str'
    assert spec.behaviour == "Join the words.\n\nRaises ValueError when there are none."
    assert spec.constraints == ""
    assert arrows(spec) == [("join(['a', 'b'])", "'a, b'"), ("join([])", "raises ValueError")]
    assert spec.examples[2] == Session(text='>>> join(["a"], sep="")\n\'a\'', line=0)
    assert [one.line for one in spec.examples] == [20, 21, 22]
    assert spec.notes == ()


@pytest.mark.parametrize(
    "other",
    [
        FORM.replace("\n", "\r\n"),
        FORM.replace("### ", "# "),
        FORM.replace("### ", "## ").replace("Behaviour", "behavior"),
        FORM.replace("### Target", "### **Target:**"),
        FORM.replace("### Target", "\n\n\n###   TARGET  ###\n\n"),
        FORM.replace("### Examples", "Examples\n---"),
        FORM.replace("```python\n", "").replace("str\n```", "str"),
        FORM.replace("str\n```", "str: ...\n```"),
        FORM.replace("```\n", "~~~~~\n").replace("```python", "~~~~~ python"),
        FORM.replace("src/shop/words.py::join", "`src/shop/words.py::join()`"),
        FORM.replace("_No response_", ""),
        "\ufeff" + FORM,
        "### Constraints\n_No response_\n\n" + FORM.rpartition("### Constraints")[0],
    ],
)
def test_the_layout_of_a_form_does_not_matter(other: str) -> None:
    spec, known = read(other), read(FORM)
    assert (spec.target, spec.signature, spec.behaviour) == (known.target, known.signature, known.behaviour)
    assert spec.examples == known.examples
    assert spec.constraints == ""


def test_headings_in_sentences_belong_to_them() -> None:
    spec = read(form(behaviour="Join.\n\n### Edge cases\n\nNone.\n\n#### Deep\n\nYes.", constraints="## More\n\nNo."))
    assert spec.behaviour == "Join.\n\nEdge cases:\n\nNone.\n\nDeep:\n\nYes."
    assert spec.constraints == "More:\n\nNo."


def test_a_heading_of_no_field_ends_a_short_answer_and_is_noted() -> None:
    spec = read(form(target="src/shop/words.py::join\n\n### Checklist\n\n- [x] I agree"))
    assert spec.target == "src/shop/words.py::join"
    assert spec.notes == ("lines 5-7: `Checklist` is no field of a spec; 3 lines left out.",)


def test_text_above_the_first_field_is_noted_and_a_title_is_not() -> None:
    assert read(f"# Title\n\n{FORM}").notes == ()
    assert read(f"Hello.\n\n{FORM}").notes == ("line 1: text above the first field; 1 line left out.",)


def test_doctests_in_sentences_are_examples() -> None:
    spec = read(form(behaviour="Join.\n\nExamples:\n\n>>> join(['x'])\n'x'\n\nAnd so on.", examples=""))
    assert spec.behaviour == "Join.\n\nAnd so on."
    assert spec.examples == (Session(text=">>> join(['x'])\n'x'", line=0),)


def test_a_signature_may_be_a_stub_with_its_imports_and_docstring() -> None:
    stub = "from x import Y\n\n@staticmethod\ndef f(y: Y):\n    '''Do it.\n\n    >>> T.f(1)\n    2\n    '''"
    spec = read(form(target="m.py::T.f", signature=f"```\n{stub}\n```", behaviour="More.", examples=""))
    assert spec.imports == ("from x import Y",)
    assert spec.signature == "@staticmethod\ndef f(y: Y)"
    assert spec.behaviour == "Do it.\n\nMore."
    assert spec.examples == (Session(text=">>> T.f(1)\n2", firm=False, line=0),)
    assert spec.examples[0].line == 14


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("join(words)", "def join(words)"),
        ("def join(words):", "def join(words)"),
        ("def join(words):  # yes", "def join(words)"),
        ("async def join(*words:str,sep:'X'=None)->None", "async def join(*words: str, sep: \"X\" = None) -> None"),
        ("def join(\n    a,\n    b=(1, -2),  # two\n)", "def join(a, b=(1, -2))"),
        ("def join(a, /, b: int | None = None, *, c: Literal['x y', -1] = -1, **d): pass",
         'def join(a, /, b: int | None = None, *, c: Literal["x y", -1] = -1, **d)'),
        ("def join(some_words: list[str], other_words: list[str], some_separator: str = ', ') -> str",
         'def join(\n    some_words: list[str],\n    other_words: list[str],\n'
         '    some_separator: str = ", ",\n) -> str'),
    ],
)  # fmt: skip
def test_a_signature_is_written_as_a_careful_person_would(written: str, text: str) -> None:
    assert read(form(signature=written)).signature == text


def test_a_target_without_a_name_takes_the_signatures() -> None:
    assert read(form(target="src/shop/words.py")).qualname == "join"
    method = "class A:\n    class B:\n        def run(self, x)"
    assert (
        read(form(target="./src/shop/words.py", signature=method, examples="")).target == "src/shop/words.py::A.B.run"
    )
    assert read(form(target="m.py::A::run", signature="def run(self)", examples="")).target == "m.py::A.run"


def test_a_stub_that_is_there_needs_its_name_alone() -> None:
    spec = read("### Target\nsrc/shop/stock.py::Stock.take\n")
    assert (spec.target, spec.signature, spec.behaviour) == ("src/shop/stock.py::Stock.take", "", "")


@pytest.mark.parametrize(
    ("line", "call", "value"),
    [
        ("join([]) -> ''", "join([])", "''"),
        ("- `join([])` -> `''`", "join([])", "''"),
        ("1. `join([]) => ''`", "join([])", "''"),
        ("* join([]) == ''", "join([])", "''"),
        ("join([])  # ''", "join([])", "''"),
        ("join([]) → ''.", "join([])", "''"),
        ("join([]) returns ''", "join([])", "''"),
        ("join(['->']) -> '-> `x`'", "join(['->'])", "'-> `x`'"),
        ("join(1) raises ValueError", "join(1)", "raises ValueError"),
        ("join(1) -> raises a shop.Missing.", "join(1)", "raises shop.Missing"),
        ("x = ['a']; join(x) -> 'a'", "x = ['a']\njoin(x)", "'a'"),
        ("join(\n  [1,\n   2]\n) -> [\n1]", "join([1, 2])", "[1]"),
        ("(await join([])) -> {'a': {1, 2}}", "await join([])", "{'a': {1, 2}}"),
    ],
)
def test_an_example_is_a_call_an_arrow_and_a_value(line: str, call: str, value: str) -> None:
    assert arrows(read(form(examples=line))) == [(call, value)]


def test_captions_and_comments_between_examples_are_no_examples() -> None:
    text = (
        "An empty list:\n\njoin([]) -> ''\n# and one\njoin(['a']) -> 'a'\n\n```python\n# more\njoin(['b']) -> 'b'\n```"
    )
    assert len(read(form(examples=text)).examples) == 3


def test_doctests_go_on_over_a_blank_line_when_a_prompt_follows() -> None:
    text = ">>> s = join\n>>> s([])\n''\n\n>>> s(['a'])\n'a'\n\njoin(['b']) -> 'b'"
    session, arrow = read(form(examples=text)).examples
    assert session == Session(text=text.rpartition("\n\n")[0], line=0)
    assert isinstance(arrow, Arrow)


# -- a free text ------------------------------------------------------------------------------------------------------


def test_a_free_text_is_its_stub_its_file_and_its_sentences() -> None:
    spec = read(FREE)
    assert spec.target == "src/shop/stock.py::Stock.count"
    assert spec.signature == "def count(self, name: str) -> int"
    assert spec.behaviour == "How many there are.\n\nWe lack a counter.\n\nAn unknown name counts 0."
    assert spec.examples == (
        Session(text='>>> s = Stock({"a": 2})\n>>> s.count("a")\n2', firm=False, line=0),
        Arrow(call="Stock({}).count('a')", value="0", line=0),
    )
    assert [one.line for one in spec.examples] == [10, 19]


STUB = "```py\ndef f(x: int) -> int:\n    ...\n```\n\nDouble it.\n"


@pytest.mark.parametrize(
    "text",
    [
        f"**File**: `a/b.py`\n\n{STUB}",
        f"{STUB}\nModule = a/b.py\n",
        f"Please add this to a/b.py:\n\n{STUB}",
        STUB.replace("```py\n", "```py\n# a/b.py\n"),
        f"Put it into [`a/b.py::f`](https://example.org/a/b.py).\n\n{STUB}",
        f"See tests/test_b.py and a/b.py.\n\nTarget: a/b.py::f\n\n{STUB}",
        f"- a list:\n\n  {STUB.replace(chr(10), chr(10) + '  ')}\n\nPath: a/b.py\n",
    ],
)
def test_the_file_is_named_by_a_line_of_the_text(text: str) -> None:
    spec = read(text)
    assert spec.target == "a/b.py::f"
    assert "Double it." in spec.behaviour


def test_a_line_that_only_names_the_file_is_no_sentence() -> None:
    assert read(f"Please add this to a/b.py:\n\n{STUB}").behaviour == "Double it."
    assert read(f"It goes to a/b.py,\nI think.\n\n{STUB}").behaviour == "It goes to a/b.py,\nI think.\n\nDouble it."


def test_a_free_text_may_have_headings_of_its_own() -> None:
    text = f"# Title\n\nFile: a.py\n\n{STUB}\n## Edge\n\nZero.\n\n## Examples\n\nf(1) -> 2\n\n## Constraints\n\nNone.\n"
    spec = read(text)
    assert spec.behaviour == "Double it.\n\nEdge:\n\nZero."
    assert spec.constraints == "None."
    assert arrows(spec) == [("f(1)", "2")]


LISTED = f"File: a.py\n\n{STUB}\nExamples:\n\n"


@pytest.mark.parametrize(
    "listed",
    [
        "f(1) -> 2\n\nf(2) -> 4",
        "- f(1) -> 2\n- `f(2)` -> `4`",
        ">>> f(1)\n2\n\nf(2) -> 4",
        "```\nf(1) -> 2\nf(2) -> 4\n```",
        "```\nf(1) -> 2\n```\n```\nf(2) -> 4\n```",
    ],
)
@pytest.mark.parametrize("caption", ["Examples:", "**Examples**", "For example:", "Example"])
def test_examples_below_a_caption_are_examples_and_no_sentences(caption: str, listed: str) -> None:
    text = f"{LISTED.replace('Examples:', caption)}{listed}\n\nf(3) is fast.\n"
    spec = read(text)
    assert spec.behaviour == "Double it.\n\nf(3) is fast."
    texts = [one.text.split(">>> ")[1] if isinstance(one, Session) else one.call for one in spec.examples]
    assert [text.partition("\n")[0] for text in texts] == ["f(1)", "f(2)"]
    where = [text[: text.index(call)].count("\n") + 1 for call in ("f(1)", "f(2)")]
    assert [one.line for one in spec.examples] == where


def test_lines_below_a_caption_are_examples_or_flaws_with_their_lines() -> None:
    found = flaws(f"{LISTED}f(1) -> 2\nf(2) is four\nf(1) -> 3\n\nDone.\n")
    assert [one.partition(".")[0] for one in found] == [
        "line 13: `f(2) is four` is no example", "line 14: `f(1)` gives `2` in line 12 and `3` here",
    ]  # fmt: skip
    assert flaws(f"{LISTED}f(2) is four\n")[0].startswith("line 12: `f(2) is four` is no example")
    assert flaws(f"{LISTED}```\nf(1) -> 2\nf(2) = 4\n```\n")[0].startswith("line 14: `f(2) = 4` is no example")


def test_sentences_below_such_a_caption_stay_sentences() -> None:
    for words in ("Given one, it gives two.", "Word # 1", "Whoever calls f(1) gets what x returns 2", "One returns 2"):
        spec = read(f"{LISTED}{words}\n")
        assert spec.behaviour == f"Double it.\n\nExamples:\n\n{words}"
        assert spec.examples == ()


def test_blocks_of_something_else_stay_among_the_sentences() -> None:
    spec = read(f"File: a.py\n\n{STUB}\n```text\nf | 2\n```\n\n````md\n```py\ndef g(): ...\n```\n````\n")
    assert spec.qualname == "f"
    assert "```text\nf | 2\n```" in spec.behaviour


def test_what_stands_beside_the_stub_in_its_block_is_noted() -> None:
    text = "File: a.py\n\n```py\nclass A:\n    def __init__(self): self.x = 1\n    def f(self): 'Do.'\n```"
    spec = read(text)
    assert spec.qualname == "A.f"
    assert spec.notes == ("What stands beside `A.f` in its block of code was left out.",)


# -- programs ---------------------------------------------------------------------------------------------------------


def test_inputs_and_outputs_are_runs_of_a_program() -> None:
    first = "Input:\n```\n2 3\n```\nOutput:\n```\n5\n```\n\n"
    runs = first + "**Sample Input 2**\n\n~~~\n~~~\n\n**Sample Output 2**\n~~~\n0\n~~~"
    for text in (
        form(target="add.py", signature="", behaviour="Add.", examples=runs),
        f"File: add.py\n\nAdd numbers.\n\n{runs}\n",
    ):
        spec = read(text)
        assert [(one.stdin, one.stdout) for one in spec.program] == [("2 3\n", "5\n"), ("", "0\n")]
        assert (spec.qualname, spec.examples) == ("", ())


def test_a_run_with_one_half_is_a_flaw() -> None:
    text = form(
        target="add.py", signature="", examples="Input:\n```\n1\n```\n\nInput:\n```\n2\n```\nOutput:\n```\n2\n```"
    )
    cure = "Write `Input:` and a fenced block, then `Output:` and a fenced block."
    assert flaws(text) == [f"line 13: This is an Input without its Output. {cure}"]


RUN = "Input:\n```\n2 3\n```\nOutput:\n```\n5\n```\n"


def program(**answers: str) -> str:
    return form(**{"target": "add.py", "signature": "", "behaviour": "Add.", "examples": RUN, **answers})


def test_a_program_without_a_file_or_a_behaviour_lacks_both() -> None:
    assert flaws(program(target="_No response_", behaviour="_No response_")) == [
        "line 1: Target is missing. Write the program's file, such as `tools/add.py`.",
        "line 5: Behaviour is missing. Say in a sentence or two what the program reads, and what it writes.",
    ]


def test_a_programs_target_names_no_function() -> None:
    assert flaws(program(target="add.py::main")) == [
        "line 3: Target names the function `main`, but the examples are runs of a program. "
        "Write `add.py` alone, or give the function examples `call -> value`."
    ]


def test_a_program_has_so_many_examples_at_most() -> None:
    many = [RUN.replace("2 3", f"{n} 3") for n in range(201)]
    assert len(read(program(examples="\n".join(many[:200]))).program) == 200
    assert flaws(program(examples="\n".join(many))) == [
        "line 11: There are more than 200 examples. Keep those that say most."
    ]


def test_runs_that_contradict_each_other_are_named_with_both_lines() -> None:
    assert flaws(program(examples=RUN + RUN.replace("2 3", "2 3\n") + RUN.replace("5", "6\n7"))) == [
        "line 28: The input `2 3` gives `5` in line 11 and `6 …` here. Keep the one that is right."
    ]


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\U000e0041", "\x0b"])
@pytest.mark.parametrize("half", ["2 3", "5"])
def test_a_run_holds_nothing_that_nobody_sees(hidden: str, half: str) -> None:
    (found,) = flaws(program(examples=RUN.replace(half, f"{half}{hidden}")))
    line = 13 if half == "2 3" else 17
    assert found.startswith(f"line {line}: This example holds an invisible character. Leave it out")


def test_a_run_that_is_too_large_is_said_to_be() -> None:
    (found,) = flaws(program(examples=RUN.replace("2 3", "2 3 " * 3000)))
    assert found == "line 11: This example is no test: the input is longer than 8 KB. Mend it, or leave it out."


INLINE = "Input: 2 3\nOutput: 5"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (program(examples=INLINE), 11),
        (program(examples=f"```\n{INLINE}\n```"), 12),
        (program(examples=f"- **Input**: `2 3`\n- **Output**: `5`\n\n{RUN}"), 11),
        (f"File: add.py\n\nAdd.\n\n{INLINE}\n", 5),
        (f"File: add.py\n\nAdd.\n\n## Examples\n\n{INLINE}\n", 7),
    ],
)
def test_a_run_on_one_line_is_told_how_to_be_written(text: str, line: int) -> None:
    found = flaws(text)
    assert [one.partition(":")[0] for one in found] == [f"line {line}", f"line {line + 1}"]
    assert found[0].endswith("Write `Input:` alone on its line, and `2 3` between ``` fences below it.")
    assert found[1].endswith("Write `Output:` alone on its line, and `5` between ``` fences below it.")


def test_a_label_without_its_block_is_told_how_to_be_written() -> None:
    cure = "Write `Input:` and a fenced block, then `Output:` and a fenced block."
    assert flaws(program(examples="Input:\n2 3\nOutput:\n5")) == [
        f"line 11: No fenced block stands below `Input:`. {cure}",
        f"line 13: No fenced block stands below `Output:`. {cure}",
    ]


def test_sentences_about_input_and_output_are_no_runs() -> None:
    words = "## Input\n\nTwo numbers.\n\n## Output\n\nInput: nothing else."
    assert len(read(f"File: add.py\n\n{words}\n\n## Examples\n\n{RUN}\nExplanation: 2 + 3 == 5\n").program) == 1
    assert len(read(f"File: add.py\n\nInput: two numbers.\n\nOutput: their sum.\n\n{RUN}").program) == 1
    assert read(f"File: a.py\n\n{STUB}\nInput: a number.\nOutput: its double.\n").qualname == "f"


def test_one_spec_is_a_function_or_a_program() -> None:
    both = flaws(form(examples="Input:\n```\n1\n```\nOutput:\n```\n1\n```"))
    assert "beside a function's" in both[0]


# -- what is to be mended ---------------------------------------------------------------------------------------------


def test_everything_wrong_is_said_at_once_each_with_its_line_and_a_cure() -> None:
    text = form(
        target="../words.py::merge", signature="def merge(words: make()) -> str", behaviour="_No response_",
        examples="merge([]) -> two words\nsum([]) -> 0\nmerge([]) -> 1\nmerge([]) -> 2",
    )  # fmt: skip
    cure = "Write a path such as `src/pkg/module.py`, relative to the repository's root."
    assert flaws(text) == [
        f"line 3: The path `../words.py` leads upwards. {cure}",
        "line 7: The annotation `make()` does more than name a type. Name types only.",
        "line 9: Behaviour is missing. Say in a sentence or two what the function returns, and when it raises.",
        "line 15: The example's value `two words` is no Python expression. "
        "Write a Python expression, a text in quotes, or `raises ValueError`.",
        "line 16: The example `sum([])` does not call `merge`. "
        "Call the target, or name in Target what the example calls.",
        "line 18: `merge([])` gives `1` in line 17 and `2` here. Keep the one that is right.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (form(target=""), "Target is missing"),
        (form(target="_No response_"), "line 1: Target is missing"),
        (form(target="a.py::f\nb.py::f"), "line 4: Target has more than one line"),
        (form(target="a.py::1f"), "line 3: `1f` is no name of a function"),
        (form(target="a.py::f.<locals>.g"), "is no name of a function"),
        (form(target="a.py::class"), "is no name of a function"),
        (form(target="a.py", signature=""), "line 3: Neither Target nor Signature names a function"),
        (form(behaviour=""), "Behaviour is missing"),
        (form(target="a.py::merge"), "line 8: Signature names `join`, but Target says `merge` (line 3)"),
        (form(target="a.py::A.join", signature="class B:\n    def join(self)"), "Signature names `B.join`"),
        (form(target="a.py::A.join", signature="def join()", examples=""), "The method `A.join` takes no `self`"),
        (form(target="a.py", signature="def __getattr__(name)"), "`__getattr__` in a module means something to Python"),
        (form(signature="def join(self)"), "takes `self` but has no class"),
        (form(signature="@property\ndef join(x)"), "has a method's decorator but no class"),
        (form(signature="@cache\ndef join(x)"), "line 8: The decorator `cache` cannot be taken over"),
        (form(signature="def join(x=print())"), "The default `print()` is no literal and no name"),
        (form(signature="def join(x=[y for y in z])"), "is no literal and no name"),
        (form(signature="def join(x=a.__class__)"), "is no literal and no name"),
        (form(signature="def join(x: 'print()')"), "does more than name a type"),
        (form(signature="def join(x: list['(' * 3])"), "does more than name a type"),
        (form(signature="def join(x: (y := 3))"), "does more than name a type"),
        (form(signature="def join(x, x)"), "duplicate argument"),
        (form(signature="def join(x):\n    return 1"), "has a body that already does something"),
        (form(signature="def join(x): ...\ndef other(x): ..."), "There are 2 functions: `join` (line 7) and `other`"),
        (form(signature="from x import *\ndef join(x): ..."), "imports everything"),
        (form(signature="os.system('id')\ndef join(x): ..."), "is no part of a signature"),
        (form(signature="join"), "is no Python function header"),
        (form(signature="def join(" + "(" * 300), "is no Python function header"),
        (form(signature="def join(x=" + "-" * 3000 + "1)"), "is no Python function header"),
        (form(signature="def join(" + "x" * 5000), "longer than 4,000 characters"),
        (FORM + "\n### Target\n\nb.py::f\n", "line 30: Target is there twice, in line 1 and here"),
        (form(examples="merge([1]) -> 2"), "line 19: The example `merge([1])` does not call `join`"),
        (form(examples=">>> x = 1\n>>> merge(x)\n2"), "line 20: The example `merge(x)` does not call `join`"),
        (form(examples="join([]) -> an empty text"), "The example's value `an empty text` is no Python expression"),
        (form(examples="join([]) gives what you expect"), "is no Python expression"),
        (form(examples="It joins."), "line 19: `It joins.` is no example"),
        (form(examples="join([]) -> 1\njoin( [ ] ) -> 2"), "line 20: `join([])` gives `1` in line 19 and `2` here"),
        (form(examples="join([]) -> 1\n\n>>> join([])\n2"), "line 21: `join([])` gives `1` in line 19 and `2` here"),
        (form(examples=">>> join([]\n1"), "is no Python"),
        (form(examples=">>>join([])\n1"), "line 19: The doctests cannot be read"),
        (form(examples=">>> join([])\n<Joined>"), "line 19: The doctest's value `<Joined>` is no Python expression"),
        (form(examples="join(" + "[" * 95 + "]" * 95 + ") -> 1"), "is no example"),
        (form(examples="join(1) -> 1" + " + 1" * 1000), "is no Python expression"),
        (form(examples="join(0x" + "f" * 6000 + ") -> 1"), "is no example"),
        (form(examples="\n".join(f"join({n}) -> 1" for n in range(300))), "There are more than 200 examples"),
        (form(behaviour="word " * 5000), "have 24,999 characters, more than 20,000"),
        ("", "It is empty"),
        ("\u200b \n\t", "It is empty"),
        ("x" * 100_001, "It has 100,001 characters, more than the 100,000 that are read"),
        ("Do it.", "There is no fenced Python stub"),
        (STUB, "No Python file is named"),
        (f"a.py and b.py\n\n{STUB}", "line 1: Several files are named: `a.py` (line 1), `b.py` (line 1)"),
        (
            f"File: a.py\n\n{STUB}\n{STUB.replace('f(', 'g(')}",
            "There are stubs in 2 blocks: `f` (line 4), `g` (line 11)",
        ),
        (f"File: a.py\n\n{STUB.replace('...', 'return x')}", "line 3: `f` has a body that does something"),
        ("File: a.py\n\n```\nclass A:\n    def f(self): ...\n    def g(self): ...\n```", "`A.f` (line 5) and `A.g`"),
    ],
)
def test_what_is_missing_or_contradictory_is_said(text: str, said: str) -> None:
    assert any(said in one for one in flaws(text)), flaws(text)


def test_examples_are_read_before_anybody_knows_whose_they_are() -> None:
    found = flaws(form(target="_No response_", signature="", examples="join(1) -> 1\njoin(1) -> 2\njoin() -> a b"))
    assert [one.partition(":")[0] for one in found] == ["line 1", "line 1", "line 14", "line 15"]


def test_what_a_broken_signature_said_of_its_behaviour_is_not_asked_for() -> None:
    stub = 'def join(x=print()):\n    """Join."""'
    assert len(flaws(form(signature=stub, behaviour="_No response_"))) == 1


def test_a_message_holds_so_many_flaws_and_counts_the_others() -> None:
    found = flaws(form(examples="\n".join(f"merge({n}) -> 1" for n in range(100))))
    assert len(found) == 21
    assert found[-1] == "and 1 more."


def test_flaws_are_data_too() -> None:
    with pytest.raises(FlawedSpec) as caught:
        read(form(behaviour="", examples="sum([]) -> 0"))
    assert [flaw.line for flaw in caught.value.flaws] == [0, 13]


# -- what is shipped --------------------------------------------------------------------------------------------------


def test_the_forms_labels_are_those_that_are_read() -> None:
    text = (ROOT / ".github/ISSUE_TEMPLATE/cosplay.yml").read_text("utf-8")
    assert tuple(re.findall(r"^      label: (.*)$", text, re.MULTILINE)) == LABELS


def test_every_spec_of_the_documents_can_be_read() -> None:
    page = (ROOT / "docs/specs.md").read_text("utf-8")
    blocks = re.findall(r"^````markdown\n(.*?)^````$", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 3
    specs = [read(block) for block in blocks]
    assert all(one.examples or one.program for one in specs)
    assert [one.notes for one in specs] == [()] * 3


def test_the_page_names_the_limits_and_the_fields() -> None:
    page = (ROOT / "docs/specs.md").read_text("utf-8")
    assert tuple(re.findall(r"^\| (\w+) \| [^-]", page, re.MULTILINE))[1:] == LABELS
    for number in ("20,000", "100,000", "200"):
        assert number in page
