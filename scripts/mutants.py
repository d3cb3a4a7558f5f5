"""Breaks gate, roll-up, plan and digest on purpose, one place at a time, in a copy; each break has to make a test fail.

`python scripts/mutants.py [NAME...]` prints what happened to each; exit 1 if a mutant survives, 2 if one doesn't fit
or a test fails without any.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

REPO = Path(__file__).parents[1]
COPIED = ("bot", "tests", "pyproject.toml")
BROKEN_TESTS = 1  # pytest's exit code where tests ran and some failed


class Mutant(NamedTuple):
    """`old`, which stands once in `file` below the package, becomes `new`; one of `tests` must notice."""

    name: str
    file: str
    old: str
    new: str
    tests: str


RATES, RULES, INPUTS = "evaluation/statistics/rates.py", "evaluation/rules.py", "inputs.py"
TEST_RATES, TEST_RULES = "tests/evaluation/statistics/test_rates.py", "tests/evaluation/test_rules.py"
PLACEMENTS, TEST_RANKING = "evaluation/statistics/placements.py", "tests/evaluation/statistics/test_ranking.py"
HOLM, TEST_HOLM = "evaluation/statistics/multiplicity.py", "tests/evaluation/statistics/test_multiplicity.py"
SLICES, TEST_SLICES = "evaluation/slices.py", "tests/evaluation/test_slices.py"
ROWS, COLUMNS, TEST_ROWS = "evaluation/rows.py", "evaluation/columns.py", "tests/evaluation/test_rows.py"
OBSERVE = "evaluation/execution/observe.py"
TEST_REPEATED = "tests/evaluation/test_properties.py::test_a_key_that_a_later_part_repeats_is_an_error"
TEST_CROWDED = "tests/evaluation/test_properties.py::test_too_many_slices_are_too_many_in_any_partition"
SOURCES, KEYS, TEST_KEYS = "evaluation/execution/sources.py", "evaluation/keys.py", "tests/evaluation/test_keys.py"
SUMS, TEST_SUMS = "evaluation/accumulators/sums.py", "tests/evaluation/accumulators/test_sums.py"
CELLS, TEST_CELLS = "evaluation/accumulators/cells.py", "tests/evaluation/accumulators/test_cells.py"
KEPT, TEST_KEPT = "evaluation/accumulators/kept.py", "tests/evaluation/accumulators/test_kept.py"
MEASURING, TEST_ESTIMATING = "evaluation/measuring.py", "tests/evaluation/test_estimating.py"
PLAN, LINEAGE = "commands/plan.py", "registry/lineage.py"
TEST_PLAN, TEST_LINEAGE = "tests/training/test_plan.py", "tests/registry/test_lineage.py"
TEST_JUDGE, TEST_INPUTS = "tests/evaluation/test_judge.py", "tests/inputs"

MUTANTS = (
    Mutant("score-sign", RATES, "distance = c - b - n * change", "distance = c - b + n * change", TEST_RATES),
    Mutant("score-variance", RATES, " + change * (1 - change))", ")", TEST_RATES),
    Mutant("rows-needed", RATES, " * discordant / (margin * margin)", " / (margin * margin)", TEST_RATES),
    Mutant("one-sided-mcnemar", RATES, "min(1.0, 2.0 * float(", "min(1.0, float(", TEST_RATES),
    Mutant("holm-is-bonferroni", HOLM, "(len(order) - rank) * p_values[i]", "len(order) * p_values[i]", TEST_HOLM),
    Mutant(
        "holm-forgets-order",
        HOLM,
        "largest = max(largest, min(1.0, ",
        "largest = max(0.0, min(1.0, ",
        TEST_HOLM,
    ),
    Mutant(
        "delong-one-term",
        PLACEMENTS,
        "        return _of_mean(self.positives, total, self.positive_squares, 2 * self.negatives) + _of_mean(",
        "        return 0 * _of_mean(self.positives, total, self.positive_squares, 2 * self.negatives) + _of_mean(",
        TEST_RANKING,
    ),
    Mutant("midranks", PLACEMENTS, "twice[1:] += twice[:-1]", "twice[1:] += twice[1:]", TEST_RANKING),
    Mutant("pass-at-the-margin", RULES, "if low > -margin:", "if low >= -margin:", TEST_RULES),
    Mutant("fail-at-the-margin", RULES, "if high < -margin:", "if high <= -margin:", TEST_RULES),
    Mutant("minimum-excluded", RULES, "value >= limit if lowest", "value > limit if lowest", TEST_RULES),
    Mutant("maximum-excluded", RULES, "else value <= limit", "else value < limit", TEST_RULES),
    Mutant("drop-excluded", RULES, "good = size <= ", "good = size < ", TEST_RULES),
    Mutant("relative-sign", RULES, "size /= abs(before)", "size /= before", TEST_RULES),
    Mutant(
        "small-classes",
        "evaluation/statistics/ranking.py",
        "if rarest < CLASS_ROWS:",
        "if rarest <= CLASS_ROWS:",
        TEST_RANKING,
    ),
    Mutant(
        "doubt-is-none",
        RULES,
        "if low is None or high is None or against.doubt:",
        "if low is None or high is None:",
        TEST_RULES,
    ),
    Mutant(
        "orientation",
        "evaluation/measure.py",
        "flipped(found) if direction is Direction.down else found",
        "found",
        TEST_RULES,
    ),
    Mutant(
        "slices-unadjusted",
        SLICES,
        "if adjusted > 1 - confidence:",
        "if (check.p or 0.0) > 1 - confidence:",
        TEST_SLICES,
    ),
    Mutant(
        "slices-are-no-family",
        SLICES,
        "adjusted = holm([checks[i].p or 0.0 for i in open_ones])",
        "adjusted = [checks[i].p or 0.0 for i in open_ones]",
        TEST_SLICES,
    ),
    Mutant("slices-of-few-rows", SLICES, "if rows < support:", "if rows <= support:", TEST_SLICES),
    Mutant("doubtful-slices", SLICES, " is None or numbers.compared.doubt:", " is None:", TEST_SLICES),
    Mutant(
        "error-is-no-failure",
        "evaluation/rollup.py",
        "if check.status is Status.error:\n        return True",
        "if check.status is Status.error:\n        return False",
        "tests/evaluation/test_rollup.py",
    ),
    Mutant(
        "changed-data-passes",
        "evaluation/rollup.py",
        "return lost or Skip.data_changed in check.notes",
        "return lost",
        "tests/evaluation/test_rollup.py",
    ),
    Mutant(
        "waiver-floor",
        "evaluation/waivers.py",
        "return check.candidate >= floor",
        "return check.candidate > floor",
        "tests/evaluation/test_waivers.py",
    ),
    Mutant(
        "waiver-expiry",
        "evaluation/policy.py",
        ") < now:",
        ") <= now:",
        "tests/evaluation/test_policy.py",
    ),
    Mutant("claimed-identity", OBSERVE, " and not tally.differing", "", TEST_JUDGE),
    Mutant("threshold-excluded", ROWS, "score >= said.threshold", "score > said.threshold", TEST_ROWS),
    Mutant("changed-labels", ROWS, '((of.label, "label"), ', "(", TEST_ROWS),
    Mutant("changed-queries", ROWS, ', (of.query, "query"))', ")", TEST_ROWS),
    Mutant("missing-is-a-value", COLUMNS, "values.is_null() | values.is_nan() if", "values.is_null() if", TEST_ROWS),
    Mutant("bins-without-their-edge", COLUMNS, 'side="right"', 'side="left"', TEST_ROWS),
    Mutant(
        "labels-by-their-place",
        SOURCES,
        "{w: f[places[w]] for w, f in frames.items() if w != CANDIDATE}",
        "{w: f[places[CANDIDATE]] for w, f in frames.items() if w != CANDIDATE}",
        TEST_JUDGE,
    ),
    Mutant("fractional-key", SOURCES, 'keys.str.contains(r"[.e]")', 'keys.str.contains("x")', TEST_JUDGE),
    Mutant("repeated-by-place", OBSERVE, "if repeated_anywhere(tally.keys):", "if False:", TEST_REPEATED),
    Mutant("repeated-by-key", SOURCES, "own.is_duplicated() & own.is_not_null()", "own.is_null()", TEST_JUDGE),
    Mutant(
        "repeated-across-parts",
        SOURCES,
        "if not keys.increasing or (before is not None and not _greater(keys.first, before)):",
        "if not keys.increasing:",
        TEST_REPEATED,
    ),
    Mutant("keys-by-type", KEYS, "return numbers if same else text", "return text", TEST_KEYS),
    Mutant("keys-lose-digits", KEYS, "(values.abs() <= _EXACT) & ", "", TEST_KEYS),
    Mutant("hashes-without-lengths", KEYS, ".to_numpy() ^ _TEXT)", ".to_numpy() * 0 ^ _TEXT)", TEST_KEYS),
    Mutant(
        "weights-ignored",
        SUMS,
        "values = np.vstack([weights, values * weights])",
        "values = np.vstack([weights, values])",
        TEST_SUMS,
    ),
    Mutant(
        "clusters-ignored",
        SUMS,
        "_totals(own[groups.codes], batch.clusters, values, at)",
        "_totals(own[groups.codes], np.arange(batch.rows, dtype=np.uint64), values, at)",
        TEST_SUMS,
    ),
    Mutant(
        "losses-without-a-number",
        SUMS,
        "self._odd += int(np.isnan(values).any(axis=0).sum())",
        "self._odd += 0",
        TEST_SUMS,
    ),
    Mutant(
        "merge-forgets-odd-rows", SUMS, "self._odd += other._odd", "self._odd = max(self._odd, other._odd)", TEST_SUMS
    ),
    Mutant(
        "cells-without-clusters",
        CELLS,
        'pl.Series("cluster", clusters)',
        'pl.Series("cluster", clusters * 0)',
        TEST_CELLS,
    ),
    Mutant(
        "merged-codes",
        CELLS,
        'moved["group"] = groups[part["group"].to_numpy()]',
        'moved["group"] = part["group"].to_numpy()',
        TEST_CELLS,
    ),
    Mutant(
        "kept-codes",
        KEPT,
        "moved = [self._moved(name, array, tuple(other._names)) for array in arrays]",
        "moved = arrays",
        TEST_KEPT,
    ),
    Mutant(
        "clusters-are-pairs",
        MEASURING,
        "bool(layout.labelled.cluster or layout.labelled.weight)",
        "bool(layout.labelled.weight)",
        TEST_ESTIMATING,
    ),
    Mutant(
        "weights-are-pairs",
        MEASURING,
        "bool(layout.labelled.cluster or layout.labelled.weight)",
        "bool(layout.labelled.cluster)",
        TEST_ESTIMATING,
    ),
    Mutant(
        "crowded-slices",
        OBSERVE,
        "if grouping in tally.crowded or len(groups) > MAX_SLICES:",
        "if len(groups) > MAX_SLICES:",
        TEST_CROWDED,
    ),
    Mutant(
        "labels-digest-forgets",
        ROWS,
        "found = mixed(found ^ hashes(pl.Series(texts, dtype=pl.String))[codes])",
        "found = mixed(found)",
        TEST_ROWS,
    ),
    Mutant(
        "clipping",
        "evaluation/losses.py",
        "np.clip(truth, least, 1 - least)",
        "np.clip(truth, 1e-15, 1 - 1e-15)",
        "tests/evaluation/test_losses.py",
    ),
    Mutant(
        "policy-without-predictions",
        "evaluation/policy.py",
        '        "predictions": model.predictions,\n',
        "",
        TEST_JUDGE,
    ),
    Mutant(
        "digest-without-mode",
        INPUTS,
        "for value in (entry.path, entry.mode, entry.type, entry.oid):",
        "for value in (entry.path, entry.type, entry.oid):",
        TEST_INPUTS,
    ),
    Mutant(
        "digest-without-content",
        INPUTS,
        "for value in (entry.path, entry.mode, entry.type, entry.oid):",
        "for value in (entry.path, entry.mode, entry.type):",
        TEST_INPUTS,
    ),
    Mutant("digest-without-lengths", INPUTS, 'str(len(data)).encode() + b":" + data', "data", TEST_INPUTS),
    Mutant(
        "digest-without-command", INPUTS, '"train", model.path, model.train.run,', '"train", model.path,', TEST_INPUTS
    ),
    Mutant(
        "nothing-touched", INPUTS, "if base.get(name) != digest", "if base.get(name, digest) != digest", TEST_INPUTS
    ),
    Mutant("rerun-reuses", PLAN, "source.attempt > 1", "source.attempt > 2", TEST_PLAN),
    Mutant("nobody-reuses", LINEAGE, "return record.recorded.merged or mine", "return mine", TEST_LINEAGE),
    Mutant("pushes-lose-runs", PLAN, "if name in changed or name in missing", "if name in changed", TEST_PLAN),
    Mutant("unmerged-counts", LINEAGE, "if record.recorded.merged and (known", "if (known", TEST_LINEAGE),
)


class Misfit(Exception):
    """A mutant whose old text doesn't stand exactly once where it should."""


