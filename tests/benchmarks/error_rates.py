"""How often the gate lets a model pass that is worse by exactly its margin, and one that is equal: as Markdown tables.

    python -m tests.benchmarks.error_rates [--runs N] [--seed S]

The same seed gives the same tables. Of 20,000 runs a rate near 5 % is right to ± 0.3 points (two standard errors).
"""

import argparse
import zlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
from tabulate import tabulate

from tests.benchmarks.error_cases import CASES, COMPARED, EXTREMES, Case
from tests.benchmarks.exact_rates import quantile_passes, ratio_passes, tango_passes

RUNS, SEED = 20_000, 1
POWER_SHARE = 0.25  # of the runs: power needs fewer digits

TANGO_TITLE = "Accuracy: Tango's interval, exactly"
QUANTILE_TITLE = "Latency: order statistics, exactly"
RATIO_TITLE = "Fairness: the log-ratio interval, exactly"
SIMULATED = {"Simulated": CASES, "Methods compared": COMPARED, "Extremes": EXTREMES}

TANGO_ROWS = (50, 100, 200, 500, 1000, 2000, 5000)
TANGO_SHARES = (0.02, 0.05, 0.1, 0.2, 0.3)
TANGO_MARGINS = (0.01, 0.02, 0.05)
QUANTILES = ((0.5, (50, 200, 1000, 5000)), (0.95, (100, 200, 1000, 5000)), (0.99, (500, 1000, 5000)))
RATIOS = tuple((n, rate) for n in (100, 500, 2000) for rate in (0.1, 0.3, 0.6, 0.9))
LEAST_RATIO = 0.8


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of runs whose bound lies above −margin: of models worse by the margin, and of equal ones. `doubted`: of
    the former, passed or not, those whose bounds the gate would not have relied on.
    """

    wrong: float
    power: float
    doubted: float


def simulated(case: Case, runs: int, seed: int) -> Rates:
    """Whatever else is simulated, the same data come from the same chance: methods are compared on the same rows."""
    random = np.random.default_rng([seed, zlib.crc32(f"{case.rows} {case.data}".encode())])
    often = round(runs * case.share)
    worse = [case.draw(random, case.rows, -case.margin) for _ in range(often)]
    equal = [case.draw(random, case.rows, 0.0) for _ in range(round(often * POWER_SHARE))]
    return Rates(
        wrong=sum(one.low > -case.margin for one in worse) / len(worse),
        power=sum(one.low > -case.margin for one in equal) / len(equal),
        doubted=sum(one.doubted for one in worse) / len(worse),
    )


def row(case: Case, rates: Rates) -> tuple[str, ...]:
    doubted = percent(rates.doubted, 0) if rates.doubted else ""
    most = () if case.most is None else (f"{100 * case.most:g} %",)
    numbers = percent(rates.wrong, 2), percent(rates.power, 0), doubted
    return case.name, f"{case.rows:,}", f"{case.margin:g}", *numbers, *most, case.data


def simulated_table(cases: Iterable[Case], runs: int, seed: int) -> str:
    rows = [row(case, simulated(case, runs, seed)) for case in cases]
    limit = ("at most",) if len(rows[0]) == 8 else ()
    return table(("", "rows", "margin", "wrong passes", "power", "in doubt", *limit, "data"), rows)


def tango_rates(n: int, margin: float, share: float) -> Rates:
    """Rows that only one side has right make up `share`, parted so that Δ is −margin, or 0."""
    worse = tango_passes(n, (share + margin) / 2, (share - margin) / 2, margin)
    return Rates(wrong=worse, power=tango_passes(n, share / 2, share / 2, margin), doubted=0.0)


def tango_table(rows: Sequence[int] = TANGO_ROWS) -> str:
    return table(
        ("margin", "rows", *(f"{percent(share, 0)} differ" for share in TANGO_SHARES)),
        [(f"{margin:g}", f"{n:,}", *map(pair, tango_line(n, margin))) for margin in TANGO_MARGINS for n in rows],
    )


def tango_line(n: int, margin: float) -> list[Rates | None]:
    return [tango_rates(n, margin, share) if share >= margin else None for share in TANGO_SHARES]


def quantile_rates(n: int, share: float) -> Rates:
    """The maximum is the quantile itself, or what only a quarter as many exceed."""
    wrong, power = (quantile_passes(n, share, (1 - share) * part) for part in (1, 0.25))
    return Rates(wrong=wrong, power=power, doubted=0.0)


def quantile_table() -> str:
    rows = [
        (f"p{100 * share:g}", f"{n:,}", percent(found.wrong, 2), percent(found.power, 0))
        for share, sizes in QUANTILES
        for n in sizes
        for found in [quantile_rates(n, share)]
    ]
    return table(("", "rows", "wrong passes", "power"), rows)


def ratio_rates(n: int, rate: float) -> Rates:
    """Two groups of n, the one selected in `rate`, the other in .8 of that, or in the same."""
    wrong, power = (ratio_passes(n, rate * part, n, rate, LEAST_RATIO) for part in (LEAST_RATIO, 1.0))
    return Rates(wrong=wrong, power=power, doubted=0.0)


def ratio_table() -> str:
    rows = [
        (f"{n:,}", percent(rate, 0), percent(found.wrong, 2), percent(found.power, 0))
        for n, rate in RATIOS
        for found in [ratio_rates(n, rate)]
    ]
    return table(("rows of each group", "selected", "wrong passes", "power"), rows)


def pair(rates: Rates | None) -> str:
    return "" if rates is None else f"{percent(rates.wrong, 2)}, {percent(rates.power, 0)}"


def percent(share: float, digits: int) -> str:
    return f"{100 * share:.{digits}f} %"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return tabulate(rows, header, tablefmt="github", disable_numparse=True)


def sections(runs: int, seed: int) -> Iterator[tuple[str, str]]:
    """The title of each table and the table, one after the other as they come about."""
    yield TANGO_TITLE, tango_table()
    yield QUANTILE_TITLE, quantile_table()
    yield RATIO_TITLE, ratio_table()
    for title, cases in SIMULATED.items():
        yield title, simulated_table(cases, runs, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of each simulation (default {RUNS:,})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of all chance (default {SEED})")
    arguments = parser.parse_args()
    for title, found in sections(arguments.runs, arguments.seed):
        print(f"## {title}\n\n{found}\n", flush=True)


if __name__ == "__main__":
    main()
