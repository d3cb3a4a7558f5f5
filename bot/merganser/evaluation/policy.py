"""Whether a gate can judge: what needs the table of metrics, or the day; what is wrong in itself never loads. Pure."""

import datetime

from merganser.config import Change, Direction, Model, Predictions, Task
from merganser.config.dates import end_of
from merganser.errors import ConfigError
from merganser.evaluation.fairness import Rate
from merganser.evaluation.layout import metric_names, positives
from merganser.evaluation.metrics import Family, Metric, direction_of, known_direction, known_metrics, metric_of
from merganser.evaluation.outcomes import Rule
from merganser.evaluation.rules import set_rules
from merganser.evaluation.spelling import spelled
from merganser.foreign_text import did_you_mean


def policy_sections(model: Model) -> dict[str, object]:
    """The parts of a model's configuration that change a verdict, by their keys."""
    return {
        "budgets": model.budgets,
        "features": model.features,
        "gate": model.gate,
        "labels": model.labels,
        "positive": model.positive,
        "predictions": model.predictions,
        "task": model.task,
    }


def has_quality_rules(model: Model) -> bool:
    """Whether the gate judges how good the model is, and not what it costs or what comes in alone."""
    return bool(metric_names(model) or model.gate.fairness)


def check_policy(name: str, model: Model, now: datetime.datetime) -> None:
    """`ConfigError` for a gate of model `name` that can't judge: without checks, with a metric whose direction or
    columns are not said, or with an expired waiver."""
    gate, at = model.gate, f"models.{name}.gate"
    if not (has_quality_rules(model) or gate.budgets or gate.drift):
        raise ConfigError(f"{at}: no check is configured", "A gate that checks nothing would always be green: add one.")
    if model.predictions is not None:
        _check_columns(f"models.{name}", model, model.predictions)
    for metric, rules in gate.metrics.items():
        _check_direction(f"{at}.metrics.{metric}", metric, model)
        for rule, limit in set_rules(rules):
            if isinstance(limit, Change):
                _check_change(f"{at}.metrics.{metric}.{rule}", rule, direction_of(metric, gate))
    for number, slices in enumerate(gate.slices):
        for metric in slices.metrics:
            _check_direction(f"{at}.slices[{number}].metrics", metric, model)
    for number, fairness in enumerate(gate.fairness):
        if fairness.metric not in set(Rate):
            at_rate = f"{at}.fairness[{number}].metric: {fairness.metric}"
            raise ConfigError(f"{at_rate} is no rate of groups", f"Use one of {', '.join(Rate)}.")
    for number, waiver in enumerate(gate.waivers):
        if end_of(waiver.until) < now:
            raise ConfigError(
                f"{at}.waivers[{number}]: the waiver of {waiver.check} expired on {waiver.until}",
                "Take it out, or decide anew and give it a later date.",
            )


def _check_direction(at: str, metric: str, model: Model) -> None:
    direction = direction_of(metric, model.gate)
    if direction is None:
        raise ConfigError(
            f"{at}: whether a high or a low {metric} is good is not known{did_you_mean(metric, known_metrics())}",
            f"Write `direction: up` or `direction: down` under gate.metrics.{metric}.",
        )
    known = known_direction(metric)
    computed = model.predictions is not None and metric_of(metric, model.task).family is not Family.reported
    if computed and known is not None and direction is not known:
        raise ConfigError(f"{at}.direction: {metric} is better {known}", "Leave `direction` out.")


def _check_change(at: str, rule: Rule, direction: Direction | None) -> None:
    better, instead = (Direction.up, Rule.max_rise) if rule is Rule.max_drop else (Direction.down, Rule.max_drop)
    if direction is not better:
        raise ConfigError(f"{at}: it would limit how much better the metric may get", f"Use {instead}.")


def _check_columns(at: str, model: Model, said: Predictions) -> None:
    """Every metric finds the columns that it is computed from."""
    label = said.label or (model.labels.label if model.labels else "")
    for name in metric_names(model):
        metric = metric_of(name, model.task)
        if metric.family is Family.reported or (metric.parameter and metric.name in ("mean", "rate")):
            continue
        _check_parameter(f"{at}.gate: {name}", metric)
        if not label:
            what = f"{at}.predictions.label: the column of the labels is not named, and {name} needs it"
            raise ConfigError(what, "Name it, in whichever file it stands.")
        if lacking := _lacking(metric, model, said):
            raise ConfigError(f"{at}.predictions: {name} needs {lacking}", "Name its column, or take the metric out.")
    if model.gate.fairness and not label:
        raise ConfigError(f"{at}.predictions.label: fairness needs the labels", "Name their column.")


def _lacking(metric: Metric, model: Model, said: Predictions) -> str:
    """What the predictions don't have for a metric; empty where nothing is missing."""
    task = model.task
    if task is Task.ranking:
        query = model.labels.query if model.labels else said.query
        return "" if said.score and query else "score and query"
    if task is Task.regression:
        return "" if said.prediction else "prediction"
    scored = said.scores or (said.score and task is Task.binary)
    by_score = metric.family in (Family.ranking, Family.calibration, Family.mean)
    if by_score and not scored:
        return "score" if task is Task.binary else "a score for each class (scores)"
    if by_score and said.scores and task is Task.binary:
        there = set(map(spelled, said.scores)) & set(positives(model.positive))
        return "" if there else "a score for the positive class (scores)"
    return "" if scored or said.prediction else "score, scores or prediction"


def _check_parameter(at: str, metric: Metric) -> None:
    """`ndcg(10)`, `ece(15)`: a whole number."""
    least, most = (2, 1_000) if metric.family is Family.calibration else (1, 1_000_000)
    digits = metric.parameter
    if digits and not (digits.isascii() and digits.isdigit() and least <= int(digits[:9]) <= most):
        raise ConfigError(f"{at}: {digits} is no number from {least} to {most:,}", f"Write {metric.name}(10).")
