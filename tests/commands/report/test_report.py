"""What `merganser report` answers to the runs of a repository: good ones, failed ones, and bundles that lie."""

import base64
import html
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec
import pytest

from merganser.commands import carry_out
from merganser.commands.observing import evidence
from merganser.commands.report import command as report
from merganser.errors import ConfigError
from merganser.forge.github import connect
from merganser.git import Repository
from tests.commands.outside import post, records_of
from tests.commands.stage import (
    BETTER,
    CONFIG,
    REPO,
    TRAIN,
    Job,
    Life,
    Moment,
    fetch,
    final_state,
    params,
    prepare_empty,
    runtime,
)
from tests.forge.killing import counted


def check_of(life: Life, sha: str) -> dict[str, Any]:
    found = fetch(life.hub, life.access.person, f"/repos/{REPO}/commits/{sha}/check-runs")["check_runs"]
    assert [run["name"] for run in found] == ["merganser/gate"]
    return dict(found[0])


def comments_of(life: Life, number: int) -> list[str]:
    found = fetch(life.hub, life.access.person, f"/repos/{REPO}/issues/{number}/comments")
    return [comment["body"] for comment in found]


def shown(markdown: str) -> str:
    """What a reader sees of escaped text."""
    return html.unescape(markdown).replace("\u200b", "")


def ledger_of(life: Life) -> set[str]:
    found = fetch(life.hub, life.access.person, f"/repos/{REPO}/git/trees/merganser-ledger?recursive=1")["tree"]
    return {entry["path"] for entry in found if entry["type"] == "blob"}


def test_an_improvement_passes_and_is_recorded(life: Life, moments: dict[str, Moment]) -> None:
    known = ledger_of(life)
    life.do("report", moments["report"].event)
    check = check_of(life, life.head(2))
    assert (check["status"], check["conclusion"]) == ("completed", "success")
    assert check["output"]["title"] == "tiny: passes (accuracy +0.09)"
    [comment] = comments_of(life, 2)
    assert "`0.9`" in comment or "| 0.9 |" in comment
    run_id = moments["report"].event["workflow_run"]["id"]
    added = ledger_of(life) - known
    assert {path.split("/")[0] for path in added} == {"runs", "verdicts"}
    assert all(f"-{run_id}-1" in path for path in added)


def test_a_worse_model_fails_and_says_where(life: Life) -> None:
    number = life.propose("worse", {"params.yaml": params(10, 3)})
    life.do("report", life.train_pull(number, "worse"))
    check = check_of(life, life.head(number))
    assert check["conclusion"] == "failure"
    assert "label=b" in comments_of(life, number)[0]


def test_training_that_failed_is_red_with_its_log(life: Life) -> None:
    number = life.propose("crash", BETTER)
    run = life.start(pull_job(life, number, "crash"))
    event = life.finished(run, "failure")
    life.do("report", event)
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    [comment] = comments_of(life, number)
    assert "Its training failed." in shown(comment)
    assert f"/{REPO}/actions/runs/{run}" in comment


def pull_job(life: Life, number: int, branch: str) -> Job:
    return Job(
        event="pull_request", ref=f"refs/pull/{number}/merge", branch=branch, sha=life.head(number), number=number
    )


def rewritten(**fields: Any) -> Callable[[Path], None]:
    def tamper(bundle: Path) -> None:
        run = json.loads((bundle / "run.json").read_text())
        (bundle / "run.json").write_text(json.dumps(run | fields))

    return tamper


def other_predictions(bundle: Path) -> None:
    file = bundle / "predictions.csv"
    file.write_text(file.read_text().replace(",a,b", ",a,a"))


def no_json(bundle: Path) -> None:
    (bundle / "run.json").write_text('{"model": "tiny", "model": "tiny"}')


