"""The demo tells what happened: its JSON agrees with git and the hub, and other parameters give other numbers."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, build_opener, urlopen

import msgspec
import pytest
import yaml

from merganser.errors import DataError
from merganser.hub import Hub
from merganser.setup import demo, story
from tests.contract.plugin import Contract
from tests.hub.clients import Team

DEAD_PROXY = "http://127.0.0.1:9"


class Played(msgspec.Struct, frozen=True):
    """What the demo answered, what it told meanwhile, and where it left its repositories."""

    answer: dict[str, Any]
    told: str
    folder: Path

    def git(self, repo: str, *args: str) -> str:
        done = subprocess.run(
            ["git", *args],
            cwd=self.folder / "hub" / "repos" / f"{repo}.git",
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def ledger(self, prefix: str) -> list[dict[str, Any]]:
        paths = self.git("acme/digits", "ls-tree", "-r", "--name-only", "merganser-ledger", prefix).splitlines()
        return [json.loads(self.git("acme/digits", "show", f"merganser-ledger:{path}")) for path in paths]


def play(folder: Path, *options: str, environment: Mapping[str, str] = os.environ) -> Played:
    command = [sys.executable, "-m", "merganser", "demo", "--json", "--keep", str(folder), *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return Played(json.loads(done.stdout), done.stderr, folder)


def unfriendly(folder: Path) -> dict[str, str]:
    """A machine behind a proxy that is down, of a person whose git signs, hooks and converts, and has no name."""
    hook = folder / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    settings = folder / ".gitconfig"
    settings.write_text(
        f"[commit]\ngpgsign = true\n[tag]\ngpgsign = true\n[gpg]\nprogram = /bin/false\n"
        f"[core]\nhooksPath = {hook.parent}\nautocrlf = true\n[http]\nproxy = {DEAD_PROXY}\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    proxies = {name: DEAD_PROXY for each in ("http_proxy", "https_proxy", "all_proxy") for name in (each, each.upper())}
    return {**kept, **proxies, "HOME": str(folder), "GIT_CONFIG_GLOBAL": str(settings)}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The demo on an unfriendly machine: what follows has to hold there too."""
    folder = tmp_path_factory.mktemp("demo")
    return play(folder / "kept", environment=unfriendly(folder))


def test_the_machine_it_plays_on_is_unfriendly(tmp_path: Path) -> None:
    """Without this, the demo's having passed there would prove nothing."""
    environment = unfriendly(tmp_path)
    subprocess.run(["git", "init", "-q", "clone"], cwd=tmp_path, env=environment, check=True)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for commit in (("commit", "-n"), ("-c", "commit.gpgsign=false", "commit")):
        command = ["git", *who, *commit, "--allow-empty", "-qm", "x"]
        assert subprocess.run(command, cwd=tmp_path / "clone", env=environment, capture_output=True).returncode


def test_a_proxy_is_never_asked_for_the_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("http_proxy", DEAD_PROXY)
    token = hub.admin.create_user("ada")
    with pytest.raises(OSError, match="refused"):
        build_opener().open(f"{hub.api_url}/user", timeout=5)  # urlopen's own is made once, with the proxies of then
    assert story.fetch(hub, token, "/user")["login"] == "ada"


def pulls(played: Played, repo: str) -> list[dict[str, Any]]:
    return [pull for pull in played.answer["pull_requests"] if pull["repo"] == repo]


def gate_of(pull: dict[str, Any]) -> str:
    [check] = pull["checks"]
    assert check["name"] == "merganser/gate"
    return str(check["conclusion"])


def test_three_pull_requests_the_last_refused(played: Played) -> None:
    """The first brings the workflow that answers: as on GitHub, it answers from the merge on."""
    first, *others = pulls(played, "acme/digits")
    assert (first["checks"], first["merged"]) == ([], True)
    assert [(gate_of(pull), pull["merged"]) for pull in others] == [("success", True), ("success", False)]
    assert [(pull["merged"], pull["checks"]) for pull in pulls(played, "acme/environments")] == [(True, []), (True, [])]
    assert 'Required status check "merganser/gate" is failing' in played.told


