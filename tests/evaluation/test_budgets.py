"""Budgets: costs on the point, latencies on their bounds, and how far either may rise."""

import math

import numpy as np
import pytest

from merganser.config import BudgetRules, Change, Gate, Severity, Unit
from merganser.evaluation.budgets import Costs, budget_checks
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Check, Status

TO_200 = np.arange(200.0, 0.0, -1.0)
LOST = Unavailable(why="its run is missing", skip=Skip.no_baseline)


def share(value: float) -> Change:
    return Change(value, Unit.relative)


def checks(name: str, rules: BudgetRules, candidate: Costs, baseline: Costs | Unavailable | None = None) -> list[Check]:
    return budget_checks(Gate(budgets={name: rules}), candidate, baseline)


def latency(
    rules: BudgetRules, candidate: np.ndarray, baseline: np.ndarray | None = None, name: str = "latency_p95_ms"
) -> Check:
    before = None if baseline is None else Costs(values={}, latencies=baseline)
    (found,) = checks(name, rules, Costs(values={}, latencies=candidate), before)
    return found


def size(rules: BudgetRules, candidate: float, baseline: float | None = None) -> Check:
    before = None if baseline is None else Costs(values={"artifact_mb": baseline})
    (found,) = checks("artifact_mb", rules, Costs(values={"artifact_mb": candidate}), before)
    return found


@pytest.mark.parametrize(
    ("most", "status", "why"),
    [
        (
            200,
            Status.passed,
            "latency_p95_ms is 190 over 200 latencies; with 95 % confidence it is at least 185 and at most 196, and "
            "200 is allowed.",
        ),
        (196, Status.passed, None),
        (195.9, Status.inconclusive, None),
        (
            190,
            Status.inconclusive,
            "Not proven either way: latency_p95_ms is 190.05 over 200 latencies; with 95 % confidence it is at least "
            "185 and at most 196, and 190 is allowed.",
        ),
        (185, Status.inconclusive, None),
        (
            180,
            Status.failed,
            "latency_p95_ms is 190 over 200 latencies; with 95 % confidence it is at least 185 and at most 196, and "
            "only 180 is allowed.",
        ),
    ],
)
def test_published_latencies(most: float, status: Status, why: str | None) -> None:
    found = latency(BudgetRules(max=most, severity=Severity.warn), TO_200)
    assert (found.id, found.metric, found.rule) == ("latency_p95_ms:max", "latency_p95_ms", "max")
    assert (found.status, found.severity) == (status, Severity.warn)
    assert found.candidate == pytest.approx(190.05)
    assert (found.low, found.high, found.n, found.confidence) == (185, 196, 200, 0.95)
    assert (found.method, found.delta) == ("order statistics", None)
    assert why is None or found.why == why


def test_the_quantile_is_the_one_that_is_named() -> None:
    gate = Gate(budgets={name: BudgetRules(max=1e9) for name in ("latency_p50_ms", "latency_p99.9_ms")})
    found = budget_checks(gate, Costs(values={}, latencies=np.arange(1.0, 10_001.0)), None)
    assert [one.candidate for one in found] == [pytest.approx(5000.5), pytest.approx(9990.001)]


@pytest.mark.parametrize(
    ("rows", "most", "status", "says"),
    [
        (20, 1e9, Status.inconclusive, "; with 95 % confidence it is at least 17, and 1e+09 is allowed."),
        (20, 16.0, Status.failed, "; with 95 % confidence it is at least 17, and only 16 is allowed."),
    ],
)
def test_few_latencies_leave_a_side_open(rows: int, most: float, status: Status, says: str) -> None:
    """Of 20 numbers the 95 % quantile lies below the 17th with probability .0159, below the 18th with .0755."""
    found = latency(BudgetRules(max=most), np.arange(1.0, rows + 1))
    assert (found.status, found.high) == (status, None)
    assert found.why.endswith(says)


def test_one_latency_bounds_no_median() -> None:
    found = latency(BudgetRules(max=1e9), TO_200[:1], name="latency_p50_ms")
    assert (found.status, found.low, found.high) == (Status.inconclusive, None, None)
    assert found.why.endswith("is 200 over 1 latency; they are too few to bound it, and 1e+09 is allowed.")
    found = latency(BudgetRules(rise=Change(1e9)), TO_200, TO_200[:1], name="latency_p50_ms")
    assert (found.status, found.low, found.high) == (Status.inconclusive, None, None)


