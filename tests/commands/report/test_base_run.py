"""Where no baseline is recorded, the base commit is trained beside the change: what of that the report believes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merganser.commands import carry_out
from merganser.commands.observing import evidence
from merganser.commands.report import base_run
from merganser.commands.report import command as report
from merganser.commands.train import command as train
from merganser.commands.train import where
from merganser.run import Environment, Run
from tests.commands.observing.test_kept import lose_artifacts
from tests.commands.report.test_report import (
    LIES,
    check_of,
    comments_of,
    ledger_of,
    pull_job,
    read_ledger,
    rewritten,
    shown,
)
from tests.commands.stage import BETTER, CONFIG, REPO, TRAIN, Job, Life, Tamper, fetch, params, prepare_empty, runtime

FILES = {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(10, 10)}
WORSE = {"params.yaml": params(10, 3)}
OWN_JOB = "trained in this change's own job and so self-reported"


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    """A model is configured on the default branch, and no run of it is recorded."""
    with prepare_empty(tmp_path) as life:
        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        life.push(REPO, FILES, "main")
        yield life


def train_both(life: Life, job: Job, tamper: Tamper | None = None) -> dict[str, Any]:
    """The untrusted job that trains the change, and base beside it, whose bundle is tampered with."""
    event = life.train(job)
    run = event["workflow_run"]["id"]
    request = train.request(life.folder / f"work-{run}", "tiny", life.folder / f"base-{run}", life.told(job, run))
    bundle = where.train(request, where.Where(base="HEAD^1"))
    if tamper:
        tamper(bundle)
    life.upload(run, bundle, "merganser-tiny-1-base")
    return event


def proposed(life: Life, files: dict[str, str | None], tamper: Tamper | None = None) -> int:
    """A pull request that was trained together with its base, and reported."""
    number = life.propose("change", files)
    life.do("report", train_both(life, pull_job(life, number, "change"), tamper))
    return number


def files_of_ledger(life: Life) -> set[str]:
    """Empty where nothing was ever recorded."""
    branches = fetch(life.hub, life.access.person, f"/repos/{REPO}/branches")
    return ledger_of(life) if "merganser-ledger" in {branch["name"] for branch in branches} else set()


def verdicts(life: Life) -> list[Any]:
    return [read_ledger(life, path) for path in sorted(ledger_of(life)) if path.startswith("verdicts/")]


def test_a_worse_model_is_caught_without_any_record(life: Life) -> None:
    number = proposed(life, WORSE)
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    [comment] = comments_of(life, number)
    assert OWN_JOB in shown(comment).replace("*", "")
    [verdict] = verdicts(life)
    base = fetch(life.hub, life.access.person, f"/repos/{REPO}/branches/main")["commit"]["sha"]
    assert (verdict["trust"], verdict["baseline"]["kind"], verdict["baseline"]["commit"]) == (
        "self-reported",
        "trained",
        base,
    )
    # By hand: a 10th of each label's 300 rows is wrong at base, here a third of label b's.
    [accuracy] = [check for check in verdict["checks"] if check["id"] == "accuracy:non_inferior"]
    assert (accuracy["baseline"], accuracy["candidate"]) == (pytest.approx(540 / 600), pytest.approx(470 / 600))


def test_it_is_recorded_nowhere(life: Life) -> None:
    number = proposed(life, BETTER)
    assert check_of(life, life.head(number))["conclusion"] == "success"
    [path] = [path for path in ledger_of(life) if path.startswith("runs/")]
    record = read_ledger(life, path)
    assert (record["recorded"]["merged"], record["params"]) == (False, {"a": 100, "b": 100})


def test_a_push_is_compared_alike_and_recorded_itself(life: Life) -> None:
    sha = life.merge(REPO, life.propose("change", BETTER))
    life.do("report", train_both(life, Job(event="push", ref="refs/heads/main", branch="main", sha=sha, number=None)))
    check = check_of(life, sha)
    assert (check["conclusion"], check["output"]["title"]) == ("success", "tiny: passes (accuracy +0.09)")
    [verdict] = verdicts(life)
    assert verdict["baseline"]["kind"] == "trained"
    [path] = [path for path in ledger_of(life) if path.startswith("runs/")]
    assert read_ledger(life, path)["params"] == {"a": 100, "b": 100}


def test_a_recorded_baseline_comes_first(life: Life) -> None:
    """And what was trained in its stead is not even fetched, so what it claims is no matter."""
    sha = life.merge(REPO, life.propose("first", {"params.yaml": params(20, 20)}))
    life.do("report", life.train_push(sha))
    number = proposed(life, BETTER, rewritten(tree="1" * 40))
    assert check_of(life, life.head(number))["conclusion"] == "success"
    assert "Compared with the recorded run" in shown(comments_of(life, number)[0])


def test_lost_predictions_are_made_again(life: Life) -> None:
    sha = life.merge(REPO, life.propose("first", {"params.yaml": params(20, 20)}))
    event = life.train_push(sha)
    life.do("report", event)
    lose_artifacts(life, event["workflow_run"]["id"])
    number = life.propose("alone", BETTER)
    life.do("report", life.train_pull(number, "alone"))
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    assert "left no run of the base commit either" in shown(comments_of(life, number)[0])
    number = proposed(life, {"params.yaml": params(150, 150)})  # else both might have one head, and the worst verdict
    assert check_of(life, life.head(number))["conclusion"] == "success"
    assert OWN_JOB in shown(comments_of(life, number)[0]).replace("*", "")


def test_without_a_run_of_base_a_first_run_passes(life: Life) -> None:
    number = life.propose("alone", BETTER)
    life.do("report", life.train_pull(number, "alone"))
    assert check_of(life, life.head(number))["conclusion"] == "success"
    said = shown(comments_of(life, number)[0])
    assert "No baseline to compare with" in said
    assert "the model has no merged run yet; the training left no run of the base commit either" in said


def test_where_the_policy_skips_it_is_not_looked_at(life: Life) -> None:
    skipping = CONFIG.replace("    gate:\n", "    gate:\n      on_missing_baseline: skip\n")
    life.push(REPO, {"merganser.yaml": skipping}, "main")
    number = proposed(life, {**WORSE, "merganser.yaml": CONFIG})
    assert check_of(life, life.head(number))["conclusion"] == "success"
    assert "No baseline to compare with" in comments_of(life, number)[0]


def test_a_model_that_base_does_not_have_is_new(life: Life) -> None:
    """There is nothing to train at base; a bundle that says otherwise is passed over."""
    number = life.propose("new", {"merganser.yaml": CONFIG.replace("  tiny:", "  small:")})
    run = life.start(pull_job(life, number, "new"))
    work = life.folder / f"work-{run}"
    work.mkdir()
    (work / "run.json").write_text("{}")
    life.upload(run, work, "merganser-small-1-base")
    life.do("report", life.finished(run))
    said = shown(comments_of(life, number)[0])
    assert "left no bundle" in said
    assert "base commit" not in said


def test_a_run_of_another_tree_is_red(life: Life) -> None:
    number = proposed(life, BETTER, rewritten(tree="1" * 40))
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    said = shown(comments_of(life, number)[0])
    assert "run of the base commit names another model, tree, inputs, head or pull request" in said
    assert not any(path.startswith("verdicts/") for path in files_of_ledger(life))


@pytest.mark.parametrize(
    "claim",
    [
        {"model": "other"},
        {"tree": "1" * 40},
        {"inputs_digest": "sha256:" + "1" * 64},
        {"head": "1" * 40},
        {"pull_request": 8},
        {"pull_request": None},
    ],
)
def test_each_claim_of_a_run_counts(claim: dict[str, Any]) -> None:
    wanted = base_run.Wanted(
        model="tiny", tree="2" * 40, inputs_digest="sha256:" + "3" * 64, head="4" * 40, pull_request=7
    )
    environment = Environment(python="3.12", platform="linux-x86_64")
    own = msgspec.structs.asdict(wanted)
    run = Run(commit="5" * 40, environment=environment, started="", finished="", **own)
    assert wanted.is_met_by(run)
    assert not wanted.is_met_by(msgspec.structs.replace(run, **claim))


@pytest.mark.parametrize("lie", ["other predictions", "a file outside"])
def test_a_bundle_that_cannot_be_read_is_no_baseline_and_said(lie: str, life: Life) -> None:
    number = proposed(life, BETTER, LIES[lie][0])
    said = shown(comments_of(life, number)[0])
    assert "the run of the base commit that the training left can't be used" in said
    assert LIES[lie][1] in said
    assert [verdict["baseline"] for verdict in verdicts(life)] == [{}]


def test_the_candidates_own_bundle_is_no_base(life: Life) -> None:
    """A worse model that hands itself in twice would be equal to its baseline."""
    number = life.propose("twice", WORSE)
    event = life.train_pull(number, "twice")
    run = event["workflow_run"]["id"]
    life.upload(run, life.folder / f"bundle-{run}-tiny", "merganser-tiny-1-base")
    life.do("report", event)
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    assert "run of the base commit names another model, tree" in shown(comments_of(life, number)[0])


def test_forged_metrics_count_for_nothing_beside_predictions(life: Life) -> None:
    number = proposed(life, WORSE, rewritten(metrics={"accuracy": 0.01}))
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    [verdict] = verdicts(life)
    [accuracy] = [check for check in verdict["checks"] if check["id"] == "accuracy:non_inferior"]
    assert accuracy["baseline"] == pytest.approx(0.9)


def test_a_metric_that_is_no_number_is_refused(life: Life) -> None:
    def forge(bundle: Path) -> None:
        text = (bundle / "run.json").read_text()
        (bundle / "run.json").write_text(text.replace('"accuracy": 0.9', '"accuracy": 1e999'))
        assert "1e999" in (bundle / "run.json").read_text()

    number = proposed(life, BETTER, forge)
    assert "left can't be used" in shown(comments_of(life, number)[0])


def test_a_base_bundle_over_the_cap_is_no_baseline(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    number = life.propose("large", BETTER)
    event = train_both(life, pull_job(life, number, "large"))
    monkeypatch.setattr(evidence, "room", lambda place: 100)
    life.do("report", event)
    assert "is larger than" in shown(comments_of(life, number)[0])
    assert [verdict["baseline"] for verdict in verdicts(life)] == [{}]


def test_sealed_labels_are_joined_to_both_and_stay_rounded(life: Life, tmp_path: Path) -> None:
    """The numbers of labels that no training saw are rounded, whoever made the baseline."""
    sealed = CONFIG.replace(", label: label, slices: [label]}", "}").replace(
        "    gate:\n", "    labels: {key: row, label: label, slices: [label]}\n    gate:\n"
    )
    life.push(REPO, {"merganser.yaml": sealed}, "main")
    labels = tmp_path / "labels.csv"
    labels.write_text("row,label\n" + "".join(f"r{n},{'ab'[n % 2]}\n" for n in range(600)))
    number = life.propose("worse", {"params.yaml": params(7, 3)})
    event = train_both(life, pull_job(life, number, "worse"))
    carry_out.carry_out(
        lambda place: report.observe_and_decide(place, {"tiny": labels}),
        runtime(life.hub, life.access.bot, event),
        dry_run=False,
        as_json=True,
    )
    [verdict] = verdicts(life)
    assert (verdict["trust"], verdict["conclusion"]) == ("self-reported", "failure")
    assert verdict["labels_digest"]
    [check] = [check for check in verdict["checks"] if check["id"] == "accuracy:non_inferior"]
    exact = 1 - (43 + 100) / 600  # of 300 rows each, every 7th and every 3rd is wrong
    assert check["candidate"] != exact
    assert check["candidate"] == pytest.approx(exact, abs=0.01)
    assert check["baseline"] == pytest.approx(0.9, abs=0.01)


def test_the_bundle_is_base_s_own_whatever_lies_in_the_clone(life: Life) -> None:
    number = life.propose("change", {"train.py": TRAIN.replace("600", "60"), **BETTER})
    job = pull_job(life, number, "change")
    event = train_both(life, job)
    run = event["workflow_run"]["id"]
    record = json.loads((life.folder / f"base-{run}" / "run.json").read_text())
    assert (record["params"], record["head"]) == ({"a": 10, "b": 10}, job.sha)
    assert len((life.folder / f"base-{run}" / "predictions.csv").read_text().splitlines()) == 601
    assert not list((life.folder / f"work-{run}" / ".git" / "worktrees").glob("*"))
