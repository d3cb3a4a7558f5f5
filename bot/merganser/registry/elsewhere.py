"""A model that no release carries, since it is too large: where it lies instead, and what lies there.

Putting it there is its owners' matter; the digest says whether it is what was judged.
"""

from typing import Literal

import msgspec

from merganser.config import Model
from merganser.documents import dump_json
from merganser.errors import ConfigError, DataError
from merganser.registry.subject import Subject
from merganser.run import Artifact, Run, artifact_digest

ARTIFACT_FILE = "artifact.json"
MAX_SIZE = 2 * 1024**3 - 1


class Pointer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`artifact.json`: the model's address, its digest (`run.artifact_digest`), and its files below the address."""

    schema: Literal["merganser.artifact/1"] = "merganser.artifact/1"
    uri: str
    digest: str
    files: tuple[Artifact, ...]


def is_elsewhere(run: Run, rules: Model) -> bool:
    """Whether the release only points to the model, which is 2 GiB or more; `DataError` if it has no address."""
    size = sum(artifact.size for artifact in run.artifacts)
    if size > MAX_SIZE and not rules.artifact.publish:
        raise DataError(
            f"{run.model}: the model has {size:,} bytes, and a release carries less than 2 GiB",
            "Say in artifact.publish where serving reads it from: then the release holds its address and digest.",
        )
    return size > MAX_SIZE


def pointer(subject: Subject) -> bytes:
    """The bytes of `artifact.json`."""
    artifacts = subject.run.artifacts
    uri = published_uri(subject.rules.artifact.publish, subject.run.model, subject.version)
    return dump_json(Pointer(uri=uri, digest=artifact_digest(artifacts), files=artifacts))


def published_uri(template: str, model: str, version: str) -> str:
    """`artifact.publish` with its two names filled in; `ConfigError` for other braces.

    Plain replacement: str.format would let a template reach into Python's objects.
    """
    uri = template.replace("{model}", model).replace("{version}", version)
    if "{" in uri or "}" in uri:
        raise ConfigError(
            f"artifact.publish: {template[:200]!a} holds braces that mean nothing",
            "Only {model} and {version} are filled in.",
        )
    return uri
