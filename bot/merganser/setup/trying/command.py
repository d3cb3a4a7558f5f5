"""`merganser try`: the default branch, then the work tree as a pull request, by the repository's own workflow files."""

import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent
from typing import Any

import click
import msgspec

from merganser import git
from merganser.config import CONFIG_FILE, GATE_CHECK, TRAIN_WORKFLOW
from merganser.errors import ConfigError, DataError
from merganser.extras import lacking
from merganser.forge.ci.runtime import Runtime
from merganser.forge.effects.apply import apply
from merganser.forge.github import connect
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from merganser.hub import Hub
from merganser.plan import Plan, PullRequest
from merganser.report.comment import marker
from merganser.setup import actions, commenting, places, running, story, words
from merganser.setup.init.rulesets import FOLDER
from merganser.setup.machine import Machine
from merganser.setup.runner import Ran
from merganser.setup.trying import required, snapshot, speakers, surroundings
from merganser.setup.trying.last_words import last_words, why
from merganser.setup.trying.snapshot import Origin, Snapshot

PERSON = "you"
_NEEDED = ("nh3", "polars", "ruamel")
_NO_COMMIT = "0" * 40


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Which repository, which parameters to try by model, where it all stays (None: nowhere), how to answer.

    `comments` are said under the judged pull request, by its author or somebody of a role.
    """

    folder: Path
    changes: dict[str, tuple[str, ...]] = {}
    comments: tuple[str, ...] = ()
    role: str = "maintain"
    keep: Path | None = None
    keep_open: bool = False
    verbose: bool = False
    as_json: bool = False


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A comment, who wrote it, and what was replied."""

    by: str
    comment: str
    reply: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the pull request: its page, its check, its comment; a failed training's last words; what was
    said under it."""

    page: str
    title: str
    conclusion: str
    check: str
    comment: str
    training: str = ""
    said: tuple[Exchange, ...] = ()


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """What is pushed: the default branch's commit, the pull request's, and what they are called."""

    base: str
    head: str
    set_up: bool
    title: str


class _Stage(msgspec.Struct, frozen=True, kw_only=True):
    hub: Hub
    repo: str
    branch: str
    token: str
    source: git.Repository
    actions: actions.Actions
    tell: story.Narrator


def changes(given: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """`--set MODEL KEY=VALUE`, by model."""
    found: dict[str, tuple[str, ...]] = {}
    for model, change in given:
        found[model] = (*found.get(model, ()), change)
    return found


def attempt(request: Request) -> int:
    """Play it, say what came out; 0 where the check is green, 1 where it is red."""
    git.require()
    for package in _NEEDED:
        _require(package)
    origin = snapshot.find(request.folder)
    if not (origin.top / CONFIG_FILE).is_file():
        raise ConfigError(f"{CONFIG_FILE} is missing in {origin.top}", "Write it, and the workflows: merganser init")
    with places.folder(request.keep, "try") as folder:
        taken = snapshot.take(origin, folder / "snapshot.git")
        proposed = _proposed(origin, taken, request)
        tell = story.Narrator(sys.stderr if request.as_json else sys.stdout, verbose=request.verbose)
        with Hub(folder / "hub") as hub, _stage(hub, folder, (origin, taken), tell) as stage:
            outcome = _play(stage, proposed, request)
            _answer(outcome, request)
            if request.keep_open:
                places.stay(hub, outcome.page)
    return 0 if outcome.conclusion == "success" else 1


def _require(package: str) -> None:
    from importlib.util import find_spec

    missing = lacking(package)
    if missing and find_spec(package) is None:
        raise missing


def _proposed(origin: Origin, taken: Snapshot, request: Request) -> Proposed:
    """The set-up first, where the default branch hasn't got it; then what differs, or is set, or the same once more."""
    beside = taken.repository
    tree = snapshot.with_parameters(taken, request.changes)
    set_up = not taken.base or taken.config(taken.base) is None
    base, parent = taken.base, taken.parent
    if set_up:
        base = parent = snapshot.commit(beside, taken.tree, base, "Set up Merganser")
    title = _title(origin, request)
    if tree == beside.tree_of(base):
        tree, script = snapshot.trained_again(taken)
        title = f"Train again: a blank line in {script}"
    return Proposed(base=base, head=snapshot.commit(beside, tree, parent, title), set_up=set_up, title=title)


