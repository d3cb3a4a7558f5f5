"""What a comment's author could see is what counts, not what is there by now."""

import datetime

import pytest

from merganser.chatops.binding import Begun, Meant, Unbound, bind, waiting_run

NOON = datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC)
A, B = "a" * 40, "b" * 40


def begun(sha: str, minutes: int, run: int = 1) -> Begun:
    return Begun(sha=sha, run=run, created=NOON + datetime.timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("runs", "head", "given", "expected"),
    [
        ([begun(A, -5)], A, "", Meant(A)),
        ([begun(A, 0)], A, "", Meant(A)),
        ([begun(A, -5), begun(B, -9, 2)], A, "", Meant(A)),
        ([begun(A, -5, 1), begun(B, -5, 2)], B, "", Meant(B)),
        ([begun(A, -5), begun(B, 1, 2)], B, "", "you meant aaaaaaaaaaaa, but the head is bbbbbbbbbbbb"),
        ([begun(A, -5)], B, "", "you meant aaaaaaaaaaaa, but the head is bbbbbbbbbbbb"),
        ([begun(B, 1)], B, "", "had begun when you wrote this"),
        ([], A, "", "had begun when you wrote this"),
        ([], A, A, Meant(A)),
        ([begun(A, -5)], A, "aaaaaaa", Meant(A)),
        ([], A, "aaaaaaa", "you meant aaaaaaa,"),
        ([begun(A, 1)], A, "aaaaaaa", "you meant aaaaaaa,"),
        ([begun(A, -5)], B, A, "you meant aaaaaaaaaaaa, but the head is bbbbbbbbbbbb"),
        ([begun(A, -5)], A, "bbbbbbb", "you meant bbbbbbb,"),
    ],
)
def test_a_command_is_about_what_was_seen(runs: list[Begun], head: str, given: str, expected: Meant | str) -> None:
    found = bind(runs, head, NOON, given)
    if isinstance(expected, Meant):
        assert found == expected
    else:
        assert isinstance(found, Unbound)
        assert expected in found.why
        assert found.cure


@pytest.mark.parametrize(
    ("runs", "given", "expected"),
    [
        ([begun(A, -5, 7)], A, 7),
        ([begun(A, -5, 7), begun(A, -4, 8)], "aaaaaaa", 8),
        ([begun(A, -5, 7), begun(B, -4, 8)], "aaaaaaa", 7),
        ([begun(A, 1)], A, "no run of aaaaaaaaaaaa waited"),
        ([], A, "no run of aaaaaaaaaaaa waited"),
        ([begun(A, -5), begun("a" * 7 + "c" * 33, -4, 2)], "aaaaaaa", "names several commits"),
        ([begun(A, -5, 7), begun("a" * 7 + "c" * 33, 1, 8)], "aaaaaaa", 7),
    ],
)
def test_only_a_run_that_waited_then_is_let_run(runs: list[Begun], given: str, expected: int | str) -> None:
    found = waiting_run(runs, given, NOON)
    if isinstance(expected, int):
        assert isinstance(found, Begun)
        assert found.run == expected
    else:
        assert isinstance(found, Unbound)
        assert expected in found.why


def test_a_reason_can_begin_a_sentence() -> None:
    assert Unbound("there is no model x", "Name another.").opening == "There is no model x"
    assert Unbound("", "").opening == ""
