"""A registry at a glance: what a list of models says of each of them."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from merganser.registry.stages import Staged
from merganser.registry.versions import FINALS, Eligible, Version, may_be_latest


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One model: its latest version, how many were ever registered, and what its stages hold, by their names."""

    name: str
    state: Literal["active", "deprecated"] = "active"
    latest: Version | None = None
    versions: int = 0
    stages: tuple[Staged, ...] = ()


def overview(found: Sequence[Version], stages: Sequence[Staged], eligible: Eligible = FINALS) -> tuple[Model, ...]:
    """Every model that has a version or a stage, by name.

    `found` and `stages` are all of the registry, in its order.
    """
    by_model: dict[str, list[Version]] = {}
    for version in found:
        by_model.setdefault(version.model, []).append(version)
    held: dict[str, list[Staged]] = {}
    for stage in stages:
        held.setdefault(stage.model, []).append(stage)
    return tuple(
        _model(name, by_model.get(name, []), tuple(held.get(name, [])), eligible)
        for name in sorted(by_model.keys() | held.keys())
    )


def _model(name: str, found: list[Version], stages: tuple[Staged, ...], eligible: Eligible) -> Model:
    return Model(
        name=name,
        state="deprecated" if any(version.deprecated for version in found) else "active",
        # They come by precedence, so the last that may be is the greatest.
        latest=next((version for version in reversed(found) if may_be_latest(version, eligible)), None),
        versions=len(found),
        stages=stages,
    )


def spoken(staged: Staged) -> str:
    """What a stage holds in words: `v1.4.0`, or a short commit that no version was registered on."""
    return f"v{staged.version}" if staged.version else f"{staged.commit[:7]} (unregistered)"