def test_a_maintainer_overrides_what_the_author_may_not(played: Played) -> None:
    [override] = played.ledger("overrides/")
    assert (override["model"], override["by"], override["reason"]) == ("digits", "grace", demo.REASON)
    assert "label=1" in override["check"]
    [refusal] = played.ledger("refusals/")
    assert refusal["by"] == "ada"
    refused, overridden = played.told.partition("grace comments:")[::2]
    assert "Nobody overrides the gate of their own pull request" in refused
    red, green = "❌ merganser/gate: digits: accuracy@label=1 fell", "✅ merganser/gate: digits:"
    assert refused.count(red) == 2
    assert (red in overridden, green in overridden) == (False, True)


def test_versions_are_the_tags(played: Played) -> None:
    named = {version["tag"]: version["commit"] for version in played.answer["versions"]}
    assert list(named) == played.git("acme/digits", "tag", "--list").splitlines() == ["digits@v0.1.0", "digits@v0.2.0"]
    for tag, commit in named.items():
        assert played.git("acme/digits", "rev-parse", f"{tag}^{{commit}}") == commit
        assert played.git("acme/digits", "cat-file", "-t", tag) == "tag"
    merges = played.git("acme/digits", "log", "--first-parent", "--format=%H", "main").splitlines()
    assert list(named.values()) == [merges[1], merges[0]]


def test_what_is_deployed_is_what_was_trained(played: Played) -> None:
    [deployed] = played.answer["deployments"]
    assert (deployed["environment"], deployed["model"], deployed["version"]) == ("staging", "digits", "0.2.0")
    commit = played.answer["versions"][-1]["commit"]
    [record] = [run for run in played.ledger("runs/") if run["recorded"]["commit"] == commit]
    assert deployed["digest"] == f"sha256:{record['artifacts'][0]['sha256']}"
    release = played.git("acme/environments", "show", "main:staging/digits/release.yaml")
    assert deployed["digest"] in release
    manifest = played.git("acme/environments", "show", "main:staging/digits/manifest.yaml")
    assert deployed["digest"] in manifest


def test_the_comments_show_the_recorded_numbers(played: Played) -> None:
    comments = {
        comment["number"]: comment["text"]
        for comment in played.answer["comments"]
        if comment["text"].startswith("<!-- merganser:report")
    }
    assert sorted(comments) == [2, 3]
    for number, comment in comments.items():
        [run] = [
            run for run in played.ledger("runs/") if run["pull_request"] == number and not run["recorded"]["merged"]
        ]
        assert f"{run['metrics']['accuracy']:.4g}" in comment
        for name, value in run["params"].items():
            if name in ("train.C", "train.gamma"):
                assert f"`{value}`" in comment
    assert "label=1" in comments[3].replace("&#8203;", "")


class Reader(msgspec.Struct, frozen=True):
    """A client of the hub that is not the demo's own."""

    hub: Hub
    token: str

    def get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/vnd.github+json"}
        with urlopen(Request(f"{self.hub.api_url}{path}", headers=headers), timeout=30) as answer:
            return json.load(answer)

    def checks(self, repo: str, sha: str) -> list[dict[str, str]]:
        runs = self.get(f"/repos/{repo}/commits/{sha}/check-runs")["check_runs"]
        return [{"name": run["name"], "conclusion": run["conclusion"], "title": run["output"]["title"]} for run in runs]

    def pulls(self, repo: str) -> list[dict[str, Any]]:
        """What the demo's answer should say of each pull request, oldest first."""
        newest_first = self.get(f"/repos/{repo}/pulls?state=all")
        return [
            {
                "repo": repo,
                "number": pull["number"],
                "title": pull["title"],
                "merged": self.get(f"/repos/{repo}/pulls/{pull['number']}")["merged"],
                "checks": self.checks(repo, pull["head"]["sha"]),
            }
            for pull in sorted(newest_first, key=lambda pull: pull["number"])
        ]

    def comments(self, repo: str, numbers: range) -> list[tuple[int, str]]:
        return [
            (number, comment["body"])
            for number in numbers
            for comment in self.get(f"/repos/{repo}/issues/{number}/comments")
        ]

    def deployed(self, repo: str, environment: str, model: str) -> dict[str, Any]:
        content = self.get(f"/repos/{repo}/contents/{environment}/{model}/release.yaml")["content"]
        return dict(yaml.safe_load(base64.b64decode(content)))


