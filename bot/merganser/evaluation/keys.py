"""Keys of rows: one spelling whatever type a file kept them in, and hashes that never change. Pure.

`1`, `1.0` and `"1"` are one key. A hash depends on the spelling alone, not on a library's version or a machine, since
seeds, buckets and the digest of labels come from it.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from merganser.evaluation.spelling import TRUTH, WHOLE

Hashes = NDArray[np.uint64]
WITHIN_INT64 = (pl.Int64, pl.Int32, pl.Int16, pl.Int8, pl.UInt32, pl.UInt16, pl.UInt8)

_BLOCK = 8
_EXACT = 2**53
_ODD = np.uint64(0x9E3779B97F4A7C15)
_TEXT = np.uint64(0xD6E8FEB86659FD93)


def as_text(values: pl.Series) -> pl.Series:
    """Values as text that is the same whatever type a file kept them in: `1`, `1.0` and `"1"` are all `1`."""
    text = values.cast(pl.String)
    if values.dtype.is_integer():
        return text
    if values.dtype.is_float():
        text = text.set(values.is_nan(), None)
    return text.str.replace(WHOLE + "$", "$1").replace(TRUTH)


def canonical(values: pl.Series) -> pl.Series:
    """Keys as Int64 where all of them are whole numbers spelled the usual way, else as text; nulls stay null."""
    if values.dtype in WITHIN_INT64:
        return values.cast(pl.Int64)
    if values.dtype.is_float():
        whole = values.cast(pl.Int64, strict=False)
        exact = (values.abs() <= _EXACT) & (whole.cast(values.dtype) == values)
        if bool(exact.all()):
            return whole
    text = as_text(values)
    numbers = text.cast(pl.Int64, strict=False)
    same = numbers.null_count() == text.null_count() and numbers.cast(pl.String).equals(text, null_equal=True)
    return numbers if same else text


def equal(left: pl.Series, right: pl.Series) -> bool:
    """Whether two columns of canonical keys are the same, row by row."""
    if left.dtype != right.dtype:
        left, right = left.cast(pl.String), right.cast(pl.String)
    return left.equals(right, check_names=False)


def increasing(keys: pl.Series) -> bool:
    """Whether each canonical key is greater than the one before it, which proves that none is repeated."""
    if keys.dtype == pl.Int64:
        values = keys.to_numpy()
        return bool((values[1:] > values[:-1]).all())
    return bool((keys > keys.shift(1)).all())


def hashes(keys: pl.Series) -> Hashes:
    """64 bits of each canonical key (SplitMix64 over the number, or over the UTF-8 text in blocks of 8 bytes)."""
    if keys.dtype == pl.Int64:
        return mixed(keys.to_numpy().view(np.uint64))
    numbers = keys.cast(pl.Int64, strict=False)
    whole = (numbers.cast(pl.String) == keys).fill_null(False).to_numpy()
    found = _text_hashes(keys)
    if whole.any():
        found = np.where(whole, mixed(numbers.fill_null(0).to_numpy().view(np.uint64)), found)
    return found


def mixed(values: Hashes) -> Hashes:
    """A one-to-one scrambling of 64 bits: the finaliser of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA)."""
    out = values + _ODD
    out ^= out >> np.uint64(30)
    out *= np.uint64(0xBF58476D1CE4E5B9)
    out ^= out >> np.uint64(27)
    out *= np.uint64(0x94D049BB133111EB)
    out ^= out >> np.uint64(31)
    return out


def _text_hashes(texts: pl.Series) -> Hashes:
    """Each text's blocks, mixed one after the other; the length tells texts that end in zero bytes apart."""
    sizes = texts.str.len_bytes().fill_null(0)
    longest = int(sizes.max() or 0)  # type: ignore[arg-type]
    found = mixed(sizes.cast(pl.UInt64).to_numpy() ^ _TEXT)
    padded = (texts.fill_null("") + "\0" * _BLOCK).cast(pl.Binary)
    for start in range(0, longest, _BLOCK):
        inside = (sizes > start).to_numpy()
        block = padded.filter(pl.Series(inside)).bin.slice(start, _BLOCK)
        found[inside] = mixed(found[inside] ^ block.bin.reinterpret(dtype=pl.UInt64, endianness="little").to_numpy())
    return found
