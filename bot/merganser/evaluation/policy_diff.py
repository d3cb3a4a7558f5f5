"""How two policies for one model differ, in words for people. Which one judges is decided elsewhere."""

from collections.abc import Iterator, Mapping

import msgspec

from merganser.config import Change, Config, Model, Unit
from merganser.evaluation.policy import policy_sections


def policy_changes(before: Model, after: Model) -> tuple[str, ...]:
    """`gate.metrics.accuracy.min: 0.9 → 0.5` for each setting that judges and that differs, sorted."""
    old, new = dict(_settings(policy_sections(before))), dict(_settings(policy_sections(after)))
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return tuple(f"{name}: {_written(old.get(name))} → {_written(new.get(name))}" for name in names)


def leaving(before: Config, after: Config | None) -> dict[str, str]:
    """The models that `after` has no more, each with the new name of one made from the very same, "" for none."""
    known = after.models if after else {}
    added = {name: model for name, model in known.items() if name not in before.models}
    return {
        name: next((new for new, other in added.items() if _made_from(other) == _made_from(model)), "")
        for name, model in before.models.items()
        if name not in known
    }


def _made_from(model: Model) -> tuple[str, tuple[str, ...]]:
    return model.path, model.inputs


def _settings(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Every setting at or below `value` by its whole name; an emptied one is one that is not set."""
    parts = _parts(value)
    for key, part in parts.items():
        yield from _settings(part, f"{name}.{key}" if name else key)
    if not parts and value not in (None, "", (), {}):
        yield name, value


def _parts(value: object) -> Mapping[str, object]:
    """What stands below a value, by key or position; nothing for one written in one piece, like a list of names."""
    if isinstance(value, dict):
        return value
    if isinstance(value, msgspec.Struct) and not isinstance(value, Change):
        return msgspec.structs.asdict(value)
    if isinstance(value, tuple) and isinstance(next(iter(value), None), msgspec.Struct):
        return {str(at): item for at, item in enumerate(value)}
    return {}


def _written(value: object) -> str:
    """A setting as the configuration file has it."""
    if value is None:
        return "not set"
    if isinstance(value, Change):
        return _written(value.value) if value.unit is Unit.absolute else f"{100 * value.value:.12g}%"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
