"""Phrases of the sentences that explain a check, for people who know the metric but no statistics."""


def told_apart(*values: float) -> list[str]:
    """Numbers with as many digits as it takes to tell different ones apart, at least four."""
    for digits in range(4, 17):
        texts = [f"{value:.{digits}g}" for value in values]
        if len(set(texts)) == len(set(values)):
            return texts
    return [repr(value) for value in values]


def percent(share: float) -> str:
    """`95 %`."""
    return f"{100 * share:.4g} %"


def chance(p: float) -> str:
    """A probability in two digits; one too small for a number is not said to be none."""
    return f"{p:.2g}" if p else "1e-300"


def moved(metric: str, baseline: float, candidate: float) -> str:
    """`accuracy went from 0.95 to 0.93`."""
    before, after = told_apart(baseline, candidate)
    return f"{metric} stayed at {after}" if before == after else f"{metric} went from {before} to {after}"


def at_worst(low: float, confidence: float) -> str:
    """What the lower bound of a change says, as a clause."""
    sure = f"with {percent(confidence)} confidence it is"
    return f"{sure} at least {low:.3g} better" if low > 0 else f"{sure} at most {abs(low):.3g} worse"


def at_best(high: float, confidence: float) -> str:
    """What an upper bound below zero says, as a clause."""
    return f"with {percent(confidence)} confidence it is at least {abs(high):.3g} worse"


_MANY = {"row": "rows", "query": "queries"}


def number_of_rows(count: int, unit: str = "row") -> str:
    """`1 row`, `1,200 rows`, `50 queries`."""
    return f"{count:,} {unit if count == 1 else _MANY[unit]}"


def rows_clause(needed: int | None, have: int, unit: str = "row") -> str:
    """How many rows would settle an open question."""
    if needed is None:
        return f"no number of {_MANY[unit]} proves two equal models equal, so the {have:,} here can't settle it"
    many = number_of_rows(needed, unit)
    if needed <= have:
        return f"{many} are usually enough for two equal models, yet these {have:,} don't settle it"
    return f"about {many} would settle it if the two were truly equal, and there are {have:,}"