def _title(origin: Origin, request: Request) -> str:
    if request.changes:
        return "Set " + ", ".join(change.replace("=", " = ", 1) for each in request.changes.values() for change in each)
    if number := snapshot.uncommitted(origin):
        return f"{number} uncommitted file{'s' if number > 1 else ''}"
    return origin.repository.text("log", "-1", "--format=%s")[:100]


@contextmanager
def _stage(hub: Hub, folder: Path, of: tuple[Origin, Snapshot], tell: story.Narrator) -> Iterator[_Stage]:
    origin, taken = of
    repo = _name(origin)
    token = hub.admin.create_user(PERSON, kind="User")
    hub.admin.create_repository(repo, private=False, default_branch=origin.branch)
    hub.admin.set_permission(repo, PERSON, "admin")
    around = surroundings.prepare(origin, folder, os.environ.get("PATH", os.defpath))
    machine = Machine(
        hub=hub,
        folder=folder / "jobs",
        token=running.job_token(hub, repo),
        path=around.path,
        untrusted=around.variables,
        say=tell.detail,
        hear=tell.verbatim,
    )
    playing = actions.Actions(
        hub=hub,
        runner=running.choose(machine, tell.note),
        actor=PERSON,
        fetch=lambda path: story.fetch(hub, token, path),
    )
    access = credentials(Secret(token), hub.url)
    source = git.Repository(taken.repository.path, {**taken.repository.env, **access})
    yield _Stage(hub=hub, repo=repo, branch=origin.branch, token=token, source=source, actions=playing, tell=tell)


def _name(origin: Origin) -> str:
    """As it is called at its origin, else after its folder."""
    try:
        url = origin.repository.text("remote", "get-url", "origin")
    except git.GitError:
        url = ""
    match = re.search(r"[:/]([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+?)(?:\.git)?/?$", url)
    folder = re.sub(r"[^A-Za-z0-9._-]+", "-", origin.top.name).strip("-.") or "model"
    return match[1] if match else f"{PERSON}/{folder}"


def _play(stage: _Stage, proposed: Proposed, request: Request) -> Outcome:
    started = time.monotonic()
    _push(stage, proposed.base, stage.branch)
    _protect(stage, proposed.base)
    if request.comments:
        speakers.require_answers(stage.actions, stage.repo)
    _begin(stage, proposed)
    outcome = _judged(stage, _open(stage, proposed), proposed.title)
    if request.comments:
        outcome = _discussed(stage, outcome, request)
    stage.tell.note(f"{time.monotonic() - started:.0f} s")
    return outcome


def _begin(stage: _Stage, proposed: Proposed) -> None:
    """The default branch's own training, which the pull request is compared with."""
    what = "with the set-up, as if it were merged" if proposed.set_up else "as it is, for what to compare with"
    stage.tell.step(f"{stage.branch} {what}", f"{stage.hub.url}/{stage.repo}")
    _require_answer(
        stage, actions.deliver(stage.actions, actions.push(stage.actions, stage.repo, _NO_COMMIT, proposed.base))
    )


def _open(stage: _Stage, proposed: Proposed) -> str:
    """The pull request's page."""
    _push(stage, proposed.head, "try")
    with connect(Runtime(api_url=stage.hub.api_url, token=Secret(stage.token))) as forge:
        wanted = PullRequest(repo=stage.repo, branch="try", base=stage.branch, title=proposed.title, body="")
        return apply(Plan(effects=(wanted,)), forge)[0].url


def _judged(stage: _Stage, page: str, title: str) -> Outcome:
    number = _number(page)
    stage.tell.step(f"Pull request #{number}: {title}", page)
    ran = actions.deliver(stage.actions, actions.pull_request(stage.actions, stage.repo, number))
    lost = next((one for one in ran if one.workflow == TRAIN_WORKFLOW and not one.success), None)
    return _outcome(stage, page, title, last_words(lost) if lost else "")


