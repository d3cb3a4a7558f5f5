"""What is written of a training run, in which order."""

from merganser.plan import Append, Check, CheckStatus, Comment, Conclusion, Plan
from merganser.report.check import untouched_output
from merganser.report.comment import comment
from merganser.report.decision import Subject, finished, in_progress, judged
from tests.report import samples

SUBJECT = Subject(repo="acme/digits", sha=samples.HEAD, number=7, run_url=samples.RUN_URL)
PUSHED = Subject(repo="acme/digits", sha=samples.HEAD, number=None, run_url=samples.RUN_URL)
RECORDS = {"runs/digits/a.json": b"{}", "verdicts/digits/b.json": b"{}", "runs/churn/c.json": b"{}"}


def the_check(plan: Plan) -> Check:
    last = plan.effects[-1]
    assert isinstance(last, Check)
    assert (last.repo, last.sha, last.name) == ("acme/digits", samples.HEAD, "merganser/gate")
    assert last.details_url == samples.RUN_URL
    return last


def test_evidence_then_comment_then_check() -> None:
    record, said, _ = judged(SUBJECT, samples.FAILING, RECORDS).effects
    assert record == Append(
        repo="acme/digits", branch="merganser-ledger", files=RECORDS, message="Record churn, digits at 1f0c9a7d3333"
    )
    assert said == Comment(
        repo="acme/digits", number=7, marker="<!-- merganser:report:7 -->", body=comment(samples.FAILING)
    )


def test_the_check_concludes_as_the_report_does() -> None:
    written = the_check(judged(SUBJECT, samples.FAILING, RECORDS))
    assert (written.status, written.conclusion) == (CheckStatus.completed, Conclusion.failure)
    assert the_check(judged(SUBJECT, samples.PASSING, {})).conclusion is Conclusion.success


def test_without_records_or_pull_request_only_the_check_is_written() -> None:
    plan = judged(PUSHED, samples.PASSING, {})
    assert plan.effects == (the_check(plan),)
    assert plan.summary == "merganser/gate on 1f0c9a7d3333: digits: passes (accuracy +0.0212)"


def test_a_change_that_touches_nothing_is_green() -> None:
    plan = finished(SUBJECT, untouched_output())
    assert plan.effects == (the_check(plan),)
    assert (the_check(plan).status, the_check(plan).conclusion) == (CheckStatus.completed, Conclusion.success)


def test_a_check_in_progress_has_no_conclusion() -> None:
    plan = in_progress(SUBJECT)
    assert plan.effects == (the_check(plan),)
    assert (the_check(plan).status, the_check(plan).conclusion) == (CheckStatus.in_progress, None)
