"""`merganser try` from a person's shell: their files in, a comment out, and nothing of theirs touched."""

import json
import os
import re
from pathlib import Path
from urllib.request import urlopen

import pytest

from merganser.hub import Hub
from merganser.setup.init.rulesets import Protection, rulesets
from tests.architecture.layers import REPO
from tests.commands.stage import TRAIN, params
from tests.setup.trying import dvc, fingerprint, git, merganser, repository

README = (REPO / "README.md").read_text()
PLAIN = """\
import csv
import json

import joblib
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

x, y = load_digits(return_X_y=True)
x, unseen, y, truth = train_test_split(x, y, test_size=898, random_state=0, stratify=y)
model = SVC(C=1, gamma=0.001).fit(x, y)
rows = [(n, int(t), int(p)) for n, (t, p) in enumerate(zip(truth, model.predict(unseen), strict=True))]
with open("predictions.csv", "w", newline="") as file:
    csv.writer(file).writerows([("row_id", "label", "prediction"), *rows])
joblib.dump(model, "model.joblib")
"""


def test_outside_of_a_repository_it_says_how_to_begin(tmp_path: Path) -> None:
    done = merganser(tmp_path, "try")
    assert done.returncode == 2
    assert "is in no git repository" in done.stderr
    assert "merganser init" in done.stderr


def test_without_a_configuration_it_says_what_writes_one(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    done = merganser(tmp_path, "try")
    assert done.returncode == 2
    assert "merganser.yaml is missing" in done.stderr
    assert "merganser init" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("other", "a=1"), "--set other: there is no such model"),
        (("tiny", "a"), "is not KEY=VALUE"),
        (("tiny", "c=1"), "there is no such parameter"),
        (("tiny", "a=100"), "the parameters have these values already"),
    ],
)
def test_what_cant_be_set_is_said(arguments: tuple[str, str], words: str, tmp_path: Path) -> None:
    done = merganser(repository(tmp_path), "try", "--set", *arguments)
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr


def test_comments_want_a_workflow_that_answers_them(tmp_path: Path) -> None:
    """It is said before anything is trained."""
    folder = repository(tmp_path)
    git(folder, "rm", "-q", ".github/workflows/merganser-commands.yml")
    git(folder, "commit", "-qm", "No answers")
    done = merganser(folder, "try", "--comment", "/help")
    assert done.returncode == 2
    assert "nothing answers comments" in done.stderr
    assert "merganser init writes merganser-commands.yml" in done.stderr
    assert "Train" not in done.stderr


@pytest.mark.integration  # a training, then four workflow runs
def test_two_commands_from_a_plain_script_to_a_judged_pull_request(tmp_path: Path) -> None:
    """What the readme promises: no git, no DVC, no parameters, nothing edited by hand."""
    folder = tmp_path / "digits"
    folder.mkdir()
    (folder / "train.py").write_text(PLAIN)
    [block] = [each for each in re.findall(r"^```sh\n(.*?)^```$", README, re.M | re.S) if "merganser init" in each]
    installed, entered, *commands = block.splitlines()
    assert (installed.split()[:2], entered.split()[0]) == (["pip", "install"], "cd")
    for line in commands:
        program, *arguments = line.partition("#")[0].split()
        assert program == "merganser"
        done = merganser(folder, *arguments)
        assert done.returncode == 0, done.stderr
    assert "✅ merganser/gate: digits: passes" in done.stdout
    assert "| `accuracy` | 0.9878 | 0.9878 |" in done.stdout
    assert "/you/digits/pull/1" in done.stdout
    assert (folder / "train.py").read_text() == PLAIN


@pytest.mark.integration  # four workflow runs
def test_uncommitted_work_is_tried_and_left_as_it_is(tmp_path: Path) -> None:
    folder = repository(tmp_path)
    git(folder, "checkout", "-qb", "better")
    (folder / "params.yaml").write_text(params(200, 200))
    sees = f"import os\nassert (os.environ['MY_DATA'], os.environ['HOME']) == ('here', {os.environ['HOME']!r})\n"
    (folder / "train.py").write_text(sees + TRAIN)
    (folder / "notes.md").write_text("new\n")
    (folder / "secret.txt").write_text("mine\n")
    before = fingerprint(folder)
    done = merganser(folder, "try", "--json", MY_DATA="here")
    assert done.returncode == 0, done.stderr
    assert fingerprint(folder) == before
    answered = json.loads(done.stdout)
    assert (answered["conclusion"], answered["title"]) == ("success", "3 uncommitted files")
    assert "passes (accuracy +0.00333)" in answered["comment"]  # four of 600 rows are wrong, and six before


