"""A spec's function put where it belongs: what changes, what stays, and what does not fit the repository."""

from __future__ import annotations

import doctest
import inspect
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.method.job import digest
from cosplay_action.specs.importing import import_place
from cosplay_action.specs.issue import Prepared, prepare, read_and_prepare, read_issue
from cosplay_action.specs.scratch import write_files
from cosplay_action.specs.stub import Stub, read_stub
from tests.support.issue_specs import FORM, FREE, STOCK, form, repository

ROOT = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop")


def place(root: Path, text: str) -> Prepared:
    return prepare(root, read_issue(text, "spec.md"))


def text_of(prepared: Prepared) -> str:
    return prepared.changes[0].new.decode()


def flaws(root: Path, text: str) -> str:
    with pytest.raises(SpecError) as caught:
        place(root, text)
    assert "to be mended" in caught.value.what
    return caught.value.what


def written(root: Path, prepared: Prepared) -> Stub:
    """The stub as it is read once the changes are in place."""
    write_files(root, prepared.files)
    return prepared.applied_to(read_stub(root, prepared.target, import_place))


# -- where it goes ----------------------------------------------------------------------------------------------------


def test_a_new_file_has_a_title_and_the_stub(root: Path) -> None:
    prepared = place(root, FORM)
    (change,) = prepared.changes
    assert (change.path, change.old) == ("src/shop/words.py", None)
    assert text_of(prepared) == (
        '"""Words."""\n\n\ndef join(words: list[str], *, sep: str = ", ") -> str:\n    """Join the words.\n\n'
        "    Raises ValueError when there are none.\n\n"
        '    >>> join(["a", "b"])\n    \'a, b\'\n'
        "    >>> join([])  # doctest: +IGNORE_EXCEPTION_DETAIL\n    Traceback (most recent call last):\n        ...\n"
        '    ValueError\n    >>> join(["a"], sep="")\n    \'a\'\n    """\n    raise NotImplementedError\n'
    )
    assert prepared.notes == ("src/shop/words.py is new.",)


def test_nothing_is_written_and_with_the_changes_in_place_the_stub_is_found(root: Path) -> None:
    prepared = place(root, FORM)
    assert not (root / "src/shop/words.py").exists()
    stub = written(root, prepared)
    assert stub.origin == prepared.target == "src/shop/words.py::join"
    assert stub.contract.target.module == "shop.words"
    assert stub.examples == prepared.examples
    assert [(one.input, one.wanted.text, one.line) for one in stub.examples] == [
        ("join(['a', 'b'])", "'a, b'", 20), ("join([])", "raises ValueError", 21), ("join(['a'], sep='')", "'a'", 22),
    ]  # fmt: skip
    assert '>>> join(["a", "b"])' in stub.contract.task()
    assert ">>> join" not in stub.contract.task(examples=False)


def test_a_method_goes_to_the_end_of_its_class_and_every_other_byte_stays(root: Path) -> None:
    prepared = place(root, FREE)
    before, after = STOCK.split("\n\n\ndef ready")
    assert text_of(prepared) == (
        before + "\n\n    def count(self, name: str) -> int:\n"
        '        """How many there are.\n\n        We lack a counter.\n\n        An unknown name counts 0.\n\n'
        '        >>> s = Stock({"a": 2})\n        >>> s.count("a")\n        2\n\n'
        '        >>> Stock({}).count("a")\n        0\n        """\n        raise NotImplementedError'
        "\n\n\ndef ready" + after
    )
    assert [one.input for one in written(root, prepared).examples] == [
        "s = Stock({'a': 2})\ns.count('a')", "Stock({}).count('a')",
    ]  # fmt: skip


def test_a_function_goes_below_the_last_statement(root: Path) -> None:
    text = text_of(place(root, form(target="src/shop/stock.py::join")))
    assert text.startswith(STOCK + "\n\ndef join(")
    assert text.endswith("    raise NotImplementedError\n")


