"""Which files a training leaves, and which of them is the model, the metrics, the predictions. Pure."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from merganser.setup.init.facts import Facts
from merganser.setup.init.scripts import Script

MODELS: Final = (
    ".joblib", ".pkl", ".pickle", ".skops", ".onnx", ".safetensors", ".keras", ".h5", ".hdf5", ".pt", ".pth", ".ckpt",
    ".ubj", ".cbm", ".bst", ".tflite", ".mlmodel", ".pmml",
)  # fmt: skip
TABLES: Final = (".parquet", ".csv", ".jsonl", ".ndjson")
NUMBERS: Final = (".json", ".yaml", ".yml", ".toml")
_PREDICTIONS = re.compile(r"pred(iction|icted)?s?([_.-]|$)|([_.-])preds?([_.-]|$)")
_METRICS = re.compile(r"(^|[_.-])(metrics?|scores?|evaluation|results?)([_.-]|$)")
_INPUT_FOLDERS: Final = ("data/", "dataset/", "datasets/", "inputs/", "raw/", "tests/", "test/")


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """What a training leaves: all of it, and by what it is; "" and () where there is none."""

    files: tuple[str, ...]
    model: str
    metrics: tuple[str, ...]
    predictions: tuple[str, ...]


def outputs(facts: Facts, script: Script) -> Outputs:
    """What a run wrote; else what pipeline and script say they write, and what lies there that is called so."""
    said = [*of_pipeline(facts.pipeline, "outs", "metrics"), *script.writes]
    left = list(facts.made) if facts.made else [*said, *(path for path in facts.files if _is_called_output(path))]
    files = tuple(dict.fromkeys(path for path in left if not path.endswith((".py", ".ipynb"))))
    declared = of_pipeline(facts.pipeline, "metrics")
    metrics = tuple(path for path in files if path in declared or _is_metrics(path, facts.numbers))
    return Outputs(
        files=files,
        model=_model(files),
        metrics=metrics[:1] if not declared else metrics,
        predictions=tuple(sorted((p for p in files if p.endswith(TABLES)), key=lambda p: (not _is_predictions(p), p))),
    )


def stages_write(pipeline: Mapping[str, Any]) -> bool:
    """Whether `dvc.yaml` has stages that leave anything."""
    return bool(of_pipeline(pipeline, "outs", "metrics"))


def _is_called_output(path: str) -> bool:
    if path.startswith(_INPUT_FOLDERS):
        return False
    return path.endswith(MODELS) or _is_predictions(path) or (path.endswith(NUMBERS) and _called_metrics(path))


def _is_predictions(path: str) -> bool:
    return path.endswith(TABLES) and _PREDICTIONS.search(posixpath.basename(path).lower()) is not None


def _called_metrics(path: str) -> bool:
    return _METRICS.search(posixpath.splitext(posixpath.basename(path).lower())[0]) is not None


def _is_metrics(path: str, numbers: Mapping[str, Mapping[str, float]]) -> bool:
    """Called so, and full of numbers where it lies there already."""
    return path.endswith(NUMBERS) and _called_metrics(path) and bool(numbers.get(path, {"": 0.0}))


def _model(files: Iterable[str]) -> str:
    """The model's file: one of a known kind, the one that is called a model before the others."""
    kinds = [path for path in files if path.endswith(MODELS)]
    called = [path for path in files if "model" in posixpath.basename(path) and not path.endswith(TABLES)]
    return min(kinds or called, key=lambda path: ("model" not in path, path.count("/"), path), default="")


def of_pipeline(pipeline: Mapping[str, Any], *keys: str) -> tuple[str, ...]:
    """The paths that the stages of a `dvc.yaml` name below `keys`, those aside that only DVC resolves."""
    stages = pipeline.get("stages")
    found: list[str] = []
    for stage in stages.values() if isinstance(stages, dict) else ():
        for key in keys:
            listed = stage.get(key, []) if isinstance(stage, dict) else []
            for item in listed if isinstance(listed, list) else []:
                path = next(iter(item), "") if isinstance(item, dict) else item
                if isinstance(path, str) and path and "${" not in path:
                    found.append(posixpath.normpath(path))
    return tuple(dict.fromkeys(found))
