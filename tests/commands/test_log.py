"""`merganser log`: runs and versions over time, from a ledger that lies in the clone."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from merganser import git
from merganser.evaluation.verdict import RunRef
from merganser.plan import Conclusion
from merganser.registry.ledger import File, run_record, verdict_record
from tests.commands.person import Merganser
from tests.registry.samples import check, recorded, run, verdict
from tests.registry.tagging import Tagged

# Per run: accuracy, whether it was merged, whether it passed, the version it became.
RUNS = [
    (0.90, True, True, "0.1.0"), (0.80, False, False, ""), (0.92, True, True, ""), (0.91, True, False, ""),
    (0.97, True, True, "0.2.0"),
]  # fmt: skip


def write_ledger(repo: Tagged, files: Iterable[File]) -> None:
    """The files as the ledger's branch; the work tree stays on `main`."""
    repo.git("checkout", "-q", "--orphan", "merganser-ledger")
    for file in files:
        path = repo.path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    repo.git("add", "--all")
    repo.git("commit", "-q", "--message", "runs")
    repo.git("checkout", "-q", "main")


def write_more(repo: Tagged) -> None:
    """One commit more on the ledger's branch."""
    repo.git("checkout", "-q", "merganser-ledger")
    repo.git("commit", "-q", "--allow-empty", "--message", "more")
    repo.git("checkout", "-q", "main")


def files_of(number: int, commit: str, metrics: dict[str, float], merged: bool, passed: bool) -> list[File]:
    at = RunRef(id=number, attempt=1)
    digest = "sha256:" + f"{number:064x}"[::-1]
    how = recorded(time=f"2026-11-{number:02}T10:00:00Z", merged=merged, commit=commit)
    conclusion = Conclusion.success if passed else Conclusion.failure
    return [
        run_record(run(inputs_digest=digest, metrics=metrics, pull_request=number), how, at),
        verdict_record(verdict(check("accuracy"), inputs_digest=digest, conclusion=conclusion), at),
    ]


@pytest.fixture
def repo(tmp_path: Path) -> Tagged:
    (tmp_path / "repo").mkdir()
    repo = Tagged(tmp_path / "repo")
    files: list[File] = []
    for number, (accuracy, merged, passed, version) in enumerate(RUNS, 1):
        [commit] = repo.commits(1)
        files += files_of(number, commit, {"accuracy": accuracy, "a_loss": 1 - accuracy}, merged, passed)
        if version:
            repo.tag(f"digits@v{version}", commit, number)
    write_ledger(repo, files)
    return repo


def rows(out: str) -> list[list[str]]:
    return [re.split(r" {2,}", line.strip()) for line in out.splitlines() if line.startswith("2026-")]


def test_merged_runs_are_told_with_the_metric_that_the_gate_judges(repo: Tagged, merganser: Merganser) -> None:
    said = merganser("log", "digits", cwd=repo.path)
    assert (said.code, said.err) == (0, "")
    first, line, *_ = said.out.splitlines()
    assert (first, line) == ("accuracy of digits, 4 merged runs: 0.9 to 0.97, now 0.97", "▁▃▂█")
    short = [repo.git("rev-parse", f"HEAD~{n}")[:7] for n in range(5)]
    assert rows(said.out) == [
        ["2026-11-05", short[0], "v0.2.0", "passed", "#5", "0.97"],
        ["2026-11-04", short[1], "failed", "#4", "0.91"],
        ["2026-11-03", short[2], "passed", "#3", "0.92"],
        ["2026-11-01", short[4], "v0.1.0", "passed", "#1", "0.9"],
    ]
    assert said.out.endswith("Other metrics, for --metric: a_loss\n")


def test_all_runs_another_metric_and_fewer_rows(repo: Tagged, merganser: Merganser) -> None:
    said = merganser("log", "digits", "--all", "--metric", "a_loss", "--last", "2", cwd=repo.path)
    assert said.out.startswith("a_loss of digits, 5 recorded runs: 0.03 to 0.2, now 0.03\n")
    assert [row[-1] for row in rows(said.out)] == ["0.03", "0.09"]
    assert "3 older not listed; --last 5 lists all" in said.out


def test_the_answer_for_programs(repo: Tagged, merganser: Merganser) -> None:
    said = json.loads(merganser("log", "digits", "--json", cwd=repo.path).out)
    assert (said["model"], said["metric"]) == ("digits", "accuracy")
    told = [(one["metrics"]["accuracy"], one["version"], one["verdict"], one["merged"]) for one in said["runs"]]
    assert told == [
        (0.90, "0.1.0", "success", True), (0.92, "", "success", True), (0.91, "", "failure", True),
        (0.97, "0.2.0", "success", True),
    ]  # fmt: skip


