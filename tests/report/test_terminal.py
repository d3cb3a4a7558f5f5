"""A verdict in a terminal."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.config import Severity, Waiver
from merganser.evaluation.verdict import Status, Trust
from merganser.plan import Conclusion
from merganser.report.model import Judged
from merganser.report.terminal import verdict_table
from tests.report import samples
from tests.report.samples import check, slice_check, verdict


def test_a_failing_verdict_line_by_line() -> None:
    model = samples.FAILING.models[0]
    assert isinstance(model, Judged)
    lines = verdict_table(model.verdict).splitlines()
    assert lines[0] == "✗ digits: accuracy@label=1 fell by 0.198"
    head = [word for word in lines[2].split("  ") if word]
    assert [word.strip() for word in head] == [
        "check",
        "baseline",
        "candidate",
        "difference, + is better",
        "margin",
        "status",
    ]
    assert lines[4].split("  ")[0] == "accuracy:not_worse@label=1"
    assert "✗ fails" in lines[4]
    assert lines[4].endswith("◄─┤·····║···│············")
    assert lines[5].split("  ")[0] == "accuracy:non_inferior"
    assert lines[-3] == (
        "├●┤ the change between its bounds, ◄ ► goes on, ║ minus the margin, │ no change, · a quarter of the margin"
    )
    assert lines[-1].startswith("✗ accuracy:not_worse@label=1: label = 1: accuracy went from 1 to 0.8022")


def test_without_drawings_there_is_no_legend_and_without_labels_of_its_own_it_says_so() -> None:
    skipped = verdict(check(status=Status.skipped, why="No baseline."), conclusion=Conclusion.failure)
    assert "self-reported" not in verdict_table(skipped)
    shown = verdict_table(msgspec.structs.replace(skipped, labels_digest="sha256:1"))
    assert "minus the margin" not in shown
    assert shown.splitlines()[-3:] == [
        "- accuracy:non_inferior: No baseline.",
        "",
        "The labels came with the predictions (self-reported).",
    ]


def test_rows_that_are_not_the_same_come_with_what_to_do() -> None:
    changed = check(status=Status.skipped, why="1 row is not there.", notes=("evaluation data changed",))
    for checks in ((changed,), (changed, check("auc"))):
        shown = verdict_table(verdict(*checks, conclusion=Conclusion.failure))
        assert "let both models predict the same rows" in shown
    assert "the same rows" not in verdict_table(verdict(check(status=Status.skipped, notes=("no baseline",))))


ONLY_WARNS = "Not proven only warns here; `on_inconclusive: block` would make it fail."


@pytest.mark.parametrize(
    ("fields", "conclusion", "told"),
    [
        ({}, Conclusion.success, True),
        ({}, Conclusion.failure, False),
        ({"severity": Severity.warn}, Conclusion.success, False),
        ({"status": Status.passed}, Conclusion.success, False),
    ],
)
def test_what_is_not_proven_and_passes_says_what_would_block(
    fields: dict[str, Any], conclusion: Conclusion, told: bool
) -> None:
    given = {"status": Status.inconclusive, **fields}
    shown = verdict_table(verdict(check(**given), conclusion=conclusion, trust=Trust.sealed))
    assert (ONLY_WARNS in shown) is told
    assert shown.endswith(ONLY_WARNS) is told


@pytest.mark.parametrize(
    ("fields", "others", "words"),
    [
        ({"p_adjusted": 0.06}, 9, "passes, not proven worse by more than 0.05 (p = 0.06 among 10 slices)"),
        ({"p_adjusted": 0.06}, 0, "passes, not proven worse by more than 0.05 (p = 0.06)"),
        ({"p_adjusted": 0.5}, 9, "passes, not proven worse by more than 0.05"),
        (
            {"p_adjusted": 1.0, "low": -0.2, "high": -0.051},
            9,
            "passes, not proven worse by more than 0.05 (p = 1 among 10 slices)",
        ),
        ({"p_adjusted": 1.0, "low": -0.2, "high": -0.05}, 9, "passes, not proven worse by more than 0.05"),
        ({"p_adjusted": 1.0, "low": None, "high": None}, 9, "passes, not proven worse"),
        ({"p_adjusted": 1.0, "margin": None}, 9, "passes, not proven worse"),
        ({"p_adjusted": None, "low": -0.2, "high": -0.1}, 9, "passes, not proven worse by more than 0.05"),
        ({"p_adjusted": None, "low": -0.2, "high": 0.0}, 9, "passes, not proven worse"),
        ({"p_adjusted": None, "notes": ("identical",)}, 9, "passes, identical"),
        ({"p_adjusted": 0.01, "status": Status.failed}, 9, "fails"),
    ],
)
def test_a_slice_that_nearly_fails_says_how_nearly(fields: dict[str, Any], others: int, words: str) -> None:
    worst = slice_check(99, 0.9, 0.8, **{"notes": ("not proven worse",), **fields})
    rest = [slice_check(at, 0.9, 0.9, notes=("not proven worse",)) for at in range(others)]
    lines = verdict_table(verdict(worst, *rest)).splitlines()
    (row,) = [line for line in lines if line.startswith("accuracy:not_worse@label=99 ")]
    assert row.partition("✓ " if "passes" in words else "✗ ")[2].split("  ")[0].strip() == words


@pytest.mark.parametrize(
    ("n", "needed", "words"),
    [(500, 501, "not proven, needs 501 rows"), (500, 500, "not proven"), (None, 500, "not proven, needs 500 rows")],
)
def test_rows_that_are_there_are_not_asked_for(n: int | None, needed: int, words: str) -> None:
    shown = verdict_table(verdict(check(status=Status.inconclusive, n=n, n_needed=needed)))
    assert f"? {words}\n" in shown
    assert shown.splitlines()[0].endswith(f"({words.replace('not proven', 'accuracy')})")


def test_columns_that_drift_are_no_slices_of_the_gate() -> None:
    quiet = check("psi", "drift", slice={"column": "tenure"}, candidate=0.03, p_adjusted=0.01)
    worst = slice_check(1, 0.9, 0.8, p_adjusted=0.06, notes=("not proven worse",))
    lines = verdict_table(verdict(quiet, samples.DRIFT, worst, slice_check(2, 0.9, 0.9))).splitlines()
    words = {row[0]: row[5] for line in lines[4:8] if (row := re.split(r" {2,}", line))}
    assert words["psi:drift@column=tenure"].startswith("✓ passes")
    assert "p =" not in words["psi:drift@column=tenure"]
    assert (
        words["accuracy:not_worse@label=1"] == "✓ passes, not proven worse by more than 0.05 (p = 0.06 among 2 slices)"
    )


def test_levels_show_their_bounds_beside_the_candidate_and_claim_no_change() -> None:
    lines = verdict_table(verdict(*samples.LEVELS)).splitlines()
    cells = {row[0]: [cell.strip() for cell in row[1:]] for line in lines[4:8] if (row := re.split(r" {2,}", line))}
    assert cells == {
        "latency_p95_ms:max": ["–", "190.1 (185.0 … 196.0)", "–", "–", "? not proven"],
        "psi:drift@column=age": ["–", "0.2282", "–", "–", "✗ fails (warns only)"],
        "selection_rate:min_ratio@sex=f": ["–", "0.76 (0.58 … 0.99)", "–", "–", "? not proven"],
        "ece:max": ["–", "0.031 (0.022 … 0.044)", "–", "–", "✓ passes (point)"],
    }
    assert "minus the margin" not in "\n".join(lines)


def test_who_waived_what_stands_beside_the_gates_own_sentence() -> None:
    waiver = Waiver(check="accuracy:non_inferior", reason="New labels", by="ada", until="2026-12-24")
    text = verdict_table(verdict(check(status=Status.waived, why="It fell.", waiver=waiver)))
    assert "\n~ accuracy:non_inferior: It fell. Waived by ada until 2026-12-24: New labels" in text


def test_passing_checks_need_no_sentence() -> None:
    shown = verdict_table(verdict(check(candidate=0.9), trust=Trust.sealed))
    assert shown.splitlines()[-1].endswith("✓ passes")
    assert shown.startswith("✓ digits: passes (accuracy 0.9)\n")


def test_a_verdict_without_checks() -> None:
    shown = verdict_table(verdict(conclusion=Conclusion.failure, trust=Trust.sealed))
    assert shown == "✗ digits: no check is configured"


@given(st.text(max_size=40))
def test_names_send_no_control_to_the_terminal(name: str) -> None:
    hostile = check(name, name, id=name, status=Status.failed, why=name, slice={name: name}, notes=(name,))
    shown = verdict_table(verdict(hostile, model=name, conclusion=Conclusion.failure))
    assert all(line.isprintable() for line in shown.split("\n"))
