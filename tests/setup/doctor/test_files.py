"""What the doctor makes of a clone's files, case by case."""

from typing import Any

import msgspec
import pytest
import yaml

from merganser.config.file import load_config
from merganser.inputs import Entry
from merganser.setup.doctor import configuration, permitted, pins, workflow_files
from merganser.setup.doctor.facts import Local, Unseen, Wrong
from merganser.setup.doctor.finding import Finding, State, exit_code
from merganser.setup.doctor.workflow_text import parsed
from merganser.setup.init.workflows import Suite, filled, templates

CONFIG = """\
version: 1
models:
  tiny:
    task: multiclass
    train: {run: python train.py}
    artifact: {path: model.joblib}
    metrics: [metrics.json]
    predictions: {file: predictions.csv, key: row_id, prediction: prediction, label: label, slices: [label]}
    gate: {metrics: {accuracy: {min: 0.5}}}
"""
COLUMNS = ("row_id", "label", "prediction")
WRITTEN = frozenset({"model.joblib", "metrics.json", "predictions.csv"})
GOOD_WORKFLOWS = {name: filled(text, Suite("acme/merganser", "v1"), "main", "") for name, text in templates().items()}


def local(config: str = CONFIG, **other: Any) -> Local:
    facts = Local(
        config=load_config(config.encode(), "merganser.yaml"),
        entries=(Entry("100644", "blob", "", "train.py"), Entry("100644", "blob", "", "merganser.yaml")),
        there=frozenset({"train.py", "merganser.yaml"}) | WRITTEN,
        columns={"predictions.csv": COLUMNS},
        workflows=GOOD_WORKFLOWS,
        templates=templates(),
    )
    return msgspec.structs.replace(facts, **other)


def told(findings: list[Finding]) -> list[tuple[State, str]]:
    return [(finding.state, f"{finding.where} {finding.what}") for finding in findings]


def test_what_is_right_is_one_line_each() -> None:
    assert [finding.state for finding in configuration.findings(local())] == [State.ok]
    assert [finding.state for finding in workflow_files.findings(local())] == [State.ok]


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        (local(config=CONFIG, committed=False), State.warning, "isn't committed"),
        (msgspec.structs.replace(local(), config=None), State.error, "is missing"),
        (msgspec.structs.replace(local(), config=Wrong("merganser.yaml:3: no", "Mend it.")), State.error, ":3: no"),
        (local(CONFIG.replace("task:", "inputs: [src/**]\n    task:")), State.error, "src/** matches no file"),
        (local(CONFIG.replace("task:", "path: gone\n    task:")), State.error, "nothing lies below gone"),
        (local(there=frozenset({"train.py"})), State.warning, "model.joblib isn't there"),
        (local(there=frozenset({"train.py"})), State.warning, "metrics.json isn't there"),
        (local(columns={}), State.unseen, "nobody knows its columns"),
        (local(columns={"predictions.csv": ("row_id", "label")}), State.error, "has no column prediction"),
        (local(columns={"predictions.csv": Wrong("torn", "Mend it.")}), State.error, "torn"),
        (local(declared={"tiny": Wrong("two say so", "Mend it.")}), State.error, "artifact two say so"),
        (local(CONFIG.replace("task:", "params: p.toml\n    task:")), State.error, "p.toml isn't there"),
        (
            local(entries=(Entry("100644", "blob", "", "train.py"), Entry("100644", "blob", "", "metrics.json"))),
            State.warning,
            "metrics.json is written by the training and counts as an input",
        ),
        (
            local(CONFIG.replace("    gate: {metrics: {accuracy: {min: 0.5}}}\n", "")),
            State.error,
            "nothing is judged",
        ),
        (
            local(CONFIG.replace("metrics: {accuracy: {min: 0.5}}", "budgets: {artifact_mb: {rise: 100%}}")),
            State.warning,
            "nothing of the model's quality is judged yet",
        ),
        (
            local(CONFIG.replace("label: label, slices: [label]", "").replace("prediction, }", "prediction}")
                  + "    labels: {key: row_id, label: label, uri: 'dvc://data/holdout.csv'}\n"),
            State.error,
            "data/holdout.csv.dvc isn't there",
        ),
    ],
)  # fmt: skip
def test_a_configuration_is_held_against_the_files(facts: Local, state: State, words: str) -> None:
    found = told(list(configuration.findings(facts)))
    assert [said for said in found if said[0] is state and words in said[1]], found


