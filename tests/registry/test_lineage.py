"""Which records count: tables and a property."""

import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.evaluation.verdict import RunRef
from merganser.plan import Conclusion
from merganser.registry.ledger import Kept, Place, RemotePlace, RunRecord, run_record, verdict_record
from merganser.registry.lineage import (
    Own,
    choose_baseline,
    decisive,
    has_merged_run,
    may_be_had,
    paths_for,
    run_of,
    stands_in,
    submissions,
    unrecorded,
    verdict_paths,
)
from tests.registry.samples import COMMIT, DIGEST, ELSEWHERE, OTHER, record, recorded, run, verdict, version


def at(digest: str, run_id: int, *, merged: bool = True, time: str = "2026-11-23T10:05:00Z") -> RunRecord:
    return record(run(inputs_digest=digest), recorded(merged=merged, time=time), run_id)


def test_paths_for_a_digest() -> None:
    paths = [at(digest, n).path for n, digest in enumerate([DIGEST, OTHER, DIGEST], 1)]
    others = ["README.md", record(run(model="other")).path]
    assert paths_for([*reversed(paths), *others], "digits", DIGEST) == (paths[0], paths[2])
    assert paths_for(paths, "digits", "sha256:" + "0" * 64) == ()


def test_verdicts_stand_beside_their_run() -> None:
    run_path = run_record(run(), recorded(), RunRef(id=5, attempt=1)).path
    ours = [verdict_record(verdict(submission=n), RunRef(id=5, attempt=1)).path for n in (1, 2)]
    others = [
        verdict_record(verdict(), RunRef(id=5, attempt=2)).path,
        verdict_record(verdict(model="other"), RunRef(id=5, attempt=1)).path,
    ]
    assert verdict_paths([*others, *ours, run_path], run_path) == tuple(sorted(ours))
    assert verdict_paths([*ours, "README.md"], "README.md") == ()


def test_has_merged_run() -> None:
    proposed, merged = at(DIGEST, 1, merged=False), at(DIGEST, 2)
    assert not has_merged_run([], "digits")
    assert not has_merged_run([proposed], "digits")
    assert has_merged_run([proposed, merged], "digits")
    assert not has_merged_run([merged], "other")


@pytest.mark.parametrize(
    ("digests", "records", "wanted"),
    [
        ([], [at(DIGEST, 1)], None),
        ([DIGEST], [], None),
        ([DIGEST], [at(DIGEST, 1, merged=False)], None),
        ([DIGEST], [at(OTHER, 1)], None),
        ([DIGEST, OTHER], [at(OTHER, 1), at(DIGEST, 2)], 2),
        ([OTHER, DIGEST], [at(OTHER, 1), at(DIGEST, 2)], 1),
        ([DIGEST, OTHER], [at(OTHER, 1), at(DIGEST, 2, merged=False)], 1),
        ([DIGEST], [at(DIGEST, 1, time="2026-11-23T10:05:00Z"), at(DIGEST, 2, time="2026-11-22T10:05:00Z")], 1),
        ([DIGEST], [at(DIGEST, 1, time="2026-11-22T10:05:00Z"), at(DIGEST, 2, time="2026-11-23T10:05:00Z")], 2),
        ([DIGEST], [at(DIGEST, 2), at(DIGEST, 1)], 2),
    ],
)
def test_choose_baseline(digests: list[str], records: list[RunRecord], wanted: int | None) -> None:
    found = choose_baseline(digests, records)
    assert (found.path.split("-")[1] if found else None) == (str(wanted) if wanted else None)


POOL = [at(DIGEST, 1), at(DIGEST, 2, merged=False), at(OTHER, 3), at(OTHER, 4)]


@given(st.permutations(POOL), st.permutations([DIGEST, OTHER]))
def test_the_records_order_does_not_matter(records: list[RunRecord], digests: list[str]) -> None:
    assert choose_baseline(digests, records) == choose_baseline(digests, POOL)


@pytest.mark.parametrize(
    ("records", "missing"),
    [
        ([], {"churn"}),
        ([at(DIGEST, 1)], set()),
        ([at(DIGEST, 1, merged=False)], {"churn"}),
        ([at(OTHER, 1)], {"churn"}),
        ([at(DIGEST, 1, merged=False), at(DIGEST, 2)], set()),
    ],
)
def test_which_models_have_no_merged_run(records: list[RunRecord], missing: set[str]) -> None:
    assert unrecorded({"churn": DIGEST}, {"churn": records}) == missing


def test_of_several_verdicts_a_failure_counts() -> None:
    good, bad = verdict(), verdict(conclusion=Conclusion.failure)
    assert decisive([]) is None
    assert decisive([good]) == good
    assert decisive([good, bad, good]) == decisive([bad, good]) == bad


LABELS = "sha256:" + "7" * 64


