"""`provenance.intoto.json`: how a version's files came to be, as an in-toto Statement v1 with SLSA provenance v1.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md, https://slsa.dev/spec/v1.1/provenance
"""

from collections.abc import Mapping
from typing import Any

from merganser.config import TRAIN_WORKFLOW
from merganser.documents import dump_json
from merganser.registry.subject import Subject, hash_of
from merganser.run import RUN_FILE, DataPin

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:merganser:train:1"
LOCAL_BUILDER = "urn:merganser:local"


def statement(subject: Subject, names: Mapping[str, str]) -> bytes:
    """The statement over the model's files, each named as its asset (`names` by path). The same bytes every time."""
    files = [{"name": names[a.path], "digest": {"sha256": a.sha256}} for a in subject.run.artifacts]
    predicate = {"buildDefinition": _definition(subject), "runDetails": _details(subject)}
    return dump_json({"_type": STATEMENT, "subject": files, "predicateType": PREDICATE, "predicate": predicate})


def _definition(subject: Subject) -> dict[str, Any]:
    """What was asked for, what was set inside, and what went in.

    The tagged commit and the tree that was trained have equal inputs; the tree differs where a merge reused a run.
    """
    run = subject.run
    return {
        "buildType": BUILD_TYPE,
        "externalParameters": {
            "model": run.model,
            "path": subject.rules.path,
            "inputsDigest": run.inputs_digest,
            "workflow": {"repository": subject.home, "path": TRAIN_WORKFLOW},
        },
        "internalParameters": {
            "event": run.event,
            "command": subject.rules.train.run,
            "parameters": run.params,
            "python": run.environment.python,
            "platform": run.environment.platform,
            "packages": run.environment.packages,
            "stages": {stage.name: stage.digest for stage in run.stages},
        },
        "resolvedDependencies": [
            {
                "uri": f"git+{subject.home}@refs/tags/{subject.tag}",
                "digest": {"gitCommit": subject.commit},
            },
            {"name": "trained tree", "uri": f"git+{subject.home}@{run.head}", "digest": {"gitTree": run.tree}},
            *(_data(pin) for pin in run.data),
        ],
    }


def _data(pin: DataPin) -> dict[str, Any]:
    """A pin that is no hash of one file, such as a DVC folder's or a lakeFS commit, stands among the annotations."""
    found = hash_of(pin.digest)
    return {
        "name": pin.name,
        **({"uri": pin.uri} if pin.uri else {}),
        **({"digest": dict([found])} if found else {}),
        "annotations": {"system": pin.system, "pin": pin.digest},
    }


def _details(subject: Subject) -> dict[str, Any]:
    run = subject.run
    invocation = f"{run.source.run_url}/attempts/{run.source.attempt}" if run.source.run_url else ""
    return {
        "builder": {"id": _builder(subject)},
        "metadata": {
            **({"invocationId": invocation} if invocation else {}),
            "startedOn": run.started,
            "finishedOn": run.finished,
        },
        "byproducts": [
            {"name": file.path, "digest": {"sha256": file.sha256}, "annotations": {"described by": RUN_FILE}}
            for _, file in sorted(run.files.items())
        ],
    }


def _builder(subject: Subject) -> str:
    if subject.run.source.ci == "local":
        return LOCAL_BUILDER
    return f"{subject.home}/{TRAIN_WORKFLOW}@{subject.record.recorded.commit}"