def test_what_is_said_to_be_written_need_not_be_there() -> None:
    facts = local(there=frozenset({"train.py"}), made=WRITTEN)
    assert [finding.state for finding in configuration.findings(facts)] == [State.ok]


TRAIN, REPORT = GOOD_WORKFLOWS["merganser-train.yml"], GOOD_WORKFLOWS["merganser-report.yml"]


def changed(name: str, old: str, new: str) -> Local:
    text = GOOD_WORKFLOWS[name]
    assert old in text
    return local(workflows={**GOOD_WORKFLOWS, name: text.replace(old, new)})


def without(name: str) -> Local:
    return local(workflows={other: text for other, text in GOOD_WORKFLOWS.items() if other != name})


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        (without("merganser-train.yml"), State.error, "merganser-train.yml is missing"),
        (without("merganser-report.yml"), State.error, "merganser-report.yml is missing"),
        (local(workflows={**GOOD_WORKFLOWS, "merganser-train.yml": "a: [b"}), State.error, "is no YAML"),
        (local(workflows={**GOOD_WORKFLOWS, "merganser-train.yml": "on: push"}), State.error, "is no workflow"),
        (changed("merganser-train.yml", "acme/merganser/", "OWNER/merganser/"), State.error, "stands for a copy"),
        (changed("merganser-train.yml", ".yml@v1", ".yml@v2"), State.error, "acme/merganser@v1, acme/merganser@v2"),
        (changed("merganser-train.yml", ".yml@v1", ".yml@main"), State.warning, "branch main, which moves"),
        (local(branch="trunk"), State.error, "pushes to main, and the default branch is trunk"),
        (changed("merganser-train.yml", "branches: [main]", "paths: [src/**]"), State.error, "filtered by paths"),
        (changed("merganser-train.yml", "  push:\n    branches: [main]\n", ""), State.error, "no push starts it"),
        (
            changed("merganser-train.yml", "synchronize, ", ""),
            State.error,
            "synchronize doesn't start it",
        ),
        (changed("merganser-train.yml", "pull_request:", "pull_request_target:"), State.error, "pull_request_target"),
        (changed("merganser-train.yml", "pull_request:", "pull_request_target:"), State.error, "no pull request"),
        (changed("merganser-train.yml", "  merge_group:\n", ""), State.warning, "doesn't listen to merge_group"),
        (changed("merganser-train.yml", "contents: read", "contents: write"), State.error, "train may write"),
        (changed("merganser-train.yml", "contents: read", "actions: read"), State.error, "lacks contents: read"),
        (changed("merganser-train.yml", "    with:", "    secrets: inherit\n    with:"), State.error, "every secret"),
        (changed("merganser-train.yml", "name: Merganser train", "name: T"), State.error, "the training is called T"),
        (changed("merganser-report.yml", "checks: write", "checks: read"), State.error, "lacks checks: write"),
        (
            changed("merganser-report.yml", "[requested, completed]", "[requested]"),
            State.error,
            "completed doesn't",
        ),
        (changed("merganser-report.yml", "[requested, completed]", "[completed]"), State.warning, "requested doesn't"),
        (
            changed("merganser-report.yml", "    types: [requ", "    branches: [main]\n    types: [requ"),
            State.error,
            "limited",
        ),
        (changed("merganser-report.yml", "  schedule:", "  workflow_dispatch:"), State.warning, "listen to schedule"),
        (without("merganser-commands.yml"), State.warning, "merganser-commands.yml is missing"),
        (changed("merganser-commands.yml", "issue_comment:", "issues:"), State.error, "no comment starts it"),
        (changed("merganser-commands.yml", "[created, edited]", "edited"), State.error, "comment: created doesn't"),
        (changed("merganser-commands.yml", "[created, edited]", "[created]"), State.warning, "comment: edited doesn't"),
        (changed("merganser-commands.yml", "actions: write", "actions: read"), State.error, "lacks actions: write"),
        (changed("merganser-commands.yml", "jobs:", "jobs: {}\nkept:"), State.error, "no job calls Merganser's"),
        (changed("merganser-commands.yml", "merganser-commands.yml@", "other.yml@"), State.error, "no job calls"),
        (changed("merganser-commands.yml", ".yml@v1", ".yml@v0.9.3"), State.warning, "uses v0.9.3 of Merganser"),
        (changed("merganser-report.yml", "workflow_run:", "workflow_call:"), State.error, "doesn't listen to the"),
    ],
)
def test_workflow_files_are_held_against_what_they_have_to_be(facts: Local, state: State, words: str) -> None:
    found = told(list(workflow_files.findings(facts)))
    assert [said for said in found if said[0] is state and words in said[1]], found
    assert State.ok not in {said[0] for said in found}


