"""The rules between a configuration's values: names that must agree, the order of environments. No reading.

What judges a model has its rules in `column_rules` and `gate_rules`.
"""

from collections.abc import Mapping as AbstractMapping

import msgspec

from merganser.config import (
    Config,
    Environment,
    Environments,
    Model,
    Serving,
    Target,
    Task,
)
from merganser.config.commands import OwnWork
from merganser.config.place import Place
from merganser.foreign_text import did_you_mean


def check_commands(at: Place, config: Config) -> None:
    """Whose work it is decides about overrides alone."""
    for name, rule in config.commands.items():
        if name != "override" and rule.own is not OwnWork.refuse:
            at.reach(name, "self").fail("self is for override alone", "Remove it: whoever may, may here.")


def unique_models(at: Place, config: Config) -> None:
    """At least one model; names that differ only by case or `_` and `-` clash in Kubernetes and on disks."""
    if not config.models:
        at.fail("no model", "Describe at least one model.")
    seen: dict[str, str] = {}
    for name in config.models:
        folded = name.lower().replace("_", "-")
        if folded in seen:
            at.reach(name).fail(f"{name} and {seen[folded]} are one name where case and _ don't count", "Rename one.")
        seen[folded] = name


def check_model(at: Place, model: Model) -> None:
    if not model.train.run.strip():
        at.reach("train", "run").fail("an empty command", "Write the command that trains the model.")
    if model.task is not Task.binary and model.positive:
        at.reach("positive").fail("only two classes have a positive one", "Leave it out, or set task to binary.")


_SERVING_KEYS = {Target.kserve: ("image",), Target.kubernetes: ("model_format", "runtime")}


def check_serving(at: Place, serving: Serving) -> None:
    """No key that the target has no use for."""
    for key in _SERVING_KEYS[serving.target]:
        place = at.reach(key)
        if place is not at:
            place.fail(f"the target {serving.target.value} has no use for it", "Leave it out, or change the target.")


def ordered(at: Place, stages: Environments, silent: frozenset[str]) -> Environments:
    """`stages` with the effective `after` of each: of the environments in `silent`, the one before it in `path`."""
    if not stages.environments:
        at.reach("environments").fail("no environment", "Describe at least one.")
    _check_known(at.reach("path"), stages.path, stages.environments)
    before = dict(zip(stages.path[1:], stages.path, strict=False))
    result: dict[str, Environment] = {}
    for name, stage in stages.environments.items():
        _check_known(at.reach("environments", name, "after"), stage.after, stages.environments)
        after = (before[name],) if name in silent and name in before else stage.after
        result[name] = msgspec.structs.replace(stage, after=after)
    _check_acyclic(at, result)
    return msgspec.structs.replace(stages, environments=result)


def _check_known(at: Place, names: tuple[str, ...], known: AbstractMapping[str, Environment]) -> None:
    for name in names:
        if name not in known:
            at.fail(f"no environment is called {name}{did_you_mean(name, known)}", f"Known: {', '.join(known)}.")


def _check_acyclic(at: Place, stages: AbstractMapping[str, Environment]) -> None:
    left = dict(stages)
    while ready := [name for name, stage in left.items() if not set(stage.after) & set(left)]:
        for name in ready:
            del left[name]
    if left:
        at = at.reach("environments", next(iter(left)))
        at.fail(f"{', '.join(left)} wait for each other", "Take one of them out of the circle.")
