"""Levels, changes and non-inferiority: every status, its boundary and its sentence."""

import math
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from merganser.config import (
    Calibration,
    CalibrationError,
    Change,
    Direction,
    Gate,
    MetricRules,
    NonInferior,
    Severity,
    Unit,
)
from merganser.documents import dump_json
from merganser.evaluation.estimate import Estimate, Resampled
from merganser.evaluation.evidence import Evidence, Found, Unavailable
from merganser.evaluation.judge import gate_checks
from merganser.evaluation.layout import Grouping
from merganser.evaluation.rollup import Skip
from merganser.evaluation.rules import metric_checks
from merganser.evaluation.verdict import Check, Status
from tests.evaluation.samples import BROKEN, CHANGED, FIRST, by, evidence, gate, non_inferior, paired, ranked, wrong


def one(metric: str, rules: MetricRules, found: Evidence) -> Check:
    (check,) = metric_checks(metric, gate(**{metric: rules}), found)
    return check


def overall(**found: Found) -> Evidence:
    return evidence(overall=found)


def reported(candidate: float, baseline: float | None = None, **fields: Any) -> Evidence:
    theirs = {} if baseline is None else {"r2": baseline}
    values = {"overall": {}, "candidate_metrics": {"r2": candidate}}
    return evidence(**(values | {"baseline_metrics": theirs} | fields))


@pytest.mark.parametrize(
    ("b", "c", "n", "status", "low", "high"),
    [
        (150, 130, 10_000, Status.passed, -0.00477340, 0.00075588),
        (20, 14, 500, Status.inconclusive, -0.0321381, 0.0074443),
        (400, 200, 10_000, Status.failed, -0.0240600, -0.0160141),
        (0, 0, 50, Status.inconclusive, -0.0513332, 0.0513332),
    ],
)
@pytest.mark.parametrize(("metric", "counted", "sign"), [("accuracy", paired, 1), ("error_rate", wrong, -1)])
def test_rates(
    metric: str, counted: Callable[[int, int, int], Estimate], sign: int,
    b: int, c: int, n: int, status: Status, low: float, high: float,
) -> None:  # fmt: skip
    check = one(metric, non_inferior(), overall(**{metric: counted(b, c, n)}))
    assert check.status is status
    assert (check.low, check.high) == pytest.approx((low, high), abs=6e-8)
    assert (check.id, check.b, check.c, check.n, check.method) == (f"{metric}:non_inferior", b, c, n, "tango")
    assert check.candidate is not None
    assert check.baseline is not None
    assert check.delta == (c - b) / n
    assert check.delta == pytest.approx(sign * (check.candidate - check.baseline))


@pytest.mark.parametrize(
    ("b", "c", "margin", "notes"),
    [
        (100, 200, 0.01, ("improved",)),
        (200, 100, 0.05, ("regressed-within-margin",)),
        (100, 100, 0.01, ()),
    ],
)
def test_notes_of_a_pass(b: int, c: int, margin: float, notes: tuple[str, ...]) -> None:
    check = one("accuracy", non_inferior(margin), overall(accuracy=paired(b, c, 10_000)))
    assert (check.status, check.notes) == (Status.passed, notes)


def test_a_bound_exactly_at_the_margin_proves_nothing() -> None:
    pair = ranked(difference=0.0, error=0.004)
    free = one("auc", non_inferior(0.02), overall(auc=pair))
    assert free.low is not None
    low, high = -free.low, free.low
    assert one("auc", non_inferior(low), overall(auc=pair)).status is Status.inconclusive
    worse = ranked(difference=-0.05, error=0.01)
    shown = one("auc", non_inferior(0.01), overall(auc=worse))
    assert shown.status is Status.failed
    assert shown.high is not None
    assert one("auc", non_inferior(-shown.high), overall(auc=worse)).status is Status.inconclusive
    assert high < 0