CALLS = {
    name: [(scope, level) for job in read["jobs"].values() for scope, level in job["permissions"].items()]
    for name, read in ((name, yaml.safe_load(text)) for name, text in GOOD_WORKFLOWS.items())
}


@pytest.mark.parametrize(("name", "scope", "level"), [(name, *one) for name, found in CALLS.items() for one in found])
def test_each_permission_of_each_template_is_needed(name: str, scope: str, level: str) -> None:
    """Without it GitHub doesn't start what is called; the cure can be copied."""
    document = yaml.load(GOOD_WORKFLOWS[name], yaml.BaseLoader)
    [job] = document["jobs"].values()
    del job["permissions"][scope]
    found = list(workflow_files.findings(local(workflows={**GOOD_WORKFLOWS, name: yaml.safe_dump(document)})))
    assert [(one.state, one.where) for one in found] == [(State.error, f".github/workflows/{name}")]
    assert found[0].what.endswith(f"lacks {scope}: {level}")
    assert f"{scope}: {level}" in found[0].cure


PLAIN = "on: {}\njobs:\n  one:\n    permissions: PERMISSIONS\n    steps: [{uses: acme/merganser/actions/ACTION@v1}]\n"


@pytest.mark.parametrize(
    ("action", "granted", "lacks"),
    [
        ("register", "{actions: read, contents: write}", []),
        ("register", "{contents: read}", ["actions: read", "contents: write"]),
        ("register", "{}", ["actions: read", "contents: write"]),
        ("report", "read-all", ["checks: write", "contents: write", "issues: write", "pull-requests: write"]),
        ("report", "write-all", []),
        ("promote", "{contents: read}", ["pull-requests: read"]),
        ("plan", "{}", []),
    ],
)
def test_a_job_of_actions_needs_what_the_docs_say_of_them(action: str, granted: str, lacks: list[str]) -> None:
    workflow = parsed(PLAIN.replace("PERMISSIONS", granted).replace("ACTION", action), "w.yml")
    assert not isinstance(workflow, Finding)
    found = [one.what for one in permitted.findings(workflow, {})]
    assert found == [f"the job one lacks {permission}" for permission in lacks]


def test_several_actions_of_a_job_need_the_most_of_each() -> None:
    text = PLAIN.replace("PERMISSIONS", "{}").replace("ACTION@v1}", "register@v1}, {uses: acme/m/actions/promote@v1}")
    workflow = parsed(text, "w.yml")
    assert not isinstance(workflow, Finding)
    found = [one.what.removeprefix("the job one lacks ") for one in permitted.findings(workflow, {})]
    assert found == ["actions: read", "contents: write", "pull-requests: read"]


def test_a_job_with_a_token_of_its_own_needs_nothing_of_the_runners() -> None:
    text = PLAIN.replace("PERMISSIONS", "{}").replace("ACTION@v1}", "report@v1, with: {app-id: 1}}")
    workflow = parsed(text, "w.yml")
    assert not isinstance(workflow, Finding)
    assert list(permitted.findings(workflow, {})) == []


