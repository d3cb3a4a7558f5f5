"""How two policies for one model differ, in words for people. Which one judges is decided elsewhere."""

import msgspec

from merganser.config import Model
from merganser.evaluation.compare import flatten_params


def policy_changes(before: Model, after: Model) -> tuple[str, ...]:
    """`gate.metrics.accuracy.min: 0.9 → 0.5` for each setting of gate and predictions that differs, sorted."""
    old, new = _settings(before), _settings(after)
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return tuple(f"{name}: {old.get(name, 'not set')} → {new.get(name, 'not set')}" for name in names)


def _settings(model: Model) -> dict[str, object]:
    sections = {"gate": model.gate, "predictions": model.predictions}
    return {name: value for name, value in flatten_params(msgspec.to_builtins(sections)).items() if value is not None}