@pytest.mark.parametrize(
    ("limit", "status"),
    [
        (Change(20.0), Status.passed),
        (Change(8.0), Status.inconclusive),
        (Change(0.0), Status.failed),
        (share(0.15), Status.passed),
        (share(0.05), Status.inconclusive),
        (share(0.005), Status.failed),
    ],
)
def test_a_risen_quantile_is_judged_by_movers_bounds(limit: Change, status: Status) -> None:
    """Bounds 185 and 196 around 190.05, and 10 more: hypot of both distances, by hand."""
    found = latency(BudgetRules(rise=limit), TO_200 + 10.0, TO_200)
    far = math.hypot(196 - 190.05, 190.05 - 185)
    assert (found.id, found.status, found.method) == ("latency_p95_ms:rise", status, "mover")
    assert (found.candidate, found.baseline, found.delta) == (
        pytest.approx(200.05), pytest.approx(190.05), pytest.approx(-10.0)
    )  # fmt: skip
    assert (found.low, found.high) == (pytest.approx(-10 - far), pytest.approx(-10 + far))


def test_the_limit_of_a_relative_rise_is_where_movers_bound_of_the_scaled_difference_is_zero() -> None:
    """Twice the latencies: the largest rise that fails, and the least that passes, solved for by halving."""
    for wanted, sign in ((Status.passed, 1), (Status.failed, -1)):
        low, high = 0.0, 3.0
        for _ in range(60):
            middle = (low + high) / 2
            if (latency(BudgetRules(rise=share(middle)), 2 * TO_200, TO_200).status is wanted) == (sign > 0):
                high = middle
            else:
                low = middle
        factor = 1 + low
        up, down = (2 * (196 - 190.05), 190.05 - 185) if sign > 0 else (2 * (190.05 - 185), 196 - 190.05)
        assert 190.05 * (2 - factor) + sign * math.hypot(up, factor * down) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        (
            share(0.15),
            "latency_p95_ms went from 190 to 200; with 95 % confidence that is within the allowed rise of 15 %.",
        ),
        (
            Change(0.0),
            "latency_p95_ms went from 190 to 200; with 95 % confidence that is more than the allowed rise of 0.",
        ),
        (
            share(0.05),
            "Not proven either way: latency_p95_ms went from 190 to 200, which may be within the allowed rise of 5 % "
            "or above it, at 95 % confidence.",
        ),
    ],
)
def test_a_risen_quantile_says_so(limit: Change, why: str) -> None:
    assert latency(BudgetRules(rise=limit), TO_200 + 10.0, TO_200).why == why


def test_a_rise_of_few_latencies_is_open() -> None:
    found = latency(BudgetRules(rise=Change(1e9)), TO_200[:20], TO_200)
    assert (found.status, found.low) == (Status.inconclusive, None)


@pytest.mark.parametrize(
    ("value", "status", "why"),
    [
        (199.9, Status.passed, "artifact_mb is 199.9, and has to be at most 200."),
        (200.0, Status.passed, "artifact_mb is 200, and has to be at most 200."),
        (200.00001, Status.failed, "artifact_mb is 200.00001, above the maximum of 200."),
        (0.0, Status.passed, "artifact_mb is 0, and has to be at most 200."),
    ],
)
def test_other_costs_are_judged_on_the_point(value: float, status: Status, why: str) -> None:
    found = size(BudgetRules(max=200.0), value)
    assert (found.id, found.status, found.why) == ("artifact_mb:max", status, why)
    assert (found.candidate, found.method, found.n, found.low, found.high, found.confidence) == (
        value, "point", None, None, None, None
    )  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "candidate", "status", "why"),
    [
        (Change(0.1), 1.0, Status.passed, "artifact_mb went from 0.9 to 1; a rise of 0.1 is allowed."),
        (Change(0.1), 1.01, Status.failed, "artifact_mb went from 0.9 to 1.01, and only a rise of 0.1 is allowed."),
        (share(0.1), 0.99, Status.passed, "artifact_mb went from 0.9 to 0.99; a rise of 10 % is allowed."),
        (share(0.1), 0.991, Status.failed, "artifact_mb went from 0.9 to 0.991, and only a rise of 10 % is allowed."),
        (Change(0.0), 0.9, Status.passed, "artifact_mb stayed at 0.9; a rise of 0 is allowed."),
        (share(0.0), 0.5, Status.passed, "artifact_mb went from 0.9 to 0.5; a rise of 0 % is allowed."),
    ],
)
def test_a_rise_is_exact(limit: Change, candidate: float, status: Status, why: str) -> None:
    found = size(BudgetRules(rise=limit), candidate, 0.9)
    assert (found.id, found.status, found.why) == ("artifact_mb:rise", status, why)
    assert (found.baseline, found.delta) == (0.9, pytest.approx(0.9 - candidate, abs=1e-15))


