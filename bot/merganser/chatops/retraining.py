"""Which part of a training run trains a model again: the one job that trained it, or the whole run. Pure.

GitHub names a job as its page does: the callers' names, then its own, with " / " between them.
"""

from collections.abc import Iterable, Sequence

import msgspec

from merganser.markdown import code

TRAIN_STEP = "Train"
_PREFIX, _BETWEEN = "Train ", " / "


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job of one attempt of a run: which of its steps ran, well or not, and when it ended ("" while it goes on)."""

    id: int
    name: str
    ran: tuple[str, ...] = ()
    ended: str = ""

    @property
    def model(self) -> str:
        """The model that it trains by its name, as our workflow names jobs; "" for none."""
        own = self.name.rpartition(_BETWEEN)[2]
        return own.removeprefix(_PREFIX) if own.startswith(_PREFIX) else ""


class Whole(msgspec.Struct, frozen=True):
    """The run with all of its jobs. `why` not one alone is a clause (Markdown), "" where all were meant."""

    why: str = ""


def part_of(jobs: Iterable[Job], models: Sequence[str]) -> Job | Whole:
    """What of a run that ended to begin again for `models`, by the jobs of its last attempt; no model is all of them.

    A job of the model that did not train it, as a recorded run stood in, would not train it now either.
    """
    if len(models) != 1:
        return Whole("GitHub begins one job again or all" if models else "")
    [model] = models
    found = [job for job in jobs if job.model == model]
    if len(found) != 1:
        return Whole(f"{'several jobs' if found else 'no job'} of the last attempt trained {code(model)}")
    if TRAIN_STEP not in found[0].ran:
        return Whole(f"the last attempt's job of {code(model)} did not train it")
    return found[0]


def begun_for(jobs: Iterable[Job], since: str, models: Sequence[str]) -> Job | Whole | None:
    """What of an attempt that began at `since` trains `models`; None where it trains another one alone.

    In an attempt of one job the others stand as the attempt before left them.
    """
    begun = [job for job in jobs if not job.ended or job.ended > since]
    if len(begun) != 1 or not begun[0].model:
        return Whole()
    return begun[0] if [begun[0].model] == list(models) else None
