"""A reply's place for a training run that has yet to end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.awaiting import awaiting_commit, awaiting_run, settled
from merganser.chatops.reading import Command, read
from merganser.plan import Settle
from merganser.report.reply import Row, reply

SHA = "a" * 40
SAID = "✅ fine \\1"


def ended(sha: str = SHA, run: int = 5, attempt: int = 2) -> Settle:
    return Settle(repo="acme/tiny", number=1, sha=sha, run=run, attempt=attempt, said=SAID)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_the_places_of_what_ended_are_filled_in(end: str) -> None:
    """An attempt whose report never came, as somebody began the next one before it, has ended with that."""
    filled, waits = [awaiting_run(5, 2), awaiting_run(5, 1), awaiting_commit(SHA)], [awaiting_run(5, 3)]
    body = end.join(f"| {place} |" for place in (*filled, *waits))
    assert settled(body, ended()) == end.join([f"| {SAID} |"] * 3 + [f"| {waits[0]} |"])


@pytest.mark.parametrize(
    ("place", "other"),
    [
        (awaiting_run(5, 2), ended(attempt=1)),
        (awaiting_run(5, 22), ended()),
        (awaiting_run(55, 2), ended()),
        (awaiting_run(6, 2), ended()),
        (awaiting_commit("b" * 40), ended()),
        (awaiting_commit(SHA), ended(sha="")),
    ],
)
def test_another_run_says_nothing(place: str, other: Settle) -> None:
    body = f"| {place} |"
    assert settled(body, other) == body


@given(st.text())
def test_a_reply_that_waits_for_nothing_stays(body: str) -> None:
    assert settled(body, ended()) == body


PLACE = awaiting_run(5, 2)
BEGIN, MEANWHILE = PLACE.split("The report follows.")[0], "The report follows."


@pytest.mark.parametrize("reason", [BEGIN, f"{BEGIN}{MEANWHILE}", PLACE, f"{PLACE} |", f"|{PLACE} |"])
def test_what_a_command_quotes_is_no_place(reason: str) -> None:
    """A reason may hold the very signs, and the row that waits is another one."""
    quoting, waiting = (one for one in read(f'/override x --reason "{reason}"\n/train') if isinstance(one, Command))
    rows = [
        Row(command=quoting.written, done=False, said="Refused."),
        Row(command=waiting.written, done=True, said=f"Training. {PLACE}"),
    ]
    before = reply(7, "eve", rows)
    head, _, _ = before.rpartition(PLACE)
    assert settled(before, ended()) == f"{head}{SAID} |"
