"""Whether a gate's configuration can judge at all; every fault is a `ConfigError` that names its key. Pure."""

import datetime
import math

from merganser.config import Change, Direction, Model, NonInferior
from merganser.errors import ConfigError
from merganser.evaluation.metrics import Method, direction_of, known_direction, method_of
from merganser.evaluation.outcomes import Rule
from merganser.evaluation.rules import set_rules
from merganser.evaluation.waivers import expiry


def policy_sections(model: Model) -> dict[str, object]:
    """The parts of a model's configuration that change a verdict, by their keys."""
    return {
        "gate": model.gate,
        "positive": model.positive,
        "predictions": model.predictions,
        "task": model.task,
    }


def check_policy(name: str, model: Model, today: datetime.date) -> None:
    """Refuse a gate of model `name` without checks or direction, with impossible numbers or an expired waiver."""
    gate, at = model.gate, f"models.{name}.gate"
    if not any(set_rules(rules) for rules in gate.metrics.values()) and not any(s.metrics for s in gate.slices):
        raise ConfigError(f"{at}: no check is configured", "A gate that checks nothing would always be green: add one.")
    if not 0.5 < gate.confidence < 1:
        raise ConfigError(f"{at}.confidence: {gate.confidence:g}", "It lies between 0.5 and 1, such as 0.95.")
    for metric, rules in gate.metrics.items():
        _check_direction(f"{at}.metrics.{metric}", metric, model)
        for rule, limit in set_rules(rules):
            _check_limit(f"{at}.metrics.{metric}.{rule}", rule, limit, direction_of(metric, gate))
    for number, slices in enumerate(gate.slices):
        here = f"{at}.slices[{number}]"
        _check_margin(f"{here}.margin", slices.margin)
        for metric in slices.metrics:
            _check_direction(f"{here}.metrics", metric, model)
        if model.predictions is None:
            raise ConfigError(f"{here}: slices need predictions", f"Describe them under models.{name}.predictions.")
    for number, waiver in enumerate(gate.waivers):
        if (until := expiry(waiver, f"{at}.waivers[{number}]")) < today:
            raise ConfigError(
                f"{at}.waivers[{number}]: the waiver of {waiver.check} expired on {until}",
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


def _check_limit(at: str, rule: Rule, limit: float | Change | NonInferior, direction: Direction | None) -> None:
    if isinstance(limit, NonInferior):
        _check_margin(f"{at}.margin", limit.margin)
        return
    if isinstance(limit, Change):
        _check_margin(at, limit.value)
        better, instead = (Direction.up, Rule.max_rise) if rule is Rule.max_drop else (Direction.down, Rule.max_drop)
        if direction is not better:
            raise ConfigError(f"{at}: it would limit how much better the metric may get", f"Use {instead}.")
    elif not math.isfinite(limit):
        raise ConfigError(f"{at}: {limit}", "Write a finite number.")


def _check_margin(at: str, margin: float) -> None:
    if not (math.isfinite(margin) and margin >= 0):
        raise ConfigError(f"{at}: {margin:g}", "Write how much worse is allowed as a number from 0 up.")
