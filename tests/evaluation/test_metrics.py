"""Directions by name, and the words of the sentences."""

import pytest

from merganser.config import Direction, Gate, MetricRules
from merganser.evaluation.metrics import Method, direction_of, known_direction, method_of
from merganser.evaluation.wording import at_best, at_worst, moved, percent, rows_clause, told_apart

UP, DOWN = Direction.up, Direction.down


@pytest.mark.parametrize(
    ("metric", "direction"),
    [
        ("accuracy", UP), ("roc_auc", UP), ("auc", UP), ("f1", UP), ("r2", UP), ("ndcg(10)", UP), ("eval.auc", UP),
        ("AUC", UP), ("error_rate", DOWN), ("log_loss", DOWN), ("rmse", DOWN), ("ece", DOWN), ("train.loss", DOWN),
        ("zing", None), ("", None), ("accuracy.de", None),
    ],
)  # fmt: skip
def test_known_direction(metric: str, direction: Direction | None) -> None:
    assert known_direction(metric) is direction


def test_the_configuration_has_the_first_word() -> None:
    gate = Gate(metrics={"loss": MetricRules(direction=UP), "zing": MetricRules()})
    assert direction_of("loss", gate) is UP
    assert direction_of("zing", gate) is None
    assert direction_of("rmse", gate) is DOWN


@pytest.mark.parametrize(
    ("metric", "method"),
    [("accuracy", Method.rate), ("error_rate", Method.rate), ("auc", Method.ranking), ("f1", Method.reported)],
)
def test_method(metric: str, method: Method) -> None:
    assert method_of(metric) is method


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((0.8, 0.8), ["0.8", "0.8"]),
        ((0.8, 0.79996), ["0.8", "0.79996"]),
        ((0.123456, 0.5), ["0.1235", "0.5"]),
        ((0.1 + 0.2, 0.3), ["0.30000000000000004", "0.3"]),
    ],
)
def test_numbers_that_differ_look_different(values: tuple[float, ...], texts: list[str]) -> None:
    assert told_apart(*values) == texts


def test_phrases() -> None:
    assert percent(0.95) == "95 %"
    assert percent(1 - 0.95) == "5 %"
    assert moved("auc", 0.5, 0.5) == "auc stayed at 0.5"
    assert moved("auc", 0.5, 0.6) == "auc went from 0.5 to 0.6"
    assert at_worst(-0.012345, 0.95) == "with 95 % confidence it is at most 0.0123 worse"
    assert at_worst(0.012345, 0.95) == "with 95 % confidence it is at least 0.0123 better"
    assert at_best(-0.012345, 0.9) == "with 90 % confidence it is at least 0.0123 worse"
    assert rows_clause(1234, 50).startswith("about 1,234 rows")
    assert rows_clause(50, 50).startswith("50 rows are usually enough")
    assert rows_clause(None, 50).startswith("no number of rows")