def test_a_function_goes_above_what_runs_the_module_as_a_program(root: Path) -> None:
    old = (root / "src/shop/main.py").read_text()
    text = text_of(place(root, form(target="src/shop/main.py::join")))
    above, below = old.split("# run")
    assert text.startswith(above + "def join(")
    assert text.endswith("raise NotImplementedError\n\n\n# run" + below)


@pytest.mark.parametrize(
    ("old", "start", "end"),
    [
        ("", "def join(", "NotImplementedError\n"),
        ("# licence\n", "# licence\n\n\ndef join(", "NotImplementedError\n"),
        ("# licence", "# licence\n\n\ndef join(", "NotImplementedError\n"),
        ("x = 1", "x = 1\n\n\ndef join(", "NotImplementedError\n"),
        ("x = 1; y = 2  # c\n\n\n", "x = 1; y = 2  # c\n\n\ndef join(", "NotImplementedError\n\n\n"),
        ("x = 1\n# end\n", "x = 1\n\n\ndef join(", "NotImplementedError\n\n\n# end\n"),
        ("x = '''\n  a\n'''\n", "x = '''\n  a\n'''\n\n\ndef join(", "NotImplementedError\n"),
        ("if x:\r\n\ty = 1\r\n", "if x:\r\n\ty = 1\r\n\r\n\r\ndef join(", "\r\n\traise NotImplementedError\r\n"),
        ("\ufeffx = 1\n", "\ufeffx = 1\n\n\ndef join(", "NotImplementedError\n"),
    ],
)
def test_a_function_joins_whatever_its_file_looks_like(root: Path, old: str, start: str, end: str) -> None:
    (root / "src/shop/odd.py").write_bytes(old.encode())
    text = text_of(place(root, form(target="src/shop/odd.py::join", examples="")))
    assert text.startswith(start)
    assert text.endswith(end)


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("class A:\n\tx = 1\n", "\tx = 1\n\n\tdef run(self):\n\t\t'''"),
        ("class A:\n  '''Doc.'''\n\nx = 1", "  '''Doc.'''\n\n  def run(self):\n    '''"),
        ("class A:\n    x = 1\n    # end", "    x = 1\n\n    def run(self):\n        '''"),
        ("class A:\n    pass", "    pass\n\n    def run(self):\n        '''"),
    ],
)
def test_a_method_joins_whatever_its_class_looks_like(root: Path, old: str, said: str) -> None:
    (root / "src/shop/odd.py").write_text(old)
    text = text_of(place(root, form(target="src/shop/odd.py::A.run", signature="def run(self)", examples="")))
    assert said in text.replace('"""', "'''")


def test_a_new_folder_of_a_package_becomes_one(root: Path) -> None:
    prepared = place(root, form(target="src/shop/deep/er/words.py::join"))
    assert [change.path for change in prepared.changes] == [
        "src/shop/deep/er/words.py", "src/shop/deep/__init__.py", "src/shop/deep/er/__init__.py",
    ]  # fmt: skip
    assert written(root, prepared).contract.target.module == "shop.deep.er.words"
    assert [c.path for c in place(root, form(target="tools/x/words.py::join")).changes] == ["tools/x/words.py"]
    assert [c.path for c in place(root, form(target="src/shop/sub/__init__.py::join")).changes] == [
        "src/shop/sub/__init__.py"
    ]


# -- what it needs ----------------------------------------------------------------------------------------------------


def test_the_names_of_a_header_are_imported_where_they_are_missing(root: Path) -> None:
    signature = (
        "from shop.stock import Stock\nimport os\ndef join(a: Iterator[Stock], b: dt.date | Path | None) -> Decimal"
    )
    text = text_of(
        place(root, form(target="src/shop/main.py::join", signature=signature.replace("dt.date", "date"), examples=""))
    )
    assert text.startswith(
        "import sys\nfrom collections.abc import Iterator\nfrom datetime import date\nfrom decimal import Decimal\n"
        "from pathlib import Path\nfrom shop.stock import Stock\n\n\ndef main"
    )
    new = place(root, form(signature=signature.replace("dt.date", "date"), examples=""))
    assert text_of(new).startswith('"""Words."""\n\nfrom collections.abc import Iterator\n')
    assert "The import of `os` was left out: neither the signature nor an example needs it." in new.notes


