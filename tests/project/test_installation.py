"""What each action installs, into an empty tool cache: few packages, and all that its command needs."""

import json
import os
import re
from pathlib import Path

import pytest

from merganser import git
from tests.architecture.layers import REPO
from tests.commands.report.test_report import BETTER, check_of, comments_of, shown
from tests.commands.report.test_sealed import set_up, tracked
from tests.commands.stage import (
    CONFIG,
    ENVIRONMENTS,
    TRAIN,
    Moment,
    fetch,
    on_a_copy,
    params,
    prepare,
    prepare_empty,
)
from tests.commands.stage import REPO as MODEL_REPO
from tests.contract.plugin import Contract
from tests.project.acting import Ran, bot, run, runner, told
from tests.storage.world import act_as_owner, bucket

pytestmark = pytest.mark.integration

# Packages and megabytes; what is asked for by `extras` is measured apart, and bounded so that growth is seen.
LIMITS = {
    ("plan", ""): (25, 60),
    ("report", ""): (40, 400),
    ("report", "dvc"): (130, 550),
    ("report", "metrics"): (40, 480),
    ("register", "sign"): (60, 90),
}


class Runners:
    """Runners with a tool cache of their own for each installation, which is made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def having(self, command: str, extras: str = "") -> dict[str, str]:
        place = self._folder / f"{command}-{extras}"
        if not place.exists():
            place.mkdir()
            run(command, {"extras": extras}, runner(place), place)  # outside of a repository the command ends at once
        return runner(place)


def kept(machine: dict[str, str]) -> Path:
    """The one environment that the actions on a runner use."""
    [found] = (Path(machine["RUNNER_TOOL_CACHE"]) / "merganser").iterdir()
    return found


@pytest.fixture(scope="module")
def runners(tmp_path_factory: pytest.TempPathFactory) -> Runners:
    return Runners(tmp_path_factory.mktemp("runners"))


def documented(command: str, extras: str) -> tuple[int, int]:
    """Packages and megabytes as docs/actions.md says them; other Pythons have a few others."""
    rows = re.findall(r"^\| (`.*) \| (\d+) \| (\d+) \|$", (REPO / "docs" / "actions.md").read_text(), re.MULTILINE)
    wanted = f"`extras: {extras}`" if extras else ""
    [found] = [
        row for row in rows if f"`{command}`" in row[0] and (wanted in row[0] if extras else "extras" not in row[0])
    ]
    return int(found[1]), int(found[2])


@pytest.mark.parametrize(("command", "extras"), LIMITS, ids=lambda part: part or "alone")
def test_an_action_installs_little(
    command: str, extras: str, runners: Runners, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = kept(runners.having(command, extras))
    packages = len(list(folder.glob("*.dist-info")))
    # What Python compiled since is the measuring's own.
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    with capsys.disabled():
        print(f"\n{command}, extras {extras or 'none'}: {packages} packages, {megabytes:.0f} MB")
    most_packages, most_megabytes = LIMITS[(command, extras)]
    assert 10 < packages <= most_packages
    assert 10 < megabytes <= most_megabytes
    told_packages, told_megabytes = documented(command, extras)
    assert abs(packages - told_packages) <= 3
    assert abs(megabytes - told_megabytes) <= told_megabytes / 10


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    return prepare(tmp_path_factory.mktemp("stage"))


def good(done: Ran) -> None:
    assert done.returncode == 0, done.stderr


def test_a_version_is_made_and_proposed_with_the_core_alone(
    runners: Runners, moments: dict[str, Moment], tmp_path: Path, contract: Contract
) -> None:
    moment = moments["register"]
    with on_a_copy(moment, tmp_path, contract) as hub:
        machine = runners.having("plan")
        environment = machine | told(hub, moment, tmp_path)
        good(run("register", {"model": "tiny", **bot(moment)}, environment))
        good(run("promote", {"version": "tiny@v0.1.0", **bot(moment)}, environment))
        [release] = fetch(hub, moment.access.person, f"/repos/{MODEL_REPO}/releases")
        assert release["tag_name"] == "tiny@v0.1.0"
        [pull] = fetch(hub, moment.access.person, f"/repos/{ENVIRONMENTS}/pulls")
        assert pull["head"]["ref"] == "merganser/staging/tiny"
    assert kept(machine)


def test_a_model_is_planned_and_trained(runners: Runners, tmp_path: Path) -> None:
    repo, out = tmp_path / "repo", tmp_path / "bundle"
    repo.mkdir()
    for name, text in {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(10, 10)}.items():
        (repo / name).write_text(text)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "First"]):
        git.run(command, repo)
    written = tmp_path / "output"
    written.touch()
    planning, training = runners.having("plan"), runners.having("report")
    good(run("plan", {}, planning | {"GITHUB_OUTPUT": str(written)}, repo))
    assert "tiny" in written.read_text()
    good(run("train", {"model": "tiny", "out": str(out)}, training, repo))
    assert json.loads((out / "run.json").read_text())["metrics"] == {"accuracy": 0.9}
    assert kept(planning) != kept(training)


def test_sealed_labels_are_fetched_with_the_extra_and_missed_without(
    runners: Runners, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DVC's remote on S3, by wheels alone: the one package that DVC has as source isn't installed."""
    with bucket() as store, prepare_empty(tmp_path) as life:
        act_as_owner(monkeypatch, tmp_path)
        set_up(life, tracked(tmp_path, store.config()))
        number = life.propose("better", BETTER)
        moment = Moment(directory=tmp_path, access=life.access, event=life.train_pull(number, "better"))
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED")
        keys = {name: os.environ[name] for name in (*names, "DVC_NO_ANALYTICS", "DVC_SITE_CACHE_DIR")}
        environment = told(life.hub, moment, tmp_path) | keys
        good(run("report", bot(moment), runners.having("report") | environment))
        assert check_of(life, life.head(number))["conclusion"] == "failure"
        assert "give it `extras: dvc`" in shown(comments_of(life, number)[0])
        good(run("report", {"extras": "dvc", **bot(moment)}, runners.having("report", "dvc") | environment))
        assert check_of(life, life.head(number))["conclusion"] == "success"
        assert "submission 2 against these labels" in shown(comments_of(life, number)[0])
