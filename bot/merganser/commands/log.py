"""`merganser log`: a model's runs and versions over time, one metric drawn, from the ledger that this clone has."""

from pathlib import Path
from typing import Any

import msgspec
from tabulate import tabulate

from merganser.commands.models import read_local
from merganser.commands.observing.ledger import fetching, open_ledger
from merganser.commands.observing.shallow import complete_ledger
from merganser.documents import dump_json
from merganser.errors import ConfigError
from merganser.foreign_text import did_you_mean
from merganser.forge.ci.answers import inert, log_line
from merganser.git import Repository
from merganser.markdown import plain
from merganser.registry import timeline
from merganser.registry.timeline import Moment
from merganser.report.figures import NONE, number
from merganser.report.sparkline import sparkline
from merganser.report.text import NAME_LIMIT

_SHOWN_NAMES = 20


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Which model and metric; `everything` counts the runs of pull requests too, `last` bounds the table's rows.

    `metric` is None for the one that the gate judges first; `plot` is where the picture goes, if anywhere.
    """

    folder: Path
    model: str
    metric: str | None = None
    everything: bool = False
    last: int = 20
    plot: Path | None = None


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to tell: runs oldest first, the metric that is drawn (None if no run has any), and all names."""

    model: str
    metric: str | None
    runs: tuple[Moment, ...]
    names: tuple[str, ...]


def log(request: Request, *, as_json: bool) -> str:
    """The answer; `ConfigError` for a model without such runs, or a metric that none of them has."""
    told = _read(request)
    if request.plot is not None:
        _plot(told, request.plot)
    if as_json:
        said = {"model": told.model, "metric": told.metric, "runs": told.runs}
        return dump_json(msgspec.to_builtins(said)).decode().rstrip()
    return inert(_text(told, request))


def _read(request: Request) -> Log:
    clone = Repository(request.folder)
    versions = read_local(request.folder, lambda event: event.artifact == request.model).versions
    complete_ledger(clone)
    book = open_ledger(clone)
    judged = book.judged_runs_of(request.model)
    counted = [one for one in judged if request.everything or one[0].recorded.merged]
    if judged and not counted:
        raise ConfigError(
            f"no merged run of {request.model} is in this clone's ledger",
            f"`merganser log {request.model} --all` shows the {len(judged)} of pull requests.",
        )
    if not judged:
        near = did_you_mean(request.model, sorted({*book.models, *(one.model for one in versions)}))
        raise ConfigError(
            f"no run of {request.model[:80]!a} is in this clone's ledger{near}",
            f"{fetching(clone)}`merganser models` lists the models with versions.",
        )
    runs = timeline.timeline(counted, versions)
    names = timeline.metric_names(runs)
    if request.metric is not None and request.metric not in names:
        there = ", ".join(plain(name, NAME_LIMIT) for name in names[:_SHOWN_NAMES]) or "none at all"
        raise ConfigError(f"no run of {request.model} has a metric {request.metric[:100]!a}", f"There are: {there}.")
    metric = request.metric or timeline.first_judged(counted, names)
    return Log(model=request.model, metric=metric, runs=runs, names=names)


def _plot(told: Log, file: Path) -> None:
    from merganser.report.timeline_plot import timeline_svg

    if told.metric is None:
        raise ConfigError(f"no run of {told.model} has a metric that could be drawn", "Leave --plot out.")
    picture = timeline_svg(told.runs, told.model, told.metric)
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError as wrong:
        raise ConfigError(
            f"{file} can't be written: {wrong.strerror}", "Name a file in a folder that exists."
        ) from wrong
    log_line(f"the picture is in {file}")


def _text(told: Log, request: Request) -> str:
    kind = "recorded" if request.everything else "merged"
    count = f"{len(told.runs)} {kind} run{'' if len(told.runs) == 1 else 's'}"
    blocks = [f"{told.model}: {count}"]
    if told.metric is not None:
        values = [run.metrics.get(told.metric) for run in told.runs]
        known = [value for value in values if value is not None]
        low, high = number(min(known)), number(max(known))
        name = plain(told.metric, NAME_LIMIT)
        blocks[0] = f"{name} of {told.model}, {count}: {low} to {high}, now {number(known[-1])}\n{sparkline(values)}"
    blocks.append(_table(told, request))
    older = len(told.runs) - request.last
    if older > 0:
        blocks.append(f"{older} older not listed; --last {len(told.runs)} lists all")
    others = [plain(name, NAME_LIMIT) for name in told.names if name != told.metric]
    if others:
        more = ", …" if len(others) > _SHOWN_NAMES else ""
        blocks.append(f"Other metrics, for --metric: {', '.join(others[:_SHOWN_NAMES])}{more}")
    return "\n\n".join(blocks)


def _table(told: Log, request: Request) -> str:
    header = ["date", "commit", "version", "gate", "from"] + ([plain(told.metric, NAME_LIMIT)] if told.metric else [])
    rows = [_row(run, told.metric) for run in reversed(told.runs[-request.last :])]
    align = ["left"] * 5 + ["right"] * (len(header) - 5)
    return tabulate(rows, header, disable_numparse=True, colalign=align)


def _row(run: Moment, metric: str | None) -> list[Any]:
    gate = {"success": "passed", "failure": "failed"}.get(run.verdict, NONE)
    origin = f"#{run.pull_request}" if run.pull_request is not None else run.event
    value = [number(run.metrics.get(metric))] if metric else []
    return [run.time[:10], run.commit[:7], f"v{run.version}" if run.version else "", gate, origin, *value]
