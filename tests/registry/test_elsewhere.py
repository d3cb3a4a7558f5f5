"""A model too large for a release: the release holds its address and digest, or nothing is registered."""

import json

import msgspec
import pytest

from merganser.config import Artifact as ModelPath
from merganser.config import Model
from merganser.errors import ConfigError, DataError
from merganser.registry.assets import Evidence, asset_names, release_assets, signed_files
from merganser.registry.elsewhere import MAX_SIZE, is_elsewhere, published_uri
from merganser.run import Artifact, artifact_digest
from tests.registry.samples import predictions, record, run, sha256, subject

PUBLISHED = Model(artifact=ModelPath(path="models", publish="s3://models/{model}/{version}"))
HALVES = tuple(Artifact(path=f"models/{n}.bin", sha256=sha256(bytes([n])), size=MAX_SIZE // 2 + 1) for n in range(2))
LARGE = subject(record=record(run(artifacts=HALVES)), rules=PUBLISHED)


def test_the_release_points_to_it() -> None:
    assets = {asset.name: asset for asset in release_assets(LARGE, Evidence(bundle=(predictions(),)))}
    assert not {"0.bin", "1.bin"} & set(assets)
    assert json.loads(assets["artifact.json"].content) == {
        "schema": "merganser.artifact/1",
        "uri": "s3://models/digits/0.1.0",
        "digest": artifact_digest(HALVES),
        "files": [{"path": a.path, "sha256": a.sha256, "size": a.size} for a in HALVES],
    }
    assert "it lies at `s3://models/digits/0.1.0`" in assets["model-card.md"].content.decode()
    assert f"{assets['artifact.json'].sha256}  artifact.json" in assets["SHA256SUMS"].content.decode()
    assert [asset.name for asset in signed_files(LARGE, ())] == ["artifact.json"]
    subjects = json.loads(assets["provenance.intoto.json"].content)["subject"]
    assert [one["digest"]["sha256"] for one in subjects] == [a.sha256 for a in HALVES]


def test_what_fits_is_carried_wherever_else_it_lies() -> None:
    small = tuple(msgspec.structs.replace(half, size=MAX_SIZE // 2) for half in HALVES)
    assert not is_elsewhere(run(artifacts=small), PUBLISHED)
    assert is_elsewhere(run(artifacts=HALVES), PUBLISHED)


def test_without_an_address_the_cure_is_named() -> None:
    with pytest.raises(DataError, match="carries less than 2 GiB") as refused:
        is_elsewhere(run(artifacts=HALVES), Model(artifact=ModelPath(path="models")))
    assert "artifact.publish" in refused.value.hint


@pytest.mark.parametrize("template", ["s3://{name}", "s3://{model.__class__}", "s3://}{"])
def test_other_braces_mean_nothing(template: str) -> None:
    with pytest.raises(ConfigError, match="braces that mean nothing"):
        published_uri(template, "digits", "1.0.0")


def test_a_model_s_own_file_of_that_name_gets_another() -> None:
    (name,) = asset_names(["m/Artifact.JSON"]).values()
    assert name.endswith("-Artifact.JSON")
