"""Semantic versions (semver.org 2.0.0): parsing, precedence, and which one comes next. Tags are in `tags`."""

import re
from collections.abc import Iterable

import msgspec

from merganser.config import Bump
from merganser.errors import ConfigError

MAX_LENGTH = 200

_NUMBER = r"(?:0|[1-9][0-9]*)"
_PART = rf"(?:{_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
SEMVER = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PART}(?:\.{_PART})*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"

_SEMVER = re.compile(SEMVER)

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
    if len(bare) > MAX_LENGTH or _SEMVER.fullmatch(bare) is None:
        raise ConfigError(f"{text[:80]!a} is no version", "Write MAJOR.MINOR.PATCH, such as v1.4.0 or v2.0.0-rc.1.")
    rest, _, build = bare.partition("+")
    numbers, _, pre = rest.partition("-")
    major, minor, patch = numbers.split(".")
    return SemVer(int(major), int(minor), int(patch), _identifiers(pre), _identifiers(build))


def precedence(version: SemVer) -> Precedence:
    """A key that sorts by section 11 of the specification: candidates before their final, whatever the build."""
    pre = tuple((False, int(p), "") if p.isdigit() else (True, 0, p) for p in version.pre)
    return version.major, version.minor, version.patch, not version.pre, pre


def next_version(registered: Iterable[SemVer], bump: Bump) -> SemVer:
    """What comes after the greatest final version in `registered` (every version ever, deregistered ones too).

    Nothing there: v0.1.0, as a patch v0.0.1, as a major v1.0.0. With candidates alone, the final that the greatest of
    them is a candidate for, where that is big enough a step. `auto` is no step: `bump.choose` says which one is meant.
    """
    if bump is Bump.auto:
        raise ValueError("auto is chosen before it is counted")
    versions = sorted(registered, key=precedence)
    finals = [version for version in versions if not version.pre]
    if finals:
        return _raised(finals[-1], bump)
    if versions:
        return _final_of(versions[-1], bump)
    return _raised(SemVer(0, 0, 0), bump)


def _final_of(candidate: SemVer, bump: Bump) -> SemVer:
    core = SemVer(candidate.major, candidate.minor, candidate.patch)
    reached = {
        Bump.major: candidate.minor == candidate.patch == 0,
        Bump.minor: candidate.patch == 0,
        Bump.patch: True,
    }
    return core if reached[bump] else _raised(core, bump)


def _raised(version: SemVer, bump: Bump) -> SemVer:
    if bump is Bump.major:
        return SemVer(version.major + 1, 0, 0)
    if bump is Bump.minor:
        return SemVer(version.major, version.minor + 1, 0)
    return SemVer(version.major, version.minor, version.patch + 1)


def _identifiers(dotted: str) -> tuple[str, ...]:
    return tuple(dotted.split(".")) if dotted else ()
