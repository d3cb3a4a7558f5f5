"""What a sweep takes for open, and what it says of commits that no training run came for."""

import datetime

import msgspec
import pytest

from merganser.evaluation.verdict import RunRef
from merganser.plan import Check, CheckStatus, Conclusion
from merganser.report.check import CheckOutput, untouched_output
from merganser.report.decision import Subject, finished, in_progress, ordered
from merganser.report.sweep import (
    Phase,
    Silence,
    Standing,
    Training,
    idle_warning,
    lags,
    may_lack_run,
    phase_of,
    standing,
    why_silent,
)

NOW = datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)
FIRST, AGAIN, NEXT = RunRef(id=8, attempt=1), RunRef(id=8, attempt=2), RunRef(id=9, attempt=1)


def stands(status: str, *runs: RunRef) -> Standing:
    """A check that speaks of these runs, or says that there is none."""
    return Standing(status=status, runs=runs)


def silent(status: str) -> Standing:
    """A check that says nothing of runs."""
    return Standing(status=status, runs=None)


def waiting(run: RunRef) -> Training:
    return Training(run=run, phase=Phase.waiting)


def running(run: RunRef) -> Training:
    return Training(run=run, phase=Phase.running)


def ended(run: RunRef) -> Training:
    return Training(run=run, phase=Phase.ended)


@pytest.mark.parametrize(
    ("status", "conclusion", "phase"),
    [
        ("queued", None, Phase.running),
        ("in_progress", None, Phase.running),
        (None, None, Phase.running),
        ("completed", "action_required", Phase.waiting),
        ("completed", "success", Phase.ended),
        ("completed", "cancelled", Phase.ended),
        ("completed", None, Phase.ended),
        ("action_required", None, Phase.waiting),
    ],
)
def test_the_phase_of_a_run(status: str | None, conclusion: str | None, phase: Phase) -> None:
    assert phase_of(status, conclusion) is phase


@pytest.mark.parametrize(
    ("check", "trainings", "open_"),
    [
        (None, [running(FIRST)], True),
        (None, [ended(FIRST)], True),
        (stands("completed", FIRST), [ended(FIRST)], False),
        (stands("completed", FIRST), [ended(AGAIN)], True),
        (stands("completed", FIRST), [ended(NEXT)], True),
        (stands("completed", FIRST), [running(NEXT)], True),
        (silent("completed"), [ended(FIRST)], True),
        (stands("completed"), [running(FIRST)], True),
        (stands("in_progress", FIRST), [running(FIRST)], False),
        (stands("in_progress", FIRST), [ended(FIRST)], True),
        (stands("in_progress", FIRST), [waiting(FIRST)], True),
        (stands("queued", FIRST), [waiting(FIRST)], False),
        (stands("completed", FIRST), [waiting(FIRST)], False),
        (stands("completed", FIRST), [waiting(NEXT)], True),
        (stands("queued", FIRST), [ended(FIRST)], True),
        (stands("queued", FIRST), [running(FIRST)], True),
        # Several pull requests with one head: what waits says nothing as long as there is another.
        (stands("completed", FIRST, NEXT), [ended(FIRST), ended(NEXT)], False),
        (stands("completed", FIRST, NEXT), [ended(NEXT), ended(FIRST)], False),
        (stands("completed", FIRST), [ended(FIRST), ended(NEXT)], True),
        (stands("completed", FIRST), [ended(FIRST), waiting(NEXT)], False),
        (stands("completed", FIRST, NEXT), [ended(FIRST), waiting(NEXT)], True),
        (stands("completed", FIRST, NEXT), [ended(FIRST), running(NEXT)], True),
        (stands("in_progress", FIRST, NEXT), [ended(FIRST), running(NEXT)], False),
        (stands("queued", FIRST, NEXT), [waiting(FIRST), waiting(NEXT)], False),
    ],
)
def test_a_check_lags_behind_its_runs(check: Standing | None, trainings: list[Training], open_: bool) -> None:
    assert lags(check, trainings, NOW, {}) is open_


@pytest.mark.parametrize(
    ("ends", "open_"),
    [
        (None, False),
        (NOW + DAY, False),
        (NOW - datetime.timedelta(seconds=1), True),
    ],
)
def test_a_check_whose_override_ended_is_judged_again(ends: datetime.datetime | None, open_: bool) -> None:
    check = msgspec.structs.replace(stands("completed", FIRST), until=ends)
    assert lags(check, [ended(FIRST)], NOW, {}) is open_


KEY, OTHER = "0123456789ab", "ba9876543210"


@pytest.mark.parametrize(
    ("knew", "now", "open_"),
    [
        ((), {}, False),
        ((), {KEY: "11111111"}, False),  # nothing was judged, or the check is older than this mark
        ((KEY,), {}, False),
        ((KEY,), {OTHER: "11111111"}, False),
        ((KEY,), {KEY: "11111111"}, True),
        ((f"{KEY}-11111111",), {KEY: "11111111"}, False),
        ((f"{KEY}-11111111",), {KEY: "22222222"}, True),
        ((f"{KEY}-11111111",), {}, True),
        ((KEY, f"{OTHER}-11111111"), {OTHER: "11111111"}, False),
        ((KEY, f"{OTHER}-11111111"), {OTHER: "22222222"}, True),
    ],
)
def test_a_check_that_was_made_before_something_was_said_is_judged_again(
    knew: tuple[str, ...], now: dict[str, str], open_: bool
) -> None:
    check = msgspec.structs.replace(stands("completed", FIRST), said=knew)
    assert lags(check, [ended(FIRST)], NOW, now) is open_


def test_what_was_said_makes_no_difference_to_a_training() -> None:
    check = msgspec.structs.replace(stands("in_progress", FIRST), said=())
    assert lags(check, [running(FIRST)], NOW, {KEY: "11111111"}) is False


