"""A training leaves a profile of its features and its latencies, where the configuration asks for them."""

import hashlib
import json
from pathlib import Path

import pytest

from merganser.commands.train.command import TrainRequest, train
from merganser.documents import load_json
from merganser.errors import DataError
from merganser.evaluation.drift.profile import CategoryColumn, NumberColumn, load_profile
from merganser.run import BundleFile, LatencyFile, Run
from tests.training.conftest import CONFIG, PIPELINE, ModelRepo

ROWS = "rows = [f'{i},{\"ab\"[i % 4 == 0]},{i % 7}' for i in range(400)]\n"
MEASURED = (
    PIPELINE
    + ROWS
    + "pathlib.Path('data.csv').write_text('\\n'.join(['age,plan,secret', *rows, '3,rare,7']) + '\\n')\n"
    + "pathlib.Path('lat.csv').write_text('ms\\n' + '\\n'.join(str(i) for i in range(1, 201)) + '\\n')\n"
)
FEATURES = "    features: {file: data.csv, columns: [plan, age]}\n"
LATENCY = "    budgets: {latency: {file: lat.csv, column: ms}}\n"
DVC = "outs: [{md5: '1', path: data.csv}, {md5: '2', path: lat.csv}]\n"


def trained(repo: ModelRepo, more: str, code: str = MEASURED) -> tuple[Path, Run]:
    repo.commit(merganser__yaml=CONFIG + more, train__py=code, d__dvc=DVC, __gitignore="*.bin\n*.json\n*.csv\n")
    bundle = train(TrainRequest(folder=repo.folder, model="m"))
    return bundle, load_json((bundle / "run.json").read_bytes(), "run.json", Run)


def test_the_profile_is_of_the_named_columns_and_the_table_stays(repo: ModelRepo) -> None:
    bundle, run = trained(repo, FEATURES)
    data = (bundle / "profile.json").read_bytes()
    assert run.files["profile"] == BundleFile(path="profile.json", sha256=hashlib.sha256(data).hexdigest())
    profile = load_profile(data, "profile.json")
    assert set(profile.columns) == {"plan", "age"}
    plan, age = profile.columns["plan"], profile.columns["age"]
    assert isinstance(plan, CategoryColumn)
    assert plan.shares == pytest.approx({"a": 300 / 401, "b": 100 / 401})
    assert isinstance(age, NumberColumn)
    assert (age.n, age.missing, age.mean) == (401, 0, pytest.approx((399 * 200 + 3) / 401))
    assert b"rare" not in data
    assert sorted(path.name for path in bundle.iterdir()) == ["predictions.csv", "profile.json", "run.json"]


def test_latencies_travel_with_the_run(repo: ModelRepo) -> None:
    bundle, run = trained(repo, LATENCY)
    data = (bundle / "latency.csv").read_bytes()
    assert data == (repo.folder / "lat.csv").read_bytes()
    assert run.files["latency"] == BundleFile(path="latency.csv", sha256=hashlib.sha256(data).hexdigest(), rows=200)
    assert run.budgets["latency_ms"] == LatencyFile(file="latency.csv", column="ms")
    assert json.loads((bundle / "run.json").read_text())["budgets"]["latency_ms"] == {
        "file": "latency.csv",
        "column": "ms",
    }
    assert set(run.budgets) == {"train_seconds", "artifact_mb", "latency_ms"}
    assert [pin.name for pin in run.data] == ["data.csv"]


def test_without_either_there_is_neither(repo: ModelRepo) -> None:
    bundle, run = trained(repo, "")
    assert set(run.files) == {"predictions"}
    assert set(run.budgets) == {"train_seconds", "artifact_mb"}
    assert sorted(path.name for path in bundle.iterdir()) == ["predictions.csv", "run.json"]


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (FEATURES, PIPELINE, r"data\.csv: no such file"),
        (FEATURES.replace("age", "shoe"), MEASURED, "the features have no column 'shoe'"),
        (LATENCY, PIPELINE, r"lat\.csv is missing"),
        (LATENCY.replace("ms", "seconds"), MEASURED, "the latencies have no column 'seconds'"),
        (LATENCY, MEASURED.replace("str(i) for", "'-' + str(i) for"), "200 of 200 latencies"),
    ],
)
def test_what_no_gate_could_use_leaves_no_bundle(repo: ModelRepo, more: str, code: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        trained(repo, more, code)
    assert list((repo.folder / ".merganser").iterdir()) == []
