"""Dates and times as people write them: where they end, in UTC."""

import datetime

import pytest

from merganser.config.dates import end_of

NOON = datetime.datetime(2026, 12, 31, 12, tzinfo=datetime.UTC)
MIDNIGHT = datetime.datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-31", MIDNIGHT),
        ("2026-W53-4", MIDNIGHT),
        ("2026-12-31T12:00:00Z", NOON),
        ("2026-12-31 13:00+01:00", NOON),
        ("2026-12-31T12:00:00,5+00:00", NOON.replace(microsecond=500_000)),
        ("2026-12-31T12:00", None),
        ("9999-12-31T23:59-12:00", None),
        ("0001-01-01T00:00+12:00", None),
        ("soon", None),
    ],
)
def test_an_end_is_a_day_or_a_time_with_offset(text: str, expected: datetime.datetime | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match=r".+"):
            end_of(text)
    else:
        found = end_of(text)
        assert (found, found.tzinfo) == (expected, datetime.UTC)
