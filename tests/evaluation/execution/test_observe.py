"""Rows as they lie, joined at once, and joined in partitions on disk: one answer, whatever the size of a batch."""

from pathlib import Path

import polars as pl
import pytest

from merganser.evaluation.judge import Judgement
from merganser.evaluation.verdict import Status
from tests.evaluation.execution.two_sides import RESAMPLED, N, assert_near, frames, judged, said, shuffled

BATCHES = [17, 100, 10**6]  # 18 parts, 3 parts, one


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    """Rows beside each other, all at once."""
    found = judged(tmp_path_factory.mktemp("expected"), *frames())
    assert len(found.checks) == 16
    assert {check.status for check in found.checks} == {Status.passed, Status.skipped}  # AUC by country: too few
    return found


def fault(found: Judgement) -> str:
    """What is wrong with the rows: the same in each check."""
    assert {check.status for check in found.checks} == {Status.error}
    (why,) = {check.why.partition("can't be judged: ")[2].rpartition("by country: ")[2] for check in found.checks}
    return why


@pytest.mark.parametrize("batch", BATCHES)
def test_rows_beside_each_other(tmp_path: Path, expected: Judgement, batch: int) -> None:
    assert_near(said(judged(tmp_path, *frames(), batch=batch)), said(expected))


@pytest.mark.parametrize("batch", BATCHES)
def test_rows_in_another_order(tmp_path: Path, expected: Judgement, batch: int) -> None:
    candidate, baseline = frames()
    assert_near(said(judged(tmp_path, candidate, shuffled(baseline), batch=batch)), said(expected))
    assert_near(said(judged(tmp_path, shuffled(candidate, 2), shuffled(baseline), batch=batch)), said(expected))


def test_resamples_are_the_same(tmp_path: Path) -> None:
    candidate, baseline = frames()
    expected, *others = (
        judged(tmp_path, one, other, rules=RESAMPLED, batch=batch)
        for one, other, batch in (
            (candidate, baseline, 10**6),
            (candidate, baseline, 100),
            (shuffled(candidate), shuffled(baseline, 2), 100),
        )
    )
    assert expected.checks[0].low != expected.checks[0].high
    for found in others:
        assert_near(said(found), said(expected))


@pytest.mark.parametrize("batch", BATCHES)
def test_both_sides_in_one_order_that_is_not_that_of_their_keys(
    tmp_path: Path, expected: Judgement, batch: int
) -> None:
    """Nothing proves that no key is repeated, so keys are looked at once more."""
    candidate, baseline = (frame[150:].vstack(frame[:150]) for frame in frames())
    assert_near(said(judged(tmp_path, candidate, baseline, batch=batch)), said(expected))


@pytest.mark.parametrize("batch", BATCHES)
def test_labels_in_a_table_of_their_own(tmp_path: Path, expected: Judgement, batch: int) -> None:
    candidate, baseline = frames()
    labels = candidate.select("row_id", "label", "country")
    candidate, baseline = (frame.select("row_id", "p") for frame in (candidate, baseline))
    for tables in ((candidate, baseline, labels), (shuffled(candidate), baseline, shuffled(labels, 2))):
        found = judged(tmp_path, *tables, batch=batch)
        assert_near(said(found)["checks"], said(expected)["checks"])
        assert found.labels_digest == expected.labels_digest


def as_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Text keys, of which the last is no number: parts of the file have numbers, and others text."""
    return frame.with_columns(pl.when(pl.col("row_id") == N - 1).then(pl.lit("x")).otherwise("row_id").alias("row_id"))


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("mixed", [False, True])
def test_keys_of_mixed_types(tmp_path: Path, expected: Judgement, batch: int, mixed: bool) -> None:
    candidate, baseline = frames()
    if mixed:
        candidate, baseline = as_names(candidate), as_names(baseline)
    else:
        baseline = baseline.with_columns(pl.col("row_id").cast(pl.String))
    for other in (baseline, shuffled(baseline)):
        found = judged(tmp_path, candidate, other, batch=batch)
        if mixed:  # another key draws other resamples
            assert [check.status for check in found.checks] == [check.status for check in expected.checks]
            assert [check.candidate for check in found.checks] == pytest.approx([c.candidate for c in expected.checks])
        else:
            assert_near(said(found), said(expected))


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("seed", [None, 1])
def test_repeated_keys_far_apart(tmp_path: Path, batch: int, seed: int | None) -> None:
    """In rows 7 and 290, which no batch of 100 holds both; on both sides, so rows beside each other agree."""
    candidate, baseline = (frame.with_columns(pl.col("row_id").replace(290, 7)) for frame in frames())
    if seed is not None:
        baseline = shuffled(baseline, seed)
    assert fault(judged(tmp_path, candidate, baseline, batch=batch)) == (
        "2 of 300 rows of the candidate's predictions repeat a key (e.g. 7)."
    )


@pytest.mark.parametrize("batch", BATCHES)
def test_a_baseline_that_lacks_rows(tmp_path: Path, expected: Judgement, batch: int) -> None:
    """Nothing is compared, and the candidate's own numbers are those of all its rows."""
    candidate, baseline = frames()
    alone = judged(tmp_path, candidate, None)
    for other in (baseline[:-5], shuffled(baseline[5:])):
        found = judged(tmp_path, candidate, other, batch=batch)
        compared = [check for check in found.checks if check.status is Status.skipped]
        assert {check.notes for check in compared} == {("evaluation data changed",)}
        assert all("5 rows of the candidate's predictions are not in the baseline's" in c.why for c in compared)
        assert all(check.baseline is None for check in found.checks)
        assert [c.candidate for c in found.checks] == pytest.approx([c.candidate for c in alone.checks], rel=1e-12)
        assert (found.labels_digest, found.conclusion) == (expected.labels_digest, "failure")


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("seed", [None, 1])
def test_faults_in_many_parts_are_counted_together(tmp_path: Path, batch: int, seed: int | None) -> None:
    candidate, baseline = frames()
    score = pl.when(pl.col("row_id") % 50 == 3).then(float("nan")).otherwise("p")
    sides = candidate.with_columns(score.alias("p")), baseline if seed is None else shuffled(baseline)
    assert fault(judged(tmp_path, *sides, batch=batch)) == (
        "6 rows of the candidate's predictions have no finite number in p (e.g. 103, 153, 203)."
    )


@pytest.mark.parametrize("batch", BATCHES)
def test_faults_of_keys_are_told_before_others(tmp_path: Path, batch: int) -> None:
    """Though some partitions have none of them, and scores that are no numbers."""
    candidate, baseline = frames()
    candidate = candidate.with_columns(
        pl.col("row_id").replace(290, 7), pl.when(pl.col("row_id") % 50 == 3).then(None).otherwise("p").alias("p")
    )
    assert fault(judged(tmp_path, candidate, shuffled(baseline), batch=batch)) == (
        "2 of 300 rows of the candidate's predictions repeat a key (e.g. 7)."
    )
