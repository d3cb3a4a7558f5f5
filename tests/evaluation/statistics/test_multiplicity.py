"""Adjusted p-values against the textbook's list and statsmodels."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from merganser.evaluation.statistics.multiplicity import benjamini_hochberg, holm

Method = Callable[[Sequence[float]], list[float]]

# Benjamini & Hochberg (1995), 4.1.
TEXTBOOK = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1,
]  # fmt: skip
METHODS = [(holm, "holm", 3), (benjamini_hochberg, "fdr_bh", 4)]


@pytest.mark.parametrize(("method", "name", "rejected"), METHODS)
@pytest.mark.parametrize("step", [1, -1])
def test_the_textbooks_list(method: Method, name: str, rejected: int, step: int) -> None:
    assert [p <= 0.05 for p in method(TEXTBOOK[::step])][::step] == [True] * rejected + [False] * (15 - rejected)


@pytest.mark.parametrize(("method", "name", "rejected"), METHODS)
@given(p_values=st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 1.0])), min_size=1, max_size=40))
@settings(max_examples=10)  # statsmodels collects garbage each time
def test_as_statsmodels(method: Method, name: str, rejected: int, p_values: list[float]) -> None:
    assert method(p_values) == pytest.approx(multipletests(p_values, method=name)[1].tolist(), abs=1e-12)


@pytest.mark.parametrize("method", [holm, benjamini_hochberg])
def test_no_test_needs_no_correction(method: Method) -> None:
    assert method([]) == []
