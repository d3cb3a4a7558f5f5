"""`merganser plan`: which models a change touches, which have a run of the same inputs, which lack a baseline."""

import datetime
import json
from pathlib import Path

import msgspec

from merganser.commands.observing import baselines, belonging
from merganser.commands.observing.checkout import (
    Checkout,
    Occasion,
    base_digests,
    base_of,
    check_out,
    config_at,
    occasion,
    refuse_moving_inputs,
)
from merganser.commands.observing.ledger import Ledger, open_ledger
from merganser.config import Config, Model, OnMissingBaseline
from merganser.errors import ConfigError
from merganser.forge.ci.runtime import Runtime
from merganser.git import Repository
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


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The base commit, to be trained too, and the minutes that this may take."""

    commit: str
    timeout_minutes: int


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One touched model. `timeout_minutes` leaves each training its own timeout, and ten minutes around it.

    `base` is None where it has a recorded run to compare with, or none is wanted.
    """

    model: str
    inputs_digest: str
    timeout_minutes: int
    reuse: Reuse | None = None
    base: Base | None = None


class JobMatrix(msgspec.Struct, frozen=True):
    """The job matrix of a workflow: one entry per touched model."""

    include: tuple[Job, ...]

    def needed(self) -> "JobMatrix":
        """The jobs with something to train: what no recorded run stands in for, on either side."""
        return JobMatrix(tuple(job for job in self.include if job.reuse is None or job.base))

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


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """The base commit ("" for none): its models, and the recorded baselines that there are, at the time `now`."""

    commit: str = ""
    models: dict[str, Model] = {}
    records: dict[str, RunRecord] = {}
    now: datetime.datetime = datetime.datetime.min.replace(tzinfo=datetime.UTC)


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
    before: Before = Before()


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
            before=_before(checkout.repository, base, ledger),
        )
    )


def _own(checkout: Checkout, occasion: Occasion, base: str) -> Own:
    if occasion.event == "push":
        return belonging.of_line(checkout.repository, checkout.commit)
    if occasion.event == "merge_group":
        return belonging.of_line(checkout.repository, checkout.commit, base)
    return belonging.of_pull_request(occasion.number) if occasion.number else Own()


def _before(clone: Repository, base: str, ledger: Ledger) -> Before:
    """What the clone knows of the base commit; a broken configuration there has no models to train."""
    try:
        config = config_at(clone, base) if base else None
    except ConfigError:
        config = None
    models = config.models if config else {}
    chosen = baselines.choose(clone, base, models, ledger) if ledger.exists else {}
    return Before(
        commit=base,
        models=models,
        records={model: found.record for model, found in chosen.items()},
        now=datetime.datetime.now(datetime.UTC),
    )


def decide(facts: Facts) -> JobMatrix:
    """One job per touched model, with the run that stands in for it, if any."""
    jobs = []
    for name in _touched(facts):
        reuse, base = _reuse(facts, name), _base(facts.before, name)
        minutes = (0 if reuse else _minutes(facts.config.models[name])) + (base.timeout_minutes if base else 0)
        digest = facts.digests[name]
        jobs.append(Job(model=name, inputs_digest=digest, timeout_minutes=minutes, reuse=reuse, base=base))
    return JobMatrix(tuple(jobs))


def _minutes(model: Model) -> int:
    return -(-model.train.timeout // 60) + 10


def _base(before: Before, name: str) -> Base | None:
    """The base commit where its policy wants it trained for want of a record: of a run whose predictions may be had."""
    model = before.models.get(name)
    if model is None or model.gate.on_missing_baseline is not OnMissingBaseline.train:
        return None
    record = before.records.get(name)
    if record is not None and lineage.may_be_had(record, before.now):
        return None
    return Base(commit=before.commit, timeout_minutes=_minutes(model))


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
    said = f"reuses run {job.reuse.run_id}, attempt {job.reuse.attempt}" if job.reuse else "needed"
    return f"{said}; base {job.base.commit[:12]} too" if job.base else said
