"""The page about the gate: its examples are run and answer as written, its tables agree with the program."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from merganser.config import Task, labels_path
from merganser.config.file import load_config
from merganser.evaluation import metrics
from merganser.evaluation.fairness import Rate
from merganser.evaluation.metrics import Family, metric_of
from merganser.evaluation.outcomes import Rule
from merganser.evaluation.policy import check_policy
from merganser.evaluation.statistics.rates import required_rows, tango_interval
from merganser.evaluation.verdict import Status
from merganser.git import Repository
from merganser.storage.objects import fetch
from merganser.storage.pointers import pointer_at
from merganser.storage.remote import CONFIG, read_remote
from tests.architecture.layers import REPO
from tests.evaluation.samples import NOW

PAGE = (REPO / "docs" / "gate.md").read_text()
EXAMPLES = re.findall(r"^```console\n\$ merganser (gate [^\n]+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
FILES = dict(
    re.findall(r"`(\w+\.yaml)`[^`]*(?:`[^`]*`[^`]*)?:\n\n```yaml\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
)
MODEL = (
    "version: 1\nmodels: {m: {artifact: {path: m.bin}, predictions: {file: f, key: k, label: l, score: s}, gate: {%s}}}"
)


def section(title: str) -> str:
    return re.split(r"^## ", re.split(rf"^## {title}\n", PAGE, flags=re.MULTILINE)[1], flags=re.MULTILINE)[0]


def table(title: str) -> list[list[str]]:
    rows = [line.strip("|").split("|") for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page: those that are shown, and those that its script makes."""
    folder = tmp_path_factory.mktemp("gate")
    (script,) = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(("command", "answer"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_an_example_answers_as_written(made: Path, command: str, answer: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "merganser", *command.split()], cwd=made, capture_output=True, text=True, check=False
    )
    assert [line.rstrip() for line in done.stdout.splitlines()] == _whole(answer).splitlines(), done.stderr
    assert done.returncode == (1 if answer.startswith("✗") else 0)


def _whole(answer: str) -> str:
    """The answer with the sentences in one line that the page continues in indented ones."""
    return re.sub(r"\n  (?=\S)", " ", answer)


def test_there_is_an_example_of_each_answer() -> None:
    assert len(EXAMPLES) == 6
    assert {answer[0] for _, answer in EXAMPLES} == {"✓", "?", "✗"}


def test_each_status_and_rule_is_told() -> None:
    assert [row[0].strip("`") for row in table("Statuses")] == ["pass", "fail", "inconclusive", *[*Status][3:]]
    named = set(re.findall(r"`(\w+)[`:]", " ".join(row[0] for row in table("Rules")) + "`rise`"))
    assert {rule.value for rule in Rule} - {"drift"} <= named


TASKS = {word.value: word for word in Task}
COMPUTED = [
    (name, {TASKS[word] for word in row[2].split(", ") if word in TASKS} or set(Task))
    for row in table("The metrics")
    for name in re.findall(r"`([^`]+)`", " ".join(row[:2]))
]


@pytest.mark.parametrize(("name", "tasks"), COMPUTED, ids=[name for name, _ in COMPUTED])
def test_a_metric_is_computed_for_the_tasks_that_stand_there_and_no_other(name: str, tasks: set[Task]) -> None:
    if name == "sklearn.metrics":
        return
    assert {task for task in Task if metric_of(name, task).family is not Family.reported} == tasks


def test_every_metric_with_a_name_of_its_own_is_there() -> None:
    there = {name for name, _ in COMPUTED}
    assert {*metrics._NAMES, *metrics._ALIASES} - there == set()
    assert {f"{name}(COLUMN)" for name in metrics._OF_COLUMN} <= there


NEEDED = [
    (name, task, row[3].partition("; ")[2])
    for row in table("The metrics")[:10]
    for name in re.findall(r"`([^`]+)`", row[0])
    for task in row[2].split(", ")
]


@pytest.mark.parametrize(("name", "task", "needed"), NEEDED)
def test_the_columns_that_a_metric_needs_are_enough_each_by_itself(name: str, task: str, needed: str) -> None:
    columns = re.split(", | or ", needed)
    choices = [columns] if task == "ranking" else [[one] for one in columns if (one, task) != ("score", "multiclass")]
    assert choices
    for choice in choices:
        written = ", ".join(f"{one}: {'{1: a, 0: b}' if one == 'scores' else one}" for one in choice)
        text = f"""version: 1
models:
  m:
    artifact: {{path: m}}
    task: {task}
    predictions: {{file: f, key: k, label: l, {written}}}
    gate: {{metrics: {{{name}: {{non_inferior: {{margin: 0.01}}}}}}}}"""
        check_policy("m", load_config(text.encode(), "page").models["m"], NOW)


def test_the_slices_and_inline_rules_are_read() -> None:
    (slices,) = re.findall(r"^```yaml\n(.*?)^```$", section("Slices"), flags=re.MULTILINE | re.DOTALL)
    lines = "".join(f"      {line}\n" for line in slices.splitlines())
    text = (
        "version: 1\nmodels:\n  m:\n    artifact: {path: m}\n    predictions: {file: f, key: k, label: l, score: s}\n"
        f"    gate:\n{lines}"
    )
    check_policy("m", load_config(text.encode(), "page").models["m"], NOW)
    beside = re.findall(r"`((?:calibration|fairness): .+?)`", section("Calibration, fairness, budgets, drift"))
    assert len(beside) == 2
    for rules in beside:
        check_policy("m", load_config((MODEL % rules).encode(), "page").models["m"], NOW)


@pytest.mark.integration
def test_the_example_of_sealed_labels_is_read_and_its_commands_put_them_where_they_are_found(tmp_path: Path) -> None:
    (written,) = re.findall(r"^```yaml\n(version.*?)^```$", section("Sealed labels"), flags=re.MULTILINE | re.DOTALL)
    model = load_config(written.encode(), "page").models["churn"]
    check_policy("churn", model, NOW)
    (commands,) = re.findall(r"^```sh\n(.*?)^```$", section("Sealed labels"), flags=re.MULTILINE | re.DOTALL)
    folder, store = tmp_path / "repo", tmp_path / "store"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "holdout.csv").write_text("row_id,churned,country\n1,yes,de\n")
    script = "set -e\ngit init -q .\ndvc init -q\n" + commands.replace("s3://acme-sealed/churn", str(store))
    who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    quiet = {"DVC_NO_ANALYTICS": "1", "HOME": str(tmp_path), "PATH": path, **who}
    subprocess.run(["sh", "-c", script], cwd=folder, env=quiet, check=True, capture_output=True)
    clone = Repository(folder)
    found = pointer_at(labels_path(model), lambda name: clone.file("HEAD", name))
    config = clone.file("HEAD", CONFIG)
    assert found is not None
    assert config is not None
    got = fetch(read_remote(config, found.remote), found, tmp_path / "got.csv", 1000)
    assert got.read_bytes() == (folder / "data" / "holdout.csv").read_bytes()
    assert clone.file("HEAD", "data/holdout.csv") is None


def test_the_rates_of_fairness_are_those_that_stand_there() -> None:
    (listed,) = re.findall(
        r"Rates are (.+?), of the candidate", section("Calibration, fairness, budgets, drift"), re.DOTALL
    )
    assert re.findall(r"`(\w+)`", listed) == [rate.value for rate in Rate]


def test_the_rows_that_a_margin_takes_are_those_of_the_formula() -> None:
    shares = (0.02, 0.06, 0.15)
    for row in table("Margins"):
        assert [int(cell.replace(",", "")) for cell in row[1:]] == [
            required_rows(d, float(row[0]), 0.95) for d in shares
        ]


def test_what_rows_without_a_difference_leave_open() -> None:
    assert f"± {tango_interval(0, 0, 50, 0.95)[1]:.3f}" in section("The metrics")
    assert f"takes {required_rows(0, 0.01, 0.95)} of them" in section("The metrics")


def test_the_contents_lead_to_each_section() -> None:
    titles = re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    linked = re.findall(r"\]\(#([\w-]+)\)", PAGE)
    assert linked == [title.lower().replace(",", "").replace(" ", "-") for title in titles]
