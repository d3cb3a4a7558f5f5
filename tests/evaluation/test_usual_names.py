"""Which column is probably meant where none has the expected name."""

import pytest

from merganser.evaluation.usual_names import KEYS, LABELS, PREDICTIONS, meant, spelling

ROLES = {"key": KEYS, "label": LABELS, "prediction": PREDICTIONS}


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["Row ID", "TRUTH", "y-hat"], {"key": "Row ID", "label": "TRUTH", "prediction": "y-hat"}),
        (["lable", "preditcion"], {"label": "lable", "prediction": "preditcion"}),
        (["target", "label"], {"label": "label"}),
        (["labels", "Labels"], {"label": "labels"}),
        (["age", "country"], {}),
        ([], {}),
    ],
)
def test_a_column_is_meant_by_its_name(columns: list[str], found: dict[str, str]) -> None:
    assert meant(columns, ROLES) == found


def test_no_column_is_meant_twice() -> None:
    """`y_pred` is near to `y_true`, but a prediction by its own name."""
    assert meant(["y_pred"], {"label": "ypre", "prediction": PREDICTIONS}) == {"prediction": "y_pred"}


def test_a_spelling_knows_no_case_and_no_gap() -> None:
    assert spelling("Y_True (final)") == "ytruefinal"
