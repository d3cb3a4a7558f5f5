"""`profile.json` (`merganser.profile/1`): what is kept of a table of features, so that later ones can be compared.

No row and no rare value stands in it. A count of rows is 0 or at least `FEWEST` wherever it belongs to a value or to a
range of values; what `summary` does for numbers and categories to keep that is written there.
"""

from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from merganser.documents import dump_json, load_json
from merganser.errors import DataError

PROFILE_SCHEMA: Literal["merganser.profile/1"] = "merganser.profile/1"
FEWEST = 10
MAX_COLUMNS = 2_000
MAX_BINS = 1_000
MAX_CATEGORIES = 10_000
MAX_NAME = 1_000
MAX_BYTES = 256 << 20

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME)]


class NumberColumn(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="number", omit_defaults=True):
    """Numbers over `n` rows, of which `missing` have none. Dates and times are seconds (since 1970, UTC).

    `edges` part the values into at most 1,000 ranges of about equally many rows; `counts` are the rows between them
    (one more than there are edges), `ties` the rows that lie on each edge, empty where none does. `min` and `max` are
    means of the lowest and highest rows. Under ten values there is nothing but their number.
    """

    n: Count
    missing: Count
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    sd: float | None = None
    edges: Annotated[tuple[float, ...], msgspec.Meta(max_length=MAX_BINS)] = ()
    counts: Annotated[tuple[Count, ...], msgspec.Meta(min_length=1, max_length=MAX_BINS + 1)]
    ties: Annotated[tuple[Count, ...], msgspec.Meta(max_length=MAX_BINS)] = ()


class CategoryColumn(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="category"):
    """Categories over `n` rows: shares of those that are not missing, everything rarer than ten rows in `other`."""

    n: Count
    missing: Count
    shares: Annotated[dict[Name, Share], msgspec.Meta(max_length=MAX_CATEGORIES)]
    other: Share


class TextColumn(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="text"):
    """More different values than are categories: names or free text, which nothing is said of."""

    n: Count
    missing: Count


class EmptyColumn(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="empty"):
    """All of its `n` rows are missing, so that nobody knows what it holds."""

    n: Count


ProfileColumn = NumberColumn | CategoryColumn | TextColumn | EmptyColumn


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table's columns by name, in the table's order."""

    schema: Literal["merganser.profile/1"] = PROFILE_SCHEMA
    columns: Annotated[dict[Name, ProfileColumn], msgspec.Meta(max_length=MAX_COLUMNS)]


def dump_profile(profile: Profile) -> bytes:
    """A profile as strict, canonical JSON; `columns` are sorted by name there."""
    return dump_json(profile)


def load_profile(data: bytes, where: str) -> Profile:
    """A profile from JSON of any origin; `DataError` where it is too large or isn't one."""
    if len(data) > MAX_BYTES:
        raise DataError(f"{where}: larger than {MAX_BYTES >> 20} MiB", "Name fewer columns in features.columns.")
    profile = load_json(data, where, Profile)
    for name, column in profile.columns.items():
        if wrong := _wrong(column):
            raise DataError(f"{where}: column {name[:80]!a}: {wrong}", "Write the profile anew: merganser train.")
    return profile


def _wrong(column: ProfileColumn) -> str:
    """What contradicts itself in a column, as a clause."""
    if isinstance(column, EmptyColumn):
        return ""
    if column.missing > column.n:
        return "more rows are missing than there are"
    if isinstance(column, NumberColumn):
        return _wrong_numbers(column)
    if isinstance(column, CategoryColumn) and not abs(sum(column.shares.values()) + column.other - 1) < 1e-6:
        return "the shares don't add up to 1"
    return ""


def _wrong_numbers(column: NumberColumn) -> str:
    edges = column.edges
    if any(not low < high for low, high in pairwise(edges)):
        return "the edges don't rise"
    if len(column.counts) != len(edges) + 1 or len(column.ties) not in (0, len(edges)):
        return f"{len(edges)} edges have {len(column.counts)} counts and {len(column.ties)} ties"
    if sum(column.counts) + sum(column.ties) != column.n - column.missing:
        return "the counts don't add up to the rows that aren't missing"
    return ""