# (z₀.₉₅ + z₀.₈₀)² / 0.01² = 61,825.57 times error² · 2,000 rows, by scipy's norm.ppf.
@pytest.mark.parametrize(
    ("pair", "status", "says", "needed"),
    [
        ({}, Status.passed, "auc went from 0.8 to 0.801; with 95 % confidence it is at most 0.00229 worse", None),
        ({"error": 0.02}, Status.inconclusive, "would settle it", 49461),
        ({"difference": -0.05, "error": 0.01}, Status.failed, "at least 0.0336 worse", None),
        ({"difference": 0.0, "error": 0.0}, Status.passed, "auc stayed at 0.8", None),
        ({"doubt": "rows are few"}, Status.inconclusive, "auc went from 0.8 to 0.801; rows are few.", None),
        ({"doubt": "rows are few", "doubt_rows": 1071}, Status.inconclusive, "; rows are few.", 1071),
        ({"doubt": "rows are few", "doubt_rows": 1071, "error": 0.02}, Status.inconclusive, "; rows are few.", 49461),
        ({"doubt": "rows are few", "difference": -0.05}, Status.inconclusive, "; rows are few.", None),
    ],
)
def test_sampled_changes(pair: dict[str, Any], status: Status, says: str, needed: int | None) -> None:
    check = one("auc", non_inferior(), overall(auc=ranked(**pair)))
    assert (check.status, check.n_needed) == (status, needed)
    assert says in check.why
    assert check.low is not None
    assert check.method == "delong"


@pytest.mark.parametrize("direction", [Direction.up, Direction.down])
def test_a_resampled_change_is_oriented(direction: Direction) -> None:
    """Of 999 replicates from −0.039 to 0.0608 the 50th and the 950th are the bounds; 390 lie below 0."""
    spread = Resampled(difference=0.01, replicates=tuple((n - 390) / 10_000 for n in range(999)))
    found = Estimate(candidate=0.51, baseline=0.5, n=1000, spread=spread, note="resampled")
    rules = msgspec.structs.replace(non_inferior(0.1), direction=direction)
    check = one("own", rules, overall(own=found))
    expected = (0.01, -0.0341, 0.0559) if direction is Direction.up else (-0.01, -0.0559, 0.0341)
    assert (check.delta, check.low, check.high) == pytest.approx(expected)
    assert (check.method, check.notes, check.n) == ("bootstrap", ("resampled",), 1000)
    assert check.p == pytest.approx(2 * 390 / 999, abs=0.005)


def test_the_p_of_no_change_at_all_is_two_sided() -> None:
    for difference in (0.004, -0.004):
        check = one("auc", non_inferior(), overall(auc=ranked(difference=difference, error=0.002)))
        assert check.p == pytest.approx(2 * norm.sf(2))


def test_rows_needed_by_the_table() -> None:
    few = one("accuracy", non_inferior(), overall(accuracy=paired(0, 0, 50)))
    assert few.n_needed == 268
    assert few.why.endswith("about 268 rows would settle it if the two were truly equal, and there are 50.")
    many = one("accuracy", non_inferior(), overall(accuracy=paired(640, 585, 10_000)))
    assert many.status is Status.inconclusive
    assert many.n_needed == 7574
    assert "7,574 rows are usually enough" in many.why
    never = one("accuracy", non_inferior(0.0), overall(accuracy=paired(5, 5, 100)))
    assert (never.status, never.n_needed) == (Status.inconclusive, None)
    assert "can't settle it" in never.why
    assert one("auc", non_inferior(0.0), overall(auc=ranked(doubt="few"))).n_needed is None
    both = ranked(doubt="few", doubt_rows=1071, error=0.05)
    assert one("auc", non_inferior(0.0), overall(auc=both)).n_needed == 1071


def test_worse_but_not_by_more_than_allowed_is_not_called_open_both_ways() -> None:
    check = one("accuracy", non_inferior(), overall(accuracy=paired(320, 230, 10_000)))
    assert check.status is Status.inconclusive
    assert check.n_needed == 3401
    assert check.why.startswith("Worse, but not proven to be worse by more than the allowed 0.01: accuracy went from ")
    assert check.low is not None
    assert check.high is not None
    assert check.why.endswith(
        f"with 95 % confidence it is at least {-check.high:.3g} worse, yet it may be {-check.low:.3g} worse; "
        "10,000 rows can't tell."
    )
    level = one("accuracy", non_inferior(), overall(accuracy=paired(640, 585, 10_000)))
    assert level.why.startswith("Not proven either way: ")


