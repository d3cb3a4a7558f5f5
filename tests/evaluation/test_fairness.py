"""Fairness: each group against the one with the highest rate, by the ratio's bounds."""

import numpy as np
import pytest
from scipy.stats import contingency
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score

from merganser.config import FairnessRules, Gate, Severity
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.fairness import GroupRate, Groups, Rate, fairness_checks, group_rates
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Check, Status

BY_SEX = FairnessRules(by="sex", min_ratio=0.8)


def rates(**counts: tuple[int, int]) -> dict[str, GroupRate]:
    return {group: GroupRate(successes=successes, rows=rows) for group, (successes, rows) in counts.items()}


def checks(found: Groups | Unavailable, rules: FairnessRules = BY_SEX, min_support: int = 50) -> list[Check]:
    gate = Gate(fairness=(rules,), min_support=min_support)
    return fairness_checks(gate, {(rules.by, rules.metric): found})


@pytest.mark.parametrize(
    ("f", "m", "ratio", "status"),
    [
        ((38, 100), (50, 100), 0.76, Status.inconclusive),
        ((460, 1_000), (500, 1_000), 0.92, Status.passed),
        ((380, 1_000), (500, 1_000), 0.76, Status.inconclusive),
        ((300, 1_000), (500, 1_000), 0.6, Status.failed),
    ],
)
def test_the_bounds_of_the_ratio_decide(f: tuple[int, int], m: tuple[int, int], ratio: float, status: Status) -> None:
    (found,) = checks(rates(m=m, f=f))
    assert (found.id, found.metric, found.rule) == ("selection_rate:min_ratio@sex=f", "selection_rate", "min_ratio")
    assert found.slice == {"sex": "f"}
    assert found.status is status
    assert found.candidate == pytest.approx(ratio, rel=1e-12)
    two_sided = contingency.relative_risk(*f, *m).confidence_interval(0.9)
    assert (found.low, found.high) == (pytest.approx(two_sided.low), pytest.approx(two_sided.high))
    assert (found.n, found.method, found.confidence, found.delta, found.baseline) == (
        f[1],
        "log ratio",
        0.95,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("f", "m", "low", "high"),
    [((38, 100), (50, 100), 0.58201, 0.99242), ((460, 1_000), (500, 1_000), 0.85208, 0.99333)],
)
def test_published_bounds(f: tuple[int, int], m: tuple[int, int], low: float, high: float) -> None:
    (found,) = checks(rates(m=m, f=f))
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-6), pytest.approx(high, abs=5e-6))


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (
            (460, 1_000),
            "sex = f: selection_rate is 0.46 against 0.5 for m, a ratio of 0.92; with 95 % confidence it is at least "
            "0.8521, and 0.8 is needed.",
        ),
        (
            (300, 1_000),
            "sex = f: selection_rate is 0.3 against 0.5 for m, a ratio of 0.6; with 95 % confidence it is at most "
            "0.6598, and 0.8 is needed.",
        ),
        (
            (410, 1_000),
            "Not proven either way: sex = f: selection_rate is 0.41 against 0.5 for m, a ratio of 0.82, and with 95 % "
            "confidence it is at least 0.756, where 0.8 is needed.",
        ),
    ],
)
def test_the_sentence_has_the_numbers(f: tuple[int, int], why: str) -> None:
    (found,) = checks(rates(f=f, m=(500, 1_000)))
    assert found.why == why


def test_every_group_is_held_against_the_highest() -> None:
    found = checks(rates(b=(300, 1_000), a=(480, 1_000), c=(500, 1_000)))
    assert [(one.slice["sex"], one.status, one.candidate) for one in found] == [
        ("a", Status.passed, 0.96),
        ("b", Status.failed, 0.6),
    ]


def test_equal_groups_are_held_against_the_first() -> None:
    (found,) = checks(rates(b=(500, 1_000), a=(250, 500)))
    assert (found.slice, found.candidate, found.status) == ({"sex": "b"}, 1.0, Status.passed)


def test_a_group_without_any_success_fails() -> None:
    (found,) = checks(rates(f=(0, 1_000), m=(500, 1_000)))
    assert (found.candidate, found.low, found.status) == (0.0, 0.0, Status.failed)


