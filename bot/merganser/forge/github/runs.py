"""Workflow runs and what they leave: artifacts."""

from pathlib import Path
from typing import Any

import msgspec

from merganser.forge import names, values
from merganser.forge.github.client import PER_PAGE, Client, of_item, of_repository, or_none
from merganser.forge.protocol import Refused
from merganser.forge.requests.request import Request


class _Runs(msgspec.Struct, frozen=True):
    workflow_runs: tuple[values.WorkflowRun, ...]


def workflow_run(client: Client, repo: str, run: int) -> values.WorkflowRun:
    return client.get(of_item(repo, "actions/runs", run), values.WorkflowRun)


def workflow_runs(
    client: Client, repo: str, head_sha: str = "", event: str = "", branch: str = ""
) -> tuple[values.WorkflowRun, ...]:
    """The runs of a commit, of a branch or of both, by one event if named; newest first."""
    commit = {"head_sha": names.sha(head_sha)} if head_sha else {}
    query = commit | ({"event": event} if event else {}) | ({"branch": names.branch(branch)} if branch else {})
    return client.items(f"{of_repository(repo)}/actions/runs", values.WorkflowRun, query, "workflow_runs")


def jobs(client: Client, repo: str, run: int, attempt: int) -> tuple[values.WorkflowJob, ...]:
    """All jobs of an attempt, those too that it took over from the one before."""
    url = f"{of_item(repo, 'actions/runs', run)}/attempts/{names.number(attempt)}/jobs"
    return client.items(url, values.WorkflowJob, key="jobs")


def rerun(client: Client, repo: str, run: int) -> None:
    """Begin the next attempt of a run that has ended."""
    client.send("POST", f"{of_item(repo, 'actions/runs', run)}/rerun", {}, dict[str, Any])


def rerun_job(client: Client, repo: str, job: int) -> None:
    """Begin the next attempt of a run that has ended, with one job of its last attempt and what depends on it."""
    client.send("POST", f"{of_item(repo, 'actions/jobs', job)}/rerun", {}, dict[str, Any])


def approve_run(client: Client, repo: str, run: int) -> None:
    """Let the run of a fork's pull request begin that waits for a maintainer."""
    client.send("POST", f"{of_item(repo, 'actions/runs', run)}/approve", {}, dict[str, Any])


def newest_runs(client: Client, repo: str, workflow: str) -> tuple[values.WorkflowRun, ...]:
    """The hundred newest runs of a workflow, by the name of its file; none where GitHub knows no such workflow."""
    url = f"{of_repository(repo)}/actions/workflows/{names.quoted(names.file_name(workflow))}/runs"
    found = or_none(lambda: client.get(url, _Runs, {"per_page": PER_PAGE}))
    return found.workflow_runs if found else ()


def artifacts(client: Client, repo: str, run: int) -> tuple[values.ArtifactRef, ...]:
    return client.items(f"{of_item(repo, 'actions/runs', run)}/artifacts", values.ArtifactRef, key="artifacts")


def artifacts_named(client: Client, repo: str, name: str) -> tuple[values.ArtifactRef, ...]:
    """The artifacts of that name, of whichever runs."""
    query = {"name": names.file_name(name)}
    return client.items(f"{of_repository(repo)}/actions/artifacts", values.ArtifactRef, query, "artifacts")


def download_artifact(client: Client, repo: str, artifact: values.ArtifactRef, path: Path, cap: int) -> None:
    """The artifact's zip into the new file `path`; more than `cap` bytes are refused."""
    if artifact.expired or artifact.size_in_bytes > cap:
        why = "has expired" if artifact.expired else f"has {artifact.size_in_bytes} bytes, over the {cap} allowed"
        raise Refused(f"the artifact {artifact.name} of {repo} {why}", "Run its workflow again.")
    client.download(Request(verb="GET", url=f"{of_item(repo, 'actions/artifacts', artifact.id)}/zip"), path, cap)
