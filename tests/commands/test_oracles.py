"""Published numbers and slow definitions against what `merganser gate` prints: files in, JSON out, as a process."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy.stats import t as student
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


def gate(folder: Path, model: str, rules: str, suffix: str = ".csv") -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the checks by id."""
    (folder / "rules.yaml").write_text(CONFIG.format(model=model, gate=rules))
    command = [sys.executable, "-m", "merganser", "gate", f"candidate{suffix}", "--baseline", f"baseline{suffix}"]
    command += ["--config", "rules.yaml", "--model", "m", "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == ""
    return done.returncode, {check["id"]: check for check in json.loads(done.stdout)["checks"]}


def table(header: str, lines: list[str]) -> str:
    return "\n".join([header, *lines]) + "\n"


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


# The hours that ten patients slept more under each of two drugs (Student 1908), as in R's `sleep`.
SLEEP = {
    "baseline": (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0),
    "candidate": (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4),
}
REGRESSION = "task: regression\n    predictions: {file: p.csv, key: key, prediction: said, label: label}"


def test_sleep(tmp_path: Path) -> None:
    """Two metrics of the hours themselves, and their absolute error against a label of −10, which is hours + 10."""
    for side, hours in SLEEP.items():
        lines = [f"{at},-10,{hour},{hour},{hour}" for at, hour in enumerate(hours)]
        (tmp_path / f"{side}.csv").write_text(table("key,label,said,narrow,wide", lines))
    margins = {"mean(narrow)": 0.5, "mae": 1, "mean(wide)": 2.5}
    rules = [f"{name}: {{direction: down, non_inferior: {{margin: {margin}}}}}" for name, margin in margins.items()]
    code, checks = gate(tmp_path, REGRESSION, f"metrics: {{{', '.join(rules)}}}")
    assert [check["status"] for check in checks.values()] == ["fail", "inconclusive", "pass"]
    assert code == 1
    for (name, margin), check in zip(margins.items(), checks.values(), strict=True):
        assert (check["metric"], check["margin"], check["n"]) == (name, margin, 10)
        assert (check["delta"], check["low"], check["high"]) == pytest.approx((-1.58, -2.2930053, -0.8669947), abs=6e-8)
        error = (check["high"] - check["low"]) / 2 / student.ppf(0.95, 9)
        assert -check["delta"] / error == pytest.approx(4.0621277, abs=6e-7)
        assert check["p"] == pytest.approx(0.00283289, abs=6e-9)


# Benjamini & Hochberg (1995), 4.1; 1 is as near to it as a test of ten rows gets.
TEXTBOOK = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
    1 - 1e-9,
]  # fmt: skip


def test_fifteen_p_values(tmp_path: Path) -> None:
    """Fifteen slices of ten rows each, whose t is what belongs to the textbook's p-value at the margin of 0.02."""
    spread = np.array([-1.5, -1.0, -0.5, -0.25, -0.1, 0.1, 0.25, 0.5, 1.0, 1.5])
    error = spread.std(ddof=1) / np.sqrt(10)
    moved = spread + (student.ppf(TEXTBOOK, 9) * error - 0.02)[:, None]
    for side, numbers in (("baseline", np.zeros(moved.shape)), ("candidate", moved)):
        lines = [f"{at}-{row},{at},{x}" for at, slice_ in enumerate(numbers.tolist()) for row, x in enumerate(slice_)]
        (tmp_path / f"{side}.csv").write_text(table("key,case,x", lines))
    slices = "slices: [{by: case, metrics: [mean(x)], margin: 0.02, min_support: 10}]"
    rules = f"metrics: {{mean(x): {{direction: up, min: -9}}}}\n      {slices}"
    code, checks = gate(tmp_path, "predictions: {file: p.csv, key: key}", rules)
    assert checks.pop("mean(x):min")["status"] == "pass"
    found = list(checks.values())
    assert [check["p"] for check in found] == pytest.approx(TEXTBOOK, rel=1e-6)
    rejected, adjusted, *_ = multipletests(TEXTBOOK, alpha=0.05, method="holm")
    assert [check["p_adjusted"] for check in found] == pytest.approx(adjusted.tolist(), rel=1e-6)
    assert [check["status"] == "fail" for check in found] == [True] * 3 + [False] * 12 == rejected.tolist()
    assert {check["status"] for check in found} == {"fail", "pass"}
    assert code == 1


def test_selection_rates(tmp_path: Path) -> None:
    """Both rows of the table in one file: by `sex` 460 and 500 of 1,000, by `club` 38 and 50 of 100."""
    lines = []
    for at in range(2_000):
        chosen = at % 1_000 < (460 if at < 1_000 else 500)
        number = at % 1_000 if chosen else at % 1_000 - (460 if at < 1_000 else 500)
        few = number < ((38, 62), (50, 50))[at >= 1_000][not chosen]
        club = ("a", "b")[at >= 1_000] if few else "others"
        lines.append(f"{at},{at % 2},{int(chosen)},{('f', 'm')[at >= 1_000]},{club}")
    for side in ("baseline", "candidate"):
        (tmp_path / f"{side}.csv").write_text(table("key,label,said,sex,club", lines))
    binary = 'task: binary\n    positive: "1"\n    predictions: {file: p.csv, key: key, prediction: said, label: label}'
    rules = [f"{{by: {by}, metric: selection_rate, min_ratio: 0.8, min_support: 100}}" for by in ("sex", "club")]
    code, checks = gate(tmp_path, binary, f"fairness: [{', '.join(rules)}]")
    large, small = checks["selection_rate:min_ratio@sex=f"], checks["selection_rate:min_ratio@club=a"]
    assert (large["candidate"], large["low"], large["high"]) == pytest.approx((0.92, 0.85208, 0.99333), abs=6e-6)
    assert (small["candidate"], small["low"], small["high"]) == pytest.approx((0.76, 0.58201, 0.99242), abs=6e-6)
    assert (large["status"], large["n"], small["status"], small["n"]) == ("pass", 1_000, "inconclusive", 100)
    assert code == 0


