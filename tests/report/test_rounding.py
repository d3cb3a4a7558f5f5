"""Sealed numbers are published rounded to a tenth of their interval; self-reported ones as they are."""

import math
import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from merganser.config import Change, Gate, MetricRules, NonInferior, Unit
from merganser.documents import dump_json
from merganser.evaluation.judge import gate_checks
from merganser.evaluation.verdict import Check, Trust
from merganser.report.rounding import Step, published, rounded, step_for
from tests.evaluation.samples import evidence, paired
from tests.report.samples import check, compared, verdict


def sealed(*checks: Check) -> tuple[Check, ...]:
    return published(verdict(*checks, trust=Trust.sealed)).checks


@pytest.mark.parametrize(
    ("interval", "step"),
    [
        (0.1, 0.01),
        (0.0344, 0.005),
        (0.5, 0.05),
        (0.06, 0.01),
        (0.051, 0.01),
        (2000.0, 200.0),
        (1.0, 0.1),
        (0.03, 0.005),
    ],
)
def test_steps(interval: float, step: float) -> None:
    assert step_for(interval).size == step


@given(st.floats(1e-12, 1e12))
def test_a_step_is_a_tenth_of_the_interval_or_a_bit_more(interval: float) -> None:
    assert 0.0999999 <= step_for(interval).size / interval <= 0.2500001


@given(st.floats(-1e9, 1e9), st.sampled_from([Step(1, -3), Step(2, -2), Step(5, -4), Step(1, 0), Step(5, 3)]))
def test_rounding_gives_the_nearest_multiple(value: float, step: Step) -> None:
    result = rounded(value, step)
    assert Decimal(repr(result)) % Decimal(step.mantissa).scaleb(step.exponent) == 0
    assert abs(result - value) <= step.size * 0.5000001
    assert rounded(result, step) == result


def test_what_is_not_finite_stays() -> None:
    assert math.isnan(rounded(math.nan, None))
    assert rounded(math.inf, Step(1, 0)) == math.inf


def test_a_self_reported_verdict_is_untouched() -> None:
    told = verdict(compared("accuracy", 0.95123, 0.97231, 0.0172))
    assert published(told) is told


def test_every_number_that_tells_of_the_labels_is_rounded() -> None:
    # interval 0.0344, so the step is 0.005, on 899 rows 4.5 → 5 rows
    exact = compared(
        "accuracy", 0.95123, 0.97231, 0.0172, b=7, c=26, p=0.00173, p_adjusted=0.01734, n_needed=2681,
        why="accuracy went from 0.9512 to 0.9723, that is 0.0211 or 2.216 % more, at least 0.00388 better, with a "
        "chance of 0.0017; with 95 % confidence 0.01 is allowed; 899 rows, where 2,681 rows settle it, not 12.",
    )  # fmt: skip
    (told,) = sealed(exact)
    assert (told.baseline, told.candidate, told.delta, told.low, told.high) == (0.95, 0.97, 0.02, 0.005, 0.04)
    assert (told.b, told.c, told.p, told.p_adjusted, told.n_needed) == (5, 25, 0.002, 0.02, 2700)
    assert (told.margin, told.n, told.confidence, told.status) == (exact.margin, 899, 0.95, exact.status)
    assert told.why == (
        "accuracy went from 0.95 to 0.97, that is 0.02 or 2.2 % more, at least 0.005 better, with a chance "
        "of 0.002; with 95 % confidence 0.01 is allowed; 899 rows, where 2,700 rows settle it, not 12."
    )


def test_names_and_limits_in_a_sentence_stay() -> None:
    why = "accuracy@age=0.9512 and p0.9512: 0.9512 is below the minimum of 0.975, over 1,234 rows"
    (told,) = sealed(compared("accuracy", 0.9, 0.95123, 0.0172, why=why))
    assert told.why == "accuracy@age=0.9512 and p0.9512: 0.95 is below the minimum of 0.975, over 1,234 rows"


