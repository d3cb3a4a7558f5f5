"""What is written of a training run, in which order."""

import datetime

import msgspec

from merganser.evaluation.verdict import RunRef
from merganser.plan import Amend, Append, Check, CheckStatus, Comment, Conclusion, Plan, Still
from merganser.report.check import refused_output, untouched_output
from merganser.report.comment import comment
from merganser.report.decision import Lacking, Subject, finished, in_progress, judged, settling, together, waiting
from tests.report import samples

SUBJECT = Subject(repo="acme/digits", sha=samples.HEAD, number=7, run_url=samples.RUN_URL)
PUSHED = Subject(repo="acme/digits", sha=samples.HEAD, number=None, run_url=samples.RUN_URL)
FILES = {"runs/digits/a.json": b"{}", "verdicts/digits/b.json": b"{}", "runs/churn/c.json": b"{}"}
RECORDS = Lacking(files=FILES, tip="5" * 40)
NOTHING = Lacking(files={}, tip="")


def the_check(plan: Plan) -> Check:
    last = plan.effects[-1]
    assert isinstance(last, Check)
    assert (last.repo, last.sha, last.name) == ("acme/digits", samples.HEAD, "merganser/gate")
    assert last.details_url == samples.RUN_URL
    return last


def test_evidence_then_comment_then_check() -> None:
    record, said, look, _ = judged(SUBJECT, samples.FAILING, RECORDS).effects
    assert record == Append(
        repo="acme/digits",
        branch="merganser-ledger",
        files=FILES,
        message="Record churn, digits at 1f0c9a7d3333",
        tip="5" * 40,
    )
    assert said == Comment(
        repo="acme/digits",
        number=7,
        marker="<!-- merganser:report:7 -->",
        body=comment(samples.FAILING),
        order=(samples.FAILING.run_number, samples.FAILING.attempt),
    )
    # Whoever overrides a check meanwhile has a newer answer.
    folders = ("overrides/digits", "cancellations/digits")
    assert look == Still(repo="acme/digits", branch="merganser-ledger", tip="5" * 40, folders=folders)


def test_without_a_ledger_or_a_judged_model_nobody_can_have_said_anything() -> None:
    only_failed = samples.report(samples.NotJudged(model="churn", reason="No bundle."))
    for plan in (judged(SUBJECT, samples.FAILING, NOTHING), judged(SUBJECT, only_failed, RECORDS)):
        assert not any(isinstance(effect, Still) for effect in plan.effects)


def test_a_reply_that_waits_is_told_the_checks_title() -> None:
    for report, symbol in ((samples.FAILING, "❌"), (samples.PASSING, "✅")):
        check = the_check(judged(SUBJECT, report, NOTHING))
        told = settling(7, RunRef(id=9, attempt=2), check)
        assert (told.repo, told.number, told.sha) == ("acme/digits", 7, samples.HEAD)
        assert (told.run, told.attempt) == (9, 2)
        assert told.said.startswith(f"{symbol} digits")


def test_the_check_concludes_as_the_report_does() -> None:
    written = the_check(judged(SUBJECT, samples.FAILING, RECORDS))
    assert (written.status, written.conclusion) == (CheckStatus.completed, Conclusion.failure)
    assert the_check(judged(SUBJECT, samples.PASSING, NOTHING)).conclusion is Conclusion.success


def test_without_records_or_pull_request_only_the_check_is_written() -> None:
    plan = judged(PUSHED, samples.PASSING, NOTHING)
    assert plan.effects == (the_check(plan),)
    assert plan.summary == "merganser/gate on 1f0c9a7d3333: digits: passes (accuracy +0.0212)"


def test_a_change_that_touches_nothing_is_green() -> None:
    plan = finished(PUSHED, untouched_output())
    assert plan.effects == (the_check(plan),)
    assert (the_check(plan).status, the_check(plan).conclusion) == (CheckStatus.completed, Conclusion.success)


def test_a_check_in_progress_has_no_conclusion() -> None:
    plan = in_progress(SUBJECT)
    assert plan.effects == (the_check(plan),)
    assert (the_check(plan).status, the_check(plan).conclusion) == (CheckStatus.in_progress, None)


def test_what_waits_for_a_maintainer_is_queued_and_says_how_it_goes_on() -> None:
    plan = waiting(SUBJECT)
    assert plan.effects == (the_check(plan),)
    assert (the_check(plan).status, the_check(plan).conclusion) == (CheckStatus.queued, None)
    assert the_check(plan).title == "waiting for /ok-to-test 1f0c9a7d3333"
    assert f"`/ok-to-test {samples.HEAD}`" in the_check(plan).summary


def of_several(plan: Plan) -> Check:
    said = "Several pull requests have this commit as their head: here stands the worst of their verdicts."
    return msgspec.structs.replace(the_check(plan), summary=f"{said}\n\n{the_check(plan).summary}")


def test_of_several_pull_requests_each_gets_its_comment_and_the_commit_the_worst_check() -> None:
    green = judged(SUBJECT, samples.PASSING, NOTHING)
    other = Subject(repo="acme/digits", sha=samples.HEAD, number=8, run_url=samples.RUN_URL)
    red = judged(other, samples.FAILING, RECORDS)
    for plans in ((green, red), (red, green)):
        plan = together(plans)
        assert the_check(plan) == of_several(red)
        assert sorted(effect.number for effect in plan.effects if isinstance(effect, Comment)) == [7, 8]
        assert [type(effect) for effect in plan.effects].count(Append) == 1
        assert isinstance(plan.effects[-2], Still)
        assert (len(plan.effects), plan.summary) == (5, red.summary)
    assert the_check(together((green, green))) == of_several(green)


def test_the_check_of_several_ends_when_the_first_of_them_does_and_knew_what_all_knew() -> None:
    """The worst is written; another that turns worse later would else be noticed by nobody."""
    one, other = "0123456789ab", "ba9876543210-11111111"
    runs = (RunRef(id=4, attempt=1), RunRef(id=5, attempt=1))
    plans = []
    for said, hour in ((one, 17), (other, 10), (one, None)):
        subject = msgspec.structs.replace(SUBJECT, runs=runs, said=(said,))
        until = hour and datetime.datetime(2026, 12, 24, hour, tzinfo=datetime.UTC)
        plans.append(finished(subject, msgspec.structs.replace(untouched_output(), until=until)))
    found = the_check(together(plans)).summary
    assert found.endswith(
        "so there is nothing to judge.\n\n<!-- merganser:until:2026-12-24T10:00:00+00:00 -->\n"
        f"<!-- merganser:said:{one},{other} -->\n<!-- merganser:runs:4-1,5-1 -->"
    )
    assert found.count("<!--") == 3


def test_where_nothing_is_judged_an_earlier_comment_says_so() -> None:
    runs = (RunRef(id=4, attempt=1), RunRef(id=5, attempt=2))
    subject = Subject(repo="acme/digits", sha=samples.HEAD, number=7, run_url=samples.RUN_URL, runs=runs)
    amended, _ = finished(subject, untouched_output()).effects
    assert isinstance(amended, Amend)
    assert (amended.number, amended.marker, amended.order) == (7, "<!-- merganser:report:7 -->", (5, 2))
    assert amended.body.startswith("## ✅ no model touched\n\nNothing that a model is made from differs")
    red, _ = finished(SUBJECT, refused_output("it conflicts", "Rebase it.")).effects
    assert isinstance(red, Amend)
    assert (red.order, red.body.splitlines()[0]) == ((0, 0), "## ❌ can't be judged")
    assert len(finished(PUSHED, untouched_output()).effects) == 1
