"""Names of release assets, safe, unique and stable; and the sums over them."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.config import Signing
from merganser.errors import DataError
from merganser.registry.assets import asset_names, read_sums, release_assets
from tests.registry.samples import evidence, subject


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("models/digits.joblib", "digits.joblib"),
        ("digits.joblib", "digits.joblib"),
        ("a b/ü c.bin", "c.bin"),
        ("x/a+b(1).bin", "a-b-1-.bin"),
        (".hidden", "hidden"),
        ("ü", "file"),
    ],
)
def test_a_lone_file_keeps_its_name_as_far_as_github_lets_it(path: str, name: str) -> None:
    assert asset_names([path]) == {path: name}


@pytest.mark.parametrize(
    "path",
    [
        "a/run.json",
        "VERDICT.JSON",
        "sha256sums",
        "predictions.csv",
        "profile.json",
        "x/model.sig",
        "Model-Card.md",
        "bom.cdx.json",
        "provenance.intoto.json",
    ],
)
def test_names_of_the_evidence_are_not_taken(path: str) -> None:
    (name,) = asset_names([path]).values()
    assert re.fullmatch(rf"[0-9a-f]{{8}}-{re.escape(path.rpartition('/')[2])}", name)


def test_two_of_a_name_are_told_apart_whatever_the_case() -> None:
    names = asset_names(["a/m.bin", "b/M.bin", "c.bin"])
    assert names["c.bin"] == "c.bin"
    assert re.fullmatch(r"[0-9a-f]{8}-m\.bin", names["a/m.bin"])
    assert re.fullmatch(r"[0-9a-f]{8}-M\.bin", names["b/M.bin"])


PATHS = st.lists(st.text("aA./é +", min_size=1, max_size=6) | st.text(min_size=1), unique=True, max_size=8)


@given(PATHS.filter(lambda paths: all(path.isprintable() for path in paths)), st.randoms(use_true_random=False))
def test_names_are_safe_unique_and_independent_of_order(paths: list[str], random: Random) -> None:
    names = asset_names(paths)
    assert len({name.casefold() for name in names.values()}) == len(paths)
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,110}", name) for name in names.values())
    shuffled = list(paths)
    random.shuffle(shuffled)
    assert asset_names(shuffled) == names


def test_sums_are_read_as_they_are_written() -> None:
    assets = release_assets(subject(), evidence(signature=b"signed", signing=Signing.key))
    *summed, told, signature = assets
    assert (told.name, signature.name, signature.varies) == ("SHA256SUMS", "model.sig", True)
    assert not any(asset.varies for asset in (*summed, told))
    assert read_sums(told.content, "x") == {asset.name: asset.sha256 for asset in summed}


LINE = b"a1" * 32 + b"  a.bin\n"


@pytest.mark.parametrize(
    "content",
    [LINE + LINE, LINE[1:], LINE.replace(b"  ", b" "), LINE.replace(b"a.bin", b"../a"), b"\xff", LINE + b"\n"],
)
def test_sums_that_are_none_are_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="SHA256SUMS of x: line"):
        read_sums(content, "SHA256SUMS of x")


def test_media_types() -> None:
    types = {asset.name: asset.media_type for asset in release_assets(subject(), evidence(signature=b"s"))}
    assert (types["model-card.md"], types["run.json"]) == ("text/markdown", "application/json")
    assert (types["SHA256SUMS"], types["digits.joblib"]) == ("text/plain", "application/octet-stream")


def test_a_card_of_the_repository_s_own_is_taken_as_it_is() -> None:
    cards = [a.content for a in release_assets(subject(), evidence(card="# Mine\n")) if a.name == "model-card.md"]
    assert cards == [b"# Mine\n"]
