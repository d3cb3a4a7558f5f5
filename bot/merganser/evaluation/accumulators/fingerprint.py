"""What the labels are, in a digest that neither the order of rows nor the format of the file changes."""

import hashlib
import json
from typing import Self

import numpy as np

from merganser.evaluation.keys import Hashes, mixed

_MASK = 2**64 - 1
_SECOND = np.uint64(0xA0761D6478BD642F)


class Fingerprint:
    """Two sums of 64 bits over hashes of rows, each of a row's key and its labels, slices, cluster and weight as text.

    It tells label sets apart that differ by chance or by work. It is no proof against somebody who builds two sets
    with equal sums; sealed labels are pinned by the digest of their file for that.
    """

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self.rows = 0
        self._sums = (0, 0)

    def add(self, rows: Hashes) -> None:
        self._count(len(rows), (_sum(rows), _sum(mixed(rows ^ _SECOND))))

    def merge(self, other: Self) -> None:
        self._count(other.rows, other._sums)

    def digest(self) -> str:
        """`sha256:…` over the columns' names, the number of rows and the sums."""
        return "sha256:" + hashlib.sha256(json.dumps([self.columns, self.rows, self._sums]).encode()).hexdigest()

    def _count(self, rows: int, sums: tuple[int, int]) -> None:
        self.rows += rows
        self._sums = ((self._sums[0] + sums[0]) & _MASK, (self._sums[1] + sums[1]) & _MASK)


def _sum(values: Hashes) -> int:
    return int(values.sum(dtype=np.uint64))
