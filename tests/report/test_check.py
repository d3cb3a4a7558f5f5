"""The check's title, conclusion and texts."""

import datetime
from typing import Any

import pytest
from hypothesis import given, settings

from merganser.config import Severity, Waiver
from merganser.evaluation.verdict import Check, Status
from merganser.plan import Conclusion
from merganser.report.check import check_output, in_progress_output, refused_output, set_up_output, untouched_output
from merganser.report.model import Judged, NotJudged, Report
from merganser.report.wording import title
from tests.report import samples
from tests.report.markdown import headings, kinds, links, list_items
from tests.report.samples import check, judged, report
from tests.report.test_comment import NAMES, everything, many

RED, GREEN = Conclusion.failure, Conclusion.success


@pytest.mark.parametrize(
    ("judged_report", "conclusion", "line"),
    [
        (samples.PASSING, GREEN, "digits: passes (accuracy +0.0212)"),
        (samples.FAILING, RED, "digits: accuracy@label=1 fell by 0.198"),
        (samples.NOT_PROVEN, GREEN, "digits: not proven (accuracy, needs 2,681 rows)"),
        (samples.ALL_SKIPPED, RED, "digits: no check could be judged"),
        (samples.SEVERAL, RED, "churn: Training failed with exit code 1. · 2 more models"),
        (report(samples.NOT_PROVEN.models[0], samples.PASSING.models[0]), GREEN,
         "digits: not proven (accuracy, needs 2,681 rows) · 1 more model"),
        (report(), GREEN, "no model touched"),
    ],
)  # fmt: skip
def test_title_and_conclusion(judged_report: Report, conclusion: Conclusion, line: str) -> None:
    output = check_output(judged_report)
    assert (output.title, output.conclusion) == (line, conclusion)


FELL = {"candidate": 0.9, "baseline": 0.95, "status": Status.failed}
OPEN = {"status": Status.inconclusive}

CHANGED: dict[str, Any] = {"status": Status.skipped, "notes": ("evaluation data changed",)}


@pytest.mark.parametrize(
    ("checks", "conclusion", "line"),
    [
        ((check(candidate=0.97),), GREEN, "passes (accuracy 0.97)"),
        ((check(candidate=0.97, delta=0.1),), GREEN, "passes (accuracy 0.97)"),
        ((check(candidate=0.97, baseline=0.97, delta=0.0),), GREEN, "passes (accuracy unchanged)"),
        ((check("log_loss", baseline=0.3, candidate=0.25, delta=0.05),), GREEN, "passes (log_loss fell by 0.05)"),
        ((check("log_loss", baseline=0.25, candidate=0.3, delta=-0.05),), GREEN, "passes (log_loss rose by 0.05)"),
        ((check(baseline=0.9, candidate=0.91, delta=0.0),), GREEN, "passes (accuracy +0.01)"),
        ((check(),), GREEN, "passes"),
        ((check(slice={"a": "1"}, candidate=1.0),), GREEN, "passes"),
        ((check(), check("auc", status=Status.waived)), GREEN, "passes with 1 waived check"),
        ((check(status=Status.waived), check("auc", status=Status.waived)), GREEN, "passes with 2 waived checks"),
        ((check(status=Status.skipped),), GREEN, "passes (first run, nothing to compare with yet)"),
        ((), GREEN, "passes (first run, nothing to compare with yet)"),
        ((), RED, "no check is configured"),
        ((check(**FELL), check("auc", **FELL), check("f1", **FELL)), RED, "accuracy fell by 0.05 and 2 more"),
        ((check("log_loss", candidate=0.3, baseline=0.2, status=Status.failed),), RED, "log_loss rose by 0.1"),
        ((check(candidate=0.9, baseline=0.9, status=Status.failed),), RED, "accuracy stayed the same"),
        ((check(rule="min", why="0.9 is under 0.95.", **FELL),), RED, "accuracy: 0.9 is under 0.95."),
        ((check(status=Status.failed, why="It can't be."),), RED, "accuracy: It can't be."),
        ((check(status=Status.error, why=""),), RED, "accuracy error"),
        ((check(status=Status.error, why="NaN."), check("auc")), RED, "accuracy: NaN."),
        ((check(status=Status.error, why="accuracy can't be judged: 1 row has no key."),), RED,
         "accuracy can't be judged: 1 row has no key."),
        ((check(slice={"a": "1"}, status=Status.error, why="accuracy can't be judged: NaN."),), RED,
         "accuracy@a=1: accuracy can't be judged: NaN."),
        ((check(**OPEN),), GREEN, "not proven (accuracy)"),
        ((check(**OPEN, n=3000, n_needed=3000),), GREEN, "not proven (accuracy)"),
        ((check(**OPEN, n_needed=3000),), RED, "blocked, not proven (accuracy, needs 3,000 rows)"),
        ((check(**OPEN), check("auc", severity=Severity.warn, **FELL)), RED, "blocked, not proven (accuracy)"),
        ((check(), check("auc", status=Status.skipped, why="Data changed.")), RED, "auc: Data changed."),
        ((check(status=Status.error, why="NaN."), check("auc", status=Status.error, why="NaN.")), RED,
         "accuracy: NaN and 1 more"),
        ((check(**CHANGED), check("auc", **CHANGED)), RED, "no check could be judged (evaluation data changed)"),
        ((check(**CHANGED), check("auc", **CHANGED | {"notes": ("no baseline",)})), RED, "no check could be judged"),
    ],
)  # fmt: skip
def test_the_answer_in_a_clause(checks: tuple[Check, ...], conclusion: Conclusion, line: str) -> None:
    assert title(report(judged(*checks, conclusion=conclusion))) == f"digits: {line}"


