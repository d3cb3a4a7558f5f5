"""The issue about a model that fails its gate after a merge: what a reader of it learns."""

import msgspec

from merganser.plan import CloseIssue, Issue
from merganser.report.merged import issue
from merganser.report.model import NotJudged
from tests.report import samples
from tests.report.markdown import links

PUSHED = msgspec.structs.replace(samples.FAILING, pull_request=None)


def test_a_failing_model_opens_one_that_says_what_to_do() -> None:
    wanted = issue(PUSHED, PUSHED.models[0])
    assert isinstance(wanted, Issue)
    assert (wanted.repo, wanted.marker) == (PUSHED.repo, "<!-- merganser:merged:digits -->")
    assert wanted.title == "digits fails its gate after a merge"
    assert wanted.body.startswith(f"{wanted.marker}\n")
    assert "revert the merge" in wanted.body
    assert "accuracy" in wanted.body
    assert f"{PUSHED.server_url}/{PUSHED.repo}/commit/{PUSHED.head}" in links(wanted.body)


def test_training_that_failed_after_a_merge_is_told_too() -> None:
    wanted = issue(PUSHED, NotJudged(model="digits", reason="Its training failed.", log_url=samples.RUN_URL))
    assert isinstance(wanted, Issue)
    assert "Its training failed" in wanted.body
    assert samples.RUN_URL in links(wanted.body)


def test_a_passing_model_closes_it() -> None:
    report = msgspec.structs.replace(samples.PASSING, pull_request=None)
    wanted = issue(report, report.models[0])
    assert isinstance(wanted, CloseIssue)
    assert wanted.marker == "<!-- merganser:merged:digits -->"
    assert "passes its gate again" in wanted.body
