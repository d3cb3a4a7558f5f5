"""Dates and times as configuration files spell them. What ends with one is said where it is used; no clock here."""

import datetime


def end_of(text: str) -> datetime.datetime:
    """The last moment of an ISO 8601 date (a day in UTC) or of a time with offset, in UTC; else a `ValueError`."""
    if len(text) == len("2026-12-31"):
        return datetime.datetime.combine(datetime.date.fromisoformat(text), datetime.time.max, datetime.UTC)
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    try:
        return moment.astimezone(datetime.UTC)
    except OverflowError as beyond:
        raise ValueError(f"{text} is on no day of the calendar in UTC") from beyond
