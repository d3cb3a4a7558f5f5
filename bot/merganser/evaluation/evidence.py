"""What both sides amount to, as values: the facts from which the gate decides. No I/O."""

import msgspec

from merganser.evaluation.estimate import Estimate
from merganser.evaluation.layout import Grouping
from merganser.evaluation.rollup import Skip


class Unavailable(msgspec.Struct, frozen=True, kw_only=True):
    """Why something can't be computed: an error, or with `skip` a reason to pass over it. `why` is a clause."""

    why: str
    skip: Skip | None = None


Found = Estimate | Unavailable
Group = tuple[str, ...]
Sliced = dict[Group, dict[str, Found]]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the checks are made from.

    `overall`: each metric that is computed from predictions, over all rows; `slices`: the same for each group of a
    grouping. Where there is no baseline to compare with, `no_baseline` says why and the baseline's numbers in them mean
    nothing. The `…_metrics` are self-reported. `unchanged`: both sides are the very same model, and nothing that either
    of them said differs.
    """

    overall: dict[str, Found]
    slices: dict[Grouping, Sliced | Unavailable]
    candidate_metrics: dict[str, float]
    baseline_metrics: dict[str, float]
    no_baseline: Unavailable | None
    unchanged: bool