def test_a_large_number_is_found_with_its_commas() -> None:
    (told,) = sealed(check("mse", candidate=12345.0, baseline=0.0, why="mse is 12,345, or 1.23e+04, or 23 %."))
    assert (told.candidate, told.why) == (12000.0, "mse is 12000, or 12000, or 23 %.")


def test_checks_of_one_metric_share_the_coarsest_step() -> None:
    wide, narrow, other = sealed(
        compared("auc", 0.91234, 0.92345, 0.05),
        compared("auc", 0.91234, 0.92345, 0.005, rule="max_drop"),
        compared("f1", 0.91234, 0.92345, 0.005),
    )
    assert (wide.candidate, narrow.candidate, other.candidate) == (0.92, 0.92, 0.923)


def test_without_an_interval_the_rows_say_how_coarse() -> None:
    # a rate of one half on 400 rows: 2 · 1.645 · 0.5 / 20 = 0.082, so the step is 0.01
    by_rows, by_nothing, degenerate = sealed(
        check("a", candidate=0.91234, n=400),
        check("b", candidate=0.91234),
        check("c", candidate=0.91234, low=0.1, high=0.1),
    )
    assert (by_rows.candidate, by_nothing.candidate, degenerate.candidate) == (0.91, 0.91, 0.91)


def test_the_largest_number_stays_one() -> None:
    (told,) = sealed(check("a", candidate=1.797e308, baseline=-1.797e308))
    assert (told.candidate, told.baseline) == (1.797e308, -1.797e308)
    dump_json(told)


def test_a_slice_is_rounded_by_its_own_interval() -> None:
    whole, part = sealed(
        compared("accuracy", 0.95123, 0.97231, 0.005), compared("accuracy", 0.95123, 0.97231, 0.05, slice={"a": "b"})
    )
    assert (whole.candidate, part.candidate) == (0.972, 0.97)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(1e-4, 0.5))
def test_the_published_json_holds_no_finer_number(baseline: float, candidate: float, half: float) -> None:
    (told,) = sealed(compared("accuracy", baseline, candidate, half, why=f"from {baseline:.4g} to {candidate:.4g}"))
    step = step_for(2 * half).size
    for value in (told.candidate, told.baseline, told.delta, told.low, told.high):
        assert value is not None
        assert abs(value / step - round(value / step)) < 1e-6
    dump_json(told)


def test_a_sentence_about_no_number_of_the_check_stays() -> None:
    (told,) = sealed(check(why="0.9512 of nothing"))
    assert told.why == "0.9512 of nothing"


RULES = MetricRules(
    min=0.975, max_drop=Change(0.0123, Unit.relative), max_rise=Change(0.0123), non_inferior=NonInferior(margin=0.0123)
)
LIMITS = {0.0123, 0.975, 1.23, 95.0}


@settings(max_examples=200, deadline=None)
@given(st.integers(300, 20_000), st.integers(1, 120), st.integers(1, 120))
@example(544, 112, 4)  # a drop of 28.125 %, which is 28.12 % or 28.13 % by the last bit of the way it is computed
def test_the_gates_own_sentences_hold_no_finer_number(n: int, b: int, c: int) -> None:
    found = evidence(overall={"accuracy": paired(b, c, n, n // 2)})
    exact = tuple(gate_checks(Gate(metrics={"accuracy": RULES}), found))
    steps = [step_for(each.high - each.low).size for each in exact if each.low is not None and each.high is not None]
    for told in sealed(*exact):
        for figures, unit in re.findall(r"(\d[\d,]*\.\d+(?:e-\d+)?)( %)?", told.why):
            value = float(figures)
            coarse = unit or abs(value / max(steps) - round(value / max(steps))) < 1e-6
            assert value in LIMITS or (coarse and (not unit or len(figures.strip("0.").replace(".", "")) <= 2)), (
                told.why
            )
