"""Judged models to report on: the values that the tests of this folder start from."""

from typing import Any

from merganser.config import Severity, Waiver
from merganser.evaluation.compare import Comparison, MetricChange, ValueChange
from merganser.evaluation.verdict import Baseline, Check, Mode, Policy, Status, Trust, Verdict
from merganser.plan import Conclusion
from merganser.report.model import Alterations, Judged, NotJudged, Report
from merganser.run import BundleFile, Environment, Run

HEAD = "1f0c9a7d" + "3" * 32
BASE = "d0470c5b" + "4" * 32
SERVER = "https://github.example"
RUN_URL = f"{SERVER}/acme/digits/actions/runs/812"


def check(metric: str = "accuracy", rule: str = "non_inferior", **fields: Any) -> Check:
    """A passing check, unless `fields` say otherwise; its id is made from metric, rule and slice."""
    cut = "".join(f"@{key}={value}" for key, value in fields.get("slice", {}).items())
    given = {"id": f"{metric}:{rule}{cut}", "status": Status.passed, "why": f"{metric} is as good as before.", **fields}
    return Check(metric=metric, rule=rule, **given)


def compared(metric: str, baseline: float, candidate: float, half: float, **fields: Any) -> Check:
    """A check on two sides with an interval of the half width `half` around their difference, margin 0.01 if unsaid."""
    delta = round(candidate - baseline, 6)
    bounds = {"delta": delta, "low": delta - half, "high": delta + half, "margin": 0.01, "confidence": 0.95, "n": 899}
    return check(metric, **{"baseline": baseline, "candidate": candidate, **bounds, **fields})


def slice_check(digit: int, baseline: float, candidate: float, **fields: Any) -> Check:
    """One digit's accuracy, with 90 rows behind it."""
    given = {"rule": "not_worse", "slice": {"label": str(digit)}, "margin": 0.05, "n": 90, "p_adjusted": 1.0, **fields}
    return compared("accuracy", baseline, candidate, 0.06, **given)


def run(**fields: Any) -> Run:
    """A run with predictions."""
    given: dict[str, Any] = {
        "files": {"predictions": BundleFile(path="p.parquet", sha256="0" * 64, rows=899)},
        **fields,
    }
    return Run(
        model="digits", inputs_digest="sha256:" + "a" * 64, tree="5" * 40, commit=HEAD, head=HEAD,
        environment=Environment(python="3.11.7", platform="linux-x86_64"),
        started="2026-11-23T10:00:00Z", finished="2026-11-23T10:01:00Z", **given,
    )  # fmt: skip


def verdict(*checks: Check, **fields: Any) -> Verdict:
    """A successful verdict of these checks against a recorded run, unless `fields` say otherwise."""
    given: dict[str, Any] = {
        "model": "digits", "conclusion": Conclusion.success, "baseline": Baseline(kind="ledger", commit=BASE), **fields
    }  # fmt: skip
    return Verdict(policy=Policy(digest="sha256:" + "b" * 64), checks=checks, **given)


def judged(*checks: Check, **fields: Any) -> Judged:
    """One judged model; fields of the verdict and of `Judged` alike."""
    own = {
        name: fields.pop(name)
        for name in ("comparison", "new_model", "overrides", "quality", "reused_run_url", "run")
        if name in fields
    }
    return Judged(verdict=verdict(*checks, **fields), **{"run": run(), **own})


def report(*models: Judged | NotJudged, **fields: Any) -> Report:
    """Pull request 7 of acme/digits."""
    given: dict[str, Any] = {"mode": Mode.advisory, "pull_request": 7, "run_number": 12, **fields}
    return Report(
        repo="acme/digits", head=HEAD, base=BASE, server_url=SERVER, run_url=RUN_URL, models=models, **given
    )  # fmt: skip


DIFFERENCE = Comparison(
    a=BASE[:12],
    b=HEAD[:12],
    metrics=(MetricChange(name="accuracy", baseline=0.951, candidate=0.9722, delta=0.0212, direction=None),),
    params=(
        ValueChange(name="svc.C", before="0.1", after="0.3"),
        ValueChange(name="svc.gamma", before="0.001", after="0.0005"),
    ),
    data=(ValueChange(name="data/train.csv", before="md5:" + "1" * 32, after="md5:" + "2" * 32),),
)

PASSING = report(
    judged(
        compared("accuracy", 0.951, 0.9722, 0.008, notes=("improved",)),
        check("accuracy", "min", candidate=0.9722, baseline=0.951, delta=0.0212, low=0.0132, high=0.0292, n=899),
        *(slice_check(digit, 0.95, 0.95 + digit / 1000, notes=("not proven worse",)) for digit in range(8)),
        slice_check(8, 0.9, 0.9, status=Status.skipped, notes=("too few rows",), low=None, high=None, delta=None),
        comparison=DIFFERENCE,
        submission=3,
    )
)

