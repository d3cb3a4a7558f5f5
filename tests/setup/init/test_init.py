"""`merganser init` on real folders, by the command itself."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from merganser.config import CONFIG_FILE, Task
from merganser.config.file import load_config
from merganser.setup.init.workflows import templates

SCRIPT = """\
import csv
import json

rows = [(n, "abc"[n % 3], "abc"[n % 3 if n % 10 else 0]) for n in range(300)]
with open("predictions.csv", "w", newline="") as file:
    csv.writer(file).writerows([("row_id", "label", "prediction"), *rows])
with open("model.json", "w") as file:
    json.dump({"weights": [1]}, file)
"""


def init(folder: Path, *arguments: str, fails: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "merganser", "init", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == fails, done.stderr
    return done


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {file["path"]: file["outcome"] for file in json.loads(done.stdout)["files"]}


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A folder with a script, no git, nothing else."""
    (tmp_path / "train.py").write_text(SCRIPT)
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file() and ".git/" not in str(p)
    }


def test_a_plain_script_is_set_up_by_running_it_once(plain: Path) -> None:
    made = outcomes(init(plain, "--yes", "--run", "--json"))
    assert set(made.values()) == {"new"}
    model = load_config((plain / CONFIG_FILE).read_bytes(), CONFIG_FILE).models[plain.name]
    assert model.task is Task.multiclass
    assert model.train.run == "python train.py"
    assert model.artifact.path == "model.json"
    assert model.predictions is not None
    assert (model.predictions.file, model.predictions.key) == ("predictions.csv", "row_id")
    assert list(model.gate.metrics) == ["accuracy"]
    assert [rules.by for rules in model.gate.slices] == [("label",)]
    assert (plain / ".gitignore").read_text().splitlines()[1:] == ["/model.json", "/predictions.csv"]
    assert (plain / ".git").is_dir()


def test_outputs_of_an_earlier_run_are_enough(plain: Path) -> None:
    subprocess.run([sys.executable, "train.py"], cwd=plain, check=True)
    init(plain, "--yes")
    model = next(iter(load_config((plain / CONFIG_FILE).read_bytes(), CONFIG_FILE).models.values()))
    assert model.predictions is not None
    assert model.artifact.path == "model.json"


def test_nothing_runs_unasked(plain: Path) -> None:
    done = init(plain, "--yes")
    assert not (plain / "predictions.csv").exists()
    assert "predictions.csv isn't there yet" in done.stdout
    assert "nothing of its quality is judged yet" in done.stdout
    assert "own metrics are judged" not in done.stdout
    model = next(iter(load_config((plain / CONFIG_FILE).read_bytes(), CONFIG_FILE).models.values()))
    assert model.predictions is None


def test_a_script_that_says_its_columns_need_not_run(tmp_path: Path) -> None:
    lines = (
        "model = LogisticRegression().fit(X, y)",
        "joblib.dump(model, 'model.joblib')",
        "pd.DataFrame({'row_id': ids, 'label': y, 'prediction': p}).to_csv('predictions.csv', index=False)",
    )
    (tmp_path / "train.py").write_text("\n".join(lines))
    init(tmp_path, "--yes")
    model = next(iter(load_config((tmp_path / CONFIG_FILE).read_bytes(), CONFIG_FILE).models.values()))
    assert model.predictions is not None
    assert (model.task, model.predictions.key) == (Task.multiclass, "row_id")


def test_without_predictions_the_runs_own_metrics_are_judged(tmp_path: Path) -> None:
    (tmp_path / "fit.py").write_text("model.fit(x)\nimport joblib\njoblib.dump(model, 'model.joblib')\n")
    (tmp_path / "metrics.json").write_text('{"accuracy": 0.9, "log_loss": 0.3, "epochs": 7}')
    done = init(tmp_path, "--yes")
    model = next(iter(load_config((tmp_path / CONFIG_FILE).read_bytes(), CONFIG_FILE).models.values()))
    assert model.metrics == ("metrics.json",)
    assert list(model.gate.metrics) == ["accuracy", "log_loss"]
    told = " ".join(done.stdout.split())
    assert "own metrics are judged" in told
    assert "nothing of its quality is judged" not in told
    assert "row_id, label, prediction" in told


def test_a_second_time_nothing_changes(plain: Path) -> None:
    init(plain, "--yes", "--run")
    before = contents(plain)
    assert set(outcomes(init(plain, "--yes", "--json")).values()) == {"same"}
    assert contents(plain) == before


def test_dry_run_writes_nothing(plain: Path) -> None:
    before = contents(plain)
    done = init(plain, "--yes", "--dry-run")
    assert contents(plain) == before
    assert not (plain / ".git").exists()
    assert "+  merge_group:" in done.stderr


