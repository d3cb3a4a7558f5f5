"""Holm against the textbook's list and statsmodels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from merganser.evaluation.statistics.multiplicity import holm

TEXTBOOK = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1,
]  # fmt: skip


def test_the_textbooks_list_rejects_three() -> None:
    assert [p <= 0.05 for p in holm(TEXTBOOK)] == [True] * 3 + [False] * 12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_as_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), abs=1e-12)


def test_no_test_needs_no_correction() -> None:
    assert holm([]) == []
