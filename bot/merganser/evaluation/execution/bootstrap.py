"""A metric's function on both sides and on resamples of their rows; by joblib on all cores where rows are many."""

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from merganser.errors import ConfigError
from merganser.evaluation.evidence import Found, Unavailable
from merganser.evaluation.execution.functions import find_metric
from merganser.evaluation.execution.telling import telling
from merganser.evaluation.statistics.resampling import (
    REPLICATES,
    Draws,
    MetricFunction,
    Sample,
    Wants,
    collapsed,
    reach,
    replicates,
    resampled,
    sample_of,
    values,
)

AT_ONCE = 25
SMALL = 20_000  # rows for which starting processes would take longer than they save


class Answers(NamedTuple):
    """The label of each row and what the sides say of it, as the function wants it."""

    labels: NDArray[Any]
    baseline: NDArray[Any]
    candidate: NDArray[Any]


def run_bootstrap(function: MetricFunction, answers: Answers, draws: Draws, jobs: int = -1) -> Found:
    """The estimate of a metric by its function, the same for any number of `jobs` (−1: one for each core).

    Predicted classes are evaluated in cells of equal label and class. Progress goes to standard error. `ConfigError`
    where rows have weights and the function takes none.
    """
    if draws.weights is not None and not function.weighs:
        raise ConfigError(
            f"{function.name} takes no sample_weight, and the rows have weights",
            "Take weight out of the configuration, or write a function that takes sample_weight.",
        )
    classes = function.wants is Wants.predictions and answers.candidate.dtype.kind not in "fc"
    sample = (collapsed if classes else sample_of)(*answers, draws)
    try:
        both, note = _told(function, sample)
        if not all(map(math.isfinite, both)):
            return Unavailable(why=f"{function.name} is {both[0]:g} for the candidate, {both[1]:g} for the baseline")
        if np.array_equal(answers.candidate, answers.baseline):
            found = resampled(both, [], draws, reach(function, sample))
        else:
            found = resampled(both, _spread_out(function, sample, draws.seed, jobs), draws)
    except Exception as wrong:  # whatever a function of others can raise
        said = (str(wrong).splitlines() or [""])[0][:200]
        return Unavailable(why=f"{function.name} fails: {type(wrong).__name__}: {said}")
    if found is None:
        return Unavailable(why=f"{function.name} has no value in most resamples of the rows")
    return msgspec.structs.replace(found, note=note)


def _told(function: MetricFunction, sample: Sample) -> tuple[tuple[float, float], str]:
    """The values of candidate and baseline, and the first warning about them."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        both = values(function, sample)
    told = [str(one.message) for one in said if issubclass(one.category, (UserWarning, RuntimeWarning))]
    return both, f"{function.name}: {told[0].splitlines()[0][:200]}" if told else ""


def _spread_out(function: MetricFunction, sample: Sample, seed: int, jobs: int) -> list[float]:
    """All replicates, in the order of their numbers."""
    parts = [range(start, min(start + AT_ONCE, REPLICATES)) for start in range(0, REPLICATES, AT_ONCE)]
    if jobs == 1 or len(sample.weights) <= SMALL:
        work: Iterator[list[float]] = (_part(function, sample, seed, part) for part in parts)
    else:
        from joblib import Parallel, delayed  # type: ignore[import-untyped]

        parallel = Parallel(n_jobs=jobs, return_as="generator")
        work = parallel(delayed(_elsewhere)(function.name, function.folder, sample, seed, part) for part in parts)
    found: list[float] = []
    with telling(f"{function.name}, resamples", REPLICATES) as done:
        for part in work:
            found += part
            done(len(part))
    return found


def _elsewhere(name: str, folder: str, sample: Sample, seed: int, numbers: Sequence[int]) -> list[float]:
    """In another process, which has to find the function itself."""
    return _part(find_metric(name, folder), sample, seed, numbers)


def _part(function: MetricFunction, sample: Sample, seed: int, numbers: Sequence[int]) -> list[float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what resamples lack, the report counts
        return replicates(function, sample, seed, numbers)
