"""The gate's front door: two sides and a policy in, a judgement out. Reading, arithmetic and rules live beside it."""

import datetime
import hashlib
from pathlib import Path

import msgspec

from merganser import config
from merganser.documents import dump_json
from merganser.evaluation.rollup import BaselineState
from merganser.evaluation.verdict import Check, Trust
from merganser.plan import Conclusion


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One side of the comparison: its predictions, its self-reported metrics, and the digest of its model if known."""

    name: str
    predictions: Path | None = None
    metrics: dict[str, float] = {}
    artifact_digest: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be judged. `rules` is the policy; `labels` a file of sealed labels that no candidate has seen.

    `baseline` is None unless `baseline_state` is `available`; `missing_reason` says in a clause why one is missing.
    """

    model: str
    rules: config.Model
    candidate: Side
    baseline: Side | None
    baseline_state: BaselineState
    missing_reason: str = ""
    labels: Path | None = None
    today: datetime.date


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The checks in the order of the configuration and what they come to; digests are `sha256:…` or empty."""

    checks: tuple[Check, ...]
    conclusion: Conclusion
    trust: Trust
    labels_digest: str
    policy_digest: str


def policy_digest(model: config.Model) -> str:
    """`sha256:…` over the gate and predictions sections, defaults included: equal digests judge alike."""
    return "sha256:" + hashlib.sha256(dump_json({"gate": model.gate, "predictions": model.predictions})).hexdigest()
