"""Where a model is trained: in the clone itself, or at the base commit in a worktree beside it, after preparations."""

import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from merganser.commands.observing.checkout import Checkout, check_out
from merganser.commands.train.command import OUTPUT, Purpose, TrainRequest, pointers
from merganser.commands.train.command import train as train_here
from merganser.config import CONFIG_FILE
from merganser.errors import ConfigError, DataError
from merganser.training import bundle, pins, pipeline, restore


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """The base commit (None: HEAD is trained), and what bash is to run there first, a line each."""

    base: str | None = None
    prepare: tuple[str, ...] = ()


def train(request: TrainRequest, where: Where) -> Path:
    """Trains the model there and returns the bundle's folder; see `commands.train.train`."""
    clone = check_out(request.folder)
    if where.base is None:
        _prepare(clone, request.model, where)
        return train_here(request)
    commit = clone.repository.resolve(where.base)
    if commit is None:
        raise ConfigError(f"--base: {where.base[:200]!a} names no commit here", "Give actions/checkout fetch-depth: 0.")
    out = (request.folder / request.out if request.out else clone.folder / OUTPUT / f"{request.model}-base").absolute()
    bundle.check_replaceable(out)
    beside = msgspec.structs.replace(request, out=out, purpose=Purpose.baseline)
    with _worktree(clone, commit) as base:
        pipeline.say(
            f"training {request.model} at the base commit {commit[:12]} too, to have something to compare with"
        )
        _prepare(base, request.model, where)
        _bring_data(request.model, clone, base)
        return train_here(msgspec.structs.replace(beside, folder=base.folder))


@contextmanager
def _worktree(clone: Checkout, commit: str) -> Iterator[Checkout]:
    """A checkout of the commit that goes away again, in a folder with room for more."""
    with tempfile.TemporaryDirectory(prefix="merganser-base-") as folder:
        top = Path(folder, "checkout")
        clone.repository.add_worktree(top, commit)
        try:
            yield check_out(top)
        finally:
            clone.repository.remove_worktree(top)


def _prepare(checkout: Checkout, name: str, where: Where) -> None:
    if where.prepare:
        command = shlex.join(("bash", "-euo", "pipefail", "-c", "\n".join(where.prepare)))
        timeout = float(checkout.model(name).train.timeout)
        pipeline.run(pipeline.Command(run=command, folder=checkout.folder, timeout=timeout, what="preparation"))


def _bring_data(name: str, clone: Checkout, base: Checkout) -> None:
    """The data of base's `.dvc` files, most of which the clone has; what can't be had is said, as for any training.

    It comes into a cache of base's own, so that nothing that the change made passes for base's.
    """
    model = base.model(name)
    place = restore.Place(
        clone=clone.folder / model.path,
        folder=base.folder / model.path,
        top=base.folder,
        cache=base.folder.parent / "cache",
        timeout=float(model.train.timeout),
    )
    if not place.folder.is_dir():
        raise ConfigError(f"{CONFIG_FILE}: models.{name}.path: {model.path} is no folder", "Correct the path.")
    restore.isolate(place)
    try:
        restore.restore(place, pins.missing_files(place.folder, pointers(base, model)))
    except DataError as wrong:
        pipeline.say(f"warning: {wrong.message}")
