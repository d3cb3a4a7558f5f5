"""A model's runs over time, from the ledger's records: how each was judged, and which of them became versions."""

from collections.abc import Iterable, Sequence

import msgspec

from merganser.evaluation.verdict import Verdict
from merganser.registry.ledger import RunRecord
from merganser.registry.versions import Version, at_commit


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded run. `time` as in the ledger (`2026-11-23T16:00:00Z`), `commit` what was recorded.

    `version` is bare, "" where the commit has none; `verdict` is `success`, `failure`, or "" where none was recorded.
    """

    time: str
    commit: str
    merged: bool
    event: str
    pull_request: int | None
    inputs_digest: str
    version: str
    verdict: str
    metrics: dict[str, float]


def timeline(judged: Iterable[tuple[RunRecord, Verdict | None]], versions: Sequence[Version]) -> tuple[Moment, ...]:
    """Oldest first. A version stands at the merged run of its commit alone: the last, where it was recorded twice."""
    ordered = sorted(judged, key=lambda one: (one[0].recorded.time, one[0].recorded.merged, one[0].path))
    last = {record.recorded.commit: record.path for record, _ in ordered if record.recorded.merged}
    moments = []
    for record, verdict in ordered:
        is_last = last.get(record.recorded.commit) == record.path
        version = at_commit(versions, record.run.model, record.recorded.commit) if is_last else None
        moments.append(_moment(record, verdict, version.version if version else ""))
    return tuple(moments)


def _moment(record: RunRecord, verdict: Verdict | None, version: str) -> Moment:
    return Moment(
        time=record.recorded.time,
        commit=record.recorded.commit,
        merged=record.recorded.merged,
        event=record.recorded.event,
        pull_request=record.run.pull_request,
        inputs_digest=record.run.inputs_digest,
        version=version,
        verdict=verdict.conclusion.value if verdict else "",
        metrics=record.run.metrics,
    )


def metric_names(moments: Iterable[Moment]) -> tuple[str, ...]:
    """Every metric that any of the runs has, sorted."""
    return tuple(sorted({name for moment in moments for name in moment.metrics}))


def first_judged(judged: Iterable[tuple[RunRecord, Verdict | None]], names: Sequence[str]) -> str | None:
    """Of `names` the metric that the newest verdict judges first, or else the first; None without any."""
    newest = sorted(judged, key=lambda one: (one[0].recorded.time, one[0].path), reverse=True)
    checked = (check.metric for _, verdict in newest if verdict is not None for check in verdict.checks)
    return next((name for name in checked if name in names), next(iter(names), None))
