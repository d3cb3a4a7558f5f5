"""Plays GitHub's runners on a hub: the workflow files of a commit are run as they stand, by act.

Mapped are Merganser's own repository, to this checkout's files, and the one JavaScript action, to a stand-in that
leaves the artifact where the hub gets it from. act hands its whole environment to the steps, so it gets next to none.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

import msgspec

from merganser import git
from merganser.config import TRAIN_WORKFLOW
from merganser.forge.protocol import ACTIONS_LOGIN
from merganser.hub import Hub
from tests.architecture.layers import REPO
from tests.commands.stage import BOT, ENVIRONMENTS, Life, fetch
from tests.commands.stage import REPO as MODEL_REPO
from tests.forge.keys import Keys

REPORT_WORKFLOW = ".github/workflows/merganser-report.yml"
TEMPLATES = {
    path: (REPO / "workflows" / "github" / Path(path).name).read_text() for path in (TRAIN_WORKFLOW, REPORT_WORKFLOW)
}
STAND_INS = REPO / "tests" / "workflows" / "stand_ins"
ACT = Path(sys.executable).parent / "act"
_SHIPPED = ("action.yml", "actions", "bot", "requirements-action.txt", ".github/workflows", "workflows")
_UPLOAD = re.compile(r"uses: (actions/upload-artifact@[0-9a-f]{40})")

Run = dict[str, Any]


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a workflow: its id, what act said, whether all of it succeeded, the seconds it took."""

    run: int
    log: str
    success: bool
    seconds: float