@pytest.mark.parametrize(("name", "state"), [("train", State.warning), ("report", State.error)])
def test_what_a_repository_grants_by_default_is_to_read(name: str, state: State) -> None:
    document = yaml.load(GOOD_WORKFLOWS[f"merganser-{name}.yml"], yaml.BaseLoader)
    del document["permissions"], document["jobs"][name]["permissions"]
    workflows = {**GOOD_WORKFLOWS, f"merganser-{name}.yml": yaml.safe_dump(document)}
    [found] = workflow_files.findings(local(workflows=workflows))
    assert (found.state, found.what) == (state, f"the job {name} has whatever the repository grants by default")


TAGS = {"v1": "b" * 40, "v1.9.0": "a" * 40, "v1.10.0": "b" * 40, "nightly": "c" * 40}


@pytest.mark.parametrize(
    ("ref", "tags", "state", "words"),
    [
        ("v1", TAGS, State.ok, "is the newest release, v1.10.0"),
        ("b" * 40, TAGS, State.ok, "is the newest release"),
        ("v1.10.0", TAGS, State.ok, "is the newest release"),
        ("v1.9.0", TAGS, State.warning, "--suite acme/merganser@v1.10.0"),
        ("a" * 40, TAGS, State.warning, f"--suite acme/merganser@{'b' * 40}"),
        ("v1", {**TAGS, "v2.0.0": "d" * 40}, State.warning, "--suite acme/merganser@v2"),
        ("v1", {**TAGS, "v1": "a" * 40}, State.warning, "--suite acme/merganser@v1"),
        ("v3", TAGS, State.error, "has no tag v3"),
        ("v1", {}, State.error, "scripts/release.sh"),
        ("e" * 40, {}, State.ok, "is there"),
        ("v1", Unseen("404"), State.unseen, "404"),
    ],
)
def test_a_pin_is_held_against_the_releases(ref: str, tags: dict[str, str] | Unseen, state: State, words: str) -> None:
    found = pins.on_github(pins.Pin("acme/merganser", ref), tags)
    assert (found.state, found.where) == (state, f"acme/merganser@{ref}")
    assert words in f"{found.what} {found.cure}"


def test_only_a_copy_at_a_tag_or_a_commit_is_looked_up() -> None:
    assert pins.pins(local()) == (pins.Pin("acme/merganser", "v1"),)
    assert (
        pins.pins(local(workflows={name: text.replace("@v1", "@main") for name, text in GOOD_WORKFLOWS.items()})) == ()
    )
    assert pins.pins(local(workflows=templates())) == ()
    assert pins.pins(local(workflows={"merganser-train.yml": "a: [b"})) == ()


def test_what_all_files_use_is_told_once() -> None:
    found = list(workflow_files.findings(local(workflows=templates())))
    assert [(one.state, one.where) for one in found] == [(State.error, ".github/workflows")]
    assert "stands for a copy of Merganser" in found[0].what


@pytest.mark.parametrize("on", ["on: [push, pull_request, merge_group]", "on: push", "on: {push: {branches: [main]}}"])
def test_triggers_may_be_written_in_each_of_githubs_ways(on: str) -> None:
    found = parsed(f"{on}\njobs: {{}}\n", "w.yml")
    assert not isinstance(found, Finding)
    assert "push" in found.on


def test_whether_a_queues_groups_are_trained() -> None:
    assert workflow_files.hears_queue(local())
    assert not workflow_files.hears_queue(changed("merganser-train.yml", "  merge_group:\n", ""))
    assert not workflow_files.hears_queue(without("merganser-train.yml"))


def test_only_an_error_fails() -> None:
    def of(state: State) -> Finding:
        return Finding(state=state, where="", what="")

    assert exit_code((of(State.ok), of(State.warning), of(State.unseen))) == 0
    assert exit_code((of(State.ok), of(State.error))) == 2
