"""The rules for a gate's values: ranges, and checks that have what they need. No reading."""

import itertools
import re
from typing import Final

from merganser.config import LATENCY_BUDGET, BudgetRules, FairnessRules, MetricRules, Model, SliceRules, Task
from merganser.config.place import Place

_DESCRIBE: Final = "Describe the predictions of the model."
_LATENCY: Final = re.compile(LATENCY_BUDGET)
# What is meant to be a latency's quantile, well written or not.
_LATENCY_LIKE: Final = re.compile(r"latency_p[-+]?[0-9.].*")


def check_gate(at: Place, model: Model) -> None:
    """A gate that is written down must check something, with numbers that a test can use."""
    gate, below = model.gate, at.reach("gate")
    checks = (gate.metrics, gate.calibration.ece, gate.slices, gate.fairness, gate.budgets, gate.drift)
    if below is not at and not any(checks):
        below.fail("the gate checks nothing", "Name at least one metric or slice, or leave gate out.")
    if not 0.5 < gate.confidence < 1:
        below.reach("confidence").expected("a confidence between 0.5 and 1", "Most gates use 0.95.")
    if gate.max_attempts is not None and gate.max_attempts < 1:
        below.reach("max_attempts").expected("1 attempt or more")
    _check_support(below, gate.min_support)
    for name, metric in gate.metrics.items():
        _check_metric(below.reach("metrics", name), metric)
    _check_calibration(below, model)
    for i, slices in enumerate(gate.slices):
        _check_slices(below.reach("slices", i), slices, model)
    for i, fairness in enumerate(gate.fairness):
        _check_fairness(below.reach("fairness", i), fairness, model)
    for name, budget in gate.budgets.items():
        _check_budget(below.reach("budgets", name), budget)
        _check_latency(below.reach("budgets", name), name, model)
    _check_drift(below.reach("drift"), model)


def _check_support(at: Place, rows: int | None) -> None:
    if rows is not None and rows < 1:
        at.reach("min_support").expected("1 row or more")


def _check_margin(at: Place, margin: float) -> None:
    if margin < 0:
        at.reach("margin").expected(
            "a margin of 0 or more", "Write how much worse is still good enough, without a sign."
        )


def _check_metric(at: Place, rules: MetricRules) -> None:
    if not any(rule is not None for rule in (rules.min, rules.max, rules.max_drop, rules.max_rise, rules.non_inferior)):
        at.fail("no rule", "Add min, max, max_drop, max_rise or non_inferior.")
    if rules.non_inferior is not None:
        _check_margin(at.reach("non_inferior"), rules.non_inferior.margin)
    if rules.min is not None and rules.max is not None and rules.min > rules.max:
        at.reach("min").fail(f"min {rules.min:g} is above max {rules.max:g}", "No value could pass: change one.")


def _check_calibration(at: Place, model: Model) -> None:
    place, ece = at.reach("calibration"), model.gate.calibration.ece
    if ece is None:
        if place is not at:
            place.fail("no rule", "Add ece, or leave calibration out.")
        return
    if model.predictions is None:
        place.fail("calibration needs predictions", _DESCRIBE)
    if model.task not in (Task.binary, Task.multiclass):
        place.fail(f"a {model.task.value} has no scores of classes", "Leave calibration out.")
    if not (model.predictions.score or model.predictions.scores):
        place.fail("calibration needs scores", "Name score or scores of the predictions, or leave calibration out.")
    if not 0 <= ece.max <= 1:
        place.reach("ece", "max").expected("an error between 0 and 1")
    if not 2 <= ece.bins <= 1000:
        place.reach("ece", "bins").expected("2 to 1000 bins", "Most use 10 or 15.")


def _check_slices(at: Place, rules: SliceRules, model: Model) -> None:
    if model.predictions is None:
        at.fail("slices need predictions", _DESCRIBE)
    if not rules.by:
        at.reach("by").fail("no column", "Name at least one column.")
    if not rules.metrics:
        at.reach("metrics").fail("no metric", "Name at least one metric.")
    _check_margin(at, rules.margin)
    _check_support(at, rules.min_support)
    if rules.bins and len(rules.by) > 1:
        at.reach("bins").fail(f"bins part one column, and by names {len(rules.by)}", "Name one column, or no bins.")
    for i, (lower, upper) in enumerate(itertools.pairwise(rules.bins), start=1):
        if upper <= lower:
            at.reach("bins", i).expected(f"more than {lower:g}", "Write each edge once, the lowest first.")


def _check_fairness(at: Place, rules: FairnessRules, model: Model) -> None:
    if model.predictions is None:
        at.fail("fairness needs predictions", _DESCRIBE)
    if model.task is not Task.binary:
        at.fail(f"fairness is judged of two classes, and this is a {model.task.value} model", "Leave fairness out.")
    if not 0 < rules.min_ratio <= 1:
        at.reach("min_ratio").expected("a ratio above 0, at most 1", "The four-fifths rule is 0.8.")
    _check_support(at, rules.min_support)


def _check_budget(at: Place, rules: BudgetRules) -> None:
    if rules.max is None and rules.rise is None:
        at.fail("no rule", "Add max, rise or both.")
    if rules.max is not None and rules.max < 0:
        at.reach("max").expected("0 or more")


def _check_latency(at: Place, name: str, model: Model) -> None:
    """A latency's budget is of a quantile strictly between 0 and 100, over latencies that are described."""
    if not _LATENCY_LIKE.fullmatch(name):
        return
    match = _LATENCY.fullmatch(name)
    if match is None or float(match[1]) == 0:
        at.fail("no quantile of a latency", "Write latency_p95_ms: a number between 0 and 100, without either.")
    if model.budgets.latency is None:
        at.fail("no latencies are described", "Add budgets: {latency: {file: …, column: …}} to the model.")


def _check_drift(at: Place, model: Model) -> None:
    rules = model.gate.drift
    if rules is None:
        return
    if model.features is None:
        at.fail("drift needs features", "Add features: {file: …} to the model, the table that is compared.")
    if rules.psi <= 0:
        at.reach("psi").expected("an index above 0", "Most use 0.1 or 0.2.")