def test_nothing_rises_in_percent_above_zero() -> None:
    found = size(BudgetRules(rise=share(0.1)), 1.0, 0.0)
    assert (found.status, found.why) == (
        Status.error,
        "artifact_mb was 0 in the baseline, so a rise in percent means nothing.",
    )
    assert size(BudgetRules(rise=Change(1.0)), 1.0, 0.0).status is Status.passed
    zeros = latency(BudgetRules(rise=share(0.1)), TO_200, 0 * TO_200)
    assert (zeros.status, zeros.low, zeros.high) == (Status.error, None, None)


def test_maximum_and_rise_are_two_checks_in_the_order_of_the_configuration() -> None:
    rules = BudgetRules(max=1.0, rise=share(0.1))
    gate = Gate(budgets={"train_seconds": rules, "artifact_mb": rules})
    costs = Costs(values={"train_seconds": 0.5, "artifact_mb": 2.0})
    assert [(one.id, one.status) for one in budget_checks(gate, costs, costs)] == [
        ("train_seconds:max", Status.passed),
        ("train_seconds:rise", Status.passed),
        ("artifact_mb:max", Status.failed),
        ("artifact_mb:rise", Status.passed),
    ]
    assert budget_checks(Gate(), costs, costs) == []


@pytest.mark.parametrize(
    ("baseline", "why"),
    [
        (None, "Not judged, no baseline: there is no run whose cost it could rise above."),
        (LOST, "Not judged, no baseline: its run is missing."),
    ],
)
def test_without_a_baseline_only_the_maximum_is_judged(baseline: Unavailable | None, why: str) -> None:
    level, rise = checks("cost", BudgetRules(max=2.0, rise=Change(1.0)), Costs(values={"cost": 1.0}), baseline)
    assert (level.status, rise.status, rise.why) == (Status.passed, Status.skipped, why)
    assert rise.candidate == 1.0


@pytest.mark.parametrize(
    ("name", "candidate", "why"),
    [
        ("cost", Costs(values={}), "the candidate has no such number among its budgets and metrics"),
        ("cost", Costs(values={"cost": math.nan}), "the candidate says nan, which is no number"),
        ("cost", Costs(values={"cost": math.inf}), "the candidate says inf, which is no number"),
        ("latency_p95_ms", Costs(values={"latency_p95_ms": 3.0}), "the candidate has no latencies"),
        ("latency_p95_ms", Costs(values={}, latencies=np.array([])), "the candidate has no latencies"),
    ],
)
def test_a_number_that_lacks_is_an_error_of_both_rules(name: str, candidate: Costs, why: str) -> None:
    found = checks(name, BudgetRules(max=2.0, rise=Change(1.0)), candidate, candidate)
    assert [(one.status, one.why) for one in found] == [(Status.error, f"{name} can't be judged: {why}.")] * 2


def test_a_number_that_the_baseline_lacks_is_an_error_of_the_rise() -> None:
    level, rise = checks("cost", BudgetRules(max=2.0, rise=Change(1.0)), Costs(values={"cost": 1.0}), Costs(values={}))
    assert (level.status, rise.status) == (Status.passed, Status.error)
    assert rise.why == "cost can't be judged: the baseline has no such number among its budgets and metrics."


def test_a_baseline_of_zero_is_left_to_the_maximum_beside() -> None:
    costs = Costs(values={"cost": 1.0})
    level, rise = checks("cost", BudgetRules(max=2.0, rise=share(0.1)), costs, Costs(values={"cost": 0.0}))
    assert (level.status, rise.status) == (Status.passed, Status.skipped)
    assert "a rise in percent means nothing" in rise.why
