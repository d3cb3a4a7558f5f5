"""Fairness: is a rate of each group proven to be near enough to that of the group where it is highest? Pure."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from merganser.config import FairnessRules, Gate
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.outcomes import Rule, blank, settled, unavailable
from merganser.evaluation.rollup import Skip
from merganser.evaluation.statistics.ratios import ratio
from merganser.evaluation.verdict import Check, Status
from merganser.evaluation.wording import number_of_rows, percent, told_apart

LOG_RATIO = "log ratio"


class Rate(StrEnum):
    """The rates that groups are compared by; `RATES` says what each counts."""

    selection_rate = "selection_rate"
    true_positive_rate = "true_positive_rate"
    false_positive_rate = "false_positive_rate"
    precision = "precision"
    accuracy = "accuracy"


# A row is (it is positive, it is predicted positive).
Cell = tuple[bool, bool]
_HIT, _MISSED, _FALSE_ALARM, _LEFT = (True, True), (True, False), (False, True), (False, False)
_ALL = frozenset({_HIT, _MISSED, _FALSE_ALARM, _LEFT})

# Of which rows it is a rate, and which of them succeed.
RATES: dict[Rate, tuple[frozenset[Cell], frozenset[Cell]]] = {
    Rate.selection_rate: (_ALL, frozenset({_HIT, _FALSE_ALARM})),
    Rate.true_positive_rate: (frozenset({_HIT, _MISSED}), frozenset({_HIT})),
    Rate.false_positive_rate: (frozenset({_FALSE_ALARM, _LEFT}), frozenset({_FALSE_ALARM})),
    Rate.precision: (frozenset({_HIT, _FALSE_ALARM}), frozenset({_HIT})),
    Rate.accuracy: (_ALL, frozenset({_HIT, _LEFT})),
}


class GroupRate(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a group's `rows` that count succeed."""

    successes: int
    rows: int


Groups = Mapping[str, GroupRate]
Counts = Mapping[Cell, int]


def group_rates(metric: Rate, cells: Mapping[str, Counts]) -> dict[str, GroupRate]:
    """The rate of each group from its counts of rows by (positive, predicted positive); a cell that lacks is empty."""
    counted, succeed = RATES[metric]
    return {
        group: GroupRate(successes=_sum(counts, succeed), rows=_sum(counts, counted)) for group, counts in cells.items()
    }


def fairness_checks(gate: Gate, groups: Mapping[tuple[str, str], Groups | Unavailable]) -> list[Check]:
    """One check for each rule and each group but the one with the highest rate, which the others are held against.

    `groups` are those of each rule's (column, metric). Bounds are the ratio's own: positive is not better.
    """
    return [check for rules in gate.fairness for check in _checks(rules, gate, groups[rules.by, rules.metric])]


def _checks(rules: FairnessRules, gate: Gate, found: Groups | Unavailable) -> Iterator[Check]:
    if isinstance(found, Unavailable) or not found:
        why, skip = (found.why, found.skip) if isinstance(found, Unavailable) else ("there are none", None)
        yield unavailable(_blank(rules), Unavailable(why=f"groups by {rules.by}: {why}", skip=skip))
        return
    least = gate.min_support if rules.min_support is None else rules.min_support
    large = {group: rate for group, rate in sorted(found.items()) if rate.rows >= max(least, 1)}
    for group in sorted(found.keys() - large.keys()):
        yield _skipped(rules, group, f"{number_of_rows(found[group].rows)}, and {least:,} are needed")
    if len(large) == 1:
        yield _skipped(rules, next(iter(large)), "no other group has enough rows to compare it with")
        return
    yield from _against_highest(rules, gate, large)


def _against_highest(rules: FairnessRules, gate: Gate, large: Groups) -> Iterator[Check]:
    highest = max(large, key=lambda group: _share(large[group]), default="")
    if highest and not large[highest].successes:
        why = f"groups by {rules.by}: the rate is 0 in each of them, and 0 of 0 is no ratio"
        yield unavailable(_blank(rules), Unavailable(why=why))
        return
    for group, rate in large.items():
        if group != highest:
            check = msgspec.structs.replace(_blank(rules, group), n=rate.rows, confidence=gate.confidence)
            yield _compared(check, rules.min_ratio, rate, (highest, large[highest]))


def _compared(check: Check, least: float, rate: GroupRate, highest: tuple[str, GroupRate]) -> Check:
    """Pass when the lower bound of the ratio reaches `least`, fail when the upper one doesn't."""
    name, best = highest
    found = ratio(rate.successes, rate.rows, best.successes, best.rows, check.confidence or 0.0)
    check = msgspec.structs.replace(check, candidate=found.point, low=found.low, high=found.high, method=LOG_RATIO)
    here, there = told_apart(_share(rate), _share(best))
    shown, needed = told_apart(found.point, least)
    where = ", ".join(f"{column} = {value}" for column, value in check.slice.items())
    went = f"{where}: {check.metric} is {here} against {there} for {name}, a ratio of {shown}"
    sure = f"with {percent(check.confidence or 0.0)} confidence it is at"
    if found.low >= least:
        return settled(check, Status.passed, f"{went}; {sure} least {found.low:.4g}, and {needed} is needed.")
    if found.high is not None and found.high < least:
        return settled(check, Status.failed, f"{went}; {sure} most {found.high:.4g}, and {needed} is needed.")
    ends = f"{sure} least {found.low:.4g}, where {needed} is needed"
    return settled(check, Status.inconclusive, f"Not proven either way: {went}, and {ends}.")


def _share(rate: GroupRate) -> float:
    return rate.successes / rate.rows


def _sum(counts: Counts, cells: frozenset[Cell]) -> int:
    return sum(counts.get(cell, 0) for cell in cells)


def _blank(rules: FairnessRules, group: str | None = None) -> Check:
    """The check of one group, or of the rule where no group can be told."""
    check = blank(rules.metric, Rule.min_ratio, rules.severity, {} if group is None else {rules.by: group})
    return check if group is not None else msgspec.structs.replace(check, id=f"{check.id}@{rules.by}")


def _skipped(rules: FairnessRules, group: str, why: str) -> Check:
    return unavailable(_blank(rules, group), Unavailable(why=f"{rules.by} = {group}: {why}", skip=Skip.few_rows))
