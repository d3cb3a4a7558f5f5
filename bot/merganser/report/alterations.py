"""What a change does to the gate itself, in words: a title's clause, and the lines that stand before all others."""

from collections.abc import Iterator

from merganser.markdown import plain, prose
from merganser.report.model import Alterations

_MOST_LINES = 20


def clause(altered: Alterations, limit: int) -> str:
    """`fresh-ml leaves the gate`, `alters the gate of churn (gate.max_attempts: 20 → 30) and 2 more`; plain text."""
    if altered.leaving:
        model, now = next(iter(altered.leaving.items()))
        others = len(altered.leaving) - 1
        end = f" and {others} more leave the gate" if others else " leaves the gate"
        return _ended(f"{model} (renamed to {now}?)" if now else model, end, limit)
    changes = [(model, one) for model, settings in altered.settings.items() for one in settings]
    if not changes:
        return ""
    more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
    return _ended(f"alters the gate of {changes[0][0]} ({changes[0][1]})", more, limit)


def lines(altered: Alterations) -> list[str]:
    """A list of Markdown, models that leave first, each line a block."""
    every = list(_lines(altered))
    more = [f"- and {len(every) - _MOST_LINES:,} more changes of the gate"] if len(every) > _MOST_LINES else []
    return [*every[:_MOST_LINES], *more]


def _lines(altered: Alterations) -> Iterator[str]:
    for model, now in altered.leaving.items():
        named = f"**{prose(model)} leaves the gate**" + (f" (renamed to {prose(now)}?)" if now else "")
        yield f"- ⚠️ {named}: this change takes it out of merganser.yaml, and once merged nothing judges it any more."
    for model, settings in altered.settings.items():
        for one in settings:
            said = (
                f"{model}: this change alters the gate ({one}); it is judged by the default branch's rules before it."
            )
            yield f"- ⚠️ {prose(said)}"


def _ended(text: str, end: str, limit: int) -> str:
    return plain(text, limit - len(end)) + end