def test_small_groups_are_skipped_and_set_no_standard() -> None:
    found = checks(rates(a=(40, 49), b=(25, 50), c=(500, 1_000)), FairnessRules(by="sex", min_ratio=0.5))
    assert [(one.id, one.status) for one in found] == [
        ("selection_rate:min_ratio@sex=a", Status.skipped),
        ("selection_rate:min_ratio@sex=c", Status.passed),
    ]
    assert found[0].why == "Not judged, too few rows: sex = a: 49 rows, and 50 are needed."
    assert found[0].notes == (Skip.few_rows.value,)


def test_a_rules_own_support_counts() -> None:
    own = FairnessRules(by="sex", min_ratio=0.8, min_support=200, severity=Severity.warn)
    found = checks(rates(f=(60, 150), m=(500, 1_000)), own)
    assert [(one.slice["sex"], one.status, one.severity) for one in found] == [
        ("f", Status.skipped, Severity.warn),
        ("m", Status.skipped, Severity.warn),
    ]
    assert found[1].why == ("Not judged, too few rows: sex = m: no other group has enough rows to compare it with.")
    lax = FairnessRules(by="sex", min_ratio=0.1, min_support=1)
    assert [one.status for one in checks(rates(f=(5, 9), m=(5, 8), x=(0, 0)), lax)] == [Status.skipped, Status.passed]


def test_where_all_groups_are_small_all_are_skipped() -> None:
    assert [one.status for one in checks(rates(f=(1, 2), m=(2, 3)))] == [Status.skipped, Status.skipped]


@pytest.mark.parametrize(
    ("found", "status", "why"),
    [
        (
            rates(f=(0, 100), m=(0, 100)),
            Status.error,
            "selection_rate can't be judged: groups by sex: the rate is 0 in each of them, and 0 of 0 is no ratio.",
        ),
        ({}, Status.error, "selection_rate can't be judged: groups by sex: there are none."),
        (
            Unavailable(why="there is no such column"),
            Status.error,
            "selection_rate can't be judged: groups by sex: there is no such column.",
        ),
        (
            Unavailable(why="labels are of three classes", skip=Skip.no_method),
            Status.skipped,
            "Not judged, no valid method: groups by sex: labels are of three classes.",
        ),
    ],
)
def test_without_a_ratio_the_rule_has_one_check(found: Groups | Unavailable, status: Status, why: str) -> None:
    (one,) = checks(found)
    assert (one.id, one.slice, one.status, one.why) == ("selection_rate:min_ratio@sex", {}, status, why)


def test_each_rule_has_its_own_groups() -> None:
    rules = (BY_SEX, FairnessRules(by="age", metric="precision", min_ratio=0.5))
    groups = {
        ("sex", "selection_rate"): rates(f=(50, 100), m=(52, 100)),
        ("age", "precision"): rates(o=(90, 99), y=(1, 99)),
    }
    found = fairness_checks(Gate(fairness=rules, min_support=10), groups)
    assert [one.id for one in found] == ["selection_rate:min_ratio@sex=f", "precision:min_ratio@age=y"]


def test_rates_are_those_of_scikit_learn() -> None:
    chance = np.random.default_rng(2)
    positive, predicted = chance.random(500) < 0.3, chance.random(500) < 0.4
    (tn, fp), (fn, tp) = confusion_matrix(positive, predicted)
    cells = {(False, False): int(tn), (False, True): int(fp), (True, False): int(fn), (True, True): int(tp)}
    expected = {
        Rate.selection_rate: predicted.mean(),
        Rate.true_positive_rate: recall_score(positive, predicted),
        Rate.false_positive_rate: 1 - recall_score(~positive, ~predicted),
        Rate.precision: precision_score(positive, predicted),
        Rate.accuracy: accuracy_score(positive, predicted),
    }
    assert set(expected) == set(Rate)
    for metric, value in expected.items():
        (rate,) = group_rates(metric, {"all": cells}).values()
        assert rate.successes / rate.rows == pytest.approx(value, rel=1e-12)


def test_cells_that_lack_are_empty() -> None:
    found = group_rates(Rate.precision, {"f": {(True, True): 3, (True, False): 9}, "m": {}})
    assert found == rates(f=(3, 3), m=(0, 0))
