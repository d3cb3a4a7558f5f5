"""Records of what people decided: paths, bytes, and what a reader refuses."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.documents import dump_json
from merganser.errors import DataError
from merganser.registry.overrides import Cancellation, Line, Override, Refusal, folders_about, model_of, read, record
from tests.registry.samples import CANCELLATION, OVERRIDE, REFUSAL

AT = Line(501, 3)
KINDS = [(OVERRIDE, Override), (CANCELLATION, Cancellation), (REFUSAL, Refusal)]


def test_an_override_is_written_as_the_formats_say() -> None:
    path, content = record(OVERRIDE, AT)
    assert path == "overrides/digits/501-3.json"
    assert json.loads(content) == {
        "model": "digits", "inputs_digest": "sha256:" + "a1" * 32, "policy_digest": "sha256:" + "99" * 32,
        "check": "accuracy:min", "fault": "fail", "observed": 0.88, "floor": 0.87,
        "reason": "the seasonal dip", "by": "grace",
        "head": "f7" * 20, "comment": "https://example.org/acme/digits/pull/7#issuecomment-501", "until": "2026-12-24",
    }  # fmt: skip
    assert list(json.loads(content)) == sorted(json.loads(content))


def test_an_override_that_does_not_tell_what_was_wrong_is_read() -> None:
    """As it was recorded before there was such a field."""
    path, content = record(OVERRIDE, AT)
    old = {key: value for key, value in json.loads(content).items() if key != "fault"}
    assert read(path, dump_json(old), Override).what == msgspec.structs.replace(OVERRIDE, fault=None)


def test_where_the_others_are_written() -> None:
    assert record(CANCELLATION, AT).path == "cancellations/digits/501-3.json"
    assert record(REFUSAL, AT).path == "refusals/501-3.json"


@pytest.mark.parametrize(("what", "kind"), KINDS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_is_read_back(what: Any, kind: Any) -> None:
    path, content = record(what, AT)
    said = read(path, content, kind)
    assert (said.path, said.at, said.what) == (path, AT, what)


def test_a_path_names_its_model_and_kind() -> None:
    assert folders_about("digits") == ("overrides/digits", "cancellations/digits")
    assert model_of("overrides/digits/501-3.json", Override) == "digits"
    assert model_of("cancellations/digits/501-3.json", Cancellation) == "digits"
    assert model_of("cancellations/digits/501-3.json", Override) is None
    assert model_of("refusals/501-3.json", Override) is None


@pytest.mark.parametrize(
    "path",
    [
        "", "overrides/digits/501-3.json\n", "overrides/digits/501.json", "overrides/digits/0-3.json",
        "overrides/digits/501-0.json", "overrides/digits/0501-3.json", "overrides/501-3.json",
        "overrides/../501-3.json", "overrides/a/b/501-3.json", "refusals/digits/501-3.json", "refusals/501-3.json",
        "cancellations/digits/501-3.json", "overrides/digits/" + "9" * 19 + "-3.json",
        "overrides/digits/501-1234567.json", "overrides/-x/501-3.json",
    ],
)  # fmt: skip
def test_other_paths_are_no_overrides(path: str) -> None:
    assert model_of(path, Override) is None
    with pytest.raises(DataError, match="is no record below overrides/"):
        read(path, record(OVERRIDE, AT).content, Override)


@given(st.text(max_size=60))
def test_no_path_is_a_surprise(path: str) -> None:
    assert model_of(f"overrides/{path}", Override) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "other"}, "speaks of 'other'"),
        ({"model": "../x"}, "model"),
        ({"inputs_digest": "sha256:a1"}, "inputs_digest"),
        ({"policy_digest": ""}, "policy_digest"),
        ({"check": ""}, "check"),
        ({"observed": "0.88"}, "observed"),
        ({"floor": True}, "floor"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
        ({"head": "main"}, "head"),
        ({"comment": "https://example.org/acme/digits/pull/7#issuecomment-5012"}, "issuecomment-5012"),
        ({"until": "soon"}, "'soon' is no date"),
        ({"until": "2026-12-24T10:00:00"}, "is no date or time with offset"),
        ({"unheard": 1}, "unheard"),
    ],
)
def test_an_edited_override_is_refused(changes: dict[str, Any], said: str) -> None:
    path, content = record(OVERRIDE, AT)
    edited = dump_json({**json.loads(content), **changes})
    with pytest.raises(DataError, match=said) as refused:
        read(path, edited, Override)
    assert refused.value.hint


@pytest.mark.parametrize("key", [key for key in Override.__struct_fields__ if key != "fault"])
def test_an_override_lacks_nothing(key: str) -> None:
    path, content = record(OVERRIDE, AT)
    fields = {name: value for name, value in json.loads(content).items() if name != key}
    with pytest.raises(DataError, match=key):
        read(path, dump_json(fields), Override)


def test_what_contradicts_its_place_is_not_written() -> None:
    with pytest.raises(DataError, match="issuecomment-501"):
        record(OVERRIDE, Line(7, 1))
    with pytest.raises(DataError, match="is no record below"):
        record(msgspec.structs.replace(OVERRIDE, model="../x"), AT)
