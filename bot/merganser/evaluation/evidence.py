"""What the predictions of both sides amount to, as values: the facts from which the gate decides. No I/O."""

import msgspec

from merganser.evaluation.rollup import Skip


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of rows: all, right on each side, and right on only one: `b` the baseline's, `c` the candidate's."""

    n: int
    baseline_right: int
    candidate_right: int
    b: int
    c: int


class RankedPair(msgspec.Struct, frozen=True, kw_only=True):
    """Both ROC AUCs, their difference (candidate − baseline) and its standard error; None with one row of a class.

    `same_scores`: each row has the same score on both sides.
    """

    positives: int
    negatives: int
    baseline: float
    candidate: float
    difference: float
    error: float | None
    same_scores: bool


class Unavailable(msgspec.Struct, frozen=True, kw_only=True):
    """Why something can't be computed: an error, or with `skip` a reason to pass over it. `why` is a clause."""

    why: str
    skip: Skip | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the checks are made from.

    `rates`, `ranking`, `slices` come from the predictions; where there is no baseline to compare with, `no_baseline`
    says why and the baseline's numbers in them mean nothing. The `…_metrics` are self-reported. `unchanged`: both sides
    are the very same model, and nothing that either of them said differs. `predictions`: whether the configuration has
    predictions at all.
    """

    predictions: bool
    rates: Paired | Unavailable
    ranking: RankedPair | Unavailable
    slices: dict[str, dict[str, Paired] | Unavailable]
    candidate_metrics: dict[str, float]
    baseline_metrics: dict[str, float]
    no_baseline: Unavailable | None
    unchanged: bool


class Observation(msgspec.Struct, frozen=True):
    """The evidence, and the digest of the labels behind it (empty without labels that can be used)."""

    evidence: Evidence
    labels_digest: str = ""
