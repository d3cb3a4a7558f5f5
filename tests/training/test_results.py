"""Parameters, metrics and DVC's pins are read strictly."""

import json
from pathlib import Path
from typing import Any

import pytest

from merganser.config import Artifact, Model
from merganser.errors import DataError
from merganser.run import DataPin
from merganser.training.pins import Tracked, data_pins, stages
from merganser.training.results import metrics, parameters

MODEL = Model(artifact=Artifact(path="m"))
NOTHING = Tracked({}, frozenset())


def with_params(name: str) -> Model:
    return Model(artifact=Artifact(path="m"), params=name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("params.yaml", "train: {C: 1e-3, layers: [1, 2], on: yes}\nseed: 012\nnone: ~\n"),
        ("p.json", '{"train": {"C": 0.001, "layers": [1, 2], "on": "yes"}, "seed": 12, "none": null}'),
    ],
)
def test_parameters_have_dotted_names(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    expected = {"train.C": 0.001, "train.layers": [1, 2], "train.on": "yes", "seed": 12, "none": None}
    assert parameters(tmp_path, with_params(name)) == expected


def test_toml_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("seed = 1\n[train]\nC = 0.5\n")
    assert parameters(tmp_path, with_params("p.toml")) == {"seed": 1, "train.C": 0.5}


def test_only_the_default_file_may_be_missing(tmp_path: Path) -> None:
    assert parameters(tmp_path, MODEL) == {}
    with pytest.raises(DataError, match=r"other\.yaml can't be read"):
        parameters(tmp_path, with_params("other.yaml"))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.yaml", "a: 1\na: 2\n", r"p\.yaml:2: the key 'a' stands twice"),
        ("p.yaml", "a: .nan\n", "no finite number"),
        ("p.toml", "a = \n", r"p\.toml: "),
        ("p.py", "a = 1\n", r"p\.py: the format \.py"),
        ("p.json", '{"a": 1, "a": 2}', "stands twice"),
    ],
)
def test_files_that_fool_are_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=said):
        parameters(tmp_path, with_params(name))


def test_metrics_are_the_finite_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"accuracy": 0.5, "by": {"x": 1, "list": [1]}, "name": "svc", "ok": true}')
    (tmp_path / "b.yaml").write_text("loss: 1e-2\n")
    (tmp_path / "c.json").write_text("5")
    assert metrics(tmp_path, ("a.json", "b.yaml", "c.json")) == {"accuracy": 0.5, "by.x": 1.0, "loss": 0.01}


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": Infinity}', '{"a": 1e999}', '{"a": 1' + "0" * 350 + "}"])
def test_a_metric_that_is_no_finite_number_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError, match=r"a\.json"):
        metrics(tmp_path, ("a.json",))


