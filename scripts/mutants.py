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
TEST_RATES, TEST_RULES = "tests/evaluation/test_rates.py", "tests/evaluation/test_rules.py"
PLAN, LINEAGE = "commands/plan.py", "registry/lineage.py"
TEST_PLAN, TEST_LINEAGE = "tests/training/test_plan.py", "tests/registry/test_lineage.py"
TEST_JUDGE, TEST_INPUTS = "tests/evaluation/test_judge.py", "tests/inputs"

MUTANTS = (
    Mutant("score-sign", RATES, "distance = c - b - n * change", "distance = c - b + n * change", TEST_RATES),
    Mutant("score-variance", RATES, " + change * (1 - change))", ")", TEST_RATES),
    Mutant("rows-needed", RATES, " * discordant / (margin * margin)", " / (margin * margin)", TEST_RATES),
    Mutant("one-sided-mcnemar", RATES, "min(1.0, 2.0 * float(", "min(1.0, float(", TEST_RATES),
    Mutant(
        "holm-is-bonferroni",
        "evaluation/statistics/multiplicity.py",
        "(len(order) - rank) * p_values[i]",
        "len(order) * p_values[i]",
        "tests/evaluation/test_multiplicity.py",
    ),
    Mutant(
        "holm-forgets-order",
        "evaluation/statistics/multiplicity.py",
        "largest = max(largest, min(1.0, ",
        "largest = max(0.0, min(1.0, ",
        "tests/evaluation/test_multiplicity.py",
    ),
    Mutant(
        "delong-one-term",
        "evaluation/statistics/ranking.py",
        "variance += _mean_variance(cand_losses - base_losses, 2 * positives)",
        "variance += 0",
        "tests/evaluation/test_ranking.py",
    ),
    Mutant(
        "midranks",
        "evaluation/statistics/ranking.py",
        "np.repeat(starts + ends + 1, ends - starts)",
        "np.repeat(2 * starts + 2, ends - starts)",
        "tests/evaluation/test_ranking.py",
    ),
    Mutant("pass-at-the-margin", RULES, "if low > -margin:", "if low >= -margin:", TEST_RULES),
    Mutant("fail-at-the-margin", RULES, "if high < -margin:", "if high <= -margin:", TEST_RULES),
    Mutant("minimum-excluded", RULES, "value >= limit if lowest", "value > limit if lowest", TEST_RULES),
    Mutant("maximum-excluded", RULES, "else value <= limit", "else value < limit", TEST_RULES),
    Mutant("drop-excluded", RULES, "good = size <= ", "good = size < ", TEST_RULES),
    Mutant("relative-sign", RULES, "size /= abs(before)", "size /= before", TEST_RULES),
    Mutant(
        "small-classes",
        "evaluation/measure.py",
        "if rarer < AUC_CLASS_ROWS:",
        "if rarer <= AUC_CLASS_ROWS:",
        TEST_RULES,
    ),
    Mutant(
        "slices-unadjusted",
        "evaluation/slices.py",
        "if adjusted > 1 - confidence:",
        "if (check.p or 0.0) > 1 - confidence:",
        "tests/evaluation/test_slices.py",
    ),
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
        "return check.candidate >= waiver.floor",
        "return check.candidate > waiver.floor",
        "tests/evaluation/test_waivers.py",
    ),
    Mutant(
        "waiver-expiry",
        "evaluation/policy.py",
        ") < now:",
        ") <= now:",
        "tests/evaluation/test_policy.py",
    ),
    Mutant("claimed-identity", "evaluation/observe.py", " and _agree(said, before)", "", TEST_JUDGE),
    Mutant(
        "threshold-excluded",
        "evaluation/rows.py",
        'pl.col("score") >= threshold',
        'pl.col("score") > threshold',
        TEST_JUDGE,
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
    Mutant("anyone-reuses", PLAN, "record.recorded.merged or same or", "same or", TEST_PLAN),
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
