"""A version is trained again from its tag and its data's pins, and the clone stays as it is."""

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merganser import git as program
from merganser.commands.reproduce import Request, answer, reproduce, tolerances
from merganser.commands.train.command import TrainRequest, train
from merganser.config import Change, Unit
from merganser.errors import ConfigError, DataError
from merganser.forge.ci.runtime import Runtime
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from merganser.registry.reproduction import Match, Tolerances
from tests.commands.recording import below, git, parsed, register, run_in
from tests.commands.stage import REPO, Moment, on_a_copy, runtime

CONFIG = """\
version: 1
models:
  m:
    task: regression
    train: {run: python train.py, timeout: 60s}
    artifact: {path: model.bin}
    metrics: [metrics.json]
"""
# Without data of its own, so that the sum is of what was restored.
TRAIN = """\
import json, os, pathlib
rows = [int(line) for path in sorted(pathlib.Path("data").rglob("*.csv")) for line in path.read_text().split()]
pathlib.Path("model.bin").write_bytes(bytes(rows))
json.dump({"mean": sum(rows) / len(rows) + float(os.environ.get("CHANCE", 0))}, open("metrics.json", "w"))
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    (folder / "data").mkdir(parents=True)
    files = {"merganser.yaml": CONFIG, "train.py": TRAIN, ".gitignore": "*.bin\nmetrics.json\n", "data/a.csv": "1\n2\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "set up")
    return folder


def registered(repo: Path, **changes: Any) -> str:
    """Trains HEAD and registers that run, with changes."""
    return register(repo, run_in(train(TrainRequest(folder=repo, model="m")), **changes))


def again(repo: Path, tag: str, **fields: Any) -> Any:
    return reproduce(Request(folder=repo, version=tag, **fields), Runtime())


def state(repo: Path) -> tuple[str, str, str, bytes]:
    """What git says of the clone: its work tree, checkouts and branches, and the index's bytes."""
    told = (git(repo, *words) for words in (["status", "--porcelain"], ["worktree", "list"], ["for-each-ref"]))
    status, checkouts, refs = told
    return status, checkouts, refs, (repo / ".git/index").read_bytes()


def test_a_version_comes_out_again_whatever_lies_in_the_work_tree(repo: Path) -> None:
    tag = registered(repo)
    (repo / "train.py").write_text("raise SystemExit('not committed')")
    (repo / "data/left-over.csv").write_text("100\n")
    hook = repo / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {repo}/hooked\n")
    hook.chmod(0o755)
    git(repo, "add", "data/left-over.csv")
    before = state(repo)
    found = again(repo, tag)
    assert (found.agrees, found.version, found.commit) == (True, tag, git(repo, "rev-parse", "HEAD"))
    assert {finding.match for finding in found.findings} == {Match.identical}
    assert state(repo) == before
    assert not (repo / "hooked").exists()


def test_another_package_version_is_said_though_the_metrics_agree(repo: Path) -> None:
    run = run_in(train(TrainRequest(folder=repo, model="m")))
    packages = {**run.environment.packages, "msgspec": "0.0.1"}
    tag = register(
        repo, msgspec.structs.replace(run, environment=msgspec.structs.replace(run.environment, packages=packages))
    )
    found = again(repo, tag)
    assert found.agrees
    shown = answer(found, as_json=False)
    row = next(line for line in shown.splitlines() if line.startswith("msgspec"))
    assert row.split() == ["msgspec", "0.0.1", msgspec.__version__]
    (package,) = [one for one in parsed(answer(found, as_json=True))["findings"] if one["match"] == "differs"]
    assert (package["part"], package["name"], package["recorded"]) == ("package", "msgspec", "0.0.1")


def merganser(repo: Path, *args: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    code = "from merganser.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *args], cwd=repo, capture_output=True, text=True, check=False,
        env={**os.environ, **environ},
    )  # fmt: skip


