"""What a run's own fields say, for those that the hub never has."""

import msgspec
import pytest

from merganser.commands.observing.intake import Trigger
from merganser.forge.values import RepositoryRef, WorkflowRun

OWN = RepositoryRef(id=1, full_name="acme/tiny")
RUN = WorkflowRun(
    id=5,
    workflow_id=2,
    path=".github/workflows/merganser-train.yml",
    event="pull_request",
    head_sha="1" * 40,
    html_url="https://example.com/run",
    repository=OWN,
)


@pytest.mark.parametrize(
    ("status", "conclusion", "waits"),
    [
        ("completed", "action_required", True),
        ("action_required", None, True),
        ("completed", "failure", False),
        ("in_progress", None, False),
        ("queued", None, False),
    ],
)
def test_a_run_waits_for_a_maintainer_in_either_of_githubs_forms(
    status: str, conclusion: str | None, waits: bool
) -> None:
    run = msgspec.structs.replace(RUN, status=status, conclusion=conclusion)
    assert Trigger(run=run, branch="main", number=3).waits is waits
