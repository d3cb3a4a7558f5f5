"""Which semantic version comes next, once it is known how far it rises. Who decides that: `numbering`, `bump`."""

from collections.abc import Iterable

from merganser.config import Bump
from merganser.registry.semver import SemVer, precedence


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
