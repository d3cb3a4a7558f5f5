"""`merganser doctor` in a clone that `merganser init` has set up, against a hub with the settings that it asks for."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merganser.forge.requests.permissions import needed_in_all
from merganser.hub import Hub
from tests.contract.plugin import Contract
from tests.forge.keys import Keys
from tests.hub.clients import fetch

REPO, SUITE = "acme/tiny", "acme/merganser"
BOT = "merganser[bot]"
SCRIPT = """\
import json

with open("predictions.csv", "w") as file:
    file.write("row_id,label,prediction\\n" + "".join(f"r{n},{n % 3},{n % 3}\\n" for n in range(300)))
json.dump({}, open("model.json", "w"))
"""


class Scene(msgspec.Struct, frozen=True):
    """A clone of REPO, the hub that has it, tokens of an administrator and of someone who only reads."""

    hub: Hub
    clone: Path
    owner: str
    reader: str

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        hidden = ("GITHUB_", "MERGANSER_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        environment |= {"GITHUB_SERVER_URL": self.hub.url, "GITHUB_API_URL": self.hub.api_url, "NO_PROXY": "127.0.0.1"}
        command = [sys.executable, "-m", "merganser", *arguments]
        options: dict[str, Any] = {"capture_output": True, "text": True, "check": False, "stdin": subprocess.DEVNULL}
        return subprocess.run(command, cwd=self.clone, env=environment | variables, **options)

    def doctor(self, **variables: str) -> tuple[int, list[dict[str, str]]]:
        done = self.run("doctor", "--json", **variables)
        assert done.returncode in (0, 2), done.stderr
        return done.returncode, json.loads(done.stdout)["findings"]

    def send(self, method: str, path: str, body: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {self.owner}"}
        reply = fetch(method, f"{self.hub.api_url}/repos/{REPO}{path}", headers, json.dumps(body).encode())
        assert reply.status < 300, reply.content

    def import_rulesets(self) -> None:
        """As a person imports the files on GitHub's page."""
        for file in sorted((self.clone / ".github" / "rulesets").iterdir()):
            self.send("POST", "/rulesets", json.loads(file.read_text()))


@pytest.fixture
def scene(tmp_path: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / "train.py").write_text(SCRIPT)
    with Hub(tmp_path / "hub", observer=contract) as hub:
        owner, reader = hub.admin.create_user("ada"), hub.admin.create_user("eve")
        for repository in (REPO, SUITE):
            hub.admin.create_repository(repository)
            hub.admin.set_permission(repository, "ada", "admin")
            hub.admin.set_permission(repository, "eve", "read")
        scene = Scene(hub, clone, owner, reader)
        release(scene, tmp_path / "suite", "v1.0.0", "v1")
        yield scene


def set_up(scene: Scene, *arguments: str) -> None:
    git(scene, "init", "-q", "-b", "main")
    git(scene, "remote", "add", "origin", f"{scene.hub.url}/{REPO}.git")
    done = scene.run("init", "--yes", "--run", "--suite", "acme/merganser@v1", "--owner", "@ada", *arguments)
    assert done.returncode == 0, done.stderr
    git(scene, "add", "--all")
    git(scene, "commit", "-qm", "Set up")
    address = f"{scene.hub.url.replace('://', f'://x-access-token:{scene.owner}@')}/{REPO}.git"
    git(scene, "push", "-q", address, "main")


def release(scene: Scene, folder: Path, *tags: str) -> None:
    """A commit of a copy of Merganser with these tags, the ones that were there moved."""
    options = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    address = f"{scene.hub.url.replace('://', f'://x-access-token:{scene.owner}@')}/{SUITE}.git"
    for arguments in (
        ["init", "-q", "-b", "main", folder],
        ["-C", folder, *options, "commit", "-q", "--allow-empty", "-m", tags[0]],
        *(["-C", folder, *options, "tag", "-f", "-a", "-m", tag, tag] for tag in tags),
        ["-C", folder, "push", "-qf", address, "main", *(f"refs/tags/{tag}" for tag in tags)],
    ):
        subprocess.run(["git", *arguments], check=True, capture_output=True)


def git(scene: Scene, *arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *who, *arguments], cwd=scene.clone, check=True, capture_output=True)