@pytest.mark.parametrize(
    ("rules", "value", "status", "says"),
    [
        ({"min": 0.8}, 0.8, Status.passed, "r2 is 0.8, and has to be at least 0.8."),
        ({"min": 0.8}, 0.79999999, Status.failed, "r2 is 0.79999999, below the minimum of 0.8."),
        ({"max": 0.8}, 0.8, Status.passed, "r2 is 0.8, and has to be at most 0.8."),
        ({"max": 0.8}, 0.81, Status.failed, "r2 is 0.81, above the maximum of 0.8."),
        ({"min": 0.8}, float("nan"), Status.error, "reports nan"),
        ({"max": 0.8}, float("-inf"), Status.error, "reports -inf"),
    ],
)
def test_levels(rules: dict[str, float], value: float, status: Status, says: str) -> None:
    check = one("r2", MetricRules(**rules), reported(value))
    assert check.status is status
    assert says in check.why


RELATIVE, ABSOLUTE = Unit.relative, Unit.absolute


@pytest.mark.parametrize(
    ("rule", "limit", "baseline", "candidate", "status", "says"),
    [
        ("max_drop", Change(0.01), 0.95, 0.94, Status.passed, "a drop of 0.01; up to 0.01 is allowed"),
        ("max_drop", Change(0.01), 0.95, 0.939, Status.failed, "a drop of 0.011, and only 0.01 is allowed"),
        ("max_drop", Change(0.01), 0.95, 0.97, Status.passed, "a drop of 0.01 is allowed"),
        ("max_rise", Change(0.1), 0.3, 0.4, Status.passed, "a rise of 0.1; up to 0.1 is allowed"),
        ("max_rise", Change(0.1), 0.3, 0.41, Status.failed, "a rise of 0.11, and only 0.1 is allowed"),
        ("max_drop", Change(0.01, RELATIVE), 0.5, 0.495, Status.passed, "a drop of 1 %; up to 1 % is allowed"),
        ("max_drop", Change(0.01, RELATIVE), 0.5, 0.4949, Status.failed, "a drop of 1.02 %, and only 1 % is allowed"),
        ("max_drop", Change(0.0, RELATIVE), -2.0, -1.0, Status.passed, "went from -2 to -1; a drop of 0 %"),
        ("max_drop", Change(0.1, RELATIVE), -1.0, -2.0, Status.failed, "a drop of 100 %"),
        ("max_drop", Change(0.1, RELATIVE), 0.0, 0.5, Status.error, "was 0 in the baseline"),
        ("max_drop", Change(0.1, ABSOLUTE), 0.0, 0.5, Status.passed, "went from 0 to 0.5"),
        ("max_drop", Change(0.01), 0.9, 0.9, Status.passed, "r2 stayed at 0.9"),
        ("max_drop", Change(0.01), float("nan"), 0.9, Status.error, "the baseline reports nan"),
        ("max_drop", Change(0.01), 0.9, float("inf"), Status.error, "the candidate reports inf"),
    ],
)
def test_changes(rule: str, limit: Change, baseline: float, candidate: float, status: Status, says: str) -> None:
    check = one("r2", MetricRules(**{rule: limit}), reported(candidate, baseline))
    assert check.status is status
    assert says in check.why


@pytest.mark.parametrize("absolute", [{"min": 0.1}, {"max": 0.9}])
def test_a_baseline_of_zero_is_left_to_the_absolute_rule_beside(absolute: dict[str, float]) -> None:
    rules = MetricRules(**absolute, max_drop=Change(0.1, RELATIVE))
    level, change = metric_checks("r2", gate(r2=rules), reported(0.5, 0.0))
    assert (level.status, change.status) == (Status.passed, Status.skipped)
    assert "a change in percent means nothing" in change.why


@pytest.mark.parametrize(
    ("limit", "baseline", "candidate", "says"),
    [
        (Change(0.1), 1.7e308, -1.7e308, "from 1.7e+308 to -1.7e+308 is too far apart for a number"),
        (Change(0.1, RELATIVE), 5e-324, 1.0, "that change is too large to be a number"),
        (Change(0.1, RELATIVE), 1e-300, -1e10, "that change is too large to be a number"),
        (Change(1.7e308, RELATIVE), 1.0, 0.5, "that change is too large to be a number"),
    ],
)
def test_a_change_that_no_number_holds_is_an_error(limit: Change, baseline: float, candidate: float, says: str) -> None:
    level, change = metric_checks("r2", gate(r2=MetricRules(max=2.0, max_drop=limit)), reported(candidate, baseline))
    assert level.status is Status.passed
    assert change.status is Status.error
    assert says in change.why


