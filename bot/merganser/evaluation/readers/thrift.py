"""Thrift's compact protocol, which parquet's metadata is written in, read as far as asked, in bounded depth and memory.

The protocol: github.com/apache/thrift, `doc/specs/thrift-compact-protocol.md`.
"""

from collections.abc import Mapping
from typing import Any

# What is read of a struct, by field id: `int`, `bytes`, a struct, or a list of one of these.
Wanted = Mapping[int, "type[int] | type[bytes] | Wanted | list[type[int] | type[bytes] | Wanted]"]

MAX_DEPTH = 64
MAX_STRUCTS = 300_000
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_WHOLE = (4, 5, 6)


class Compact:
    """A place in some bytes, from where values are read. `ValueError` and `IndexError`: not what they should be."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at, self.left = data, at, MAX_STRUCTS

    def struct(self, wanted: Wanted, depth: int = 0) -> dict[int, Any]:
        """The wanted fields that the next struct has."""
        self.left -= 1
        if depth > MAX_DEPTH or self.left < 0:
            raise ValueError("its metadata is nested too deeply or has too many parts")
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._whole()
            if number in wanted:
                found[number] = self._value(kind, wanted[number], depth)
            else:
                self._skip(kind, depth)
        return found

    def _value(self, kind: int, wanted: Any, depth: int) -> Any:
        if wanted is int and kind in _WHOLE:
            return self._whole()
        if wanted is bytes and kind == _BINARY:
            return self._bytes()
        if isinstance(wanted, list) and kind == _LIST:
            size, each = self._list()
            return [self._value(each, wanted[0], depth) for _ in range(size)]
        if isinstance(wanted, Mapping) and kind == _STRUCT:
            return self.struct(wanted, depth + 1)
        raise ValueError("its metadata has a field of another type")

    def _skip(self, kind: int, depth: int) -> None:
        if kind in _WHOLE:
            self._varint()
        elif kind == _BINARY:
            self._bytes()
        elif kind == _STRUCT:
            self.struct({}, depth + 1)
        elif kind in (_LIST, _SET):
            self._skip_list(depth)
        elif kind == _MAP:
            self._skip_map(depth)
        elif kind in (_BYTE, _DOUBLE):
            self.at += 1 if kind == _BYTE else 8
        elif kind not in (_TRUE, _FALSE):
            raise ValueError("its metadata has a field of an unknown type")

    def _skip_list(self, depth: int) -> None:
        size, kind = self._list()
        self._skip_each(size, (kind,), depth)

    def _skip_map(self, depth: int) -> None:
        size = self._varint()
        kinds = self._byte() if size else 0
        self._skip_each(size, (kinds >> 4, kinds & 15), depth)

    def _skip_each(self, size: int, kinds: tuple[int, ...], depth: int) -> None:
        if depth > MAX_DEPTH or size > len(self.data):
            raise ValueError("its metadata is nested too deeply or has too many parts")
        for _ in range(size):
            for kind in kinds:
                self._skip(_BYTE if kind in (_TRUE, _FALSE) else kind, depth + 1)  # alone, a truth value takes a byte

    def _list(self) -> tuple[int, int]:
        head = self._byte()
        size = head >> 4
        return (self._varint() if size == 15 else size), head & 15

    def _bytes(self) -> bytes:
        size = self._varint()
        self.at += size
        if self.at > len(self.data):
            raise IndexError("its metadata ends too early")
        return self.data[self.at - size : self.at]

    def _whole(self) -> int:
        value = self._varint()
        return value >> 1 ^ -(value & 1)

    def _varint(self) -> int:
        data, at = self.data, self.at
        value, shift = data[at] & 127, 7
        while data[at] > 127:
            at += 1
            value |= (data[at] & 127) << shift
            shift += 7
            if shift > 70:
                raise ValueError("its metadata has an endless number")
        self.at = at + 1
        return value

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]
