"""The workflow files of a model repo against what they have to be. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
import yaml

from merganser.setup.doctor.facts import Local
from merganser.setup.doctor.finding import Finding, error, ok, warning

TRAIN: Final = "merganser-train.yml"
REPORT: Final = "merganser-report.yml"
_FOLDER: Final = ".github/workflows"
_INIT: Final = "merganser init writes it anew (and shows the difference)."
_USES = re.compile(r"([^/]+/[^/]+)/\.github/workflows/[^@]+@(.+)")
_MUST_LISTEN: Final = ("opened", "synchronize", "reopened")


class _Workflow(msgspec.Struct, frozen=True, kw_only=True):
    where: str
    name: str
    on: dict[str, Any]
    jobs: dict[str, Any]
    permissions: Any

    def uses(self) -> Iterator[tuple[str, str]]:
        """Repository and reference of each reusable workflow that is called."""
        for job in self.jobs.values():
            match = _USES.fullmatch(str(job.get("uses", ""))) if isinstance(job, dict) else None
            if match:
                yield match[1], match[2]


def findings(facts: Local) -> Iterator[Finding]:
    """Both files that are needed, then what they have to agree in."""
    found: dict[str, _Workflow] = {}
    wrong: list[Finding] = []
    for name in facts.templates:
        where = f"{_FOLDER}/{name}"
        read = parsed(facts.workflows[name], where) if name in facts.workflows else _missing(name, where)
        if isinstance(read, Finding):
            wrong.append(read)
        else:
            found[name] = read
    train, report = found.get(TRAIN), found.get(REPORT)
    wrong += [*_suite(found.values()), *(_train(train, facts.branch) if train else ())]
    wrong += _report(report, facts.templates[REPORT]) if report else ()
    wrong += _listening(report, train) if report and train else ()
    wrong += [finding for name, one in found.items() for finding in _triggers(one, facts.templates[name])]
    yield from wrong or [ok(_FOLDER, f"{len(found)} files are as they have to be")]


def _missing(name: str, where: str) -> Finding:
    if name in (TRAIN, REPORT):
        return error(where, "is missing", "merganser init writes it.")
    return warning(where, "is missing: what it does isn't there", "merganser init writes it.")


def parsed(text: str, where: str) -> _Workflow | Finding:
    """A workflow file; the finding that it is none."""
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as wrong:
        return error(where, f"is no YAML: {str(wrong).splitlines()[0]}", _INIT)
    jobs = document.get("jobs") if isinstance(document, dict) else None
    if not isinstance(jobs, dict):
        return error(where, "is no workflow: it has no jobs", _INIT)
    # YAML 1.1 takes a bare `on` for a truth value; GitHub doesn't.
    on = document.get(True, document.get("on"))
    return _Workflow(
        where=where,
        name=str(document.get("name", where)),
        on=_mapping(on),
        jobs={name: job for name, job in jobs.items() if isinstance(job, dict)},
        permissions=document.get("permissions"),
    )


def _mapping(on: Any) -> dict[str, Any]:
    """Triggers by name, whichever of GitHub's three ways of writing them was taken."""
    if isinstance(on, dict):
        return {str(name): value if isinstance(value, dict) else {} for name, value in on.items()} | {
            str(name): {"": value} for name, value in on.items() if isinstance(value, list)
        }
    return {str(name): {} for name in (on if isinstance(on, list) else [on])}


def _suite(workflows: Any) -> Iterator[Finding]:
    used = [(one.where, repository, ref) for one in workflows for repository, ref in one.uses()]
    for where, repository, ref in used:
        if repository.startswith("OWNER/"):
            cure = "merganser init --force --suite YOUR-NAME/merganser@v1, with a copy of Merganser on GitHub."
            yield error(where, f"uses {repository}, which stands for a copy of Merganser", cure)
        elif ref in ("main", "master", "HEAD") or ref.startswith("refs/heads/"):
            yield warning(
                where, f"uses Merganser's branch {ref}, which moves", "Use a tag such as v1, or a commit's SHA."
            )
    if len({(repository, ref) for _, repository, ref in used}) > 1:
        said = ", ".join(sorted({f"{repository}@{ref}" for _, repository, ref in used}))
        yield error(_FOLDER, f"the files use different versions of Merganser: {said}", "Use one in all of them.")