def not_ok(findings: list[dict[str, str]]) -> list[str]:
    return [f"{one['state']}: {one['where']}: {one['what']}" for one in findings if one["state"] != "ok"]


def test_with_an_app_all_is_well_once_the_steps_are_done(scene: Scene, contract: Contract) -> None:
    keys = Keys()
    app = scene.hub.apps.register(BOT, keys.public)
    scene.hub.apps.install(BOT, [REPO], {name: level.value for name, level in needed_in_all().items()})
    set_up(scene, "--app-id", app)
    code, before = scene.doctor(GITHUB_TOKEN=scene.owner)
    assert code == 0
    assert [one.split(": ")[0] for one in not_ok(before)] == ["warning"] * 5
    scene.import_rulesets()
    custom = {"deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}}
    scene.send("PUT", "/environments/merganser", custom)
    scene.send("POST", "/environments/merganser/deployment-branch-policies", {"name": "main"})
    scene.hub.admin.name_secret(REPO, "MERGANSER_APP_KEY", "merganser")
    for name, value in (("MERGANSER_APP_ID", app), ("MERGANSER_ENVIRONMENT", "merganser")):
        scene.send("POST", "/actions/variables", {"name": name, "value": value})
    scene.send("PUT", "/immutable-releases", {})
    code, after = scene.doctor(GITHUB_TOKEN=scene.owner, MERGANSER_APP_ID=app, MERGANSER_APP_KEY=keys.private)
    assert (code, not_ok(after)) == (0, [])
    code, by_app = scene.doctor(MERGANSER_APP_ID=app, MERGANSER_APP_KEY=keys.private)
    assert code == 0
    assert any(one["what"] == f"{app} is installed with all that it needs" for one in by_app)


def test_an_advisory_gate_is_called_so_and_fails_nothing(scene: Scene) -> None:
    set_up(scene)
    scene.import_rulesets()
    scene.send("PUT", "/immutable-releases", {})
    code, found = scene.doctor(GITHUB_TOKEN=scene.owner)
    assert code == 0
    assert [one.partition(": ")[0] for one in not_ok(found)] == ["warning"]
    assert "advisory" in not_ok(found)[0]


def test_workflows_that_lack_something_and_an_older_release_are_found(scene: Scene, tmp_path: Path) -> None:
    set_up(scene)
    commands = scene.clone / ".github" / "workflows" / "merganser-commands.yml"
    text = commands.read_text()
    for old, new in (("issues: write", "issues: read"), ("[created, edited]", "[edited]")):
        assert old in text
        text = text.replace(old, new)
    commands.write_text(text)
    release(scene, tmp_path / "suite", "v1.1.0")
    code, found = scene.doctor(GITHUB_TOKEN=scene.owner)
    assert code == 2
    where = ".github/workflows/merganser-commands.yml"
    said = {(one["state"], one["where"], one["what"]) for one in found}
    assert ("error", where, "the job answer lacks issues: write") in said
    assert ("error", where, "issue_comment: created doesn't start it") in said
    assert ("warning", "acme/merganser@v1", "is not the newest release, v1.1.0") in said


def test_what_a_token_may_not_see_is_not_looked_at(scene: Scene) -> None:
    set_up(scene)
    code, found = scene.doctor(GITHUB_TOKEN=scene.reader)
    assert code == 0
    unseen = [one for one in found if one["state"] == "not looked at"]
    assert {one["where"] for one in unseen} == {
        "Settings → Secrets and variables → Actions",
        "Settings → General → Releases",
    }
    assert all("Give the token" in one["cure"] for one in unseen)
    code, nameless = scene.doctor()
    assert "gh auth token" in nameless[-1]["cure"]


def test_a_token_that_is_refused_is_an_error(scene: Scene) -> None:
    set_up(scene)
    code, found = scene.doctor(GITHUB_TOKEN="ghp_" + "0" * 40)
    assert code == 2
    assert found[-1]["state"] == "error"
    assert "Bad credentials" in found[-1]["what"]


def test_a_fresh_folder_is_told_where_to_begin(scene: Scene) -> None:
    done = scene.run("doctor")
    assert done.returncode == 2
    assert "merganser init writes it." in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout.splitlines()[-2:] == ["", "3 errors, 2 warnings, 1 not looked at"]
    assert scene.owner not in done.stdout
