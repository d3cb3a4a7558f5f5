"""A proposal as the text of `merganser.yaml`, with a comment where a person should decide. Pure."""

import json
import re
from collections.abc import Iterator

from merganser.config import CONFIG_FILE, Config, Direction, Predictions, Task
from merganser.config.file import load_config
from merganser.setup.init.proposal import Proposal

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
_WORDS = frozenset("true false null yes no on off y n inf nan".split())  # noqa: SIM905

# By task: the metric that the gate judges, and how much worse is still good enough.
_JUDGED = {Task.multiclass: ("accuracy", "0.01"), Task.regression: ("r2", "0.02"), Task.ranking: ("ndcg(10)", "0.01")}
_SLICE_MARGIN = "0.05"


def text_of(proposal: Proposal) -> str:
    """`merganser.yaml`, which our own reader has read."""
    text = "\n".join(_lines(proposal)) + "\n"
    loaded(text)
    return text


def loaded(text: str) -> Config:
    return load_config(text.encode(), CONFIG_FILE)


def _lines(proposal: Proposal) -> Iterator[str]:
    yield "# How Merganser trains, judges and releases the models of this repository. Decided for you where it says so;"
    yield "# every key that there is: docs/configuration.md of Merganser."
    yield "version: 1"
    yield "models:"
    yield f"  {scalar(proposal.name)}:"
    for line in _model(proposal):
        yield f"    {line}" if line else ""
    yield "# environments: {repo: OWNER/environments}   # where versions are deployed, once there is such a repository"


def _model(proposal: Proposal) -> Iterator[str]:
    if proposal.path != ".":
        yield f"path: {scalar(proposal.path)}"
    if proposal.predictions is not None:
        yield f"task: {proposal.task.value}   # {_comment(proposal.why)}"
    if proposal.positive:
        yield f"positive: {scalar(proposal.positive)}   # the class that a high score stands for"
    yield "# What the model is made from is everything here but documents and workflows; `inputs` names less."
    if proposal.params != "params.yaml":
        yield f"params: {scalar(proposal.params)}"
    yield f"train: {{run: {scalar(proposal.train)}, timeout: 2h}}"
    yield f"artifact: {{path: {scalar(proposal.artifact)}}}"
    if proposal.metrics:
        yield f"metrics: {_listed(proposal.metrics)}"
    if proposal.predictions is not None:
        yield "predictions:"
        yield from (f"  {line}" for line in _predictions(proposal.predictions))
    yield "gate:"
    yield from (f"  {line}" for line in _gate(proposal))
    yield "# release: {on: merge}   # a version after each merge that passes; without this line, when someone asks"


def _predictions(predictions: Predictions) -> Iterator[str]:
    yield f"file: {scalar(predictions.file)}"
    for key in ("key", "score", "prediction", "query", "label", "weight"):
        if column := getattr(predictions, key):
            yield f"{key}: {scalar(column)}"
    if predictions.scores:
        yield f"scores: {{{', '.join(f'{scalar(k)}: {scalar(v)}' for k, v in predictions.scores.items())}}}"
    if predictions.slices:
        yield f"slices: {_listed(predictions.slices)}"


def _gate(proposal: Proposal) -> Iterator[str]:
    predictions = proposal.predictions
    if predictions is None:
        yield from _reported(proposal)
        return
    metric, margin = _judged(proposal.task, predictions)
    yield "# You decide: how much worse than before is still good enough? Add `min` for what a model must reach at all."
    yield "metrics:"
    yield f"  {scalar(metric)}: {{non_inferior: {{margin: {margin}}}}}"
    if predictions.slices and proposal.task in (Task.binary, Task.multiclass):
        yield "# Red when one group is proven to fall by more than the margin; a group of fewer rows is not judged."
        yield "slices:"
        for column in predictions.slices:
            yield f"  - {{by: {scalar(column)}, metrics: [accuracy], margin: {_SLICE_MARGIN}, min_support: 30}}"


def _judged(task: Task, predictions: Predictions) -> tuple[str, str]:
    if task is Task.binary:
        return ("auc", "0.01") if predictions.score else ("accuracy", "0.01")
    return _JUDGED[task]


def _reported(proposal: Proposal) -> Iterator[str]:
    if not proposal.reported:
        yield "# Nothing is known yet that tells a good run from a bad one: name metrics or predictions when you can."
        yield "budgets: {artifact_mb: {rise: 100%}}"
        return
    yield "# You decide: how far may the run's own metrics move? Add `min` or `max` for what a model must reach at all."
    yield "metrics:"
    for name, direction in proposal.reported.items():
        rule = "max_drop: 0.01" if direction is Direction.up else "max_rise: 5%"
        yield f"  {scalar(name)}: {{{rule}}}"


def _listed(names: tuple[str, ...]) -> str:
    return f"[{', '.join(scalar(name) for name in names)}]"


def scalar(text: str) -> str:
    """Text as YAML, in quotes where it could be taken for something else."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    """Foreign text that stays in its line."""
    return ascii(text)[1:-1]
