"""YAML is read to nodes with their lines; ambiguity, floods and tricks are refused quickly."""

import io
import resource
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from merganser.errors import ConfigError
from merganser.yaml_text import CONFIG_LIMIT, Listing, Mapping, Scalar, parse_yaml, plain_values


def values(text: str) -> object:
    return plain_values(parse_yaml(text.encode(), "x.yaml"), "x.yaml")


def test_nodes_know_their_line_and_their_quotes() -> None:
    root = parse_yaml(b"# top\na: 1\nb:\n  - 'x'\n", "x.yaml")
    assert isinstance(root, Mapping)
    (a, one), (b, listing) = root.items
    assert (a.text, a.line, b.line) == ("a", 2, 3)
    assert one == Scalar(2, "1", plain=True)
    assert isinstance(listing, Listing)
    assert listing.items == (Scalar(4, "x", plain=False),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "x.yaml: the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b"a: 1\nb: 2\na: 3\n", "x.yaml:3: the key 'a' stands twice (also in line 1)"),
        (b"a:\n  x: 1\n  'x': 2\n", "x.yaml:3: the key 'x' stands twice (also in line 2)"),
        (b"a: 1\n---\nb: 2\n", "x.yaml:2: a second document begins"),
        (b"a: !!python/object:os.system x\n", "x.yaml:1: the tag 'tag:yaml.org,2002:python/object:os.system'"),
        (b"a: !!str 1\n", "x.yaml:1: the tag"),
        (b"? [1, 2]\n: x\n", "x.yaml:1: a key that is no plain text"),
        (b"a: &a [*a]\n", "x.yaml:1: the alias *a names nothing finished before it"),
        (b"a: *nothing\n", "the alias *nothing"),
        (b"a: [1\nb: 2\n", "x.yaml:2: not YAML"),
        (b"a: 1\n\tb: 2\n", "x.yaml:2: not YAML"),
        (b"a: \x00\n", "x.yaml: not YAML"),
        (b"a: 1\nb: \xff\n", "x.yaml:2: not UTF-8 text"),
        (b"x" * (CONFIG_LIMIT + 1), f"x.yaml: {CONFIG_LIMIT + 1} bytes, over the limit"),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: bytes, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_yaml(text, "x.yaml")
    assert said in refused.value.message
    assert refused.value.hint


LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 100))


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 5000,
        "{a: " * 5000,
        "[" * 5000 + "]" * 5000,
        "- " * 5000 + "x",
        LAUGHS,
        CHAIN,
        "a: " + "9" * 5000,
        "".join(f"k{i}: v\n" for i in range(100_000)),
    ],
)
def test_bombs_end_in_a_second_and_little_memory(bomb: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(ConfigError):
        values(f"{bomb}\nnever: .inf\n" if bomb.startswith("a: ") else bomb)
    assert time.process_time() - began < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_an_honest_alias_is_its_value() -> None:
    assert values("a: &x {b: 1}\nc: *x\n") == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("~", None), ("null", None), ("", None), ("true", True), ("FALSE", False), ("yes", "yes"), ("no", "no"),
        ("on", "on"), ("12", 12), ("-3", -3), ("012", 12), ("0x1F", 31), ("0o17", 15), ("1:30", "1:30"), (".5", 0.5),
        ("1e-3", 0.001), ("1.", 1.0), ("-1.5E+2", -150.0), ("2026-01-01", "2026-01-01"), ("'1'", "1"), ('"yes"', "yes"),
        ("1_000", "1_000"), ("-", ["x"]), ("=", "="),
    ],
)  # fmt: skip
def test_plain_values_are_those_of_yaml_1_2(text: str, value: object) -> None:
    if text == "-":
        assert values("k: [x]") == {"k": value}
    else:
        assert values(f"k: {text}") == {"k": value}


@pytest.mark.parametrize("text", [".nan", ".inf", "-.Inf", "1e999", "-1e999"])
def test_what_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"x\.yaml:2: .*finite"):
        values(f"a: 1\nk: {text}")


def test_a_merge_key_is_refused_and_a_quoted_one_is_a_key() -> None:
    with pytest.raises(ConfigError, match="merge key"):
        values("a: &a {b: 1}\nc: {<<: *a}")
    assert values("'<<': 1") == {"<<": 1}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="ascii", categories=["L", "N", "Zs"], include_characters="._-+~'\"#"), max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("abcdef", min_size=1), below, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(st.text("xyz", min_size=1), PLAIN, min_size=1, max_size=4))
def test_it_reads_what_a_yaml_1_2_writer_wrote(written: dict[str, object]) -> None:
    stream = io.StringIO()
    YAML(typ="safe", pure=True).dump(written, stream)
    assert values(stream.getvalue()) == written