def test_an_import_that_an_example_needs_is_kept(root: Path) -> None:
    signature = "from decimal import Decimal\ndef join(a)"
    prepared = place(root, form(signature=signature, examples='join(Decimal("1.5")) -> Decimal("2")'))
    assert "from decimal import Decimal\n" in text_of(prepared)
    assert '    >>> join(Decimal("1.5")) == Decimal("2")\n    True\n' in text_of(prepared)


def test_a_name_that_python_has_is_free_where_nobody_uses_it(root: Path) -> None:
    prepared = place(root, form(target="src/shop/stock.py::round", signature="def round(x)", examples=""))
    assert "\ndef round(x):" in text_of(prepared)


def test_names_that_the_module_has_are_not_imported(root: Path) -> None:
    signature = "import datetime as dt\ndef join(a: dt.date, b: Stock = None, c: int = LIMIT) -> bool"
    prepared = place(root, form(target="src/shop/stock.py::join", signature=signature, examples=""))
    assert text_of(prepared).startswith(STOCK)


@pytest.mark.parametrize(
    ("target", "signature", "said"),
    [
        ("words.py::join", "def join(x: Missing)", "Nothing in src/shop/words.py is called `Missing`"),
        ("words.py::join", "def join(x=LIMIT)", "Nothing in src/shop/words.py is called `LIMIT`"),
        ("stock.py::Stock.of", "def of(self, x: Stock)", 'will stand. Write it in quotes: `"Stock"`'),
        ("stock.py::Stock.of", "def of(self, x=LIMIT)", "`LIMIT` is not there yet"),
        ("stock.py::join", "from a import dt\ndef join(x: dt)", "`dt` is something else in src/shop/stock.py already"),
        ("stock.py::LIMIT", "def LIMIT(x)", "`LIMIT` is something else in src/shop/stock.py already"),
        ("stock.py::dict", "def dict(x)", "uses Python's own `dict`, which a function of that name would replace"),
        ("stock.py::Stock.items.x", "def x(self)", "There is no class `Stock.items`"),
        ("stock.py::Shelf.join", "def join(self)", "There is no class `Shelf` at the top of src/shop/stock.py"),
        ("words.py::Shelf.join", "def join(self)", "There is no class `Shelf`"),
        ("words.py::join", "", "There is no function `join` in src/shop/words.py. Write its header in Signature"),
        ("stock.py::ready", "", "`ready` in src/shop/stock.py is implemented already: its body does something"),
        ("stock.py::Stock.take", "def take(self, name: int) -> None",
         "has the header `def take(self, name: str) -> None`, Signature another one"),
        ("stock.py::Stock.take", "async def take(self, name: str) -> None", "Signature another one"),
        ("stock.py", "def join(x: 'Stock[Missing]') -> Missing", "is called `Missing`"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_repository_is_said_with_its_line(
    root: Path, target: str, signature: str, said: str
) -> None:
    found = flaws(root, form(target=f"src/shop/{target}", signature=signature, examples=""))
    assert said in found
    assert "line 3:" in found or "line 7:" in found


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("def f(:\n", "odd.py has a syntax error"),
        ("x = '\x00'", "contains null bytes"),
        (b"x = '\xff'\n", "cannot be decoded"),
        (b"# coding: latin-1\nx = 1\n", "is in iso-8859-1, which cannot say `\u20ac`"),
        ("class A: x = 1\n", "The class `A` stands on one line"),
        ("if 1:\n    def join(x): ...\n", "is defined inside an if"),
        ("def join(x): ...\ndef join(x): ...\n", "is defined 2 times"),
    ],
)
def test_a_file_that_cannot_be_changed_is_said(root: Path, old: str | bytes, said: str) -> None:
    (root / "src/shop/odd.py").write_bytes(old if isinstance(old, bytes) else old.encode())
    target, signature = ("A.run", "def run(self)") if "class" in str(old) else ("join", "def join(x)")
    text = form(target=f"src/shop/odd.py::{target}", signature=signature, behaviour="In \u20ac.", examples="")
    assert said in flaws(root, text)


def test_a_file_behind_a_link_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (root / "out").symlink_to(tmp_path / "outside")
    assert "line 3: Target cannot be used: out/words.py lies behind the link out." in flaws(
        root, form(target="out/words.py::join")
    )


def test_a_program_is_not_placed(root: Path) -> None:
    runs = "Input:\n```\n1\n```\nOutput:\n```\n1\n```"
    text = form(target="add.py", signature="", behaviour="Add.", examples=runs)
    assert "This describes a program, not a function" in flaws(root, text)


# -- its docstring ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behaviour",
    [
        'It says """hello""" and C:\\temp\\new.',
        'Ends with a "quote"',
        "Ends with a backslash \\",
        '"Starts" so.',
        "  Indented.\n    More.",
        "é \U0001f600 ж",
        "- one\n- two\n\n1. three\n\n| a | b |\n|---|---|",
        "```\ncode   here\n```",
    ],
)
def test_sentences_are_read_back_from_the_docstring_as_they_were(root: Path, behaviour: str) -> None:
    text = form(behaviour=behaviour, examples="")
    stub = written(root, place(root, text))
    assert stub.contract.target.docstring == inspect.cleandoc(read_issue(text, "spec.md").behaviour)


