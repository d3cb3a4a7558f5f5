"""A sealed verdict as it may be published: every measured number rounded to a tenth of its interval. No formatting.

Exact answers on sealed labels would let somebody learn the labels by asking often. The statuses were decided on the
exact numbers and stay.
"""

import math
import re
from decimal import Decimal

import msgspec

from merganser.evaluation.verdict import Check, Trust, Verdict

_SLICES_OF_AN_INTERVAL = 10
_WORST_SPREAD = 2 * 1.645 * 0.5
_ROUND_STEPS = (1, 2, 5, 10)
_NUMBER = re.compile(r"(?<![\w=@.:])(?P<figures>\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)(?P<unit> %| rows)?")
_FEWEST_DIGITS = 3
_HALF = Decimal("0.5000001")


class Step(msgspec.Struct, frozen=True):
    """`mantissa` × 10^`exponent`, with a mantissa of 1, 2 or 5."""

    mantissa: int
    exponent: int

    @property
    def size(self) -> float:
        return float(Decimal(self.mantissa).scaleb(self.exponent))


def published(verdict: Verdict) -> Verdict:
    """The verdict itself if it is self-reported; else rounded, all checks of one metric and slice by the same step."""
    if verdict.trust is not Trust.sealed:
        return verdict
    steps: dict[tuple[str, tuple[tuple[str, str], ...]], Step] = {}
    for check in verdict.checks:
        step = _step_of(check)
        if step is not None:
            steps[_place(check)] = max(step, steps.get(_place(check), step), key=lambda known: known.size)
    checks = tuple(_rounded(check, steps.get(_place(check))) for check in verdict.checks)
    return msgspec.structs.replace(verdict, checks=checks)


def step_for(interval: float) -> Step:
    """The least of 1, 2, 5 × 10^k that is not under a tenth of a positive finite interval."""
    exact = interval / _SLICES_OF_AN_INTERVAL
    exponent = math.floor(math.log10(exact))
    scale = 10.0**exponent
    mantissa = next((step for step in _ROUND_STEPS if step * scale >= exact * (1 - 1e-9)), 10)
    return Step(mantissa, exponent) if mantissa < 10 else Step(1, exponent + 1)


def rounded(value: float, step: Step | None) -> float:
    """To the nearest multiple of the step; without one to two significant digits."""
    if not math.isfinite(value):
        return value
    if step is None:
        short = float(f"{value:.2g}")
        return short if math.isfinite(short) else value
    return float(Decimal(round(value / step.size) * step.mantissa).scaleb(step.exponent))


def _place(check: Check) -> tuple[str, tuple[tuple[str, str], ...]]:
    return check.metric, tuple(sorted(check.slice.items()))


def _step_of(check: Check) -> Step | None:
    """By the check's own interval, else by that of a rate of one half on as many rows; None without both."""
    if check.low is not None and check.high is not None and 0 < check.high - check.low < math.inf:
        return step_for(check.high - check.low)
    return step_for(_WORST_SPREAD / math.sqrt(check.n)) if check.n else None


def _rounded(check: Check, step: Step | None) -> Check:
    rows = None if step is None or not check.n else step_for(_SLICES_OF_AN_INTERVAL * max(step.size * check.n, 1.0))
    return msgspec.structs.replace(
        check,
        candidate=_known(check.candidate, step),
        baseline=_known(check.baseline, step),
        delta=_known(check.delta, step),
        low=_known(check.low, step),
        high=_known(check.high, step),
        b=None if check.b is None else int(rounded(check.b, rows)),
        c=None if check.c is None else int(rounded(check.c, rows)),
        p=_leading_digit(check.p),
        p_adjusted=_leading_digit(check.p_adjusted),
        n_needed=None if check.n_needed is None else int(rounded(check.n_needed, None)),
        why=_retold(check, step),
    )


def _known(value: float | None, step: Step | None) -> float | None:
    return None if value is None else rounded(value, step)


def _leading_digit(p: float | None) -> float | None:
    return None if p is None else float(f"{p:.1g}")


def _retold(check: Check, step: Step | None) -> str:
    """The sentence with the measured numbers in it rounded alike; margins, limits, counts and names stay."""
    chances = {f"{p:.2g}": _leading_digit(p) for p in (check.p, check.p_adjusted) if p is not None}

    def told(found: re.Match[str]) -> str:
        figures, unit = found["figures"].rstrip(","), found["unit"] or ""
        if unit == " rows":
            needed = check.n_needed is not None and figures == f"{check.n_needed:,}"
            return f"{rounded(check.n_needed or 0, None):,.0f} rows" if needed else found[0]
        if figures in chances:
            return f"{chances[figures]:g}{unit}"
        if figures.replace(",", "").isdigit() and len(figures) < _FEWEST_DIGITS:
            return found[0]
        scale = 100 if unit == " %" else 1
        measured = next((value for value in _measured(check, scale) if _is_spelled(figures, scale * value)), None)
        if measured is None:
            return found[0]
        exact = rounded(measured, step) if scale == 1 else rounded(measured, None)
        return f"{scale * exact:.15g}{found[0][len(figures) :]}"

    return _NUMBER.sub(told, check.why)


def _measured(check: Check, scale: int) -> list[float]:
    """What a sentence may tell of the labels, without sign: both sides, their change and its bounds."""
    known = [check.candidate, check.baseline, check.delta, check.low, check.high]
    if check.candidate is not None and check.baseline is not None:
        known.append(check.candidate - check.baseline)
        known.append((check.candidate - check.baseline) / check.baseline if check.baseline and scale != 1 else None)
    return [abs(value) for value in known if value is not None and math.isfinite(value)]


def _is_spelled(figures: str, value: float) -> bool:
    """Whether the digits are this value's, to three significant digits or more; of a tie either neighbour is."""
    written = Decimal(figures.replace(",", ""))
    last = min(int(written.as_tuple().exponent), written.adjusted() - _FEWEST_DIGITS + 1)
    return abs(Decimal(value) - written) <= _HALF.scaleb(last)
