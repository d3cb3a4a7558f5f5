"""A reply's place for a training run that has yet to end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.awaiting import awaiting, settled

SHA = "a" * 40


def test_only_the_place_of_that_attempt_is_filled_in() -> None:
    body = f"| {awaiting(SHA, 2, 'Wait.')} |\n| {awaiting(SHA, 3, 'Wait too.')} |"
    assert settled(body, SHA, 2, "✅ fine \\1") == f"| ✅ fine \\1 |\n| {awaiting(SHA, 3, 'Wait too.')} |"


@pytest.mark.parametrize(("sha", "attempt"), [("b" * 40, 2), (SHA, 1), (SHA, 22)])
def test_another_run_says_nothing(sha: str, attempt: int) -> None:
    body = awaiting(SHA, 2, "Wait.")
    assert settled(body, sha, attempt, "x") == body


@given(st.text())
def test_a_reply_that_waits_for_nothing_stays(body: str) -> None:
    assert settled(body, SHA, 1, "x") == body
