"""Where serving reads a version's model from. Who puts it there is another matter."""

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from merganser.deployment.release_file import Artifact
from merganser.errors import ConfigError
from merganser.registry.assets import asset_names
from merganser.registry.elsewhere import published_uri
from merganser.registry.versions import Version
from merganser.run import Artifact as ModelFile
from merganser.run import artifact_digest


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A version's repo: the server's address (`https://github.com`), `OWNER/NAME`, and its `artifact.publish`."""

    server_url: str
    repo: str
    publish: str = ""


def locate(version: Version, files: Sequence[ModelFile], origin: Origin) -> Artifact:
    """The URI and digest of a version's model: as `artifact.publish` spells it, else the release's asset.

    `ConfigError` for a model of several files without `publish`: a release has no address for a folder.
    """
    uri = (
        published_uri(origin.publish, version.model, version.version)
        if origin.publish
        else _asset(version, files, origin)
    )
    return Artifact(uri=uri, digest=artifact_digest(tuple(files)))


def _asset(version: Version, files: Sequence[ModelFile], origin: Origin) -> str:
    if len(files) != 1:
        raise ConfigError(
            f"{version.tag}: the model has {len(files)} files, and a release gives a folder no address",
            "Set artifact.publish to where serving reads the folder from, or pack the model into one file.",
        )
    name = asset_names([files[0].path])[files[0].path]
    tag = quote(version.tag, safe="")
    return f"{origin.server_url.rstrip('/')}/{origin.repo}/releases/download/{tag}/{quote(name, safe='')}"
