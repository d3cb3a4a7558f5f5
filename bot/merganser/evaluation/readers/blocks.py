"""Text files in blocks of whole lines, so that a file of any size, or one endless line, takes bounded memory."""

import codecs
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merganser.errors import DataError

MAX_BLOCK = 8 << 20
MAX_COLUMNS = 50_000
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"BZh", b"\xfd7zXZ")
_ENDS = b"\r\n"


def blocks(path: Path, name: str, cut: Callable[[bytes], int]) -> Iterator[bytes]:
    """The file's text in pieces of up to 8 MB, each of whole lines and ended by one, without empty lines at its end.

    `cut` says where the last whole line of some bytes ends (0: nowhere). `DataError`: compressed, not UTF-8, zero
    bytes, or a line that is longer than a block.
    """
    with path.open("rb") as file:
        rest = file.read(MAX_BLOCK)
        if rest.startswith(_COMPRESSED):
            raise DataError(f"{name}: compressed", "Unpack it first, or use parquet, which is small by itself.")
        rest = rest.removeprefix(codecs.BOM_UTF8)
        more = rest
        while more:
            if filled := len(rest[: cut(rest)].rstrip(_ENDS)):  # empty lines after these may be the end of the file
                end = rest.index(b"\n", filled) + 1
                yield _text(rest[:end], name)
                rest = rest[end:]
            more = file.read(MAX_BLOCK - len(rest))
            if not more and len(rest) == MAX_BLOCK:
                what = f"{name}: a line of over {MAX_BLOCK >> 20} MB, or as many empty lines"
                raise DataError(what, "Is a quote or a line end missing?")
            rest += more
        if rest := rest.rstrip(_ENDS):
            yield _text(rest + b"\n", name)


def last_line(data: bytes) -> int:
    """Where the last whole line ends."""
    return data.rfind(b"\n") + 1


def last_record(data: bytes) -> int:
    """Where the last whole line ends that doesn't end within quotes."""
    if b'"' not in data:
        return last_line(data)
    marks = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero((marks == ord("\n")) & _outside(marks))
    return int(ends[-1]) + 1 if len(ends) else 0


def unquoted(data: bytes) -> bytes:
    """What stands outside of quotes, with the quotes that close."""
    if b'"' not in data:
        return data
    marks = np.frombuffer(data, dtype=np.uint8)
    return marks[_outside(marks)].tobytes()


def _outside(marks: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which bytes have an even number of quotes up to and with themselves: in UTF-8 nothing else looks like a quote."""
    inside = np.cumsum(marks == ord('"'), dtype=np.uint8) & 1
    outside: NDArray[np.bool_] = inside == 0
    return outside


def _text(data: bytes, name: str) -> bytes:
    try:
        data.decode()
    except UnicodeDecodeError:
        raise DataError(f"{name} is not text in UTF-8", "Write it again in UTF-8.") from None
    if b"\0" in data:
        raise DataError(f"{name} holds zero bytes", "Write it again, as text in UTF-8.")
    return data
