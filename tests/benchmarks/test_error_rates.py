"""The gate's error rates: the page shows what the program computes, and no rate is above what it may be."""

import re
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from scipy.stats import binom, multinomial

from merganser.evaluation.estimate import Sampled
from merganser.evaluation.statistics.confusion import Average, Score
from merganser.evaluation.statistics.quantiles import quantile
from merganser.evaluation.statistics.rates import tango_interval
from merganser.evaluation.statistics.ratios import ratio
from tests.architecture.layers import REPO
from tests.benchmarks import error_rates, generators
from tests.benchmarks.error_cases import BINARY, CASES, COMPARED, EXTREMES, RARE, THREE, UNEQUAL, Case
from tests.benchmarks.exact_rates import quantile_passes, ratio_passes, tango_passes

PAGE = (REPO / "docs" / "gate-error-rates.md").read_text()
OF_COUNTS, WITH_SOME, OF_ORDERED = 0.061, 0.056, 0.056
LEAST_EXPECTED = 2  # rows that only the candidate has right, for the closer limit
CHEAP = ("mean in 10 clusters", 100), ("R²", 50)


def shown(line: str) -> list[str]:
    """The cells of a table's line."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def lines_of(table: str) -> list[list[str]]:
    """The cells of a table's body."""
    return [shown(line) for line in table.splitlines() if line.startswith("|")][2:]


def section(title: str) -> list[list[str]]:
    return lines_of(re.split(rf"^## {re.escape(title)}$", PAGE, flags=re.MULTILINE)[1].split("\n## ")[0])


def share(text: str) -> float:
    return float(text.split("%")[0]) / 100


def case_lines() -> Iterator[tuple[Case, list[str]]]:
    for title, cases in error_rates.SIMULATED.items():
        yield from zip(cases, section(title), strict=True)


def test_the_page_shows_each_case_under_its_name() -> None:
    for case, line in case_lines():
        assert line[:3] == [case.name, f"{case.rows:,}", f"{case.margin:g}"]
        assert line[-1] == case.data
    names = [(case.name, case.rows) for case in (*CASES, *COMPARED, *EXTREMES)]
    assert len(set(names)) == len(names)


def test_no_rate_is_above_what_it_may_be() -> None:
    limited = [(case, line) for case, line in case_lines() if case.most is not None]
    assert len(limited) == len(CASES)
    assert [case.name for case, line in limited if share(line[3]) > (case.most or 0)] == []


def test_no_exact_rate_is_above_what_it_may_be() -> None:
    checked = 0
    for margin, rows, *cells in section(error_rates.TANGO_TITLE):
        for differing, cell in zip(error_rates.TANGO_SHARES, cells, strict=True):
            if cell:
                expected = int(rows.replace(",", "")) * (differing - float(margin)) / 2
                assert share(cell) <= (WITH_SOME if expected >= LEAST_EXPECTED - 1e-9 else OF_COUNTS)
                checked += 1
    assert checked == 7 * (5 + 5 + 4)
    assert all(share(line[2]) <= OF_ORDERED for line in section(error_rates.QUANTILE_TITLE))


def test_what_is_cheap_comes_out_as_on_the_page() -> None:
    rows = [n for n in error_rates.TANGO_ROWS if n <= 200]
    few = [line for line in section(error_rates.TANGO_TITLE) if line[1] in map(str, rows)]
    assert lines_of(error_rates.tango_table(rows)) == few
    assert error_rates.quantile_table() in PAGE
    for case, line in case_lines():
        if (case.name, case.rows) in CHEAP:
            assert list(error_rates.row(case, error_rates.simulated(case, error_rates.RUNS, error_rates.SEED))) == line


@pytest.mark.benchmark
@pytest.mark.timeout(3600)
def test_everything_comes_out_as_on_the_page() -> None:
    for title, table in error_rates.sections(error_rates.RUNS, error_rates.SEED):
        assert lines_of(table) == section(title)


@pytest.mark.parametrize(("b", "c", "margin"), [(0.3, 0.2, 0.1), (0.25, 0.25, 0.3), (0.12, 0.02, 0.1)])
def test_tangos_rate_by_going_through_all_counts(b: float, c: float, margin: float) -> None:
    n = 25
    chances = multinomial(n, [b, c, 1 - b - c])
    expected = sum(
        chances.pmf([lost, won, n - lost - won])
        for lost in range(n + 1)
        for won in range(n + 1 - lost)
        if tango_interval(lost, won, n, 0.95)[0] > -margin
    )
    assert tango_passes(n, b, c, margin) == pytest.approx(expected, rel=1e-9)


def test_a_quantiles_rate_by_trying() -> None:
    random = np.random.default_rng(1)
    highs = [quantile(random.random(40), 0.5, 0.95).high for _ in range(4000)]
    for exceed in (0.5, 0.4):
        seen = sum(high is not None and high < 1 - exceed for high in highs) / 4000
        assert quantile_passes(40, 0.5, exceed) == pytest.approx(seen, abs=0.03)
    assert quantile_passes(4, 0.5, 0.5) == 0.0


def test_a_ratios_rate_by_going_through_all_counts() -> None:
    expected = sum(
        binom.pmf(x, 30, 0.4) * binom.pmf(y, 20, 0.5)
        for x in range(31)
        for y in range(21)
        if ratio(x, 30, y, 20, 0.95).low >= 0.8
    )
    assert ratio_passes(30, 0.4, 20, 0.5, 0.8) == pytest.approx(expected, rel=1e-9)


GENERATORS: dict[str, tuple[generators.Estimating, int]] = {
    "mae": (generators.mae, 400_000),
    "brier": (generators.brier, 400_000),
    "log-loss": (partial(generators.log_loss, 0.0), 400_000),
    "rare log-loss": (partial(generators.log_loss, -3.0), 400_000),
    "heavy": (generators.heavy, 400_000),
    "rmse": (generators.rmse, 400_000),
    "r2": (generators.r2, 400_000),
    "clusters": (partial(generators.clustered, UNEQUAL * 400), 320_000),
    "skewed clusters": (generators.skewed_clusters, 400_000),
    "rows of clusters": (generators.as_rows, 400_000),
    "f1": (partial(generators.confusion, BINARY, Score.f1, Average.binary), 4_000_000),
    "rare f1": (partial(generators.confusion, RARE, Score.f1, Average.binary), 4_000_000),
    "macro f1": (partial(generators.confusion, THREE, Score.f1, Average.macro), 4_000_000),
    "auc": (partial(generators.auc, 0.9, 100_000), 400_000),
}


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("change", [-0.04, 0.0])
def test_a_generators_true_change_is_the_one_asked_for(name: str, change: float) -> None:
    """Of so many rows that a tenth of it would show."""
    estimating, n = GENERATORS[name]
    spread = estimating(np.random.default_rng(2), n, change).spread
    assert isinstance(spread, Sampled)
    error = spread.error * (5 if name == "rows of clusters" else 4)  # that error is meant to be too small
    assert spread.difference == pytest.approx(change, abs=error)
    assert error < 0.02 or name == "heavy"


def test_matthews_coefficient_changes_as_asked_for() -> None:
    counts = generators.spoiled_for_matthews(BINARY, -0.04)
    tp, fp, fn, tn = 0.3 * 0.8, 0.7 * 0.1, 0.3 * 0.2, 0.7 * 0.9
    before = (tp * tn - fp * fn) / ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)) ** 0.5
    assert generators.matthews(BINARY, counts, 2) == pytest.approx(before)
    assert generators.matthews(BINARY, counts, 1) == pytest.approx(before - 0.04)
