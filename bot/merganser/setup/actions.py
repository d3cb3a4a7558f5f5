"""GitHub Actions on the embedded hub: an event starts the workflows that listen to it, as they stand in the repository.

A change's own workflows are those of the commit that would be merged; what answers them is the default branch's. Only
workflows that have to do with Merganser are run: others may want what this machine hasn't.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from merganser.config import TRAIN_WORKFLOW
from merganser.git import Repository
from merganser.hub import Hub
from merganser.hub.queue import Group
from merganser.setup.listening import Workflow, listens, read
from merganser.setup.runner import Ran, Run, Runner, Side, Task

_FOLDER = ".github/workflows"


class Actions(msgspec.Struct, frozen=True, kw_only=True):
    """The hub, who runs its workflows, who triggers them, and how a person reads the hub."""

    hub: Hub
    runner: Runner
    actor: str
    fetch: Callable[[str], Any]


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """An event that starts workflows: of which branch and commit it is, and which ref and commit they run on.

    `fork` is where the branch is, "" for the repository itself; `actor` who did it, "" for the usual person.
    """

    repo: str
    event: str
    payload: dict[str, Any]
    branch: str
    head: str
    ref: str
    sha: str
    fork: str = ""
    actor: str = ""


def pull_request(actions: Actions, repo: str, number: int, action: str = "opened") -> Trigger:
    """A pull request that was opened or changed; it runs on what its merge would be."""
    pull = actions.fetch(f"/repos/{repo}/pulls/{number}")
    of = (pull["head"]["repo"] or {}).get("full_name", "")
    return Trigger(
        repo=repo,
        event="pull_request",
        payload={"action": action, "number": number, "pull_request": pull, "repository": pull["base"]["repo"]},
        branch=pull["head"]["ref"],
        head=pull["head"]["sha"],
        ref=f"refs/pull/{number}/merge",
        sha=pull["merge_commit_sha"],
        fork="" if of == repo else of,
        actor=pull["user"]["login"],
    )


def push(actions: Actions, repo: str, before: str, after: str) -> Trigger:
    """A push to the default branch."""
    repository = actions.fetch(f"/repos/{repo}")
    branch = repository["default_branch"]
    ref = f"refs/heads/{branch}"
    payload = {"ref": ref, "before": before, "after": after, "repository": repository}
    return Trigger(repo=repo, event="push", payload=payload, branch=branch, head=after, ref=ref, sha=after)


def merge_group(actions: Actions, repo: str, group: Group) -> Trigger:
    """A group of the merge queue that wants its checks."""
    return Trigger(
        repo=repo,
        event="merge_group",
        payload=group.payload() | {"repository": actions.fetch(f"/repos/{repo}")},
        branch=group.branch,
        head=group.head,
        ref=f"refs/heads/{group.branch}",
        sha=group.head,
    )


def workflow_run(actions: Actions, repo: str, run_id: int, action: str) -> Trigger:
    """`requested` or `completed` of a run."""
    run = actions.fetch(f"/repos/{repo}/actions/runs/{run_id}")
    run["name"] = _name_of(actions, run)
    return _on_default_branch(actions, repo, "workflow_run", {"action": action, "workflow_run": run})


def schedule(actions: Actions, repo: str, cron: str) -> Trigger:
    """The hour has come that a workflow names."""
    return _on_default_branch(actions, repo, "schedule", {"schedule": cron})


def issue_comment(actions: Actions, repo: str, comment: dict[str, Any]) -> Trigger:
    """A comment, in GitHub's form, that was just written."""
    number = int(comment["issue_url"].rpartition("/")[2])
    issue = actions.fetch(f"/repos/{repo}/issues/{number}")
    payload = {"action": "created", "issue": issue, "comment": comment, "sender": comment["user"]}
    trigger = _on_default_branch(actions, repo, "issue_comment", payload)
    return msgspec.structs.replace(trigger, actor=comment["user"]["login"])


def hears_comments(actions: Actions, repo: str) -> bool:
    """Whether a comment would start anything."""
    return bool(listening(actions, _on_default_branch(actions, repo, "issue_comment", {"action": "created"})))


def _on_default_branch(actions: Actions, repo: str, event: str, payload: dict[str, Any]) -> Trigger:
    repository = actions.fetch(f"/repos/{repo}")
    branch = repository["default_branch"]
    sha = actions.fetch(f"/repos/{repo}/branches/{branch}")["commit"]["sha"]
    payload = payload | {"repository": repository}
    ref = f"refs/heads/{branch}"
    return Trigger(repo=repo, event=event, payload=payload, branch=branch, head=sha, ref=ref, sha=sha)


