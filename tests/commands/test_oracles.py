"""Published numbers and slow definitions against what `merganser gate` prints: files in, JSON out, as a process."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from tests.evaluation.oracles import delong_by_pairs, p_by_likelihood

Z = 1.6448536269514722  # one-sided 0.95
CONFIG = """\
version: 1
models:
  m:
    artifact: {{path: model}}
    {model}
    gate:
      {gate}
"""
CLASSES = "task: multiclass\n    predictions: {file: p.csv, key: key, prediction: said, label: label}"


class Row(NamedTuple):
    """Whether each side is right about one row, and the slices that it belongs to."""

    baseline: bool
    candidate: bool
    country: str = ""
    plan: str = ""


def gate(folder: Path, model: str, rules: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the checks by id."""
    (folder / "rules.yaml").write_text(CONFIG.format(model=model, gate=rules))
    command = [sys.executable, "-m", "merganser", "gate", "candidate.csv", "--baseline", "baseline.csv"]
    command += ["--config", "rules.yaml", "--model", "m", "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == ""
    return done.returncode, {check["id"]: check for check in json.loads(done.stdout)["checks"]}


def write_rows(folder: Path, rows: list[Row]) -> None:
    for side in ("baseline", "candidate"):
        lines = ["key,label,said,country,plan"]
        for at, row in enumerate(rows):
            lines.append(f"{at},a,{'a' if getattr(row, side) else 'b'},{row.country},{row.plan}")
        (folder / f"{side}.csv").write_text("\n".join(lines) + "\n")


def rows(b: int, c: int, n: int, **slices: str) -> list[Row]:
    """`b` rows that only the baseline has right, `c` that only the candidate has, and of the others two of three."""
    one = [Row(True, False, **slices)] * b + [Row(False, True, **slices)] * c
    return one + [Row(at % 3 > 0, at % 3 > 0, **slices) for at in range(n - b - c)]


@pytest.mark.parametrize(
    ("n", "b", "c", "low", "high", "p", "status"),
    [
        (10_000, 150, 130, -0.00477340, 0.00075588, 0.256139, "pass"),
        (500, 20, 14, -0.0321381, 0.0074443, 0.391528, "inconclusive"),
        (10_000, 400, 200, -0.0240600, -0.0160141, 2.39258e-16, "fail"),
        (50, 0, 0, -0.0513332, 0.0513332, 1.0, "inconclusive"),
    ],
)
def test_accuracy(n: int, b: int, c: int, low: float, high: float, p: float, status: str, tmp_path: Path) -> None:
    write_rows(tmp_path, rows(b, c, n))
    code, checks = gate(tmp_path, CLASSES, "metrics: {accuracy: {non_inferior: {margin: 0.01}}}")
    (check,) = checks.values()
    assert (check["low"], check["high"]) == pytest.approx((low, high), abs=6e-8)
    assert check["p"] == pytest.approx(p, rel=1e-5)
    assert (check["n"], check["b"], check["c"], check["delta"]) == (n, b, c, pytest.approx((c - b) / n))
    assert (check["status"], code) == (status, int(status == "fail"))


@pytest.mark.parametrize(
    ("shift", "noise", "margin", "decimals", "status"),
    [
        (0.0, 0.1, 0.01, 9, "pass"),
        (0.0, 0.3, 0.01, 9, "inconclusive"),
        (-0.5, 0.2, 0.01, 9, "fail"),
        (0.0, 0.2, 0.02, 1, "pass"),  # a tenth of a point apart: most scores are tied
    ],
)
def test_roc_auc(shift: float, noise: float, margin: float, decimals: int, status: str, tmp_path: Path) -> None:
    random = np.random.default_rng(20260517)
    positive = random.random(2_000) < 0.4
    before = random.normal(positive * 0.9, 1).round(decimals)
    after = (before + positive * shift + random.normal(0, noise, len(before))).round(decimals)
    for side, scores in (("baseline", before), ("candidate", after)):
        lines = [
            f"{at},{int(label)},{score!r}"
            for at, (label, score) in enumerate(zip(positive, scores.tolist(), strict=True))
        ]
        (tmp_path / f"{side}.csv").write_text("\n".join(["key,label,score", *lines]) + "\n")
    binary = 'task: binary\n    positive: "1"\n    predictions: {file: p.csv, key: key, score: score, label: label}'
    code, checks = gate(tmp_path, binary, f"metrics: {{auc: {{non_inferior: {{margin: {margin}}}}}}}")
    (check,) = checks.values()
    baseline, candidate, error = delong_by_pairs(positive, before, after)
    low, high = candidate - baseline - Z * error, candidate - baseline + Z * error
    assert (check["baseline"], check["candidate"]) == pytest.approx((baseline, candidate), abs=1e-9)
    assert (check["low"], check["high"]) == pytest.approx((low, high), abs=1e-9)
    assert (low > -margin, high < -margin) == (status == "pass", status == "fail")
    assert (check["status"], code) == (status, int(status == "fail"))


COUNTRIES = {
    "at": (60, 12, 800), "be": (48, 12, 812), "ch": (40, 18, 812), "de": (45, 15, 700), "es": (20, 20, 900),
    "fr": (10, 30, 500), "it": (0, 0, 300), "nl": (52, 20, 640), "pt": (35, 10, 450), "uk": (70, 9, 199),
}  # fmt: skip


def test_a_family_of_slices(tmp_path: Path) -> None:
    members = [row for name, (b, c, n) in COUNTRIES.items() for row in rows(b, c, n, country=name)]
    members = [row._replace(plan="free" if at % 5 else "paid") for at, row in enumerate(members)]
    write_rows(tmp_path, members)
    rules = [
        f"{{by: {by}, metrics: [accuracy], margin: {margin}}}" for by, margin in (("country", 0.02), ("plan", 0.01))
    ]
    code, checks = gate(tmp_path, CLASSES, f"slices: [{', '.join(rules)}]")
    assert checks.pop("accuracy:not_worse@country=uk")["status"] == "skipped"  # 199 rows, and no part of the family
    expected = {f"country={name}": (*counts, 0.02) for name, counts in COUNTRIES.items() if name != "uk"}
    for plan in ("free", "paid"):
        counts = Counter((row.baseline, row.candidate) for row in members if row.plan == plan)
        expected[f"plan={plan}"] = (counts[True, False], counts[False, True], counts.total(), 0.01)
    raw = [p_by_likelihood(*given) for given in expected.values()]
    rejected, adjusted, *_ = multipletests(raw, alpha=0.05, method="holm")
    assert list(checks) == [f"accuracy:not_worse@{name}" for name in expected]
    assert [check["p"] for check in checks.values()] == pytest.approx(raw, rel=1e-6)
    assert [check["p_adjusted"] for check in checks.values()] == pytest.approx(adjusted.tolist(), rel=1e-6)
    assert [check["status"] == "fail" for check in checks.values()] == rejected.tolist()
    assert {check["status"] for check in checks.values()} == {"pass", "fail"}
    assert sum(p < 0.05 for p in raw) > sum(rejected), "the correction decides nothing here: choose other counts"
    assert code == 1
