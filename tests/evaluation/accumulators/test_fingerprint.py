"""The digest of labels: the same in any order and partition, another for every other value."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merganser.evaluation.accumulators.fingerprint import Fingerprint
from tests.evaluation.batches import batch_of, layout, with_fingerprint
from tests.evaluation.oracles import MASK, scrambled, text_hash

HASHES = st.lists(st.integers(0, MASK), max_size=30)
SECOND = 0xA0761D6478BD642F
FIXED = "sha256:5d058036d9bc98866e5683607f179e537f3b7bcc527f545393f8904605e377d4"


def digest_of(parts: list[list[int]], columns: tuple[str, ...] = ("label",), *, backwards: bool = False) -> str:
    total = Fingerprint(columns)
    for part in reversed(parts) if backwards else parts:
        one = Fingerprint(columns)
        one.add(np.array(part, dtype=np.uint64))
        total.merge(one)
    return total.digest()


def by_hand(rows: list[int], columns: str = '["label"]') -> str:
    """From sums of Python's own numbers."""
    first, second = sum(rows) & MASK, sum(scrambled(row ^ SECOND) for row in rows) & MASK
    text = f"[{columns}, {len(rows)}, [{first}, {second}]]"
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@given(HASHES, st.integers(0, 30), st.booleans())
@settings(max_examples=60)
def test_order_and_partition_do_not_show(rows: list[int], cut: int, backwards: bool) -> None:
    shuffled = sorted(rows, key=lambda row: scrambled(row ^ cut))
    assert digest_of([rows[:cut], rows[cut:]], backwards=backwards) == digest_of([shuffled]) == by_hand(rows)


@given(HASHES, st.integers(0, 29), st.integers(1, MASK))
@settings(max_examples=60)
def test_one_other_row_is_another_digest(rows: list[int], at: int, change: int) -> None:
    if rows:
        other = [*rows]
        other[at % len(rows)] ^= change
        assert digest_of([other]) != digest_of([rows])
    assert digest_of([[*rows, change]]) != digest_of([rows])


def test_two_rows_that_swap_their_difference_do_not_cancel() -> None:
    """The sum of hashes alone would be the same."""
    assert digest_of([[10, 20]]) != digest_of([[11, 19]])


def test_the_columns_belong_to_it() -> None:
    names = {digest_of([[1, 2]], columns) for columns in ((), ("label",), ("label", "w"), ("labe",))}
    assert len(names) == 4


@pytest.mark.parametrize("ids", [[1, 2], ["1", "2"], [1.0, 2.0]])
def test_a_digest_never_changes(ids: list[object]) -> None:
    """That of two rows with a label and a slice, computed by hand from SplitMix64 over keys and texts."""
    of = with_fingerprint(layout(score="p"), "label", "land")
    batch = batch_of(of, {"id": ids, "label": [1, 0], "p": [0.1, 0.2], "land": ["de", None]})
    rows = [
        scrambled(scrambled(scrambled(1) ^ scrambled(1)) ^ text_hash("de")),
        scrambled(scrambled(scrambled(2) ^ scrambled(0)) ^ text_hash("(missing)")),
    ]
    found = Fingerprint(("label", "land"))
    assert batch.identities is not None
    found.add(batch.identities)
    assert found.rows == 2
    assert found.digest() == by_hand(rows, '["label", "land"]') == FIXED