def write_bundle(folder: Path, metrics: str, files: dict[str, str]) -> None:
    """A bundle as `merganser train` leaves it, with each file's content by `NAME FILE`."""
    folder.mkdir()
    listed = {}
    for name, content in files.items():
        name, _, path = name.partition(" ")
        (folder / path).write_text(content)
        listed[name] = {"path": path, "sha256": hashlib.sha256(content.encode()).hexdigest()}
    budgets = {"latency_ms": {"file": "latency.csv", "column": "ms"}} if "latency" in listed else {}
    run = {
        "schema": "merganser.run/1", "model": "m", "inputs_digest": "sha256:1", "tree": "1" * 40, "commit": "2" * 40,
        "head": "2" * 40, "environment": {"python": "3.11.7", "platform": "linux-x86_64"},
        "started": "2026-05-17T10:00:00Z", "finished": "2026-05-17T10:01:00Z", "files": listed, "budgets": budgets,
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run)[:-1] + f', "metrics": {metrics}}}')


ROWS = 4_000
DRIFTED = {"near": (0.3, 0.25, 0.25, 0.2), "far": (0.4, 0.3, 0.2, 0.1)}


def test_bundles(tmp_path: Path) -> None:
    """Latencies 1 … 200, both rows of PSI, and relative rules of negative numbers that the runs report themselves."""
    even = {"type": "category", "n": ROWS, "missing": 0, "shares": dict.fromkeys("abcd", 0.25), "other": 0}
    profile = {"schema": "merganser.profile/1", "columns": {"near": even, "far": even}}
    write_bundle(
        tmp_path / "baseline",
        '{"r2": -2.0, "gain": -1.0, "yield": -1.0}',
        {"profile profile.json": json.dumps(profile)},
    )
    columns = [
        [name for name, share in zip("abcd", shares, strict=True) for _ in range(round(share * ROWS))]
        for shares in DRIFTED.values()
    ]
    features = table("near,far", [f"{near},{far}" for near, far in zip(*columns, strict=True)])
    latency = table("ms", [str(ms) for ms in range(200, 0, -1)])
    files = {"profile features.csv": features, "latency latency.csv": latency}
    write_bundle(tmp_path / "candidate", '{"r2": -1.0, "gain": -2.0, "yield": -2.0}', files)
    budgets = {"latency_p95_ms": 200, "latency_p95.0_ms": 190, "latency_p95.00_ms": 180}
    rules = ", ".join(f"{name}: {{max: {limit}}}" for name, limit in budgets.items())
    falls = "gain: {direction: up, max_drop: 100%}, yield: {direction: up, max_drop: 99%}"
    parts = [f"metrics: {{r2: {{max_drop: 0%}}, {falls}}}", f"budgets: {{{rules}}}", "drift: {psi: 0.2}"]
    model = (
        "budgets: {latency: {file: latency.csv, column: ms}}\n    features: {file: features.csv, columns: [near, far]}"
    )
    code, checks = gate(tmp_path, model, "\n      ".join(parts), suffix="")
    relative = checks.pop("r2:max_drop")
    assert (relative["status"], relative["baseline"], relative["candidate"]) == ("pass", -2, -1)
    assert "self-reported" in relative["notes"]
    assert [checks.pop(f"{name}:max_drop")["status"] for name in ("gain", "yield")] == ["pass", "fail"]
    for name, status in zip(budgets, ("pass", "inconclusive", "fail"), strict=True):
        found = checks.pop(f"{name}:max")
        assert (found["candidate"], found["low"], found["high"], found["n"]) == (pytest.approx(190.05), 185, 196, 200)
        assert found["status"] == status
    near, far = checks.values()
    assert (near["candidate"], far["candidate"]) == pytest.approx((0.0202733, 0.2282174), abs=6e-8)
    assert (near["status"], far["status"], code) == ("pass", "fail", 1)


def test_not_a_number(tmp_path: Path) -> None:
    """One score of the candidate that is NaN: an error by any rule."""
    lines = [f"{at},{at % 2},{0.2 + 0.6 * (at % 2)},{'fm'[at % 3 == 0]}" for at in range(300)]
    (tmp_path / "baseline.csv").write_text(table("key,label,score,sex", lines))
    (tmp_path / "candidate.csv").write_text(table("key,label,score,sex", [*lines[:-1], "299,1,nan,f"]))
    binary = 'task: binary\n    positive: "1"\n    predictions: {file: p.csv, key: key, score: score, label: label}'
    parts = [
        "metrics: {accuracy: {min: 0, max: 1, max_drop: 1, non_inferior: {margin: 0.5}}, brier: {max_rise: 1}}",
        "slices: [{by: sex, metrics: [accuracy], margin: 0.5}]",
        "fairness: [{by: sex, metric: selection_rate, min_ratio: 0.1}]",
        "calibration: {ece: {max: 1}}",
    ]
    code, checks = gate(tmp_path, binary, "\n      ".join(parts))
    assert len(checks) == 8
    assert {check["status"] for check in checks.values()} == {"error"}
    assert all("no finite number in score (e.g. 299)" in check["why"] for check in checks.values())
    assert code == 1
