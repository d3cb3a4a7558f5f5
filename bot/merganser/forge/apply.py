"""Makes a plan true. Each effect looks first and writes only what is missing, so a second run changes nothing."""

import time
from collections.abc import Callable
from typing import Any

from merganser.forge.outcome import Outcome
from merganser.forge.protocol import Forge, Outrun, Refused, Unanswered
from merganser.plan import Effect, Plan

WAITS = (1.0, 4.0, 10.0)
_STEPS: dict[type, Callable[[Forge, Any], Outcome]] = {}


def apply(plan: Plan, forge: Forge, sleep: Callable[[float], None] = time.sleep) -> tuple[Outcome, ...]:
    """Applies the effects in order; a `ForgeError` ends it, and applying the plan again goes on from there."""
    return tuple(_converge(effect, forge, sleep) for effect in plan.effects)


def _converge(effect: Effect, forge: Forge, sleep: Callable[[float], None]) -> Outcome:
    """Looks and writes until the effect holds: after an unanswered or outrun write, the world is looked at again."""
    step = _STEPS.get(type(effect))
    if step is None:
        raise Refused(f"{type(effect).__name__} can't be applied to GitHub", "Update Merganser.")
    for wait in WAITS:
        try:
            return step(forge, effect)
        except (Unanswered, Outrun):
            sleep(wait)
    return step(forge, effect)
