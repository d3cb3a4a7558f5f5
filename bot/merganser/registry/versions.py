"""Which versions there are, read from a repo's tags. How a tag is spelled: `tags`; stages aren't read here."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from merganser.registry import semver
from merganser.registry.tags import Action, TagEvent, parse

INPUTS_TRAILER = "Inputs-Digest: "


class TagFact(msgspec.Struct, frozen=True, kw_only=True):
    """One tag of the repo as git tells it.

    `commit` is what it points to when peeled, empty for a tree or blob; `time` the tagger's, in seconds since 1970,
    0 without a tagger; `annotated` is false for a lightweight tag.
    """

    name: str
    commit: str
    time: int
    annotated: bool
    message: str = ""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a model. `version` is bare (`1.4.0`), `registered_at` in seconds since 1970.

    `active` is false once deregistered, `deprecated` true while the whole model is; `inputs_digest` is empty on tags
    that other tools wrote.
    """

    model: str
    version: str
    tag: str
    commit: str
    registered_at: int
    active: bool = True
    deprecated: bool = False
    inputs_digest: str = ""


class Registry(msgspec.Struct, frozen=True):
    """All versions, by model and then precedence; `warnings` say, a sentence each, which tags were left out and why."""

    versions: tuple[Version, ...] = ()
    warnings: tuple[str, ...] = ()


class _Said(NamedTuple):
    event: TagEvent
    fact: TagFact


def read(tags: Iterable[TagFact]) -> Registry:
    """The versions that the tags make; tags outside the grammar are no business of ours and pass in silence."""
    parsed = ((parse(fact.name), fact) for fact in tags)
    said = [_Said(event, fact) for event, fact in parsed if event]
    usable = [one for one in said if one.fact.annotated and one.fact.commit]
    warnings = [_left_out(one.fact) for one in said if not (one.fact.annotated and one.fact.commit)]
    by_version: dict[tuple[str, str], list[_Said]] = defaultdict(list)
    by_model: dict[str, list[_Said]] = defaultdict(list)
    for one in usable:
        if one.event.version:
            by_version[one.event.artifact, one.event.version].append(one)
        if one.event.action in (Action.register, Action.deprecate):
            by_model[one.event.artifact].append(one)
    deprecated = {model for model, events in by_model.items() if _is_deprecated(events)}
    versions = []
    for (model, _), events in by_version.items():
        version, conflicts = _version(events)
        warnings += conflicts
        versions += [msgspec.structs.replace(version, deprecated=model in deprecated)] if version else []
    return Registry(tuple(sorted(versions, key=lambda v: (v.model, _rank(v)))), tuple(sorted(warnings)))


def latest(versions: Iterable[Version], model: str) -> Version | None:
    """The greatest active final version of the model, or None; a deprecated model has none. Of equals, the newest."""
    found = (v for v in versions if v.model == model and v.active and not v.deprecated)
    return max((v for v in found if not semver.parse(v.version).pre), key=_rank, default=None)


def at_commit(versions: Iterable[Version], model: str, commit: str) -> Version | None:
    """The model's version on a commit: the greatest active one, else the greatest deregistered, or None."""
    found = (v for v in versions if (v.model, v.commit) == (model, commit))
    return max(found, key=lambda v: (v.active, _rank(v)), default=None)


def find(versions: Iterable[Version], model: str, version: str) -> Version | None:
    """The model's version of that very name (`v1.4.0` or `1.4.0`), active or not, or None."""
    bare = version.removeprefix("v")
    return next((v for v in versions if (v.model, v.version) == (model, bare)), None)


def _version(events: list[_Said]) -> tuple[Version | None, list[str]]:
    """What the events of one version add up to; a second registration on another commit is told and left out."""
    version: Version | None = None
    warnings = []
    for event, fact in sorted(events, key=_order):
        if event.action is Action.deregister:
            if version is None:
                warnings.append(f"the tag {fact.name} deregisters a version that was never registered")
            else:
                version = msgspec.structs.replace(version, active=False)
        elif version is None or not version.active:
            version = _registered(event, fact)
        elif fact.commit != version.commit:
            warnings.append(f"the tag {fact.name} is left out: {version.tag} already names another commit")
    return version, warnings


def _registered(event: TagEvent, fact: TagFact) -> Version:
    trailers = (line for line in fact.message.splitlines() if line.startswith(INPUTS_TRAILER))
    return Version(
        model=event.artifact,
        version=event.version,
        tag=fact.name,
        commit=fact.commit,
        registered_at=fact.time,
        inputs_digest=next(trailers, "").removeprefix(INPUTS_TRAILER).strip(),
    )


def _is_deprecated(events: list[_Said]) -> bool:
    """Whether the newest of a model's registrations and deprecations is one of the latter; it wins within a second."""
    newest = max(events, key=lambda one: (one.fact.time, one.event.counter or 0, one.event.action is Action.deprecate))
    return newest.event.action is Action.deprecate


def _order(said: _Said) -> tuple[int, int, bool]:
    """By time, then counter; of the same second, deregistration comes after what it undoes."""
    return said.fact.time, said.event.counter or 0, said.event.action is Action.deregister


def _rank(version: Version) -> tuple[semver.Precedence, int]:
    return semver.precedence(semver.parse(version.version)), version.registered_at


def _left_out(fact: TagFact) -> str:
    why = "it is lightweight, so it says neither who nor when" if fact.commit else "it doesn't point to a commit"
    return f"the tag {fact.name} is left out: {why}"
