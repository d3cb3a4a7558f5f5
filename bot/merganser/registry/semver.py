"""Semantic versions (semver.org 2.0.0): parsing and precedence. Which one comes next: `increment`; tags: `tags`."""

import re

import msgspec

from merganser.errors import ConfigError

MAX_LENGTH = 200

_NUMBER = r"(?:0|[1-9][0-9]*)"
_PART = rf"(?:{_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
SEMVER = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PART}(?:\.{_PART})*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"

Precedence = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]


class SemVer(msgspec.Struct, frozen=True):
    """`MAJOR.MINOR.PATCH[-pre][+build]`; `pre` and `build` are their dot-separated identifiers."""

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...] = ()
    build: tuple[str, ...] = ()

    def __str__(self) -> str:
        pre = f"-{'.'.join(self.pre)}" if self.pre else ""
        build = f"+{'.'.join(self.build)}" if self.build else ""
        return f"{self.major}.{self.minor}.{self.patch}{pre}{build}"


def parse(text: str) -> SemVer:
    """The version that `text` spells, with or without a leading `v`; `ConfigError` where it isn't one."""
    bare = text.removeprefix("v")
    if len(bare) > MAX_LENGTH or re.fullmatch(SEMVER, bare) is None:
        raise ConfigError(f"{text[:80]!a} is no version", "Write MAJOR.MINOR.PATCH, such as v1.4.0 or v2.0.0-rc.1.")
    rest, _, build = bare.partition("+")
    numbers, _, pre = rest.partition("-")
    major, minor, patch = numbers.split(".")
    return SemVer(int(major), int(minor), int(patch), _identifiers(pre), _identifiers(build))


def precedence(version: SemVer) -> Precedence:
    """A key that sorts by section 11 of the specification: candidates before their final, whatever the build."""
    pre = tuple((False, int(p), "") if p.isdigit() else (True, 0, p) for p in version.pre)
    return version.major, version.minor, version.patch, not version.pre, pre


def precedence_of(text: str) -> Precedence:
    """`precedence` of a bare version, without taking a plain one apart by rules: a registry sorts thousands of them."""
    if "-" in text or "+" in text:
        return precedence(parse(text))
    major, minor, patch = text.split(".")
    return int(major), int(minor), int(patch), True, ()


def _identifiers(dotted: str) -> tuple[str, ...]:
    return tuple(dotted.split(".")) if dotted else ()
