"""Where serving reads a model from."""

from urllib.parse import unquote, urlsplit

import pytest

from merganser.deployment.artifact import Origin, locate
from merganser.errors import ConfigError
from merganser.registry.registration import decide
from merganser.run import Artifact, artifact_digest
from tests.registry.samples import facts, version

FILE = Artifact(path="models/digits.joblib", sha256="1" * 64, size=9)
OTHER = Artifact(path="models/labels.txt", sha256="2" * 64, size=9)


def origin(publish: str = "") -> Origin:
    return Origin(server_url="https://github.com/", repo="acme/digits", publish=publish)


def test_a_single_file_is_read_from_its_release() -> None:
    found = locate(version("0.2.0"), [FILE], origin())
    assert found.uri == "https://github.com/acme/digits/releases/download/digits%40v0.2.0/digits.joblib"
    assert found.digest == "sha256:" + "1" * 64


def test_the_address_names_an_asset_that_the_release_has() -> None:
    registered = decide(facts())
    release = registered.effects[1]
    artifacts = facts().record.run.artifacts  # type: ignore[union-attr]
    parts = urlsplit(locate(version("0.1.0"), artifacts, origin()).uri).path.split("/")
    assert unquote(parts[-2]) == release.tag  # type: ignore[union-attr]
    assert unquote(parts[-1]) in [asset.name for asset in release.assets]  # type: ignore[union-attr]


@pytest.mark.parametrize("files", [[FILE], [FILE, OTHER]])
def test_a_published_model_is_read_from_where_it_was_published(files: list[Artifact]) -> None:
    found = locate(version("1.4.0"), files, origin("s3://models/{model}/{version}/{model}"))
    assert found.uri == "s3://models/digits/1.4.0/digits"
    assert found.digest == artifact_digest(tuple(files))


def test_the_template_reaches_nothing_else() -> None:
    with pytest.raises(ConfigError, match="braces that mean nothing"):
        locate(version("1.4.0"), [FILE], origin("s3://{model.__class__}/{version}"))
    with pytest.raises(ConfigError, match="braces that mean nothing"):
        locate(version("1.4.0"), [FILE], origin("s3://models}"))


@pytest.mark.parametrize("files", [[], [FILE, OTHER]])
def test_a_folder_needs_a_place_of_its_own(files: list[Artifact]) -> None:
    with pytest.raises(ConfigError, match=f"the model has {len(files)} files") as refused:
        locate(version("1.4.0"), files, origin())
    assert "artifact.publish" in refused.value.hint
