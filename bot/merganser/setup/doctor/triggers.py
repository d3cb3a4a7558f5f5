"""What starts a workflow file, against what its template is started by. Pure."""

from collections.abc import Iterator
from typing import Final

from merganser.setup.doctor.finding import Finding, error, warning
from merganser.setup.doctor.workflow_text import INIT, Workflow

# Without these events, and these kinds of them, the file doesn't do its work; the template's others are for comfort.
_NEEDED: Final = {
    "pull_request": "no pull request starts it",
    "push": "no push starts it, so no merged run is recorded",
    "workflow_run": "doesn't listen to the training: no workflow_run",
    "issue_comment": "no comment starts it: no issue_comment",
}
_NEEDED_TYPES: Final = {
    "pull_request": ("opened", "synchronize", "reopened"),
    "workflow_run": ("completed",),
    "issue_comment": ("created",),
}


def findings(workflow: Workflow, template: Workflow) -> Iterator[Finding]:
    """One for each event of the template that the file lacks, and for each kind of an event that both have."""
    for event in template.on:
        if event in workflow.on:
            yield from _types(workflow, template, event)
        elif event in _NEEDED:
            yield error(workflow.where, _NEEDED[event], INIT)
        else:
            yield warning(workflow.where, f"doesn't listen to {event}, as the template does", INIT)


def _types(workflow: Workflow, template: Workflow, event: str) -> Iterator[Finding]:
    heard, meant = workflow.types(event), template.types(event)
    if heard is None or meant is None:
        return
    for kind in (kind for kind in meant if kind not in heard):
        state = error if kind in _NEEDED_TYPES.get(event, ()) else warning
        cure = f"Write types: [{', '.join(meant)}]."
        yield state(workflow.where, f"{event}: {kind} doesn't start it", cure)