def test_long_lines_of_sentences_are_broken_and_others_are_not(root: Path) -> None:
    words, table = "many words " * 20, "| " + "cell " * 30 + "|"
    text = (
        f"{words}\n{words}\n\n- {words}\n\n{table}\n\n```\n{words}\n```\n\njoin({words!r}) -> {words!r}\n\n{'x' * 120}"
    )
    document = written(root, place(root, form(behaviour=text, examples=""))).contract.target.docstring
    prose, rest = document.split(table)
    assert max(map(len, prose.split("\n"))) <= 84
    assert "\n  many" in prose
    assert f"```\n{words.strip()}\n```" in rest
    assert "x" * 120 in rest


@pytest.mark.parametrize("line", ["{}", "join(1 -> ) -> {}", "| {} |", "```\na {}\n```"])
def test_a_line_that_cannot_be_broken_has_a_bound(root: Path, line: str) -> None:
    texts = [form(behaviour=f"Join.\n\n{line.format('x' * size)}", examples="") for size in (400, 501)]
    assert place(root, texts[0]).changes
    assert "characters that cannot be broken" in flaws(root, texts[1])


def test_constraints_stand_below_the_behaviour(root: Path) -> None:
    one = text_of(place(root, form(examples="", constraints="Be quick.")))
    assert 'there are none.\n\n    Constraints: Be quick.\n    """' in one
    more = text_of(place(root, form(examples="", constraints="- Be quick.\n- Be short.")))
    assert "\n\n    Constraints:\n\n    - Be quick.\n    - Be short.\n" in more
    assert "\n\n    Constraints:\n\n    - Be quick.\n" in text_of(
        place(root, form(examples="", constraints="- Be quick."))
    )


@pytest.mark.parametrize(
    ("example", "shown"),
    [
        ("join([]) -> 'a'", '>>> join([])\n\'a\''),
        ("join([]) -> [1.50, 0x10]", ">>> join([])\n[1.5, 16]"),
        ("join([]) -> None", ">>> join([]) is None\nTrue"),
        ("join([]) -> {1, 2}", ">>> join([]) == {1, 2}\nTrue"),
        ("join([]) -> 'a...'", '>>> join([]) == "a..."\nTrue'),
        ("join([]) -> ''", ">>> join([])\n''"),
        ("x = ['a']; x.append('b'); join(x) -> ''", '>>> x = ["a"]\n>>> x.append("b")\n>>> join(x)\n\'\''),
    ],
)  # fmt: skip
def test_an_example_in_the_docstring_is_one_that_doctest_would_pass(root: Path, example: str, shown: str) -> None:
    signature = "def join(words)"
    stub = written(root, place(root, form(signature=signature, examples=example)))
    assert stub.contract.target.docstring.endswith(shown)
    assert [(one.input, one.wanted) for one in read_stub(root, stub.origin, import_place).examples] == [
        (one.input, one.wanted) for one in stub.examples
    ]