EXTREME = st.floats() | st.sampled_from([1.7e308, -1.7e308, 5e-324, -5e-324, 0.0, -0.0, 1e-200, 1e200])
LIMIT = st.floats(min_value=0, allow_infinity=False)


@given(EXTREME, EXTREME, st.builds(Change, LIMIT, st.sampled_from(Unit)), LIMIT)
def test_no_self_reported_number_breaks_the_gate(
    baseline: float, candidate: float, change: Change, margin: float
) -> None:
    rules = MetricRules(
        min=margin, max=margin, max_drop=change, max_rise=change, non_inferior=NonInferior(margin=margin)
    )
    checks = tuple(metric_checks("r2", gate(r2=rules), reported(candidate, baseline)))
    dump_json(checks)
    assert all(check.why for check in checks)
    if not (math.isfinite(baseline) and math.isfinite(candidate)):
        assert Status.error in {check.status for check in checks}


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 60), LIMIT, st.sampled_from([0.0, 1e-300, 0.03, 0.5]))
def test_no_margin_breaks_the_gate(b: int, c: int, agreeing: int, margin: float, error: float) -> None:
    counts = paired(b, c, b + c + agreeing)
    doubtful = ranked(error=error, doubt="few" if error == 0.03 else "")
    found = evidence(
        overall={"accuracy": counts, "auc": doubtful},
        slices={Grouping(("country",)): {("de",): {"accuracy": counts, "auc": doubtful}}},
    )
    policy = Gate(
        metrics={"accuracy": non_inferior(margin), "auc": non_inferior(margin)},
        slices=(by("country", "accuracy", "auc", margin=margin, min_support=1),),
    )
    checks = gate_checks(policy, found)
    dump_json(checks)
    assert Status.error not in {check.status for check in checks}


def test_a_point_rule_shows_the_interval_and_says_point() -> None:
    rules = MetricRules(min=0.1, max_drop=Change(0.01))
    level, drop = metric_checks("accuracy", gate(accuracy=rules), evidence())
    for check in (level, drop):
        assert (check.method, check.status, check.confidence) == ("point", Status.passed, 0.95)
        assert check.low == pytest.approx(-0.00477340, abs=1e-8)
        assert check.notes == ()


def test_self_reported_numbers_have_no_interval() -> None:
    level, sure = metric_checks(
        "r2", gate(r2=MetricRules(min=0.1, non_inferior=NonInferior(margin=0.1))), reported(0.9, 0.9)
    )
    assert (level.method, level.low, level.confidence, level.notes) == ("point", None, None, ("self-reported",))
    assert (sure.status, sure.notes) == (Status.skipped, ("no valid method", "self-reported"))


def test_a_lower_is_better_metric_is_oriented() -> None:
    found = evidence(candidate_metrics={"log_loss": 0.4}, baseline_metrics={"log_loss": 0.3})
    check = one("log_loss", MetricRules(max_rise=Change(0.2)), found)
    assert check.delta == pytest.approx(-0.1)
    own = one("surprise", MetricRules(direction=Direction.down, max=1.0), evidence(candidate_metrics={"surprise": 0.5}))
    assert own.status is Status.passed


