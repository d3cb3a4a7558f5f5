"""What a gate is asked: two sides, a policy, a moment. Values only."""

import datetime
from pathlib import Path

import msgspec

from merganser import config
from merganser.evaluation.rollup import BaselineState


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One side of the comparison: its predictions, its self-reported metrics, and the digest of its model if known.

    `costs`: by name what it cost; `latencies`: a table of milliseconds; `features`: a table, or its `profile.json`.
    """

    name: str
    predictions: Path | None = None
    metrics: dict[str, float] = {}
    artifact_digest: str = ""
    costs: dict[str, float] = {}
    latencies: Path | None = None
    features: Path | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be judged. `rules` is the policy; `labels` a file of sealed labels that no candidate has seen.

    `baseline` is None unless `baseline_state` is `available`; `missing_reason` says in a clause why one is missing.
    `now` has its offset.
    """

    model: str
    rules: config.Model
    candidate: Side
    baseline: Side | None
    baseline_state: BaselineState
    missing_reason: str = ""
    labels: Path | None = None
    now: datetime.datetime


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Where the work is done, which changes no answer.

    `cluster`: the address of a Dask scheduler, empty for this process. `functions`: the folder that metrics of the
    user's own are imported from; None where nobody's code may run, as on the trusted side. `batch`: rows at once.
    `curves`: whether curves for pictures are wanted too.
    """

    cluster: str = ""
    functions: Path | None = None
    batch: int = 500_000
    curves: bool = False