def _train(train: _Workflow, branch: str) -> Iterator[Finding]:
    if "pull_request_target" in train.on:
        yield error(train.where, "runs a stranger's code with your token: pull_request_target", _INIT)
    if "pull_request" not in train.on:
        yield error(train.where, "no pull request starts it", _INIT)
    else:
        yield from _pull_requests(train)
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


def _pull_requests(train: _Workflow) -> Iterator[Finding]:
    types = train.on["pull_request"].get("types")
    if types is not None and (lacking := [one for one in _MUST_LISTEN if one not in types]):
        yield error(train.where, f"a pull request that is {lacking[0]} doesn't start it", f"Add {lacking[0]} to types.")
    branches = train.on["pull_request"].get("branches")
    if branches is not None:
        yield warning(train.where, "pull_request is limited to some branches", "Take `branches` out there.")


def _pushes(train: _Workflow, branch: str) -> Iterator[Finding]:
    if "push" not in train.on:
        yield error(train.where, "no push starts it, so no merged run is recorded", _INIT)
        return
    branches = train.on["push"].get("branches")
    if branches is not None and branch not in branches:
        said = ", ".join(map(str, branches)) if isinstance(branches, list) else str(branches)
        yield error(
            train.where, f"listens to pushes to {said}, and the default branch is {branch}", f"Write [{branch}]."
        )


def _holds_nothing(train: _Workflow, name: str, job: Mapping[str, Any]) -> Iterator[Finding]:
    """The job runs a stranger's code: it may read, and hold no secret."""
    granted = job.get("permissions", train.permissions)
    if granted is None:
        cure = "Write permissions: {contents: read} there."
        yield warning(train.where, f"the job {name} has whatever the repository grants by default", cure)
    elif granted == "write-all" or (isinstance(granted, dict) and "write" in granted.values()):
        cure = "Grant contents: read alone: it runs the code of pull requests."
        yield error(train.where, f"the job {name} may write", cure)
    elif isinstance(granted, dict) and granted.get("contents") != "read":
        yield error(train.where, f"the job {name} may not read contents", "Grant contents: read.")
    if job.get("secrets") == "inherit":
        cure = "Pass none: whoever opens a pull request from a branch could read them."
        yield error(train.where, f"the job {name} inherits every secret", cure)


def _report(report: _Workflow, template: str) -> Iterator[Finding]:
    """Each job that calls the suite has what the template's has."""
    meant = parsed(template, report.where)
    assert isinstance(meant, _Workflow)
    needs = next(job["permissions"] for job in meant.jobs.values() if "uses" in job)
    for name, job in report.jobs.items():
        if "uses" not in job:
            continue
        granted = job.get("permissions", report.permissions)
        for permission, level in needs.items():
            has = granted.get(permission) if isinstance(granted, dict) else granted
            if has not in (level, "write", "write-all"):
                yield error(
                    report.where, f"the job {name} lacks {permission}: {level}", f"Grant {permission}: {level}."
                )


def _listening(report: _Workflow, train: _Workflow) -> Iterator[Finding]:
    how = report.on.get("workflow_run")
    if how is None:
        yield error(report.where, "doesn't listen to the training: no workflow_run", _INIT)
        return
    heard = how.get("workflows") or []
    if train.name not in heard:
        cure = f"Write workflows: [{train.name}]."
        yield error(
            report.where, f"listens to {', '.join(map(str, heard))}, and the training is called {train.name}", cure
        )
    types = how.get("types")
    if types is not None and "completed" not in types:
        yield error(report.where, "doesn't listen to completed trainings", "Write types: [requested, completed].")
    elif types is not None and "requested" not in types:
        cure = "Write types: [requested, completed]."
        yield warning(report.where, "no check stands there while a training runs", cure)


def _triggers(workflow: _Workflow, template: str) -> Iterator[Finding]:
    """What the template listens to and this file doesn't, the events aside that have a finding of their own."""
    meant = parsed(template, workflow.where)
    assert isinstance(meant, _Workflow)
    own = {"pull_request", "push", "workflow_run"}
    for event in sorted(set(meant.on) - set(workflow.on) - own):
        yield warning(workflow.where, f"doesn't listen to {event}, as the template does", _INIT)


def hears_queue(facts: Local) -> bool:
    """Whether a merge queue's groups are trained."""
    workflow = parsed(facts.workflows.get(TRAIN, ""), TRAIN)
    return isinstance(workflow, _Workflow) and "merge_group" in workflow.on
