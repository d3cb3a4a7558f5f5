"""The hidden lines that end a check's summary: written, read back, and brought together."""

import datetime

import pytest

from merganser.evaluation.verdict import RunRef
from merganser.report.marks import Marks, parted, written

RUNS = (RunRef(id=8, attempt=2),)
NOON = datetime.datetime(2026, 12, 31, 12, tzinfo=datetime.UTC)
ENDED = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize("shown", ["Two lines\n\nof text.", "<!-- merganser:until:2026-12-24 -->", ""])
@pytest.mark.parametrize(
    "marks",
    [
        Marks(runs=()),
        Marks(runs=RUNS),
        Marks(runs=RUNS, until=NOON),
        Marks(runs=(), said=("0123456789ab",)),
        Marks(runs=RUNS, until=NOON.replace(microsecond=500_000), said=("0123456789ab", "0123456789ac-01234567")),
    ],
)
def test_what_is_seen_and_what_is_hidden_come_apart_again(shown: str, marks: Marks) -> None:
    found, read = parted(f"{shown}\n\n{written(marks)}\n")
    assert (found, read) == (shown, marks)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2026-12-31T12:00:00+00:00", NOON),
        ("2026-12-31 12:00+00:00", NOON),
        ("2026-W53-4T13:00+01:00", NOON),
        ("2026-12-31T12:00:00,0Z", NOON),
        ("2026-12-31", datetime.datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=datetime.UTC)),
        ("2026-W53-4", datetime.datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=datetime.UTC)),
        ("2026-12-32", ENDED),
        ("2026-12-31T12:00:00", ENDED),
        ("9999-12-31T23:59-12:00", ENDED),
    ],
)
def test_an_end_is_read_however_it_is_spelled_and_what_nobody_can_read_has_ended(
    until: str, expected: datetime.datetime
) -> None:
    summary = f"Text.\n<!-- merganser:until:{until} -->\n<!-- merganser:runs:8-2 -->"
    assert parted(summary) == ("Text.", Marks(runs=RUNS, until=expected))


def test_an_end_is_written_in_utc_whatever_its_offset() -> None:
    shifted = NOON.astimezone(datetime.timezone(datetime.timedelta(hours=-5)))
    assert written(Marks(runs=RUNS, until=shifted)) == (
        "<!-- merganser:until:2026-12-31T12:00:00+00:00 -->\n<!-- merganser:runs:8-2 -->"
    )


@pytest.mark.parametrize(
    "summary",
    [
        "",
        "No model is touched.",
        "<!-- merganser:until:2026-12-24 -->",
        "<!-- merganser:said:0123456789ab -->\n<!-- merganser:runs:0-1 -->",
    ],
)
def test_a_summary_of_somebody_elses_has_no_marks(summary: str) -> None:
    assert parted(summary) == (summary, Marks())


@pytest.mark.parametrize("word", ["0123456789AB", "0123456789ab-", "0123456789ab-0123456", "x -->", "0123456789ab,"])
def test_a_word_that_we_never_write_is_text(word: str) -> None:
    summary = f"Text.\n<!-- merganser:said:{word} -->"
    assert parted(f"{summary}\n<!-- merganser:runs:8-2 -->") == (summary, Marks(runs=RUNS))


def test_a_crowd_of_models_leaves_room_for_what_people_read() -> None:
    words = tuple(f"{number:012x}-01234567" for number in range(3000))
    hidden = written(Marks(runs=RUNS, said=words))
    assert len(hidden) < 25_000
    assert parted(hidden) == ("", Marks(runs=RUNS, said=words[:1000]))
