"""The demo tells what happened: its JSON agrees with git and the hub, and other parameters give other numbers."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merganser.hub import Hub
from tests.contract.plugin import Contract


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


def play(folder: Path, *options: str) -> Played:
    command = [sys.executable, "-m", "merganser", "demo", "--json", "--keep", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return Played(json.loads(done.stdout), done.stderr, folder)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("demo") / "kept")


def pulls(played: Played, repo: str) -> list[dict[str, Any]]:
    return [pull for pull in played.answer["pull_requests"] if pull["repo"] == repo]


def gate_of(pull: dict[str, Any]) -> str:
    [check] = pull["checks"]
    assert check["name"] == "merganser/gate"
    return str(check["conclusion"])


def test_three_pull_requests_the_last_refused(played: Played) -> None:
    found = pulls(played, "acme/digits")
    assert [(gate_of(pull), pull["merged"]) for pull in found] == [
        ("success", True),
        ("success", True),
        ("failure", False),
    ]
    assert [(pull["merged"], pull["checks"]) for pull in pulls(played, "acme/environments")] == [(True, []), (True, [])]
    assert 'Required status check "merganser/gate" is failing' in played.told


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
    comments = {comment["number"]: comment["text"] for comment in played.answer["comments"]}
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


def test_the_hub_says_the_same_when_it_is_started_again(played: Played, contract: Contract) -> None:
    from merganser.setup import story

    with Hub(played.folder / "hub", contract) as hub:
        token = hub.admin.create_token("ada")
        again = story.what_happened(hub, token, ("acme/digits", "acme/environments"))
    without_port = re.compile(r"127\.0\.0\.1:\d+")
    assert without_port.sub("HUB", json.dumps(again, sort_keys=True)) == without_port.sub(
        "HUB", json.dumps(played.answer, sort_keys=True)
    )


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
    verdicts = [next(v for v in each.ledger("verdicts/") if v["run"]["id"] == 7) for each in (played, other)]
    assert verdicts[0]["checks"][1]["delta"] != verdicts[1]["checks"][1]["delta"]
