"""Thrift's compact protocol, which parquet's metadata is written in: read strictly, in bounded depth and memory.

The protocol: github.com/apache/thrift, `doc/specs/thrift-compact-protocol.md`.
"""

from collections.abc import Mapping
from typing import Any

# What a value is: a whole number (`int`), a byte, text (`bytes`), a truth value, a double, a struct, or a list of one
# of these. Of a struct the fields by number; those with a negative number are known as well, but not kept.
Described = Any
Struct = Mapping[int, Described]
BYTE = "byte"

MAX_DEPTH = 64
MAX_PARTS = 1_000_000
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_WHOLE = (4, 5, 6)


class Compact:
    """A place in some bytes, from where values are read. `ValueError` and `IndexError`: not what they should be.

    A known field of another type than described is refused, never passed over: other readers go by the description
    alone, and would find something else in the bytes that follow.
    """

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at, self.left = data, at, MAX_PARTS

    def struct(self, fields: Struct, depth: int = 0) -> dict[int, Any]:
        """The fields of the next struct that are to be kept."""
        self._part(depth)
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._whole()
            if number in fields:
                found[number] = self._value(kind, fields[number], depth)
            elif -number in fields:
                self._value(kind, fields[-number], depth)
            else:
                self._skip(kind, depth)
        return found

    def _value(self, kind: int, described: Described, depth: int) -> Any:
        if described is int and kind in _WHOLE:
            return self._whole()
        if described is bytes and kind == _BINARY:
            return self._bytes()
        if isinstance(described, Mapping) and kind == _STRUCT:
            return self.struct(described, depth + 1)
        if isinstance(described, list) and kind == _LIST:
            return self._values(described[0], depth)
        if (described, kind) not in ((bool, _TRUE), (bool, _FALSE), (BYTE, _BYTE), (float, _DOUBLE)):
            raise ValueError("its metadata has a field of another type")
        return self._skip(kind, depth)

    def _values(self, described: Described, depth: int) -> list[Any]:
        size, kind = self._list()
        found = []
        for _ in range(size):
            self._part(depth)
            found.append(self._value(kind, described, depth))
        return found

    def _skip(self, kind: int, depth: int) -> None:
        if kind in _WHOLE:
            self._whole()
        elif kind == _BINARY:
            self._bytes()
        elif kind == _STRUCT:
            self.struct({}, depth + 1)
        elif kind in (_LIST, _SET):
            size, each = self._list()
            self._skip_each(size, (each,), depth)
        elif kind == _MAP:
            size = self._varint()
            kinds = self._byte() if size else 0
            self._skip_each(size, (kinds >> 4, kinds & 15), depth)
        elif kind in (_BYTE, _DOUBLE):
            self.at += 1 if kind == _BYTE else 8
        elif kind not in (_TRUE, _FALSE):
            raise ValueError("its metadata has a field of an unknown type")

    def _skip_each(self, size: int, kinds: tuple[int, ...], depth: int) -> None:
        for _ in range(size):
            self._part(depth)
            for kind in kinds:
                self._skip(_BYTE if kind in (_TRUE, _FALSE) else kind, depth + 1)  # alone, a truth value takes a byte

    def _part(self, depth: int) -> None:
        self.left -= 1
        if depth > MAX_DEPTH or self.left < 0:
            raise ValueError("its metadata is nested too deeply or has too many parts")

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
