"""The workflow files of a model repo against what they have to be. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from merganser.setup.doctor import permitted, pins, triggers
from merganser.setup.doctor.facts import Local
from merganser.setup.doctor.finding import Finding, error, ok, warning
from merganser.setup.doctor.workflow_text import INIT, Workflow, parsed, place, templates
from merganser.setup.init.workflows import FOLDER

TRAIN: Final = "merganser-train.yml"
REPORT: Final = "merganser-report.yml"


def findings(facts: Local) -> Iterator[Finding]:
    """Each file that `init` writes by its template, then what they have to agree in."""
    meant = templates(facts.templates)
    found: dict[str, Workflow] = {}
    wrong: list[Finding] = []
    for name in meant:
        read = parsed(facts.workflows[name], place(name)) if name in facts.workflows else _missing(name)
        if isinstance(read, Finding):
            wrong.append(read)
        else:
            found[name] = read
    wrong += pins.in_files(found.values(), meant.values())
    for name, one in found.items():
        wrong += [*_called(name, one), *triggers.findings(one, meant[name]), *permitted.findings(one, meant)]
    train, report = found.get(TRAIN), found.get(REPORT)
    wrong += _train(train, facts.branch) if train else ()
    wrong += _listening(report, train) if report and train else ()
    yield from wrong or [ok(FOLDER, f"{len(found)} files are as they have to be")]


def _missing(name: str) -> Finding:
    if name in (TRAIN, REPORT):
        return error(place(name), "is missing", "merganser init writes it.")
    return warning(place(name), "is missing: what it does isn't there", "merganser init writes it.")


def _called(name: str, workflow: Workflow) -> Iterator[Finding]:
    """Whether any job does the file's work; one of a person's own steps may."""
    own = any("steps" in job for job in workflow.jobs.values())
    if not own and name not in {used.name for _, used in workflow.calls()}:
        yield error(workflow.where, f"no job calls Merganser's {name}", INIT)


def _train(train: Workflow, branch: str) -> Iterator[Finding]:
    if "pull_request_target" in train.on:
        yield error(train.where, "runs a stranger's code with your token: pull_request_target", INIT)
    if "branches" in train.on.get("pull_request", {}):
        yield warning(train.where, "pull_request is limited to some branches", "Take `branches` out there.")
    yield from _pushes(train, branch)
    for event, how in train.on.items():
        if {"paths", "paths-ignore"} & set(how):
            yield error(
                train.where,
                f"{event} is filtered by paths: where none fits, the check stays pending for ever",
                "Take the filter out: a run that has nothing to train takes seconds.",
            )
    for name, job in train.jobs.items():
        yield from _holds_nothing(train, name, job)


def _pushes(train: Workflow, branch: str) -> Iterator[Finding]:
    branches = train.on.get("push", {}).get("branches")
    if branches is not None and branch not in branches:
        said = ", ".join(map(str, branches)) if isinstance(branches, list) else str(branches)
        yield error(
            train.where, f"listens to pushes to {said}, and the default branch is {branch}", f"Write [{branch}]."
        )


def _holds_nothing(train: Workflow, name: str, job: Mapping[str, Any]) -> Iterator[Finding]:
    """The job runs a stranger's code: it may read, and hold no secret."""
    granted = train.granted(name)
    if granted == "write-all" or (isinstance(granted, dict) and "write" in granted.values()):
        cure = "Grant contents: read alone: it runs the code of pull requests."
        yield error(train.where, f"the job {name} may write", cure)
    if job.get("secrets") == "inherit":
        cure = "Pass none: whoever opens a pull request from a branch could read them."
        yield error(train.where, f"the job {name} inherits every secret", cure)


def _listening(report: Workflow, train: Workflow) -> Iterator[Finding]:
    """Whether the report hears of each training."""
    if "workflow_run" not in report.on:
        return
    how = report.on["workflow_run"]
    heard = how.get("workflows") or []
    if train.name not in heard:
        said = f"listens to {', '.join(map(str, heard))}, and the training is called {train.name}"
        yield error(report.where, said, f"Write workflows: [{train.name}].")
    if {"branches", "branches-ignore"} & set(how):
        said = "workflow_run is limited to some branches: other pull requests get no answer"
        yield error(report.where, said, "Take `branches` out there.")


def hears_queue(facts: Local) -> bool:
    """Whether a merge queue's groups are trained."""
    workflow = parsed(facts.workflows.get(TRAIN, ""), TRAIN)
    return isinstance(workflow, Workflow) and "merge_group" in workflow.on
