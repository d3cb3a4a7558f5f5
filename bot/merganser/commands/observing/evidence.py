"""Fetches the bundles that a CI run left. All of it is data, never run. What recorded runs left: `kept`."""

import hashlib
import re
from collections.abc import Set
from pathlib import Path

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.documents import load_json
from merganser.errors import DataError
from merganser.evaluation.question import Side
from merganser.forge.archive import extract
from merganser.forge.protocol import NotFound
from merganser.forge.values import ArtifactRef, WorkflowRun
from merganser.registry.ledger import Kept, Place
from merganser.run import RUN_FILE, BundleFile, Run, Source, artifact_digest

MAX_BUNDLE = 512 * 2**20
MAX_BUNDLES = 2 * 2**30
MAX_FILES = 2 * 2**30
MAX_RUN_JSON = 16 * 2**20
# The cure for a training run that left nothing, or nothing that can be used.
TRAIN_AGAIN = "Run the training workflow again; its log says more."
_BUNDLE_NAME = re.compile(r"merganser-(?P<model>.+)-(?P<attempt>[1-9][0-9]{0,5})")


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A run, its files by name (`predictions`, `profile`, `latency`) once they are checked, and where all is kept."""

    run: Run
    files: dict[str, Path]
    kept: Kept


class Rejected(msgspec.Struct, frozen=True):
    """A bundle that can't be used, and why, in a sentence."""

    reason: str


def bundles(place: Workbench, run: WorkflowRun, models: Set[str]) -> dict[str, Bundle | Rejected]:
    """What a training run uploaded for some models, each of the highest attempt that the run has reached."""
    refs = {ref.name: ref for ref in place.artifacts(run.id) if not ref.expired}
    newest: dict[str, int] = {}
    for name in refs:
        found = _BUNDLE_NAME.fullmatch(name)
        if found and found["model"] in models and int(found["attempt"]) <= run.run_attempt:
            newest[found["model"]] = max(newest.get(found["model"], 0), int(found["attempt"]))
    bundles: dict[str, Bundle | Rejected] = {}
    room = MAX_BUNDLES
    for model, attempt in sorted(newest.items()):
        name = f"merganser-{model}-{attempt}"
        wanted = Wanted(refs=refs, name=name, attempt=attempt, cap=min(MAX_BUNDLE, room))
        bundles[model] = _bundle(place, run, wanted)
        room -= _size(_folder(place, refs[name]))
    return bundles


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An artifact to fetch: all of its run by name, which one, of which attempt, and how many bytes it may hold."""

    refs: dict[str, ArtifactRef]
    name: str
    attempt: int
    cap: int


def _bundle(place: Workbench, run: WorkflowRun, wanted: Wanted) -> Bundle | Rejected:
    ref = wanted.refs[wanted.name]
    try:
        folder = download(place, ref, wanted.cap)
        found = read_run(folder)
        files = bundle_files(folder, found)
    except DataError as wrong:
        return Rejected(f"its bundle can't be used: {wrong.message}")
    model = wanted.refs.get(f"{wanted.name}-files")
    kept = Kept(predictions=_place(run.id, ref), files=_place(run.id, model) if model else None)
    # Who trained where is GitHub's to say, not the bundle's. An attempt of some jobs alone leaves the others' bundles.
    source = Source(
        ci="github",
        run_url=run.html_url,
        run_id=run.id,
        attempt=wanted.attempt,
        actor=run.actor.login if run.actor else "",
    )
    return Bundle(run=msgspec.structs.replace(found, source=source, event=run.event), files=files, kept=kept)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def room(place: Workbench) -> int:
    """How many bytes one artifact more may hold, beside what is here already."""
    return min(MAX_BUNDLE, max(0, 2 * MAX_BUNDLES - _size(place.folder / "artifacts")))


def _folder(place: Workbench, ref: ArtifactRef) -> Path:
    return place.folder / "artifacts" / str(ref.id)


def _place(run_id: int, ref: ArtifactRef) -> Place:
    return Place(run_id=run_id, name=ref.name, digest=ref.digest or "")


def download(place: Workbench, ref: ArtifactRef, cap: int) -> Path:
    """An artifact, unpacked once; `DataError` where it is gone, too large or not what was uploaded."""
    folder = _folder(place, ref)
    if folder.exists():
        return folder
    if ref.size_in_bytes > cap:
        raise DataError(
            f"the artifact {ref.name} is larger than {cap >> 20} MiB", "Keep only the columns that are needed."
        )
    folder.parent.mkdir(exist_ok=True)
    packed = place.folder / f"{ref.id}.zip"
    try:
        place.forge.download_artifact(place.repo, ref, packed, cap)
    except NotFound as gone:
        raise DataError(f"the artifact {ref.name} is gone", "Run the training workflow again.") from gone
    if ref.digest and ref.digest != f"sha256:{sha256(packed)}":
        raise DataError(f"the artifact {ref.name} is not what was uploaded: its digest differs", "Train again.")
    extract(packed, folder, cap)
    packed.unlink()
    return folder


def read_run(folder: Path) -> Run:
    """The run of a bundle folder; `DataError` where there is none or it isn't one."""
    file = folder / RUN_FILE
    if not file.is_file():
        raise DataError(f"{folder} holds no {RUN_FILE}", "A bundle is the folder that `merganser train` writes.")
    if file.stat().st_size > MAX_RUN_JSON:
        raise DataError(f"{RUN_FILE} is larger than {MAX_RUN_JSON >> 20} MiB", "Record fewer metrics or parameters.")
    return load_json(file.read_bytes(), RUN_FILE, Run)


def bundle_files(folder: Path, run: Run) -> dict[str, Path]:
    """The files that a run names, in a bundle's folder; `DataError` where one of them is not the run's."""
    return {name: checked(folder, listed) for name, listed in run.files.items()}


def side_of(name: str, run: Run, files: dict[str, Path]) -> Side:
    """One side of a comparison: a run with its files."""
    return Side(
        name=name,
        predictions=files.get("predictions"),
        metrics=run.metrics,
        artifact_digest=artifact_digest(run.artifacts),
        costs={cost: value for cost, value in run.budgets.items() if isinstance(value, int | float)},
        latencies=files.get("latency"),
        features=files.get("profile"),
    )


def checked(folder: Path, listed: BundleFile) -> Path:
    """A file in a folder that a stranger filled; `DataError` where it isn't the one that a run names."""
    file = folder / listed.path
    inside = file.resolve().is_relative_to(folder.resolve())
    if not inside or file.is_symlink() or not file.is_file():
        raise DataError(f"the bundle lacks {listed.path[:200]!r}, which its run names", "Train again.")
    if sha256(file) != listed.sha256:
        raise DataError(f"{listed.path[:200]!r} is not the file that the run names: its digest differs", "Train again.")
    return file


def sha256(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