def test_an_example_whose_preparation_would_print_is_a_test_but_not_in_the_docstring(root: Path) -> None:
    prepared = place(root, form(signature="def join(words)", examples="x = ['a']; x.pop(); join(x) -> ''"))
    assert [one.input for one in prepared.examples] == ["x = ['a']\nx.pop()\njoin(x)"]
    assert ">>>" not in text_of(prepared)
    assert "The docstring shows 0 of 1 examples; every one is a test." in prepared.notes


def test_a_docstring_shows_a_dozen_examples_and_the_rest_are_tests(root: Path) -> None:
    prepared = place(root, form(examples="\n".join(f"join(['{n}']) -> '{n}'" for n in range(40))))
    assert text_of(prepared).count(">>> ") == 12
    assert len(prepared.examples) == 40
    assert "The docstring shows 12 of 40 examples; every one is a test." in prepared.notes


def test_doctests_that_are_no_examples_never_land(root: Path) -> None:
    hostile = '>>> import os\n>>> os.system("id")\n0\n>>> s = Stock({})\n>>> s.count("a")\n0'
    prepared = place(
        root,
        FREE.replace(
            '>>> s = Stock({"a": 2})\n        >>> s.count("a")\n        2', hostile.replace("\n", "\n        ")
        ),
    )
    assert "os.system" not in text_of(prepared)
    assert [one.why for one in prepared.unconverted] == ["the input does not call Stock.count"]
    assert prepared.examples[0].input == "s = Stock({})\ns.count('a')"


def test_sentences_never_hold_doctests_or_directives(root: Path) -> None:
    text = form(
        behaviour="# >>> import os\n\n# .. include:: /etc/passwd\n\nx " * 3 + "y " * 60 + ">>> import sys", examples=""
    )
    document = written(root, place(root, text)).contract.target.docstring
    assert doctest.DocTestParser().get_examples(document) == []
    assert not any(line.startswith(".. ") for line in document.split("\n"))


def test_the_doctests_of_a_docstring_hold_for_what_does_as_the_examples_say(root: Path) -> None:
    body = "if not words: raise ValueError('none')\n    return sep.join(words)"
    text = text_of(place(root, FORM)).replace("raise NotImplementedError", body)
    module = ModuleType("words")
    exec(compile(text, "words.py", "exec"), module.__dict__)
    sys.modules["words"] = module
    try:
        assert doctest.testmod(module) == doctest.TestResults(failed=0, attempted=3)
    finally:
        del sys.modules["words"]


# -- examples ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ("join(open('x')) -> 1", "line 19: The example `join(open('x')) -> 1` is no test: the name open"),
        ("join() -> ''", "the call does not fit the signature"),
        ("join([], 1) -> ''", "the call does not fit the signature"),
        ("join([]) -> Missing(1)", "the name Missing is not allowed"),
        ("join([]) -> 3", "it does not fit the return type str"),
        ("join([]) -> raises Wrong", "it names no known exception"),
        ("not join([]) -> True", "it checks a property of the result"),
        ("join(join([])) -> join([])", "the output is no Python expression"),
        (">>> join([])\n'a...'", "its output is abbreviated"),
        (">>> print(join([]))\n''", "it compares printed output"),
        (">>> s = []\n>>> join(s)\n''\n\njoin([]) -> 'a'\n\n>>> s = []\n>>> join(s)\n'b'", "`'b'` here"),
    ],
)  # fmt: skip
def test_an_example_that_is_no_test_is_a_flaw_with_its_line(root: Path, example: str, said: str) -> None:
    assert said in flaws(root, form(examples=example))


