"""What a registration is about: a model's commit or a tag that a person pushed, named by the command or the event."""

import datetime
import re

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.commands.observing.checkout import config_at
from merganser.commands.register.signing import Asked
from merganser.errors import ConfigError
from merganser.forge.ci import event
from merganser.git import Repository, is_sha
from merganser.registry import pushed, semver, tags, versions
from merganser.registry.names import check_model_name
from merganser.registry.tags import Action, TagEvent
from merganser.registry.versions import Version

_LOOKS_LIKE_ONE = re.compile(r"([A-Za-z0-9_-]+)@.+")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to register: MODEL, or MODEL@vX.Y.Z; None where the event's tag says it.

    `commit`, `bump` and `version` are None where the event and the configuration decide. `asked` is when, as GitHub
    tells it, if a run that was recorded since can't be meant.
    """

    model: str | None = None
    commit: str | None = None
    bump: str | None = None
    version: str | None = None
    sign: Asked = Asked()
    asked: datetime.datetime | None = None


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """A model at a commit. `tag` is the one to complete, `explicit` the version asked for, each "" for none.

    `by_event` is whether nobody but the push of the tag asks for it.
    """

    model: str
    commit: str
    tag: str = ""
    explicit: str = ""
    by_event: bool = False


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look for it: the model repo's mirror, its default branch, and its versions."""

    place: Workbench
    clone: Repository
    branch: str
    known: tuple[Version, ...]


def take(scene: Scene, request: Request) -> Aim | str:
    """What is meant, or the sentence that says why there is nothing to do; `ConfigError` where nothing fits."""
    model, at, number = (request.model or "").partition("@")
    if at:
        if request.version or request.commit:
            raise ConfigError(
                f"{request.model!a} names the version already", "Leave --version and --commit out, or @… from the name."
            )
        return _named(scene, model, number)
    tag = _pushed(scene) if not (request.version or request.commit) else None
    if tag is not None:
        return _of_event(scene, tag, model)
    if not model:
        raise ConfigError("no model is named", "Write `merganser register MODEL`; only a pushed tag names it itself.")
    return Aim(model=model, commit=_commit(scene, request.commit), explicit=request.version or "")


def _pushed(scene: Scene) -> str | None:
    runtime = scene.place.runtime
    return event.pushed_tag(runtime.event) if runtime.event_name in ("push", "create") else None


def _named(scene: Scene, model: str, number: str) -> Aim:
    """The version that stands in a tag already, to be completed; else it is asked for."""
    check_model_name(model)
    version = str(semver.parse(number))
    found = versions.find(scene.known, model, version)
    if found is not None:
        return Aim(model=model, commit=found.commit, tag=found.tag)
    said = TagEvent(action=Action.register, artifact=model, version=version)
    _refuse_lightweight(scene, tags.format_tag(said), said)
    return Aim(model=model, commit=_commit(scene, None), explicit=version)


def _of_event(scene: Scene, tag: str, model: str) -> Aim | str:
    """The version that the event's tag stands for, where it stands for one."""
    said = tags.parse(tag)
    if said is None:
        _refuse_misspelled(scene, tag)
        return f"The tag {tag[:100]!a} is no version's: nothing to do."
    if said.action is not Action.register:
        return f"The tag {tag} registers no version: nothing to do."
    if model not in ("", said.artifact):
        return f"The tag {tag} is of {said.artifact}, not of {model[:80]!a}: nothing to do."
    check_model_name(said.artifact)
    found = versions.find(scene.known, said.artifact, said.version)
    if found is None:
        _refuse_lightweight(scene, tag, said)
        return f"The tag {tag} is not there any more: nothing to do."
    if found.tag != tag:
        raise ConfigError(
            f"{tag} names a version that {found.tag} registered already, on {found.commit[:7]}",
            f"A version never moves: delete the tag {tag}, and tag another number.",
        )
    return Aim(model=said.artifact, commit=found.commit, tag=tag, by_event=True)


def _refuse_lightweight(scene: Scene, tag: str, said: TagEvent) -> None:
    """`ConfigError` where the tag is there but is no version, which an annotated one on a commit would be."""
    commit = scene.clone.resolve(f"refs/tags/{tag}")
    if commit is not None:
        raise pushed.lightweight(tag, said, commit)


def _refuse_misspelled(scene: Scene, tag: str) -> None:
    """`ConfigError` where the tag begins as a version of a model of ours would."""
    found = _LOOKS_LIKE_ONE.fullmatch(tag)
    config = config_at(scene.clone, f"refs/heads/{scene.branch}") if found else None
    if found and config and found[1] in config.models:
        raise ConfigError(
            f"the tag {tag[:100]!a} is no version of {found[1]}",
            f"Delete it, and write {found[1]}@v1.4.0: MAJOR.MINOR.PATCH after @v.",
        )


def _commit(scene: Scene, asked: str | None) -> str:
    """The commit asked for, else the event's, else the default branch's newest."""
    clone = scene.clone
    tip = clone.resolve(f"refs/heads/{scene.branch}")
    wanted = asked or event.head_sha(scene.place.runtime.event) or tip or ""
    commit = clone.resolve(wanted) if is_sha(wanted) else None
    if commit is None:
        raise ConfigError(f"{wanted[:60]!r} is no commit of {scene.branch}", "Pass the full SHA of a commit on it.")
    return commit