def _discussed(stage: _Stage, outcome: Outcome, request: Request) -> Outcome:
    """Each comment said and answered in its turn; the check as it then stands, and the report."""
    login, token = PERSON, stage.token
    if request.role != speakers.AUTHOR:
        login, token = speakers.speaker(stage.hub, stage.repo, request.role)
    said = []
    for text in request.comments:
        comment = commenting.Comment(repo=stage.repo, number=_number(outcome.page), token=token, text=text)
        written = commenting.write(stage.actions, comment)
        stage.tell.step(f"{login} comments: {' '.join(text.split())}", written.page)
        answered = commenting.answer(stage.actions, written)
        _note_failures(stage, answered.ran)
        said.append(Exchange(by=login, comment=text, reply=answered.reply))
        outcome = _outcome(stage, outcome.page, outcome.title, outcome.training)
    return msgspec.structs.replace(outcome, said=tuple(said))


def _number(page: str) -> int:
    return int(page.rpartition("/")[2])


def _push(stage: _Stage, commit: str, branch: str) -> None:
    stage.source.run("push", "--quiet", f"{stage.hub.url}/{stage.repo}.git", f"{commit}:refs/heads/{branch}")


def _protect(stage: _Stage, commit: str) -> None:
    """Let the default branch require what the rulesets that lie in the repository would."""
    files = stage.source.entries(commit, FOLDER)
    texts = [text.decode(errors="replace") for text in stage.source.blobs([file.oid for file in files])]
    if names := required.checks(texts, stage.branch):
        stage.hub.admin.require_checks(stage.repo, stage.branch, names)


def _require_answer(stage: _Stage, ran: tuple[Ran, ...]) -> None:
    """What can't go on: nothing listens, or the default branch itself can't be trained."""
    trained = next((one for one in ran if one.workflow == TRAIN_WORKFLOW), None)
    if trained is None:
        raise ConfigError(f"{TRAIN_WORKFLOW} is missing, or doesn't run on a push", "merganser init writes it.")
    if len(ran) == 1:
        hint = "merganser init writes merganser-report.yml, which answers it; it has to name that workflow."
        raise ConfigError(f"nothing answers {TRAIN_WORKFLOW}", hint)
    if not trained.success:
        hint = "What git ignores isn't there, as it isn't on GitHub; the rest is your own environment's."
        raise DataError(f"{stage.branch} can't be trained; the job said at last:\n{last_words(trained)}", hint)
    _note_failures(stage, ran)


def _note_failures(stage: _Stage, ran: tuple[Ran, ...]) -> None:
    for one in ran:
        if not one.success:
            stage.tell.note(why(one))


def _outcome(stage: _Stage, page: str, title: str, training: str) -> Outcome:
    """What the hub says of the pull request by now, which is told too."""
    number = _number(page)
    checks = story.checks(stage.hub, stage.token, stage.repo, number)
    comments = story.fetch(stage.hub, stage.token, f"/repos/{stage.repo}/issues/{number}/comments")
    gate = next((check for check in checks if check["name"] == GATE_CHECK), None)
    if gate is None:
        raise DataError(f"no check came to {page}", "Run it again with --verbose: the workflows' words say why.")
    stage.tell.judged([gate])
    reports = (one["body"] for one in comments if one["body"].startswith(marker(number)))
    return Outcome(
        page=page,
        title=title,
        conclusion=gate["conclusion"],
        check=gate["title"],
        comment=next(reports, ""),
        training=training,
    )


def _answer(outcome: Outcome, request: Request) -> None:
    if request.as_json:
        said: dict[str, Any] = msgspec.to_builtins(outcome)
        click.echo(json.dumps(said, indent=2, sort_keys=True))
        return
    click.echo(f"\n{words.text_of(outcome.comment)}\n")
    if outcome.training:
        click.echo(f"The training's job said at last:\n{outcome.training}\n")
    for one in outcome.said:
        reply = words.text_of(one.reply) or "Nothing was replied: only a line that begins with a command is answered."
        click.echo(f"{one.by} commented:\n\n{indent(one.comment, '  ')}\n\n{reply}\n")
    if not request.keep_open:
        click.echo("Nothing has left this machine. The page is gone now; to look at it:\n  merganser try --open")
