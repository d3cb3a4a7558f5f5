"""What differs between two runs: metrics, parameters, data, as values. How that looks is the report's; no I/O here."""

import math
from typing import Any

import msgspec

from merganser.config import Direction
from merganser.evaluation.metrics import known_direction
from merganser.run import DataPin, Run, spelled

Scalar = str | int | float | bool | None


class MetricChange(msgspec.Struct, frozen=True, kw_only=True):
    """One self-reported metric on both sides.

    `delta` is candidate − baseline, None where a side lacks the metric or no number is that large.
    """

    name: str
    baseline: float | None
    candidate: float | None
    delta: float | None
    direction: Direction | None


class ValueChange(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter or data pin that differs; None where a side lacks it."""

    name: str
    before: str | None
    after: str | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Baseline `a` against candidate `b`: all metrics, and the parameters and data that changed, each by name."""

    a: str
    b: str
    metrics: tuple[MetricChange, ...] = ()
    params: tuple[ValueChange, ...] = ()
    data: tuple[ValueChange, ...] = ()


def compare(baseline: Run, candidate: Run, names: tuple[str, str] | None = None) -> Comparison:
    """The difference between two runs; without `names` the first twelve digits of their commits stand for them."""
    a, b = names or (baseline.commit[:12], candidate.commit[:12])
    return Comparison(
        a=a,
        b=b,
        metrics=_metric_changes(baseline.metrics, candidate.metrics),
        params=_value_changes(_spelled(baseline.params), _spelled(candidate.params)),
        data=_value_changes(_pins(baseline.data), _pins(candidate.data)),
    )


def flatten_params(params: dict[str, Any]) -> dict[str, Scalar]:
    """Values with nested keys joined by dots; items of a list or tuple count from 0, an empty one is its text."""
    flat: dict[str, Scalar] = {}
    waiting: list[tuple[str, Any]] = [(str(key), value) for key, value in reversed(params.items())]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict) and value:
            waiting += [(f"{name}.{key}", inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list | tuple) and value:
            waiting += [(f"{name}.{n}", inner) for n, inner in reversed(list(enumerate(value)))]
        elif isinstance(value, str | int | float) or value is None:
            flat[name] = value
        else:
            flat[name] = str(value)
    return flat


def _metric_changes(baseline: dict[str, float], candidate: dict[str, float]) -> tuple[MetricChange, ...]:
    return tuple(
        _metric_change(name, baseline.get(name), candidate.get(name)) for name in sorted({*baseline, *candidate})
    )


def _metric_change(name: str, baseline: float | None, candidate: float | None) -> MetricChange:
    delta = None if baseline is None or candidate is None else candidate - baseline
    return MetricChange(
        name=name,
        baseline=baseline,
        candidate=candidate,
        delta=delta if delta is not None and math.isfinite(delta) else None,
        direction=known_direction(name),
    )


def _value_changes(before: dict[str, str], after: dict[str, str]) -> tuple[ValueChange, ...]:
    return tuple(
        ValueChange(name=name, before=before.get(name), after=after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _spelled(params: dict[str, Any]) -> dict[str, str]:
    return {name: spelled(value) for name, value in flatten_params(params).items()}


def _pins(data: tuple[DataPin, ...]) -> dict[str, str]:
    return {pin.name: pin.digest for pin in data}
