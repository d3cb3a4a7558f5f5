"""Finds the functions behind metrics' names: scikit-learn's, and a user's own, whose code is imported and run."""

import importlib
import inspect
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from merganser.errors import ConfigError
from merganser.evaluation.statistics.resampling import MetricFunction, Wants
from merganser.foreign_text import did_you_mean

_LABELS = frozenset({"y_true", "labels_true", "y1"})
_SCORES = ("score", "prob", "decision")
_RULE = "A metric gives one number for labels and predictions, and may take sample_weight; no more is handed to it."


@cache
def find_metric(name: str, folder: str = "") -> MetricFunction:
    """The function of this name in `sklearn.metrics`; or a dotted one, `package.module.function`, which is looked for
    in `folder` after the installed packages.

    It is given scores where scikit-learn's scorer of it is, or where its second parameter is named after scores,
    probabilities or decisions; predictions otherwise. `ConfigError` where there is no such function of two arguments.
    """
    dotted = "." in name
    call = _own(name, folder) if dotted else _of_scikit_learn(name)
    parameters = _parameters(name, call)
    scored = any(word in parameters[1] for word in _SCORES) or (not dotted and _scored(call))
    return MetricFunction(
        name=name,
        call=call,
        wants=Wants.scores if scored else Wants.predictions,
        weighs="sample_weight" in parameters,
        folder=folder,
    )


def _of_scikit_learn(name: str) -> Callable[..., Any]:
    from sklearn import metrics  # type: ignore[import-untyped]

    known = {one: getattr(metrics, one) for one in metrics.__all__ if inspect.isfunction(getattr(metrics, one))}
    known = {one: call for one, call in known.items() if not _LABELS.isdisjoint(inspect.signature(call).parameters)}
    if name not in known:
        raise ConfigError(
            f"scikit-learn has no metric `{name}` of labels and predictions{did_you_mean(name, known)}",
            "Use a name of sklearn.metrics, or package.module.function for a function of your own.",
        )
    call: Callable[..., Any] = known[name]
    return call


def _scored(call: Callable[..., Any]) -> bool:
    """Whether a scorer of scikit-learn hands it something else than predictions."""
    from sklearn import metrics

    every = map(metrics.get_scorer, metrics.get_scorer_names())
    return any(one._response_method != "predict" for one in every if getattr(one, "_score_func", None) is call)


def _own(name: str, folder: str) -> Callable[..., Any]:
    where, _, function = name.rpartition(".")
    if folder and folder not in sys.path:
        sys.path.append(folder)
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(where)
    except ModuleNotFoundError as wrong:
        if wrong.name is None or not f"{where}.".startswith(f"{wrong.name}."):
            raise _broken(where, wrong) from wrong
        place = f"in {folder}, nor is it installed" if folder else "installed"
        raise ConfigError(
            f"{name}: there is no module `{wrong.name}` {place}", "Check the name and the folder."
        ) from wrong
    except (Exception, SystemExit) as wrong:
        raise _broken(where, wrong) from wrong
    call = getattr(module, function, None)
    if not callable(call):
        known = [one for one, value in vars(module).items() if callable(value)]
        raise ConfigError(f"{where} has no function `{function}`{did_you_mean(function, known)}", _RULE)
    return call  # type: ignore[no-any-return]


def _broken(module: str, wrong: BaseException) -> ConfigError:
    said = (str(wrong).splitlines() or [""])[0][:200]
    return ConfigError(
        f"{module} can't be imported: {type(wrong).__name__}: {said}", f"Try it: python -c 'import {module}'"
    )


def _parameters(name: str, call: Callable[..., Any]) -> list[str]:
    """The names of its parameters, of which two, and only two, have to be given."""
    try:
        found = inspect.signature(call).parameters
    except (TypeError, ValueError) as wrong:
        raise ConfigError(f"{name} can't be asked for its parameters", _RULE) from wrong
    places = [one for one, each in found.items() if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    asked = [one for one, each in found.items() if each.default is each.empty and each.kind not in _ANY_NUMBER]
    if len(places) < 2:
        raise ConfigError(f"{name} does not take labels and predictions", _RULE)
    if rest := [one for one in asked if one not in (*places[:2], "sample_weight")]:
        raise ConfigError(
            f"{name} also wants {', '.join(rest)}", "Write a function of your own that gives these to it. " + _RULE
        )
    return [*places, *(one for one in found if one not in places)]


_ANY_NUMBER = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
