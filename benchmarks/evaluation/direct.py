"""Direct draws, as the simple arms make them: problem -> code in one call, problem -> input and output in one call.

No hints, no plans, no vote: the raw way that the paper compares with. Draws come in waves, each an ask for several
samples of one prompt, so that every arm that draws directly shares them.
"""

from __future__ import annotations

import ast
import re
from string import Template

from cosplay_action.method.context import PLAIN_REPLY, Context
from cosplay_action.method.craft import VOTE_TOKENS, as_expected
from cosplay_action.method.domain import Candidate, Expected, Observation, Problem, UnitTest
from cosplay_action.method.ports import Place, Reply, Wanted
from cosplay_action.method.prompts import parse, roles
from cosplay_action.method.prompts.roles import EMPHASES

WAVE = 8  # samples of one ask

CODE = Template("""\
Write the complete implementation.
Reply with $code and nothing else. $manners No tests, no usage example.""")

TEST = Template("""\
Write one test for the task: an input with $emphasis, and what a correct implementation gives for it.
An input is $input. Keep it small enough to work out the result by hand, and valid for the task.
Apply the rules of the task to this input step by step, in a few short lines. Do not write the implementation.
End your reply with $form""")

ASSERT = """\
one line of the form
assert <the input> == <the result as a Python expression>"""
TEXTS = """\
the input and the complete output, in this form:
Input:
```
<the whole text that the program reads>
```
Answer:
```
<exactly what the program prints>
```"""
_ASSERT = re.compile(r"^[ \t>*`-]*(assert\b.*?)[ \t*`]*$", re.MULTILINE)


def _task(problem: Problem, *, examples: bool) -> str:
    return problem.contract.task(examples=examples)


def code_prompt(problem: Problem) -> tuple[str, str]:
    """As the method asks for a candidate, without a plan."""
    words = problem.contract.words
    return roles.SYSTEM, f"{_task(problem, examples=True)}\n\n{CODE.substitute(code=words.code, manners=words.manners)}"


def raw_test_prompt(problem: Problem, wave: int, *, examples: bool) -> tuple[str, str]:
    """As the method asks for an input and as it asks for a vote, in one.

    The kinds of input that the method asks for take turns here too, wave by wave, and the form of an input has no
    example: small models write the example, or the same input, again and again.
    """
    words = problem.contract.words
    bare, emphasis = words.input.partition(", such as ")[0], EMPHASES[wave % len(EMPHASES)]
    text = TEST.substitute(input=bare, emphasis=emphasis, form=TEXTS if words.plain else ASSERT)
    return roles.SYSTEM, f"{_task(problem, examples=examples)}\n\n{text}"


async def draw_candidates(ctx: Context, step: str, wave: int, samples: int = WAVE) -> list[Candidate]:
    """One wave of candidates; a reply without usable code is an unusable candidate."""
    place = Place(stage="explore", step=step, role="candidate", slot=wave)
    replies = await ctx.ask(place, code_prompt(ctx.problem), samples=samples, tokens=PLAIN_REPLY)
    return [_candidate(ctx, reply) for reply in replies]


def _candidate(ctx: Context, reply: Reply) -> Candidate:
    return read_candidate(ctx, reply) or Candidate(source="", flaw="no usable code in the reply")


def read_candidate(ctx: Context, reply: Reply, parent: str = "") -> Candidate | None:
    """The last block of the reply that the contract can use."""
    for block in reversed(parse.code_blocks(reply.text)):
        source = ctx.problem.contract.read_candidate(block)
        if isinstance(source, str):
            return Candidate(source=source, parent=parent)
    return None


async def draw_tests(ctx: Context, wave: int, samples: int = WAVE) -> list[UnitTest]:
    """One wave of raw tests; one whose input or output cannot be read is invalid and never counts."""
    place = Place(stage="explore", step="direct", role="vote", slot=wave)
    prompt = raw_test_prompt(ctx.problem, wave, examples=not ctx.numbers.ignore_examples)
    replies = await ctx.ask(place, prompt, samples=samples, tokens=VOTE_TOKENS)
    read = [_read(ctx, reply) for reply in replies]
    texts = [one.text for _, one in filter(None, read) if not one.raises]
    seen = dict(zip(texts, await ctx.run(None, texts), strict=True)) if texts else {}
    return [_test(one, seen) for one in read]


def _test(read: tuple[str, Wanted] | None, seen: dict[str, Observation]) -> UnitTest:
    if read is None:
        return UnitTest(input="", expected=None, origin="random")
    expected = as_expected(read[1], seen.get(read[1].text))
    return UnitTest(input=read[0], expected=expected if isinstance(expected, Expected) else None, origin="random")


def _read(ctx: Context, reply: Reply) -> tuple[str, Wanted] | None:
    """The first test of a reply whose input and output can be read: an assert, or an input and its answer.

    Small models that write several go astray in the later ones.
    """
    contract = ctx.problem.contract
    for given, told in _pairs(ctx, reply.text):
        text = contract.read_input(given)
        wanted = contract.read_expected(told, text) if isinstance(text, str) else None
        if isinstance(text, str) and isinstance(wanted, Wanted):
            return text, wanted
    return None


def _pairs(ctx: Context, text: str) -> list[tuple[str, str]]:
    """What may be an input and its output, as they stand in the reply."""
    if not ctx.problem.contract.words.plain:
        found = [_compared(match.group(1)) for match in _ASSERT.finditer(text)]
        return [pair for pair in found if pair]
    head, mark, _ = text.rpartition("Answer:")
    blocks = parse.code_blocks(head) if mark else ()
    return [(block, told) for block in blocks for told in parse.answers(text)[:1]]


def _compared(claim: str) -> tuple[str, str] | None:
    """Both sides of ``assert input == output``; a claim that something is true or false says so."""
    try:
        node = ast.parse(claim).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(node, ast.Assert):
        return None
    test = node.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is):
        return ast.unparse(test.left), ast.unparse(test.comparators[0])
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return ast.unparse(test.operand), "False"
    return (ast.unparse(test), "True") if isinstance(test, ast.Call) else None
