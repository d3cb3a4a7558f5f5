"""The bill of materials, held to CycloneDX's own schema."""

import json
from typing import Any

import msgspec
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from merganser.config import Column, ColumnType, ReleasePolicy
from merganser.evaluation.verdict import Status
from merganser.registry.bom import bill_of_materials
from merganser.registry.subject import Subject
from merganser.run import Artifact, Contract, DataPin, Environment
from tests.registry.samples import COMMIT, RULES, check, model_file, record, run, sha256, subject, verdict

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)
PATH = "models/digits.joblib"
HOSTILE = "@org/team ![](http://x) |`<img>\n# h \u202e"


def made(of: Subject | None = None) -> dict[str, Any]:
    """The bill, once CycloneDX's validator takes it."""
    of = of or subject()
    names = {artifact.path: f"asset-{n}" for n, artifact in enumerate(of.run.artifacts)}
    content = bill_of_materials(of, names)
    assert VALIDATOR.validate_str(content.decode()) is None
    found: dict[str, Any] = json.loads(content)
    return found


def parts(bill: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [part for part in bill["components"] if part["type"] == kind]


def test_the_validator_sees_what_is_wrong() -> None:
    bill = made()
    bill["components"][0]["type"] = "dataset"
    assert VALIDATOR.validate_str(json.dumps(bill)) is not None


def test_the_model_stands_in_it_with_its_files() -> None:
    bill = made()
    model = bill["metadata"]["component"]
    assert (model["type"], model["group"], model["name"], model["version"]) == (
        "machine-learning-model", "acme/digits", "digits", "0.1.0"
    )  # fmt: skip
    assert model["hashes"] == [{"alg": "SHA-256", "content": model_file().sha256}]
    assert [part["name"] for part in model["components"]] == ["asset-0"]
    assert {"name": "merganser:path", "value": PATH} in model["components"][0]["properties"]
    assert {"type": "vcs", "url": "https://github.com/acme/digits", "comment": f"commit {COMMIT}"} in (
        model["externalReferences"]
    )
    assert "licenses" not in model


def test_the_same_facts_give_the_same_bytes_and_other_ones_another_number() -> None:
    names = {PATH: "digits.joblib"}
    assert bill_of_materials(subject(), names) == bill_of_materials(subject(), names)
    assert made()["metadata"]["timestamp"] == "2026-11-23T10:05:00Z"
    other = msgspec.structs.replace(subject(), tag="digits@v0.2.0", version="0.2.0")
    assert made()["serialNumber"] != made(other)["serialNumber"]


def test_data_with_pins_that_are_hashes_and_others() -> None:
    pins = (
        DataPin(name="a.csv", system="dvc", digest="md5:" + "0f" * 16, uri="s3://bucket/a b"),
        DataPin(name="b", system="dvc", digest="md5:" + "0f" * 16 + ".dir"),
        DataPin(name="c", system="lakefs", digest="sha256:" + "ab" * 32, uri="lakefs://repo/main/c"),
        DataPin(name=HOSTILE, system=HOSTILE, digest=HOSTILE, uri=HOSTILE),
    )
    bill = made(subject(record=record(run(data=pins))))
    found = parts(bill, "data")
    assert [part.get("hashes") for part in found] == [
        [{"alg": "MD5", "content": "0f" * 16}], None, [{"alg": "SHA-256", "content": "ab" * 32}], None
    ]  # fmt: skip
    assert [part["data"][0].get("contents") for part in found] == [None, None, {"url": "lakefs://repo/main/c"}, None]
    assert {"name": "merganser:uri", "value": "s3://bucket/a b"} in found[0]["properties"]
    card = bill["metadata"]["component"]["modelCard"]
    assert card["modelParameters"]["datasets"] == [{"ref": part["bom-ref"]} for part in found]


def test_software_by_package_url() -> None:
    packages = {"scikit-learn": "1.9.1", "Some_Thing": "2.0+cu12", "some-thing": "2.0+cu12"}
    where = Environment(python="3.11.7", platform="linux-x86_64", packages=packages)
    bill = made(subject(record=record(run(environment=where))))
    assert [part["purl"] for part in parts(bill, "library")] == [
        "pkg:pypi/some-thing@2.0%2Bcu12", "pkg:pypi/scikit-learn@1.9.1"
    ]  # fmt: skip
    (python,) = parts(bill, "platform")
    assert (python["name"], python["version"]) == ("python", "3.11.7")
    (model, *others) = bill["dependencies"]
    assert sorted(model["dependsOn"]) == sorted(other["ref"] for other in others)


def test_the_card_within_tells_contract_metrics_limits_and_groups() -> None:
    contract = Contract(
        inputs=(Column(name="age", type=ColumnType.float),), outputs=(Column(name="p", type=ColumnType.float),)
    )
    checks = [
        check("accuracy", baseline=0.95, delta=0.02, low=0.01, high=0.03, confidence=0.95, n=900),
        check("latency_p95_ms", candidate=12.0, low=11.0, high=13.0),
        check("accuracy", Status.inconclusive, id="accuracy:not_worse@label=3", slice={"label": "3"}, candidate=0.9),
        check("selection_rate", rule="min_ratio", slice={"sex": "f"}, candidate=0.9, low=0.8, high=1.0, why="fair"),
    ]
    bill = made(subject(record=record(run(contract=contract)), verdict=verdict(*checks)))
    card = bill["metadata"]["component"]["modelCard"]
    assert card["modelParameters"]["task"] == "classification"
    assert card["modelParameters"]["inputs"] == [{"format": "age: float"}]
    assert card["quantitativeAnalysis"]["performanceMetrics"] == [
        {"type": "accuracy", "value": "0.97"},
        {"type": "latency_p95_ms", "value": "12.0", "confidenceInterval": {"lowerBound": "11.0", "upperBound": "13.0"}},
        {"type": "loss", "value": "0.11"},
        {"type": "accuracy", "value": "0.9", "slice": "label = 3"},
    ]
    assert "Not proven either way: accuracy:not_worse@label=3." in card["considerations"]["technicalLimitations"]
    assert card["considerations"]["fairnessAssessments"] == [{"groupAtRisk": "sex = f", "harms": "fair"}]
    assert {"name": "merganser:parameter:train.C", "value": "0.3"} in card["properties"]


def test_a_model_of_several_files_and_a_license() -> None:
    files = tuple(Artifact(path=f"m/{n}", sha256=sha256(bytes([n])), size=1) for n in range(3))
    rules = msgspec.structs.replace(RULES, release=ReleasePolicy(license="apache-2.0"))
    model = made(subject(record=record(run(artifacts=files)), rules=rules))["metadata"]["component"]
    assert len(model["components"]) == 3
    assert "hashes" not in model
    assert model["licenses"] == [{"license": {"name": "apache-2.0"}}]


TEXT = st.text(st.characters(codec="utf-8"), max_size=12)


@given(TEXT, TEXT, TEXT)
@settings(max_examples=25)
def test_no_text_makes_it_invalid(name: str, value: str, pin: str) -> None:
    hostile = run(
        metrics={name: 1.0},
        params={name: value},
        data=(DataPin(name=name, system=value, digest=pin, uri=value),),
        environment=Environment(python=value, platform=pin, packages={name: value}),
    )
    made(subject(record=msgspec.structs.replace(record(), run=hostile), verdict=verdict(check(name, why=value))))