def deliver(actions: Actions, trigger: Trigger) -> tuple[Ran, ...]:
    """Run all that an event starts, each with what answers it in turn."""
    found: list[Ran] = []
    for workflow in listening(actions, trigger):
        run = begin(actions, trigger, workflow.path)
        if _side(trigger) is Side.trusted:
            found.append(carry_out(actions, trigger, run))
            continue
        found += deliver(actions, workflow_run(actions, trigger.repo, run["id"], "requested"))
        found.append(carry_out(actions, trigger, run))
        found += deliver(actions, workflow_run(actions, trigger.repo, run["id"], "completed"))
    return tuple(found)


def resume(actions: Actions, repo: str, number: int) -> tuple[Ran, ...]:
    """Run the trainings of a pull request that were begun again, each with what answers its end.

    That a run is requested is told of its first attempt alone.
    """
    trigger = pull_request(actions, repo, number)
    wanted = f"head_sha={trigger.head}&event=pull_request&status=in_progress&per_page=100"
    found: list[Ran] = []
    for run in actions.fetch(f"/repos/{repo}/actions/runs?{wanted}")["workflow_runs"]:
        found.append(carry_out(actions, trigger, run))
        found += deliver(actions, workflow_run(actions, repo, run["id"], "completed"))
    return tuple(found)


def listening(actions: Actions, trigger: Trigger) -> list[Workflow]:
    """The workflows of the trigger's commit that have to do with Merganser and listen to it."""
    clone = _repository(actions, trigger.repo)
    files = [entry for entry in clone.entries(trigger.sha, _FOLDER) if entry.path.endswith((".yml", ".yaml"))]
    texts = clone.blobs([entry.oid for entry in files]) if files else []
    found = [read(entry.path, text.decode(errors="replace")) for entry, text in zip(files, texts, strict=True)]
    return [one for one in found if one.is_ours and listens(one, trigger.event, trigger.payload)]


def _name_of(actions: Actions, run: Run) -> str:
    """A run has the name that its workflow's file gives itself, of which the hub knows nothing."""
    path = run["path"].partition("@")[0]
    text = _repository(actions, run["repository"]["full_name"]).file(run["head_sha"], path)
    return read(path, (text or b"").decode(errors="replace")).name


def _repository(actions: Actions, repo: str) -> Repository:
    return Repository(actions.hub.directory / "repos" / f"{repo}.git")


def begin(actions: Actions, trigger: Trigger, workflow: str = TRAIN_WORKFLOW) -> Run:
    """The run as it stands when GitHub says `requested`."""
    return actions.hub.admin.start_workflow_run(
        trigger.repo,
        workflow,
        event=trigger.event,
        head_branch=trigger.branch,
        head_sha=trigger.head,
        actor=trigger.actor or actions.actor,
        fork=trigger.fork,
    )


def carry_out(actions: Actions, trigger: Trigger, run: Run) -> Ran:
    """Run the workflow of a run that has begun, keep its artifacts, and end it.

    Where one job of it was begun again alone, that job; the run ends as all jobs of the attempt have ended.
    """
    admin = actions.hub.admin
    ran = actions.runner.run(
        Task(
            repo=trigger.repo,
            run=run,
            workflow=run["path"].partition("@")[0],
            event=trigger.event,
            payload=trigger.payload,
            ref=trigger.ref,
            sha=trigger.sha,
            side=_side(trigger),
            jobs=frozenset(job["name"] for job in _jobs(actions, run) if job["status"] == "queued"),
        )
    )
    for packed in ran.artifacts:
        admin.upload_artifact(trigger.repo, run["id"], packed.stem, packed)
    for job in ran.jobs:
        steps = {step.name: _conclusion(step.success) for step in ran.steps if step.job == job.name}
        admin.report_job(trigger.repo, run["id"], job.name, _conclusion(job.success), steps)
    well = ran.success and all(job["conclusion"] == "success" for job in _jobs(actions, run))
    admin.finish_workflow_run(trigger.repo, run["id"], _conclusion(well))
    return ran


def _jobs(actions: Actions, run: Run) -> list[dict[str, Any]]:
    """The jobs of the run's attempt that the hub knows by now."""
    path = f"/repos/{run['repository']['full_name']}/actions/runs/{run['id']}/attempts/{run['run_attempt']}/jobs"
    return list(actions.fetch(f"{path}?per_page=100")["jobs"])


def _conclusion(success: bool) -> str:
    return "success" if success else "failure"


def _side(trigger: Trigger) -> Side:
    """What is started by a change runs that change's code."""
    return Side.untrusted if trigger.event in ("pull_request", "merge_group", "push") else Side.trusted
