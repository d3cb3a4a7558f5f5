"""A registry at a glance: what a list of models says of each of them."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from merganser.registry.stages import Staged
from merganser.registry.versions import FINALS, Eligible, Registry, Version, may_be_latest


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One model: its latest version, how many were ever registered, and what its stages hold, by their names."""

    name: str
    state: Literal["active", "deprecated"] = "active"
    latest: Version | None = None
    versions: int = 0
    stages: tuple[Staged, ...] = ()


def overview(registry: Registry, stages: Sequence[Staged], eligible: Eligible = FINALS) -> tuple[Model, ...]:
    """Every model that has a version or a stage, by name; `stages` are all of the registry."""
    by_model: dict[str, list[Version]] = {}
    for version in registry.versions:
        by_model.setdefault(version.model, []).append(version)
    held: dict[str, list[Staged]] = {}
    for stage in stages:
        held.setdefault(stage.model, []).append(stage)
    return tuple(
        Model(
            name=name,
            state="deprecated" if name in registry.deprecated else "active",
            latest=_latest(by_model.get(name, []), eligible),
            versions=len(by_model.get(name, ())),
            stages=tuple(held.get(name, ())),
        )
        for name in sorted(by_model.keys() | held.keys())
    )


def _latest(found: Sequence[Version], eligible: Eligible) -> Version | None:
    """They come by precedence, so the last that may be is the greatest."""
    return next((version for version in reversed(found) if may_be_latest(version, eligible)), None)


def spoken(staged: Staged) -> str:
    """What a stage holds in words: `v1.4.0`, or a short commit that no version was registered on."""
    return f"v{staged.version}" if staged.version else f"{staged.commit[:7]} (unregistered)"
