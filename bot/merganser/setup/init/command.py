"""`merganser init`: observe, propose, show, write."""

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click
import msgspec

from merganser import git
from merganser.config import CONFIG_FILE, Train
from merganser.errors import ConfigError, DataError
from merganser.setup.init import additions, configuration, earlier, observe, suites, wanted, workflows
from merganser.setup.init.facts import Facts, GitState
from merganser.setup.init.files import Change, State, changes
from merganser.setup.init.proposal import Proposal, Wishes, propose, trained_by
from merganser.setup.init.reach import reaches
from merganser.setup.init.rulesets import Protection
from merganser.setup.init.steps import steps
from merganser.setup.init.telling import Result
from merganser.streams import progress
from merganser.training import pipeline


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: `said` of the model, `suite` as OWNER/NAME@REF, who owns, the App's id (0 for none), whether there
    is a queue; "" and None leave that to what the files say already.

    `run` trains once to see what that writes; `force` replaces files that differ; `yes` asks nothing.
    """

    folder: Path
    said: Wishes = Wishes()
    suite: str = ""
    owner: str = ""
    app_id: int | None = None
    queue: bool | None = None
    run: bool = False
    force: bool = False
    yes: bool = False
    dry_run: bool = False

    @property
    def asks(self) -> bool:
        return not self.yes and not self.dry_run and sys.stdin.isatty()


def request(folder: Path, **asked: Any) -> Request:
    """The command line's options, put where they belong."""
    said = Wishes(**{name: asked.pop(name) for name in Wishes.__struct_fields__})
    return Request(folder=folder, said=said, owner=additions.owner(asked.pop("owner")), **asked)


def init(request: Request) -> Result:
    """Sets up the repository around the request's folder."""
    if request.run and request.dry_run:
        raise ConfigError(
            "--run writes what the training writes, and --dry-run writes nothing", "Leave one of them out."
        )
    where = observe.place(request.folder)
    makes_git = _agrees_to_git(where, request)
    facts = observe.observe(where)
    proposal = None
    if _is_settled(facts, request):
        _nothing_to_find_out(request)
    else:
        facts = _after_a_run(facts, where, request)
        proposal = propose(facts, request.said)
    text = configuration.text_of(proposal) if proposal else facts.existing[CONFIG_FILE]
    config = configuration.loaded(text)
    choices = _choices(facts, proposal, request)
    found = changes(wanted.files(facts, proposal, config, choices), facts.existing)
    if makes_git:
        git.run(["init", "--quiet", "--initial-branch=main"], where.top)
        progress(f"merganser: git init in {where.top}")
    outcomes = tuple((change, _write(where.top, change, request)) for change in found)
    left = steps(facts, config, msgspec.structs.replace(choices, owner=_named(found)))
    shown = reaches(config, where.top) if proposal else ()
    return Result(facts=facts, proposal=proposal, config=config, reaches=shown, outcomes=outcomes, steps=left)


def _named(found: tuple[Change, ...]) -> str:
    """Whom CODEOWNERS names, as it will be."""
    return next(additions.owner_in(c.file.text) for c in found if c.file.path in additions.CODEOWNERS_PLACES)


def _is_settled(facts: Facts, request: Request) -> bool:
    """A configuration that is there is a person's own, unless they ask for another one in so many words."""
    asks_anew = request.force and (request.run or request.said != Wishes())
    return CONFIG_FILE in facts.existing and not asks_anew


def _nothing_to_find_out(request: Request) -> None:
    """What is said of the model only counts where a configuration is to be written."""
    if request.run or request.said != Wishes():
        raise ConfigError(f"{CONFIG_FILE} is there already", "Edit it, or add --force to have another one proposed.")


def _agrees_to_git(where: observe.Place, request: Request) -> bool:
    """Whether a git repository is to be made around the folder: only once it is known what comes into it."""
    if where.git is not GitState.none or request.dry_run:
        return False
    if request.asks and not click.confirm(f"{where.top} is no git repository. Make it one (git init)?", True, err=True):
        raise ConfigError(f"{where.top} is no git repository", "Run git init there, then merganser init again.")
    return True


def _after_a_run(facts: Facts, where: observe.Place, request: Request) -> Facts:
    """The facts again, after a training run where one is wanted."""
    command = trained_by(facts, request.said)
    if not request.run and not (request.asks and _agrees_to_a_run(facts, command)):
        return facts
    before = _times(where.folder)
    try:
        pipeline.run(pipeline.Command(run=command, folder=where.folder, timeout=float(Train().timeout)))
    except DataError as failed:
        hint = f"Nothing was set up. Its output above says why: mend it until `{command}` works, then run init again."
        raise DataError(failed.message, hint) from failed
    made = tuple(path for path, time in _times(where.folder).items() if before.get(path) != time)
    return observe.observe(where, made)


def _agrees_to_a_run(facts: Facts, command: str) -> bool:
    if any(facts.numbers.values()) or facts.tables:
        return False
    return click.confirm(f"Run `{command}` once, to see what it writes?", True, err=True)


def _times(folder: Path) -> dict[str, int]:
    return {path: (folder / path).stat().st_mtime_ns for path in observe.listed(folder)}


def _choices(facts: Facts, proposal: Proposal | None, request: Request) -> wanted.Choices:
    suite = workflows.suite(request.suite) if request.suite else earlier.suite(facts.existing)
    suite = suite if suite.known else suites.own_suite()
    if not suite.known and request.asks:
        said = click.prompt(
            "Whose copy of Merganser do the workflows use (OWNER/NAME@REF)?", "OWNER/merganser@v1", err=True
        )
        suite = workflows.suite(said)
    owners = facts.existing.get(additions.codeowners_place(facts.existing), "")
    owner = (
        request.owner
        or additions.owner_in(owners)
        or (f"@{facts.repository.partition('/')[0]}" if facts.repository else "")
    )
    packages = proposal.packages if proposal else ()
    return wanted.Choices(
        suite=suite,
        owner=owner,
        protection=_protection(facts, request),
        named=request.owner,
        installed=_installed(packages),
    )


def _protection(facts: Facts, request: Request) -> Protection:
    """What an option says, else what was said before."""
    before = earlier.protection(facts.existing)
    return Protection(
        app_id=before.app_id if request.app_id is None else request.app_id,
        queue=before.queue if request.queue is None else request.queue,
    )


def _installed(packages: tuple[str, ...]) -> dict[str, str]:
    """The versions of distributions on this machine, where they are here."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _write(top: Path, change: Change, request: Request) -> str:
    """What became of a file: `new`, `added`, `replaced`, `same`, or `left` as it is. Nothing is replaced unseen."""
    if change.state is State.same:
        return "same"
    if change.state is not State.new or request.dry_run:
        progress(change.diff)
    if change.state is State.differs and not request.force and not _agrees_to_replace(change, request):
        return "left"
    if not request.dry_run:
        target = top / change.file.path
        if not target.resolve().is_relative_to(top):
            raise ConfigError(f"{change.file.path} is a link that leaves {top}", "Take the link away.")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(change.file.text, encoding="utf-8")
    return "replaced" if change.state is State.differs else change.state.value


def _agrees_to_replace(change: Change, request: Request) -> bool:
    return request.asks and click.confirm(f"Replace {change.file.path} as shown?", False, err=True)