@pytest.mark.parametrize(
    ("metric", "rules", "found", "status", "notes"),
    [
        ("accuracy", MetricRules(min=0.1), overall(accuracy=BROKEN), Status.error, ()),
        ("accuracy", non_inferior(), overall(accuracy=BROKEN), Status.error, ()),
        ("auc", MetricRules(min=0.1), overall(auc=Unavailable(why="no score", skip=Skip.no_method)),
         Status.skipped, ("no valid method",)),
        ("accuracy", non_inferior(), evidence(no_baseline=FIRST), Status.skipped, ("no baseline",)),
        ("accuracy", MetricRules(max_drop=Change(0.1)), evidence(no_baseline=FIRST), Status.skipped, ("no baseline",)),
        ("accuracy", MetricRules(min=0.1), evidence(no_baseline=FIRST), Status.passed, ()),
        ("auc", non_inferior(), evidence(no_baseline=CHANGED), Status.skipped, ("evaluation data changed",)),
        ("auc", MetricRules(min=0.1), evidence(no_baseline=CHANGED), Status.passed, ()),
        ("r2", MetricRules(min=0.1), evidence(), Status.error, ()),
        ("r2", MetricRules(max_drop=Change(0.1)), reported(0.5), Status.error, ("self-reported",)),
        ("r2", MetricRules(max_drop=Change(0.1)), reported(0.5, no_baseline=FIRST), Status.skipped,
         ("no baseline", "self-reported")),
        ("r2", MetricRules(max_drop=Change(0.1)), reported(0.5, 0.5, no_baseline=FIRST), Status.passed,
         ("self-reported",)),
        ("r2", MetricRules(max_drop=Change(0.1)), reported(0.5, 0.5, no_baseline=CHANGED), Status.skipped,
         ("evaluation data changed", "self-reported")),
        ("accuracy", non_inferior(), evidence(overall={"accuracy": paired(0, 0, 9)}, unchanged=True), Status.passed,
         ("identical",)),
        ("accuracy", non_inferior(), evidence(no_baseline=FIRST, unchanged=True), Status.skipped, ("no baseline",)),
        ("accuracy", MetricRules(max_drop=Change(0.1)), evidence(no_baseline=FIRST, unchanged=True), Status.skipped,
         ("no baseline",)),
        ("r2", MetricRules(non_inferior=NonInferior(margin=0.1)), reported(0.5, 0.5, unchanged=True), Status.passed,
         ("identical", "self-reported")),
        ("r2", MetricRules(non_inferior=NonInferior(margin=0.1)), reported(0.5, 0.4, unchanged=True), Status.skipped,
         ("no valid method", "self-reported")),
        ("accuracy", non_inferior(), evidence(no_baseline=CHANGED, unchanged=True), Status.skipped,
         ("evaluation data changed",)),
        ("accuracy", MetricRules(max_drop=Change(0.1)), evidence(no_baseline=CHANGED, unchanged=True),
         Status.skipped, ("evaluation data changed",)),
        ("accuracy", MetricRules(min=0.99), evidence(unchanged=True), Status.failed, ()),
    ],
)  # fmt: skip
def test_what_stands_in_the_way(
    metric: str, rules: MetricRules, found: Evidence, status: Status, notes: tuple[str, ...]
) -> None:
    check = one(metric, rules, found)
    assert (check.status, check.notes) == (status, notes)
    assert check.why.endswith(".")


@pytest.mark.parametrize(
    ("found", "status", "says"),
    [
        (ranked(), Status.failed, "ece is 0.801, above the maximum of 0.3."),
        (Estimate(candidate=0.3, baseline=0.4, n=9, spread=ranked().spread), Status.passed, "has to be at most 0.3."),
        (Unavailable(why="no scores"), Status.error, "ece can't be judged: no scores."),
    ],
)
def test_calibration_is_a_level_of_its_own(found: Found, status: Status, says: str) -> None:
    rules = Gate(calibration=Calibration(ece=CalibrationError(max=0.3, bins=20, severity=Severity.warn)))
    (check,) = gate_checks(rules, evidence(overall={"ece(20)": found}))
    assert (check.id, check.status, check.severity) == ("ece:max", status, Severity.warn)
    assert says in check.why
    assert check.method == ("" if status is Status.error else "point")


def test_rules_keep_their_order_and_ids() -> None:
    rules = MetricRules(
        min=0.1, max=1.0, max_drop=Change(0.5), max_rise=Change(0.5), non_inferior=NonInferior(margin=0.01)
    )
    ids = [check.id for check in metric_checks("accuracy", gate(accuracy=rules), evidence())]
    assert ids == [f"accuracy:{rule}" for rule in ("min", "max", "max_drop", "max_rise", "non_inferior")]


def test_confidence_widens_the_interval() -> None:
    loose, strict = (
        next(
            metric_checks(
                "accuracy",
                msgspec.structs.replace(Gate(metrics={"accuracy": non_inferior()}), confidence=level),
                evidence(),
            )
        )
        for level in (0.8, 0.99)
    )
    assert loose.low is not None
    assert strict.low is not None
    assert strict.low < loose.low
    assert "99 % confidence" in strict.why
