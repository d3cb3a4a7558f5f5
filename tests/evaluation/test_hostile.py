"""Faults and bad inputs as the whole gate meets them, each test named after its fault. Where else they are tested:

25 (numbers that are none): documents/test_documents, config/test_file, config/test_written, here
26 (keys that stand twice): documents/test_documents, config/test_yaml_text, readers/test_json_lines, here
27 (what YAML makes of plain words): config/test_written, config/test_yaml_text, config/test_file
28 (bombs, depth, digits): config/test_yaml_text, documents/test_documents, readers/test_hostile_text, here
31 (100,000 metrics, 500 slices): report/test_comment, report/test_page, here
37 (rows that don't fit): test_judge, test_rows, execution/test_observe, execution/test_cluster, here
38 (parquet that lies): readers/test_hostile_parquet, readers/test_tables, here
"""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest

from merganser.config import Change, Direction, Gate, MetricRules
from merganser.documents import dump_json
from merganser.errors import DataError
from merganser.evaluation.judge import Judgement, Setting, Side
from merganser.evaluation.verdict import Baseline, Policy, Status, Verdict
from merganser.plan import Conclusion
from merganser.report.comment import COMMENT_LIMIT, comment
from tests.evaluation.readers import crafted
from tests.evaluation.samples import ask, by, gate, model, non_inferior
from tests.report.samples import judged as reported
from tests.report.samples import report

CONFIG = """\
version: 1
models:
  m:
    artifact: {path: model}
    gate: {metrics: {accuracy: {min: 0.5, max_drop: 1%}}}
"""
RUN: dict[str, Any] = {
    "schema": "merganser.run/1", "model": "m", "inputs_digest": "sha256:1", "tree": "1" * 40, "commit": "2" * 40,
    "head": "2" * 40, "environment": {"python": "3.11.7", "platform": "linux-x86_64"},
    "started": "2026-05-17T10:00:00Z", "finished": "2026-05-17T10:01:00Z",
}  # fmt: skip


