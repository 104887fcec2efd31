"""One template per role. Every prompt begins with the task, word for word the same, so that servers can cache it."""

from __future__ import annotations

from string import Template

SYSTEM = "You are a careful Python engineer. You follow the requested reply format exactly and write nothing else."

HINTS = Template("""\
Do not write code yet. Read the task and note up to $count observations that are useful and easy to miss: what the \
result must hold, how edge cases behave, which approach is simple and right.
Reply with a numbered list of at most $count items, one short sentence each.""")

PLANS = Template("""\
Do not write code yet.
$known
Propose $count different ways to implement the task that respect this. Each one names the approach and the edge case \
it takes most care of.
Reply with a numbered list of $count items. Each item is one plain sentence of at most 30 words, without code.""")

CANDIDATE = Template("""\
Write the complete implementation.
An idea that may help (the task itself always wins): $plan
Reply with $code and nothing else. $manners No tests, no usage example.""")

REPAIR = Template("""\
This implementation of the task gives a result that does not match what is expected.

$source

Input:
$input
Expected:$expected
It gives:$actual

Find the mistake and correct it for all inputs; do not special-case this one.
Reply with $code and nothing else. $manners""")

ATTACK = Template("""\
Do not write code. Somebody implements the task with this approach: $plan
$old
Which situations could break such an implementation? Think of edge cases, boundaries and rules of the task that are \
easily overlooked, and stay within what the task allows as input.
Reply with a numbered list of $count items, one short sentence each.""")

VALIDATOR = Template("""\
Do not implement the task. Write instead a check of its input, under the same name and with the same parameters: it \
returns True when the arguments are valid input for the task, and False when the task does not allow them.
Reply with $code and nothing else. Keep the name and the parameters as they are. Leave out the docstring.""")

INPUT_FOR_IDEA = Template("""\
Write one test input for this situation: $idea
$old
An input is $input. Keep it small enough to work out the result by hand, and valid for the task.
Reply with $form""")

INPUTS = Template("""\
Write $count different test inputs for the task: $emphasis.
An input is $input. Keep each one small enough to work out the result by hand, and valid for the task.
Reply with $form""")

VOTE = Template("""\
What does a correct implementation give for this input?

$input
$old
Apply the rules of the task to this input step by step, in a few short lines. Do not write code.
End your reply with $ending$output""")

OLD_TEST = Template("""\
An earlier test for it was weak:
$input
expected$expected this implementation passed it:

$source

Look for a situation where such an implementation would fail.""")

# Known inputs are not named as ones to avoid: small models then write just those.
EMPHASES = (
    "typical values of moderate size, each clearly different from the others",
    "longer and more varied values that exercise several rules of the task at once",
    "unusual but allowed values and combinations, and values at a boundary between two rules",
    "edge cases such as empty, single or repeated elements, zero or the smallest allowed values",
)
