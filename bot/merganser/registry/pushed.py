"""Tags that people push: whether one may become a version, and how to take it back where not."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import msgspec

from merganser.errors import ConfigError
from merganser.registry.tags import Action, TagEvent, first_line, format_tag
from merganser.registry.versions import Version


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a pushed tag is judged by: all versions of the repo, `alike` the tags of those made from the same inputs.

    `on_line` is whether its commit is one of those that the default branch's first parents lead to.
    """

    versions: tuple[Version, ...]
    alike: AbstractSet[str]
    on_line: bool
    branch: str


def check_pushed(version: Version, around: Surroundings) -> None:
    """`ConfigError` that names the cure, unless the version that a person tagged may stand.

    Its commit has to be one that was merged; it is the only version of that commit and of these inputs, and above all
    that were there before it. Of equally old tags both count as the earlier.
    """
    others = [v for v in around.versions if v.model == version.model and v.tag != version.tag]
    before = [v for v in others if v.registered_at <= version.registered_at]
    wrong = _misplaced(version, around) or _doubled(version, others, before, around.alike) or _low(version, before)
    if wrong:
        raise ConfigError(
            f"{version.tag}: {wrong}", f"Take it back, and then tag another number: {taking_back(version)}"
        )


def taking_back(version: Version) -> str:
    """The git commands that deregister the version, to be pasted into a shell."""
    event = TagEvent(action=Action.deregister, artifact=version.model, version=version.version)
    tag = format_tag(event)
    return f"git tag -a '{tag}' -m '{first_line(event)}' {version.commit} && git push origin 'refs/tags/{tag}'"


def lightweight(tag: str, event: TagEvent, commit: str) -> ConfigError:
    """The error for a tag that says neither who nor when; it is no version yet, so it can be replaced."""
    again = f"git tag -f -a '{tag}' -m '{first_line(event)}' {commit}"
    ref = f"'refs/tags/{tag}'"
    return ConfigError(
        f"{tag} is a lightweight tag, which says neither who nor when, so it is no version",
        f"Replace it by an annotated one: {again} && git push --delete origin {ref} && git push origin {ref}",
    )


def _misplaced(version: Version, around: Surroundings) -> str:
    if around.on_line:
        return ""
    return f"its commit {version.commit[:7]} was not merged: it is not on the first-parent line of {around.branch}"


def _doubled(version: Version, others: Iterable[Version], before: Iterable[Version], alike: AbstractSet[str]) -> str:
    here = next((v for v in others if v.active and v.commit == version.commit), None)
    if here is not None:
        return f"its commit {version.commit[:7]} is {here.tag} already, and a commit has one version"
    same = next((v for v in before if v.active and v.tag in alike), None)
    return f"these inputs are registered already, as {same.tag} on {same.commit[:7]}" if same else ""


def _low(version: Version, before: Iterable[Version]) -> str:
    greatest = max(before, key=lambda version: version.precedence, default=None)
    if greatest is None or version.precedence > greatest.precedence:
        return ""
    return f"it is not above v{greatest.version}, which was there before"