def test_one_name_in_two_files_is_an_error(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text('{"accuracy": 1}')
    with pytest.raises(DataError, match=r"b\.json: the metric 'accuracy'"):
        metrics(tmp_path, ("a.json", "b.json"))


LOCK = {
    "schema": "2.0",
    "stages": {
        "train": {
            "cmd": "x",
            "deps": [
                {"path": "src/t.py", "hash": "md5", "md5": "1"},
                {"path": "data/raw.csv", "hash": "md5", "md5": "2"},
                {"path": "s3://b/k", "etag": "3"},
                {"path": "nothing"},
                "odd",
            ],
            "outs": [{"path": "m", "md5": "4"}],
        },
        "evaluate": {"cmd": "y", "deps": [{"path": "m", "md5": "4"}]},
    },
}


def test_pins_are_the_data_that_no_commit_holds(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(json.dumps(LOCK))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/x.csv.dvc").write_text(
        "deps: [{path: 'https://e.org/x', etag: q}]\nouts: [{md5: '9', path: x.csv}]"
    )
    (tmp_path / "data/odd.dvc").write_text("[]")
    in_git = dict.fromkeys(["src/t.py", "data/x.csv.dvc", "data/odd.dvc", "gone.dvc"], "0a")
    assert data_pins(tmp_path, Tracked(in_git, frozenset({"m"}))) == (
        DataPin(name="data/raw.csv", system="dvc", digest="md5:2"),
        DataPin(name="data/x.csv", system="dvc", digest="md5:9", uri="https://e.org/x"),
        DataPin(name="s3://b/k", system="dvc", digest="etag:3", uri="s3://b/k"),
    )


def test_a_stages_digest_is_of_its_locked_state(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(json.dumps(LOCK))
    first = stages(tmp_path, NOTHING)
    assert [stage.name for stage in first] == ["train", "evaluate"]
    assert all(len(stage.digest) == len("sha256:") + 64 for stage in first)
    (tmp_path / "dvc.lock").write_text(json.dumps(LOCK).replace('"2"', '"5"'))
    second = stages(tmp_path, NOTHING)
    assert first[0].digest != second[0].digest
    assert first[1] == second[1]


def code_of(folder: Path, lock: object, in_git: dict[str, str], params: str = "params.yaml") -> str:
    (folder / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": {"train": lock}}))
    (stage,) = stages(folder, Tracked(in_git, frozenset(), params))
    return stage.code


STAGE: dict[str, Any] = {
    "cmd": "python t.py",
    "deps": [{"path": "src", "md5": "1.dir"}, {"path": "../lib.py", "md5": "2"}, {"path": "data", "md5": "3.dir"}],
    "params": {"params.yaml": {"C": 1}, "other.yaml": {"seed": 1}},
    "outs": [{"path": "m", "md5": "4"}],
}
IN_GIT = {"src/t.py": "aa", "src/u.py": "bb", "../lib.py": "cc", "data/.gitignore": "dd", "data/raw.dvc": "ee"}


@pytest.mark.parametrize(
    ("change", "in_git"),
    [
        ({"outs": [{"path": "m", "md5": "5"}]}, {}),
        ({"params": {"params.yaml": {"C": 2}, "other.yaml": {"seed": 1}}}, {}),
        ({"deps": [*STAGE["deps"][:2], {"path": "data", "md5": "9.dir"}]}, {}),
        ({}, {"data/raw.dvc": "ff", "README": "ff"}),
    ],
)
def test_a_stages_code_stands_still_while_data_parameters_and_results_move(
    tmp_path: Path, change: dict[str, object], in_git: dict[str, str]
) -> None:
    assert code_of(tmp_path, STAGE | change, IN_GIT | in_git) == code_of(tmp_path, STAGE, IN_GIT)


@pytest.mark.parametrize(
    ("change", "in_git"),
    [
        ({"cmd": "python u.py"}, {}),
        ({"params": {"other.yaml": {"seed": 2}}}, {}),
        ({"deps": STAGE["deps"][1:]}, {}),
        ({}, {"src/u.py": "ff"}),
        ({}, {"src/new.py": "ff"}),
        ({}, {"../lib.py": "ff"}),
    ],
)
def test_a_stages_code_is_its_command_what_it_reads_from_git_and_other_parameters(
    tmp_path: Path, change: dict[str, object], in_git: dict[str, str]
) -> None:
    assert code_of(tmp_path, STAGE | change, IN_GIT | in_git) != code_of(tmp_path, STAGE, IN_GIT)


def test_a_folder_of_code_is_no_data(tmp_path: Path) -> None:
    code_of(tmp_path, STAGE, {})
    assert [pin.name for pin in data_pins(tmp_path, Tracked(IN_GIT, frozenset()))] == ["data"]


def test_a_whole_folder_that_git_holds_is_code(tmp_path: Path) -> None:
    lock = {"cmd": "x", "deps": [{"path": ".", "md5": "1.dir"}]}
    assert code_of(tmp_path, lock, {"t.py": "aa"}) != code_of(tmp_path, lock, {"t.py": "bb"})


def test_without_dvc_there_are_neither(tmp_path: Path) -> None:
    assert data_pins(tmp_path, NOTHING) == ()
    assert stages(tmp_path, NOTHING) == ()


@pytest.mark.parametrize("text", ["[]", "schema: '2.0'", "stages: {a: 1}"])
def test_an_odd_lock_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "dvc.lock").write_text(text)
    with pytest.raises(DataError, match=r"dvc\.lock has no stages"):
        stages(tmp_path, NOTHING)
