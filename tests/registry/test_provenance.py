"""Provenance, held to in-toto's own protobufs: the statement, and SLSA's predicate in it."""

import json
from typing import Any

import msgspec
import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement

from merganser.registry.provenance import statement
from merganser.registry.subject import Subject
from merganser.run import Artifact, DataPin, Source, Stage
from tests.registry.samples import COMMIT, DIGEST, PREDICTION_BYTES, model_file, record, run, sha256, subject

URL = "https://github.com/acme/digits/actions/runs/11"


def made(of: Subject) -> tuple[Any, Any]:
    """The statement and its predicate, as in-toto's protobufs read them, every field known to these."""
    names = {artifact.path: f"asset-{n}" for n, artifact in enumerate(of.run.artifacts)}
    content = statement(of, names)
    found = json_format.Parse(content, statement_pb2.Statement())
    Statement.copy_from_pb(found).validate()
    assert found.predicate_type == "https://slsa.dev/provenance/v1"
    predicate = json_format.ParseDict(json.loads(content)["predicate"], provenance_pb2.Provenance())
    for one in (*predicate.build_definition.resolved_dependencies, *predicate.run_details.byproducts):
        ResourceDescriptor.copy_from_pb(one).validate()
    return found, predicate


def test_the_protobufs_refuse_what_they_do_not_know() -> None:
    content = json.loads(statement(subject(), {"models/digits.joblib": "m"}))
    content["predicate"]["buildDefinition"]["inputs"] = []
    with pytest.raises(json_format.ParseError, match="inputs"):
        json_format.ParseDict(content["predicate"], provenance_pb2.Provenance())


def test_it_is_about_the_model_s_files_as_they_are_downloaded() -> None:
    files = tuple(Artifact(path=f"m/{n}", sha256=sha256(bytes([n])), size=1) for n in range(3))
    found, _ = made(subject(record=record(run(artifacts=files))))
    assert [(one.name, dict(one.digest)) for one in found.subject] == [
        (f"asset-{n}", {"sha256": files[n].sha256}) for n in range(3)
    ]
    (only,) = made(subject())[0].subject
    assert only.digest["sha256"] == model_file().sha256


def test_what_went_in() -> None:
    pins = (
        DataPin(name="a.csv", system="dvc", digest="md5:" + "0f" * 16, uri="s3://bucket/a"),
        DataPin(name="b", system="dvc", digest="md5:" + "0f" * 16 + ".dir"),
    )
    stages = (Stage(name="train", digest="sha256:1"),)
    _, predicate = made(subject(record=record(run(data=pins, stages=stages))))
    definition = predicate.build_definition
    commit, tree, file, folder = definition.resolved_dependencies
    assert (commit.uri, dict(commit.digest)) == (
        "git+https://github.com/acme/digits@refs/tags/digits@v0.1.0", {"gitCommit": COMMIT}
    )  # fmt: skip
    assert dict(tree.digest) == {"gitTree": "e5" * 20}
    assert (file.name, file.uri, dict(file.digest)) == ("a.csv", "s3://bucket/a", {"md5": "0f" * 16})
    assert (folder.name, dict(folder.digest)) == ("b", {})
    assert folder.annotations["pin"] == "md5:" + "0f" * 16 + ".dir"
    assert definition.external_parameters["inputsDigest"] == DIGEST
    assert definition.internal_parameters["parameters"]["train.C"] == 0.3
    assert definition.internal_parameters["stages"]["train"] == "sha256:1"


def test_who_ran_it_and_when() -> None:
    source = Source(ci="github", run_url=URL, run_id=11, attempt=2, actor="someone")
    _, predicate = made(subject(record=record(run(source=source))))
    details = predicate.run_details
    assert details.builder.id == (
        f"https://github.com/acme/digits/.github/workflows/merganser-train.yml@{COMMIT}"
    )  # fmt: skip
    assert details.metadata.invocation_id == f"{URL}/attempts/2"
    assert details.metadata.started_on.ToJsonString() == "2026-11-23T10:00:00Z"
    assert details.metadata.finished_on.ToJsonString() == "2026-11-23T10:01:00Z"
    (byproduct,) = details.byproducts
    assert (byproduct.name, byproduct.digest["sha256"]) == ("predictions.parquet", sha256(PREDICTION_BYTES))


def test_a_run_outside_ci_names_no_invocation() -> None:
    local = msgspec.structs.replace(record(), run=run(source=Source()))
    _, predicate = made(subject(record=local))
    assert predicate.run_details.builder.id == "urn:merganser:local"
    assert predicate.run_details.metadata.invocation_id == ""
