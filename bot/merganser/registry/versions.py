"""Which versions there are, read from a repo's tags. How a tag is spelled: `tags`; what is in a stage: `stages`."""

from collections.abc import Iterable

import msgspec

from merganser.registry import semver
from merganser.registry.history import History, Said, TagFact, heard, in_order
from merganser.registry.tags import INPUTS_TRAILER, Action, TagEvent, format_tag, trailer


class Version(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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

    @property
    def precedence(self) -> semver.Precedence:
        """What sorts versions by their numbers, whatever the build."""
        return semver.precedence_of(self.version)

    @property
    def deregistration(self) -> str:
        """The name of the tag that would take it out of use."""
        return format_tag(TagEvent(action=Action.deregister, artifact=self.model, version=self.version))


class Registry(msgspec.Struct, frozen=True):
    """All versions, by model and then precedence; `warnings` say, a sentence each, which tags were left out and why.

    `deprecated` are models out of use, also those that never had a version.
    """

    versions: tuple[Version, ...] = ()
    warnings: tuple[str, ...] = ()
    deprecated: frozenset[str] = frozenset()


class Eligible(msgspec.Struct, frozen=True, kw_only=True):
    """Which versions may be the latest, beside the active finals of models that are in use."""

    prereleases: bool = False
    deprecated: bool = False


FINALS = Eligible()


def read(tags: Iterable[TagFact]) -> Registry:
    """The versions that the tags make."""
    return registered(heard(tags))


def registered(history: History) -> Registry:
    """The versions that a history comes to."""
    alone, several = _by_version(history.said)
    deprecated = _deprecated(history.said)
    versions, warnings = [_registered(one) for one in alone], list(history.left_out)
    for events in several:
        version, conflicts = _version(events)
        warnings += conflicts
        versions += [version] if version is not None else []
    if deprecated:
        versions = [msgspec.structs.replace(v, deprecated=True) if v.model in deprecated else v for v in versions]
    versions.sort(key=lambda version: (version.model, _rank(version)))
    return Registry(tuple(versions), tuple(sorted(warnings)), frozenset(deprecated))


def _by_version(said: Iterable[Said]) -> tuple[list[Said], list[list[Said]]]:
    """The registrations that are all that is said of their version, as nearly all are; and what is said of the others.

    Apart, so that thousands of the former cost no list each.
    """
    first: dict[tuple[str, str], Said] = {}
    several: dict[tuple[str, str], list[Said]] = {}
    for one in said:
        if one.event.version:
            key = (one.event.artifact, one.event.version)
            before = first.setdefault(key, one)
            if before is not one:
                several.setdefault(key, [before]).append(one)
            elif one.event.action is Action.deregister:
                several[key] = [one]
    return [one for key, one in first.items() if key not in several], list(several.values())


def latest(versions: Iterable[Version], model: str, eligible: Eligible = FINALS) -> Version | None:
    """The greatest active version of the model, or None; of equals, the later registered.

    Candidates, and the versions of a deprecated model, count only where `eligible` says so.
    """
    return max((v for v in versions if v.model == model and may_be_latest(v, eligible)), key=_rank, default=None)


def may_be_latest(version: Version, eligible: Eligible = FINALS) -> bool:
    """Whether it is active, and final, and of a model in use, as far as `eligible` asks for that."""
    is_candidate = "-" in version.version.partition("+")[0]
    return (
        version.active
        and (eligible.deprecated or not version.deprecated)
        and (eligible.prereleases or not is_candidate)
    )


def at_commit(versions: Iterable[Version], model: str, commit: str) -> Version | None:
    """The model's version on a commit: the greatest active one, else the greatest deregistered, or None."""
    found = (v for v in versions if (v.model, v.commit) == (model, commit))
    return max(found, key=lambda v: (v.active, _rank(v)), default=None)


def find(versions: Iterable[Version], model: str, version: str) -> Version | None:
    """The model's version of that very name (`v1.4.0` or `1.4.0`), active or not, or None."""
    bare = version.removeprefix("v")
    return next((v for v in versions if (v.model, v.version) == (model, bare)), None)


def _version(events: list[Said]) -> tuple[Version | None, list[str]]:
    """What the events of one version add up to; a second registration on another commit is told and left out."""
    version: Version | None = None
    warnings = []
    for one in in_order(events):
        if one.event.action is Action.deregister:
            if version is None:
                warnings.append(f"the tag {one.fact.name} deregisters a version that was never registered")
            else:
                version = msgspec.structs.replace(version, active=False)
        elif version is None or not version.active:
            version = _registered(one)
        elif one.fact.commit != version.commit:
            warnings.append(f"the tag {one.fact.name} is left out: {version.tag} already names another commit")
    return version, warnings


def _registered(one: Said) -> Version:
    event, fact = one.event, one.fact
    return Version(
        model=event.artifact,
        version=event.version,
        tag=fact.name,
        commit=fact.commit,
        registered_at=fact.time,
        inputs_digest=trailer(fact.message, INPUTS_TRAILER) if fact.message else "",
    )


def _deprecated(said: list[Said]) -> set[str]:
    """The models whose newest word among registrations and deprecations is a deprecation; it wins within a second."""
    told: dict[str, list[Said]] = {one.event.artifact: [] for one in said if one.event.action is Action.deprecate}
    if not told:
        return set()
    for one in said:
        if one.event.artifact in told and one.event.action in (Action.register, Action.deprecate):
            told[one.event.artifact].append(one)
    return {model for model, events in told.items() if in_order(events)[-1].event.action is Action.deprecate}


def _rank(version: Version) -> tuple[semver.Precedence, int, str]:
    return version.precedence, version.registered_at, version.version
