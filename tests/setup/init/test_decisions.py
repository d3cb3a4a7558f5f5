"""What `init` decides without looking at a disk: what a training leaves, the configuration, added lines, steps."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.config import CONFIG_FILE, Config, Direction, Predictions, Task
from merganser.config.file import load_config
from merganser.errors import ConfigError
from merganser.forge.requests.permissions import Access, needed_in_all
from merganser.setup.init import additions, earlier, rulesets
from merganser.setup.init.configuration import text_of
from merganser.setup.init.facts import Column, Facts, GitState, Table
from merganser.setup.init.files import File, Kind, State, changes
from merganser.setup.init.outputs import outputs
from merganser.setup.init.proposal import Proposal, Wishes, model_name, propose
from merganser.setup.init.reach import Reach
from merganser.setup.init.scripts import Script
from merganser.setup.init.steps import steps
from merganser.setup.init.telling import Result, answer
from merganser.setup.init.wanted import Choices
from merganser.setup.init.workflows import Suite, filled, preparation, templates
from tests.architecture.layers import REPO

PIPELINE = {
    "stages": {
        "train": {"cmd": "python fit.py", "outs": ["models/m.bin", {"eval/predictions.parquet": {"cache": False}}]},
        "judge": {"cmd": "python judge.py", "metrics": [{"metrics.json": {"cache": False}}], "outs": ["${out}"]},
    }
}


@pytest.mark.parametrize(
    ("facts", "script", "model", "metrics", "predictions"),
    [
        ({"made": ("m.joblib", "p.csv", "notes.txt")}, (), "m.joblib", (), ("p.csv",)),
        ({"made": ("checkpoint.pt", "model.pt")}, (), "model.pt", (), ()),
        ({"made": ("model.bin",)}, (), "model.bin", (), ()),
        ({}, ("model.pkl", "metrics.json"), "model.pkl", ("metrics.json",), ()),
        ({"files": ("model.pkl", "data/predictions.csv", "config.json")}, (), "model.pkl", (), ()),
        ({"files": ("metrics.json",), "numbers": {"metrics.json": {}}}, (), "", (), ()),
        ({"pipeline": PIPELINE}, (), "", ("metrics.json",), ("eval/predictions.parquet",)),
        ({"made": ("b.csv", "test_predictions.csv")}, (), "", (), ("test_predictions.csv", "b.csv")),
    ],
)
def test_what_a_training_leaves(
    facts: dict[str, Any], script: tuple[str, ...], model: str, metrics: tuple[str, ...], predictions: tuple[str, ...]
) -> None:
    found = outputs(Facts(name="m", **facts), Script(writes=script))
    assert (found.model, found.metrics, found.predictions) == (model, metrics, predictions)


def test_a_pipeline_is_reproduced() -> None:
    facts = Facts(name="m", pipeline=PIPELINE, scripts={"train.py": ""})
    found = propose(facts, Wishes(artifact="models/m.bin"))
    assert (found.train, found.artifact, found.metrics) == ("dvc repro", "models/m.bin", ("metrics.json",))
    with pytest.raises(ConfigError, match="no script says"):
        propose(Facts(name="m"), Wishes())


@pytest.mark.parametrize(
    ("text", "name"),
    [("digits", "digits"), ("My Model!", "My-Model"), ("-x-", "x"), ("模型", "model"), ("a" * 80, "a" * 63)],
)
def test_a_models_name_is_made_of_a_folders(text: str, name: str) -> None:
    assert model_name(text) == name


def proposal(**other: Any) -> Proposal:
    plain: dict[str, Any] = {
        "name": "m", "path": ".", "train": "python train.py", "artifact": "m.joblib", "params": "params.yaml",
        "metrics": (), "task": Task.binary, "positive": "", "predictions": None, "why": "", "reported": {}, "left": (),
        "guessed": False, "packages": (), "advice": (),
    }  # fmt: skip
    return Proposal(**(plain | other))


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30)


@given(st.lists(NAMES, min_size=4, max_size=4, unique=True), st.sampled_from(list(Task)), NAMES)
def test_any_column_names_make_a_configuration_that_says_them(names: list[str], task: Task, why: str) -> None:
    key, answer, label, other = names
    scored = task in (Task.binary, Task.ranking)
    columns = Predictions(
        file="p.csv",
        key=key,
        label=label,
        prediction="" if scored else answer,
        score=answer if scored else "",
        query=other if task is Task.ranking else "",
        slices=() if task is Task.ranking else (other,),
    )
    positive = other if task is Task.binary else ""
    text = text_of(proposal(task=task, predictions=columns, positive=positive, why=why))
    model = load_config(text.encode(), CONFIG_FILE).models["m"]
    assert (model.task, model.predictions, model.positive) == (task, columns, positive)
    assert model.gate.metrics


def test_without_predictions_the_runs_own_metrics_have_rules() -> None:
    reported = {"accuracy": Direction.up, "log_loss": Direction.down}
    text = text_of(proposal(metrics=("metrics.json",), reported=reported, params="params.toml", path="sub/folder"))
    model = load_config(text.encode(), CONFIG_FILE).models["m"]
    assert model.gate.metrics["accuracy"].max_drop is not None
    assert model.gate.metrics["log_loss"].max_rise is not None
    assert (model.path, model.params) == ("sub/folder", "params.toml")


def test_a_run_of_which_nothing_is_known_is_judged_by_its_size() -> None:
    model = load_config(text_of(proposal()).encode(), CONFIG_FILE).models["m"]
    assert list(model.gate.budgets) == ["artifact_mb"]


def test_code_owners_are_added_once() -> None:
    first = additions.codeowners("* @acme/all", ("/merganser.yaml", "/.github/"), "@acme/ml")
    assert first.splitlines()[0] == "* @acme/all"
    assert first.splitlines()[-2:] == ["/merganser.yaml @acme/ml", "/.github/ @acme/ml"]
    assert additions.codeowners(first, ("/merganser.yaml", "/.github/"), "@other") == first
    assert additions.codeowners("", ("/x",), "").endswith("# /x @ORG/TEAM\n")


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("# c\n* @a @b\n*.py @c\n* @d\n", "@d"),
        ("* @a\n/merganser.yaml @b @c # who decides\n", "@b @c"),
        ("/merganser.yaml @b\n* @a\n", "@a"),
        ("* @a\n# /merganser.yaml @ORG/TEAM\n", "@a"),
        ("* @a\n/merganser.yaml\n", ""),
        ("# /merganser.yaml @ORG/TEAM\n", ""),
    ],
)
def test_the_last_line_of_code_owners_that_fits_counts(text: str, owner: str) -> None:
    assert additions.owner_in(text) == owner


PATHS = ("/merganser.yaml", "/.github/", "/my\\ labels.csv")


@pytest.mark.parametrize("before", ["", "@old/team"], ids=["commented", "owned"])
def test_another_owner_takes_our_lines_and_nobody_elses(before: str) -> None:
    text = additions.codeowners("/.github/ @platform\n", PATHS, before)
    assert additions.codeowners(text, PATHS, "@x") == text
    said = additions.renamed(f"{text}/src/ @others\n\n/merganser.yaml @boss\n", PATHS, "@acme/ml")
    assert [line for line in said.splitlines() if line and not line.startswith("#")] == [
        "/.github/ @platform", "/merganser.yaml @acme/ml", "/my\\ labels.csv @acme/ml", "/src/ @others",
        "/merganser.yaml @boss",
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["@acme", "@acme/ml.ops", "@ada_acme  @acme/ml", "ada@example.org", ""])
def test_owners_are_people_teams_and_addresses(said: str) -> None:
    assert additions.owner(said) == " ".join(said.split())


@pytest.mark.parametrize("said", ["acme/ml", "@", " ", "@acme ml", "@acme/ml/x", "@acme\n* #", "@acme/"])
def test_an_owner_of_another_form_is_refused(said: str) -> None:
    with pytest.raises(ConfigError, match="neither @USER nor @ORG/TEAM"):
        additions.owner(said)


@pytest.mark.parametrize("protection", [rulesets.Protection(), rulesets.Protection(app_id=7, queue=True)])
def test_a_ruleset_says_what_it_was_made_for(protection: rulesets.Protection) -> None:
    made = {f"{rulesets.FOLDER}/{name}": text for name, text in rulesets.rulesets(protection).items()}
    assert earlier.protection(made) == protection


@pytest.mark.parametrize("text", ["{torn", "[]", '{"rules": [{"type": "deletion"}]}', '{"rules": [{"type": 3}]}'])
def test_a_ruleset_of_another_form_says_nothing(text: str) -> None:
    made = {f"{rulesets.FOLDER}/{rulesets.BRANCH}": text}
    assert earlier.protection(made) == earlier.protection({}) == rulesets.Protection()


@pytest.mark.parametrize(
    ("line", "suite"),
    [
        ("    uses: acme/gate/.github/workflows/merganser-train.yml@v1.2.3 # why", Suite("acme/gate", "v1.2.3")),
        ("  - uses: 'acme/gate/.github/workflows/merganser-report.yml@v1'", Suite("acme/gate")),
        ("    # uses: acme/gate/.github/workflows/merganser-train.yml@v1", Suite()),
        ("    uses: acme/gate/.github/workflows/merganser-train.yml@../x", Suite()),
        ("    uses: OWNER/merganser/.github/workflows/merganser-train.yml@v3", Suite()),
        ("    uses: acme/gate/.github/workflows/other.yml@v1", Suite()),
    ],
)
def test_workflows_say_whose_merganser_they_use(line: str, suite: Suite) -> None:
    assert earlier.suite({".github/workflows/a.yml": f"jobs:\n  a:\n{line}\n", "merganser.yaml": "x"}) == suite


def test_what_training_leaves_is_ignored_unless_git_tracks_it() -> None:
    text = additions.gitignore("*.pyc\n/a.csv", ("a.csv", "b.csv", "c.csv"), frozenset({"c.csv"}))
    assert text.splitlines() == ["*.pyc", "/a.csv", "", "# What training writes anew.", "/b.csv"]
    assert additions.gitignore(text, ("b.csv",), frozenset()) == text


def test_files_are_told_apart_by_what_is_there() -> None:
    wanted = (
        File(path="new", text="a\n"),
        File(path="same", text="a\n"),
        File(path="differs", text="a\n"),
        File(path="added", text="b\na\n", kind=Kind.added),
        File(path="nothing", text="", kind=Kind.added),
    )
    found = changes(wanted, {"same": "a\n", "differs": "b\n", "added": "b\n"})
    assert {change.file.path: change.state for change in found} == {
        "new": State.new, "same": State.same, "differs": State.differs, "added": State.added,
    }  # fmt: skip
    assert found[2].diff == "--- a/differs\n+++ b/differs\n@@ -1 +1 @@\n-b\n+a\n"


def test_rulesets_leave_the_app_alone_past_them() -> None:
    made = {name: json.loads(text) for name, text in rulesets.rulesets(rulesets.Protection(app_id=7)).items()}
    assert {tuple(actor.values()) for one in made.values() for actor in one["bypass_actors"]} == {
        (7, "Integration", "always")
    }
    assert made[rulesets.BRANCH]["bypass_actors"] == []
    plain = {name: json.loads(text) for name, text in rulesets.rulesets(rulesets.Protection()).items()}
    assert all(one["bypass_actors"] == [] for one in plain.values())
    assert "creation" not in {rule["type"] for one in plain.values() for rule in one["rules"]}


def test_a_template_is_filled_wherever_it_has_to_be() -> None:
    for name, text in templates().items():
        made = filled(text, Suite("acme/ml-gate", "v1.2.3"), "trunk", "make install")
        assert "OWNER" not in made, name
        assert "@v1\n" not in made
        assert "acme/ml-gate/" in made
    train = filled(templates()["merganser-train.yml"], Suite("acme/ml-gate", "v2"), "trunk", 'say "hi"')
    assert 'branches: ["trunk"]' in train
    assert 'prepare: "say \\"hi\\""' in train


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"requirements.txt", "pyproject.toml"}, "python -m pip install -r requirements.txt"),
        ({"pyproject.toml"}, "python -m pip install ."),
        ({"train.py"}, ""),
    ],
)
def test_how_a_runner_is_prepared(files: set[str], command: str) -> None:
    assert preparation(frozenset(files)) == command


def choices(**other: Any) -> Choices:
    plain: dict[str, Any] = {"suite": Suite("acme/merganser"), "owner": "@acme/ml"}
    return Choices(**(plain | {"protection": rulesets.Protection()} | other))


@pytest.mark.parametrize(
    ("facts", "chosen", "words"),
    [
        ({}, {"suite": Suite()}, "init --force --suite YOUR-NAME/merganser@v1"),
        ({}, {"owner": ""}, "CODEOWNERS names nobody"),
        ({"repository": "acme/m"}, {"owner": "@acme"}, "If that is an organization"),
        ({}, {}, "git remote add origin"),
        ({"repository": "acme/m", "git": GitState.commits}, {}, "open its pull request"),
        ({}, {}, "enforce it"),
        ({}, {"protection": rulesets.Protection(app_id=7)}, "Install the GitHub App 7"),
        ({}, {"protection": rulesets.Protection(app_id=7)}, "MERGANSER_APP_ID=7"),
    ],
)
def test_steps_are_those_that_are_left(facts: dict[str, Any], chosen: dict[str, Any], words: str) -> None:
    assert [
        step
        for step in steps(Facts(name="m", **facts), Config(version=1, models={}), choices(**chosen))
        if words in step
    ]


def test_every_line_of_a_step_is_short() -> None:
    """With the number before it a terminal of 80 columns takes it."""
    config = load_config(text_of(proposal()).encode(), CONFIG_FILE)
    for repository in ("", "acme/m"):
        for protection in (rulesets.Protection(), rulesets.Protection(app_id=1234567)):
            chosen = choices(suite=Suite(), owner="@acme", protection=protection)
            found = steps(Facts(name="m", repository=repository, git=GitState.commits), config, chosen)
            assert max(len(line) for step in found for line in step.split("\n")) <= 74


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        ("budgets: {artifact_mb: {rise: 100%}}", True),
        ("metrics: {accuracy: {max_drop: 0.01}}", False),
    ],
)
def test_a_gate_that_looks_at_no_quality_is_a_step(gate: str, told: bool) -> None:
    text = text_of(proposal()).replace("budgets: {artifact_mb: {rise: 100%}}", gate)
    found = steps(Facts(name="m"), load_config(text.encode(), CONFIG_FILE), choices())
    assert any("m: nothing of its quality is judged yet" in step for step in found) is told


def test_the_page_grants_an_app_what_the_commands_need() -> None:
    page = " ".join((REPO / "docs" / "setup.md").read_text().split())
    *names, last = (name.replace("_", " ").capitalize() for name in needed_in_all())
    assert set(needed_in_all().values()) == {Access.write}
    assert f"{', '.join(names)} and {last}: read and write" in page


def test_a_predictions_file_that_is_unclear_says_how_to_mend_it() -> None:
    table = Table(rows=2, columns=(Column(name="label", distinct=2, missing=0, sample=("0", "1")),))
    facts = Facts(
        name="m", scripts={"train.py": ""}, made=("m.joblib", "predictions.csv"), tables={"predictions.csv": table}
    )
    found = propose(facts, Wishes())
    assert found.predictions is None
    assert "`row_id`" in found.advice[0]
    hidden = Facts(name="m", scripts={"train.py": ""}, made=("m.pkl", "p.csv"), unread={"p.csv": "torn"})
    assert "p.csv can't be read (torn)" in propose(hidden, Wishes()).advice[0]


def result(of: Proposal, *reaches: Reach) -> Result:
    text = text_of(of)
    outcomes = tuple((change, "new") for change in changes((File(path=CONFIG_FILE, text=text),), {}))
    return Result(
        facts=Facts(name="m"),
        proposal=of,
        config=load_config(text.encode(), CONFIG_FILE),
        reaches=reaches,
        outcomes=outcomes,
        steps=("Do this:\nwith that", "Then this"),
    )


COLUMNS = Predictions(file="p.csv", key="id", label="label", score="score")


def test_a_guess_is_called_one_and_says_how_to_change_it() -> None:
    guess = result(proposal(predictions=COLUMNS, why="by its names", guessed=True))
    told = " ".join(answer(guess, as_json=False).split())
    assert "it is a guess that its task is binary (by its names)" in told
    assert "merganser init --force --run" in told
    assert "`task` and `predictions` in merganser.yaml" in told
    assert json.loads(answer(guess, as_json=True))["model"]["guessed"] is True
    seen = answer(result(proposal(predictions=COLUMNS, why="label has 2 classes")), as_json=False)
    assert "Its task is binary: label has 2 classes, in p.csv." in seen
    assert "guess" not in seen


def test_what_init_says_is_numbered_and_fits_a_terminal() -> None:
    shown = Reach(metric="auc", margin=0.01, rows=143, width=0.024, enough=False, needed=2699)
    lines = answer(result(proposal(advice=("word " * 60,)), shown), as_json=False).splitlines()
    assert lines[-4:] == ["Next:", "  1. Do this:", "       with that", "  2. Then this"]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("reach", "told"),
    [
        (
            {"rows": 143, "width": 0.0236, "needed": 2699},
            "auc: 143 rows are too few for the margin of 0.01 (a change shows to about ±0.024), about 2,700 are needed",
        ),
        (
            {"rows": 143, "width": 0.004, "needed": 2699},
            "auc: 143 rows are too few for the margin of 0.01, about 2,700 are needed.",
        ),
        (
            {"rows": 9, "width": 0.2, "needed": None},
            "auc: 9 rows are too few for the margin of 0.01 (a change shows to about ±0.2), no number of rows is",
        ),
        (
            {"rows": 20000, "width": 0.0044, "enough": True},
            "20,000 rows show a change of auc to about ±0.0044, enough for the margin of 0.01.",
        ),
    ],
)
def test_how_far_rows_reach_in_a_sentence(reach: dict[str, Any], told: str) -> None:
    given = {"metric": "auc", "margin": 0.01, "enough": False, "needed": None} | reach
    assert Reach(**given).text().startswith(told)
    assert ("write more rows" in Reach(**given).text()) is not given["enough"]
