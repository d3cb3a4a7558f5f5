"""The rules between a configuration's values: ranges, names that must agree, the order of environments. No reading."""

from collections.abc import Mapping as AbstractMapping

import msgspec

from merganser.config import (
    Config,
    Environment,
    Environments,
    MetricRules,
    Model,
    Predictions,
    Serving,
    Target,
    Task,
)
from merganser.config_values import Place, did_you_mean


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
    if model.predictions is not None:
        _check_predictions(at.reach("predictions"), model.predictions, model.task)


def _check_predictions(at: Place, predictions: Predictions, task: Task) -> None:
    if predictions.score and predictions.scores:
        at.fail("both score and scores", "Keep score for one column, or scores for one per class.")
    if not (predictions.score or predictions.scores or predictions.prediction):
        at.fail("neither score, scores nor prediction", "Name the column that holds what the model said.")
    if predictions.score and task is not Task.binary:
        at.reach("score").fail("one score can't tell more than two classes apart", "Name prediction, or scores.")
    threshold = at.reach("threshold")
    if threshold is not at and (predictions.prediction or not predictions.score):
        threshold.fail("no score is cut there: prediction or scores name the class", "Leave threshold out.")


def check_gate(at: Place, model: Model) -> None:
    """A gate that is written down must check something, with numbers that a test can use."""
    gate, below = model.gate, at.reach("gate")
    if below is not at and not (gate.metrics or gate.slices):
        below.fail("the gate checks nothing", "Name at least one metric or slice, or leave gate out.")
    if not 0.5 < gate.confidence < 1:
        below.reach("confidence").expected("a confidence between 0.5 and 1", "Most gates use 0.95.")
    if gate.min_support < 1:
        below.reach("min_support").expected("1 row or more")
    for name, rules in gate.metrics.items():
        _check_metric(below.reach("metrics", name), rules)
    for i, slices in enumerate(gate.slices):
        place = below.reach("slices", i)
        if model.predictions is None:
            place.fail("slices need predictions", "Describe the predictions of the model.")
        if not slices.metrics:
            place.reach("metrics").fail("no metric", "Name at least one metric.")
        if slices.margin < 0:
            place.reach("margin").expected("a margin of 0 or more")
        if slices.min_support is not None and slices.min_support < 1:
            place.reach("min_support").expected("1 row or more")


def _check_metric(at: Place, rules: MetricRules) -> None:
    if not any(rule is not None for rule in (rules.min, rules.max, rules.max_drop, rules.max_rise, rules.non_inferior)):
        at.fail("no rule", "Add min, max, max_drop, max_rise or non_inferior.")
    if rules.non_inferior is not None and rules.non_inferior.margin < 0:
        at.reach("non_inferior", "margin").expected("a margin of 0 or more")
    if rules.min is not None and rules.max is not None and rules.min > rules.max:
        at.reach("min").fail(f"min {rules.min:g} is above max {rules.max:g}", "No value could pass: change one.")


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