def test_the_picture(repo: Tagged, tmp_path: Path, merganser: Merganser) -> None:
    said = merganser("log", "digits", "--plot", str(tmp_path / "a.svg"), cwd=repo.path)
    assert (said.code, said.err) == (0, f"the picture is in {tmp_path / 'a.svg'}\n")
    assert {"v0.1.0", "v0.2.0"} <= set(re.findall(r">(v[0-9.]+)<", (tmp_path / "a.svg").read_text()))
    refused = merganser("log", "digits", "--plot", str(tmp_path / "no" / "a.svg"), cwd=repo.path)
    assert (refused.code, "can't be written" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["other"], "is in this clone's ledger\n  → `merganser models`"),
        (["digit"], "is in this clone's ledger; did you mean digits?"),
        (["digits", "--metric", "f1"], "There are: a_loss, accuracy."),
    ],
)
def test_what_is_not_there(arguments: list[str], words: str, repo: Tagged, merganser: Merganser) -> None:
    said = merganser("log", *arguments, cwd=repo.path)
    assert (said.code, words in said.err) == (2, True)


@pytest.fixture
def other(tmp_path: Path) -> Tagged:
    repo = Tagged(tmp_path)
    repo.commits(1)
    return repo


def log_of(repo: Tagged, merganser: Merganser, *arguments: str, **said: Any) -> Any:
    commit = repo.git("rev-parse", "HEAD")
    write_ledger(repo, files_of(1, commit, **{"metrics": {}, "merged": True, "passed": True, **said}))
    return merganser("log", "digits", *arguments, cwd=repo.path)


def test_a_model_of_pull_requests_alone(other: Tagged, merganser: Merganser) -> None:
    said = log_of(other, merganser, merged=False)
    assert (said.code, "`merganser log digits --all` shows the 1 of pull requests" in said.err) == (2, True)


def test_runs_without_metrics(other: Tagged, merganser: Merganser) -> None:
    said = log_of(other, merganser)
    assert said.out.startswith("digits: 1 merged run\n")
    refused = merganser("log", "digits", "--plot", "a.svg", cwd=other.path)
    assert (refused.code, "no run of digits has a metric" in refused.err) == (2, True)


def test_names_of_metrics_obey_nobody(other: Tagged, merganser: Merganser) -> None:
    names = ["\n::error::x", "a\x1b[31mred", "‮evil"]
    said = log_of(other, merganser, "--metric", names[0], metrics=dict.fromkeys(names, 1.0))
    assert said.code == 0
    assert not {"\x1b", "‮"} & set(said.out)
    assert not any(line.startswith("::") for line in said.out.splitlines())


def test_a_shallow_clone_fetches_the_ledger_and_says_so(repo: Tagged, tmp_path: Path, merganser: Merganser) -> None:
    git.run(["clone", "-q", "--depth=1", "--no-tags", f"file://{repo.path}", str(tmp_path / "clone")], tmp_path)
    said = merganser("log", "digits", cwd=tmp_path / "clone")
    assert said.err.splitlines() == [
        "this clone is shallow: fetched 2 tags of the registry from origin",
        "this clone is shallow: fetched the ledger from origin",
    ]
    assert said.out == merganser("log", "digits", cwd=repo.path).out
    assert merganser("log", "digits", cwd=tmp_path / "clone").err == ""


@pytest.mark.parametrize("ref", ["refs/remotes/origin/merganser-ledger", "refs/heads/merganser-ledger"])
def test_a_ledger_that_is_whole_is_cut_off_in_no_shallow_clone(
    ref: str, repo: Tagged, tmp_path: Path, merganser: Merganser
) -> None:
    for _ in range(2):
        write_more(repo)
    clone = tmp_path / "clone"
    git.run(["clone", "-q", "--depth=1", f"file://{repo.path}", str(clone)], tmp_path)
    git.run(["fetch", "-q", "origin", f"refs/heads/merganser-ledger:{ref}"], clone)
    write_more(repo)
    for _ in range(2):
        assert merganser("log", "digits", cwd=clone).code == 0
        assert git.run(["rev-list", "--count", ref], clone).decode().strip() == ("4" if "/origin/" in ref else "3")


def test_a_shallow_clone_of_a_repository_without_ledger(other: Tagged, tmp_path: Path, merganser: Merganser) -> None:
    git.run(["clone", "-q", "--depth=1", f"file://{other.path}", str(tmp_path / "clone")], tmp_path)
    said = merganser("log", "digits", cwd=tmp_path / "clone")
    assert (said.code, "shallow" in said.err) == (2, False)
