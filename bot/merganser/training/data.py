"""Data that DVC tracks, on its way from and to its remote by DVC's own commands; what can't be had is said, no more."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import msgspec

from merganser.errors import MerganserError
from merganser.training import pipeline
from merganser.training.declared import PIPELINE


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """The model's folder in a checkout, and how many seconds one command of DVC's may take."""

    folder: Path
    timeout: float


def pull(project: Project, files: Sequence[str]) -> None:
    """Brings the data of these `.dvc` files (paths in the model's folder), all at once or else each that can be had.

    A training may do without some of it, and says itself what it misses: so nothing here is an error.
    """
    if files and (wrong := _failure(project, "pulling data", "pull", "--", *files)):
        again = files if len(files) > 1 else ()
        lost = [file for file in again if (wrong := _failure(project, "pulling data", "pull", "--", file))]
        if lost or not again:
            pipeline.say(f"warning: the data of {(lost or files)[0]!a} isn't here: {wrong}")


def push(project: Project) -> None:
    """Puts what the pipeline made, and DVC's run cache, into the remote where the job's credentials allow that.

    Data is left out: it was pushed by whoever committed it, and some of it lies where this job may not go.
    """
    if not (project.folder / PIPELINE).is_file():
        return
    if wrong := _failure(project, "sharing results", "push", "--run-cache", PIPELINE):
        pipeline.say(f"warning: results and run cache are not in the DVC remote: {wrong}")


def _failure(project: Project, what: str, *words: str) -> str:
    """Why a command of DVC's failed; "" where it didn't."""
    command = pipeline.Command(
        run=shlex.join(("dvc", *words)), folder=project.folder, timeout=project.timeout, what=what
    )
    try:
        pipeline.run(command)
    except MerganserError as wrong:
        return wrong.message
    return ""
