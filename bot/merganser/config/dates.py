"""Dates and times as configuration files spell them. What ends with one is said where it is used; no clock here."""

import datetime


def end_of(text: str) -> datetime.datetime:
    """The last moment of an ISO 8601 date (a day in UTC) or of a time with offset; `ValueError` for any other text."""
    if len(text) == len("2026-12-31"):
        return datetime.datetime.combine(datetime.date.fromisoformat(text), datetime.time.max, datetime.UTC)
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return moment
