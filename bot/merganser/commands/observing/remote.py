"""What GitHub knows of a registry beyond a clone's tags: which releases are out, which versions are missing here."""

from pathlib import Path

import msgspec

from merganser.commands.carry_out import located
from merganser.errors import ConfigError
from merganser.forge.ci.runtime import Runtime
from merganser.registry import semver
from merganser.registry.tags import Action, parse
from merganser.registry.versions import Version


class Remote(msgspec.Struct, frozen=True):
    """The pages of published releases, by tag; and the tags there that register a version."""

    published: dict[str, str]
    tags: frozenset[str]

    def release(self, version: Version) -> str:
        """`published`, or `incomplete` where no release of the version is out yet."""
        return "published" if version.tag in self.published else "incomplete"

    def missing_here(self, model: str, found: tuple[Version, ...]) -> tuple[str, ...]:
        """The versions (`v1.4.0`) of the model that GitHub has a tag of and `found`, the clone's, has not."""
        here = {version.version for version in found if version.model == model}
        events = (event for tag in self.tags if (event := parse(tag)) is not None and event.artifact == model)
        missing = {event.version for event in events} - here
        return tuple(f"v{version}" for version in sorted(missing, key=semver.precedence_of))

    def models(self) -> set[str]:
        """Those that have a version on GitHub."""
        return {event.artifact for tag in self.tags if (event := parse(tag)) is not None}


def ask(runtime: Runtime, folder: Path, model: str = "") -> Remote:
    """One look at GitHub's tags (of `model`, or all) and releases; `ConfigError` where the repository isn't known."""
    from merganser.forge.github import connect

    runtime = located(runtime, folder)
    if not runtime.repository:
        raise ConfigError("which repository is not said", "Pass --repo OWNER/NAME, or run it in a clone of it.")
    prefix = f"tags/{model.replace(':', '=')}@v" if model else "tags/"
    with connect(runtime) as forge:
        names = (ref.ref.removeprefix("refs/tags/") for ref in forge.refs(runtime.repository, prefix))
        releases = forge.releases(runtime.repository)
    events = ((name, parse(name)) for name in names)
    return Remote(
        published={release.tag_name: release.html_url for release in releases if not release.draft},
        tags=frozenset(name for name, event in events if event is not None and event.action is Action.register),
    )
