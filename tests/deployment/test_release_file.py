"""`release.yaml`: what is written, what is read, what is refused."""

from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from merganser.deployment.release_file import Artifact, From, Requested, Source, dump_release, load_release
from merganser.errors import ConfigError, DataError
from tests.deployment.samples import ARTIFACT, file, release
from tests.registry.samples import COMMIT, DIGEST

WRITTEN = f"""\
schema: merganser.release/1
model: digits
version: '0.2.0'
source:
  repo: acme/digits
  tag: digits@v0.2.0
  commit: {COMMIT}
  inputs_digest: {DIGEST}
artifact:
  uri: {ARTIFACT.uri}
  digest: {DIGEST}
target: kserve
from:
  environment: staging
  pull_request: 12
requested:
  by: ada
  in: acme/digits#41
"""


def test_the_file_is_the_format() -> None:
    full = release(
        from_=From(environment="staging", pull_request=12), requested=Requested(by="ada", in_="acme/digits#41")
    )
    assert dump_release(full).decode() == WRITTEN
    assert load_release(WRITTEN.encode(), "staging/digits/release.yaml") == full


def test_what_a_later_version_may_write_is_read() -> None:
    text = WRITTEN + "signature: model.sig\nrollback_of: 1.5.0\n"
    found = load_release(text.encode(), "x")
    assert (found.signature, found.rollback_of) == ("model.sig", "1.5.0")
    assert load_release(dump_release(found), "x") == found


TRAPS = [
    "no",
    "y",
    "on",
    "null",
    "1e5",
    "0x1f",
    "012",
    "1_000",
    "12:30:45",
    ".5",
    "=",
    "~",
    "-",
    "true",
    "NULL",
    "0o7",
    "+1",
]


@pytest.mark.parametrize("word", TRAPS)
def test_text_stays_text_for_any_reader(word: str) -> None:
    data = dump_release(release(model=word))
    assert load_release(data, "x").model == word
    assert yaml.safe_load(data)["model"] == word
    assert f"model: '{word}'\n".encode() in data or not word.isalpha() or len(word) > 1


@given(st.from_regex(r"[0-9]{1,38}e[0-9]{1,38}", fullmatch=True).map(lambda text: text.zfill(40)[-40:]))
def test_a_commit_that_looks_like_a_number_is_quoted(commit: str) -> None:
    source = Source(repo="acme/digits", tag="digits@v0.2.0", commit=commit, inputs_digest=DIGEST)
    data = dump_release(release(source=source))
    assert f"commit: '{commit}'\n".encode() in data
    assert load_release(data, "x").source == source


WORDS = st.text(
    st.characters(min_codepoint=33, blacklist_characters="`<>|\x7f", blacklist_categories=["C", "Z"]), min_size=1
)


@given(WORDS, WORDS)
def test_whatever_is_written_is_read_back(uri: str, who: str) -> None:
    made = release(artifact=Artifact(uri=uri, digest=DIGEST), requested=Requested(by=who))
    assert load_release(dump_release(made), "x") == made
    assert yaml.safe_load(dump_release(made))["artifact"]["uri"] == uri


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"", ConfigError, "the file is empty"),
        (b"- a\n", DataError, "Expected `object`"),
        (b"model: [", ConfigError, "not YAML"),
        (b"\xff", ConfigError, "not UTF-8"),
        (b"model: a\nmodel: b\n", ConfigError, "x:2"),
        (WRITTEN.replace("merganser.release/1", "merganser.release/2").encode(), DataError, "merganser.release/2"),
        (WRITTEN.replace("target: kserve", "target: mainframe").encode(), DataError, "mainframe"),
        (WRITTEN.replace("model: digits\n", "").encode(), DataError, "missing required field `model`"),
        ((WRITTEN + "extra: 1\n").encode(), DataError, "extra"),
        (WRITTEN.replace("'0.2.0'", "0.2").encode(), DataError, "version"),
        (WRITTEN.replace("'0.2.0'", "latest").encode(), DataError, "version"),
        (WRITTEN.replace("'0.2.0'", "'v0.2.0'").encode(), DataError, "version"),
        (WRITTEN.replace(COMMIT, "main").encode(), DataError, "commit"),
        (
            WRITTEN.replace(f"digest: {DIGEST}\ntarget", "digest: sha256:1\ntarget").encode(),
            DataError,
            "artifact.digest",
        ),
        (WRITTEN.replace("digits@v0.2.0", '"digits @v0.2.0"').encode(), DataError, "source.tag"),
        (WRITTEN.replace("ada", '"`ada`"').encode(), DataError, "requested.by"),
        (WRITTEN.replace("acme/digits#41", "over there").encode(), DataError, "requested.in"),
        (WRITTEN.replace("acme/digits\n", '"[x](y)"\n').encode(), DataError, "source.repo"),
        (WRITTEN.replace("12\n", "'12'\n").encode(), DataError, "pull_request"),
    ],
)
def test_what_is_refused(data: bytes, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as refused:
        load_release(data, "x")
    assert said in str(refused.value)
    assert refused.value.hint  # type: ignore[attr-defined]


@pytest.mark.parametrize("fields", [{"model": "a b"}, {"version": "v1.0.0"}, {"model": "x\ny"}, {"version": "1.0.0\n"}])
def test_nothing_is_written_that_would_be_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="the release of"):
        dump_release(msgspec.structs.replace(release(), **fields))


def test_an_unset_part_is_left_out() -> None:
    assert b"from" not in file()
    assert b"in:" not in file()
    assert b"signature" not in file()
