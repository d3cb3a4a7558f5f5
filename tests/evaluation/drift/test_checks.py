"""Drift checks: significant and large, and what is said of it."""

from typing import Any

import pytest

from merganser.config import DriftRules, Gate, Severity
from merganser.evaluation.drift.checks import drift_checks
from merganser.evaluation.drift.findings import ColumnDrift, DriftFindings, Share
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.rollup import BaselineState, Skip, roll_up
from merganser.evaluation.verdict import Check, Status
from merganser.plan import Conclusion
from tests.evaluation.samples import check

GATE = Gate(drift=DriftRules())


def drift(**fields: Any) -> ColumnDrift:
    values = {
        "psi": 0.25, "method": "ks", "statistic": 0.1, "p": 0.001, "p_adjusted": 0.004, "rows": (1_000, 900),
        "missing": (0.0, 0.0),
    }  # fmt: skip
    return ColumnDrift(**(values | fields))


def one(column: ColumnDrift | Unavailable, gate: Gate = GATE, name: str = "age") -> Check:
    (found,) = drift_checks(gate, DriftFindings(columns={name: column}))
    return found


@pytest.mark.parametrize(
    ("psi", "p_adjusted", "status"),
    [
        (0.0202733, 1e-9, Status.passed),
        (0.2282174, 1e-9, Status.failed),
        (0.2282174, 0.05, Status.failed),
        (0.2282174, 0.051, Status.passed),
        (0.2, 1e-9, Status.passed),
        (0.0, 1.0, Status.passed),
    ],
)
def test_only_what_is_significant_and_large_has_drifted(psi: float, p_adjusted: float, status: Status) -> None:
    found = one(drift(psi=psi, p_adjusted=p_adjusted))
    assert (found.id, found.metric, found.rule, found.slice) == (
        "psi:drift@column=age",
        "psi",
        "drift",
        {"column": "age"},
    )
    assert found.status is status
    assert (found.candidate, found.p, found.p_adjusted, found.n) == (psi, 0.001, p_adjusted, 900)
    assert (found.method, found.confidence, found.baseline, found.delta) == ("ks", 0.95, None, None)


def test_the_threshold_the_confidence_and_the_severity_are_the_gates() -> None:
    gate = Gate(confidence=0.999, drift=DriftRules(psi=0.1, severity=Severity.warn))
    assert one(drift(psi=0.15, p_adjusted=0.0005), gate).status is Status.failed
    assert one(drift(psi=0.15, p_adjusted=0.002), gate).status is Status.passed
    assert one(drift(), gate).severity is Severity.warn


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (
            {},
            "age: PSI is 0.25, above the maximum of 0.2, and the difference is hardly chance (adjusted p = 0.004, the "
            "limit is 0.05); the largest distance of the distributions is 0.1.",
        ),
        (
            {"psi": 0.2000001, "p_adjusted": 0.3, "method": "ks bound"},
            "age: PSI is 0.2000001, above the maximum of 0.2, and the difference may well be chance (adjusted p = "
            "0.3); the largest distance of the distributions is at least 0.1.",
        ),
        (
            {"psi": 0.1, "method": "chi2", "statistic": 33.25, "missing": (0.01, 0.125)},
            "age: PSI is 0.1, within the maximum of 0.2, and the difference is hardly chance (adjusted p = 0.004, the "
            "limit is 0.05); chi-square is 33.25; missing went from 1 % to 12.5 %.",
        ),
        (
            {"psi": 3.0, "method": "missing rate", "statistic": None, "missing": (0.0, 1.0)},
            "age: PSI is 3, above the maximum of 0.2, and the difference is hardly chance (adjusted p = 0.004, the "
            "limit is 0.05); missing went from 0 % to 100 %.",
        ),
    ],
)
def test_the_sentence_has_the_numbers(fields: dict[str, Any], why: str) -> None:
    assert one(drift(**fields)).why == why


def test_new_and_vanished_categories_are_named_a_few_of_them() -> None:
    new = tuple(Share(name=f"n{i}", share=0.1 / (i + 1)) for i in range(5))
    gone = (Share(name="a\nb" + "c" * 60, share=0.25),)
    found = one(drift(method="chi2", new=new, vanished=gone))
    assert found.why.endswith(
        "; chi-square is 0.1; new: n0 (10 %), n1 (5 %), n2 (3.333 %) and 2 more; gone: a\\nb"
        + "c" * 37
        + "\\u2026 (25 %)."
    )


def test_a_column_that_cant_be_compared_is_an_error() -> None:
    found = one(Unavailable(why="the candidate has no such column"))
    assert (found.id, found.status) == ("psi:drift@column=age", Status.error)
    assert found.why == "psi can't be judged: age: the candidate has no such column."


@pytest.mark.parametrize("rows", [(199, 1_000), (1_000, 199)])
def test_few_rows_are_not_judged(rows: tuple[int, int]) -> None:
    found = one(drift(rows=rows))
    assert (found.status, found.notes, found.n) == (Status.skipped, (Skip.few_rows.value,), rows[1])
    assert found.why == "Not judged, too few rows: age: 199 rows, and 200 are needed."
    assert one(drift(rows=rows), Gate(min_support=199, drift=DriftRules())).status is Status.failed


def test_without_features_the_check_is_skipped_and_not_red() -> None:
    (found,) = drift_checks(GATE, None)
    assert (found.id, found.status) == ("psi:drift", Status.skipped)
    assert found.why == "Not judged, no valid method: there is no feature profile on both sides."
    others = [found, check(Status.passed)]
    assert roll_up(others, GATE, BaselineState.available) is Conclusion.success


def test_findings_that_are_unavailable_say_why() -> None:
    (found,) = drift_checks(GATE, Unavailable(why="profile.json: not UTF-8 text"))
    assert (found.id, found.status) == ("psi:drift", Status.error)
    (found,) = drift_checks(GATE, DriftFindings(columns={}))
    assert (found.status, found.why) == (Status.error, "psi can't be judged: there is no column to compare.")


def test_no_rule_no_check() -> None:
    assert drift_checks(Gate(), DriftFindings(columns={"age": drift()})) == []
    assert drift_checks(Gate(), None) == []


def test_every_column_has_its_check_in_order() -> None:
    findings = DriftFindings(columns={"b": drift(), "a": drift(psi=0.1)})
    assert [(found.id, found.status) for found in drift_checks(GATE, findings)] == [
        ("psi:drift@column=b", Status.failed),
        ("psi:drift@column=a", Status.passed),
    ]