def test_what_differs_is_told_and_exits_1_unless_it_is_tolerated(repo: Path) -> None:
    tag = registered(repo)
    done = merganser(repo, "reproduce", tag, "--json", CHANCE="0.25")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    (metric,) = [finding for finding in found["findings"] if finding["part"] == "metric"]
    assert (metric["recorded"], metric["again"], metric["delta"], metric["match"]) == (1.5, 1.75, 0.25, "differs")
    assert "no parameter is called seed" in " ".join(found["causes"])
    assert f"merganser: {tag} is {found['commit'][:12]}; its pipeline now runs on this machine" in done.stderr
    near = merganser(repo, "reproduce", tag, "--tolerance", "mean=20%", CHANCE="0.25")
    assert near.returncode == 0
    assert "1 of 1 metrics agree, 1 of them within tolerance" in near.stdout


def test_all_is_left_where_it_shall_be_kept(repo: Path, tmp_path: Path) -> None:
    tag = registered(repo)
    again(repo, tag, keep=tmp_path / "kept")
    assert (tmp_path / "kept/bundle/run.json").is_file()
    assert (tmp_path / "kept/checkout/model.bin").read_bytes() == bytes([1, 2])
    with pytest.raises(ConfigError, match=r"--keep: .* isn't an empty folder"):
        again(repo, tag, keep=tmp_path / "kept")


def test_a_pipeline_that_fails_leaves_no_checkout(repo: Path) -> None:
    tag = registered(repo)
    before = state(repo)
    os.environ["CHANCE"] = "none"
    try:
        with pytest.raises(DataError, match="failed with exit code 1"):
            again(repo, tag)
    finally:
        del os.environ["CHANCE"]
    assert state(repo) == before


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("m", "names no version"), ("m@", "names no version"), ("m@v9.9.9", "is no version in this clone")],
)
def test_what_is_no_version_is_refused(repo: Path, wanted: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        again(repo, wanted)


def test_a_version_of_before_the_configuration_says_so_and_a_missing_number_comes_first(repo: Path) -> None:
    git(repo, "rm", "--quiet", "merganser.yaml")
    git(repo, "commit", "--quiet", "--message", "as it was")
    git(repo, "tag", "--annotate", "--message", "by hand", "m@v0.0.1")
    with pytest.raises(ConfigError, match="names no version"):
        again(repo, "m")
    (repo / "merganser.yaml").write_text(CONFIG)
    git(repo, "add", "merganser.yaml")
    git(repo, "commit", "--quiet", "--message", "merganser")
    with pytest.raises(ConfigError, match=r"has no merganser\.yaml") as refused:
        again(repo, "m@v0.0.1")
    assert "Only versions and commits since merganser.yaml came" in refused.value.hint


def test_a_command_that_pulls_results_is_warned_of(repo: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (repo / "merganser.yaml").write_text(CONFIG.replace("python train.py", "python train.py --pull"))
    git(repo, "commit", "--quiet", "--all", "--message", "pull")
    assert again(repo, registered(repo)).agrees
    assert "warning: `python train.py --pull` pulls from DVC's remote" in capfd.readouterr().err


def test_a_tag_on_a_later_commit_of_the_same_inputs_has_their_run(repo: Path) -> None:
    registered(repo)
    (repo / "README.md").write_text("# m\n")
    git(repo, "add", "README.md")
    git(repo, "commit", "--quiet", "--message", "describe")
    git(repo, "tag", "--annotate", "--message", "by hand", "m@v0.2.0")
    found = again(repo, "m@v0.2.0")
    assert (found.agrees, found.commit) == (True, git(repo, "rev-parse", "HEAD"))


def test_a_version_without_a_recorded_run_is_an_error(repo: Path) -> None:
    git(repo, "tag", "--annotate", "--message", "Registering artifact m version v0.1.0", "m@v0.1.0")
    with pytest.raises(DataError, match=r"no run of m@v0\.1\.0 is recorded in this clone's ledger"):
        again(repo, "m@v0.1.0")


def test_a_clone_without_the_ledger_takes_the_run_from_the_release(moments: dict[str, Moment], tmp_path: Path) -> None:
    moment = moments["promote"]
    with on_a_copy(moment, tmp_path) as hub:
        told = runtime(hub, moment.access.bot, {})
        clone = tmp_path / "clone"
        words = ["clone", "-q", "--single-branch", f"{hub.url}/{REPO}.git", str(clone)]
        program.run(words, tmp_path, env=credentials(Secret(moment.access.bot), hub.url))
        found = reproduce(Request(folder=clone, version="tiny@v0.1.0"), msgspec.structs.replace(told, run_id=0))
    assert found.agrees
    assert [f.name for f in found.findings if f.part == "metric"] == ["accuracy"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([], Tolerances()),
        (["0.001"], Tolerances(every=Change(0.001))),
        (["1%", ".5"], Tolerances(every=Change(0.5))),
        (["loss=2%", "a=b=1e-3"], Tolerances(of={"loss": Change(0.02, Unit.relative), "a=b": Change(0.001)})),
        (["seconds=any"], Tolerances(of={"seconds": Change(math.inf)})),
    ],
)
def test_tolerances_as_they_are_written(written: list[str], expected: Tolerances) -> None:
    assert tolerances(written) == expected


@pytest.mark.parametrize("written", ["", "-1", "nan", "1e999", "loss=", "1 %", "x", "0x1"])
def test_what_is_no_tolerance_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match="is no tolerance"):
        tolerances([written])


