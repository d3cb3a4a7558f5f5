"""Numbers as people read them: as many digits as the evidence carries, a true minus sign, a dash for none."""

import math

from merganser.evaluation.verdict import Check, bounds_level

NONE = "–"
MINUS = "−"
_MOST_PLACES = 12


def number(value: float | None) -> str:
    """Four significant digits, whole numbers in full with thousands parted."""
    if value is None:
        return NONE
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-4:
        shown = f"{size:.4g}"
    elif size >= 1000 or size == int(size):
        shown = f"{size:,.0f}"
    else:
        shown = f"{size:.4g}"
    return (MINUS if value < 0 else "") + shown


def signed(value: float | None, places: int | None = None) -> str:
    """With its sign, to `places` decimals, or to three significant digits; zero has no sign."""
    if value is None:
        return NONE
    if not math.isfinite(value):
        return str(value)
    shown = f"{abs(value):.3g}" if places is None else f"{abs(value):,.{places}f}"
    if not any(digit in shown for digit in "123456789"):
        return shown
    return (MINUS if value < 0 else "+") + shown


def places(low: float, high: float) -> int:
    """How many decimals show two digits of the interval's half width."""
    half = abs(high - low) / 2
    if not math.isfinite(half) or half == 0:
        return 4
    return min(max(1 - math.floor(math.log10(half)), 0), _MOST_PLACES)


def change(check: Check) -> str:
    """The oriented difference, with the bounds if they are its own: `+0.021 (+0.013 … +0.030)`."""
    if check.low is None or check.high is None or bounds_level(check):
        return signed(check.delta)
    digits = places(check.low, check.high)
    return f"{signed(check.delta, digits)} ({signed(check.low, digits)} … {signed(check.high, digits)})"


def level(check: Check) -> str:
    """The candidate's value, with the bounds if they are its own: `0.76 (0.58 … 0.99)`."""
    if check.low is None or check.high is None or check.candidate is None or not bounds_level(check):
        return number(check.candidate)
    digits = places(check.low, check.high)
    value, low, high = (_unsigned(each, digits) for each in (check.candidate, check.low, check.high))
    return f"{value} ({low} … {high})"


def _unsigned(value: float, digits: int) -> str:
    return signed(value, digits).removeprefix("+")
