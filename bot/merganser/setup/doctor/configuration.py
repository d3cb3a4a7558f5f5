"""`merganser.yaml` against the files of the repository. Pure."""

import posixpath
from collections.abc import Iterator

import msgspec

from merganser.config import CONFIG_FILE, Model, labels_path
from merganser.errors import ConfigError
from merganser.inputs import matching
from merganser.setup.doctor.facts import Local, Wrong
from merganser.setup.doctor.finding import Finding, error, ok, unseen, warning
from merganser.setup.judging import HOW_TO_JUDGE, judges_quality

_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Model)}
_RUN_IT = "Train once (merganser train MODEL), and look again."


def findings(facts: Local) -> Iterator[Finding]:
    """One finding for what is right with a model, one for each thing that is wrong."""
    if facts.config is None:
        yield error(CONFIG_FILE, "is missing", "merganser init writes it.")
        return
    if isinstance(facts.config, Wrong):
        yield error(CONFIG_FILE, facts.config.what, facts.config.cure)
        return
    if not facts.committed:
        yield warning(CONFIG_FILE, "isn't committed", f"git add {CONFIG_FILE}, and commit it.")
    for name, model in facts.config.models.items():
        found = [*_inputs(facts, name, model), *_made(facts, name, model), *_rest(facts, name, model)]
        if not any(finding.state == "error" for finding in found):
            yield ok(_at(name), "its configuration holds together")
        yield from found


def _at(name: str, *keys: str) -> str:
    return ".".join((f"{CONFIG_FILE}: models.{name}", *keys))


def _from_top(model: Model, path: str) -> str:
    return posixpath.normpath(posixpath.join(model.path, path))


def _inputs(facts: Local, name: str, model: Model) -> Iterator[Finding]:
    try:
        inputs = {entry.path for entry in matching(facts.entries, model)}
    except ConfigError as wrong:
        yield error(_at(name, "inputs"), wrong.message, wrong.hint)
        return
    written = [path for path in (model.artifact.path, *model.metrics, _predictions(model)) if path]
    own = [path for path in written if _from_top(model, path) in inputs]
    if own:
        cure = f"Add it to .gitignore, and git rm --cached {own[0]}; or name the inputs."
        yield warning(_at(name, "inputs"), f"{own[0]} is written by the training and counts as an input of it", cure)


def _predictions(model: Model) -> str:
    return model.predictions.file if model.predictions else ""


def _made(facts: Local, name: str, model: Model) -> Iterator[Finding]:
    """What a run has to leave: there already, or said to be made."""
    declared = facts.declared.get(name, model.artifact.path)
    if isinstance(declared, Wrong):
        yield error(_at(name, "artifact"), declared.what, declared.cure)
    else:
        yield from _left(facts, model, _at(name, "artifact", "path"), declared)
    for path in model.metrics:
        yield from _left(facts, model, _at(name, "metrics"), path)
    if model.predictions is not None:
        yield from _columns(facts, name, model)


def _left(facts: Local, model: Model, where: str, path: str) -> Iterator[Finding]:
    whole = _from_top(model, path)
    below = any(there.startswith(f"{whole}/") for there in facts.there)
    if whole not in facts.there | facts.made and not below:
        yield warning(where, f"{path} isn't there, and neither pipeline nor script says that it is written", _RUN_IT)


def _columns(facts: Local, name: str, model: Model) -> Iterator[Finding]:
    predictions, where = model.predictions, _at(name, "predictions")
    assert predictions is not None
    found = facts.columns.get(_from_top(model, predictions.file))
    if found is None:
        yield unseen(where, f"{predictions.file} isn't there, so nobody knows its columns", _RUN_IT)
    elif isinstance(found, Wrong):
        yield error(where, found.what, found.cure)
    else:
        named = [
            getattr(predictions, key) for key in ("key", "score", "prediction", "query", "label", "cluster", "weight")
        ]
        wanted = [column for column in (*named, *predictions.scores.values(), *predictions.slices) if column]
        if lacking := [column for column in wanted if column not in found]:
            cure = f"It has {', '.join(found[:10])}. Correct predictions, or what the training writes."
            yield error(where, f"{predictions.file} has no column {lacking[0]}", cure)


def _rest(facts: Local, name: str, model: Model) -> Iterator[Finding]:
    if model.params != _DEFAULTS["params"] and _from_top(model, model.params) not in facts.there:
        yield error(_at(name, "params"), f"{model.params} isn't there", "Correct the name, or leave it out.")
    if (labels := labels_path(model)) and f"{labels}.dvc" not in facts.there:
        yield error(
            _at(name, "labels", "uri"), f"{labels}.dvc isn't there", f"dvc add {labels}, and commit {labels}.dvc."
        )
    gate = model.gate
    if not (judges_quality(gate) or gate.budgets or gate.drift):
        yield error(_at(name, "gate"), "nothing is judged", "Name a metric: gate: {metrics: {accuracy: {min: 0.9}}}.")
    elif not judges_quality(gate):
        yield warning(_at(name, "gate"), "names no metric: nothing of the model's quality is judged yet", HOW_TO_JUDGE)