def run_gate(folder: Path, candidate: bytes, config: str = CONFIG) -> subprocess.CompletedProcess[str]:
    """`merganser gate` on a bundle whose run.json is this, against one that is sound."""
    for name, content in (("candidate", candidate), ("baseline", run_json('{"accuracy": 0.9}'))):
        (folder / name).mkdir()
        (folder / name / "run.json").write_bytes(content)
    (folder / "rules.yaml").write_text(config)
    command = [sys.executable, "-m", "merganser", "gate", "candidate", "--baseline", "baseline"]
    command += ["--config", "rules.yaml", "--json"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def run_json(metrics: str) -> bytes:
    return (json.dumps(RUN)[:-1] + f', "metrics": {metrics}}}').encode()


@pytest.mark.parametrize(
    ("candidate", "says"),
    [
        pytest.param(run_json('{"accuracy": NaN}'), "NaN is no number", id="25-nan"),
        pytest.param(run_json('{"accuracy": 1e999}'), "the number 1e999 is not finite", id="25-1e999"),
        pytest.param(run_json('{\n"accuracy": 0.1,\n"accuracy": 0.9}'), "stands twice (lines 2, 3)", id="26"),
        pytest.param(b'{"a":' * 100_000, "nested deeper than 100 levels", id="28-depth"),
        pytest.param(run_json('{"accuracy": ' + "9" * 5_000 + "}"), "a number of 5000 digits", id="28-digits"),
    ],
)
def test_25_26_28_a_run_that_can_not_be_read(tmp_path: Path, candidate: bytes, says: str) -> None:
    done = run_gate(tmp_path, candidate)
    assert (done.returncode, done.stdout) == (3, "")
    assert says in done.stderr
    assert len(done.stderr) < 1_000


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("worse", ["candidate", "baseline"])
def test_25_metrics_that_are_no_numbers(value: float, worse: str) -> None:
    rules = MetricRules(min=0.1, max=5.0, max_drop=Change(9.0), non_inferior=non_inferior().non_inferior)
    numbers = {"candidate": 0.9, "baseline": 0.9, worse: value}
    sides = [Side(name=name, metrics={"accuracy": number}) for name, number in numbers.items()]
    found = ask(msgspec.structs.replace(model(gate(accuracy=rules)), predictions=None), *sides)
    statuses = {check.rule: check.status for check in found.checks}
    against = {"max_drop"} | ({"min", "max"} if worse == "candidate" else set())
    assert {rule for rule, status in statuses.items() if status is Status.error} >= against
    assert Status.passed not in {statuses[rule] for rule in (*against, "non_inferior")}
    assert found.conclusion is Conclusion.failure
    assert b"NaN" not in dump_json(found)


N = 300
SCORED = model(Gate(metrics={"accuracy": non_inferior(), "brier": MetricRules(max=1.0)}))


def rows(**columns: Any) -> pl.DataFrame:
    """Keys 0 … 299, labels 0 and 1 by turns, scores on the right side; `columns` in their place."""
    at = np.arange(N)
    return pl.DataFrame({"row_id": at, "label": at % 2, "p": 0.2 + 0.6 * (at % 2)} | columns)


def judged(folder: Path, candidate: pl.DataFrame, order: str, batch: int) -> Judgement:
    """Against sound rows in the same order, or in another one."""
    baseline = rows() if order == "aligned" else rows()[::-1]
    for name, frame in (("candidate", candidate), ("baseline", baseline)):
        frame.write_parquet(folder / f"{name}.parquet")
    sides = (Side(name=name, predictions=folder / f"{name}.parquet") for name in ("candidate", "baseline"))
    return ask(SCORED, *sides, setting=Setting(batch=batch))


def fault(found: Judgement) -> str:
    assert {check.status for check in found.checks} == {Status.error}
    assert found.conclusion is Conclusion.failure
    (why,) = {check.why.partition("can't be judged: ")[2] for check in found.checks}
    return why


def with_value(column: str, at: int, value: Any) -> pl.DataFrame:
    values = rows()[column].to_list()
    values[at] = value
    return rows(**{column: values})


WAYS = [("aligned", 10**6), ("aligned", 40), ("joined", 10**6), ("joined", 40)]  # the last one by partitions on disk


@pytest.mark.parametrize(("order", "batch"), WAYS)
@pytest.mark.parametrize(
    ("candidate", "says"),
    [
        pytest.param(with_value("row_id", 5, None), "1 row of C has no key in row_id.", id="missing-key"),
        pytest.param(with_value("row_id", 5, 290), "2 of 300 rows of C repeat a key (e.g. 290).", id="repeated-key"),
        pytest.param(with_value("label", 5, None), "1 row of C has no label (e.g. 5).", id="missing-label"),
        pytest.param(with_value("p", 5, float("inf")), "1 row of C has no finite number in p (e.g. 5).", id="infinite"),
        pytest.param(rows(p=["high"] * N), "300 rows of C have no finite number in p (e.g. 0, 1, 10).", id="words"),
        pytest.param(rows()[:0], "C have no rows.", id="empty"),
    ],
)  # fmt: skip
def test_37_rows_that_can_not_be_used(
    tmp_path: Path, candidate: pl.DataFrame, says: str, order: str, batch: int
) -> None:
    found = fault(judged(tmp_path, candidate, order, batch))
    assert found == says.replace("C", "the candidate's predictions")


@pytest.mark.parametrize(("order", "batch"), WAYS)
def test_37_rows_of_another_data_set(tmp_path: Path, order: str, batch: int) -> None:
    other = with_value("row_id", 5, 999)
    found = judged(tmp_path, other, order, batch)
    skipped, alone = found.checks
    assert (skipped.status, skipped.notes, alone.status) == (
        Status.skipped,
        ("evaluation data changed",),
        Status.passed,
    )
    assert "1 row of the candidate's predictions is not in the baseline's predictions (e.g. 999)" in skipped.why
    assert found.conclusion is Conclusion.failure


@pytest.mark.parametrize(("order", "batch"), WAYS)
def test_37_other_rows_than_the_labels(tmp_path: Path, order: str, batch: int) -> None:
    rules = msgspec.structs.replace(SCORED, labels=None)
    labels = rows().select("row_id", "label")[3:]
    (labels if order == "aligned" else labels[::-1]).write_parquet(tmp_path / "labels.parquet")
    rows().write_parquet(tmp_path / "p.parquet")
    side = Side(name="p", predictions=tmp_path / "p.parquet")
    found = ask(rules, side, side, labels=tmp_path / "labels.parquet", setting=Setting(batch=batch))
    assert fault(found) == "3 rows of the candidate's predictions are not in the labels (e.g. 0, 1, 2)."


@pytest.mark.parametrize(("order", "batch"), WAYS)
def test_37_all_of_one_class(tmp_path: Path, order: str, batch: int) -> None:
    one = rows(label=np.zeros(N, dtype=int), p=np.full(N, 0.2))
    for name, frame in (("candidate", one), ("baseline", one if order == "aligned" else one[::-1])):
        frame.write_parquet(tmp_path / f"{name}.parquet")
    sides = (Side(name=name, predictions=tmp_path / f"{name}.parquet") for name in ("candidate", "baseline"))
    found = ask(model(gate(auc=non_inferior())), *sides, setting=Setting(batch=batch))
    assert fault(found) == "all rows are of one class, and ROC AUC needs both."


def test_31_a_hundred_thousand_metrics_and_five_hundred_slices(tmp_path: Path) -> None:
    size = 20 * 500
    at = np.arange(size)
    frame = pl.DataFrame({"row_id": at, "label": at % 2, "p": 0.3 + 0.4 * (at % 2), "shop": at % 500})
    frame.write_parquet(tmp_path / "p.parquet")
    numbers = {f"metric {number} |": 0.5 for number in range(100_000)}
    side = Side(name="p", predictions=tmp_path / "p.parquet", metrics=numbers)
    fell = msgspec.structs.replace(side, metrics=dict.fromkeys(numbers, 0.4))
    metrics = dict.fromkeys([*numbers][:2_000], MetricRules(direction=Direction.up, max_drop=Change(0.01)))
    rules = model(Gate(metrics=metrics, slices=(by("shop", min_support=10),)))
    found = ask(rules, fell, side)
    assert Counter(check.status for check in found.checks) == {Status.failed: 2_000, Status.passed: 500}
    assert found.conclusion is Conclusion.failure
    verdict = Verdict(
        model="m", baseline=Baseline(kind="file"), policy=Policy(digest=found.policy_digest), trust=found.trust,
        labels_digest=found.labels_digest, conclusion=found.conclusion, checks=found.checks,
    )  # fmt: skip
    again = msgspec.json.decode(dump_json(verdict), type=Verdict)
    text = comment(report(msgspec.structs.replace(reported(), verdict=again)))
    assert len(text) <= COMMENT_LIMIT
    assert text.count("<details>") == text.count("</details>")
    assert re.search(r"and [0-9,]+ more rows", text)
    assert "[Run 12](" in text.splitlines()[-1]


CLAIMS = crafted.parquet(
    [
        crafted.dictionary_page(1, (7).to_bytes(8, "little")),
        crafted.data_page(10**9, crafted.run(1, 10**9), encoding=crafted.DICTIONARY),
    ],
    10**9,
    dictionary=True,
)


@pytest.mark.parametrize("whose", ["candidate", "baseline", "labels"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(CLAIMS, "more than 200,000,000 rows", id="billion"),
        pytest.param(None, "can't be read", id="corrupt-page"),
    ],
)
def test_38_parquet_that_lies_is_no_verdict(tmp_path: Path, content: bytes | None, says: str, whose: str) -> None:
    sound = tmp_path / "sound.parquet"
    rows().write_parquet(sound)
    if content is None:
        damaged = bytearray(sound.read_bytes())
        damaged[4:200] = b"\xff" * 196
        content = bytes(damaged)
    (tmp_path / "lies.parquet").write_bytes(content)
    paths = {"candidate": sound, "baseline": sound, "labels": sound, whose: tmp_path / "lies.parquet"}
    sides = (Side(name=name, predictions=paths[name]) for name in ("candidate", "baseline"))
    with pytest.raises(DataError, match=says) as refused:
        ask(SCORED, *sides, labels=paths["labels"])
    assert "lies.parquet" in refused.value.message
    assert refused.value.hint