def test_submissions_count_inputs_not_verdicts() -> None:
    judged = [verdict(labels_digest=LABELS) for _ in (1, 2)]
    judged.append(verdict(inputs_digest=OTHER, labels_digest="others", submission=7))
    assert submissions(judged, LABELS, "digits", DIGEST) == 1
    assert submissions(judged, LABELS, "digits", OTHER) == 2
    assert submissions([], LABELS, "digits", DIGEST) == 1


def test_a_submission_keeps_its_number_whatever_was_judged_since() -> None:
    first = verdict(labels_digest=LABELS, submission=submissions([], LABELS, "digits", DIGEST))
    number = submissions([first], LABELS, "digits", OTHER)
    second = verdict(inputs_digest=OTHER, labels_digest=LABELS, submission=number)
    assert (first.submission, second.submission) == (1, 2)
    assert submissions([second, first], LABELS, "digits", DIGEST) == 1
    assert submissions([second, first], LABELS, "digits", OTHER) == 2
    assert submissions([second, first], LABELS, "digits", "sha256:" + "0" * 64) == 3
    again = verdict(labels_digest=LABELS, submission=9)
    assert submissions([again, first], LABELS, "digits", DIGEST) == 1


def test_a_new_name_for_a_model_is_no_new_start() -> None:
    first = verdict(labels_digest=LABELS, submission=1)
    assert submissions([first], LABELS, "fresh", DIGEST) == 2
    second = verdict(model="fresh", labels_digest=LABELS, submission=2)
    assert submissions([first, second], LABELS, "fresher", OTHER) == 3
    assert submissions([first, second], LABELS, "fresh", DIGEST) == 2
    assert submissions([first, second], LABELS, "digits", DIGEST) == 1


def test_the_run_that_a_version_was_made_of() -> None:
    old = record(run(params={"n": 1}), recorded(commit=ELSEWHERE, time="2026-11-20T00:00:00Z"), 1)
    same_inputs_later = record(run(params={"n": 2}), recorded(), 2)
    proposed = record(run(params={"n": 3}), recorded(merged=False, commit=ELSEWHERE, time="2026-11-25T00:00:00Z"), 3)
    foreign = record(run(model="other"), recorded(commit=ELSEWHERE), 4)
    every = [foreign, proposed, same_inputs_later, old]
    assert run_of(version("1.0.0", commit=ELSEWHERE, inputs_digest=DIGEST), every) == old.run
    assert run_of(version("1.0.0", commit="99" * 20, inputs_digest=DIGEST), every) == same_inputs_later.run
    assert run_of(version("1.0.0", commit=COMMIT), every) == same_inputs_later.run
    assert run_of(version("1.0.0", commit="99" * 20), every) is None
    assert run_of(version("1.0.0", commit="99" * 20, inputs_digest=OTHER), every) is None


@pytest.mark.parametrize(
    ("own", "kind", "wanted"),
    [
        (Own(pulls=frozenset({3})), {"pull_request": 3}, True),
        (Own(pulls=frozenset({4})), {"pull_request": 3}, False),
        (Own(), {"pull_request": 3}, False),
        (Own(), {"pull_request": None}, False),
        (Own(commits=frozenset({"4" * 40})), {"head": "4" * 40}, True),
        (Own(trees=frozenset({"4" * 40})), {"head": "4" * 40}, False),
        (Own(trees=frozenset({"5" * 40})), {"tree": "5" * 40, "pull_request": None}, True),
        (Own(commits=frozenset({"5" * 40})), {"tree": "5" * 40}, False),
    ],
)
def test_what_is_not_merged_stands_in_for_its_own_change_alone(own: Own, kind: dict[str, Any], wanted: bool) -> None:
    found = at(DIGEST, 1, merged=False)
    found = msgspec.structs.replace(found, run=msgspec.structs.replace(found.run, **kind))
    assert stands_in(found, own) is wanted
    merged = msgspec.structs.replace(found, recorded=at(DIGEST, 1).recorded)
    assert stands_in(merged, own)


@pytest.mark.parametrize(
    ("place", "days", "had"),
    [
        (Place(run_id=1, name="merganser-digits-1"), 89, True),
        (Place(run_id=1, name="merganser-digits-1"), 90, False),
        (RemotePlace(files=()), 1000, True),
        (None, 0, False),
    ],
)
def test_artifacts_are_gone_after_90_days(place: Place | RemotePlace | None, days: int, had: bool) -> None:
    now = datetime.datetime(2026, 11, 23, 10, 5, tzinfo=datetime.UTC) + datetime.timedelta(days=days)
    assert may_be_had(record(how=recorded(kept=Kept(predictions=place))), now) is had
    assert may_be_had(record(run(files={}), recorded(kept=Kept(predictions=place))), now)
