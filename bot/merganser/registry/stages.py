"""What is in a stage, read from tags that GTO or Merganser wrote: one answer for every history of assignments."""

from collections.abc import Iterable

import msgspec

from merganser.registry.history import History, Said, in_order
from merganser.registry.tags import Action
from merganser.registry.versions import Version, at_commit

Place = tuple[str, str]


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """What one stage of a model holds: a commit, and its version (`1.4.0`), "" where none was registered there.

    `tag` is the assignment that counts, `since` its time in seconds since 1970.
    """

    model: str
    stage: str
    commit: str
    version: str
    tag: str
    since: int


def read(history: History, versions: Iterable[Version]) -> tuple[Staged, ...]:
    """What each stage holds, by model and stage; a stage that holds nothing is left out. `versions` are all there are.

    The newest assignment holds whose commit was not unassigned since and whose version is active.
    """
    assigned: dict[Place, list[Said]] = {}
    withdrawn: set[Place] = set()
    for one in history.said:
        if one.event.stage:
            assigned.setdefault((one.event.artifact, one.event.stage), []).append(one)
        elif one.event.action is Action.deregister:
            withdrawn.add((one.event.artifact, one.fact.commit))
    there = _versions_at(
        {(model, one.fact.commit) for (model, _), events in assigned.items() for one in events}, versions
    )
    held = (_holder(events, there, withdrawn) for _, events in sorted(assigned.items()))
    return tuple(one for one in held if one is not None)


def _versions_at(places: set[Place], versions: Iterable[Version]) -> dict[Place, Version]:
    """The version that counts at each of the places."""
    found: dict[Place, list[Version]] = {}
    for version in versions if places else ():
        if (version.model, version.commit) in places:
            found.setdefault((version.model, version.commit), []).append(version)
    best = {place: at_commit(several, *place) for place, several in found.items()}
    return {place: version for place, version in best.items() if version is not None}


def _holder(events: list[Said], there: dict[Place, Version], withdrawn: set[Place]) -> Staged | None:
    """What one stage holds; `withdrawn` are places of deregistered versions, also of ones now registered elsewhere."""
    told: set[str] = set()
    for one in reversed(in_order(events)):
        event, fact = one.event, one.fact
        if fact.commit in told:
            continue
        told.add(fact.commit)
        version = there.get((event.artifact, fact.commit))
        is_out = not version.active if version else (event.artifact, fact.commit) in withdrawn
        if event.action is Action.assign and not is_out:
            return Staged(
                model=event.artifact,
                stage=event.stage,
                commit=fact.commit,
                version=version.version if version else "",
                tag=fact.name,
                since=fact.time,
            )
    return None