def test_what_differs_is_shown_and_left(plain: Path) -> None:
    init(plain, "--yes", "--run")
    workflow = plain / ".github" / "workflows" / "merganser-train.yml"
    workflow.write_text("# mine\n")
    done = init(plain, "--yes", "--json")
    assert outcomes(done)[".github/workflows/merganser-train.yml"] == "left"
    assert "-# mine" in done.stderr
    assert workflow.read_text() == "# mine\n"
    assert outcomes(init(plain, "--yes", "--force", "--json"))[".github/workflows/merganser-train.yml"] == "replaced"
    assert "merge_group" in workflow.read_text()


def test_what_a_person_wrote_is_not_forced_away(plain: Path) -> None:
    """The configuration and the card are theirs; only who describes or runs the training asks for another one."""
    init(plain, "--yes", "--run")
    config, card = plain / CONFIG_FILE, plain / "model_card.md.j2"
    config.write_text(config.read_text().replace("margin: 0.01", "margin: 0.02"))
    card.write_text("# mine\n")
    mine = config.read_text()
    made = outcomes(init(plain, "--yes", "--force", "--suite", "acme/merganser@v1", "--json"))
    assert used(plain) == {"acme/merganser@v1"}
    assert (config.read_text(), card.read_text()) == (mine, "# mine\n")
    assert CONFIG_FILE not in made
    assert outcomes(init(plain, "--yes", "--force", "--run", "--json"))[CONFIG_FILE] == "replaced"
    assert (config.read_text(), card.read_text()) == (mine.replace("0.02", "0.01"), "# mine\n")


def test_a_script_that_fails_is_shown_once_and_sets_nothing_up(plain: Path) -> None:
    (plain / "train.py").write_text(f"{SCRIPT}\nraise RuntimeError('no ' + 'disk')\n")
    failed = init(plain, "--yes", "--run", fails=3)
    assert failed.stderr.count("RuntimeError: no disk") == 1
    assert "mend it until `python train.py` works" in failed.stderr
    assert not (plain / CONFIG_FILE).exists()
    assert not (plain / ".git").exists()


def test_a_script_that_leaves_nothing_is_told_so_and_not_to_run_again(plain: Path) -> None:
    (plain / "train.py").write_text("print(0.96)\n")
    ran = init(plain, "--yes", "--run", fails=2).stderr
    assert "`python train.py` left no file" in ran
    assert "--run" not in ran
    assert "`merganser init --run` runs it once" in init(plain, "--yes", fails=2).stderr


def test_how_far_the_rows_reach_is_said_where_there_are_rows(plain: Path) -> None:
    done = init(plain, "--yes", "--run")
    assert "accuracy: 300 rows are too few for the margin of 0.01" in " ".join(done.stdout.split())
    [rows] = json.loads(init(plain, "--yes", "--run", "--force", "--json").stdout)["rows"]
    assert (rows["metric"], rows["rows"], rows["enough"]) == ("accuracy", 300, False)
    assert json.loads(init(plain, "--yes", "--json").stdout)["rows"] == []


def test_lines_are_added_to_what_others_wrote(plain: Path) -> None:
    (plain / ".github").mkdir()
    (plain / ".github" / "CODEOWNERS").write_text("* @acme/everyone")
    (plain / ".gitignore").write_text("*.pyc\n")
    made = outcomes(init(plain, "--yes", "--run", "--json"))
    assert made[".github/CODEOWNERS"] == made[".gitignore"] == "added"
    owners = (plain / ".github" / "CODEOWNERS").read_text().splitlines()
    assert owners[0] == "* @acme/everyone"
    assert "/merganser.yaml @acme/everyone" in owners
    assert (plain / ".gitignore").read_text().startswith("*.pyc\n")


def test_a_clone_says_who_and_where(plain: Path) -> None:
    git(plain, "init", "-q", "-b", "trunk")
    git(plain, "remote", "add", "origin", "git@github.com:acme/churn.git")
    git(plain, "add", "--all")
    git(plain, "commit", "-qm", "First")
    init(plain, "--yes", "--run", "--suite", "acme/merganser@v1.2.3")
    assert list(load_config((plain / CONFIG_FILE).read_bytes(), CONFIG_FILE).models) == ["churn"]
    train: dict[Any, Any] = yaml.safe_load((plain / ".github" / "workflows" / "merganser-train.yml").read_text())
    assert train[True]["push"]["branches"] == ["trunk"]
    assert train["jobs"]["train"]["uses"] == "acme/merganser/.github/workflows/merganser-train.yml@v1.2.3"
    assert "/merganser.yaml @acme" in (plain / ".github" / "CODEOWNERS").read_text()


