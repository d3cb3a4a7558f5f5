"""Runs, verdicts, versions and assets that the tests of registry and deployment start from."""

import hashlib
from typing import Any

from merganser.config import Artifact as ModelPath
from merganser.config import Model, Task
from merganser.evaluation.verdict import Check, Policy, RunRef, Status, Verdict
from merganser.evaluation.waivers import Fault
from merganser.plan import Asset, Conclusion
from merganser.registry.assets import Evidence
from merganser.registry.ledger import Recorded, RunRecord, read_run, run_record
from merganser.registry.overrides import Cancellation, Override, Refusal
from merganser.registry.registration import Facts
from merganser.registry.subject import Subject
from merganser.registry.versions import Version
from merganser.run import Artifact, BundleFile, DataPin, Environment, Run, Source

DIGEST = "sha256:" + "a1" * 32
OTHER = "sha256:" + "b2" * 32
COMMIT = "c3" * 20
ELSEWHERE = "d4" * 20
MODEL_BYTES = b"the model's own bytes"
PREDICTION_BYTES = b"PAR1 and so on"
RULES = Model(artifact=ModelPath(path="models/digits.joblib"), task=Task.multiclass)
POLICY = "sha256:" + "99" * 32
HEAD = "f7" * 20
COMMENT = "https://example.org/acme/digits/pull/7#issuecomment-501"
OVERRIDE = Override(
    model="digits", inputs_digest=DIGEST, policy_digest=POLICY, check="accuracy:min", fault=Fault.failed,
    observed=0.88, floor=0.87, reason="the seasonal dip", by="grace", head=HEAD, comment=COMMENT, until="2026-12-24",
)  # fmt: skip
CANCELLATION = Cancellation(
    model="digits", inputs_digest=DIGEST, check="accuracy:min", by="ada", head=HEAD, comment=COMMENT
)
REFUSAL = Refusal(command="/override accuracy:min", why="a reason is missing", by="ada", head=HEAD, comment=COMMENT)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def run(**fields: Any) -> Run:
    given: dict[str, Any] = {
        "model": "digits",
        "inputs_digest": DIGEST,
        "artifacts": (Artifact(path="models/digits.joblib", sha256=sha256(MODEL_BYTES), size=len(MODEL_BYTES)),),
        "files": {"predictions": BundleFile(path="predictions.parquet", sha256=sha256(PREDICTION_BYTES), rows=899)},
        "metrics": {"accuracy": 0.9722, "loss": 0.11},
        "params": {"train.C": 0.3},
        "data": (DataPin(name="data/train.csv", system="dvc", digest="md5:0123"),),
        "source": Source(ci="github", run_id=11, attempt=1, actor="someone"),
        "environment": Environment(python="3.11.7", platform="linux-x86_64"),
        **fields,
    }
    return Run(
        tree="e5" * 20, commit="f6" * 20, head="f7" * 20,
        started="2026-11-23T10:00:00Z", finished="2026-11-23T10:01:00Z", **given,
    )  # fmt: skip


def recorded(**fields: Any) -> Recorded:
    given: dict[str, Any] = {
        "time": "2026-11-23T10:05:00Z", "by": "merganser[bot]", "event": "push", "merged": True, "commit": COMMIT,
        **fields,
    }  # fmt: skip
    return Recorded(**given)


def record(of: Run | None = None, how: Recorded | None = None, run_id: int = 12, attempt: int = 1) -> RunRecord:
    return read_run(*run_record(of or run(), how or recorded(), RunRef(id=run_id, attempt=attempt)))


def check(metric: str = "accuracy", status: Status = Status.passed, **fields: Any) -> Check:
    given: dict[str, Any] = {
        "id": f"{metric}:min",
        "rule": "min",
        "why": "as good as asked",
        "candidate": 0.97,
        **fields,
    }
    return Check(metric=metric, status=status, **given)


def verdict(*checks: Check, **fields: Any) -> Verdict:
    given: dict[str, Any] = {
        "model": "digits", "inputs_digest": DIGEST, "head": COMMIT, "conclusion": Conclusion.success, **fields
    }  # fmt: skip
    return Verdict(policy=Policy(digest=POLICY), checks=checks or (check(),), **given)


def version(number: str, **fields: Any) -> Version:
    given: dict[str, Any] = {
        "model": "digits", "version": number, "tag": f"digits@v{number}", "commit": ELSEWHERE, "registered_at": 1000,
        **fields,
    }  # fmt: skip
    return Version(**given)


def model_file(path: str = "models/digits.joblib", content: bytes = MODEL_BYTES) -> Asset:
    return Asset(name=path, sha256=sha256(content), size=len(content), path=f"downloads/{path}")


def predictions() -> Asset:
    size = len(PREDICTION_BYTES)
    return Asset(name="predictions.parquet", sha256=sha256(PREDICTION_BYTES), size=size, path="downloads/p.parquet")


def subject(**fields: Any) -> Subject:
    given: dict[str, Any] = {"record": record(), "verdict": verdict(), "rules": RULES, **fields}
    named = {"tag": "digits@v0.1.0", "version": "0.1.0", "commit": COMMIT}
    return Subject(server_url="https://github.com", repo="acme/digits", **named, **given)


def evidence(**fields: Any) -> Evidence:
    return Evidence(**{"files": (model_file(),), "bundle": (predictions(),), **fields})


def facts(**fields: Any) -> Facts:
    given: dict[str, Any] = {
        "server_url": "https://github.com",
        "repo": "acme/digits",
        "model": "digits",
        "record": record(),
        "verdict": verdict(),
        "versions": (),
        "rules": RULES,
        "evidence": evidence(),
        **fields,
    }
    return Facts(**given)
