"""Metrics that only their function knows: evaluated on resampled rows, in parallel."""

from collections.abc import Callable

from merganser.evaluation.accumulators.kept import Rows
from merganser.evaluation.evidence import Found, Unavailable
from merganser.evaluation.layout import Layout
from merganser.evaluation.metrics import Metric
from merganser.evaluation.question import Setting


def resampler(setting: Setting) -> Callable[[Metric, Layout, Rows], Found]:
    """What evaluates a function on the rows of one group."""
    return lambda metric, layout, rows: Unavailable(why="x")
