"""What a parquet file says of itself, checked before Polars believes it: it trusts depths and sizes that it shouldn't.

The format: github.com/apache/parquet-format, `parquet.thrift`.
"""

import os
import struct
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from merganser.evaluation.readers import parquet_format as form
from merganser.evaluation.readers.arrow_schema import check_arrow_schema
from merganser.evaluation.readers.thrift import MAX_DEPTH, Compact

MAX_FOOTER = 16 << 20
MAX_PAGE = 128 << 20
MAX_OVERHEAD = 64 << 10
MAX_VALUE = 1_024
_MAGIC = b"PAR1"
_UNCOMPRESSED = 0
_HEADERS = (512, 64 << 10)  # how much of a page's beginning is looked at, at first and at most


class Chunk(NamedTuple):
    """The pages of a column in one group of rows: from byte `start`, so many bytes long."""

    column: str
    compressed: bool
    start: int
    size: int


class Footer(NamedTuple):
    rows: int
    chunks: tuple[Chunk, ...]


def read_footer(path: Path) -> Footer:
    """Rows and chunks of a parquet file. `ValueError` and the like: not such a file, or one that nobody should open."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        tail = file.read(8)
        length = struct.unpack("<I", tail[:4])[0] if len(tail) == 8 else 0
        if tail[4:] != _MAGIC or length + 12 > size:
            raise ValueError("it doesn't end as a parquet file does")
        if length > MAX_FOOTER:
            raise ValueError("it says too much of itself: write fewer, larger groups of rows")
        file.seek(size - 8 - length)
        said = Compact(file.read(length)).struct(form.FOOTER)
    _check_nesting(said[form.SCHEMA])
    for entry in said.get(form.METADATA, []):
        if entry.get(form.KEY) == b"ARROW:schema":
            check_arrow_schema(entry.get(form.VALUE, b""))
    groups = said[form.GROUPS]
    if sum(group[form.GROUP_ROWS] for group in groups) != said[form.ROWS]:
        raise ValueError("its groups have another number of rows than it says")
    return Footer(said[form.ROWS], tuple(chunk for group in groups for chunk in _chunks(group, size)))


def check_pages(path: Path, footer: Footer, columns: Collection[str]) -> None:
    """`ValueError` for pages of these columns that claim to unpack to too much: memory is taken at their word."""
    with path.open("rb") as file:
        for chunk in footer.chunks:
            if chunk.compressed and chunk.column in columns:
                _check_chunk(file.fileno(), chunk)


def _check_nesting(schema: list[dict[int, Any]]) -> None:
    """The elements of a schema stand in order, each group before its children: depth without going down."""
    open_groups: list[int] = []
    for element in schema:
        open_groups.append(element.get(form.CHILDREN, 0))
        if len(open_groups) > MAX_DEPTH:
            raise ValueError("its columns are nested too deeply")
        while open_groups and open_groups[-1] <= 0:
            open_groups.pop()
            if open_groups:
                open_groups[-1] -= 1


def _chunks(group: dict[int, Any], size: int) -> Iterator[Chunk]:
    for column in group[form.COLUMNS]:
        said = column[form.COLUMN]
        start = said.get(form.DICTIONARY_PAGE, said[form.DATA_PAGE])
        path = said[form.PATH]
        if start < 0 or said[form.PACKED] < 0 or start + said[form.PACKED] > size:
            raise ValueError("a column lies outside of the file")
        if len(path) == 1 and said[form.VALUES] != group[form.GROUP_ROWS]:
            raise ValueError("a column has another number of values than its group has rows")
        yield Chunk(path[0].decode(), said[form.CODEC] != _UNCOMPRESSED, start, said[form.PACKED])


def _check_chunk(file: int, chunk: Chunk) -> None:
    at, end = chunk.start, chunk.start + chunk.size
    while at < end:
        said, length = _page(file, at)
        values = max((said[kind][form.PAGE_VALUES] for kind in form.PAGE_KINDS if kind in said), default=0)
        if (
            not 0 <= said[form.PAGE_SIZE] <= min(MAX_PAGE, MAX_OVERHEAD + values * MAX_VALUE)
            or said[form.PAGE_PACKED] < 0
        ):
            raise ValueError(f"column {chunk.column!r} has a page of too many bytes for its values, or of over 128 MB")
        at += length + said[form.PAGE_PACKED]


def _page(file: int, at: int) -> tuple[dict[int, Any], int]:
    """What a page says of itself, and in how many bytes."""
    for much in _HEADERS:
        reader = Compact(os.pread(file, much, at))
        try:
            return reader.struct(form.PAGE), reader.at
        except IndexError:
            continue
    raise ValueError("the header of a page has no end")
