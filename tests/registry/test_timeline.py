"""Runs over time: their order, their verdicts, which of them became versions, and which metric is told first."""

from merganser.plan import Conclusion
from merganser.registry.timeline import first_judged, metric_names, timeline
from tests.registry.samples import COMMIT, OTHER, check, record, recorded, run, verdict, version

EARLY, LATE = "2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z"


def test_runs_come_oldest_first_with_verdict_and_version() -> None:
    merged = record(how=recorded(time=LATE), run_id=2)
    proposed = record(run(pull_request=7), recorded(time=EARLY, merged=False, event="pull_request"), run_id=1)
    failed = verdict(conclusion=Conclusion.failure)
    first, last = timeline([(merged, verdict()), (proposed, failed)], [version("1.4.0", commit=COMMIT)])
    assert (first.time, first.merged, first.verdict, first.version, first.pull_request) == (
        EARLY,
        False,
        "failure",
        "",
        7,
    )
    assert (last.time, last.merged, last.verdict, last.version, last.event) == (LATE, True, "success", "1.4.0", "push")
    assert last.metrics == {"accuracy": 0.9722, "loss": 0.11}


def test_a_run_without_verdict_or_version() -> None:
    [moment] = timeline([(record(), None)], [version("1.4.0")])
    assert (moment.verdict, moment.version) == ("", "")


def test_a_version_stands_at_the_last_record_of_its_commit() -> None:
    again = [(record(how=recorded(time=time), run_id=n), None) for n, time in ((3, LATE), (4, EARLY))]
    assert [moment.version for moment in timeline(again, [version("1.4.0", commit=COMMIT)])] == ["", "1.4.0"]


def test_metrics_of_all_runs() -> None:
    told = [(record(run(metrics={"b": 1.0})), None), (record(run(metrics={"a": 1.0}, inputs_digest=OTHER)), None)]
    assert metric_names(timeline(told, [])) == ("a", "b")
    assert metric_names([]) == ()


def test_the_metric_that_is_told_first_is_the_one_that_the_newest_verdict_judges_first() -> None:
    old = (record(how=recorded(time=EARLY)), verdict(check("loss")))
    new = (record(how=recorded(time=LATE), run_id=13), verdict(check("unknown"), check("f1")))
    assert first_judged([old, new], ("accuracy", "f1", "loss")) == "f1"
    assert first_judged([old, new], ("accuracy", "loss")) == "loss"
    assert first_judged([(record(), None)], ("accuracy", "loss")) == "accuracy"
    assert first_judged([], ()) is None
