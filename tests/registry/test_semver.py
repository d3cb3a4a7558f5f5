"""Semantic versions, held to the specification's own examples and to an independent implementation."""

from functools import cmp_to_key
from itertools import pairwise

import pytest
import semver as oracle
from hypothesis import given
from hypothesis import strategies as st

from merganser.config import Bump
from merganser.errors import ConfigError
from merganser.registry.increment import next_version
from merganser.registry.semver import SemVer, parse, precedence

# semver.org, section 11.
ASCENDING = [
    "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
    "1.0.0", "2.0.0", "2.1.0", "2.1.1",
]  # fmt: skip

numbers = st.integers(0, 12)
identifiers = st.lists(st.sampled_from(["alpha", "beta", "rc", "x-1", "-", "0a", "Z"]) | numbers.map(str), max_size=3)
versions = st.builds(SemVer, numbers, numbers, numbers, identifiers.map(tuple), identifiers.map(tuple))
spelled = versions.map(str)


@pytest.mark.parametrize(("less", "greater"), list(pairwise(ASCENDING)))
def test_precedence_is_the_specifications(less: str, greater: str) -> None:
    assert precedence(parse(less)) < precedence(parse(greater))


@given(spelled, spelled)
def test_precedence_is_the_oracles(a: str, b: str) -> None:
    ours = (precedence(parse(a)) > precedence(parse(b))) - (precedence(parse(a)) < precedence(parse(b)))
    assert ours == oracle.Version.parse(a).compare(b)


def by_oracle(a: str, b: str) -> int:
    return oracle.Version.parse(a).compare(b)


@given(st.lists(spelled, max_size=8))
def test_sorting_is_the_oracles(texts: list[str]) -> None:
    wanted = sorted(texts, key=cmp_to_key(by_oracle))
    assert sorted(texts, key=lambda text: precedence(parse(text))) == wanted


@given(spelled)
def test_what_is_parsed_is_spelled_the_same(text: str) -> None:
    assert str(parse(text)) == text
    assert parse(f"v{text}") == parse(text)


@given(st.text(max_size=30) | st.from_regex(r"v?[0-9.]+[-+]?[0-9a-z.+-]*"))
def test_what_is_refused_is_what_the_oracle_refuses(text: str) -> None:
    try:
        parse(text)
    except ConfigError:
        assert not (text.isascii() and oracle.Version.is_valid(text.removeprefix("v")))
    else:
        assert oracle.Version.is_valid(text.removeprefix("v"))


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "1.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+", "1.0.0\n", "١.0.0", "V1.0.0", "1.0.0-a..b",
        "9" * 300 + ".0.0",
    ],
)  # fmt: skip
def test_no_version(text: str) -> None:
    with pytest.raises(ConfigError, match="is no version"):
        parse(text)


@pytest.mark.parametrize(
    ("registered", "bump", "wanted"),
    [
        ([], Bump.minor, "0.1.0"),
        ([], Bump.patch, "0.0.1"),
        ([], Bump.major, "1.0.0"),
        (["0.1.0"], Bump.minor, "0.2.0"),
        (["0.1.0"], Bump.patch, "0.1.1"),
        (["0.1.3"], Bump.major, "1.0.0"),
        (["1.9.0", "1.10.0"], Bump.minor, "1.11.0"),
        (["1.0.0+build.7"], Bump.patch, "1.0.1"),
        (["1.0.0-rc.1"], Bump.patch, "1.0.0"),
        (["1.0.0-rc.1"], Bump.minor, "1.0.0"),
        (["1.0.0-rc.1"], Bump.major, "1.0.0"),
        (["1.2.0-rc.1"], Bump.major, "2.0.0"),
        (["1.0.3-rc.1"], Bump.major, "2.0.0"),
        (["1.2.3-rc.1"], Bump.minor, "1.3.0"),
        (["1.0.0-rc.1", "0.9.0"], Bump.minor, "0.10.0"),
    ],
)
def test_next_version(registered: list[str], bump: Bump, wanted: str) -> None:
    assert next_version([parse(text) for text in registered], bump) == parse(wanted)


@given(versions, st.sampled_from(["major", "minor", "patch"]))
def test_the_step_is_the_oracles(version: SemVer, part: str) -> None:
    assert str(next_version([version], Bump(part))) == str(oracle.Version.parse(str(version)).next_version(part))


def test_auto_is_no_step() -> None:
    with pytest.raises(ValueError, match="auto is chosen before it is counted"):
        next_version([], Bump.auto)
