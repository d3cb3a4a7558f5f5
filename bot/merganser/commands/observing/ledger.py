"""Reads the ledger branch of a clone. What its records are and which of them count: `registry.ledger`, `.lineage`."""

import datetime
import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.config import FETCH_LEDGER, LEDGER_BRANCH
from merganser.errors import DataError
from merganser.evaluation.verdict import Verdict
from merganser.forge import mirror
from merganser.git import Repository
from merganser.registry import ledger, lineage, overrides, renewal, spoken
from merganser.registry.ledger import Kept, Place, RemotePlace, RunRecord
from merganser.registry.overrides import Cancellation, Override, Said

Decision = TypeVar("Decision", Override, Cancellation)


class Ledger(msgspec.Struct, frozen=True):
    """The ledger at the commit `tip`: object ids by path. Without a ledger branch there are none, and `tip` is ""."""

    repository: Repository
    oids: dict[str, str]
    tip: str

    @property
    def exists(self) -> bool:
        return bool(self.tip)

    def lacking(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Those of the files that are not there yet: a record that is stays as it is."""
        return {path: content for path, content in files.items() if path not in self.oids}

    @property
    def models(self) -> set[str]:
        """The models of which it has runs."""
        return {name.model for path in self.oids if (name := ledger.run_name(path))}

    def runs(self) -> tuple[RunRecord, ...]:
        """Every record of every model's runs."""
        return self._runs(path for path in self.oids if ledger.run_name(path))

    def runs_of(self, model: str) -> tuple[RunRecord, ...]:
        """Every record of the model's runs."""
        return self._runs(path for path in self.oids if (name := ledger.run_name(path)) and name.model == model)

    def runs_with(self, model: str, inputs_digest: str) -> tuple[RunRecord, ...]:
        """The records of runs with exactly these inputs."""
        found = self._runs(lineage.paths_for(self.oids, model, inputs_digest))
        return tuple(record for record in found if record.run.inputs_digest == inputs_digest)

    def verdicts_by(self, labels_digest: str) -> tuple[Verdict, ...]:
        """Every verdict, of whichever model, by labels of this digest."""
        found = self._read(path for path in self.oids if ledger.verdict_name(path))
        # Thousands of verdicts by other labels are passed over unread.
        naming = ((path, content) for path, content in found if labels_digest.encode() in content)
        verdicts = (ledger.read_verdict(path, content).verdict for path, content in naming)
        return tuple(verdict for verdict in verdicts if verdict.labels_digest == labels_digest)

    def verdict_on(self, record: RunRecord) -> Verdict | None:
        """The verdict that counts for a recorded run."""
        return lineage.decisive(self._verdicts(lineage.verdict_paths(self.oids, record.path)))

    def judged_runs_of(self, model: str) -> tuple[tuple[RunRecord, Verdict | None], ...]:
        """Every record of the model's runs with the verdict that counts for it, None where it was never judged."""
        paths = [path for path in self.oids if (name := ledger.verdict_name(path)) and name.model == model]
        said: dict[ledger.RecordName | None, list[Verdict]] = {}
        for path, content in self._read(paths):
            said.setdefault(ledger.verdict_name(path), []).append(ledger.read_verdict(path, content).verdict)
        judged = ((record, said.get(ledger.run_name(record.path), [])) for record in self.runs_of(model))
        return tuple((record, lineage.decisive(verdicts)) for record, verdicts in judged)

    def verdicts_of(self, model: str, until: datetime.datetime | None = None) -> tuple[Verdict, ...]:
        """The model's verdicts, those that were there at a moment or all, in the order in which they were written.

        What a record says of its time is when judging began, and a verdict may be added to a run long after.
        """
        paths = [path for path in self._written(f"verdicts/{model}/", until) if ledger.verdict_name(path)]
        read = dict(self._read(path for path in paths if path in self.oids))
        return tuple(ledger.read_verdict(path, read[path]).verdict for path in paths if path in read)

    def merged_until(self, model: str, until: datetime.datetime) -> tuple[RunRecord, ...]:
        """The records of the model's merged runs that were there at a moment, in the order in which they were written.

        What a record says of its time is when it was made, and that a person could see it is later.
        """
        at = {path: number for number, path in enumerate(self._written(f"runs/{model}/", until))}
        found = self._runs(path for path in at if path in self.oids and ledger.run_name(path))
        return tuple(sorted((one for one in found if one.recorded.merged), key=lambda one: at[one.path]))

    def _written(self, folder: str, until: datetime.datetime | None) -> list[str]:
        """The paths below a folder that were there at a moment or all, in the order in which they were written.

        When that was is told by the ledger's commits, which GitHub makes and dates.
        """
        wanted = ("--diff-filter=A", "--name-only", "--format=%x00%ct", "--no-renames", "--reverse")
        log = self.repository.text("log", *wanted, self.tip, "--", folder) if self.tip else ""
        commits = (commit.split() for commit in log.split("\0") if commit)
        last = until.timestamp() if until else math.inf
        return [path for time, *added in commits if int(time) <= last for path in added]

    def overrides_of(self, model: str) -> tuple[Said[Override], ...]:
        """Every override of one of the model's checks, whether it still holds or not."""
        paths = (path for path in self.oids if overrides.model_of(path, Override) == model)
        return tuple(overrides.read(path, content, Override) for path, content in self._read(paths))

    def cancellations_of(self, model: str) -> tuple[Said[Cancellation], ...]:
        """Every time that an override of one of the model's checks was taken back."""
        paths = (path for path in self.oids if overrides.model_of(path, Cancellation) == model)
        return tuple(overrides.read(path, content, Cancellation) for path, content in self._read(paths))

    def spoken(self, models: Container[str] | None = None) -> dict[str, str]:
        """What people said about the inputs of these models, or of all: `registry.spoken`.

        What can't be read says nothing here; judging a model that it is about tells of it.
        """
        return spoken.spoken((*self._said(Override, models), *self._said(Cancellation, models)))

    def _said(self, kind: type[Decision], models: Container[str] | None) -> Iterator[Said[Decision]]:
        named = ((path, overrides.model_of(path, kind)) for path in self.oids)
        wanted = [path for path, model in named if model and (models is None or model in models)]
        for path, content in self._read(wanted):
            with suppress(DataError):
                yield overrides.read(path, content, kind)

    def _runs(self, paths: Iterable[str]) -> tuple[RunRecord, ...]:
        """The records, each with where its run's files lie now: kept artifacts are uploaded again before they end."""
        found = (ledger.read_run(path, content) for path, content in self._read(paths))
        renewals = [path for path in self.oids if path.startswith("kept/")]
        return tuple(self._located(record, renewals) if renewals else record for record in found)

    def _located(self, record: RunRecord, renewals: Sequence[str]) -> RunRecord:
        kept = record.recorded.kept
        now = Kept(predictions=self._now_at(kept.predictions, renewals), files=self._now_at(kept.files, renewals))
        return msgspec.structs.replace(record, recorded=msgspec.structs.replace(record.recorded, kept=now))

    def _now_at(self, place: Place | RemotePlace | None, renewals: Sequence[str]) -> Place | RemotePlace | None:
        while isinstance(place, Place) and (path := renewal.newest(renewals, place)):
            place = renewal.read(*self._read([path])[0]).at
        return place

    def _verdicts(self, paths: Iterable[str]) -> tuple[Verdict, ...]:
        return tuple(ledger.read_verdict(path, content).verdict for path, content in self._read(paths))

    def _read(self, paths: Iterable[str]) -> list[tuple[str, bytes]]:
        wanted = sorted(paths)
        return list(zip(wanted, self.repository.blobs([self.oids[path] for path in wanted]), strict=True))


def fetched(place: Workbench) -> Ledger:
    """The model repo's ledger as it is now, without the rest of the repository."""
    token, ref = place.forge.token(place.repo), f"refs/heads/{LEDGER_BRANCH}"
    return open_ledger(mirror.clone(place.runtime.server_url, place.repo, token, place.folder / "ledger", [ref]))


def open_ledger(repository: Repository) -> Ledger:
    """The newest ledger that this clone knows."""
    ref = ledger_ref(repository)
    tip = repository.resolve(ref) if ref else None
    if tip is None:
        return Ledger(repository, {}, tip="")
    return Ledger(repository, {entry.path: entry.oid for entry in repository.entries(tip)}, tip=tip)


def fetching(clone: Repository) -> str:
    """How this clone gets the remote's ledger: a sentence and a space; "" where it has no `origin`."""
    return f"`{FETCH_LEDGER}` brings the remote's. " if clone.has_remote() else ""


def ledger_ref(repository: Repository) -> str | None:
    """The ref of that ledger: the clone's own branch in a mirror, the remote's in a working clone; None for neither."""
    refs = (f"refs/remotes/origin/{LEDGER_BRANCH}", f"refs/heads/{LEDGER_BRANCH}")
    return next((ref for ref in refs if repository.resolve(ref) is not None), None)