@pytest.mark.parametrize(
    "until",
    [
        None,
        datetime.datetime(2026, 12, 4, 12, tzinfo=datetime.UTC),
        datetime.datetime(2026, 12, 4, 23, 59, 59, 999999, tzinfo=datetime.UTC),
    ],
)
@pytest.mark.parametrize("said", [(), (KEY,), (KEY, f"{OTHER}-11111111")])
def test_a_check_says_when_it_ends_and_what_it_knew(until: datetime.datetime | None, said: tuple[str, ...]) -> None:
    output = msgspec.structs.replace(untouched_output(), until=until)
    subject = Subject(repo="acme/digits", sha="a" * 40, number=None, runs=(FIRST,), said=said)
    *_, check = finished(subject, output).effects
    assert isinstance(check, Check)
    for summary in (check.summary, check.summary.replace("\n", "\r\n") + "\r\n"):
        found = standing("completed", summary)
        assert (found.until, found.runs, found.said) == (until, (FIRST,), said)


@pytest.mark.parametrize(
    ("check", "open_"),
    [
        (None, True),
        (stands("completed"), True),
        (stands("in_progress", FIRST), True),
        (silent("queued"), True),
        (stands("completed", FIRST), False),
        (silent("completed"), False),
    ],
)
def test_a_verdict_outlives_its_run(check: Standing | None, open_: bool) -> None:
    assert may_lack_run(check) is open_


@pytest.mark.parametrize("runs", [(FIRST,), (AGAIN,), (RunRef(id=123_456_789_012, attempt=17), NEXT, FIRST, NEXT)])
def test_a_check_says_of_which_runs_it_speaks(runs: tuple[RunRef, ...]) -> None:
    named = ordered(runs)
    subject = Subject(repo="acme/digits", sha="a" * 40, number=7, run_url="https://github.com/x", runs=named)
    for plan, status in ((in_progress(subject), "in_progress"), (finished(subject, untouched_output()), "completed")):
        *_, check = plan.effects
        assert isinstance(check, Check)
        # GitHub may give a text back with other line ends, and without the last.
        for summary in (check.summary, check.summary.replace("\n", "\r\n") + "\r\n"):
            assert standing(check.status, summary) == stands(status, *sorted(set(runs), key=lambda run: run.id))


def test_a_check_without_a_run_says_so() -> None:
    output = said(conflicts=True)
    assert output is not None
    *_, check = finished(Subject(repo="acme/digits", sha="a" * 40, number=7), output).effects
    assert isinstance(check, Check)
    assert (check.status, check.conclusion) == (CheckStatus.completed, Conclusion.failure)
    assert standing("completed", check.summary) == stands("completed")


@pytest.mark.parametrize(
    "summary",
    [
        None,
        "",
        "No model is touched.",
        "<!-- merganser:runs:8-1 -->\nmore",
        "<!-- merganser:runs:0-1 -->",
        "<!-- merganser:runs:8-1, -->",
        "<!-- merganser:runs:8-1 --> x",
        "<!-- merganser:no-run -->\nmore",
    ],
)
def test_any_other_summary_says_nothing_of_runs(summary: str | None) -> None:
    assert standing("completed", summary) == silent("completed")


def said(conflicts: bool | None = False, message: str = "Tune", quiet: datetime.timedelta = DAY) -> CheckOutput | None:
    return why_silent(Silence(conflicts=conflicts, message=message, since=NOW - quiet), NOW)


@pytest.mark.parametrize(
    ("output", "title", "cure"),
    [
        (said(conflicts=True, quiet=MINUTE), "merge conflict", "and push"),
        (said(conflicts=True, message="Tune [skip ci]"), "merge conflict", "and push"),
        (said(message="Tune [skip ci]", quiet=MINUTE), "[skip ci]", "git commit --allow-empty"),
        (said(conflicts=None, message="Tune\n\nas asked [ci skip]"), "[ci skip]", "git commit --allow-empty"),
        (said(message="[no ci] Tune"), "[no ci]", "git commit --allow-empty"),
        (said(message="Tune [skip actions]"), "[skip actions]", "git commit --allow-empty"),
        (said(message="Tune [actions skip]"), "[actions skip]", "git commit --allow-empty"),
        (said(message="Tune\n\n\nskip-checks: true"), "skip-checks: true", "git commit --allow-empty"),
        (said(message="Tune\n\n\nBy: me\nskip-checks:true\n"), "skip-checks:true", "git commit --allow-empty"),
        (said(quiet=60 * MINUTE), "no reason known", "open it again"),
        (said(message="Tune skip ci", quiet=DAY), "no reason known", "open it again"),
        (said(message="skip-checks: true\n\nTune"), "no reason known", "open it again"),
        (said(message="skip-checks: trueish"), "no reason known", "open it again"),
    ],
)
def test_why_no_run_came(output: CheckOutput | None, title: str, cure: str) -> None:
    assert output is not None
    assert (output.conclusion, output.title) == (Conclusion.failure, f"no training run: {title}")
    assert cure in output.summary


@pytest.mark.parametrize("output", [said(quiet=59 * MINUTE), said(conflicts=None), said(conflicts=None, quiet=MINUTE)])
def test_a_run_may_still_come(output: CheckOutput | None) -> None:
    assert output is None


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, None), (49, None), (50, "for 50 days"), (59, "for 59 days"), (70, "for 70 days")],
)
def test_an_idle_repository_is_warned(days: int, words: str | None) -> None:
    warning = idle_warning(NOW - days * DAY, NOW)
    assert (warning is None) == (words is None)
    assert words is None or (warning and words in warning)
    if days == 50:
        assert warning
        assert "(2026-12-07)" in warning  # ten days after the 27th of November
