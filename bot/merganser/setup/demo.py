"""`merganser demo`: three pull requests, two deployments and an override on the embedded GitHub, by real commands."""

import json
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import click
import msgspec

from merganser import git
from merganser.config import GATE_CHECK, TRAIN_WORKFLOW
from merganser.errors import ConfigError, DataError, ForgeError
from merganser.extras import EXTRA_OF, lacking
from merganser.forge.ci.runtime import Runtime
from merganser.forge.effects.apply import apply
from merganser.forge.github import connect
from merganser.forge.mirror import credentials
from merganser.forge.protocol import Forge
from merganser.forge.secret import Secret
from merganser.hub import Hub
from merganser.plan import Effect, Merge, Plan, PullRequest
from merganser.setup import actions, commenting, parameters, places, running, story, suite
from merganser.setup.machine import Machine
from merganser.setup.runner import Ran

PERSON = "ada"
MAINTAINER = "grace"
BOT = "merganser[bot]"
MODEL_REPO = "acme/digits"
ENVIRONMENTS_REPO = "acme/environments"
IMPROVEMENT = {"train.C": "0.3", "train.gamma": "0.0005"}
REASON = "these scans are of a scanner that is replaced next week"
TRAP = {"train.C": "10", "train.gamma": "0.001", "prepare.max_saturated": "7"}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Where the repositories stay (or None), whether the hub goes on, how to answer, other parameters to try."""

    keep: Path | None = None
    keep_open: bool = False
    as_json: bool = False
    verbose: bool = False
    parameters: dict[str, str] = {}


def parse_changes(changes: tuple[str, ...]) -> dict[str, str]:
    """`KEY=VALUE` texts as a mapping; `ConfigError` for what the example can't be given, or a change of nothing."""
    known = parameters.read(story.example("digits") / "params.yaml")
    made = parameters.parse(changes, known)
    if parameters.changes_nothing(known, {**IMPROVEMENT, **made}):
        raise ConfigError(
            "with these values the second pull request changes nothing",
            f"The first one has them already: {', '.join(f'{key}={known[key]}' for key in made)}.",
        )
    return made


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The set: the hub, the person's own access and clones, what runs workflows, the narrator.

    `maintainer` is the token of a second person, who may override.
    """

    hub: Hub
    folder: Path
    token: str
    maintainer: str
    forge: Forge
    actions: actions.Actions
    tell: story.Narrator

    @property
    def access(self) -> dict[str, str]:
        """The environment in which git is the person."""
        return credentials(Secret(self.token), self.hub.url)


def demo(request: Request) -> None:
    """Run the story and answer with what happened, as text or JSON."""
    started = time.monotonic()
    _require_extras()
    git.require()
    tell = story.Narrator(sys.stderr if request.as_json else sys.stdout, verbose=request.verbose)
    with places.folder(request.keep, "demo") as folder, Hub(folder / "hub") as hub, staged(hub, folder, tell) as stage:
        number = until_refused(stage, request.parameters)
        _override(stage, number)
        happened = story.what_happened(hub, stage.token, (MODEL_REPO, ENVIRONMENTS_REPO))
        if request.as_json:
            click.echo(json.dumps(happened, indent=2, sort_keys=True))
        stage.tell.close(happened, time.monotonic() - started)
        if not request.keep_open:
            stage.tell.next_steps()
        if request.keep_open:
            places.stay(hub, f"{hub.url}/{MODEL_REPO}/pull/3")


def until_refused(stage: Stage, parameters: dict[str, str]) -> int:
    """Set up, improve, ruin: the number of the last pull request, of which one class got worse."""
    _set_up(stage)
    _require_first_version(stage)
    _improve(stage, {**IMPROVEMENT, **parameters})
    return _ruin_one_class(stage)


def _require_first_version(stage: Stage) -> None:
    """Without it the example itself could not be trained on this machine, and the story has nothing to compare with."""
    if not story.versions(stage.hub, stage.token, MODEL_REPO):
        raise DataError(
            "the example's first training did not become a version",
            "The training's own words stand above; `make install` brings the packages that it is tested with.",
        )


def _require_extras() -> None:
    """The demo needs every extra, some of them late or in other processes: say so before anything begins."""
    for package in EXTRA_OF:
        missing = lacking(package)
        if missing and find_spec(package) is None:
            raise missing


@contextmanager
def staged(hub: Hub, folder: Path, tell: story.Narrator) -> Iterator[Stage]:
    """A hub with both people, both repositories, and a clone of each."""
    token = hub.admin.create_user(PERSON, kind="User")
    for repo, example in ((MODEL_REPO, "digits"), (ENVIRONMENTS_REPO, "environments")):
        hub.admin.create_repository(repo, private=False, default_branch="main")
        hub.admin.set_permission(repo, PERSON, "admin")
        clone = folder / "clones" / example
        clone.parent.mkdir(parents=True, exist_ok=True)
        access = credentials(Secret(token), hub.url)
        git.run(["clone", "--quiet", f"{hub.url}/{repo}.git", str(clone)], clone.parent, env=access)
        for name, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
            git.run(["config", name, value], clone, env=access)
        git.run(["checkout", "--quiet", "-B", "main"], clone, env=access)
    maintainer = hub.admin.create_user(MAINTAINER, kind="User")
    hub.admin.set_permission(MODEL_REPO, MAINTAINER, "maintain")
    machine = Machine(
        hub=hub,
        folder=folder / "jobs",
        token=running.job_token(hub, MODEL_REPO),
        path=running.own_path(),
        say=tell.detail,
        hear=tell.verbatim,
    )
    runner = running.choose(running.as_app(machine, BOT, (MODEL_REPO, ENVIRONMENTS_REPO)), tell.note)
    playing = actions.Actions(hub=hub, runner=runner, actor=PERSON, fetch=lambda path: story.fetch(hub, token, path))
    with connect(Runtime(api_url=hub.api_url, token=Secret(token))) as forge:
        yield Stage(hub=hub, folder=folder, token=token, maintainer=maintainer, forge=forge, actions=playing, tell=tell)


def _set_up(stage: Stage) -> None:
    """The environments repo is pushed as it is; the model repo begins with a README and gets the rest by merging."""
    clone = stage.folder / "clones" / "environments"
    story.copy_example("environments", clone)
    _commit_and_push(stage, clone, "main", "Environments: staging, then production")
    stage.tell.step("An environments repo says what runs where", f"{stage.hub.url}/{ENVIRONMENTS_REPO}")
    clone = stage.folder / "clones" / "digits"
    (clone / "README.md").write_text("# digits\n\nA model that reads handwritten digits.\n")
    _commit_and_push(stage, clone, "main", "A model repo to be")
    git.run(["checkout", "--quiet", "-b", "set-up-merganser"], clone, env=stage.access)
    story.copy_example("digits", clone)
    suite.copy_templates(clone)
    _commit_and_push(stage, clone, "set-up-merganser", "Train, judge and ship digits with Merganser")
    body = "The pipeline, its gate, the workflows, and how it ships."
    number = _open(stage, "set-up-merganser", "Set up digits with Merganser", body)
    stage.tell.detail("no check yet: what answers is the default branch's workflow, which this pull request brings")
    _merge_and_ship(stage, number)
    stage.hub.admin.require_checks(MODEL_REPO, "main", [GATE_CHECK])


def _improve(stage: Stage, changes: dict[str, str]) -> None:
    words = ", ".join(f"{name.rpartition('.')[2]} = {value}" for name, value in changes.items())
    number = _change(stage, "tune-the-kernel", "Tune the kernel", (f"Try {words}.", changes))
    _merge_and_ship(stage, number)


def _ruin_one_class(stage: Stage) -> int:
    text = "Scans with many saturated pixels look like scanner faults. Drop them before training, and raise C again."
    number = _change(stage, "drop-saturated-scans", "Drop saturated scans", (text, TRAP))
    _try_to_merge(stage, number)
    return number


def _override(stage: Stage, number: int) -> None:
    """The author may not let her own red check pass; a maintainer may, and says why."""
    head = stage.forge.pull_request(MODEL_REPO, number).head.sha
    failed = story.failed(stage.hub, stage.token, MODEL_REPO, head)
    text = "\n".join(f"/override {shlex.quote(check)} --reason '{REASON}'" for check in failed)
    for login, token in ((PERSON, stage.token), (MAINTAINER, stage.maintainer)) if failed else ():
        comment = commenting.Comment(repo=MODEL_REPO, number=number, token=token, text=text)
        written = commenting.write(stage.actions, comment)
        stage.tell.step(f"{login} comments: {text}", written.page)
        answered = commenting.answer(stage.actions, written)
        _require_success(answered.ran)
        stage.tell.said(answered.reply)
        stage.tell.judged(story.checks(stage.hub, stage.token, MODEL_REPO, number))


def _change(stage: Stage, branch: str, title: str, change: tuple[str, dict[str, str]]) -> int:
    clone = stage.folder / "clones" / "digits"
    body, changes = change
    git.run(["checkout", "--quiet", "main"], clone, env=stage.access)
    git.run(["pull", "--quiet", "--ff-only", "origin", "main"], clone, env=stage.access)
    git.run(["checkout", "--quiet", "-b", branch], clone, env=stage.access)
    parameters.write(clone / "params.yaml", changes)
    _commit_and_push(stage, clone, branch, title)
    return _open(stage, branch, title, body)


def _commit_and_push(stage: Stage, clone: Path, branch: str, message: str) -> None:
    git.run(["add", "--all"], clone, env=stage.access)
    git.run(["commit", "--quiet", "-m", message], clone, env=stage.access)
    git.run(["push", "--quiet", "origin", f"HEAD:refs/heads/{branch}"], clone, env=stage.access)


def _open(stage: Stage, branch: str, title: str, body: str) -> int:
    """Open the pull request as a person would, and let the workflows answer it."""
    wanted = PullRequest(repo=MODEL_REPO, branch=branch, base="main", title=title, body=body)
    number = int(_do(stage, wanted).rpartition("/")[2])
    stage.tell.step(f"Pull request #{number}: {title}", _page(stage, MODEL_REPO, number))
    _deliver(stage, actions.pull_request(stage.actions, MODEL_REPO, number))
    stage.tell.judged(story.checks(stage.hub, stage.token, MODEL_REPO, number))
    return number


def _deliver(stage: Stage, trigger: actions.Trigger) -> None:
    _require_success(actions.deliver(stage.actions, trigger))


def _require_success(runs: Sequence[Ran]) -> None:
    """A training that fails is the story's; a trusted side that fails is nobody's, and ends it."""
    for ran in runs:
        if not ran.success and ran.workflow != TRAIN_WORKFLOW:
            raise running.JobFailed(ran)


def _merge_and_ship(stage: Stage, number: int) -> None:
    """Merge, let the push be trained, recorded and registered, and merge the deployment that it opens."""
    if not _try_to_merge(stage, number):
        return
    pull = stage.forge.pull_request(MODEL_REPO, number)
    after = pull.merge_commit_sha or ""
    before = stage.actions.fetch(f"/repos/{MODEL_REPO}/commits/{after}")["parents"][0]["sha"]
    _deliver(stage, actions.push(stage.actions, MODEL_REPO, before, after))
    for version in story.versions(stage.hub, stage.token, MODEL_REPO):
        if version["commit"] == after:
            page = f"{stage.hub.url}/{MODEL_REPO}/releases/tag/{version['tag']}"
            stage.tell.step(f"Registered {version['tag']}", page)
    for deployment in stage.actions.fetch(f"/repos/{ENVIRONMENTS_REPO}/pulls?state=open"):
        stage.tell.step(f"Deployment pull request: {deployment['title']}", deployment["html_url"])
        sha = deployment["head"]["sha"]
        _do(stage, Merge(repo=ENVIRONMENTS_REPO, number=deployment["number"], sha=sha))
        stage.tell.detail("merged: Argo CD, Flux or kubectl takes the manifests from here")


def _try_to_merge(stage: Stage, number: int) -> bool:
    head = stage.forge.pull_request(MODEL_REPO, number).head.sha
    try:
        _do(stage, Merge(repo=MODEL_REPO, number=number, sha=head))
    except ForgeError as refused:
        said = refused.message.partition(f"{refused.status} ")[2] or refused.message
        stage.tell.step(f"Merging #{number} is refused: {said}", _page(stage, MODEL_REPO, number))
        return False
    stage.tell.step(f"Merged #{number}", _page(stage, MODEL_REPO, number))
    return True


def _do(stage: Stage, effect: Effect) -> str:
    return apply(Plan(effects=(effect,)), stage.forge)[0].url


def _page(stage: Stage, repo: str, number: int) -> str:
    return f"{stage.hub.url}/{repo}/pull/{number}"
