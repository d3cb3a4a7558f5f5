"""Which of the ledger's records count: for a digest, as a baseline, as a submission. Records themselves: `ledger`."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from merganser.evaluation.verdict import Verdict
from merganser.plan import Conclusion
from merganser.registry.ledger import Place, RunRecord, run_name, short_digest, verdict_name
from merganser.registry.versions import Version
from merganser.run import Run

# GitHub keeps no artifact of a public repository longer.
_LONGEST_KEPT: Final = datetime.timedelta(days=90)


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """What a change consists of: its pull requests, the commits that it is and merges, and the trees of those it is."""

    pulls: frozenset[int] = frozenset()
    commits: frozenset[str] = frozenset()
    trees: frozenset[str] = frozenset()


def stands_in(record: RunRecord, own: Own) -> bool:
    """Whether a recorded run may stand in for training the same inputs: a merged one for anybody's training.

    One that isn't merged was made by code that nobody has taken over: it counts for its own pull request, its queue's
    group and its merge alone. These are known by the head that they merge, or that they are, and after a squash or
    rebase by a tree that was trained as it is.
    """
    run = record.run
    mine = run.pull_request in own.pulls or run.head in own.commits or run.tree in own.trees
    return record.recorded.merged or mine


def paths_for(paths: Iterable[str], model: str, inputs_digest: str) -> tuple[str, ...]:
    """The run records of a model that may be of these inputs, sorted; a path holds 12 digits, so compare the rest."""
    named = ((path, run_name(path)) for path in paths)
    short = short_digest(inputs_digest)
    return tuple(sorted(path for path, name in named if name and (name.model, name.inputs) == (model, short)))


def verdict_paths(paths: Iterable[str], run_path: str) -> tuple[str, ...]:
    """The verdicts recorded together with the run record at `run_path`, sorted."""
    wanted = run_name(run_path)
    return tuple(sorted(path for path in paths if wanted is not None and verdict_name(path) == wanted))


def has_merged_run(records: Iterable[RunRecord], model: str) -> bool:
    """Whether any run of the model was ever recorded from the default branch."""
    return any(record.run.model == model and record.recorded.merged for record in records)


def unrecorded(digests: Mapping[str, str], records: Mapping[str, Sequence[RunRecord]]) -> frozenset[str]:
    """The models of `digests` (inputs digest by model) that no merged run is recorded of, with `records` by model."""
    return frozenset(
        model
        for model, digest in digests.items()
        if not any(r.recorded.merged and r.run.inputs_digest == digest for r in records[model])
    )


def choose_baseline(digests: Sequence[str], records: Iterable[RunRecord]) -> RunRecord | None:
    """The merged run of the nearest first-parent ancestor that has one; `digests` are theirs, newest first.

    Several records of one digest are the same inputs: the one recorded last is taken, as what it kept lives longest.
    """
    newest: dict[str, RunRecord] = {}
    for record in records:
        known = newest.get(record.run.inputs_digest)
        if record.recorded.merged and (known is None or _age(known) < _age(record)):
            newest[record.run.inputs_digest] = record
    return next((newest[digest] for digest in digests if digest in newest), None)


def may_be_had(record: RunRecord, now: datetime.datetime) -> bool:
    """Whether the files of a recorded run may still be where its record says; only who fetches them knows."""
    kept = record.recorded.kept.predictions
    if not record.run.files:
        return True
    recorded = datetime.datetime.fromisoformat(record.recorded.time)
    return kept is not None and (not isinstance(kept, Place) or now - recorded < _LONGEST_KEPT)


def run_of(version: Version, records: Iterable[RunRecord]) -> Run | None:
    """The run that a version was made of: the one merged with its commit, else the last merged of its inputs."""
    merged = [record for record in records if record.run.model == version.model and record.recorded.merged]
    here = [record for record in merged if record.recorded.commit == version.commit]
    same = [record for record in merged if record.run.inputs_digest == version.inputs_digest]
    found = max(here or same, key=_age, default=None)
    return found.run if found else None


def decisive(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The verdict that counts among several on one recorded run: a failure outweighs; a new attempt is judged anew."""
    return min(verdicts, key=lambda verdict: verdict.conclusion is not Conclusion.failure, default=None)


def submissions(verdicts: Iterable[Verdict], labels_digest: str, model: str, inputs_digest: str) -> int:
    """How many different candidates, of whichever models, were judged by these labels, this one included.

    A new name for a model is no new start: the labels wear out by whatever is tried on them. Judging the same inputs of
    a model again is no new submission: they keep the number that their first verdict was recorded with, whatever was
    judged since, so that a report that runs twice writes the same verdict.
    """
    judged = [verdict for verdict in verdicts if verdict.labels_digest == labels_digest]
    tried = {(verdict.model, verdict.inputs_digest) for verdict in judged} | {(model, inputs_digest)}
    again = (v.submission for v in judged if (v.model, v.inputs_digest) == (model, inputs_digest))
    return min((number for number in again if number is not None), default=len(tried))


def _age(record: RunRecord) -> tuple[str, str]:
    return record.recorded.time, record.path
