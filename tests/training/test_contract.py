"""A run records what callers of its model rely on: as the configuration writes it, or as its tables show it."""

import json
from pathlib import Path
from typing import Any

from merganser.commands.train.command import TrainRequest, train
from merganser.documents import load_json
from merganser.run import Run
from tests.training.conftest import CONFIG, PIPELINE, ModelRepo

TABLE = "pathlib.Path('data.csv').write_text('age,plan,since,none\\n' + '40,a,2026-01-02,\\n' * 5)\n"
FEATURES = "    features: {file: data.csv}\n"


def recorded(repo: ModelRepo, more: str, code: str = PIPELINE + TABLE) -> dict[str, Any] | None:
    """The contract in `run.json` as its file spells it, after reading it strictly."""
    repo.commit(merganser__yaml=CONFIG + more, train__py=code, __gitignore="*.bin\n*.json\n*.csv\n")
    written = Path(train(TrainRequest(folder=repo.folder, model="m")), "run.json").read_bytes()
    load_json(written, "run.json", Run)
    found: dict[str, Any] | None = json.loads(written)["contract"]
    return found


def test_inputs_are_the_features_and_outputs_what_the_model_said(repo: ModelRepo) -> None:
    assert recorded(repo, FEATURES) == {
        "inputs": [
            {"name": "age", "type": "integer"},
            {"name": "plan", "type": "text"},
            {"name": "since", "type": "date"},
            {"name": "none", "type": "empty"},
        ],
        "outputs": [{"name": "pred", "type": "text"}],
    }


def test_named_columns_stand_in_their_order_and_without_features_inputs_are_unknown(repo: ModelRepo) -> None:
    named = recorded(repo, "    features: {file: data.csv, columns: [plan, age]}\n")
    assert named is not None
    assert [column["name"] for column in named["inputs"]] == ["plan", "age"]
    assert recorded(repo, "") == {"outputs": [{"name": "pred", "type": "text"}]}


def test_what_is_written_wins(repo: ModelRepo) -> None:
    written = "    contract: {inputs: [{name: x, type: float}], outputs: [{name: y, type: text, classes: [a, b]}]}\n"
    assert recorded(repo, FEATURES + written) == {
        "inputs": [{"name": "x", "type": "float"}],
        "outputs": [{"name": "y", "type": "text", "classes": ["a", "b"]}],
    }


def test_types_of_parquet_are_the_files_own(repo: ModelRepo) -> None:
    code = "import polars\npolars.DataFrame({'zip': ['20095'], 'n': [1]}).write_parquet('data.parquet')\n"
    found = recorded(repo, "    features: {file: data.parquet}\n", PIPELINE + code)
    assert found is not None
    assert found["inputs"] == [{"name": "zip", "type": "text"}, {"name": "n", "type": "integer"}]


def test_a_model_that_tells_nothing_has_none(repo: ModelRepo) -> None:
    repo.commit(merganser__yaml=CONFIG.replace(CONFIG.splitlines()[-1] + "\n", ""))
    bundle = train(TrainRequest(folder=repo.folder, model="m"))
    assert json.loads((bundle / "run.json").read_text())["contract"] is None
