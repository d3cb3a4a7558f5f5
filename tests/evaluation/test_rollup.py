"""From statuses to one conclusion."""

from typing import Any

import pytest

from merganser.config import Gate, MetricRules, NonInferior, OnInconclusive, Severity
from merganser.evaluation.rollup import BaselineState, Skip, roll_up
from merganser.evaluation.verdict import Check, Status
from merganser.plan import Conclusion
from tests.evaluation.samples import check

OK, RED = Conclusion.success, Conclusion.failure
PASS = check(Status.passed)
AVAILABLE, FIRST, MISSING = BaselineState.available, BaselineState.first_run, BaselineState.missing


def skipped(reason: Skip, **fields: Any) -> Check:
    return check(Status.skipped, notes=(reason.value,), **fields)


@pytest.mark.parametrize(
    ("checks", "state", "conclusion"),
    [
        ([PASS], AVAILABLE, OK),
        ([PASS, check(Status.failed)], AVAILABLE, RED),
        ([PASS, check(Status.failed, severity=Severity.warn)], AVAILABLE, OK),
        ([PASS, check(Status.error, severity=Severity.warn)], AVAILABLE, RED),
        ([PASS, check(Status.inconclusive)], AVAILABLE, OK),
        ([PASS, check(Status.waived)], AVAILABLE, OK),
        ([check(Status.waived)], AVAILABLE, OK),
        ([PASS, skipped(Skip.few_rows)], AVAILABLE, OK),
        ([skipped(Skip.few_rows)], AVAILABLE, RED),
        ([skipped(Skip.few_rows)], FIRST, RED),
        ([], AVAILABLE, RED),
        ([], FIRST, RED),
        ([skipped(Skip.no_baseline)], FIRST, OK),
        ([skipped(Skip.no_baseline), skipped(Skip.no_method)], FIRST, OK),
        ([skipped(Skip.no_baseline)], MISSING, RED),
        ([PASS, skipped(Skip.no_baseline)], FIRST, OK),
        ([PASS, skipped(Skip.no_baseline)], MISSING, RED),
        ([PASS, skipped(Skip.no_baseline)], AVAILABLE, RED),
        ([PASS, skipped(Skip.no_baseline, severity=Severity.warn)], MISSING, OK),
        ([PASS, skipped(Skip.data_changed)], AVAILABLE, RED),
        ([PASS, skipped(Skip.data_changed, severity=Severity.warn)], AVAILABLE, OK),
        ([PASS, skipped(Skip.no_method)], AVAILABLE, OK),
    ],
)
def test_roll_up(checks: list[Check], state: BaselineState, conclusion: Conclusion) -> None:
    assert roll_up(checks, Gate(), state) is conclusion


BLOCK, WARN = OnInconclusive.block, OnInconclusive.warn


@pytest.mark.parametrize(
    ("everywhere", "own", "severity", "conclusion"),
    [
        (WARN, None, Severity.block, OK),
        (BLOCK, None, Severity.block, RED),
        (WARN, BLOCK, Severity.block, RED),
        (BLOCK, WARN, Severity.block, OK),
        (BLOCK, BLOCK, Severity.warn, OK),
    ],
)
def test_inconclusive(
    everywhere: OnInconclusive, own: OnInconclusive | None, severity: Severity, conclusion: Conclusion
) -> None:
    rules = MetricRules(non_inferior=NonInferior(margin=0.1, on_inconclusive=own))
    gate = Gate(on_inconclusive=everywhere, metrics={"accuracy": rules})
    checks = [PASS, check(Status.inconclusive, severity=severity)]
    assert roll_up(checks, gate, AVAILABLE) is conclusion


@pytest.mark.parametrize(("everywhere", "own", "conclusion"), [(WARN, BLOCK, OK), (BLOCK, WARN, RED)])
def test_a_metrics_own_word_is_of_its_comparison_alone(
    everywhere: OnInconclusive, own: OnInconclusive, conclusion: Conclusion
) -> None:
    """A slice or a fairness ratio of that name follows the gate."""
    rules = MetricRules(non_inferior=NonInferior(margin=0.1, on_inconclusive=own))
    policy = Gate(on_inconclusive=everywhere, metrics={"accuracy": rules})
    other = check(Status.inconclusive, id="accuracy:min_ratio@sex=m", rule="min_ratio")
    assert roll_up([PASS, other], policy, AVAILABLE) is conclusion
