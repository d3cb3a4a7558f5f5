"""`merganser gate`: judges one side against another; GitHub is asked only for commits and versions."""

import datetime
import tempfile
from pathlib import Path

import msgspec

from merganser.commands.carry_out import Workbench, located
from merganser.commands.observing import evidence, kept, sides
from merganser.config import CONFIG_FILE, Model
from merganser.config.file import load_config
from merganser.documents import dump_json
from merganser.errors import ConfigError
from merganser.evaluation.curves import Curves
from merganser.evaluation.judge import Question, Setting, Side, judge
from merganser.evaluation.rollup import BaselineState
from merganser.evaluation.verdict import Baseline, Policy, Verdict
from merganser.forge.ci.answers import inert
from merganser.forge.ci.runtime import Runtime
from merganser.git import Repository
from merganser.plan import Conclusion
from merganser.report.terminal import verdict_table
from merganser.run import Run


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides by name, and by which labels and rules; `folder` is where names and configuration are looked up.

    `cluster`: the address of a Dask scheduler that does the work; `html`: where a page with pictures is written.
    """

    folder: Path
    candidate: str
    baseline: str
    labels: Path | None = None
    model: str | None = None
    config: Path | None = None
    cluster: str = ""
    html: Path | None = None


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """One side, with its run where it has one, and what kind of thing was named."""

    side: Side
    baseline: Baseline
    run: Run | None = None


def gate(request: Request, runtime: Runtime) -> Verdict:
    """The verdict on the candidate."""
    with tempfile.TemporaryDirectory(prefix="merganser-") as folder:
        names = (request.candidate, request.baseline)
        return _judged(request, *(_named(request, name, runtime, Path(folder)) for name in names))


def _judged(request: Request, candidate: Named, baseline: Named) -> Verdict:
    model, rules = _rules(request, candidate)
    for named in (candidate, baseline):
        if named.run is not None and named.run.model != model:
            what = f"{named.side.name} is a run of {named.run.model}, not of {model}"
            raise ConfigError(what, "Judge runs of one model.")
    judgement = judge(
        Question(
            model=model,
            rules=rules,
            candidate=candidate.side,
            baseline=baseline.side,
            baseline_state=BaselineState.available,
            labels=request.labels,
            now=datetime.datetime.now(datetime.UTC),
        ),
        Setting(cluster=request.cluster, functions=request.folder, curves=request.html is not None),
    )
    verdict = Verdict(
        model=model,
        inputs_digest=candidate.run.inputs_digest if candidate.run else "",
        head=candidate.run.head if candidate.run else "",
        baseline=baseline.baseline,
        policy=Policy(digest=judgement.policy_digest),
        trust=judgement.trust,
        labels_digest=judgement.labels_digest,
        conclusion=judgement.conclusion,
        checks=judgement.checks,
    )
    if request.html is not None:
        _write_page(request.html, verdict, judgement.curves)
    return verdict


def _write_page(file: Path, verdict: Verdict, curves: Curves | None) -> None:
    from merganser.report.page.page import report_page

    try:
        file.write_text(report_page(verdict, curves), encoding="utf-8")
    except OSError as wrong:
        raise ConfigError(f"--html: {file} can't be written: {wrong.strerror}", "Name another file.") from wrong


def _rules(request: Request, candidate: Named) -> tuple[str, Model]:
    """The model's name and rules: from the configuration, or for bare files without one the default rules."""
    file = request.config or request.folder / CONFIG_FILE
    if not file.is_file():
        if candidate.side.predictions is None or candidate.run is not None:
            raise ConfigError(f"there is no {file}", "Pass the rules with --config FILE.")
        from merganser.evaluation.readers import default_model

        return request.model or "model", default_model(candidate.side.predictions, request.labels)
    models = load_config(file.read_bytes(), str(file)).models
    name = (
        request.model
        or (candidate.run.model if candidate.run else "")
        or (next(iter(models)) if len(models) == 1 else "")
    )
    if name not in models:
        raise ConfigError(
            f"{file}: which model is judged is not clear" if not name else f"{file} has no model {name[:80]!r}",
            f"Pass --model with one of: {', '.join(models)}.",
        )
    return name, models[name]


def _named(request: Request, name: str, runtime: Runtime, folder: Path) -> Named:
    path = Path(name)
    if sides.is_bundle(name):
        run = evidence.read_run(path)
        return _side(run, evidence.bundle_files(path, run), Baseline(kind="file", name=name, commit=run.commit))
    if path.exists():  # a file, or a folder of the parts of a table
        return Named(side=Side(name=path.name, predictions=path), baseline=Baseline(kind="file", name=name))
    return _recorded(request, name, runtime, folder)


def _recorded(request: Request, name: str, runtime: Runtime, folder: Path) -> Named:
    from merganser.forge.github import connect

    runtime = located(runtime, request.folder)
    found = sides.recorded(Repository(request.folder), name, request.model)
    kind = Baseline(
        kind="version" if found.tags else "ledger",
        name=name,
        commit=found.record.recorded.commit,
        inputs_digest=found.record.run.inputs_digest,
    )
    with connect(runtime) as forge:
        place = Workbench(runtime=runtime, forge=forge, folder=folder)
        return _side(found.record.run, kept.bundle(place, found.record, found.tags).files, kind)


def _side(run: Run, files: dict[str, Path], baseline: Baseline) -> Named:
    return Named(side=evidence.side_of(run.commit[:12], run, files), baseline=baseline, run=run)


def answer(verdict: Verdict, *, as_json: bool) -> str:
    """The verdict as `merganser.verdict/1`, or as a table for people."""
    return dump_json(verdict).decode().rstrip() if as_json else inert(verdict_table(verdict))


def exit_code(verdict: Verdict) -> int:
    """0 for pass, 1 for fail."""
    return 0 if verdict.conclusion is Conclusion.success else 1
