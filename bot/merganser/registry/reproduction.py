"""Whether a version came out again: its recorded run beside one of the same commit, and why the two may differ."""

import math
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from merganser.config import Change, Unit
from merganser.markdown import plain
from merganser.run import Environment, Run

# Both sides are sums of the same terms; another order of adding them moves the last few of sixteen digits.
NEARLY: Final = Change(1e-9, Unit.relative)
_NO_LESS: Final = 1e-12
# What is measured anew each time is no result.
_MEASURED: Final = frozenset({"latency"})
_SEED: Final = re.compile(r"seed|random_?state", re.IGNORECASE)
# They sum in another order on other hardware, or whenever several threads work, whatever the seed.
_UNSTEADY: Final = frozenset({"cupy", "jax", "keras", "lightgbm", "paddlepaddle", "tensorflow", "torch", "xgboost"})


class Part(StrEnum):
    """What of a run is compared."""

    metric = "metric"
    parameter = "parameter"
    artifact = "artifact"
    file = "file"
    data = "data"
    stage = "stage"
    python = "python"
    platform = "platform"
    package = "package"


ENVIRONMENT: Final = frozenset({Part.python, Part.platform, Part.package})


class Match(StrEnum):
    """How the second run's value stands to the recorded one; `lost` and `new` where only one has it."""

    identical = "identical"
    within = "within tolerance"
    differs = "differs"
    lost = "lost"
    new = "new"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One value of both runs; None where a run has none, `delta` between two numbers. Files and data by digest."""

    part: Part
    name: str
    recorded: Any
    again: Any
    match: Match
    delta: float | None = None


class Tolerances(msgspec.Struct, frozen=True, kw_only=True):
    """How far a metric may lie from the recorded one: `of` by its name, else `every`."""

    every: Change = NEARLY
    of: dict[str, Change] = {}


class Reproduction(msgspec.Struct, frozen=True, kw_only=True):
    """What came out. `agrees` is the answer, decided by `basis`; causes are clauses, most telling first."""

    version: str
    commit: str
    agrees: bool
    basis: Part
    findings: tuple[Finding, ...]
    causes: tuple[str, ...]


def compare(version: str, recorded: Run, again: Run, tolerances: Tolerances) -> Reproduction:
    """`again` beside the run of `version`.

    It agrees when each recorded metric lies within its tolerance. Where none was recorded, the predictions have to be
    the same to the byte, or without them the model's files.
    """
    findings = (
        *_metrics(recorded.metrics, again.metrics, tolerances),
        *_compared(Part.parameter, recorded.params, again.params),
        *_compared(Part.artifact, *({a.path: f"sha256:{a.sha256}" for a in r.artifacts} for r in (recorded, again))),
        *_compared(Part.file, _files(recorded), _files(again)),
        *_compared(Part.data, *({pin.name: pin.digest for pin in r.data} for r in (recorded, again))),
        *_compared(Part.stage, *({stage.name: stage.digest for stage in r.stages} for r in (recorded, again))),
        *_environment(recorded.environment, again.environment),
    )
    basis = next((p for p in (Part.metric, Part.file) if any(_told(f, p) for f in findings)), Part.artifact)
    judged = [finding.match in (Match.identical, Match.within) for finding in findings if _told(finding, basis)]
    return Reproduction(
        version=version,
        commit=again.commit,
        agrees=bool(judged) and all(judged),
        basis=basis,
        findings=findings,
        causes=tuple(_causes(recorded, again, findings)),
    )


def _told(finding: Finding, part: Part) -> bool:
    """Whether a finding is of something that was recorded and decides; a profile of the features doesn't."""
    decides = part is not Part.file or finding.name == "predictions"
    return finding.part is part and finding.match is not Match.new and decides


def _files(run: Run) -> dict[str, str]:
    return {name: f"sha256:{file.sha256}" for name, file in run.files.items() if name not in _MEASURED}


def _metrics(recorded: Mapping[str, float], again: Mapping[str, float], tolerances: Tolerances) -> Iterable[Finding]:
    for finding in _compared(Part.metric, recorded, again):
        if finding.match is not Match.differs:
            yield finding
            continue
        allowed = tolerances.of.get(finding.name, tolerances.every)
        match = Match.within if _near(finding.recorded, finding.again, allowed) else Match.differs
        yield msgspec.structs.replace(finding, match=match, delta=finding.again - finding.recorded)


