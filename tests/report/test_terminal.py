"""A verdict in a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from merganser.evaluation.verdict import Status, Trust
from merganser.plan import Conclusion
from merganser.report.model import Judged
from merganser.report.terminal import verdict_table
from tests.report import samples
from tests.report.samples import check, verdict


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
    assert lines[-3] == "║ minus the margin, │ no change, · a quarter of the margin"
    assert lines[-1].startswith("✗ accuracy:not_worse@label=1: label = 1: accuracy went from 1 to 0.8022")


def test_without_drawings_there_is_no_legend_and_without_labels_of_its_own_it_says_so() -> None:
    shown = verdict_table(verdict(check(status=Status.skipped, why="No baseline."), conclusion=Conclusion.failure))
    assert "minus the margin" not in shown
    assert shown.splitlines()[-3:] == [
        "- accuracy:non_inferior: No baseline.",
        "",
        "The labels came with the predictions (self-reported).",
    ]


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
