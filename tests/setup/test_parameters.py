"""What `merganser demo --set` takes and refuses, at once and with a reason."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from merganser.errors import ConfigError
from merganser.setup import demo, parameters
from tests.architecture.layers import REPO

FILE = REPO / "examples" / "digits" / "params.yaml"
KNOWN = {
    "prepare.seed": 0,
    "prepare.holdout": 898,
    "prepare.max_saturated": None,
    "train.C": 0.1,
    "train.gamma": 0.001,
}


def test_the_examples_parameters_are_read() -> None:
    assert parameters.read(FILE) == KNOWN


def test_changes_are_read() -> None:
    changes = ("train.C=1", " train.gamma =1e-3", "prepare.max_saturated=null")
    assert demo.parse_changes(changes) == {"train.C": "1", "train.gamma": "1e-3", "prepare.max_saturated": "null"}
    assert demo.parse_changes(()) == {}


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        (("train.C",), "--set train.C is not KEY=VALUE", "Write it like train.C=10."),
        (("=1",), "--set =1 is not KEY=VALUE", "Write it like train.C=10."),
        (("train.c=1",), "--set train.c: there is no such parameter; did you mean train.C?", "There are prepare.seed"),
        (("C=1",), "--set C: there is no such parameter", "train.C, train.gamma."),
        (("train=1",), "--set train: there is no such parameter; did you mean train.C?", "train.C"),
        (("train.C.x=1",), "--set train.C.x: there is no such parameter; did you mean train.C?", "train.C"),
        (("train.C=1", "train.C=2"), "--set train.C stands there twice", "one value"),
        (("train.C=[1",), "--set train.C=[1: not a single YAML value", "Write a number"),
        (("train.C=[1]",), "--set train.C=[1]: not a single YAML value", "Write a number"),
        (("train.C=a: b",), "--set train.C=a: b: not a single YAML value", "Write a number"),
        (("train.C=2001-02-31",), "--set train.C=2001-02-31: not a single YAML value", "Write a number"),
        (("train.C=" + "1" * 101,), "--set train.C=" + "1" * 80 + "…: not a single YAML value", "Write a number"),
        (
            ("train.C=0.10", "train.gamma=1e-3"),
            "with these values the second pull request changes nothing",
            "The first one has them already: train.C=0.1, train.gamma=0.001.",
        ),
    ],
)
def test_what_can_not_be_set_is_refused(changes: tuple[str, ...], message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        demo.parse_changes(changes)
    assert refused.value.message == message
    assert hint in refused.value.hint


@given(st.text(max_size=120))
def test_any_text_is_a_value_or_refused(text: str) -> None:
    try:
        found = parameters.value("train.C", text)
    except ConfigError:
        return
    assert found is None or isinstance(found, str | int | float)


def test_writing_changes_the_values_alone(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_bytes(FILE.read_bytes())
    parameters.write(file, {"train.C": "10", "train.gamma": "5e-4"})
    before, after = FILE.read_text().splitlines(), file.read_text().splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [old.strip() for old, _ in changed] == ["C: 0.1", "gamma: 0.001"]
    assert yaml.safe_load(file.read_text())["train"] == {"C": 10, "gamma": 0.0005}
    parameters.write(file, {"prepare.max_saturated": "7", "train.C": "0.1", "train.gamma": "0.001"})
    assert [line for line in file.read_text().splitlines() if line not in before] == ["  max_saturated: 7"]
