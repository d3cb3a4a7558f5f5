"""What a check tells a later sweep, in hidden lines that end its summary. What a sweep makes of that: `sweep`."""

import datetime
import re
from collections.abc import Sequence

import msgspec

from merganser.config.dates import end_of
from merganser.evaluation.verdict import RunRef

_MOST_SAID = 1000
_NO_RUN = "<!-- merganser:no-run -->"
_REF = r"[1-9][0-9]{0,17}-[1-9][0-9]{0,17}"
_RUNS = re.compile(rf"<!-- merganser:runs:({_REF}(?:,{_REF}){{0,99}}) -->")
_UNTIL = re.compile(r"<!-- merganser:until:([^<>]{10,80}) -->")
_WORD = r"[0-9a-f]{12}(?:-[0-9a-f]{8})?"
_SAID = re.compile(rf"<!-- merganser:said:({_WORD}(?:,{_WORD}){{0,{_MOST_SAID - 1}}}) -->")


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """Of which runs a check speaks, () where there was none, None where it doesn't say.

    `until` is when it stops being true, None for never; `said` tells which overrides it knew (`registry.spoken.heard`).
    """

    runs: tuple[RunRef, ...] | None = None
    until: datetime.datetime | None = None
    said: tuple[str, ...] = ()


def written(marks: Marks) -> str:
    """The lines. Runs stand last: GitHub gives checks by GITHUB_TOKEN an address of its own instead of the run's."""
    refs = ",".join(f"{run.id}-{run.attempt}" for run in marks.runs or ())
    until = (f"<!-- merganser:until:{_spelled(marks.until)} -->",) if marks.until else ()
    said = (f"<!-- merganser:said:{','.join(marks.said[:_MOST_SAID])} -->",) if marks.said else ()
    return "\n".join((*until, *said, f"<!-- merganser:runs:{refs} -->" if refs else _NO_RUN))


def parted(summary: str) -> tuple[str, Marks]:
    """A check's summary as people see it, and its marks."""
    lines = [line.rstrip() for line in summary.rstrip().split("\n")]
    last = lines.pop()
    refs = _RUNS.fullmatch(last)
    if refs is None and last != _NO_RUN:
        return summary, Marks()
    said = _taken(lines, _SAID)
    until = _taken(lines, _UNTIL)
    runs = tuple(_ref(one) for one in refs[1].split(",")) if refs else ()
    return "\n".join(lines).rstrip(), Marks(
        runs=runs, until=_read(until) if until else None, said=tuple(said.split(",")) if said else ()
    )


def united(several: Sequence[Marks]) -> Marks:
    """The marks of one check that says the worst of several about the same runs: whatever ends or changes first."""
    ends = [marks.until for marks in several if marks.until]
    said = {word for marks in several for word in marks.said}
    return Marks(runs=several[0].runs, until=min(ends, default=None), said=tuple(sorted(said)))


def _spelled(end: datetime.datetime) -> str:
    """However a person spelled it: one form alone is ours to read back."""
    return end.astimezone(datetime.UTC).isoformat()


def _read(until: str) -> datetime.datetime:
    """In any spelling, as earlier versions wrote it; what cannot be read has ended, so that a sweep cures it."""
    try:
        return end_of(until)
    except ValueError:
        return datetime.datetime.min.replace(tzinfo=datetime.UTC)


def _taken(lines: list[str], mark: re.Pattern[str]) -> str:
    found = mark.fullmatch(lines[-1]) if lines else None
    if found is None:
        return ""
    lines.pop()
    return found[1]


def _ref(text: str) -> RunRef:
    run, _, attempt = text.partition("-")
    return RunRef(id=int(run), attempt=int(attempt))
