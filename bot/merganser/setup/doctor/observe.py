"""Reads the clone for the doctor: configuration, files, workflows. Nothing of it is run."""

import posixpath
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from merganser.config import CONFIG_FILE, Config, Model
from merganser.config.file import load_config
from merganser.errors import ConfigError, DataError, MerganserError
from merganser.git import Repository
from merganser.inputs import Entry
from merganser.setup.doctor.facts import Local, Wrong
from merganser.setup.init import observe as seen
from merganser.setup.init import outputs, scripts, workflows
from merganser.setup.init.additions import CODEOWNERS_PLACES
from merganser.setup.init.facts import GitState
from merganser.training.declared import model_path

_LARGEST_TABLE: Final = 256 << 20


def observe(folder: Path) -> Local:
    """The repository around `folder`."""
    where = seen.place(folder)
    top = where.top
    config = _config(top)
    known = config.models if isinstance(config, Config) else {}
    repository, branch = seen.origin(where)
    listed = _listed(where)
    return Local(
        config=config,
        entries=tuple(Entry("100644", "blob", "", path) for path in sorted(listed)),
        there=frozenset(listed) | frozenset(seen.listed(top)),
        made=frozenset(path for model in known.values() for path in _made(top, model)),
        declared={name: _declared(top, name, model) for name, model in known.items()},
        columns={path: found for model in known.values() for path, found in _columns(top, model)},
        workflows={file.name: _text(file) for file in sorted((top / workflows.FOLDER).glob("*.yml"))},
        templates=workflows.templates(),
        codeowners=next((_text(top / name) for name in CODEOWNERS_PLACES if (top / name).is_file()), ""),
        committed=where.git is GitState.commits and Repository(top).file("HEAD", CONFIG_FILE) is not None,
        repository=repository,
        branch=branch,
    )


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _config(top: Path) -> Config | Wrong | None:
    if not (top / CONFIG_FILE).is_file():
        return None
    try:
        return load_config((top / CONFIG_FILE).read_bytes(), CONFIG_FILE)
    except ConfigError as wrong:
        return Wrong(wrong.message, wrong.hint)


def _listed(where: seen.Place) -> list[str]:
    """What a commit of everything would hold."""
    if where.git is GitState.none:
        return list(seen.listed(where.top))
    out = Repository(where.top).run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return list(dict.fromkeys(out.decode(errors="surrogateescape").split("\0")[:-1]))


def _made(top: Path, model: Model) -> list[str]:
    """What the model's pipeline and scripts say that they write, from the top."""
    folder = top / model.path
    if not folder.is_dir():
        return []
    texts = seen.scripts(folder, tuple(seen.listed(folder)))
    written = [path for text in texts.values() for path in scripts.read(text).writes]
    said = [*outputs.of_pipeline(seen.pipeline(folder), "outs", "metrics"), *written]
    return [posixpath.normpath(posixpath.join(model.path, path)) for path in said]


def _declared(top: Path, name: str, model: Model) -> str | Wrong:
    try:
        return model_path(top / model.path, name, model.artifact.path)
    except MerganserError as wrong:
        return Wrong(wrong.message, wrong.hint)


def _columns(top: Path, model: Model) -> list[tuple[str, tuple[str, ...] | Wrong]]:
    """The columns of the predictions, where the file lies there and can be read here."""
    if model.predictions is None or find_spec("polars") is None:
        return []
    path = posixpath.normpath(posixpath.join(model.path, model.predictions.file))
    if not (top / path).is_file() or (top / path).stat().st_size > _LARGEST_TABLE:
        return []

    from merganser.evaluation.readers import open_table

    with tempfile.TemporaryDirectory(prefix="merganser-") as scratch:
        try:
            return [(path, tuple(open_table(top / path, (), Path(scratch)).schema))]
        except DataError as wrong:
            return [(path, Wrong(wrong.message, wrong.hint))]
