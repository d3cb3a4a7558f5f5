"""What differs between two runs."""

from typing import Any

import pytest

from merganser.config import Direction
from merganser.documents import dump_json
from merganser.evaluation.compare import Comparison, MetricChange, ValueChange, compare, flatten_params
from merganser.run import DataPin, Environment, Run


def run(commit: str, **fields: Any) -> Run:
    return Run(
        model="m", inputs_digest="sha256:1", tree="1" * 40, commit=commit * 40, head=commit * 40,
        environment=Environment(python="3.11", platform="linux"), started="s", finished="f", **fields,
    )  # fmt: skip


def pin(name: str, digest: str) -> DataPin:
    return DataPin(name=name, system="dvc", digest=digest)


def test_compare() -> None:
    before = run(
        "a", metrics={"accuracy": 0.5, "rmse": 2.0}, params={"train": {"C": 1, "kernel": "rbf"}},
        data=(pin("raw", "md5:1"), pin("same", "md5:3")),
    )  # fmt: skip
    after = run(
        "b", metrics={"accuracy": 0.75, "zing": 1.0}, params={"train": {"C": 10, "kernel": "rbf", "on": True}},
        data=(pin("raw", "md5:2"), pin("same", "md5:3")),
    )  # fmt: skip
    assert compare(before, after) == Comparison(
        a="a" * 12,
        b="b" * 12,
        metrics=(
            MetricChange(name="accuracy", baseline=0.5, candidate=0.75, delta=0.25, direction=Direction.up),
            MetricChange(name="rmse", baseline=2.0, candidate=None, delta=None, direction=Direction.down),
            MetricChange(name="zing", baseline=None, candidate=1.0, delta=None, direction=None),
        ),
        params=(
            ValueChange(name="train.C", before="1", after="10"),
            ValueChange(name="train.on", before=None, after="true"),
        ),
        data=(ValueChange(name="raw", before="md5:1", after="md5:2"),),
    )


def test_a_difference_that_no_number_holds_is_none() -> None:
    found = compare(run("a", metrics={"m": 1.7e308}), run("b", metrics={"m": -1.7e308}))
    assert found.metrics == (MetricChange(name="m", baseline=1.7e308, candidate=-1.7e308, delta=None, direction=None),)
    dump_json(found)


def test_the_same_run_differs_in_nothing() -> None:
    one = run("a", params={"x": 1}, data=(pin("raw", "md5:1"),))
    assert compare(one, one) == Comparison(a="a" * 12, b="a" * 12)


@pytest.mark.parametrize(
    ("params", "flat"),
    [
        ({"a": {"b": {"c": 1}}, "d": 2.5}, {"a.b.c": 1, "d": 2.5}),
        ({"layers": [64, {"n": 32}]}, {"layers.0": 64, "layers.1.n": 32}),
        (
            {"empty": {}, "none": [], "null": None, "yes": True},
            {"empty": "{}", "none": "[]", "null": None, "yes": True},
        ),
        ({1: "x"}, {"1": "x"}),
        ({"layers": (64, ({"n": 32}, ()))}, {"layers.0": 64, "layers.1.0.n": 32, "layers.1.1": "()"}),
        ({}, {}),
    ],
)
def test_flatten_params(params: dict[str, Any], flat: dict[str, Any]) -> None:
    assert flatten_params(params) == flat
    assert list(flatten_params(params)) == list(flat)


def test_depth_is_no_danger() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert len(flatten_params(deep)) == 1
