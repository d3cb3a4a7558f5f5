"""`merganser train`: runs one model's pipeline and writes its bundle."""

import posixpath
import tempfile
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import msgspec

from merganser.commands.observing.checkout import Checkout, Occasion, base_of, check_out, occasion, refuse_moving_inputs
from merganser.commands.train import contract, measured
from merganser.config import CONFIG_FILE, Keep, Model, Predictions, labels_path
from merganser.documents import dump_json
from merganser.errors import ConfigError, DataError
from merganser.forge.ci.runtime import Runtime
from merganser.inputs import Entry, inputs_digest, matching
from merganser.run import RUN_FILE, Artifact, BundleFile, Run
from merganser.training import bundle, data, declared, machine, pins, pipeline, results

OUTPUT = ".merganser"
_ROWS_AT_ONCE = 1_000_000


class Purpose(Enum):
    """What a run is for: to be judged, or to be what another is compared with, of which nothing goes to any remote."""

    candidate = "candidate"
    baseline = "baseline"


class TrainRequest(msgspec.Struct, frozen=True, kw_only=True):
    """In which clone, which model, where the bundle goes (None: `.merganser/MODEL`), on what occasion."""

    folder: Path
    model: str
    out: Path | None = None
    occasion: Occasion = Occasion()
    purpose: Purpose = Purpose.candidate


def request(folder: Path, model: str, out: Path | None, runtime: Runtime) -> TrainRequest:
    """The command line's request, with what the CI says."""
    return TrainRequest(folder=folder, model=model, out=out, occasion=occasion(runtime))


