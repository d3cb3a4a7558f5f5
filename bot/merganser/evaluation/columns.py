"""A column of any type, by how its values are spelled: compared, as codes, as bins. What it means is `rows`'."""

import itertools

import numpy as np
import polars as pl
from numpy.typing import NDArray

from merganser.evaluation.batch import MAX_SLICES, Array
from merganser.evaluation.keys import WITHIN_INT64, as_text

MISSING = "(missing)"


def equals_any(values: pl.Series, texts: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether each value is spelled as one of some texts; nulls are not."""
    wanted = pl.Series(texts, dtype=pl.String)
    if values.dtype in WITHIN_INT64:
        numbers = wanted.cast(pl.Int64, strict=False)
        usual = numbers.filter(numbers.cast(pl.String) == wanted)
        return values.cast(pl.Int64).is_in(usual.implode()).fill_null(False).to_numpy()
    return as_text(values).is_in(wanted.implode()).fill_null(False).to_numpy()


def coded(values: pl.Series) -> tuple[Array, list[str]]:
    """Codes into the distinct texts of some values, and these texts; nulls are `(missing)`."""
    if values.dtype in WITHIN_INT64 and len(values) and not values.null_count():
        numbers = values.cast(pl.Int64).to_numpy()
        low, span = int(numbers.min()), int(numbers.max()) - int(numbers.min())
        if span < MAX_SLICES:  # the text of a few numbers, not of every row
            codes = numbers - low
            used = np.flatnonzero(np.bincount(codes))
            places = np.zeros(span + 1, dtype=np.int64)
            places[used] = np.arange(len(used))
            return places[codes], [str(low + at) for at in used.tolist()]
    text = (values if values.dtype == pl.String else as_text(values)).fill_null(MISSING)
    found = text.unique(maintain_order=True)
    codes = text.cast(pl.Enum(found)).to_physical().to_numpy()
    names = as_text(found).to_list()
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    if len(known) < len(names):  # "1" and "1.0" are one value
        codes = np.array([known[name] for name in names])[codes]
    return codes, list(known)


def binned(values: pl.Series, edges: tuple[float, ...]) -> pl.Series:
    """The bin of each number as text: `< 18`, `18 to 65`, `≥ 65`; null where there is no number."""
    shown = [f"{edge:g}" if float(f"{edge:g}") == edge else repr(edge) for edge in edges]
    labels = [f"< {shown[0]}", *(f"{a} to {b}" for a, b in itertools.pairwise(shown)), f"≥ {shown[-1]}"]
    numbers = values.cast(pl.Float64, strict=False).fill_nan(None)
    at = np.searchsorted(edges, numbers.fill_null(0.0).to_numpy(), side="right")
    return pl.Series(labels, dtype=pl.String).gather(at).set(numbers.is_null(), None)


def missing(values: pl.Series) -> pl.Series:
    """Which values are null, or no number."""
    return values.is_null() | values.is_nan() if values.dtype.is_float() else values.is_null()


def same(left: pl.Series, right: pl.Series) -> pl.Series:
    """Whether the values of two columns are spelled alike, row by row; two nulls are."""
    if left.dtype == right.dtype and (alike := left.eq_missing(right)).all():
        return alike
    return as_text(left).eq_missing(as_text(right))
