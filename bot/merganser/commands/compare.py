"""`merganser compare`: how two runs differ."""

from pathlib import Path

from merganser.commands.observing.sides import run_of
from merganser.errors import ConfigError
from merganser.evaluation import compare as evaluation
from merganser.report.diff import DiffFormat, comparison_table


def compare(folder: Path, names: tuple[str, str], model: str | None, style: str) -> str:
    """The difference from the first named run to the second, as a table, Markdown, JSON or HTML."""
    (a, before), (b, after) = (run_of(folder, name, model) for name in names)
    if before.model != after.model:
        raise ConfigError(f"{names[0]} is {before.model}, {names[1]} is {after.model}", "Compare runs of one model.")
    return comparison_table(evaluation.compare(before, after, (a, b)), DiffFormat(style))