LIES = {
    "another model": (rewritten(model="other"), "names another model, tree, inputs, head or pull request"),
    "another tree": (rewritten(tree="1" * 40), "names another model, tree, inputs, head or pull request"),
    "other inputs": (rewritten(inputs_digest="sha256:" + "1" * 64), "names another model, tree, inputs"),
    "another head": (rewritten(head="1" * 40), "names another model, tree, inputs, head or pull request"),
    "another pull request": (rewritten(pull_request=1), "names another model, tree, inputs, head or pull request"),
    "other predictions": (other_predictions, "its digest differs"),
    "no sound JSON": (no_json, "stands twice"),
    "an unknown field": (rewritten(sealed=True), "unknown field"),
    "a file outside": (
        rewritten(files={"predictions": {"path": "../../secret", "sha256": "0" * 64}}),
        "which its run names",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_bundle_that_lies_is_red(lie: str, life: Life) -> None:
    tamper, words = LIES[lie]
    number = life.propose("lie", BETTER)
    life.do("report", life.train_pull(number, "lie", tamper))
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    assert words in comments_of(life, number)[0]
    assert not any("lie" in path for path in ledger_of(life))


def test_a_base_off_the_default_branch_is_red(life: Life) -> None:
    number = life.propose("lie", BETTER)
    life.do("report", life.train_pull(number, "lie", rewritten(base=life.head(2))))
    check = check_of(life, life.head(number))
    assert (check["conclusion"], check["output"]["title"]) == ("failure", "can't be judged")
    assert "is not on main" in check["output"]["summary"]


def test_a_base_older_than_the_pull_request_is_red(life: Life) -> None:
    """A pull request that takes main back to an older state would look untouched against that state."""
    older = Repository(life.folder / "hub" / "repos" / f"{REPO}.git").resolve("main") or ""
    life.push(REPO, {"params.yaml": params(20, 20)}, "main")
    number = life.propose("back", {"params.yaml": params(10, 3)})
    life.do("report", life.train_pull(number, "back", rewritten(base=older)))
    assert "since the pull request left it" in shown(check_of(life, life.head(number))["output"]["summary"])


def test_an_older_gate_cannot_be_chosen_by_an_older_base(life: Life) -> None:
    """The bundle was trained before main tightened its gate; the newest policy judges."""
    number = life.propose("early", BETTER)
    event = life.train_pull(number, "early")
    life.push(REPO, {"merganser.yaml": CONFIG.replace("min: 0.5", "min: 0.999")}, "main")
    life.do("report", event)
    check = check_of(life, life.head(number))
    assert (check["conclusion"], "0.999" in check["output"]["summary"] + check["output"]["text"]) == ("failure", True)


def test_a_failed_training_is_red_even_with_a_bundle(life: Life) -> None:
    number = life.propose("half", BETTER)
    event = life.train_pull(number, "half")
    life.hub.admin.finish_workflow_run(REPO, event["workflow_run"]["id"], "timed_out")
    life.do("report", event)
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    assert "Its training took too long." in shown(comments_of(life, number)[0])


def test_a_bundle_over_the_cap_is_red(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MAX_BUNDLE", 100)
    number = life.propose("large", BETTER)
    life.do("report", life.train_pull(number, "large"))
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    assert "is larger than" in shown(comments_of(life, number)[0])


def test_only_bundles_of_configured_models_are_fetched(life: Life, moments: dict[str, Moment]) -> None:
    run = moments["report"].event["workflow_run"]["id"]
    packed = life.folder / "other.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("run.json", "{}")
    life.hub.admin.upload_artifact(REPO, run, "merganser-other-1", packed)
    with counted() as counter:
        life.do("report", moments["report"].event)
    fetched = [request for request in counter.requests if request.endswith("/zip")]
    assert len(fetched) == 2  # the candidate's and the baseline's
    assert check_of(life, life.head(2))["conclusion"] == "success"


def test_who_trained_is_told_by_github_alone(life: Life) -> None:
    source = {"ci": "github", "run_url": "https://evil.example/phish", "run_id": 9, "attempt": 9, "actor": "root"}
    number = life.propose("lie", BETTER)
    event = life.train_pull(number, "lie", rewritten(source=source))
    life.do("report", event)
    assert "evil.example" not in comments_of(life, number)[0]
    run = event["workflow_run"]["id"]
    [path] = [path for path in ledger_of(life) if path.startswith("runs/") and path.endswith(f"-{run}-1.json")]
    record = read_ledger(life, path)
    assert (record["source"]["actor"], record["source"]["run_id"]) == ("ada", run)


def test_a_newer_run_of_the_same_commit_counts(life: Life, moments: dict[str, Moment]) -> None:
    life.start(pull_job(life, 2, "better"))
    before = final_state(life.hub, moments["report"])
    life.do("report", moments["report"].event)
    assert final_state(life.hub, moments["report"]) == before


METRICS_ONLY = (
    CONFIG.split("    predictions:")[0] + "    gate: {metrics: {accuracy: {min: 0.5}}}\nenvironments: {repo: a/b}\n"
)


def test_a_model_without_predictions_goes_the_whole_way(tmp_path: Path) -> None:
    with prepare_empty(tmp_path) as life:
        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        files = {"merganser.yaml": METRICS_ONLY, "train.py": TRAIN, "params.yaml": params(10, 10)}
        life.do("report", life.train_push(life.merge(REPO, life.propose("set-up", files))))
        number = life.propose("better", BETTER)
        life.do("report", life.train_pull(number, "better"))
        assert check_of(life, life.head(number))["conclusion"] == "success"
        merged = life.merge(REPO, number)
        run = life.start(Job(event="push", ref="refs/heads/main", branch="main", sha=merged, number=None))
        life.do("report", life.finished(run))
        assert check_of(life, merged)["conclusion"] == "success"


def test_a_lost_artifact_cannot_be_reused(life: Life, moments: dict[str, Moment]) -> None:
    life.do("report", moments["report"].event)
    merged = life.merge(REPO, 2)
    with connect(runtime(life.hub, life.access.person, {}, "")) as forge:
        [bundle] = [
            a for a in forge.artifacts(REPO, moments["report"].event["workflow_run"]["id"]) if "files" not in a.name
        ]
    delete(life, f"/repos/{REPO}/actions/artifacts/{bundle.id}")
    run = life.start(Job(event="push", ref="refs/heads/main", branch="main", sha=merged, number=None))
    life.do("report", life.finished(run))
    check = check_of(life, merged)
    assert (check["conclusion"], "is gone" in check["output"]["summary"]) == ("failure", True)


def delete(life: Life, path: str) -> None:
    headers = {"Authorization": f"Bearer {life.access.person}"}
    urlopen(Request(f"{life.hub.api_url}{path}", headers=headers, method="DELETE"), timeout=30).close()


def test_a_push_of_several_commits_records_what_they_touched(life: Life, moments: dict[str, Moment]) -> None:
    life.push(REPO, {"params.yaml": params(100, 100)}, "main")
    life.push(REPO, {"README.md": "# more\n"}, "main")
    sha = Repository(life.folder / "hub" / "repos" / f"{REPO}.git").resolve("main") or ""
    known = ledger_of(life)
    life.do("report", life.train_push(sha))
    assert check_of(life, sha)["conclusion"] == "success"
    assert [path for path in ledger_of(life) - known if path.startswith("runs/tiny/")]


def test_a_push_that_repairs_a_broken_configuration_is_judged_by_its_own(life: Life) -> None:
    life.push(REPO, {"merganser.yaml": CONFIG.replace("min_support", "min_suport")}, "main")
    life.push(REPO, {"merganser.yaml": CONFIG, "params.yaml": params(50, 50)}, "main")
    sha = Repository(life.folder / "hub" / "repos" / f"{REPO}.git").resolve("main") or ""
    life.do("report", life.train_push(sha))
    assert check_of(life, sha)["conclusion"] == "success"


def test_a_loosened_gate_does_not_judge_itself_and_is_shown(life: Life) -> None:
    loosened = CONFIG.replace("margin: 0.02", "margin: 0.5").replace("margin: 0.05", "margin: 0.9")
    number = life.propose("loose", {"merganser.yaml": loosened, "params.yaml": params(10, 3)})
    life.do("report", life.train_pull(number, "loose"))
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    [comment] = comments_of(life, number)
    assert "non_inferior.margin: 0.02 → 0.5" in shown(comment).splitlines()[2]


def test_a_red_pull_request_says_how_it_is_overridden_where_comments_are_answered(life: Life) -> None:
    life.push(REPO, {".github/workflows/merganser-commands.yml": "on: issue_comment\n"}, "main")
    number = life.propose("bad", {"params.yaml": params(10, 3)})
    life.do("report", life.train_pull(number, "bad"))
    [told] = comments_of(life, number)
    assert '\n/override accuracy:non_inferior --reason "…"\n' in told
    assert "the role maintain, not the author" in told


def test_a_gate_that_alone_is_loosened_is_shown_until_that_is_taken_back(life: Life) -> None:
    def reported() -> tuple[dict[str, Any], list[str]]:
        run = life.start(pull_job(life, number, "rules"))
        life.do("report", life.finished(run))
        return check_of(life, life.head(number)), comments_of(life, number)

    number = life.propose("rules", {"merganser.yaml": CONFIG.replace("margin: 0.02", "margin: 0.5")})
    check, [told] = reported()
    altered = "gate.metrics.accuracy.non_inferior.margin: 0.02 → 0.5"
    assert check["conclusion"] == "success"
    assert check["output"]["title"] == f"alters the gate of tiny ({altered}) · no model touched"
    assert altered in shown(check["output"]["summary"])
    assert altered in shown(told).splitlines()[2]
    life.push(REPO, {"merganser.yaml": CONFIG}, "rules")
    check, [told] = reported()
    assert check["output"]["title"] == "no model touched"
    assert "no model touched" in told
    assert "alters the gate" not in shown(told)


def test_a_model_that_leaves_the_gate_under_another_name_is_named(life: Life) -> None:
    renamed = CONFIG.replace("  tiny:", "  other:")
    number = life.propose("away", {"merganser.yaml": renamed, "params.yaml": params(10, 3)})
    life.models = ("other",)
    life.do("report", life.train_pull(number, "away"))
    check, [told] = check_of(life, life.head(number)), comments_of(life, number)
    assert check["conclusion"] == "success"
    assert check["output"]["title"].startswith("tiny (renamed to other?) leaves the gate · other: passes (")
    assert "tiny leaves the gate" in shown(check["output"]["summary"])
    assert "tiny leaves the gate" in shown(told).splitlines()[2]


def test_a_model_that_leaves_the_gate_is_named_where_none_is_touched(life: Life) -> None:
    head, _, rest = CONFIG.partition("  tiny:\n")
    model, _, tail = rest.partition("environments:")
    two = f"{head}  tiny:\n{model}  second:\n{model}environments:{tail}"
    life.push(REPO, {"merganser.yaml": two}, "main")
    number = life.propose("fewer", {"merganser.yaml": CONFIG})
    run = life.start(pull_job(life, number, "fewer"))
    life.do("report", life.finished(run))
    check, [told] = check_of(life, life.head(number)), comments_of(life, number)
    assert (check["conclusion"], check["output"]["title"]) == ("success", "second leaves the gate · no model touched")
    assert "second leaves the gate" in shown(told).splitlines()[2]


def test_rules_that_came_after_the_pull_request_judge_it_but_are_no_change_of_its_own(life: Life) -> None:
    number = life.propose("behind", {"params.yaml": params(10, 3)})
    event = life.train_pull(number, "behind")
    life.push(REPO, {"merganser.yaml": CONFIG.replace("margin: 0.02", "margin: 0.9")}, "main")
    life.do("report", event)
    [comment] = comments_of(life, number)
    assert "0.9" in shown(comment)
    assert "alters the gate" not in shown(comment)


def test_a_deleted_gate_is_judged_by_the_base(life: Life) -> None:
    number = life.propose("gone", {"merganser.yaml": None, "params.yaml": params(10, 3)})
    run = life.start(pull_job(life, number, "gone"))
    life.do("report", life.finished(run, "failure"))
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    assert "tiny" in comments_of(life, number)[0]


def test_a_broken_configuration_is_red_with_its_line(life: Life) -> None:
    number = life.propose("typo", {"merganser.yaml": CONFIG.replace("min_support", "min_suport")})
    run = life.start(pull_job(life, number, "typo"))
    life.do("report", life.finished(run, "failure"))
    check = check_of(life, life.head(number))
    assert check["conclusion"] == "failure"
    assert "min_support" in shown(check["output"]["summary"])


def test_a_conflict_is_red(life: Life) -> None:
    number = life.propose("clash", {"params.yaml": params(50, 50)})
    life.push(REPO, {"params.yaml": params(70, 70)}, "main")
    run = life.start(pull_job(life, number, "clash"))
    life.do("report", life.finished(run))
    assert "conflicts with the default branch" in check_of(life, life.head(number))["output"]["summary"]


def test_a_change_that_touches_no_model_is_green_at_once(life: Life) -> None:
    number = life.propose("docs", {"README.md": "# better words\n"})
    run = life.start(pull_job(life, number, "docs"))
    life.do("report", life.finished(run))
    check = check_of(life, life.head(number))
    assert (check["conclusion"], check["output"]["title"]) == ("success", "no model touched")
    assert comments_of(life, number) == []


def test_a_change_that_is_taken_back_leaves_no_old_answer_behind(life: Life) -> None:
    number = life.propose("worse", {"params.yaml": params(10, 3)})
    life.do("report", life.train_pull(number, "worse"))
    [red] = comments_of(life, number)
    life.push(REPO, {"params.yaml": params(10, 10), "README.md": "# words\n"}, "worse")
    life.do("report", life.finished(life.start(pull_job(life, number, "worse"))))
    assert check_of(life, life.head(number))["output"]["title"] == "no model touched"
    [now] = comments_of(life, number)
    assert ("label=b" in red, "label=b" in now, "no model touched" in now) == (True, False, True)


def test_a_pull_request_beside_a_deleted_configuration_is_red(life: Life) -> None:
    """It restores nothing: whoever merged the deletion has to."""
    life.push(REPO, {"merganser.yaml": None}, "main")
    number = life.propose("docs", {"README.md": "# words\n"})
    life.do("report", life.finished(life.start(pull_job(life, number, "docs"))))
    assert "no merganser.yaml" in check_of(life, life.head(number))["output"]["summary"]


def test_a_draft_is_judged_like_any_other(life: Life) -> None:
    life.push(REPO, BETTER, "draft")
    asked = {"title": "Not yet", "head": "draft", "base": "main", "draft": True}
    number = int(post(life, life.access.person, f"/repos/{REPO}/pulls", asked)["number"])
    life.do("report", life.train_pull(number, "draft"))
    assert check_of(life, life.head(number))["conclusion"] == "success"
    assert len(comments_of(life, number)) == 1


def test_dependabot_is_judged_like_anyone(life: Life) -> None:
    """Its run has no secrets and needs none; the report's job is nobody's but the default branch's."""
    life.hub.admin.create_user("dependabot[bot]", kind="Bot")
    branch = "dependabot/pip/scikit-learn-1.9"
    number = life.propose(branch, BETTER)
    job = msgspec.structs.replace(pull_job(life, number, branch), actor="dependabot[bot]")
    event = life.train(job)
    life.do("report", event)
    assert check_of(life, life.head(number))["conclusion"] == "success"
    [record] = records_of(life, event["workflow_run"]["id"])
    assert record["recorded"]["by"] == "dependabot[bot]"


def test_a_rerun_of_failed_jobs_alone_keeps_what_was_reused(life: Life, moments: dict[str, Moment]) -> None:
    """Its plan isn't made anew, so what the first attempt reused isn't trained by the second either."""
    life.do("report", moments["report"].event)
    run = life.start(pull_job(life, 2, "better"))
    life.finished(run, "failure")
    life.hub.admin.rerun_workflow_run(REPO, run)
    life.do("report", life.finished(run))
    assert check_of(life, life.head(2))["conclusion"] == "success"


def test_a_running_training_is_shown_as_such(life: Life) -> None:
    number = life.propose("slow", BETTER)
    run = life.start(pull_job(life, number, "slow"))
    life.do("report", life.event(run, "requested"))
    check = check_of(life, life.head(number))
    assert (check["status"], check["conclusion"]) == ("in_progress", None)


def test_the_first_pull_request_is_set_up_and_green(tmp_path: Path) -> None:
    with prepare_empty(tmp_path) as life:
        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        set_up = {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(10, 10)}
        number = life.propose("set-up", set_up)
        life.do("report", life.train_pull(number, "set-up"))
        check = check_of(life, life.head(number))
        assert (check["conclusion"], check["output"]["title"]) == ("success", "set-up: gating starts after the merge")
        assert comments_of(life, number) == []


def test_a_ledger_without_a_configuration_on_base_is_red(life: Life) -> None:
    life.push(REPO, {"merganser.yaml": None}, "main")
    number = life.propose("again", {"merganser.yaml": CONFIG})
    run = life.start(pull_job(life, number, "again"))
    life.do("report", life.finished(run))
    assert "no merganser.yaml" in check_of(life, life.head(number))["output"]["summary"]


def test_a_merge_reuses_the_pull_requests_run(life: Life, moments: dict[str, Moment]) -> None:
    life.do("report", moments["report"].event)
    merged = life.merge(REPO, 2)
    known = ledger_of(life)
    run = life.start(Job(event="push", ref="refs/heads/main", branch="main", sha=merged, number=None))
    life.do("report", life.finished(run))
    assert check_of(life, merged)["conclusion"] == "success"
    [path] = [path for path in ledger_of(life) - known if path.startswith("runs/")]
    record = read_ledger(life, path)
    assert (record["recorded"]["merged"], record["recorded"]["commit"]) == (True, merged)
    assert record["source"]["run_id"] == moments["report"].event["workflow_run"]["id"]


def read_ledger(life: Life, path: str) -> Any:
    found = fetch(life.hub, life.access.person, f"/repos/{REPO}/contents/{path}?ref=merganser-ledger")
    return json.loads(base64.b64decode(found["content"]))


def test_another_pull_requests_run_is_not_reused(life: Life, moments: dict[str, Moment]) -> None:
    life.do("report", moments["report"].event)
    number = life.propose("copycat", BETTER)
    run = life.start(pull_job(life, number, "copycat"))
    life.do("report", life.finished(run))
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    assert "Its training left no bundle." in shown(comments_of(life, number)[0])


IGNORED = {
    "a second workflow of the same name": {"workflow_path": ".github/workflows/merganser-train.yaml"},
    "another workflow": {"workflow_path": ".github/workflows/other.yml"},
    "a push to another branch": {"event": "push", "head_branch": "better"},
    "a schedule": {"event": "schedule"},
}


@pytest.mark.parametrize("case", IGNORED)
def test_what_is_no_business_of_ours_writes_nothing(case: str, life: Life, moments: dict[str, Moment]) -> None:
    start = {"event": "pull_request", "head_branch": "better", "head_sha": life.head(2), "actor": "ada"}
    run = life.hub.admin.start_workflow_run(REPO, **(start | IGNORED[case]))
    ended = life.finished(int(run["id"]))
    before = final_state(life.hub, moments["report"])
    life.do("report", ended)
    assert final_state(life.hub, moments["report"]) == before


def test_a_push_in_between_leaves_the_older_run_unanswered(life: Life, moments: dict[str, Moment]) -> None:
    life.push(REPO, {"params.yaml": params(200, 200)}, "better")
    before = final_state(life.hub, moments["report"])
    life.do("report", moments["report"].event)
    assert final_state(life.hub, moments["report"]) == before


def test_a_dry_run_writes_nothing_and_says_what_it_would(
    life: Life, moments: dict[str, Moment], capsys: pytest.CaptureFixture[str]
) -> None:
    before = final_state(life.hub, moments["report"])
    told = runtime(life.hub, life.access.bot, moments["report"].event)
    carry_out.carry_out(report.observe_and_decide, told, dry_run=True, as_json=False)
    assert final_state(life.hub, moments["report"]) == before
    said = capsys.readouterr().out
    assert "append to merganser-ledger" in said
    assert "check merganser/gate" in said


SEALED = CONFIG.replace(", label: label, slices: [label]}", "}\n    labels: {key: row, label: label, slices: [label]}")


def test_sealed_labels_are_joined_where_the_token_is(tmp_path: Path) -> None:
    """The pull request's own label column counts for nothing; without the file the check is red."""
    labels = tmp_path / "labels.csv"
    labels.write_text("row,label\n" + "".join(f"r{n},{'ab'[n % 2]}\n" for n in range(600)))
    with prepare_empty(tmp_path) as life:

        def answer(event: dict[str, Any], files: dict[str, Path]) -> None:
            seen = runtime(life.hub, life.access.bot, event)
            carry_out.carry_out(
                lambda place: report.observe_and_decide(place, files), seen, dry_run=False, as_json=True
            )

        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        files = {"merganser.yaml": SEALED, "train.py": TRAIN, "params.yaml": params(10, 10)}
        answer(life.train_push(life.merge(REPO, life.propose("set-up", files))), {"tiny": labels})
        number = life.propose("better", BETTER)
        event = life.train_pull(number, "better")
        answer(event, {})
        assert check_of(life, life.head(number))["conclusion"] == "failure"
        assert "the labels are sealed, and none are given here" in shown(comments_of(life, number)[0])
        answer(event, {"tiny": labels})
        assert check_of(life, life.head(number))["conclusion"] == "success"
        assert "submission 2 against these labels" in shown(comments_of(life, number)[0])


def test_files_of_labels_are_named_by_model(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("row,label\n")
    assert report.label_files([f"tiny={file}"]) == {"tiny": file}
    for wrong in ([str(file)], [f"={file}"], [f"tiny={file}x"], [f"tiny={file}", f"tiny={file}"]):
        with pytest.raises(ConfigError, match="names no file of a model's labels"):
            report.label_files(wrong)
