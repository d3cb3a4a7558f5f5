"""A storm that is small enough to watch, with limits so narrow that it meets them all the same."""

import pytest

from merganser.hub.limits import Limits, Secondary
from tests.storm.storm import Outcome, Weather, play

NARROW = Secondary(content_an_hour=20, content_a_minute=8)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return play(Weather(events=12, repos=2, limits=Limits(hourly=100, secondary=NARROW)), tmp_path_factory.mktemp("s"))


@pytest.mark.integration
def test_every_comment_and_check_is_right_in_the_end(outcome: Outcome) -> None:
    assert outcome.wrong == ()
    assert outcome.hours < 6


@pytest.mark.integration
def test_jobs_gave_up_that_would_have_waited_long_and_a_sweep_finished_them(outcome: Outcome) -> None:
    assert outcome.jobs["report, completed", "gave up"] > 0
    assert outcome.jobs["sweep", "done"] > 0
    assert not {word for _, word in outcome.jobs} & {"failed", "ended by its runner"}


@pytest.mark.integration
def test_nobody_asks_before_the_time_that_a_limit_told(outcome: Outcome) -> None:
    assert sum(outcome.refused.values()) > 0
    assert outcome.early == ()
