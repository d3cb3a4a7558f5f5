"""A release rendered to the manifests of its target, by the templates beside this file. Nothing is applied here.

Templates run in Jinja2's sandbox, unknown names are errors, and an expression whose value didn't pass the `quoted`
filter is refused: no value can become more than one YAML string.
"""

import functools
import re
from typing import TYPE_CHECKING

import yaml

from merganser.config import Serving, Target
from merganser.deployment.kubernetes_names import label_value, resource_name
from merganser.deployment.release_file import Release
from merganser.errors import ConfigError

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_PINNED = re.compile(r"[a-z0-9][A-Za-z0-9._/:-]*@sha256:[0-9a-f]{64}")


class Quoted(str):
    """Text that is a quoted YAML string already."""

    __slots__ = ()


def render(release: Release, serving: Serving, environment: str) -> dict[str, bytes]:
    """The manifests of `release` in `environment`: bytes by file name, to stand beside `release.yaml`.

    `ConfigError` where the target needs something that `serving` doesn't say.
    """
    _check(release.model, serving)
    templates = _templates()
    folder = f"{serving.target.value}/"
    values = _values(release, serving, environment)
    return {
        name.removeprefix(folder).removesuffix(".j2"): templates.get_template(name).render(values).encode()
        for name in templates.list_templates(filter_func=lambda name: name.startswith(folder))
    }


def quoted(value: object) -> Quoted:
    """A double-quoted YAML string on one line, in ASCII."""
    text = yaml.dump(str(value), Dumper=yaml.SafeDumper, default_style='"', width=float("inf"))
    return Quoted(text.rstrip("\n"))


def _check(model: str, serving: Serving) -> None:
    if serving.target is Target.kubernetes and _PINNED.fullmatch(serving.image) is None:
        raise ConfigError(
            f"models.{model}.image: {serving.image[:200]!a} is no image pinned by digest",
            "The target kubernetes needs `image: REGISTRY/NAME@sha256:…`, so that what was tested is what runs.",
        )


def _values(release: Release, serving: Serving, environment: str) -> dict[str, str]:
    return {
        "name": resource_name(release.model),
        "instance": resource_name(release.model, environment),
        "model": release.model,
        "environment": environment,
        "version": release.version,
        "version_label": label_value(release.version),
        "repo": release.source.repo,
        "tag": release.source.tag,
        "commit": release.source.commit,
        "inputs_digest": release.source.inputs_digest,
        "uri": release.artifact.uri,
        "digest": release.artifact.digest,
        "model_format": serving.model_format,
        "runtime": serving.runtime,
        "image": serving.image,
    }


@functools.cache
def _templates() -> "ImmutableSandboxedEnvironment":
    from jinja2 import PackageLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    templates = ImmutableSandboxedEnvironment(
        loader=PackageLoader("merganser.deployment"),
        undefined=StrictUndefined,
        finalize=only_quoted,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    templates.filters["quoted"] = quoted
    return templates


def only_quoted(value: object) -> Quoted:
    """`value`, if it went through `quoted`; TypeError for a template that forgot to."""
    if not isinstance(value, Quoted):
        raise TypeError(f"a template writes {str(value)[:80]!a} without the filter `quoted`")
    return value
