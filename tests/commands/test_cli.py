"""The command line as a person meets it: answers, exit codes, and errors that say what to do."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from merganser import git
from merganser.documents import dump_json
from merganser.git import Repository
from merganser.run import Environment, Run
from tests.commands.person import Merganser
from tests.commands.shipped import Shipped
from tests.commands.stage import REPO
from tests.forge.killing import counted

PREDICTIONS = "row_id,label,prediction\n" + "".join(f"{n},{'ab'[n % 2]},{'ab'[n % 2]}\n" for n in range(400))


def test_models_and_show(shipped: Shipped, merganser: Merganser) -> None:
    listed = merganser("models", cwd=shipped.model)
    assert listed.code == 0
    assert listed.out.splitlines()[2].split()[:2] == ["tiny", "v0.1.0"]
    [row] = json.loads(merganser("models", "--json", cwd=shipped.model).out)
    head = git.Repository(shipped.model).resolve("origin/main") or ""
    assert (row["model"], row["versions"], row["commit"]) == ("tiny", 1, head[:7])
    shown = json.loads(merganser("show", "tiny@v0.1.0", "--json", cwd=shipped.model).out)
    assert (shown["commit"], shown["verdict"]["conclusion"]) == (head, "success")
    assert shown["run"]["metrics"]["accuracy"] == 0.99
    text = merganser("show", "tiny@v0.1.0", cwd=shipped.model).out
    assert "metric accuracy" in text
    assert "accuracy:non_inferior" in text
    assert "v0.1.0" in merganser("show", "tiny", cwd=shipped.model).out
    assert json.loads(merganser("show", "tiny", "--json", cwd=shipped.model).out)[0]["state"] == "active"


@pytest.mark.parametrize("name", ["other", "tiny@v9.0.0"])
def test_show_of_what_is_not_there(name: str, shipped: Shipped, merganser: Merganser) -> None:
    said = merganser("show", name, cwd=shipped.model)
    assert said.code == 2
    assert "→" in said.err


def test_a_clone_without_versions_says_how_to_make_one(tmp_path: Path, merganser: Merganser) -> None:
    git.run(["init", "-q", "."], tmp_path)
    said = merganser("models", cwd=tmp_path)
    assert (said.code, "merganser register" in said.out) == (0, True)
    assert json.loads(merganser("models", "--json", cwd=tmp_path).out) == []


def test_which_reads_a_clone_or_github(shipped: Shipped, merganser: Merganser) -> None:
    local = merganser("which", "tiny", "staging", "--environments", str(shipped.environments), cwd=shipped.model)
    assert re.search(r"^version +v0\.1\.0$", local.out, re.MULTILINE)
    remote = merganser("which", "tiny", "staging", "--json", cwd=shipped.model, GITHUB_API_URL=shipped.hub.api_url)
    assert json.loads(remote.out)["tag"] == "tiny@v0.1.0"
    empty = merganser("which", "tiny", "production", "--environments", str(shipped.environments), cwd=shipped.model)
    assert empty.out == "production runs no version of tiny.\n"
    unknown = merganser("which", "tiny", "prod", "--environments", str(shipped.environments), cwd=shipped.model)
    assert (unknown.code, "staging, production" in unknown.err) == (2, True)
    for place in ({"cwd": shipped.model}, {"cwd": shipped.environments}):
        slip = merganser("which", "tyny", "staging", "--environments", str(shipped.environments), **place)
        assert (slip.code, "'tyny' is no model that is known here; did you mean tiny?" in slip.err) == (2, True)
    (shipped.model / "below").mkdir()
    below = merganser("which", "tiny", "staging", cwd=shipped.model / "below", GITHUB_API_URL=shipped.hub.api_url)
    assert "tiny@v0.1.0" in below.out


def test_which_needs_an_environments_repo(tmp_path: Path, merganser: Merganser) -> None:
    outside = merganser("which", "tiny", "staging", cwd=tmp_path)
    assert (outside.code, "is in no git clone" in outside.err) == (2, True)
    git.run(["init", "-q", "."], tmp_path)
    inside = merganser("which", "tiny", "staging", cwd=tmp_path)
    assert (inside.code, "names no environments repo" in inside.err) == (2, True)
    (tmp_path / "a").write_text("a")
    git.run(["add", "a"], tmp_path)
    git.run(["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "a"], tmp_path)
    said = merganser("which", "tiny", "staging", "--environments", str(tmp_path), cwd=tmp_path)
    assert (said.code, "environments.yaml" in said.err) == (2, True)


def test_compare_versions_commits_and_styles(shipped: Shipped, merganser: Merganser) -> None:
    found = json.loads(merganser("compare", "HEAD~1", "tiny@v0.1.0", "--format", "json", cwd=shipped.model).out)
    [metric] = found["metrics"]
    assert (metric["baseline"], metric["candidate"]) == (0.9, 0.99)
    table = merganser("compare", "HEAD~1", "tiny@v0.1.0", cwd=shipped.model)
    assert (table.code, "accuracy" in table.out) == (0, True)
    commit = Repository(shipped.model).resolve("HEAD~1")
    assert (found["a"], found["b"]) == (str(commit)[:12], "tiny@v0.1.0")
    bare = merganser("compare", "HEAD~1", "v0.1.0", "--model", "tiny", "--format", "json", cwd=shipped.model)
    assert json.loads(bare.out) == found


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("nothing", 2, "is no file, commit or version here"),
        ("tiny@v7.0.0", 2, "is no version that this clone knows"),
        ("v0.1.0", 2, "(with --model digits also v0.1.0)"),
        ("HEAD~2", 2, "has 0 models"),
    ],
)
def test_compare_with_what_is_not_there(
    name: str, code: int, words: str, shipped: Shipped, merganser: Merganser
) -> None:
    said = merganser("compare", name, "tiny@v0.1.0", cwd=shipped.model)
    assert (said.code, words in said.err) == (code, True), said.err


def test_gate_judges_a_version_against_a_commit(shipped: Shipped, merganser: Merganser) -> None:
    said = merganser("gate", "tiny@v0.1.0", "--baseline", "HEAD~1", "--json", cwd=shipped.model, **shipped.github)
    assert said.out, said.err
    verdict = json.loads(said.out)
    assert (said.code, verdict["conclusion"], verdict["baseline"]["kind"]) == (0, "success", "ledger")
    back = merganser("gate", "HEAD~1", "--baseline", "tiny@v0.1.0", "--json", cwd=shipped.model, **shipped.github)
    assert (back.code, json.loads(back.out)["conclusion"]) == (1, "failure")


def test_gate_on_bare_files_needs_no_repository(tmp_path: Path, merganser: Merganser) -> None:
    (tmp_path / "base.csv").write_text(PREDICTIONS)
    (tmp_path / "cand.csv").write_text(PREDICTIONS.replace("2,a,a", "2,a,b"))
    good = merganser("gate", "base.csv", "--baseline", "base.csv", cwd=tmp_path)
    assert good.code == 0, good.out + good.err
    bad = merganser("gate", "cand.csv", "--baseline", "base.csv", "--json", cwd=tmp_path)
    assert (bad.code, json.loads(bad.out)["model"]) == (1, "model")
    rows = [row.split(",") for row in PREDICTIONS.split()]
    (tmp_path / "labels.csv").write_text("\n".join(f"{key},{label}" for key, label, _ in rows) + "\n")
    (tmp_path / "base.csv").write_text("\n".join(f"{key},{said}" for key, _, said in rows) + "\n")
    sealed = merganser("gate", "base.csv", "--baseline", "base.csv", "--labels", "labels.csv", "--json", cwd=tmp_path)
    assert json.loads(sealed.out)["trust"] == "sealed"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["gate", "base.csv", "--baseline", "base.csv", "--config", "two.yaml"], "which model is judged is not clear"),
        (["gate", "base.csv", "--baseline", "base.csv", "--config", "two.yaml", "--model", "c"], "has no model 'c'"),
        (["promote", "tiny"], "--repo OWNER/NAME"),
        (["report"], "has to be workflow_run"),
        (["demo", "--set", "C"], "is not KEY=VALUE"),
        (["demo", "--keep", "folder"], "is not empty"),
        (["plan"], "model repo"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_cure(args: list[str], words: str, tmp_path: Path, merganser: Merganser) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    (tmp_path / "base.csv").write_text(PREDICTIONS)
    model = "{artifact: {path: m}, gate: {metrics: {accuracy: {min: 0.1}}}}"
    (tmp_path / "two.yaml").write_text(f"version: 1\nmodels: {{a: {model}, b: {model}}}\n")
    said = merganser(*args, cwd=tmp_path)
    assert (said.code, words in said.err, "→" in said.err) == (2, True, True), said.err


@pytest.mark.integration  # it asks again, with pauses
def test_no_network_ends_with_4(tmp_path: Path, merganser: Merganser) -> None:
    said = merganser("promote", "tiny", "--repo", REPO, cwd=tmp_path, GITHUB_API_URL="http://127.0.0.1:9/api/v3")
    assert said.code == 4
    assert "→" in said.err


def test_a_bug_ends_with_70_and_asks_for_a_report(
    tmp_path: Path, merganser: Merganser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("merganser.commands.models.models", broken)
    said = merganser("models", cwd=tmp_path)
    assert (said.code, "ZeroDivisionError" in said.err, "bug of Merganser" in said.err) == (70, True, True)


def test_an_interrupt_ends_with_130(tmp_path: Path, merganser: Merganser, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("merganser.commands.models.models", interrupted)
    said = merganser("models", cwd=tmp_path)
    assert (said.code, said.err) == (130, "\nmerganser: interrupted\n")


@pytest.mark.parametrize(("candidate", "code"), [("base.csv", 0), ("cand.csv", 1)])
def test_a_reader_that_has_gone_changes_no_answer(candidate: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "base.csv").write_text(PREDICTIONS)
    (tmp_path / "cand.csv").write_text(PREDICTIONS.replace("2,a,a", "2,a,b"))
    command = [sys.executable, "-m", "merganser", "gate", candidate, "--baseline", "base.csv"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == code


def test_runs_of_two_models_are_not_judged_against_each_other(tmp_path: Path, merganser: Merganser) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run = Run(
            model=name,
            inputs_digest="sha256:" + "0" * 64,
            tree="0" * 40,
            commit="0" * 40,
            head="0" * 40,
            metrics={"accuracy": 0.9},
            environment=Environment(python="3.11", platform="linux-x86_64"),
            started="2026-11-23T00:00:00Z",
            finished="2026-11-23T00:00:00Z",
        )
        (tmp_path / name / "run.json").write_bytes(dump_json(run))
    model = "{artifact: {path: m}, metrics: [m.json], gate: {metrics: {accuracy: {min: 0.1}}}}"
    (tmp_path / "merganser.yaml").write_text(f"version: 1\nmodels: {{a: {model}, b: {model}}}\n")
    said = merganser("gate", "a", "--baseline", "b", cwd=tmp_path)
    assert (said.code, "is a run of b, not of a" in said.err) == (2, True)
    assert merganser("gate", "a", "--baseline", "a", cwd=tmp_path).code == 0


def test_a_clone_knows_its_repository(shipped: Shipped, merganser: Merganser) -> None:
    github = {name: value for name, value in shipped.github.items() if name != "GITHUB_REPOSITORY"}
    said = merganser("gate", "tiny@v0.1.0", "--baseline", "HEAD~1", cwd=shipped.model, **github)
    assert said.code == 0, said.err
    elsewhere = github | {"GITHUB_SERVER_URL": "https://github.com"}
    refused = merganser("promote", "tiny", cwd=shipped.model, **elsewhere)
    assert (refused.code, "--repo OWNER/NAME" in refused.err) == (2, True)


@pytest.mark.parametrize("command", [["models"], ["show", "tiny"], ["plan"]])
def test_outside_of_a_clone_it_says_so(command: list[str], tmp_path: Path, merganser: Merganser) -> None:
    said = merganser(*command, cwd=tmp_path)
    assert (said.code in (2, 3), "model repo" in said.err) == (True, True), said.err


@pytest.mark.parametrize("command", [["promote", "tiny@"], ["show", "tiny@"]])
def test_an_empty_version_is_refused(command: list[str], shipped: Shipped, merganser: Merganser) -> None:
    said = merganser(*command, cwd=shipped.model, **shipped.github)
    assert (said.code, "names no version" in said.err) == (2, True)


def test_registering_again_needs_no_artifact(shipped: Shipped, merganser: Merganser) -> None:
    with counted() as counter:
        said = merganser("register", "tiny", "--json", cwd=shipped.model, **shipped.github)
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert (found["effects"], found["outputs"]) == ([], {"version": "v0.1.0"})
    assert not any("/artifacts/" in request for request in counter.requests)


def test_a_mistyped_command_is_guessed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "merganser", "promot"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "promote" in done.stderr) == (2, True)