def test_a_folder_of_a_repository_is_a_model_of_it(plain: Path) -> None:
    (plain / "churn").mkdir()
    (plain / "train.py").rename(plain / "churn" / "train.py")
    (plain / "churn" / "requirements.txt").write_text("numpy\n")
    git(plain, "init", "-q", "-b", "main")
    init(plain / "churn", "--yes", "--run")
    config = load_config((plain / CONFIG_FILE).read_bytes(), CONFIG_FILE)
    assert {name: model.path for name, model in config.models.items()} == {"churn": "churn"}
    train = yaml.safe_load((plain / ".github" / "workflows" / "merganser-train.yml").read_text())
    assert train["jobs"]["train"]["with"]["prepare"] == "cd churn && python -m pip install -r requirements.txt"
    assert (plain / "churn" / ".gitignore").is_file()


def test_every_template_is_written(plain: Path) -> None:
    init(plain, "--yes", "--run")
    written = {file.name for file in (plain / ".github" / "workflows").iterdir()}
    assert written == set(templates())
    assert "merganser-train.yml" in written


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no script says by its name that it trains a model"),
        (("--train", "python x.py"), "nothing says which files `python x.py` leaves"),
        (("--suite", "merganser"), "--suite 'merganser' is not OWNER/NAME@REF"),
        (("--run", "--dry-run"), "--dry-run writes nothing"),
        (("--owner", "acme/ml"), "--owner 'acme/ml' is neither @USER nor @ORG/TEAM"),
    ],
)
def test_what_cant_be_found_out_is_asked_for(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    if arguments[:1] in (("--suite",), ("--owner",)):
        (tmp_path / "train.py").write_text(SCRIPT)
    assert words in init(tmp_path, "--yes", *arguments, fails=2).stderr
    assert not (tmp_path / CONFIG_FILE).exists()
    assert not (tmp_path / ".git").exists()


def ruleset(folder: Path) -> dict[str, dict[str, Any]]:
    """The rules of the default branch, by their type."""
    text = (folder / ".github" / "rulesets" / "merganser-default-branch.json").read_text()
    return {rule["type"]: rule.get("parameters", {}) for rule in json.loads(text)["rules"]}


def used(folder: Path) -> set[str]:
    """What the workflow files call, without the workflow's name."""
    found = [yaml.safe_load(file.read_text())["jobs"] for file in (folder / ".github" / "workflows").iterdir()]
    calls = [job["uses"] for jobs in found for job in jobs.values()]
    return {f"{call.partition('/.github/')[0]}@{call.rpartition('@')[2]}" for call in calls}


def apps(folder: Path) -> list[int | None]:
    checks = ruleset(folder)["required_status_checks"]["required_status_checks"]
    return [check.get("integration_id") for check in checks]


def test_what_was_answered_before_holds_until_an_option_says_otherwise(plain: Path) -> None:
    init(plain, "--yes", "--run", "--suite", "acme/merganser@v1.2.3", "--queue", "--owner", "@acme/ml")
    init(plain, "--yes", "--force", "--app-id", "123")
    done = init(plain, "--yes", "--force")
    assert used(plain) == {"acme/merganser@v1.2.3"}
    assert ("merge_queue" in ruleset(plain), apps(plain)) == (True, [123])
    assert "/merganser.yaml @acme/ml" in (plain / ".github" / "CODEOWNERS").read_text().splitlines()
    assert "Install the GitHub App 123" in done.stdout
    init(plain, "--yes", "--force", "--no-queue", "--app-id", "0", "--suite", "acme/other@v2")
    assert used(plain) == {"acme/other@v2"}
    assert ("merge_queue" in ruleset(plain), apps(plain)) == (False, [None])


def test_an_owner_is_named_when_there_is_one(plain: Path) -> None:
    nobody = "CODEOWNERS names nobody"
    assert nobody in init(plain, "--yes", "--run").stdout
    done = init(plain, "--yes", "--owner", "@acme/ml")
    lines = (plain / ".github" / "CODEOWNERS").read_text().splitlines()
    assert nobody not in done.stdout
    assert {line.split()[-1] for line in lines[1:]} == {"@acme/ml"}
    git(plain, "remote", "add", "origin", "git@github.com:acme/churn.git")
    assert "If that is an organization" not in init(plain, "--yes").stdout


def test_whom_origin_names_is_nobody_as_long_as_code_owners_doesnt(plain: Path) -> None:
    init(plain, "--yes", "--run")
    git(plain, "remote", "add", "origin", "git@github.com:acme/churn.git")
    assert "CODEOWNERS names nobody" in init(plain, "--yes").stdout


def test_a_configuration_is_not_found_out_twice(plain: Path) -> None:
    init(plain, "--yes", "--run")
    assert "merganser.yaml is there already" in init(plain, "--yes", "--run", fails=2).stderr


def test_a_link_out_of_the_repository_is_not_followed(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "workflows"
    elsewhere.mkdir()
    (plain / ".github").mkdir()
    (plain / ".github" / "workflows").symlink_to(elsewhere)
    assert "is a link that leaves" in init(plain, "--yes", "--run", fails=2).stderr
    assert list(elsewhere.iterdir()) == []
