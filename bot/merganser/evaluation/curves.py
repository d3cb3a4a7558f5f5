"""Curves of both sides' scores, to be looked at and never judged, as values. They show labels."""

import msgspec

MOST_POINTS = 200


class RocPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Both rates, in [0, 1], of calling every row positive whose score is at least some threshold."""

    false_positive: float
    true_positive: float


class CalibrationBin(msgspec.Struct, frozen=True, kw_only=True):
    """Neighbouring rows in the order of their scores: their mean score, and the share of them that is positive."""

    score: float
    observed: float
    rows: int


class SideCurves(msgspec.Struct, frozen=True, kw_only=True):
    """One side. `roc` runs from (0, 0) to (1, 1) in at most `MOST_POINTS` points, `calibration` by rising score."""

    roc: tuple[RocPoint, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()


class Curves(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides, with equal bins; a side that has no scores, or that is not there, has no points."""

    candidate: SideCurves
    baseline: SideCurves = SideCurves()
