"""Keys: one spelling whatever type a file kept them in, and hashes that neither a library nor a machine changes."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.evaluation.keys import as_text, canonical, equal, hashes, increasing, mixed
from merganser.evaluation.spelling import spelled
from tests.evaluation.oracles import GOLDEN, MASK, scrambled, text_hash

LARGEST = 2**63 - 1


def one_hash(value: Any, kind: Any = None) -> int:
    return int(hashes(canonical(pl.Series([value], dtype=kind)))[0])


INTEGERS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.Int128)


@pytest.mark.parametrize("kind", [*INTEGERS, pl.Float32, pl.Float64, pl.Decimal(10, 2), pl.String, pl.Categorical])
def test_whole_numbers_are_one_key_in_every_type(kind: Any) -> None:
    values = pl.Series(["7", "0", "100"]) if kind in (pl.String, pl.Categorical) else pl.Series([7, 0, 100])
    found = canonical(values.cast(kind))
    assert (found.dtype, found.to_list()) == (pl.Int64, [7, 0, 100])
    assert canonical(values.cast(kind).set(pl.Series([False, True, False]), None)).to_list() == [7, None, 100]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, LARGEST], pl.UInt64, [1, LARGEST]),
        ([1, LARGEST + 1], pl.UInt64, ["1", "9223372036854775808"]),
        ([1, -(2**80)], pl.Int128, ["1", "-1208925819614629174706176"]),
        (["-9223372036854775808", "9223372036854775807"], pl.String, [-LARGEST - 1, LARGEST]),
        (["1", "9223372036854775808"], pl.String, ["1", "9223372036854775808"]),
        (["1.0", "-2.000", "30"], pl.String, [1, -2, 30]),
        (["1.0", "007"], pl.String, ["1", "007"]),
        (["1", "01.0"], pl.String, ["1", "01"]),
        (["+5"], pl.String, ["+5"]),
        (["-0"], pl.String, ["-0"]),
        ([" 5"], pl.String, [" 5"]),
        (["1e5", "1.5", "1.", "1.0.0"], pl.String, ["1e5", "1.5", "1.", "1.0.0"]),
        (["", "żółć", "a\0"], pl.String, ["", "żółć", "a\0"]),
        (["True", "False", "true"], pl.String, ["true", "false", "true"]),
        ([True, False, None], pl.Boolean, ["true", "false", None]),
        ([1.0, float("nan"), None], pl.Float64, [1, None, None]),
        ([0.5, 2.0, float("nan")], pl.Float64, ["0.5", "2", None]),
        ([-0.0, -3.0], pl.Float64, [0, -3]),
        ([2.0**53, -(2.0**53)], pl.Float64, [2**53, -(2**53)]),
        ([2.0**53 + 2], pl.Float64, [2**53 + 2]),
        ([1e300, 1.0], pl.Float64, ["1e+300", "1"]),
        ([None, None], pl.Null, [None, None]),
        ([], pl.Float64, []),
        ([], pl.String, []),
    ],
)
def test_canonical(values: list[Any], kind: Any, expected: list[Any]) -> None:
    found = canonical(pl.Series(values, dtype=kind))
    assert found.to_list() == expected
    assert found.dtype == (pl.String if any(isinstance(value, str) for value in expected) else pl.Int64)


NUMBERLIKE = st.from_regex(r"\A-?[0-9]{1,3}(\.0{0,3})?\n?\Z")


@given(st.text(max_size=12) | NUMBERLIKE | st.sampled_from(["True", "False"]))
def test_one_text_is_spelled_as_a_column_of_it(text: str) -> None:
    assert as_text(pl.Series([text])).to_list() == [spelled(text)]
    assert spelled(spelled(text)) == spelled(text)


def test_equal_is_row_by_row_and_knows_both_types() -> None:
    numbers, texts = pl.Series("a", [1, 2]), pl.Series("b", ["1", "2"])
    assert equal(numbers, texts)
    assert equal(texts, numbers.alias("c"))
    assert not equal(numbers, pl.Series([2, 1]))
    assert not equal(texts, pl.Series(["1", "x"]))
    assert not equal(numbers, pl.Series([1, 2, 3]))


@pytest.mark.parametrize(
    ("keys", "proven"),
    [
        ([1, 2, 5], True), ([1, 2, 2], False), ([2, 1], False), ([-1, 0], True), ([4], True),
        (["10", "9", "a"], True), (["9", "10"], False), (["a", "a"], False), (["a"], True),
    ],
)  # fmt: skip
def test_increasing_keys_are_not_repeated(keys: list[Any], proven: bool) -> None:
    assert increasing(pl.Series(keys)) is proven


def test_the_scrambling_is_splitmix64() -> None:
    """The first outputs of the published generator seeded with 1234567, and with 0 (Vigna's splitmix64.c)."""
    seeds = np.array([1234567 + step * GOLDEN & MASK for step in range(5)], dtype=np.uint64)
    assert mixed(seeds).tolist() == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ]  # fmt: skip
    zero = np.array([0, GOLDEN, 2 * GOLDEN & MASK], dtype=np.uint64)
    assert mixed(zero).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("", 12085254679833835651),
        ("a", 11061154010284158617),
        ("user-0042", 16669481851373182620),
        ("0123456789abcdef0", 10417516555009903751),
        ("żółć", 7343176527093636790),
        ("1e5", 14188168973930857598),
    ],
)
def test_hashes_of_texts_never_change(text: str, fixed: int) -> None:
    """The numbers were computed by the slow definition above, not by the code."""
    assert text_hash(text) == one_hash(text) == fixed


@pytest.mark.parametrize("number", [0, 1, 42, -1, LARGEST, -LARGEST - 1])
def test_a_whole_number_has_one_hash_however_it_is_kept(number: int) -> None:
    expected = scrambled(number & MASK)
    assert one_hash(number) == one_hash(str(number)) == one_hash(f"{number}.0") == expected
    among_texts = hashes(canonical(pl.Series([str(number), "x", f"{number}.00"])))
    assert among_texts.tolist() == [expected, text_hash("x"), expected]
    if abs(number) <= 2**53:
        assert one_hash(float(number)) == expected


@given(st.lists(st.text(max_size=40) | st.integers(-(2**70), 2**70).map(str), min_size=1, max_size=20))
def test_hashes_are_those_of_the_slow_definition(texts: list[str]) -> None:
    spellings = [spelled(text) for text in texts]
    expected = [
        scrambled(int(text) & MASK) if text in map(str, _whole(text)) else text_hash(text) for text in spellings
    ]
    assert hashes(canonical(pl.Series(texts))).tolist() == expected


def _whole(text: str) -> list[int]:
    """The number that a text of ASCII digits is, where 64 bits hold it."""
    digits = text.removeprefix("-")
    return [int(text)] if digits.isascii() and digits.isdigit() and -LARGEST - 1 <= int(text) <= LARGEST else []


def test_texts_that_differ_in_length_or_in_a_late_byte_have_other_hashes() -> None:
    texts = ["a", "a\0", "a\0\0", "abcdefgh", "abcdefgh\0", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmnoq", ""]
    found = hashes(pl.Series(texts))
    assert len(set(found.tolist())) == len(texts)
    assert found.tolist() == [text_hash(text) for text in texts]


def test_missing_keys_do_not_move_the_hashes_of_others() -> None:
    found = hashes(pl.Series(["a", None, "12345678901"], dtype=pl.String))
    assert [int(found[0]), int(found[2])] == [text_hash("a"), scrambled(12345678901)]
