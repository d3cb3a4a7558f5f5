"""Which number of a version rises from one run to the next: the page of configuration says it, here it is held."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.config import Bump, Column, ColumnType
from merganser.registry.bump import Chosen, choose, contract_changes
from merganser.run import Contract, DataPin, Environment, Run, Stage
from tests.registry import samples

AGE = Column(name="age", type=ColumnType.integer)
PLAN = Column(name="plan", type=ColumnType.text)
SCORE = Column(name="p", type=ColumnType.float, classes=("yes",))
CONTRACT = Contract(inputs=(AGE, PLAN), outputs=(SCORE,))
TRAIN = Stage(name="train", digest="sha256:1", code="sha256:c1")
OTHER_DATA = DataPin(name="data/train.csv", system="dvc", digest="md5:4567")
RAISES = [Bump.patch, Bump.minor, Bump.major]


def run(**fields: Any) -> Run:
    return samples.run(**{"contract": CONTRACT, "stages": (TRAIN,), **fields})


def packages(**versions: str) -> Environment:
    return Environment(python="3.11.7", platform="linux-x86_64", packages=versions)


def on(of: Run, environment: Environment) -> Run:
    return msgspec.structs.replace(of, environment=environment)


def test_the_first_version_is_a_minor_one() -> None:
    assert choose(None, run()) == Chosen(bump=Bump.minor, reason="it is the model's first version")


@pytest.mark.parametrize(
    ("contract", "reason"),
    [
        (Contract(inputs=(AGE,), outputs=(SCORE,)), "the input plan is gone"),
        (
            Contract(inputs=(AGE, PLAN, Column(name="zip", type=ColumnType.text)), outputs=(SCORE,)),
            "the input zip is new",
        ),
        (
            Contract(inputs=(Column(name="age", type=ColumnType.float), PLAN), outputs=(SCORE,)),
            "the input age is float and was integer",
        ),
        (Contract(inputs=(PLAN, AGE), outputs=(SCORE,)), "the inputs stand in another order"),
        (
            Contract(inputs=CONTRACT.inputs, outputs=(Column(name="p", type=ColumnType.float, classes=("a", "b")),)),
            "the output p is for a, b and was for yes",
        ),
        (
            Contract(inputs=CONTRACT.inputs, outputs=(Column(name="p", type=ColumnType.float),)),
            "the output p is for no class that is named and was for yes",
        ),
        (Contract(inputs=CONTRACT.inputs, outputs=()), "the output p is gone"),
        (
            Contract(inputs=(), outputs=()),
            "the input age is gone; the input plan is gone; the output p is gone",
        ),
        (
            Contract(inputs=tuple(Column(name=n, type=ColumnType.text) for n in "bac"), outputs=(SCORE,)),
            "the input age is gone; the input plan is gone; the input b is new; and 2 more",
        ),
    ],
)
def test_another_contract_is_a_major_version(contract: Contract, reason: str) -> None:
    changed = run(contract=contract, params={"train.C": 9})
    assert choose(run(), changed) == Chosen(bump=Bump.major, reason=f"the contract changed: {reason}")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"params": {"train.C": 1.0}}, "train.C is 1.0 and was 0.3"),
        ({"params": {"train.C": None}}, "train.C is null and was 0.3"),
        ({"params": {}}, "train.C is gone"),
        ({"params": {"train.C": 0.3, "a": None}}, "a is new"),
        ({"data": (OTHER_DATA,)}, "data/train.csv has other content"),
        ({"data": ()}, "data/train.csv is gone"),
        ({"stages": (msgspec.structs.replace(TRAIN, code="sha256:c2"),)}, "the stage train changed"),
        ({"stages": (TRAIN, Stage(name="test", digest="", code="sha256:d"))}, "the stage test is new"),
        (
            {"stages": (msgspec.structs.replace(TRAIN, code=""),), "inputs_digest": samples.OTHER},
            "its inputs changed, and without recorded stages nobody can tell code from the rest",
        ),
        (
            {"stages": (), "inputs_digest": samples.OTHER},
            "its inputs changed, and without recorded stages nobody can tell code from the rest",
        ),
        (
            {"params": {"train.C": "x" * 99, "b\n": 1}},
            "b is new; train.C is " + "x" * 39 + "… and was 0.3",
        ),
    ],
)
def test_what_it_learned_from_is_a_minor_version(change: dict[str, Any], reason: str) -> None:
    assert choose(run(), run(**change)) == Chosen(bump=Bump.minor, reason=reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "the same pipeline, parameters and data"),
        (
            {"inputs_digest": samples.OTHER, "metrics": {"accuracy": 0.99}, "artifacts": ()},
            "the same pipeline, parameters and data",
        ),
        ({"stages": (msgspec.structs.replace(TRAIN, digest="sha256:2"),)}, "the same pipeline, parameters and data"),
        ({"stages": ()}, "the same pipeline, parameters and data"),
    ],
)
def test_the_same_again_is_a_patch(change: dict[str, Any], reason: str) -> None:
    assert choose(run(), run(**change)) == Chosen(bump=Bump.patch, reason=reason)


def test_other_packages_are_a_patch_that_names_them() -> None:
    before, after = packages(numpy="2.0", old="1", same="1"), packages(numpy="2.1", new="1", same="1")
    assert choose(on(run(), before), on(run(), after)) == Chosen(
        bump=Bump.patch,
        reason="the same pipeline, parameters and data, trained with other packages: old is gone; new is new; "
        "numpy is 2.1 and was 2.0",
    )


def test_where_no_data_is_pinned_nothing_is_said_of_it() -> None:
    assert choose(run(data=()), run(data=())).reason == "the same pipeline and parameters (no data is pinned)"


@pytest.mark.parametrize(
    ("before", "after", "unknown"),
    [
        (None, CONTRACT, "inputs and outputs"),
        (CONTRACT, None, "inputs and outputs"),
        (Contract(outputs=(SCORE,)), CONTRACT, "inputs"),
        (CONTRACT, Contract(inputs=CONTRACT.inputs), "outputs"),
    ],
)
def test_a_contract_that_a_side_lacks_is_never_called_unchanged(
    before: Contract | None, after: Contract | None, unknown: str
) -> None:
    end = f"; no run says whether the contract's {unknown} changed, which would be major"
    assert choose(run(contract=before), run(contract=after)).reason.endswith(end)
    assert choose(run(contract=before), run(contract=after, params={})).reason == f"train.C is gone{end}"


def test_half_a_contract_can_still_change() -> None:
    chosen = choose(run(contract=Contract(outputs=(SCORE,))), run(contract=Contract(outputs=())))
    assert chosen == Chosen(bump=Bump.major, reason="the contract changed: the output p is gone")


names = st.text(min_size=1, max_size=5)
columns = st.builds(
    Column, name=names, type=st.sampled_from(ColumnType), classes=st.lists(names, max_size=2).map(tuple)
)
sides = st.none() | st.lists(columns, max_size=4, unique_by=lambda column: column.name).map(tuple)
contracts = st.none() | st.builds(Contract, inputs=sides, outputs=sides)
stages = st.lists(
    st.builds(Stage, name=names, digest=names, code=st.sampled_from(["", "c1", "c2"])),
    max_size=2,
    unique_by=lambda stage: stage.name,
).map(tuple)
runs = st.builds(
    run,
    contract=contracts,
    stages=stages,
    params=st.dictionaries(names, st.integers(0, 1) | names, max_size=2),
    data=st.lists(st.builds(DataPin, name=names, system=st.just("dvc"), digest=names), max_size=2).map(tuple),
    inputs_digest=st.sampled_from([samples.DIGEST, samples.OTHER]),
)


@given(runs, runs, contracts)
def test_a_change_of_the_contract_never_lowers_the_bump(previous: Run, candidate: Run, other: Contract | None) -> None:
    same = msgspec.structs.replace(candidate, contract=previous.contract)
    changed = msgspec.structs.replace(candidate, contract=other)
    assert RAISES.index(choose(previous, changed).bump) >= RAISES.index(choose(previous, same).bump)
    assert (choose(previous, changed).bump is Bump.major) is bool(contract_changes(previous.contract, other))


@given(runs, runs)
def test_the_reason_is_one_printable_line(previous: Run, candidate: Run) -> None:
    reason = choose(previous, candidate).reason
    assert reason
    assert reason.isprintable()


@given(runs)
def test_nothing_changed_is_a_patch(of: Run) -> None:
    assert choose(of, of).bump is Bump.patch
