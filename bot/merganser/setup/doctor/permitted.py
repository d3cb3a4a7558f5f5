"""What the jobs of a workflow file may, against what they have to. Pure.

A job that calls a reusable workflow needs what the template's job that calls it has; GitHub doesn't start it with less.
A job of actions needs what `forge.requests.permissions` says of their commands.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from merganser.forge.requests.permissions import COMMANDS
from merganser.setup.doctor.finding import Finding, error, warning
from merganser.setup.doctor.workflow_text import Workflow

_ENOUGH = {"read": ("read", "write"), "write": ("write",)}


def findings(workflow: Workflow, templates: Mapping[str, Workflow]) -> Iterator[Finding]:
    """One for each permission that a job lacks."""
    for job, needs in _needs(workflow, templates).items():
        granted = workflow.granted(job)
        if granted is None:
            yield _unsaid(workflow.where, job, needs)
            continue
        for permission, level in needs.items():
            if _level(granted, permission) not in _ENOUGH[level]:
                said = f"the job {job} lacks {permission}: {level}"
                yield error(workflow.where, said, f"Write {permission}: {level} under its permissions.")


def _needs(workflow: Workflow, templates: Mapping[str, Workflow]) -> dict[str, dict[str, str]]:
    meant = {used.name: template.granted(job) for template in templates.values() for job, used in template.calls()}
    needs = {job: dict(meant[used.name]) for job, used in workflow.calls() if used.name in meant}
    for job, used, given in workflow.steps():
        # With another token than the job's own, the job's may do nothing.
        if used.name in COMMANDS and not {"token", "app-id"} & given.keys():
            for name, access in COMMANDS[used.name].model_repo.items():
                scope = name.replace("_", "-")
                before = needs.setdefault(job, {}).get(scope, "")
                needs[job][scope] = "write" if "write" in (before, access.value) else "read"
    return needs


def _level(granted: Any, permission: str) -> str:
    """`read`, `write`, or anything else for none."""
    said = granted.get(permission, "") if isinstance(granted, dict) else granted
    return str(said).removesuffix("-all")


def _unsaid(where: str, job: str, needs: Mapping[str, str]) -> Finding:
    """GitHub grants new repositories' jobs to read, and no more."""
    said = f"the job {job} has whatever the repository grants by default"
    cure = f"Write permissions: {{{', '.join(f'{name}: {level}' for name, level in needs.items())}}} there."
    return (error if "write" in needs.values() else warning)(where, said, cure)