def _near(recorded: float, again: float, allowed: Change) -> bool:
    if allowed.unit is Unit.relative:
        return math.isclose(recorded, again, rel_tol=allowed.value, abs_tol=_NO_LESS)
    return abs(again - recorded) <= allowed.value * (1 + _NO_LESS)


def _compared(part: Part, recorded: Mapping[str, Any], again: Mapping[str, Any]) -> Iterable[Finding]:
    """Each name of either side, in the recorded order, then what is new."""
    for name in dict.fromkeys((*recorded, *again)):
        old, new = recorded.get(name), again.get(name)
        if name not in again:
            match = Match.lost
        elif name not in recorded:
            match = Match.new
        else:
            match = Match.identical if old == new else Match.differs
        yield Finding(part=part, name=name, recorded=old, again=new, match=match)


def _environment(recorded: Environment, again: Environment) -> Iterable[Finding]:
    yield from _compared(Part.python, {"Python": recorded.python}, {"Python": again.python})
    yield from _compared(Part.platform, {"platform": recorded.platform}, {"platform": again.platform})
    yield from _compared(Part.package, _packages(recorded), _packages(again))


def _packages(environment: Environment) -> dict[str, str]:
    """By the names that indexes use, which spell `Scikit_Learn` and `scikit-learn` the same."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in environment.packages.items()}


def _causes(recorded: Run, again: Run, findings: tuple[Finding, ...]) -> Iterable[str]:
    """Why results may differ; nothing where none does."""
    changed = [finding for finding in findings if finding.match is not Match.identical]
    if all(finding.part in ENVIRONMENT for finding in changed):
        return
    if recorded.inputs_digest != again.inputs_digest:
        yield "the commit of the tag has other inputs than the recorded run, so tag or record was changed"
    yield from _of_inputs(changed, {stage.name: stage.code for stage in recorded.stages}, again)
    surroundings = list(_of_environment(changed))
    yield from surroundings
    if not any(_SEED.search(name) for name in recorded.params):
        yield "no parameter is called seed or random_state, so chance may have a part in it"
    if unsteady := sorted(_UNSTEADY & _packages(recorded.environment).keys()):
        names = ", ".join(unsteady)
        yield f"{names} may compute differently on other hardware and with several threads, whatever the seed"
    if not surroundings:
        yield "Python, platform and packages are as recorded: if a further run differs too, the pipeline is by chance"


def _of_inputs(changed: list[Finding], code: Mapping[str, str], again: Run) -> Iterable[str]:
    for finding in changed:
        if finding.part is Part.parameter:
            yield f"the parameter {plain(finding.name)} was read otherwise"
        if finding.part is Part.data:
            yield f"the data {plain(finding.name)} {_now(finding)}"
    stage = next((finding for finding in changed if finding.part is Part.stage), None)
    if stage is not None:
        same = code.get(stage.name) and code[stage.name] in [s.code for s in again.stages if s.name == stage.name]
        yield f"{plain(stage.name)} is the first stage that {_now(stage)}{', with the same code' if same else ''}"


def _now(finding: Finding) -> str:
    return {Match.lost: "is not there", Match.new: "was not there"}.get(finding.match, "has other content")


def _of_environment(changed: list[Finding]) -> Iterable[str]:
    for finding in changed:
        if finding.part in (Part.python, Part.platform):
            yield f"{finding.name} was {plain(finding.recorded)} and is {plain(finding.again)}"
    packages = [finding for finding in changed if finding.part is Part.package and finding.match is not Match.new]
    shown = [f"{plain(p.name)} (was {plain(p.recorded)}, {_installed(p)})" for p in packages[:3]]
    more = f" and {len(packages) - 3} more" if len(packages) > 3 else ""
    if shown:
        yield f"other packages than recorded: {', '.join(shown)}{more}"


def _installed(package: Finding) -> str:
    return "is not installed" if package.match is Match.lost else f"is {plain(package.again)}"