@pytest.mark.integration  # four workflow runs
def test_a_worse_parameter_is_red_and_what_was_pushed_can_be_looked_at(tmp_path: Path) -> None:
    folder, kept = repository(tmp_path / "mine"), tmp_path / "kept"
    (folder / "secret.txt").write_text("mine\n")
    done = merganser(folder, "try", "--set", "tiny", "a=5", "--keep", str(kept))
    assert done.returncode == 1, done.stderr
    assert "❌ merganser/gate: tiny:" in done.stdout
    [pushed] = (kept / "hub" / "repos" / "you").iterdir()
    assert git(pushed, "diff", "--stat=200", "main", "try").splitlines()[0].split() == ["params.yaml", "|", "2", "+-"]
    assert "secret.txt" not in git(pushed, "ls-tree", "-r", "--name-only", "try")


@pytest.mark.integration  # five workflow runs
@pytest.mark.parametrize(
    ("role", "login", "answer", "conclusion"),
    [
        ("maintain", "a-maintainer", "`accuracy:non_inferior` of `tiny` is overridden", "success"),
        ("author", "you", "Nobody overrides the gate of their own pull request", "failure"),
        ("write", "a-writer", "override needs the permission maintain here; you have write", "failure"),
    ],
)
def test_a_comment_is_answered(role: str, login: str, answer: str, conclusion: str, tmp_path: Path) -> None:
    """Thirty of 600 rows are wrong, and six before: accuracy is proven to fall by more than 0.02."""
    folder = repository(tmp_path)
    (folder / "params.yaml").write_text(params(20, 20))
    text = "/override accuracy:non_inferior --reason 'the old labels were wrong'"
    done = merganser(folder, "try", "--json", "--as", role, "--comment", text)
    answered = json.loads(done.stdout)
    [said] = answered["said"]
    assert (said["by"], said["comment"], answer in said["reply"]) == (login, text, True), said
    assert (answered["conclusion"], done.returncode) == (conclusion, int(conclusion == "failure")), done.stderr
    assert done.stderr.count("❌ merganser/gate") == (1 if conclusion == "success" else 2)
    assert "tiny: accuracy fell by 0.04" in done.stderr


@pytest.mark.integration  # eight workflow runs
def test_comments_are_answered_in_their_order_and_a_training_begins_again(tmp_path: Path) -> None:
    done = merganser(repository(tmp_path), "try", "--set", "tiny", "a=5", "--comment", "Hello", "--comment", "/train")
    assert done.returncode == 1, done.stderr
    talk, command = done.stdout.partition("\n  Hello\n")[2].split("\n  /train\n")
    assert "Nothing was replied" in talk
    assert "Training every model that the pull request touches again" in command
    assert "attempt 2" in done.stdout


@pytest.mark.integration  # four workflow runs
def test_a_red_check_blocks_the_merge_where_the_rulesets_would(tmp_path: Path) -> None:
    folder, kept = repository(tmp_path / "mine"), tmp_path / "kept"
    (folder / ".github" / "rulesets").mkdir()
    for name, text in rulesets(Protection()).items():
        (folder / ".github" / "rulesets" / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "Rules")
    done = merganser(folder, "try", "--set", "tiny", "a=5", "--keep", str(kept))
    assert done.returncode == 1, done.stderr
    with Hub(kept / "hub") as hub, urlopen(f"{hub.url}/you/mine/pull/1", timeout=30) as page:
        assert "Merging is blocked" in page.read().decode()


@pytest.mark.integration
def test_a_default_branch_that_cant_be_trained_is_said(tmp_path: Path) -> None:
    folder = repository(tmp_path)
    (folder / "train.py").write_text("import nothing_of_this_name\n")
    git(folder, "commit", "-qam", "Break")
    done = merganser(folder, "try")
    assert done.returncode == 3
    assert "main can't be trained" in done.stderr
    assert "nothing_of_this_name" in done.stderr


@pytest.mark.integration
def test_why_a_change_cant_be_trained_is_said(tmp_path: Path) -> None:
    folder = repository(tmp_path)
    (folder / "train.py").write_text("import nothing_of_this_name\n")
    done = merganser(folder, "try")
    assert done.returncode == 1, done.stderr
    _, _, below = done.stdout.lower().partition("its training failed")
    assert "no module named 'nothing_of_this_name'" in below


@pytest.mark.integration
def test_data_comes_from_the_persons_own_dvc_cache(tmp_path: Path) -> None:
    """Data that no remote has: it is linked from the cache, to which nothing is added."""
    folder = repository(tmp_path)
    quiet = {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(tmp_path.parent / "site")}
    (folder / "data.csv").write_text("x\n")
    for command in (("init", "-q"), ("add", "-q", "data.csv")):
        dvc(folder, *command, **quiet)
    (folder / "train.py").write_text("open('data.csv').close()\n" + (folder / "train.py").read_text())
    (folder / "merganser.yaml").write_text(
        (folder / "merganser.yaml")
        .read_text()
        .replace("[train.py, params.yaml]", "[train.py, params.yaml, data.csv.dvc]")
    )
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "Data")
    before = fingerprint(folder / ".dvc")
    done = merganser(folder, "try", "--set", "tiny", "a=120", **quiet)
    assert done.returncode == 0, done.stdout + done.stderr
    assert fingerprint(folder / ".dvc") == before