@pytest.fixture
def reader(played: Played, contract: Contract) -> Iterator[Reader]:
    with Hub(played.folder / "hub", contract) as hub:
        yield Reader(hub, hub.admin.create_token("ada"))


def test_the_hub_says_the_same_when_it_is_started_again(played: Played, reader: Reader) -> None:
    told = [{key: pull[key] for key in pull if key != "url"} for pull in played.answer["pull_requests"]]
    assert told == reader.pulls("acme/digits") + reader.pulls("acme/environments")
    pages = [re.sub(r"^http://127\.0\.0\.1:\d+", "", pull["url"]) for pull in played.answer["pull_requests"]]
    assert pages == [f"/{pull['repo']}/pull/{pull['number']}" for pull in told]
    without_port = re.compile(r"127\.0\.0\.1:\d+")
    comments = [(one["number"], one["text"]) for one in played.answer["comments"] if one["repo"] == "acme/digits"]
    assert [(number, without_port.sub("HUB", text)) for number, text in comments] == [
        (number, without_port.sub("HUB", text)) for number, text in reader.comments("acme/digits", range(1, 4))
    ]
    releases = reader.get("/repos/acme/digits/releases")
    assert sorted(version["tag"] for version in played.answer["versions"]) == sorted(r["tag_name"] for r in releases)
    [deployed] = played.answer["deployments"]
    release = reader.deployed("acme/environments", deployed["environment"], deployed["model"])
    assert (deployed["version"], deployed["digest"]) == (release["version"], release["artifact"]["digest"])


def test_a_second_check_of_one_name_is_told(played: Played, contract: Contract, tmp_path: Path) -> None:
    """Another program's check of our name must not hide ours, nor ours another's."""
    shutil.copytree(played.folder / "hub", tmp_path / "hub")
    with Hub(tmp_path / "hub", contract) as hub:
        team = Team(
            hub, tmp_path, {"ada": hub.admin.create_token("ada"), "rival": hub.admin.create_user("rival", "Bot")}
        )
        hub.admin.set_permission("acme/digits", "rival", "write")
        head = team.repo("ada", "acme/digits").get_pull(2).head.sha
        team.repo("rival", "acme/digits").create_check_run("merganser/gate", head, conclusion="failure")
        found = story.checks(hub, team.tokens["ada"], "acme/digits", 2)
    assert {check["name"] for check in found} == {"merganser/gate"}
    assert sorted(check["conclusion"] for check in found) == ["failure", "success"]


@pytest.fixture
def other(tmp_path: Path) -> Played:
    return play(tmp_path / "kept", "--set", "train.C=1", "--set", "train.gamma=0.001")


@pytest.mark.integration
def test_other_parameters_give_other_numbers(other: Played, played: Played) -> None:
    first, second = (next(run for run in each.ledger("runs/") if run["pull_request"] == 2) for each in (played, other))
    assert second["params"]["train.C"] == 1
    assert second["metrics"]["accuracy"] != first["metrics"]["accuracy"]
    texts = [next(c["text"] for c in each.answer["comments"] if c["number"] == 2) for each in (played, other)]
    assert f"{second['metrics']['accuracy']:.4g}" in texts[1]
    assert "`1`" in texts[1]
    verdicts = [next(v for v in each.ledger("verdicts/") if v["run"]["id"] == 5) for each in (played, other)]
    assert verdicts[0]["checks"][1]["delta"] != verdicts[1]["checks"][1]["delta"]


def test_a_first_training_that_failed_ends_the_demo(hub: Hub, tmp_path: Path) -> None:
    with (
        demo.staged(hub, tmp_path, story.Narrator(sys.stderr)) as stage,
        pytest.raises(DataError, match="first training"),
    ):
        demo._require_first_version(stage)