def mutate(mutant: Mutant, package: Path) -> None:
    path = package / mutant.file
    text = path.read_text(encoding="utf-8")
    if (times := text.count(mutant.old)) != 1:
        raise Misfit(f"{mutant.name}: {mutant.file} holds its old text {times} times, not once: write it anew")
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")


def failing_test(mutant: Mutant | None, *tests: str) -> str | None:
    """The first of `tests` that fails on a copy with the mutant (None: as it stands), or None where all pass."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        for name in COPIED:
            source = REPO / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        if mutant:
            mutate(mutant, copy / "bot" / "merganser")
        return _run_tests(copy, tests)


def _run_tests(copy: Path, tests: tuple[str, ...]) -> str | None:
    hidden = ("COVERAGE_", "COV_", "PYTEST_", "GITHUB_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment |= {"PYTHONPATH": str(copy / "bot"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    if done.returncode != BROKEN_TESTS or not failed:
        raise Misfit(f"the tests did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return failed[0].removeprefix("FAILED ").partition(" - ")[0]


def main(names: list[str]) -> int:
    """Try the named mutants, or all; the exit code."""
    if unknown := set(names) - {mutant.name for mutant in MUTANTS}:
        print(f"no mutant is called {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    try:
        return _try_all(chosen)
    except Misfit as wrong:
        print(wrong, file=sys.stderr)
        return 2


def _try_all(mutants: list[Mutant]) -> int:
    if broken := failing_test(None, *sorted({mutant.tests for mutant in mutants})):
        raise Misfit(f"{broken} fails without any mutant: mend it first")
    survivors = 0
    for mutant in mutants:
        found = failing_test(mutant, mutant.tests)
        survivors += found is None
        print(f"{mutant.name:28} {'SURVIVES' if found is None else f'found by {found}'}", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