def test_an_example_in_a_sentence_is_ground_truth_too(root: Path) -> None:
    prepared = place(root, form(behaviour='Joins: `join(["x"])` -> `"x"`.', examples=""))
    assert [(one.input, one.wanted.text) for one in prepared.examples] == [("join(['x'])", "'x'")]


# -- a stub that is there already -------------------------------------------------------------------------------------


def test_a_stub_that_says_everything_changes_nothing(root: Path) -> None:
    prepared = place(root, "### Target\nsrc/shop/stock.py::Stock.take\n")
    assert (prepared.changes, prepared.examples) == ((), ())
    same = place(root, form(target="src/shop/stock.py::Stock.take", signature="def take(self, name: str) -> None",
                            behaviour="Take  one.", examples=""))  # fmt: skip
    assert same.changes == ()


def test_a_stubs_docstring_is_completed(root: Path) -> None:
    text = form(target="src/shop/stock.py::Stock.take", signature="", behaviour="Raise KeyError when there is none.",
                examples="s = Stock({'a': 1}); s.take('a'); s.items -> {'a': 0}", constraints="Be quick.")  # fmt: skip
    prepared = place(root, text)
    assert text_of(prepared) == STOCK.replace(
        '"""Take one."""',
        '"""Take one.\n\n        Raise KeyError when there is none.\n\n        Constraints: Be quick.\n\n'
        '        >>> s = Stock({"a": 1})\n        >>> s.take("a")\n'
        '        >>> s.items\n        {\'a\': 0}\n        """',
    )
    assert len(written(root, prepared).examples) == 1


@pytest.mark.parametrize(
    ("stub", "result"),
    [
        ("def f(x): ...", 'def f(x):\n    """Do."""\n    ...'),
        ("def f(x): ...  # c", 'def f(x):\n    """Do."""\n    ...  # c'),
        ("def f(x): 'Old.'; ...", 'def f(x):\n    """Old.\n\n    Do.\n    """; ...'),
        ("def f(x):\n\t# c\n\tpass", 'def f(x):\n\t# c\n\t"""Do."""\n\tpass'),
        ("def f(x):\n  '''Old.'''", 'def f(x):\n  """Old.\n\n  Do.\n  """'),
    ],
)
def test_a_docstring_finds_its_place_in_any_stub(root: Path, stub: str, result: str) -> None:
    (root / "src/shop/odd.py").write_text(f"{stub}\n\nx = 1\n")
    prepared = place(root, form(target="src/shop/odd.py::f", signature="", behaviour="Do.", examples=""))
    assert text_of(prepared) == f"{result}\n\nx = 1\n"
    assert written(root, prepared).contract.target.name == "f"


def test_an_example_against_a_docstrings_own_is_a_flaw(root: Path) -> None:
    (root / "src/shop/odd.py").write_text("def f(x):\n    '''Do.\n\n    >>> f(1)\n    1\n    '''\n")
    text = form(target="src/shop/odd.py::f", signature="", behaviour="", examples="f(2) -> 2\nf(1) -> 3")
    assert "line 8: `f(1)` gives `1` in the stub's docstring, `3` here" in flaws(root, text)
    kept = place(root, text.replace("-> 3", "-> 1"))
    assert [one.input for one in kept.examples] == ["f(1)", "f(2)"]
    assert text_of(kept).count(">>> f(1)") == 1


# -- the examples that are shipped ------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted((ROOT / "examples/specs").glob("*.md")), ids=lambda file: file.name)
def test_every_spec_of_the_examples_can_be_placed(file: Path) -> None:
    prepared = place(ROOT, file.read_text("utf-8"))
    assert prepared.target.startswith("examples/textkit/src/textkit/")
    assert len(prepared.examples) >= 4
    assert prepared.unconverted == ()
    compile(prepared.changes[0].new, "module", "exec")


# -- everything at once -----------------------------------------------------------------------------------------------


def all_flaws(root: Path, text: str) -> list[str]:
    """The flaws that one message lists, each up to its cure."""
    with pytest.raises(SpecError) as caught:
        read_and_prepare(root, text, "spec.md")
    return [line.strip().partition(". ")[0] for line in caught.value.what.split("\n")[1:]]