FAILING = report(
    judged(
        compared("accuracy", 0.9722, 0.9699, 0.006, margin=0.01, notes=()),
        slice_check(
            1, 1.0, 0.8022, status=Status.failed, p_adjusted=0.0017, low=-0.267, high=-0.129,
            why="label = 1: accuracy went from 1 to 0.8022 over 91 rows, more than the allowed 0.05 worse: by chance "
            "alone that would be seen even among 10 slices with probability 0.0017 at most, and 5 % is the limit.",
        ),
        *(slice_check(digit, 0.97, 0.97, notes=("not proven worse",)) for digit in (0, 2, 3, 4, 5, 6, 7, 8, 9)),
        conclusion=Conclusion.failure, trust=Trust.sealed, comparison=DIFFERENCE,
    ),
    mode=Mode.enforcing,
)  # fmt: skip

NOT_PROVEN = report(
    judged(
        compared(
            "accuracy", 0.95, 0.948, 0.02, status=Status.inconclusive, n=500, n_needed=2681,
            why="Not proven either way: accuracy went from 0.95 to 0.948, and with 95 % confidence it is at most "
            "0.022 worse, where 0.01 is allowed; about 2,681 rows would settle it if the two were truly equal; there "
            "are 500.",
        ),
        compared("auc", 0.991, 0.9912, 0.002, margin=0.005, n=500),
    )
)  # fmt: skip

ALL_SKIPPED = report(
    judged(
        check(status=Status.skipped, notes=("evaluation data changed",), why="The evaluation rows differ."),
        slice_check(1, 1.0, 1.0, status=Status.skipped, notes=("too few rows",), why="Only 12 rows of 200.", n=12),
        conclusion=Conclusion.failure,
    )
)

SEVERAL = report(
    PASSING.models[0],
    NotJudged(model="churn", reason="Training failed with exit code 1.", log_url=RUN_URL),
    judged(
        compared(
            "accuracy", 0.95, 0.92, 0.01, status=Status.waived, why="accuracy fell by 0.03.",
            waiver=Waiver(check="accuracy:non_inferior", reason="New labels, see #12", by="ada", until="2026-12-24"),
        ),
        compared(
            "log_loss", 0.2, 0.25, 0.01, status=Status.failed, severity=Severity.warn, why="log_loss rose.",
            delta=-0.05, low=-0.06, high=-0.04,
        ),
        model="fraud", new_model=True, reused_run_url=RUN_URL,
    ),
    notes=("The gate in this change differs from the base branch's; the base branch's judged.",),
)  # fmt: skip

ALTERED = report(
    judged(check(candidate=0.97), model="other"),
    altered=Alterations(
        leaving={"digits": "other", "churn": ""},
        settings={"fraud": ("gate.max_attempts: 20 → 30", "gate.metrics.auc.min: 0.9 → 0.5")},
    ),
)

# What is judged by its own level and not by how it changed: `low` and `high` bound the candidate.
LATENCY = check(
    "latency_p95_ms", "max", candidate=190.05, low=185.0, high=196.0, confidence=0.95, n=200, method="order statistics",
    status=Status.inconclusive,
    why="latency_p95_ms is 190.05, and with 95 % confidence between 185 and 196, where 190 is the maximum.",
)  # fmt: skip
RATIO = check(
    "selection_rate", "min_ratio", slice={"sex": "f"}, candidate=0.76, low=0.58201, high=0.99242, confidence=0.95,
    n=100, method="log ratio", status=Status.inconclusive, severity=Severity.warn,
    why="sex = f: the selection rate is 0.76 of that of sex = m, and with 95 % confidence at least 0.58201 of it; "
    "0.8 has to be proven.",
)  # fmt: skip
DRIFT = check(
    "psi", "drift", slice={"column": "age"}, candidate=0.2282174, n=30_000, p=1e-9, p_adjusted=2e-9, confidence=0.95,
    method="ks", status=Status.failed, severity=Severity.warn,
    why="age: PSI is 0.2282, above the maximum of 0.2, and the difference is hardly chance (adjusted p = 2e-09, the "
    "limit is 0.05); the largest distance of the distributions is 0.188.",
)  # fmt: skip
CALIBRATION_ERROR = check(
    "ece", "max", candidate=0.031, low=0.022, high=0.044, confidence=0.95, n=2000, method="point",
    why="ece is 0.031, and has to be at most 0.05.",
)  # fmt: skip
LEVELS = (LATENCY, RATIO, DRIFT, CALIBRATION_ERROR)
