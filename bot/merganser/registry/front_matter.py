"""The head of a model card in Hugging Face's form (`modelcard.md` of its hub-docs): what it says, and its reading."""

from typing import Annotated, Any

import msgspec

from merganser import markdown
from merganser.config import Task
from merganser.errors import ConfigError
from merganser.registry.subject import Score, Subject, scores
from merganser.run import Run
from merganser.yaml_text import parse_yaml, plain_values

UNKNOWN_LICENSE = "unknown"
_TAGS = {
    Task.binary: "tabular-classification",
    Task.multiclass: "tabular-classification",
    Task.regression: "tabular-regression",
    Task.ranking: "other",
}
_PICKLED, _TENSORS = (".joblib", ".pkl", ".pickle", ".skops"), (".safetensors", ".bin", ".pt", ".pth", ".ckpt")
# Installed package, library, and how its files end; the more special first, since a library brings others along.
_LIBRARIES = (
    ("sentence-transformers", "sentence-transformers", _TENSORS),
    ("transformers", "transformers", _TENSORS),
    ("diffusers", "diffusers", _TENSORS),
    ("torch", "pytorch", _TENSORS),
    ("keras", "keras", (".keras", ".h5")),
    ("fastai", "fastai", _PICKLED),
    ("scikit-learn", "sklearn", _PICKLED),
)
_MAX_RESULTS = 200
_FENCE = "---\n"

Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Task(msgspec.Struct, frozen=True):
    type: Text
    name: str = ""


class _Dataset(msgspec.Struct, frozen=True):
    type: Text
    name: Text


class _Metric(msgspec.Struct, frozen=True):
    type: Text
    value: Any
    name: str = ""


class _Result(msgspec.Struct, frozen=True):
    task: _Task
    dataset: _Dataset
    metrics: Annotated[tuple[_Metric, ...], msgspec.Meta(min_length=1)]


class _Index(msgspec.Struct, frozen=True):
    name: Text
    results: tuple[_Result, ...]


class _Metadata(msgspec.Struct, frozen=True):
    """The keys whose form the Hub checks, and those that we write; others are the author's."""

    license: Text = UNKNOWN_LICENSE
    library_name: str = ""
    pipeline_tag: str = ""
    tags: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    index: tuple[_Index, ...] = msgspec.field(default=(), name="model-index")


def metadata(subject: Subject) -> dict[str, Any]:
    """The head's keys and values; names that others chose are one line of text each."""
    found = scores(subject)[:_MAX_RESULTS]
    names = [markdown.plain(score.metric) for score in found]
    library = _library(subject.run)
    return {
        "license": subject.rules.release.license or UNKNOWN_LICENSE,
        **({"library_name": library} if library else {}),
        "pipeline_tag": _TAGS[subject.rules.task],
        "tags": ["merganser", subject.rules.task.value],
        "metrics": names,
        "model-index": [{"name": subject.run.model, "results": _results(subject, found) if found else []}],
    }


def _library(run: Run) -> str:
    """What the files look like, if that is installed; "" where nobody can tell."""
    names = [artifact.path.lower() for artifact in run.artifacts]
    fitting = (
        library
        for package, library, ends in _LIBRARIES
        if package in run.environment.packages and any(name.endswith(ends) for name in names)
    )
    return next(fitting, "")


def _results(subject: Subject, found: tuple[Score, ...]) -> list[dict[str, Any]]:
    rows = max((score.rows or 0 for score in found), default=0)
    size = f", {rows:,} rows" if rows else ""
    return [
        {
            "task": {"type": _TAGS[subject.rules.task], "name": subject.rules.task.value},
            "dataset": {
                "type": f"{subject.run.model}-evaluation",
                "name": f"Evaluation data of {subject.run.model}{size}",
            },
            "metrics": [
                {"type": markdown.plain(s.metric) or markdown.EMPTY, "value": s.value, "verified": False} for s in found
            ],
        }
    ]


def check_head(card: str, where: str) -> None:
    """`ConfigError` where a card begins with a head that Hugging Face would refuse; one without a head passes."""
    if not card.startswith(_FENCE):
        return
    head, fence, _ = card.removeprefix(_FENCE).partition(f"\n{_FENCE}")
    hint = "Write it as `{{ metadata | yaml }}` between two lines `---`, or leave it out."
    if not fence:
        raise ConfigError(f"{where}: the head that begins with --- has no end", hint)
    try:
        msgspec.convert(plain_values(parse_yaml(head.encode(), where), where), _Metadata)
    except msgspec.ValidationError as wrong:
        raise ConfigError(f"{where}: its head is not of Hugging Face's form: {wrong}", hint) from wrong