def test_what_is_wrong_with_the_text_and_what_does_not_fit_the_repository_are_one_message(root: Path) -> None:
    text = form(
        target="src/shop/stock.py::join", signature="def join(x: Missing) -> Other", behaviour="Join.",
        examples="join(1) -> open('x')\njoin(2) -> two words\njoin(3) -> 1\njoin(3) -> 2",
    )  # fmt: skip
    assert all_flaws(root, text) == [
        "line 7: Nothing in src/shop/stock.py is called `Missing`",
        "line 7: Nothing in src/shop/stock.py is called `Other`",
        "line 15: The example `join(1) -> open('x')` is no test: the name open is not allowed",
        "line 16: The example's value `two words` is no Python expression",
        "line 18: `join(3)` gives `1` in line 17 and `2` here",
    ]


def test_what_is_broken_is_not_said_to_be_missing_too(root: Path) -> None:
    broken = form(target="src/shop/words.py::join", signature="def join(x=print())", examples="")
    assert all_flaws(root, broken) == ["line 7: The default `print()` is no literal and no name"]
    nowhere = form(target="src/shop/stock.py::Shelf.join", signature="def join(self, x: Missing)", behaviour="")
    assert [one.partition(":")[0] for one in all_flaws(root, nowhere)][-2:] == ["line 3", "line 7"]


@pytest.mark.parametrize("more", [{}, {"examples": "join(1) -> two words"}])
def test_a_place_that_cannot_be_used_is_said_with_everything_else(root: Path, more: dict[str, str]) -> None:
    (root / "src/shop/link.py").symlink_to("stock.py")
    found = all_flaws(root, form(**{"target": "src/shop/link.py::join", "examples": "", **more}))
    assert found[0] == "line 3: Target cannot be used: src/shop/link.py is a link"
    assert len(found) == 1 + len(more)


def test_a_program_is_placed_as_a_function_is(root: Path) -> None:
    (root / "add.py").symlink_to("gone.py")
    text = form(target="add.py", signature="", behaviour="Add.",
                examples="Input:\n```\n1\n```\nOutput:\n```\n1\n```\n\nInput:\n```\n1\n```\n")  # fmt: skip
    found = all_flaws(root, text)
    assert found == [
        "line 3: Target cannot be used: add.py is a link", "line 20: This is an Input without its Output",
    ]  # fmt: skip


# -- what landed ------------------------------------------------------------------------------------------------------


def landed(root: Path, text: str = FORM) -> str:
    """The file of a spec's function once it is implemented, beside kept tests that say so."""
    stub = written(root, place(root, text))
    file = root / stub.contract.target.path
    file.write_text(file.read_text().replace("raise NotImplementedError", "return sep.join(words)"))
    head = f"# cosplay: target = {stub.origin}\n# cosplay: spec = sha256:{digest(stub.statement)}\n"
    (root / "tests").mkdir(exist_ok=True)
    (root / "tests/test_join.py").write_text(f"# Tests.\n{head}# cosplay: implementation = sha256:0\n")
    return stub.contract.target.path


def test_a_spec_that_landed_is_said_to_have_landed(root: Path) -> None:
    path = landed(root)
    assert (
        f"line 3: `join` in {path} is implemented already: this very spec landed, with its tests in tests/test_join.py."
        in flaws(root, FORM)
    )
    assert f"git checkout -- {path}" in flaws(root, FORM)


def test_a_spec_that_changed_since_is_told_from_the_one_that_landed(root: Path) -> None:
    path = landed(root)
    for other in (
        FORM.replace("Join the words.", "Join all words."),
        FORM.replace("join([]) raises", "join(1) raises"),
    ):
        assert f"`join` in {path} is implemented already, by evidence in tests/test_join.py;" in flaws(root, other)


def test_what_somebody_wrote_is_said_to_be_no_stub(root: Path) -> None:
    landed(root)
    (root / "tests/test_join.py").unlink()
    assert "is implemented already: its body does something. Make its body `...`" in flaws(root, FORM)