def dvc(folder: Path, *args: str) -> None:
    program_file = Path(sys.executable).with_name("dvc")
    environ = {**os.environ, "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(folder.parent / "site")}
    subprocess.run([program_file, *args, "--quiet"], cwd=folder, check=True, env=environ)


@pytest.fixture
def tracked(repo: Path) -> str:
    """The repository with its data in DVC, registered, and then with other data."""
    git(repo, "rm", "--quiet", "data/a.csv")
    shutil.rmtree(repo / "data", ignore_errors=True)
    (repo / "data/more").mkdir(parents=True)
    (repo / "data/a.csv").write_text("1\n2\n")
    (repo / "data/more/b.csv").write_text("6\n")
    dvc(repo, "init")
    dvc(repo, "add", "data")
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--message", "track")
    tag = registered(repo)
    (repo / "data/a.csv").write_text("50\n")
    return tag


def test_data_is_restored_by_its_pins_from_a_cache_that_stays_as_it_is(repo: Path, tracked: str) -> None:
    before = below(repo / ".dvc")
    found = again(repo, tracked)
    assert found.agrees
    metrics = {f.name: f.again for f in found.findings if f.part == "metric"}
    assert metrics == {"mean": pytest.approx(3.0)}
    assert [f.name for f in found.findings if f.part == "data"] == ["data"]
    assert below(repo / ".dvc") == before


@pytest.mark.integration
def test_data_comes_from_the_clones_remote_at_a_relative_address(repo: Path, tracked: str, tmp_path: Path) -> None:
    dvc(repo, "remote", "add", "--default", "store", "../store")
    dvc(repo, "push")
    (repo / "data/a.csv").write_text("1\n2\n")
    shutil.rmtree(repo / ".dvc/cache")
    kept = tmp_path / "deep/down/kept"
    assert again(repo, tracked, keep=kept).agrees
    assert not (repo / ".dvc/cache/files").exists()
    assert "store" not in (kept / "checkout/.dvc/config.local").read_text()


@pytest.mark.integration
def test_no_credential_stays_in_a_kept_checkout_whose_data_did_not_come(
    repo: Path, tracked: str, tmp_path: Path
) -> None:
    dvc(repo, "remote", "add", "far", "s3://bucket")
    dvc(repo, "remote", "modify", "--local", "far", "secret_access_key", "canary")
    shutil.rmtree(repo / ".dvc/cache")
    kept = tmp_path / "kept"
    with pytest.raises(DataError):
        again(repo, tracked, keep=kept)
    assert "canary" not in (kept / "checkout/.dvc/config.local").read_text()


@pytest.mark.integration
def test_data_that_is_nowhere_is_an_error_that_names_it(repo: Path, tracked: str) -> None:
    shutil.rmtree(repo / ".dvc/cache")
    before = state(repo)
    with pytest.raises(DataError, match=r"data\.dvc pins is neither in the clone's DVC cache nor in a remote"):
        again(repo, tracked)
    assert state(repo) == before
