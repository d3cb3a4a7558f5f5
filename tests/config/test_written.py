"""Numbers and names as people write them, for every key of what judges a model: meant, or refused and shown."""

import msgspec
import pytest

from merganser.config.file import load_config
from tests.config.samples import FULL, UNSEALED, changed, refused

# Every key that takes a number, as it stands in FULL.
NUMBERS = [
    "margin: .01", "max: 5e-2", "min_ratio: 0.8", "max: 50", "rise: 10%", "rise: 0.5", "psi: 0.1", "18",
]  # fmt: skip
SHOWN = {"'0.5'": '"0.5" in quotes', "'5'": '"5" in quotes'}
WHOLE = ["max_attempts: 50", "bins: 15", "min_support: 500", "min_support: 50,"]


@pytest.mark.parametrize("old", NUMBERS)
@pytest.mark.parametrize("written", ["012", "1:30", "no", "0x1", "1_0", "'0.5'", ".nan", ".inf", "1e999", "-"])
def test_what_is_no_number_is_refused_and_shown(old: str, written: str) -> None:
    key, colon, _ = old.rpartition(": ")
    said = refused(changed(FULL, old, f"{key}{colon}{written}")).message
    assert said.endswith(f"number, found {SHOWN.get(written, written)}")


@pytest.mark.parametrize("old", WHOLE)
@pytest.mark.parametrize("written", ["012", "1:30", "no", ".5", "1e-3", "1e3", "5%", "'5'"])
def test_what_is_no_whole_number_is_refused_and_shown(old: str, written: str) -> None:
    key, end = old.partition(": ")[0], "," if old.endswith(",") else ""
    said = refused(changed(FULL, old, f"{key}: {written}{end}")).message
    assert said.endswith(f"expected a whole number, found {SHOWN.get(written, written)}")


@pytest.mark.parametrize("old", [number for number in NUMBERS if number != "18"])
@pytest.mark.parametrize(("written", "meant"), [(".5", 0.5), ("1e-3", 0.001), ("+1.", 1.0)])
def test_numbers_as_people_write_them(old: str, written: str, meant: float) -> None:
    text = changed(FULL, old, f"{old.partition(': ')[0]}: {written}")
    assert meant in leaves(msgspec.to_builtins(load_config(text.encode(), "x")))


def leaves(value: object) -> list[object]:
    """All values below mappings and lists."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, list | tuple) else [value]


# Every key that takes the name of a column, a metric or a file, as it stands in FULL or UNSEALED.
SEALED_TEXTS = [
    "key: row", "label: churned", "cluster: user", "weight: importance", "column: ms", "by: sex", "metric: recall",
    "by: age", "file: latency.csv", "file: data/train.parquet",
]  # fmt: skip
UNSEALED_TEXTS = ["query: q", "label: grade", "cluster: user", "weight: w", "score: s"]
TEXTS = [(FULL, text) for text in SEALED_TEXTS] + [(UNSEALED, text) for text in UNSEALED_TEXTS]


@pytest.mark.parametrize(("full", "old"), TEXTS)
@pytest.mark.parametrize("written", ["012", "12", ".5", "1e-3", "true", "null", "~", ""])
def test_a_bare_number_or_truth_value_is_no_name(full: str, old: str, written: str) -> None:
    said = refused(changed(full, old, f"{old.partition(': ')[0]}: {written}")).message
    assert said.endswith(f"expected text, found {written or 'nothing'}")


@pytest.mark.parametrize(("full", "old"), TEXTS)
@pytest.mark.parametrize("written", ["no", "1:30", "'012'", '".5"'])
def test_other_words_are_names_as_written(full: str, old: str, written: str) -> None:
    text = changed(full, old, f"{old.partition(': ')[0]}: {written}")
    assert written.strip("'\"") in leaves(msgspec.to_builtins(load_config(text.encode(), "x")))


@pytest.mark.parametrize("old", ["plan]\n", "usage]", "plan], metrics", "auc], margin"])
def test_items_of_lists_are_read_like_other_names(old: str) -> None:
    name, rest = old[: old.index("]")], old[old.index("]") :]
    assert refused(changed(FULL, old, f"012{rest}")).message.endswith("expected text, found 012")
    read = load_config(changed(FULL, f"{name}{rest}", f"no{rest}").encode(), "x")
    assert "no" in leaves(msgspec.to_builtins(read))
