"""What `dvc.yaml` declares of a model below `artifacts:`, which DVC and its registry read as well."""

from pathlib import Path
from typing import Any, Final

from merganser.errors import ConfigError
from merganser.training.results import read_values

PIPELINE: Final = "dvc.yaml"


def model_path(folder: Path, model: str, configured: str) -> str:
    """The path of the model's own file or folder: the configured one, or else the one of its artifact in `dvc.yaml`.

    `ConfigError` where neither says it, and where both do and differ.
    """
    declared = _declared(folder, model)
    if not configured and not declared:
        raise ConfigError(
            f"models.{model}.artifact.path is not said, nor does {PIPELINE} declare a model {model} below artifacts",
            "Write the path of the file or folder that the training leaves.",
        )
    if "${" in declared:
        if not configured:
            what = f"{PIPELINE}: artifacts.{model}.path holds {declared[:80]!a}, which only DVC resolves"
            raise ConfigError(what, f"Write models.{model}.artifact.path in merganser.yaml.")
    elif configured and declared and configured != declared:
        raise ConfigError(
            f"models.{model}.artifact.path is {configured[:200]!a}, and in {PIPELINE} {declared[:200]!a}",
            "Correct one of them, or leave it to dvc.yaml.",
        )
    return configured or declared


def _declared(folder: Path, model: str) -> str:
    """The path of an artifact of that name that is a model, "" where there is none."""
    if not (folder / PIPELINE).is_file():
        return ""
    values: Any = read_values(folder / PIPELINE)
    artifacts = values.get("artifacts") if isinstance(values, dict) else None
    found = artifacts.get(model) if isinstance(artifacts, dict) else None
    if not isinstance(found, dict) or found.get("type", "model") != "model":
        return ""
    path = found.get("path")
    path = path.removeprefix("./").rstrip("/") if isinstance(path, str) else ""
    if path.startswith("/") or "\\" in path or ".." in path.split("/"):
        what = f"{PIPELINE}: artifacts.{model}.path {path[:200]!a} leads out of the model's folder"
        raise ConfigError(what, "Keep the model's file or folder below it.")
    return path