class _Training(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline that ended well: `folder` is the model's, `seconds` what it took."""

    request: TrainRequest
    checkout: Checkout
    model: Model
    folder: Path
    seconds: float
    started: str
    finished: str


def train(request: TrainRequest) -> Path:
    """Trains HEAD's model and returns the bundle's folder; nothing is written or replaced unless all went well."""
    checkout = check_out(request.folder)
    model = checkout.model(request.model)
    refuse_moving_inputs(checkout, [model])
    _refuse_uncommitted(checkout, model, request.occasion)
    out = (request.folder / request.out if request.out else checkout.folder / OUTPUT / request.model).absolute()
    bundle.check_replaceable(out)
    model = _with_artifact(checkout, request.model, model)
    training = _trained(request, checkout, model)
    with bundle.staged(out) as work:
        artifacts = bundle.copy_model(training.folder, model.artifact.path, work.files)
        files = {
            **_predictions(training.folder, model.predictions, work.bundle),
            **measured.profile_file(training.folder, model.features, work.bundle),
            **measured.latency_file(training.folder, model.budgets.latency, work.bundle),
        }
        promised = contract.contract_of(training.folder, model, contract.predictions_in(work.bundle, files))
        run = msgspec.structs.replace(_run(training, artifacts, files), contract=promised)
        (work.bundle / RUN_FILE).write_bytes(dump_json(run))
    if request.out is None:
        (out.parent / ".gitignore").write_text("*\n")
    return out


def _with_artifact(checkout: Checkout, name: str, model: Model) -> Model:
    """The model with the path of its file, which `dvc.yaml` may say instead of our configuration."""
    path = declared.model_path(checkout.folder / model.path, name, model.artifact.path)
    return msgspec.structs.replace(model, artifact=msgspec.structs.replace(model.artifact, path=path))


def _trained(request: TrainRequest, checkout: Checkout, model: Model) -> _Training:
    folder = checkout.folder / model.path
    if not folder.is_dir():
        raise ConfigError(f"{CONFIG_FILE}: models.{request.model}.path: {model.path} is no folder", "Correct the path.")
    project = data.Project(folder=folder, timeout=float(model.train.timeout))
    data.pull(project, pins.missing_files(folder, pointers(checkout, model)))
    started = _now()
    command = pipeline.Command(run=model.train.run, folder=folder, timeout=float(model.train.timeout))
    seconds = pipeline.run(command)
    pushed = request.occasion.event == "push" and request.purpose is Purpose.candidate
    if model.keep is Keep.dvc and pushed:
        data.push(project)
    return _Training(
        request=request,
        checkout=checkout,
        model=model,
        folder=folder,
        seconds=seconds,
        started=started,
        finished=_now(),
    )


def pointers(checkout: Checkout, model: Model) -> tuple[str, ...]:
    """The `.dvc` files that the model is made from, by their paths in its folder; sealed labels stay away."""
    sealed = f"{labels_path(model)}.dvc"
    inputs = (entry.path for entry in matching(checkout.entries, model) if entry.path.endswith(".dvc"))
    return tuple(posixpath.relpath(path, model.path) for path in inputs if path != sealed)


def _run(training: _Training, artifacts: tuple[Artifact, ...], files: dict[str, BundleFile]) -> Run:
    checkout, model, occasion = training.checkout, training.model, training.request.occasion
    tracked = _tracked(checkout, model, artifacts)
    return Run(
        model=training.request.model,
        inputs_digest=inputs_digest(checkout.entries, model),
        tree=checkout.repository.tree_of(checkout.commit),
        commit=checkout.commit,
        head=occasion.head or checkout.commit,
        base=base_of(checkout, occasion),
        event=occasion.event,
        pull_request=occasion.number,
        params=results.parameters(training.folder, model),
        metrics=results.metrics(training.folder, model.metrics),
        data=pins.data_pins(training.folder, tracked),
        artifacts=artifacts,
        files=files,
        budgets={
            "train_seconds": round(training.seconds, 3),
            "artifact_mb": sum(artifact.size for artifact in artifacts) / 1_000_000,
            **measured.latency_budget(model.budgets.latency, files),
        },
        environment=machine.environment(),
        stages=pins.stages(training.folder, tracked),
        source=occasion.source,
        started=training.started,
        finished=training.finished,
    )


def _predictions(folder: Path, predictions: Predictions | None, into: Path) -> dict[str, BundleFile]:
    """The predictions in the bundle, read once: what no gate could read is an error now, not after the upload."""
    if predictions is None:
        return {}
    source = folder / predictions.file
    copied = bundle.copy_data(source, into / f"predictions{source.suffix.lower()}")

    from merganser.evaluation.readers import open_table, read_rows

    scores = (predictions.score, *predictions.scores.values())
    columns = (
        *(predictions.key, predictions.label, predictions.prediction, *scores, *predictions.slices),
        *(predictions.query, predictions.cluster, predictions.weight),
    )
    wanted = tuple(dict.fromkeys(filter(None, columns)))
    with tempfile.TemporaryDirectory(prefix="merganser-") as scratch:
        table = open_table(into / copied.path, wanted, Path(scratch))
        if lacking := [name for name in wanted if name not in table.schema]:
            what = f"{predictions.file} has no column {lacking[0]!a}"
            raise DataError(what, "Correct `predictions` in merganser.yaml.")
        if not table.rows:
            raise DataError(f"{predictions.file} has no rows", "Predict the evaluation rows.")
        for start in range(0, table.rows, _ROWS_AT_ONCE):
            read_rows(table, start, _ROWS_AT_ONCE)
    return {"predictions": msgspec.structs.replace(copied, rows=table.rows)}


def _tracked(checkout: Checkout, model: Model, artifacts: tuple[Artifact, ...]) -> pins.Tracked:
    in_git = {posixpath.relpath(e.path, model.path): e.oid for e in checkout.entries}
    made = {model.artifact.path, *(artifact.path for artifact in artifacts), *model.metrics}
    made |= {part.file for part in (model.predictions, model.budgets.latency) if part}
    made |= {posixpath.relpath(path, model.path) for path in (labels_path(model),) if path}
    return pins.Tracked(in_git, frozenset(made), model.params)


def _refuse_uncommitted(checkout: Checkout, model: Model, occasion: Occasion) -> None:
    """A run is of a commit: in CI changed inputs are an error, on a person's machine a loud warning."""
    said = checkout.repository.run("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
    changed = [line[3:] for line in said.decode(errors="surrogateescape").split("\0") if line]
    seen = [path for path in changed if not path.startswith(f"{OUTPUT}/")]
    with_changes = {e.path: e for e in (*checkout.entries, *(Entry("100644", "blob", "", path) for path in seen))}
    inputs = {entry.path for entry in matching(with_changes.values(), model)} | {CONFIG_FILE}
    dirty = [path for path in seen if path in inputs]
    if not dirty:
        return
    what = f"{len(dirty)} of the model's inputs differ from the commit, such as {dirty[0]!a}"
    if not occasion.local:
        raise DataError(what, "Train a clean checkout: the run would claim inputs that it didn't have.")
    pipeline.say(f"warning: {what}; the bundle names the commit's inputs, so commit them before you rely on it")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
