"""Whether a model's gate looks at its quality at all. Pure."""

from typing import Final

from merganser.config import Gate

HOW_TO_JUDGE: Final = (
    "Let the training write predictions.csv (row_id, label, prediction) or metrics.json, and run merganser init "
    "--force --run. Or name a metric: gate: {metrics: {accuracy: {min: 0.9}}}."
)


def judges_quality(gate: Gate) -> bool:
    """Size, time and drift say nothing of how good a model's answers are."""
    return bool(gate.metrics or gate.slices or gate.fairness or gate.calibration.ece)