class Runner:
    """A machine that runs a hub's workflows, with a tool cache that lasts from run to run.

    The trusted workflow gets the job's own token, and what the repository's `settings` are: an App, or none.
    """

    def __init__(self, life: Life, folder: Path) -> None:
        self.life = life
        self.settings: list[str] = []
        self.token = life.hub.admin.create_user(ACTIONS_LOGIN, kind="Bot")
        life.hub.admin.set_permission(MODEL_REPO, ACTIONS_LOGIN, "write")
        self.folder = folder
        self.home = folder / "home"
        self.tools = self.home / "cache" / "act" / "tool_cache"  # where act wants it
        self.suite = folder / "merganser"
        self.home.mkdir(parents=True)
        ship(self.suite)
        keep_packages(self.tools)

    @property
    def hub(self) -> Hub:
        return self.life.hub

    def act_as_app(self, keys: Keys) -> None:
        """From now on as an App that is installed on both repositories, its id a variable, its key a secret."""
        granted = {"actions": "read", "checks": "write", "contents": "write", "pull_requests": "write"}
        app = self.hub.apps.register(BOT, keys.public)
        self.hub.apps.install(BOT, [MODEL_REPO, ENVIRONMENTS], granted)
        self.settings = ["--var", f"MERGANSER_APP_ID={app}", "-s", f"MERGANSER_APP_KEY={keys.private}"]

    def begin(self, number: int) -> Run:
        """A pull request's training run, as it stands when GitHub says `requested`."""
        pull = fetch(self.hub, self.life.access.person, f"/repos/{MODEL_REPO}/pulls/{number}")
        return self._begin("pull_request", pull["head"]["ref"], pull["head"]["sha"])

    def pull_request(self, run: Run, number: int) -> tuple[Ran, Ran]:
        """The untrusted workflow of a pull request, then the trusted one that answers it."""
        pull = fetch(self.hub, self.life.access.person, f"/repos/{MODEL_REPO}/pulls/{number}")
        event = {"action": "opened", "number": number, "pull_request": pull, "repository": pull["base"]["repo"]}
        trained = self._train(run, f"refs/pull/{number}/merge", event)
        return trained, self.report(run, "completed")

    def push(self, before: str, after: str) -> tuple[Ran, Ran]:
        """Both workflows of a push to the default branch."""
        repository = fetch(self.hub, self.life.access.person, f"/repos/{MODEL_REPO}")
        run = self._begin("push", "main", after)
        event = {"ref": "refs/heads/main", "before": before, "after": after, "repository": repository}
        trained = self._train(run, "refs/heads/main", event)
        return trained, self.report(run, "completed")

    def report(self, run: Run, action: str) -> Ran:
        """The trusted workflow, of the default branch, for one step in the life of a training run."""
        event = self.life.event(run["id"], action)
        sha = fetch(self.hub, self.life.access.person, f"/repos/{MODEL_REPO}/branches/main")["commit"]["sha"]
        own = self.hub.admin.start_workflow_run(
            MODEL_REPO, REPORT_WORKFLOW, event="workflow_run", head_branch="main", head_sha=sha, actor="ada"
        )
        ran = self._act(own, REPORT_WORKFLOW, "refs/heads/main", event)
        self.hub.admin.finish_workflow_run(MODEL_REPO, own["id"], "success" if ran.success else "failure")
        return ran

    def _begin(self, event: str, branch: str, sha: str) -> Run:
        return self.hub.admin.start_workflow_run(
            MODEL_REPO, TRAIN_WORKFLOW, event=event, head_branch=branch, head_sha=sha, actor="ada"
        )

    def _train(self, run: Run, ref: str, event: dict[str, Any]) -> Ran:
        ran = self._act(run, TRAIN_WORKFLOW, ref, event)
        for packed in sorted((self.folder / str(run["id"]) / "artifacts").glob("*.zip")):
            self.hub.admin.upload_artifact(MODEL_REPO, run["id"], packed.stem, packed)
        self.hub.admin.finish_workflow_run(MODEL_REPO, run["id"], "success" if ran.success else "failure")
        return ran

    def _act(self, run: Run, workflow: str, ref: str, event: dict[str, Any]) -> Ran:
        """One workflow file as it stands at a ref. Only the trusted one gets a token."""
        place = self.folder / str(run["id"])
        checkout = self._check_out(place, ref)
        (place / "artifacts").mkdir()
        (place / "event.json").write_text(json.dumps(event))
        told = {
            "GITHUB_API_URL": self.hub.api_url,
            "GITHUB_SERVER_URL": self.hub.url,
            "GITHUB_REPOSITORY": MODEL_REPO,
            "GITHUB_REF": ref,
            "GITHUB_RUN_ID": str(run["id"]),
            "GITHUB_RUN_ATTEMPT": str(run["run_attempt"]),
            "NO_PROXY": "127.0.0.1,localhost",
            "RUNNER_ARTIFACTS": str(place / "artifacts"),
        }
        command = [str(ACT), run["event"], "-e", str(place / "event.json"), "-W", workflow, "--actor", "ada"]
        command += ["-P", "ubuntu-24.04=-self-hosted", "--no-cache-server", "--rm"]
        command += [part for name, value in told.items() for part in ("--env", f"{name}={value}")]
        command += [
            part for name, folder in self._mapped().items() for part in ("--local-repository", f"{name}={folder}")
        ]
        if workflow == REPORT_WORKFLOW:
            command += ["-s", f"GITHUB_TOKEN={self.token}", *self.settings]
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=checkout,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        seconds = time.monotonic() - began
        return Ran(run=run["id"], log=done.stdout + done.stderr, success=done.returncode == 0, seconds=seconds)

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {"PATH": path, "HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache")}

    def _mapped(self) -> dict[str, Path]:
        text = (self.suite / TRAIN_WORKFLOW).read_text()
        return {"OWNER/merganser@v1": self.suite, **dict.fromkeys(_UPLOAD.findall(text), STAND_INS / "upload-artifact")}

    def _check_out(self, place: Path, ref: str) -> Path:
        """What actions/checkout leaves with `fetch-depth: 0`; act copies it into each job."""
        place.mkdir()
        checkout = place / "checkout"
        git.run(["clone", "-q", "--no-checkout", f"{self.hub.url}/{MODEL_REPO}.git", str(checkout)], place)
        git.run(["fetch", "-q", "origin", ref], checkout)
        git.run(["checkout", "-q", "--detach", "FETCH_HEAD"], checkout)
        return checkout


def ship(into: Path) -> None:
    """The files of this checkout that an action brings with it."""
    for name in _SHIPPED:
        source = REPO / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            into.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, into / name)


def keep_packages(tools: Path) -> None:
    """A tool cache that has the lock's packages already, as after an earlier job: those of this very environment."""
    said = [(REPO / "requirements-action.txt").read_bytes(), sys.version.encode(), sys.base_prefix.encode()]
    key = hashlib.sha256(b"\0".join(said)).hexdigest()[:32]
    (tools / "merganser").mkdir(parents=True)
    (tools / "merganser" / key).symlink_to(sysconfig.get_path("purelib"))
