"""The clone that a command runs in: its commit, configuration and files, and what the CI says about the change."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from merganser.config import CONFIG_FILE, Config, Model
from merganser.config.file import load_config
from merganser.errors import ConfigError, DataError
from merganser.forge.ci import event
from merganser.forge.ci.runtime import Runtime
from merganser.git import GitError, Repository
from merganser.inputs import SYMLINK, Entry, digests, matching, refuse_moving
from merganser.run import Source

MAX_ANCESTORS = 200


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """Why a command runs: the event, its pull request, commits and default branch, and who runs it where."""

    event: str = "local"
    number: int | None = None
    head: str = ""
    base: str = ""
    branch: str = ""
    source: Source = Source()

    @property
    def local(self) -> bool:
        return self.source.ci == "local"


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """HEAD of a clone. `folder` is the clone's top."""

    folder: Path
    repository: Repository
    commit: str
    entries: tuple[Entry, ...]
    config: Config

    def model(self, name: str) -> Model:
        """The model of that name; `ConfigError` names those there are."""
        if name not in self.config.models:
            known = ", ".join(self.config.models)
            raise ConfigError(f"{CONFIG_FILE} has no model {name[:80]!a}", f"It has {known}.")
        return self.config.models[name]


def occasion(runtime: Runtime) -> Occasion:
    """What the CI runtime says, or a local run."""
    if not runtime.run_id:
        return Occasion()
    source = Source(
        ci="github", run_url=runtime.run_url, run_id=runtime.run_id, attempt=runtime.attempt, actor=runtime.actor
    )
    return Occasion(
        event=runtime.event_name,
        number=event.pull_request_number(runtime.event),
        head=event.head_sha(runtime.event) or "",
        base=event.base_sha(runtime.event) or "",
        branch=event.default_branch(runtime.event) or "",
        source=source,
    )


def check_out(folder: Path) -> Checkout:
    """HEAD of the clone around `folder`; `ConfigError` outside of one, without a commit or a configuration in it."""
    try:
        top = Path(Repository(folder).run("rev-parse", "--show-toplevel").decode().removesuffix("\n"))
    except GitError as refused:
        raise ConfigError(f"{folder} is in no usable git clone: {refused.stderr}", "Run it in a model repo.") from None
    repository = Repository(top)
    commit = repository.resolve("HEAD")
    if commit is None:
        raise ConfigError(f"{top} has no commit yet", "Commit the model repo's files.")
    config = config_at(repository, commit)
    if config is None:
        there = "lies there but isn't committed" if (top / CONFIG_FILE).exists() else "is missing"
        raise ConfigError(f"{CONFIG_FILE} {there} in {top}", f"Write {CONFIG_FILE} and commit it.")
    entries = repository.entries(commit)
    return Checkout(folder=top, repository=repository, commit=commit, entries=entries, config=config)


def config_at(repository: Repository, commit: str) -> Config | None:
    """The configuration of a commit or tree, or None."""
    data = repository.file(commit, CONFIG_FILE)
    return None if data is None else load_config(data, CONFIG_FILE)


def model_at(repository: Repository, commit: str, model: str) -> Model:
    """The model's configuration at a commit; `ConfigError` where it has none."""
    config = config_at(repository, commit)
    if config is None:
        since = f"Only versions and commits since {CONFIG_FILE} came can be judged, registered or reproduced."
        raise ConfigError(f"{commit[:12]} has no {CONFIG_FILE}, so nothing says how {model[:80]!a} is made", since)
    if model not in config.models:
        known = ", ".join(config.models)
        raise ConfigError(f"{CONFIG_FILE} at {commit[:12]} has no model {model[:80]!r}", f"It has {known}.")
    return config.models[model]


def base_digests(repository: Repository, base: str) -> dict[str, str]:
    """The inputs digests of a base commit ("" for none) by its own configuration; a broken one touches every model."""
    try:
        config = config_at(repository, base) if base else None
        return digests(repository.entries(base), config) if config else {}
    except ConfigError:
        return {}


def base_of(checkout: Checkout, occasion: Occasion, asked: str | None = None) -> str:
    """The commit that HEAD is compared with, "" where there is none (a first commit).

    The one asked for; for a pull request the commit it was merged with, or the event's base; for a queue's group the
    commit of the default branch that it builds on (the event's base may be a group before it, which counts as part of
    it); otherwise HEAD's first parent.
    """
    if asked:
        found = checkout.repository.resolve(asked)
        if found is None:
            raise ConfigError(f"--base: {asked[:200]!a} names no commit here", "Fetch it, or name another.")
        return found
    parents = checkout.repository.text("rev-list", "--parents", "--max-count=1", checkout.commit).split()[1:]
    merged = len(parents) == 2 and parents[1] == occasion.head
    if parents and (merged or occasion.event in ("local", "push")):
        return parents[0]
    tip = checkout.repository.resolve(f"refs/remotes/origin/{occasion.branch}") if occasion.branch else None
    if occasion.event == "merge_group" and tip:
        return checkout.repository.built_on(checkout.commit, tip, MAX_ANCESTORS)
    if occasion.base and checkout.repository.resolve(occasion.base) is None:
        hint = "Give actions/checkout fetch-depth: 0."
        raise DataError(f"the base commit {occasion.base} is not in this clone", hint)
    return occasion.base


def refuse_moving_inputs(checkout: Checkout, models: Iterable[Model]) -> None:
    """`DataError` where an input of one of the models is a link out of the repository."""
    for model in models:
        links = [entry for entry in matching(checkout.entries, model) if entry.mode == SYMLINK]
        texts = checkout.repository.blobs([link.oid for link in links]) if links else []
        refuse_moving(links, {link.oid: text.decode(errors="replace") for link, text in zip(links, texts, strict=True)})
