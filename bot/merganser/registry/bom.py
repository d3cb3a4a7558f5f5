"""`bom.cdx.json`: the model, its data and its software as a CycloneDX 1.6 bill of materials.

https://cyclonedx.org/docs/1.6/json. The same facts give the same bytes, serial number and time included.
"""

import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from merganser import __version__
from merganser.config import Column, Task
from merganser.documents import dump_json
from merganser.registry.subject import Score, Subject, fairness, hash_of, limits, scores, slice_scores
from merganser.run import Artifact, DataPin, artifact_digest, spelled

_SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_MAX_METRICS = 1000
_ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}
_TASKS = {Task.binary: "classification", Task.multiclass: "classification"}
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]+")


def bill_of_materials(subject: Subject, names: Mapping[str, str]) -> bytes:
    """The bill's bytes; the model's files are named as their assets (`names` by path)."""
    model = f"model:{subject.tag}"
    parts = [*_data(subject), *_software(subject)]
    release = f"{subject.home}/releases/tag/{quote(subject.tag, safe='')}"
    return dump_json(
        {
            "$schema": _SCHEMA,
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{release}#{subject.run.inputs_digest}')}",
            "metadata": {
                "timestamp": subject.record.recorded.time,
                "tools": {"components": [{"type": "application", "name": "merganser", "version": __version__}]},
                "component": {"bom-ref": model, **_model(subject, names, release)},
            },
            "components": parts,
            "dependencies": [
                {"ref": model, "dependsOn": [part["bom-ref"] for part in parts]},
                *({"ref": part["bom-ref"]} for part in parts),
            ],
        }
    )


def _model(subject: Subject, names: Mapping[str, str], release: str) -> dict[str, Any]:
    run, license_name = subject.run, subject.rules.release.license
    only = run.artifacts[0].sha256 if len(run.artifacts) == 1 else ""
    return {
        "type": "machine-learning-model",
        "group": subject.repo,
        "name": run.model,
        "version": subject.version,
        **({"hashes": [{"alg": "SHA-256", "content": only}]} if only else {}),
        **({"licenses": [{"license": {"name": license_name}}]} if license_name else {}),
        "components": [_file(artifact, names[artifact.path]) for artifact in run.artifacts],
        "externalReferences": [
            {"type": "vcs", "url": subject.home, "comment": f"commit {subject.commit}"},
            {"type": "distribution", "url": release},
        ],
        "modelCard": _card(subject),
        "properties": _properties(
            {"digest": artifact_digest(run.artifacts), "inputs-digest": run.inputs_digest, "tree": run.tree}
        ),
    }


def _file(artifact: Artifact, name: str) -> dict[str, Any]:
    return {
        "type": "file",
        "bom-ref": f"file:{name}",
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": artifact.sha256}],
        "properties": _properties({"path": artifact.path, "size": str(artifact.size)}),
    }


def _card(subject: Subject) -> dict[str, Any]:
    task, contract = subject.rules.task, subject.run.contract
    inputs, outputs = (contract.inputs, contract.outputs) if contract else (None, None)
    measured = (*scores(subject), *slice_scores(subject.verdict))[:_MAX_METRICS]
    groups = fairness(subject.verdict)[:_MAX_METRICS]
    return {
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": _TASKS.get(task, task.value),
            "datasets": [{"ref": f"data:{number}"} for number, _ in enumerate(subject.run.data)],
            **({"inputs": [_column(column) for column in inputs]} if inputs else {}),
            **({"outputs": [_column(column) for column in outputs]} if outputs else {}),
        },
        "quantitativeAnalysis": {"performanceMetrics": [_metric(score) for score in measured]},
        "considerations": {
            "technicalLimitations": list(limits(subject.verdict)),
            "fairnessAssessments": [
                {"groupAtRisk": _place(check.slice) or check.id, "harms": check.why} for check in groups
            ],
        },
        "properties": _properties({f"parameter:{name}": spelled(value) for name, value in subject.run.params.items()}),
    }


def _column(column: Column) -> dict[str, str]:
    return {"format": f"{column.name}: {column.type.value}"}


def _metric(score: Score) -> dict[str, Any]:
    interval = {"lowerBound": repr(score.low), "upperBound": repr(score.high)}
    return {
        "type": score.metric,
        "value": repr(score.value),
        **({"slice": _place(score.slice)} if score.slice else {}),
        **({} if score.low is None else {"confidenceInterval": interval}),
    }


def _place(where: Mapping[str, str]) -> str:
    return ", ".join(f"{column} = {value}" for column, value in where.items())


def _data(subject: Subject) -> list[dict[str, Any]]:
    return [_dataset(number, pin) for number, pin in enumerate(subject.run.data)]


def _dataset(number: int, pin: DataPin) -> dict[str, Any]:
    found = hash_of(pin.digest)
    where = {"contents": {"url": pin.uri}} if _URI.fullmatch(pin.uri) else {}
    return {
        "type": "data",
        "bom-ref": f"data:{number}",
        "name": pin.name,
        **({"hashes": [{"alg": _ALGORITHMS[found[0]], "content": found[1]}]} if found else {}),
        "data": [{"type": "dataset", "name": pin.name, **where}],
        "properties": _properties({"system": pin.system, "pin": pin.digest, "uri": pin.uri}),
    }


def _software(subject: Subject) -> list[dict[str, Any]]:
    """Python itself, then the installed packages by their package URLs, each once."""
    environment = subject.run.environment
    found = {}
    for name, version in sorted(environment.packages.items()):
        plain = name.lower().replace("_", "-")
        purl = f"pkg:pypi/{quote(plain, safe='')}@{quote(version, safe='')}"
        found[purl] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    python = {"type": "platform", "bom-ref": "python", "name": "python", "version": environment.python}
    return [{**python, "properties": _properties({"platform": environment.platform})}, *found.values()]


def _properties(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": f"merganser:{name}", "value": value} for name, value in values.items() if value]
