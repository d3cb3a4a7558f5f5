"""Whether a gate can judge: what needs the table of metrics, or the day; what is wrong in itself never loads. Pure."""

import datetime

from merganser.config import Change, Direction, Model
from merganser.dates import end_of
from merganser.errors import ConfigError
from merganser.evaluation.metrics import Method, direction_of, known_direction, method_of
from merganser.evaluation.outcomes import Rule
from merganser.evaluation.rules import set_rules


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


def check_policy(name: str, model: Model, now: datetime.datetime) -> None:
    """`ConfigError` for a gate of model `name` without checks, without a direction, or with an expired waiver."""
    gate, at = model.gate, f"models.{name}.gate"
    if not gate.metrics and not gate.slices:
        raise ConfigError(f"{at}: no check is configured", "A gate that checks nothing would always be green: add one.")
    for metric, rules in gate.metrics.items():
        _check_direction(f"{at}.metrics.{metric}", metric, model)
        for rule, limit in set_rules(rules):
            if isinstance(limit, Change):
                _check_change(f"{at}.metrics.{metric}.{rule}", rule, direction_of(metric, gate))
    for number, slices in enumerate(gate.slices):
        for metric in slices.metrics:
            _check_direction(f"{at}.slices[{number}].metrics", metric, model)
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
            f"{at}: whether a high or a low {metric} is good is not known",
            f"Write `direction: up` or `direction: down` under gate.metrics.{metric}.",
        )
    if method_of(metric) is not Method.reported and direction is not known_direction(metric):
        raise ConfigError(f"{at}.direction: {metric} is better {known_direction(metric)}", "Leave `direction` out.")


def _check_change(at: str, rule: Rule, direction: Direction | None) -> None:
    better, instead = (Direction.up, Rule.max_rise) if rule is Rule.max_drop else (Direction.down, Rule.max_drop)
    if direction is not better:
        raise ConfigError(f"{at}: it would limit how much better the metric may get", f"Use {instead}.")
