"""`bump: auto`: how far a version rises from one run to the next, and why, in a sentence. Numbers are `semver`'s.

| rises | when | which fields of the runs say so |
| --- | --- | --- |
| major | an input or output column is new, gone, of another type, in another place or for other classes | `contract` |
| minor | other parameters, other data, or another pipeline | `params`, `data`, `stages` by their `code` |
| patch | none of these: the same was trained or packed again, perhaps by other packages | `environment` is told |

Where a run has no stages with `code`, equal `inputs_digest`s alone prove that its pipeline is the same. A contract that
one side lacks is told as unknown, and raises nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from merganser.config import Bump, Column
from merganser.markdown import plain
from merganser.run import Contract, Run, spelled

MOST_FACTS = 3
MAX_VALUE = 40


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """How far to rise (never `auto`), and the facts that say so as a clause in one line: `train.C is 1 and was 0.1`.

    Names and values in it are the run's, so whoever renders it escapes it.
    """

    bump: Bump
    reason: str


def choose(previous: Run | None, candidate: Run) -> Chosen:
    """The bump from the run of the version before to the candidate's; `previous` is None for a model without versions.

    Where there is a version but its run can't be found, nothing can be compared: ask for a number instead of calling.
    """
    if previous is None:
        return Chosen(bump=Bump.minor, reason="it is the model's first version")
    if changes := contract_changes(previous.contract, candidate.contract):
        return Chosen(bump=Bump.major, reason=f"the contract changed: {_told(changes)}")
    unsure = _unsure(previous.contract, candidate.contract)
    if learned := [*_params(previous, candidate), *_data(previous, candidate), *_pipeline(previous, candidate)]:
        return Chosen(bump=Bump.minor, reason=_told(learned) + unsure)
    same = "pipeline, parameters and data" if candidate.data else "pipeline and parameters (no data is pinned)"
    packages = package_changes(previous, candidate)
    told = f", trained with other packages: {_told(packages)}" if packages else ""
    return Chosen(bump=Bump.patch, reason=f"the same {same}{told}{unsure}")


def contract_changes(before: Contract | None, after: Contract | None) -> list[str]:
    """Each change that both sides tell of, as a clause; none where a side doesn't say what its columns are."""
    old, new = before or Contract(), after or Contract()
    return [*_columns("input", old.inputs, new.inputs), *_columns("output", old.outputs, new.outputs)]


def package_changes(before: Run, after: Run) -> list[str]:
    """Packages of another version, that came or that went, each as a clause."""
    return _differences(before.environment.packages, after.environment.packages)


def _columns(what: str, before: tuple[Column, ...] | None, after: tuple[Column, ...] | None) -> list[str]:
    if before is None or after is None:
        return []
    old, new = {c.name: c for c in before}, {c.name: c for c in after}
    found = [f"the {what} {_name(name)} is gone" for name in old if name not in new]
    found += [f"the {what} {_name(name)} is new" for name in new if name not in old]
    for name in (name for name in new if name in old):
        if old[name].type is not new[name].type:
            found.append(f"the {what} {_name(name)} is {new[name].type} and was {old[name].type}")
        if old[name].classes != new[name].classes:
            found.append(f"the {what} {_name(name)} is for {_classes(new[name])} and was for {_classes(old[name])}")
    if not found and list(old) != list(new):
        found.append(f"the {what}s stand in another order")
    return found


def _unsure(before: Contract | None, after: Contract | None) -> str:
    """Which parts of the contract can't be compared, as the end of a sentence."""
    old, new = before or Contract(), after or Contract()
    sides = {"inputs": (old.inputs, new.inputs), "outputs": (old.outputs, new.outputs)}
    unknown = [what for what, (one, other) in sides.items() if one is None or other is None]
    if not unknown:
        return ""
    return f"; no run says whether the contract's {' and '.join(unknown)} changed, which would be major"


def _params(before: Run, after: Run) -> list[str]:
    return _differences(before.params, after.params)


def _data(before: Run, after: Run) -> list[str]:
    old, new = ({pin.name: pin.digest for pin in run.data} for run in (before, after))
    return _differences(old, new, lambda name: f"{name} has other content")


def _pipeline(before: Run, after: Run) -> list[str]:
    old, new = ({stage.name: stage.code for stage in run.stages} for run in (before, after))
    if old and new and all((*old.values(), *new.values())):
        return [f"the stage {fact}" for fact in _differences(old, new, lambda name: f"{name} changed")]
    if before.inputs_digest == after.inputs_digest:
        return []
    return ["its inputs changed, and without recorded stages nobody can tell code from the rest"]


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], changed: Callable[[str], str] | None = None
) -> list[str]:
    """A clause for each name that is gone, is new or has another value; `changed` words the last, else by values."""
    found = [f"{_name(name)} is gone" for name in sorted(before.keys() - after.keys())]
    found += [f"{_name(name)} is new" for name in sorted(after.keys() - before.keys())]
    for name in sorted(before.keys() & after.keys()):
        if before[name] != after[name]:
            values = f"{_name(name)} is {_value(after[name])} and was {_value(before[name])}"
            found.append(changed(_name(name)) if changed else values)
    return found


def _told(facts: Iterable[str]) -> str:
    """The first facts, and how many more there are."""
    facts = list(facts)
    more = f"; and {len(facts) - MOST_FACTS} more" if len(facts) > MOST_FACTS else ""
    return "; ".join(facts[:MOST_FACTS]) + more


def _classes(column: Column) -> str:
    return _value(", ".join(column.classes)) if column.classes else "no class that is named"


def _name(name: str) -> str:
    return plain(name)


def _value(value: object) -> str:
    return plain(spelled(value), MAX_VALUE)
