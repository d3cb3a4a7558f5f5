"""Which number a version gets, and why. How numbers are counted: `semver`; how two runs differ: `bump`."""

from collections.abc import Iterable

import msgspec

from merganser.config import Bump
from merganser.errors import ConfigError
from merganser.registry import bump, semver
from merganser.registry.bump import Chosen
from merganser.registry.increment import next_version
from merganser.registry.semver import SemVer
from merganser.registry.versions import Version
from merganser.run import Run


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How the next number is to be found: by the model's `policy`, unless someone says `once` or `explicit` for once.

    `previous` is the run of the version before, None where the ledger lacks it or there is none; `candidate` the run
    that becomes a version.
    """

    policy: Bump
    candidate: Run
    previous: Run | None = None
    once: Bump | None = None
    explicit: str = ""


def version_before(versions: Iterable[Version], model: str, number: str = "") -> Version | None:
    """The model's greatest final version below `number` (of all, without one), deregistered or not."""
    below = semver.precedence(semver.parse(number)) if number else None
    finals = [(semver.parse(v.version), v) for v in versions if v.model == model]
    ranked = [(semver.precedence(n), v) for n, v in finals if not n.pre]
    return max((found for found in ranked if below is None or found[0] < below), key=lambda f: f[0], default=(0, None))[
        1
    ]


def next_number(versions: Iterable[Version], model: str, wish: Wish) -> SemVer:
    """The number asked for, or the next by the policy; `ConfigError` where one asked for isn't above all others."""
    existing = [v for v in versions if v.model == model]
    if wish.explicit:
        return _above(existing, model, semver.parse(wish.explicit))
    chosen = _chosen(existing, model, wish, "").bump
    step = chosen if wish.once in (None, Bump.auto) else wish.once
    return next_version([semver.parse(v.version) for v in existing], step)


def reason(versions: Iterable[Version], model: str, wish: Wish, number: SemVer) -> str:
    """Why the number is what it is, as one clause: `minor: train.C is 1 and was 0.1`; "" where nobody has to ask why.

    It depends on versions, runs and policy alone, so a registration that is finished by another call says the same. A
    policy that isn't `auto` needs no reason, nor does a number that a person chose instead of what `auto` would say.
    """
    if Bump.auto not in (wish.policy, wish.once):
        return ""
    below = [v for v in versions if v.model == model and v.precedence < semver.precedence(number)]
    chosen = _chosen(below, model, wish, str(number))
    if next_version([semver.parse(v.version) for v in below], chosen.bump) != number:
        return ""
    return f"{chosen.bump}: {chosen.reason}"


def _chosen(versions: Iterable[Version], model: str, wish: Wish, number: str) -> Chosen:
    """The policy's step. Where the run before isn't known, a step that surely says enough to look: minor."""
    if Bump.auto not in (wish.policy, wish.once):
        return Chosen(bump=wish.policy, reason="")
    before = version_before(versions, model, number)
    if before is not None and wish.previous is None:
        why = f"the run of {before.tag} is not in the ledger, so nothing tells what changed since"
        return Chosen(bump=Bump.minor, reason=why)
    return bump.choose(wish.previous if before is not None else None, wish.candidate)


def _above(existing: list[Version], model: str, asked: SemVer) -> SemVer:
    greatest = max(existing, key=lambda version: version.precedence, default=None)
    if greatest is not None and semver.precedence(asked) <= greatest.precedence:
        raise ConfigError(
            f"{model}: v{asked} is not above v{greatest.version}, the greatest version so far",
            "Ask for a greater version, or leave it out; numbers of deregistered versions stay used.",
        )
    return asked
