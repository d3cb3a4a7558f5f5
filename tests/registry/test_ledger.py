"""The ledger's records: paths, bytes, and what a reader refuses."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.documents import dump_json
from merganser.errors import ConfigError, DataError
from merganser.evaluation.verdict import RunRef
from merganser.registry import ledger
from merganser.registry.ledger import (
    Kept,
    Place,
    RecordName,
    RemotePlace,
    StoredFile,
    read_run,
    read_verdict,
    run_record,
    verdict_record,
)
from merganser.run import Run
from tests.registry.samples import DIGEST, recorded, run, sha256, verdict

AT = RunRef(id=12, attempt=2)
KEPT = Kept(predictions=Place(run_id=11, name="merganser-digits-1", digest="sha256:" + "1" * 64))


def test_a_run_record_is_the_run_and_how_it_was_recorded() -> None:
    path, content = run_record(run(), recorded(kept=KEPT), AT)
    assert path == "runs/digits/a1a1a1a1a1a1-12-2.json"
    written = json.loads(content)
    assert written.pop("recorded") == {
        "time": "2026-11-23T10:05:00Z", "by": "merganser[bot]", "event": "push", "merged": True, "commit": "c3" * 20,
        "kept": {
            "predictions": {
                "kind": "artifact", "run_id": 11, "name": "merganser-digits-1", "digest": "sha256:" + "1" * 64
            },
            "files": None,
        },
    }  # fmt: skip
    assert written == json.loads(dump_json(run()))
    record = read_run(path, content)
    assert (record.path, record.run, record.recorded) == (path, run(), recorded(kept=KEPT))
    assert type(record.run) is Run


def test_a_run_kept_in_the_dvc_remote_is_read_as_written() -> None:
    objects = (StoredFile(path="predictions.csv", md5="0cc175b9c0f1b6a831c399e269772661", size=1),)
    kept = Kept(predictions=RemotePlace(files=objects, artifact=KEPT.predictions), files=RemotePlace(files=objects))
    path, content = run_record(run(), recorded(kept=kept), AT)
    assert json.loads(content)["recorded"]["kept"]["files"] == {
        "kind": "dvc", "project": ".", "artifact": None,
        "files": [{"path": "predictions.csv", "md5": "0cc175b9c0f1b6a831c399e269772661", "size": 1}],
    }  # fmt: skip
    assert read_run(path, content).recorded.kept == kept
    for md5 in (b"0CC175B9C0F1B6A831C399E269772661", b"../../etc", b"0cc175b9c0f1b6a831c399e269772661.dir"):
        with pytest.raises(DataError, match="md5"):
            read_run(path, content.replace(b"0cc175b9c0f1b6a831c399e269772661", md5))


def test_a_pull_requests_run_and_its_merge_are_two_records() -> None:
    proposed = run_record(run(), recorded(event="pull_request", merged=False), RunRef(id=11, attempt=1))
    merged = run_record(run(), recorded(), RunRef(id=12, attempt=1))
    assert proposed.path != merged.path
    assert read_run(*proposed).run == read_run(*merged).run


def test_a_verdict_record_carries_its_contents_digest() -> None:
    path, content = verdict_record(verdict(), AT)
    assert path == f"verdicts/digits/a1a1a1a1a1a1-12-2-{sha256(content)[:12]}.json"
    assert content == dump_json(verdict())
    assert read_verdict(path, content).verdict == verdict()
    assert verdict_record(verdict(submission=2), AT).path != path


def test_what_paths_say() -> None:
    name = RecordName(model="digits", inputs="a1a1a1a1a1a1", at=AT)
    assert ledger.run_name(run_record(run(), recorded(), AT).path) == name
    assert ledger.verdict_name(verdict_record(verdict(), AT).path) == name


@pytest.mark.parametrize(
    "path",
    [
        "", "runs/digits/a1a1a1a1a1a1-12-2.json\n", "runs/digits/a1a1a1a1a1a1-12.json", "runs/digits/A-12-2.json",
        "runs/digits/a1a1a1a1a1a1-0-2.json", "runs/digits/a1a1a1a1a1a1-012-2.json", "runs/../a1a1a1a1a1a1-12-2.json",
        "runs/a/b/a1a1a1a1a1a1-12-2.json", "verdicts/digits/a1a1a1a1a1a1-12-2.json", "xruns/m/a1a1a1a1a1a1-12-2.json",
        "runs/digits/a1a1a1a1a1a1-" + "9" * 5000 + "-2.json", "runs/-digits/a1a1a1a1a1a1-12-2.json", "README.md",
    ],
)  # fmt: skip
def test_other_paths_are_no_records(path: str) -> None:
    assert ledger.run_name(path) is None
    assert ledger.verdict_name(path) is None
    with pytest.raises(DataError, match="is no run record"):
        read_run(path, run_record(run(), recorded(), AT).content)
    with pytest.raises(DataError, match="is no verdict record"):
        read_verdict(path, verdict_record(verdict(), AT).content)


@given(st.text(max_size=60))
def test_no_path_is_a_surprise(path: str) -> None:
    assert ledger.run_name(path) is None
    assert ledger.verdict_name(f"verdicts/{path}") is None


@pytest.mark.parametrize(
    ("fields", "at", "error"),
    [
        ({"model": "../x"}, AT, ConfigError),
        ({"inputs_digest": "a1" * 32}, AT, DataError),
        ({"inputs_digest": "sha256:a1"}, AT, DataError),
        ({}, RunRef(), DataError),
        ({}, RunRef(id=12), DataError),
    ],
)
def test_what_cannot_be_recorded(fields: dict[str, Any], at: RunRef, error: type[Exception]) -> None:
    with pytest.raises(error):
        run_record(run(**fields), recorded(), at)
    with pytest.raises(error):
        verdict_record(verdict(**fields), at)


def edited(**changes: Any) -> bytes:
    return dump_json({**json.loads(run_record(run(), recorded(), AT).content), **changes})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (edited(model="other"), "speaks of 'other'"),
        (edited(inputs_digest="sha256:" + "b2" * 32), "speaks of 'digits' with inputs 'sha256:b2"),
        (edited(inputs_digest="sha256:a1a1a1a1a1a1"), "speaks of"),
        (edited(recorded=None), "recorded"),
        (edited(recorded={"time": "yesterday"}), "recorded"),
        (edited(unheard=1), "unheard"),
        (dump_json(run()), "recorded"),
        (b"[]", "Expected `object`"),
        (b"{", "line 1"),
        (rb'{"model": "\uD800"}', "not UTF-8 text"),
        (rb'{"\ud800": 1, "\ud800": 2}', "not UTF-8 text"),
    ],
)
def test_an_edited_run_record_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said.replace("(", r"\(")) as refused:
        read_run("runs/digits/a1a1a1a1a1a1-12-2.json", content)
    assert refused.value.hint


def test_text_that_is_no_text_is_not_written() -> None:
    with pytest.raises(DataError, match="can't be written as JSON"):
        run_record(run(params={"half": "\ud800"}), recorded(), AT)
    paired = edited(params={"duck": "\U0001f986"}).replace("\U0001f986".encode(), rb"\ud83e\udd86")
    assert read_run("runs/digits/a1a1a1a1a1a1-12-2.json", paired).run.params == {"duck": "\U0001f986"}


def test_an_edited_verdict_record_is_refused() -> None:
    path, content = verdict_record(verdict(), AT)
    with pytest.raises(DataError, match="its content was changed"):
        read_verdict(path, content.replace(b"success", b"failure"))


def test_a_verdict_under_anothers_path_is_refused() -> None:
    path, content = verdict_record(verdict(), AT)
    with pytest.raises(DataError, match="speaks of 'digits'"):
        read_verdict(path.replace("digits", "other"), content)


@given(
    model=st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?", fullmatch=True), number=st.integers(1, 10**15)
)
def test_every_record_is_read_back(model: str, number: int) -> None:
    at = RunRef(id=number, attempt=1)
    written = run_record(run(model=model), recorded(), at)
    assert ledger.run_name(written.path) == RecordName(model=model, inputs=DIGEST[7:19], at=at)
    assert read_run(*written).run.model == model
