"""How two policies for one model differ, in words for people. Which one judges is decided elsewhere."""

from typing import Any

import msgspec

from merganser.config import Model
from merganser.evaluation.compare import flatten_params
from merganser.evaluation.policy import policy_sections


def policy_changes(before: Model, after: Model) -> tuple[str, ...]:
    """`gate.metrics.accuracy.min: 0.9 → 0.5` for each setting that judges and that differs, sorted."""
    old, new = _settings(before), _settings(after)
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return tuple(f"{name}: {old.get(name, 'not set')} → {new.get(name, 'not set')}" for name in names)


def _settings(model: Model) -> dict[str, object]:
    found = flatten_params(_filled(msgspec.to_builtins(policy_sections(model))))
    return {name: value for name, value in found.items() if value not in (None, "")}


def _filled(value: dict[str, Any]) -> dict[str, Any]:
    """Without the lists and mappings of nothing, which would stand beside the first thing that is put into them."""
    inner = {name: _filled(item) if isinstance(item, dict) else item for name, item in value.items()}
    return {name: item for name, item in inner.items() if item not in ({}, ())}
