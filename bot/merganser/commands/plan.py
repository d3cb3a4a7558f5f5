"""`merganser plan`: which models a change touches, and which of them already have a run of the same inputs."""

import json
from pathlib import Path

import msgspec

from merganser.commands import belonging
from merganser.commands.checkout import (
    Checkout,
    Occasion,
    base_digests,
    base_of,
    check_out,
    occasion,
    refuse_moving_inputs,
)
from merganser.commands.ledger import open_ledger
from merganser.config import Config
from merganser.forge.runtime import Runtime
from merganser.inputs import digests, touched
from merganser.registry import lineage
from merganser.registry.ledger import RunRecord
from merganser.registry.lineage import Own


class PlanRequest(msgspec.Struct, frozen=True, kw_only=True):
    """In which clone, compared with which commit (None: the event says), on what occasion."""

    folder: Path
    base: str | None = None
    occasion: Occasion = Occasion()


class Reuse(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded run that makes another training unnecessary: the CI run that trained, the ledger's file."""

    run_id: int
    attempt: int
    record: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One touched model. `timeout_minutes` leaves the training its own timeout, and the job ten minutes around it."""

    model: str
    inputs_digest: str
    timeout_minutes: int
    reuse: Reuse | None = None


class JobMatrix(msgspec.Struct, frozen=True):
    """The job matrix of a workflow: one entry per touched model."""

    include: tuple[Job, ...]

    def needed(self) -> "JobMatrix":
        """The jobs that no recorded run stands in for."""
        return JobMatrix(tuple(job for job in self.include if job.reuse is None))

    def to_json(self) -> str:
        """One line of JSON, as GitHub's `fromJSON` takes it."""
        return json.dumps(msgspec.to_builtins(self), separators=(",", ":"))

    def text(self) -> str:
        """A table for people."""
        from tabulate import tabulate

        if not self.include:
            return "No model is touched."
        rows = [(job.model, job.inputs_digest[:19], _what(job)) for job in self.include]
        return tabulate(rows, headers=("model", "inputs", "training"), tablefmt="simple", disable_numparse=True)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the decision depends on. `records` are the ledger's runs by model, of exactly the model's inputs.

    `own` says whose runs may stand in besides the merged ones.
    """

    config: Config
    base_digests: dict[str, str]
    digests: dict[str, str]
    occasion: Occasion
    records: dict[str, tuple[RunRecord, ...]]
    own: Own = Own()


def request(folder: Path, base: str | None, runtime: Runtime) -> PlanRequest:
    """The command line's request, with what the CI says."""
    return PlanRequest(folder=folder, base=base, occasion=occasion(runtime))


def plan(request: PlanRequest) -> JobMatrix:
    """Touched models of HEAD against the base commit; see `checkout.base_of` for which that is."""
    checkout = check_out(request.folder)
    refuse_moving_inputs(checkout, checkout.config.models.values())
    base = base_of(checkout, request.occasion, request.base)
    own = digests(checkout.entries, checkout.config)
    ledger = open_ledger(checkout.repository)
    return decide(
        Facts(
            config=checkout.config,
            base_digests=base_digests(checkout.repository, base),
            digests=own,
            occasion=request.occasion,
            records={model: ledger.runs_with(model, digest) for model, digest in own.items()},
            own=_own(checkout, request.occasion, base),
        )
    )


def _own(checkout: Checkout, occasion: Occasion, base: str) -> Own:
    if occasion.event == "push":
        return belonging.of_line(checkout.repository, checkout.commit)
    if occasion.event == "merge_group":
        return belonging.of_line(checkout.repository, checkout.commit, base)
    return belonging.of_pull_request(occasion.number) if occasion.number else Own()


def decide(facts: Facts) -> JobMatrix:
    """One job per touched model, with the run that stands in for it, if any."""
    jobs = []
    for name in _touched(facts):
        minutes = -(-facts.config.models[name].train.timeout // 60) + 10
        job = Job(model=name, inputs_digest=facts.digests[name], timeout_minutes=minutes, reuse=_reuse(facts, name))
        jobs.append(job)
    return JobMatrix(tuple(jobs))


def _touched(facts: Facts) -> tuple[str, ...]:
    """The models whose digest differs from base's; after a push also those that no merged run is recorded of.

    A push can bring several commits, and the one before it may never have been recorded.
    """
    changed = touched(facts.base_digests, facts.digests)
    if facts.occasion.event != "push":
        return changed
    missing = lineage.unrecorded(facts.digests, {name: facts.records.get(name, ()) for name in facts.digests})
    return tuple(name for name in facts.digests if name in changed or name in missing)


def _reuse(facts: Facts, model: str) -> Reuse | None:
    """The newest run that may stand in. A rerun and a retraining reuse nothing: someone asked for a new training."""
    if facts.occasion.source.attempt > 1 or facts.occasion.event == "repository_dispatch":
        return None
    for record in sorted(facts.records.get(model, ()), key=lambda r: (r.recorded.time, r.path), reverse=True):
        if lineage.stands_in(record, facts.own):
            source = record.run.source
            return Reuse(run_id=source.run_id, attempt=source.attempt, record=record.path)
    return None


def _what(job: Job) -> str:
    return f"reuses run {job.reuse.run_id}, attempt {job.reuse.attempt}" if job.reuse else "needed"
