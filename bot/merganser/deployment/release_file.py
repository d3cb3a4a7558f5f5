"""`release.yaml` of an environment (`merganser.release/1`): what is deployed there. Manifests are in `manifests`."""

import re
from typing import Annotated, Literal

import msgspec
import yaml

from merganser.config import Target
from merganser.errors import DataError
from merganser.registry.semver import MAX_LENGTH, SEMVER
from merganser.yaml_text import parse_yaml, plain_values

RELEASE_FILE = "release.yaml"

# Text that any YAML reader, of 1.1 or 1.2, takes for text: what begins otherwise may be its number or truth value.
_PLAIN = re.compile(r"[A-Za-z].+", re.DOTALL)


Text = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00-\x20\x7f`<>|]{1,2000}\Z")]
Repo = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}\Z")]
Place = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}#[0-9]{1,18}\Z")]
Tag = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9@=#._/+!-]{1,500}\Z")]
Sha = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{40}\Z")]
Digest = Annotated[str, msgspec.Meta(pattern=r"\Asha256:[0-9a-f]{64}\Z")]
Number = Annotated[str, msgspec.Meta(pattern=rf"\A{SEMVER}\Z", max_length=MAX_LENGTH)]


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version's tag in the model repo, its commit and what it was made from."""

    repo: Repo
    tag: Tag
    commit: Sha
    inputs_digest: Digest


class Artifact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where serving reads the model from, and the digest of what lies there (`sha256:…`)."""

    uri: Text
    digest: Digest


class From(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The environment before, which ran this very version, and the pull request that brought it there."""

    environment: Text
    pull_request: int | None = None


class Requested(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who asked for the promotion, and where (`OWNER/NAME#NUMBER`), if anywhere."""

    by: Text
    in_: Place | None = msgspec.field(default=None, name="in")


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One `release.yaml`. `version` is bare (`1.4.0`); Each text is one word: no space, no markup."""

    schema: Literal["merganser.release/1"]
    model: Text
    version: Number
    source: Source
    artifact: Artifact
    target: Target
    from_: From | None = msgspec.field(default=None, name="from")
    requested: Requested
    signature: Text | None = None
    rollback_of: Number | None = None


def load_release(data: bytes, where: str) -> Release:
    """The release that `data` spells; `ConfigError` where it isn't sound YAML, `DataError` where it isn't a release."""
    value = plain_values(parse_yaml(data, where), where)
    return _checked(value, where, "It was edited by hand, or written by another version: promote the model again.")


def dump_release(release: Release) -> bytes:
    """The file's bytes: keys in the format's order, every text quoted that some YAML reader might take otherwise.

    `DataError` for a release that `load_release` would refuse.
    """
    value = msgspec.to_builtins(release)
    _checked(value, f"the release of {release.model[:80]!a}", "Look at the version's tag and at artifact.publish.")
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=float("inf"),
    )
    return text.encode()


def _checked(value: object, where: str, hint: str) -> Release:
    try:
        return msgspec.convert(value, Release, strict=True)
    except msgspec.ValidationError as wrong:
        raise DataError(f"{where}: {wrong}", hint) from wrong


class _Dumper(yaml.SafeDumper):
    """PyYAML's own, but for the style of text."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if _PLAIN.fullmatch(text) else "'")


_Dumper.add_representer(str, _text)
