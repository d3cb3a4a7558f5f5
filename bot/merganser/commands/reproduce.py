"""`merganser reproduce`: trains a version again, from its tag and its data's pins, and compares with its record."""

import math
import posixpath
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from merganser.commands.carry_out import located
from merganser.commands.observing import evidence
from merganser.commands.observing.checkout import check_out, model_at
from merganser.commands.observing.ledger import open_ledger
from merganser.commands.observing.tags import read_versions
from merganser.commands.train.command import TrainRequest, train
from merganser.config import FETCH_LEDGER, Change, Unit
from merganser.documents import dump_json, load_json
from merganser.errors import ConfigError, DataError
from merganser.forge.ci.answers import inert
from merganser.forge.ci.runtime import Runtime
from merganser.git import Repository
from merganser.inputs import inputs_digest
from merganser.registry import versions
from merganser.registry.reproduction import Reproduction, Tolerances, compare
from merganser.registry.versions import Version
from merganser.report.reproduction import reproduction_text
from merganser.run import RUN_FILE, Run
from merganser.training import restore
from merganser.training.pins import pinned_files
from merganser.training.pipeline import say, split

_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_ANY = "any"
_PULLS = frozenset({"pull", "--pull"})


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Which version (`MODEL@v1.4.0`) in which clone; where all is left (None: nowhere), how far metrics may lie."""

    folder: Path
    version: str
    keep: Path | None = None
    tolerances: Tolerances = Tolerances()


def reproduce(request: Request, runtime: Runtime) -> Reproduction:
    """Runs the version's pipeline in a checkout of its own; `ConfigError` and `DataError` where it can't be run.

    The clone's work tree, index and DVC cache stay as they are.
    """
    named = _named(request.version)
    clone = check_out(request.folder).repository
    version = _version(clone, *named)
    recorded = _recorded(clone, version, runtime)
    say(f"{version.tag} is {version.commit[:12]}; its pipeline now runs on this machine, with all that you may do here")
    with _workplace(request.keep) as place, _checkout(clone, version, place, keep=request.keep is not None) as top:
        model = model_at(clone, version.commit, version.model)
        if _PULLS & {*split(model.train.run)}:
            say(f"warning: `{model.train.run}` pulls from DVC's remote, so results may come from there unmade")
        data = restore.Place(
            clone=clone.path / model.path,
            folder=top / model.path,
            top=top,
            cache=place / "cache",
            timeout=float(model.train.timeout),
        )
        restore.isolate(data)
        in_git = (posixpath.relpath(entry.path, model.path) for entry in clone.entries(version.commit))
        restore.restore(data, pinned_files(data.folder, in_git, (pin.name for pin in recorded.data)))
        bundle = train(TrainRequest(folder=top, model=version.model, out=place / "bundle"))
        again = evidence.read_run(bundle)
    return compare(version.tag, recorded, again, request.tolerances)


def answer(found: Reproduction, *, as_json: bool) -> str:
    """The comparison as tables, or as JSON."""
    return dump_json(found).decode().rstrip() if as_json else inert(reproduction_text(found))


def tolerances(written: Sequence[str]) -> Tolerances:
    """From the command line: `0.001`, `1%`, and for one metric `loss=0.01` or `seconds=any`; the last one said wins."""
    found = Tolerances()
    for text in written:
        name, _, value = text.rpartition("=")
        change = _change(value, text)
        if name:
            found = msgspec.structs.replace(found, of={**found.of, name: change})
        else:
            found = msgspec.structs.replace(found, every=change)
    return found


def _change(value: str, text: str) -> Change:
    if value == _ANY:
        return Change(math.inf)
    number = value.removesuffix("%")
    if not _NUMBER.fullmatch(number) or not math.isfinite(float(number)):
        hint = "Write 0.001, 1% of the recorded value, or for one metric loss=0.01 or seconds=any."
        raise ConfigError(f"--tolerance: {text[:80]!a} is no tolerance", hint)
    return Change(float(number) / 100, Unit.relative) if value.endswith("%") else Change(float(number))


def _named(wanted: str) -> tuple[str, str]:
    model, at, number = wanted.partition("@")
    if not at or not number:
        raise ConfigError(f"{wanted[:100]!r} names no version", "Write MODEL@v1.4.0; `merganser models` lists all.")
    return model, number


def _version(clone: Repository, model: str, number: str) -> Version:
    found = versions.find(read_versions(clone).versions, model, number)
    if found is None:
        hint = f"git fetch --tags; `merganser show {model[:80]}` lists the model's."
        raise ConfigError(f"{f'{model}@{number}'[:100]!r} is no version in this clone", hint)
    return found


def _recorded(clone: Repository, version: Version, runtime: Runtime) -> Run:
    """The run of a version: the ledger's on its commit, else the newest merged one of its inputs, or the release's."""
    model = model_at(clone, version.commit, version.model)
    digest = version.inputs_digest or inputs_digest(clone.entries(version.commit), model)
    known = open_ledger(clone).runs_with(version.model, digest)
    found = max(
        known,
        key=lambda r: (r.recorded.commit == version.commit, r.recorded.merged, r.recorded.time, r.path),
        default=None,
    )
    return found.run if found is not None else _released(located(runtime, clone.path), version)


def _released(runtime: Runtime, version: Version) -> Run:
    hint = f"Fetch the ledger ({FETCH_LEDGER}), or name the repository of the release with --repo."
    if not runtime.repository:
        raise DataError(f"no run of {version.tag} is recorded in this clone's ledger", hint)

    from merganser.forge.github import connect

    with connect(runtime) as forge, tempfile.TemporaryDirectory(prefix="merganser-") as folder:
        release = forge.release_by_tag(runtime.repository, version.tag)
        asset = next((a for a in (release.assets if release else ()) if a.name == RUN_FILE), None)
        if asset is None:
            raise DataError(f"neither this clone's ledger nor a release has the run of {version.tag}", hint)
        file = Path(folder, RUN_FILE)
        forge.download_asset(runtime.repository, asset, file, evidence.MAX_RUN_JSON)
        run = load_json(file.read_bytes(), f"{RUN_FILE} of {version.tag}", Run)
    if run.model != version.model or version.inputs_digest not in ("", run.inputs_digest):
        raise DataError(f"the release of {version.tag} holds the run of another model or of other inputs", hint)
    return run


@contextmanager
def _workplace(keep: Path | None) -> Iterator[Path]:
    """Where checkout, cache and bundle lie: the folder to keep, which must be new or empty, or one that goes away."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="merganser-reproduce-") as folder:
            yield Path(folder)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise ConfigError(f"--keep: {keep} is there and isn't an empty folder", "Choose a new folder.")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.absolute()


@contextmanager
def _checkout(clone: Repository, version: Version, place: Path, *, keep: bool) -> Iterator[Path]:
    top = place / "checkout"
    clone.add_worktree(top, version.commit)
    if keep:
        say(f"kept in {place}; git worktree remove {top} takes the checkout away")
        yield top
        return
    try:
        yield top
    finally:
        clone.remove_worktree(top)
