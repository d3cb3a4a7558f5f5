"""Which kept artifacts are due, and what the ledger says of where they are now."""

import datetime
import json

import msgspec
import pytest

from merganser.documents import dump_json
from merganser.errors import DataError
from merganser.evaluation.verdict import RunRef
from merganser.registry import ledger, renewal
from merganser.registry.ledger import Kept, Place, RemotePlace, RunRecord
from merganser.registry.renewal import Renewed
from tests.registry.samples import recorded, run

DAY = datetime.timedelta(days=1)
MADE = datetime.datetime(2026, 9, 1, tzinfo=datetime.UTC)
WAS = Place(run_id=12, name="merganser-digits-1", digest="sha256:" + "1" * 64)
FILES = Place(run_id=12, name="merganser-digits-1-files")
AT = Place(run_id=99, name="merganser-kept-12-merganser-digits-1", digest="sha256:" + "2" * 64)


@pytest.mark.parametrize(
    ("life", "age", "due"),
    [(90, 0, False), (90, 76, False), (90, 77, True), (90, 95, True), (7, 3, False), (7, 4, True), (1, 0, False)],
)
def test_what_ends_soon_is_due(life: int, age: int, due: bool) -> None:
    assert renewal.is_due(MADE, MADE + life * DAY, MADE + age * DAY) is due


@pytest.mark.parametrize(
    ("was", "name"),
    [
        (WAS, "merganser-kept-12-merganser-digits-1"),
        (FILES, "merganser-kept-12-merganser-digits-1-files"),
        (AT, "merganser-kept-12-merganser-digits-1"),
    ],
)
def test_a_renewed_artifact_keeps_its_name(was: Place, name: str) -> None:
    assert renewal.artifact_name(was) == name


def test_a_record_says_where_it_was_and_is() -> None:
    path, content = renewal.record(Renewed(was=WAS, at=AT))
    assert path == "kept/12/merganser-digits-1/99.json"
    assert json.loads(content) == {
        "was": {"kind": "artifact", "run_id": 12, "name": "merganser-digits-1", "digest": "sha256:" + "1" * 64},
        "at": {
            "kind": "artifact", "run_id": 99, "name": "merganser-kept-12-merganser-digits-1",
            "digest": "sha256:" + "2" * 64,
        },
    }  # fmt: skip
    assert renewal.read(path, content) == Renewed(was=WAS, at=AT)


GOOD = dump_json(Renewed(was=WAS, at=AT))


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("kept/12/merganser-digits-1/98.json", GOOD),
        ("kept/13/merganser-digits-1/99.json", GOOD),
        ("kept/12/merganser-digits-2/99.json", GOOD),
        ("kept/12/../99.json", GOOD),
        ("runs/12/merganser-digits-1/99.json", GOOD),
        ("kept/12/merganser-digits-1/99.json", b"{}"),
        ("kept/12/merganser-digits-1/12.json", dump_json(Renewed(was=WAS, at=WAS))),
        ("kept/99/merganser-kept-12-merganser-digits-1/12.json", dump_json(Renewed(was=AT, at=WAS))),
    ],
)
def test_no_other_file_is_one(path: str, content: bytes) -> None:
    with pytest.raises(DataError):
        renewal.read(path, content)


def test_what_can_stand_in_no_path_is_not_recorded() -> None:
    with pytest.raises(DataError, match="no record of a kept artifact"):
        renewal.record(Renewed(was=Place(run_id=12, name="../../x"), at=AT))


def test_the_newest_renewal_counts() -> None:
    paths = [
        "kept/12/merganser-digits-1/99.json",
        "kept/12/merganser-digits-1/100.json",
        "kept/12/merganser-digits-1-files/101.json",
        "kept/13/merganser-digits-1/102.json",
        "kept/99/merganser-kept-12-merganser-digits-1/103.json",
        "runs/digits/a1a1a1a1a1a1-12-1.json",
    ]
    assert renewal.newest(paths, WAS) == "kept/12/merganser-digits-1/100.json"
    assert renewal.newest(paths, AT) == "kept/99/merganser-kept-12-merganser-digits-1/103.json"
    assert renewal.newest(paths, Place(run_id=14, name="merganser-digits-1")) is None


def test_the_baseline_of_each_model_is_its_newest_merged_run() -> None:
    def made(model: str, time: str, *, merged: bool) -> RunRecord:
        one = msgspec.structs.replace(run(), model=model)
        how = msgspec.structs.replace(recorded(), time=time, merged=merged)
        return ledger.read_run(*ledger.run_record(one, how, RunRef(id=int(time[8:10]), attempt=1)))

    old, new = (made("digits", f"2026-11-{day}T10:00:00Z", merged=True) for day in (10, 20))
    loose = made("digits", "2026-11-25T10:00:00Z", merged=False)
    other = made("churn", "2026-11-05T10:00:00Z", merged=True)
    assert {r.path for r in renewal.baselines([new, loose, old, other])} == {new.path, other.path}


def test_what_a_remote_keeps_is_left_there() -> None:
    remote = RemotePlace(files=(), artifact=WAS)
    assert renewal.artifacts(Kept(predictions=WAS, files=FILES)) == (WAS, FILES)
    assert renewal.artifacts(Kept(predictions=remote, files=FILES)) == (FILES,)
    assert renewal.artifacts(Kept()) == ()
