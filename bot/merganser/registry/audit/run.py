"""The run: the same in release and ledger, of the inputs and data that the commit holds, trained where it says."""

from collections.abc import Iterator

import msgspec

from merganser.documents import load_json
from merganser.errors import DataError
from merganser.registry.audit.facts import Facts, Release, Source, Training
from merganser.registry.audit.links import (
    Link,
    Section,
    Unknown,
    agreeing,
    broken,
    unverifiable,
    verified,
)
from merganser.registry.ledger import RunRecord
from merganser.run import RUN_FILE, DataPin, Run


def run_section(facts: Facts) -> Section:
    """Empty where neither ledger nor release know the run."""
    run = run_of(facts)
    asset = _asset(facts)
    links = (asset,) if asset is not None else ()
    if run is None:
        return Section("run", links)
    return Section("run", (*links, _inputs(run, facts.source), _tree(run, facts.source),
                           *_data(run, facts.source), _training(run, facts.training)))  # fmt: skip


def run_of(facts: Facts) -> Run | None:
    """The run that the ledger records, else the one in the release, where it can be read."""
    return facts.record.run if isinstance(facts.record, RunRecord) else released_run(facts.release)


def released_run(release: Release | Unknown | None) -> Run | None:
    """The release's run, None where there is none that can be read."""
    try:
        return _released(release)
    except DataError:
        return None


def _released(release: Release | Unknown | None) -> Run | None:
    text = release.texts.get(RUN_FILE) if isinstance(release, Release) else None
    return None if text is None else load_json(text, f"{RUN_FILE} of the release", Run)


def _asset(facts: Facts) -> Link | None:
    """`run.json` of the release against the ledger; that it is there at all is the release's own link."""
    try:
        released = _released(facts.release)
    except DataError as wrong:
        return broken(RUN_FILE, wrong.message)
    if released is None:
        return None
    if not isinstance(facts.record, RunRecord):
        return unverifiable(RUN_FILE, "no record of the ledger to compare with")
    return difference(RUN_FILE, (facts.record.run, released), facts.record.path)


def difference(name: str, pair: tuple[object, object], path: str) -> Link:
    """Whether the release's file says the same as the ledger's record at `path`; names the first key that differs."""
    expected, found = (dict(_flat(msgspec.to_builtins(one))) for one in pair)
    keys = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
    if not keys:
        return verified(name, f"the same as {path}")
    more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
    return broken(
        name,
        f"{keys[0]}{more} is not what {path} records",
        f"{keys[0]} {expected.get(keys[0], 'absent')}",
        f"{keys[0]} {found.get(keys[0], 'absent')}",
    )


def _flat(value: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Each leaf by its dotted path; an empty list or object is a leaf."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    if not items:
        yield at, repr(value)
    for key, one in items:
        yield from _flat(one, f"{at}.{key}" if at else str(key))


def _inputs(run: Run, source: Source) -> Link:
    if isinstance(source.inputs, Unknown):
        return unverifiable("inputs", source.inputs.reason)
    return agreeing(
        "inputs",
        (run.inputs_digest, source.inputs),
        f"{run.inputs_digest}, computed from the tagged commit",
        "the tagged commit holds other inputs than those that were trained",
    )


def _tree(run: Run, source: Source) -> Link:
    if isinstance(source.trained_inputs, Unknown):
        return unverifiable("trained tree", source.trained_inputs.reason)
    return agreeing(
        "trained tree",
        (run.inputs_digest, source.trained_inputs),
        f"{run.tree} has the same inputs",
        f"the tree that was trained, {run.tree}, has other inputs than the run states",
    )


def _data(run: Run, source: Source) -> Iterator[Link]:
    """One link for all pins that agree, one for those that can't be compared, one for each that differs."""
    if not run.data:
        yield _no_data(source)
        return
    same, open_pins = [], []
    for pin in run.data:
        pinned = source.tracked.get(pin.name)
        if pin.digest in (pinned, source.locked.get(pin.name)):
            same.append(_spelled(pin))
        elif pinned is None:
            open_pins.append(_spelled(pin))
        else:
            says = f"the commit pins other data than was trained on: {pin.name}.dvc"
            yield broken(f"data {pin.name}", says, pin.digest, pinned)
    if same:
        yield verified("data", f"{', '.join(same)}: as the commit pins it")
    if open_pins:
        yield unverifiable(
            "data", f"{', '.join(open_pins)}: the run's word, the commit has no dvc.lock that pins it so"
        )


def _no_data(source: Source) -> Link:
    """That the run names none is its own word, unless the commit has none either."""
    if not isinstance(source.inputs, str):
        return unverifiable("data", "the run names none, and what the commit pins is not known")
    if not source.tracked:
        return verified("data", "the run read none beside what git holds")
    pins = ", ".join(f"{name}.dvc" for name in sorted(source.tracked))
    return unverifiable("data", f"the run names none, but the commit pins some that it may have read: {pins}")


def _spelled(pin: DataPin) -> str:
    return f"{pin.name} {pin.digest}"


def _training(run: Run, training: Training | Unknown) -> Link:
    if isinstance(training, Unknown):
        return unverifiable("trained", training.reason)
    told = (f"{run.event} of {run.head}", f"{training.event} of {training.head}")
    return agreeing("trained", told, f"{training.url}, {told[1]}", "GitHub tells otherwise of the CI run that trained")