@pytest.mark.parametrize(
    ("status", "quality", "line"),
    [
        (Status.passed, False, "⚠️ digits: passes (artifact_mb fell by 0.02), but no quality metric is judged"),
        (Status.passed, True, "✅ digits: passes (artifact_mb fell by 0.02)"),
        (Status.failed, False, "❌ digits: artifact_mb fell by 0.02"),
    ],
)
def test_a_gate_on_costs_alone_says_so(status: Status, quality: bool, line: str) -> None:
    smaller = check("artifact_mb", "rise", baseline=0.12, candidate=0.1, delta=0.02, status=status)
    conclusion = RED if status is Status.failed else GREEN
    output = check_output(report(judged(smaller, quality=quality, conclusion=conclusion)))
    assert (headings(output.text), list_items(output.summary)) == ([line], [line])


def test_the_strongest_evidence_names_the_title() -> None:
    slices = [
        samples.slice_check(at, 0.9, 0.8, status=Status.failed, p_adjusted=p) for at, p in enumerate((0.04, 0.001))
    ]
    assert title(report(judged(*slices, conclusion=RED))) == "digits: accuracy@label=1 fell by 0.1 and 1 more"
    plain_p = [
        samples.slice_check(at, 0.9, 0.8, status=Status.failed, p_adjusted=None, p=p) for at, p in ((3, 0.5), (4, 0.1))
    ]
    assert title(report(judged(*plain_p, conclusion=RED))).startswith("digits: accuracy@label=4")


def test_summary_lists_each_model_and_text_is_the_comments() -> None:
    output = check_output(samples.SEVERAL)
    assert list_items(output.summary) == [
        "❌ churn: Training failed with exit code 1.",
        "✅ digits: passes (accuracy +0.0212)",
        "✅ fraud: passes with 1 waived check",
    ]
    assert "<sub>[Run 12](" in output.summary
    assert headings(output.text)[0] == "❌ 1 of 3 models is blocked"
    assert "<!--" not in output.text
    assert check_output(report()).summary.startswith("No model is touched by this change.\n\n<sub>")


def test_a_crowd_of_models_is_counted() -> None:
    items = list_items(
        check_output(report(*[NotJudged(model=f"m{at}", reason="No bundle.") for at in range(60)])).summary
    )
    assert (len(items), items[-1]) == (51, "and 10 more models")


def test_limits() -> None:
    crowd = many(500, 500).models[0]
    assert isinstance(crowd, Judged)
    output = check_output(report(*[crowd] * 60, notes=("x" * 10_000,) * 100))
    assert len(output.title) <= 140
    assert max(len(output.summary), len(output.text)) <= 65_535


@settings(max_examples=40, deadline=None)
@given(NAMES)
def test_no_name_gets_out_of_title_or_summary(name: str) -> None:
    output = check_output(everything(name))
    assert output.title.isprintable()
    assert len(output.title) <= 140
    assert len(list_items(output.summary)) == 2
    assert links(output.summary) | links(output.text) == {samples.RUN_URL}


def test_outputs_without_a_report() -> None:
    first, none, going = set_up_output(), untouched_output(), in_progress_output("https://x.example/run/1")
    assert (first.conclusion, first.title) == (GREEN, "set-up: gating starts after the merge")
    assert (none.conclusion, none.title) == (GREEN, "no model touched")
    assert (going.conclusion, going.title) == (None, "training")
    assert links(going.summary) == {"https://x.example/run/1"}
    assert all("paragraph_open" in kinds(output.summary) for output in (first, none, going))


def test_a_change_that_cannot_be_judged_is_red_and_says_what_to_do() -> None:
    output = refused_output("merganser.yaml is @gone", "Put it back.")
    assert (output.conclusion, output.title) == (RED, "can't be judged")
    assert output.summary == "This change can't be judged: merganser.yaml is @&#8203;gone.\n\nPut it back."


def test_a_check_ends_with_the_first_of_its_overrides() -> None:
    def waived(until: str, status: Status = Status.waived) -> Check:
        waiver = Waiver(check="accuracy:non_inferior", reason="ok", by="ada", until=until)
        return check(status=status, waiver=waiver)

    assert check_output(report(judged(waived("")), judged(check()))).until is None
    ends = [waived("2026-12-24"), waived("2026-12-24T10:00:00+00:00"), waived(""), waived("2026-01-01", Status.failed)]
    first = datetime.datetime(2026, 12, 24, 10, tzinfo=datetime.UTC)
    assert check_output(report(judged(*ends[:2]), judged(*ends[2:]))).until == first
