"""What counts as the same run again, and what is named as the cause where it isn't."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.config import Change, Unit
from merganser.registry.reproduction import Finding, Match, Part, Reproduction, Tolerances, compare
from merganser.run import Artifact, BundleFile, DataPin, Environment, Run, Stage
from tests.registry import samples

HERE = Environment(python="3.11.7", platform="linux-x86_64", packages={"scikit-learn": "1.9.1", "numpy": "2.4"})
STAGES = (Stage(name="prepare", digest="1", code="c"), Stage(name="train", digest="2", code="d"))
PREDICTIONS = BundleFile(path="predictions.parquet", sha256="aa", rows=9)


def run(environment: Environment = HERE, **fields: Any) -> Run:
    given: dict[str, Any] = {"params": {"seed": 1}, "stages": STAGES, "files": {"predictions": PREDICTIONS}, **fields}
    return msgspec.structs.replace(samples.run(**given), environment=environment)


def compared(recorded: Run, again: Run, tolerances: Tolerances | None = None) -> Reproduction:
    return compare("digits@v0.1.0", recorded, again, tolerances or Tolerances())


def matches(found: Reproduction, part: Part) -> dict[str, str]:
    return {finding.name: finding.match.value for finding in found.findings if finding.part is part}


def test_the_same_run_agrees_and_has_no_cause() -> None:
    found = compared(run(), run())
    assert (found.agrees, found.basis, found.causes) == (True, Part.metric, ())
    assert {finding.match for finding in found.findings} == {Match.identical}
    assert {finding.part for finding in found.findings} == set(Part)
    assert (found.version, found.commit) == ("digits@v0.1.0", "f6" * 20)


RELATIVE = Unit.relative


@pytest.mark.parametrize(
    ("recorded", "again", "allowed", "match"),
    [
        (0.5, 0.5 + 4e-10, None, Match.within),
        (0.5, 0.5 + 6e-10, None, Match.differs),
        (1e9, 1e9 + 0.5, None, Match.within),
        (0.0, 1e-13, None, Match.within),
        (0.0, 1e-11, None, Match.differs),
        (0.95, 0.96, Change(0.01), Match.within),
        (0.95, 0.961, Change(0.01), Match.differs),
        (0.5, 0.5 + 1e-15, Change(0.0), Match.differs),
        (200.0, 202.0, Change(0.01, RELATIVE), Match.within),
        (200.0, 203.0, Change(0.01, RELATIVE), Match.differs),
        (1.0, 9e99, Change(float("inf")), Match.within),
        (0.5, 0.5, Change(0.0), Match.identical),
    ],
)
def test_how_far_a_metric_may_lie(recorded: float, again: float, allowed: Change | None, match: Match) -> None:
    tolerances = Tolerances(every=allowed) if allowed else Tolerances()
    found = compared(run(metrics={"m": recorded}), run(metrics={"m": again}), tolerances)
    assert matches(found, Part.metric) == {"m": match}
    assert found.agrees is (match is not Match.differs)


def test_a_metric_has_its_own_tolerance() -> None:
    old, new = run(metrics={"a": 1.0, "b": 1.0}), run(metrics={"a": 1.1, "b": 1.1})
    found = compared(old, new, Tolerances(of={"a": Change(0.2)}))
    assert matches(found, Part.metric) == {"a": "within tolerance", "b": "differs"}
    (a, b) = (finding.delta for finding in found.findings if finding.part is Part.metric)
    assert a == b == pytest.approx(0.1)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_more_tolerance_never_turns_agreement_into_difference(recorded: float, again: float) -> None:
    old, new = run(metrics={"m": recorded}), run(metrics={"m": again})
    answers = [compared(old, new, Tolerances(every=Change(value))).agrees for value in (0.0, 1.0, 1e6, float("inf"))]
    assert answers == sorted(answers)
    assert answers[-1]


@pytest.mark.parametrize(
    ("recorded", "again", "agrees"),
    [({"a": 1.0, "b": 2.0}, {"a": 1.0}, False), ({"a": 1.0}, {"a": 1.0, "b": 2.0}, True), ({"a": 1.0}, {}, False)],
)
def test_each_recorded_metric_has_to_come_again(
    recorded: dict[str, float], again: dict[str, float], agrees: bool
) -> None:
    assert compared(run(metrics=recorded), run(metrics=again)).agrees is agrees


OTHER = {"predictions": BundleFile(path="predictions.parquet", sha256="bb", rows=9)}
PROFILE = {"profile": BundleFile(path="profile.json", sha256="aa")}
MODEL = (Artifact(path="models/digits.joblib", sha256="ff", size=1),)


@pytest.mark.parametrize(
    ("old", "new", "basis", "agrees"),
    [
        ({}, {}, Part.file, True),
        ({}, {"files": OTHER}, Part.file, False),
        ({}, {"files": {}}, Part.file, False),
        ({"files": {}}, {"files": {}}, Part.artifact, True),
        ({"files": PROFILE}, {"files": {}}, Part.artifact, True),
        ({"files": {}}, {"files": OTHER}, Part.artifact, True),
        ({"files": {}}, {"files": {}, "artifacts": MODEL}, Part.artifact, False),
        ({"files": {}, "artifacts": ()}, {"files": {}}, Part.artifact, False),
    ],
)
def test_without_metrics_predictions_decide_and_without_those_the_model(
    old: dict[str, Any], new: dict[str, Any], basis: Part, agrees: bool
) -> None:
    found = compared(run(metrics={}, **old), run(**{"metrics": {"new": 1.0}, **old, **new}))
    assert (found.basis, found.agrees) == (basis, agrees)


def test_measured_latencies_are_no_result() -> None:
    latency = {"latency": BundleFile(path="latency.csv", sha256="aa", rows=1)}
    assert matches(compared(run(files=latency), run(files=latency)), Part.file) == {}


DIFFERS = {"metrics": {"accuracy": 0.5}}
STEADY = "Python, platform and packages are as recorded: if a further run differs too, the pipeline is by chance"


@pytest.mark.parametrize(
    ("old", "new", "causes"),
    [
        ({}, DIFFERS, [STEADY]),
        (
            {"params": {"C": 1}},
            {"params": {"C": 1}, **DIFFERS},
            ["no parameter is called seed or random_state, so chance may have a part in it", STEADY],
        ),
        ({"params": {"split.randomState": 1}}, {"params": {"split.randomState": 1}, **DIFFERS}, [STEADY]),
        (
            {},
            {"inputs_digest": samples.OTHER, "params": {"seed": 2}},
            [
                "the commit of the tag has other inputs than the recorded run, so tag or record was changed",
                "the parameter seed was read otherwise",
                STEADY,
            ],
        ),
        (
            {},
            {"data": (DataPin(name="data/train.csv", system="dvc", digest="md5:9"),)},
            ["the data data/train.csv has other content", STEADY],
        ),
        ({}, {"data": ()}, ["the data data/train.csv is not there", STEADY]),
        ({"data": ()}, {"data": samples.run().data}, ["the data data/train.csv was not there", STEADY]),
        (
            {},
            {"stages": (STAGES[0], Stage(name="train", digest="3", code="d"), Stage(name="z", digest="1"))},
            ["train is the first stage that has other content, with the same code", STEADY],
        ),
        (
            {},
            {"stages": (Stage(name="prepare", digest="3", code="e"), STAGES[1])},
            ["prepare is the first stage that has other content", STEADY],
        ),
        (
            {"stages": (Stage(name="prepare", digest="1"),)},
            {"stages": (Stage(name="prepare", digest="3"),)},
            ["prepare is the first stage that has other content", STEADY],
        ),
        ({}, {"stages": ()}, ["prepare is the first stage that is not there", STEADY]),
        ({"stages": ()}, {"stages": STAGES}, ["prepare is the first stage that was not there", STEADY]),
    ],
)
def test_causes_are_named(old: dict[str, Any], new: dict[str, Any], causes: list[str]) -> None:
    assert list(compared(run(**old), run(**{**old, **new})).causes) == causes


def there(**packages: str) -> Environment:
    return Environment(python="3.11.7", platform="linux-x86_64", packages=packages)


@pytest.mark.parametrize(
    ("recorded", "again", "cause"),
    [
        (there(numpy="2.4"), there(numpy="2.5"), ["other packages than recorded: numpy (was 2.4, is 2.5)"]),
        (there(numpy="2.4"), there(), ["other packages than recorded: numpy (was 2.4, is not installed)"]),
        (there(), there(numpy="2.4"), []),
        (there(**{"scikit-learn": "1", "a.b": "2"}), there(Scikit_Learn="1", A_b="2"), []),
        (
            there(a="1", b="1", c="1", d="1", e="1"),
            there(a="2", b="2", c="2", d="2"),
            ["other packages than recorded: a (was 1, is 2), b (was 1, is 2), c (was 1, is 2) and 2 more"],
        ),
        (
            Environment(python="3.11.7", platform="linux-x86_64"),
            Environment(python="3.12.0", platform="darwin-arm64"),
            ["Python was 3.11.7 and is 3.12.0", "platform was linux-x86_64 and is darwin-arm64"],
        ),
        (
            there(torch="2", xgboost="3"),
            there(torch="2", xgboost="3"),
            ["torch, xgboost may compute differently on other hardware and with several threads, whatever the seed"],
        ),
    ],
)
def test_other_surroundings_are_named_as_causes(recorded: Environment, again: Environment, cause: list[str]) -> None:
    causes = compared(run(recorded), run(again, **DIFFERS)).causes
    assert [one for one in causes if one != STEADY] == cause


def test_other_surroundings_alone_are_found_and_cause_nothing() -> None:
    found = compared(run(there(numpy="2.4", old="1")), run(there(numpy="2.5", new="1")))
    assert (found.agrees, found.causes) == (True, ())
    assert [finding for finding in found.findings if finding.part is Part.package] == [
        Finding(part=Part.package, name="numpy", recorded="2.4", again="2.5", match=Match.differs),
        Finding(part=Part.package, name="old", recorded="1", again=None, match=Match.lost),
        Finding(part=Part.package, name="new", recorded=None, again="1", match=Match.new),
    ]
