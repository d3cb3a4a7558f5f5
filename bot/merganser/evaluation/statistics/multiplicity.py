"""Many tests at once: p-values adjusted for their number. Numbers in, numbers out."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the order given (Holm 1979); one at or under the level is rejected.

    The chance that any true hypothesis is among the rejected is at most the level.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the order given (Benjamini & Hochberg 1995); one at or under the level is rejected.

    The expected share of true hypotheses among the rejected is at most the level.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    smallest = 1.0
    for rank, i in reversed(list(enumerate(order, 1))):
        smallest = min(smallest, p_values[i] * len(order) / rank)
        adjusted[i] = smallest
    return adjusted
