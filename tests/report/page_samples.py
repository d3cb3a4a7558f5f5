"""Verdicts as a page shows them: of a churn model with slices, budgets, fairness and drift; curves of its scores."""

import math
from statistics import NormalDist
from typing import Any

from merganser.config import Severity, Waiver
from merganser.evaluation.curves import CalibrationBin, Curves, RocPoint, SideCurves
from merganser.evaluation.verdict import Baseline, Check, Status, Trust, Verdict
from merganser.plan import Conclusion
from tests.report.samples import BASE, CALIBRATION_ERROR, DRIFT, HEAD, LATENCY, RATIO, check, compared, verdict

ROWS = 24_310
COUNTRIES = {"de": (8120, 0.004), "fr": (5077, -0.031), "pl": (3916, 0.001), "nl": (2410, -0.006), "at": (1204, -0.012)}
PLANS = {"free": (14_102, -0.001), "pro": (7981, -0.004), "team": (2227, 0.009)}
AGES = {"< 18": (611, -0.008), "18 to 65": (20_458, 0.001), "≥ 65": (3241, -0.003)}


def slice_of(column: str, value: str, rows: int, delta: float, **fields: Any) -> Check:
    """The accuracy of one slice, with about the interval that so many rows give."""
    half = 0.42 / math.sqrt(rows)
    harm = -delta - 0.02
    p = min(1.0, 11 * NormalDist().cdf(-harm / half * 1.645))
    given: dict[str, Any] = {
        "rule": "not_worse", "slice": {column: value}, "margin": 0.02, "n": rows, "method": "tango", "p_adjusted": p,
        "notes": ("not proven worse",),
        "why": f"{column} = {value}: accuracy went from 0.902 to {0.902 + delta:.4g} over {rows:,} rows; "
        "0.02 worse is allowed.",
        **fields,
    }  # fmt: skip
    return compared("accuracy", 0.902, 0.902 + delta, half, **given)


SLICES = (
    *(
        slice_of("country", value, *given, **({"status": Status.failed, "notes": (), "why": (
            "country = fr: accuracy went from 0.902 to 0.871 over 5,077 rows, more than the allowed 0.02 worse: by "
            "chance alone that would be seen even among 11 slices with probability 0.016 at most, and 5 % is the limit."
        )} if value == "fr" else {}))
        for value, given in COUNTRIES.items()
    ),
    *(slice_of("plan", value, *given) for value, given in PLANS.items()),
    *(slice_of("age", value, *given) for value, given in AGES.items()),
    check("accuracy", "not_worse", slice={"country": "li"}, status=Status.skipped, n=41, margin=0.02,
          notes=("too few rows",), why="Not judged, too few rows: country = li has 41 rows of the 200 that it takes."),
)  # fmt: skip
FEATURES = {"tenure_months": 0.091, "monthly_charges": 0.034, "support_calls": 0.012, "payment_method": 0.004}
DRIFTS = (
    DRIFT,
    *(
        check("psi", "drift", slice={"column": name}, candidate=psi, n=30_000, severity=Severity.warn,
              method="ks", why=f"{name}: PSI is {psi:.4g}, within the maximum of 0.2, and the difference may well be "
              "chance (adjusted p = 0.12).")
        for name, psi in FEATURES.items()
    ),
)  # fmt: skip
AUC = compared(
    "auc", 0.8714, 0.8792, 0.0041, n=ROWS, method="delong", notes=("improved",),
    why="auc went from 0.8714 to 0.8792; with 95 % confidence it is at least 0.0037 better.",
)  # fmt: skip
ACCURACY = compared(
    "accuracy", 0.902, 0.899, 0.00251, margin=0.005, n=ROWS, method="tango", b=421, c=349, p=0.0104,
    status=Status.inconclusive, n_needed=31_900,
    why="Worse, but not proven to be worse by more than the allowed 0.005: accuracy went from 0.902 to 0.899, and with "
    "95 % confidence it is at least 0.000489 worse, yet it may be 0.00551 worse; 24,310 rows can't tell.",
)  # fmt: skip
LOG_LOSS = compared(
    "log_loss", 0.2361, 0.2302, 0.0031, delta=0.0059, low=0.0028, high=0.009, n=ROWS, margin=0.005, method="hall",
    notes=("improved",), why="log_loss went from 0.2361 to 0.2302; with 95 % confidence it is at least 0.0028 better.",
)  # fmt: skip
LEAST = check(
    "auc", "min", baseline=0.8714, candidate=0.8792, n=ROWS, method="point",
    why="auc is 0.8792, and has to be at least 0.75.",
)  # fmt: skip
WAIVED = compared(
    "f1", 0.612, 0.587, 0.009, n=ROWS, method="influence", status=Status.waived,
    why="f1 went from 0.612 to 0.587; with 95 % confidence it is at least 0.016 worse, and only 0.01 is allowed.",
    waiver=Waiver(check="f1:non_inferior", reason="the new threshold is chosen in #41", by="ada", until="2026-12-24"),
)  # fmt: skip
OVERALL = (LEAST, AUC, ACCURACY, LOG_LOSS, WAIVED, CALIBRATION_ERROR, LATENCY)


def churn(*checks: Check, **fields: Any) -> Verdict:
    """A verdict on a churn model against a released version."""
    given: dict[str, Any] = {
        "model": "churn", "head": HEAD, "baseline": Baseline(kind="version", name="churn@v1.2.0", commit=BASE),
        "labels_digest": "sha256:" + "9f3c" * 16, "submission": 3, "inputs_digest": "sha256:" + "51aa" * 16, **fields,
    }  # fmt: skip
    return verdict(*checks, **given)


BLOCKED = churn(*OVERALL, *SLICES, RATIO, *DRIFTS, conclusion=Conclusion.failure)
NOT_PROVEN = churn(LEAST, AUC, ACCURACY, LOG_LOSS, trust=Trust.sealed)
PASSES = churn(LEAST, AUC, LOG_LOSS, *(one for one in SLICES if one.status is Status.passed))
FIRST = churn(
    check("auc", "non_inferior", status=Status.skipped, notes=("no baseline",), why="Not judged, no baseline."),
    baseline=Baseline(), submission=1,
)  # fmt: skip
EMPTY = churn(conclusion=Conclusion.failure, baseline=Baseline(kind="file", name="old.parquet"), submission=None)


def roc(distance: float) -> tuple[RocPoint, ...]:
    """Of two normal distributions of scores that lie `distance` standard deviations apart."""
    normal = NormalDist()
    ends = (RocPoint(false_positive=0.0, true_positive=0.0),), (RocPoint(false_positive=1.0, true_positive=1.0),)
    inner = (at / 20 - 4 for at in range(120))
    between = (RocPoint(false_positive=normal.cdf(t), true_positive=normal.cdf(t + distance)) for t in inner)
    return (*ends[0], *between, *ends[1])


def calibration(exponent: float) -> tuple[CalibrationBin, ...]:
    """Fifteen bins of equal mass, most of them at low scores."""
    scores = [(at + 0.5) ** 2 / 225 for at in range(15)]
    return tuple(
        CalibrationBin(score=score, observed=score**exponent + 0.012 * math.sin(9 * score), rows=1620 + at % 2)
        for at, score in enumerate(scores)
    )


CURVES = Curves(
    candidate=SideCurves(roc=roc(1.66), calibration=calibration(1.04)),
    baseline=SideCurves(roc=roc(1.5), calibration=calibration(1.35)),
)
