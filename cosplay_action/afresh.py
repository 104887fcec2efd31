"""The module with the choice in place, imported anew: what lands is a file, and what was judged was a graft."""

from __future__ import annotations

from dataclasses import replace

from cosplay_action.errors import SpecError
from cosplay_action.landing import unchosen
from cosplay_action.method.domain import Outcome
from cosplay_action.method.matrix import meets
from cosplay_action.method.ports import Sandbox, Unusable
from cosplay_action.specs.program import Program
from cosplay_action.specs.stub import Stub


async def standing(sandbox: Sandbox, stub: Stub | Program, outcome: Outcome) -> Outcome:
    """The outcome; with nothing chosen where the file, imported anew, cannot be, or fails a kept test.

    A cell puts a candidate into a module that is imported already. A decorator that looks at the function, or code that
    calls the stub while its module is imported, can tell the difference.
    """
    if outcome.chosen is None or isinstance(stub, Program):
        return outcome
    text = stub.contract.module_text(outcome.chosen.source)
    assert not isinstance(text, Unusable)  # it was placed for every cell it ran
    inputs = ("None", *(one.test.input for one in outcome.kept))
    try:
        _, *seen = await sandbox.run(replace(stub.contract.job(None, inputs), source=text, inside=True))
    except SpecError as error:
        return unchosen(outcome, f"with it in place, {error.what}")
    lost = [one.test.input for one, shown in zip(outcome.kept, seen, strict=True) if not meets(one.test, shown)]
    if not lost:
        return outcome
    return unchosen(
        outcome,
        f"once its module is imported anew, {len(lost)} of its {len(outcome.kept)} kept tests fail, such as "
        f"{lost[0].splitlines()[-1]}",
    )
