"""Workflow runs and their artifacts, as far as a bot reads them; they come into being by the hub's administration."""

from __future__ import annotations

from merganser.hub.access import Role
from merganser.hub.pagination import paged
from merganser.hub.parameters import number
from merganser.hub.refusals import Refusal, existing, not_found
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row, Store, Value
from merganser.hub.views.runs import artifact, job, workflow, workflow_run

RUNS = (
    "SELECT workflow_runs.*, workflows.path FROM workflow_runs "
    "JOIN workflows ON workflows.id = workflow_id WHERE workflow_runs.repo_id = ? "
)
ARTIFACTS = (
    "SELECT artifacts.*, workflow_runs.head_branch, workflow_runs.head_sha, workflow_runs.head_repo_id "
    "FROM artifacts JOIN workflow_runs ON workflow_runs.id = run_id WHERE workflow_runs.repo_id = ? "
)
JOBS = (
    "SELECT jobs.*, workflow_runs.head_branch, workflow_runs.head_sha, workflows.path FROM jobs "
    "JOIN workflow_runs ON workflow_runs.id = run_id JOIN workflows ON workflows.id = workflow_id "
    "WHERE workflow_runs.repo_id = ? "
)
# What isn't begun again stands in the next attempt as it ended, under an id of its own.
_CARRIED_OVER = (
    "INSERT INTO jobs (run_id, attempt, name, status, conclusion, steps, started_at, completed_at) "
    "SELECT run_id, attempt + 1, name, status, conclusion, steps, started_at, completed_at FROM jobs "
    "WHERE run_id = ? AND attempt = ? AND id <> ?"
)
_ACTIONS = "/repos/{owner}/{repo}/actions"
_RUN = _ACTIONS + "/runs/{run_id}"
_ATTEMPT = _RUN + "/attempts/{attempt_number}"
_ARTIFACT = _ACTIONS + "/artifacts/{artifact_id}"


def _run(call: Call) -> Row:
    """The run that the path names; of its attempts the hub keeps the last alone."""
    row = call.store.row(RUNS + "AND workflow_runs.id = ?", call.repository.id, number(call, "run_id"))
    if row is None or ("attempt_number" in call.params and number(call, "attempt_number") != row["attempt"]):
        raise not_found()
    return row


def _workflow(call: Call) -> Row:
    """The workflow that the path names, by number or by file name."""
    wanted = call.params["workflow_id"]
    query = "SELECT * FROM workflows WHERE repo_id = ? AND (id = ? OR path = ?)"
    return existing(call.store.row(query, call.repository.id, wanted, f".github/workflows/{wanted}"))


@route("GET", _ACTIONS + "/runs")
@route("GET", _ACTIONS + "/workflows/{workflow_id}/runs")
def list_runs(call: Call) -> Answer:
    """The runs, of one workflow or of all, that the query asks for; newest first."""
    rows = call.store.rows(RUNS + "ORDER BY workflow_runs.id DESC", call.repository.id)
    if "workflow_id" in call.params:
        workflow_id = _workflow(call)["id"]
        rows = [row for row in rows if row["workflow_id"] == workflow_id]
    for key, column in (("event", "event"), ("head_sha", "head_sha"), ("branch", "head_branch")):
        if key in call.query:
            rows = [row for row in rows if row[column] == call.query[key]]
    status = call.query.get("status")
    if status is not None:  # one filter for both columns, as on GitHub
        rows = [row for row in rows if status in (row["status"], row["conclusion"])]
    return paged(call, rows, lambda row: workflow_run(call, row), "workflow_runs")


@route("GET", _ACTIONS + "/workflows")
def list_workflows(call: Call) -> Answer:
    rows = call.store.rows("SELECT * FROM workflows WHERE repo_id = ? ORDER BY id", call.repository.id)
    return paged(call, rows, lambda row: workflow(call, row), "workflows")


@route("GET", _ACTIONS + "/workflows/{workflow_id}")
def get_workflow(call: Call) -> Answer:
    return Answer(200, workflow(call, _workflow(call)))


@route("GET", _RUN)
@route("GET", _ATTEMPT)
def get_run(call: Call) -> Answer:
    return Answer(200, workflow_run(call, _run(call)))


@route("POST", _RUN + "/rerun", needs=Role.WRITE)
def rerun(call: Call) -> Answer:
    """Begin the next attempt of a run that has ended."""
    row = _run(call)
    if row["status"] != "completed":
        raise Refusal(403, "This workflow is already running")
    begin_again(call.store, row["id"])
    return Answer(201, {})


@route("POST", _RUN + "/approve", needs=Role.WRITE)
def approve(call: Call) -> Answer:
    """Let the run of a fork's pull request begin that waits for a maintainer."""
    row = _run(call)
    if row["conclusion"] != "action_required":
        raise Refusal(403, "This run is not from a fork pull request")
    query = "UPDATE workflow_runs SET status = 'in_progress', conclusion = NULL, updated_at = ? WHERE id = ?"
    call.store.change(query, call.store.now(), row["id"])
    return Answer(201, {})


def begin_again(store: Store, run: int) -> None:
    """The next attempt of a run: its id and the time of its making stay."""
    query = "UPDATE workflow_runs SET attempt = attempt + 1, status = 'in_progress', conclusion = NULL, "
    store.change(query + "started_at = ?, updated_at = ? WHERE id = ?", store.now(), store.now(), run)


@route("GET", _RUN + "/jobs")
@route("GET", _ATTEMPT + "/jobs")
def list_jobs(call: Call) -> Answer:
    """The jobs of the run's last attempt, or of an attempt that is named."""
    run = existing(call.store.row(RUNS + "AND workflow_runs.id = ?", call.repository.id, number(call, "run_id")))
    attempt = number(call, "attempt_number") if "attempt_number" in call.params else run["attempt"]
    if not 1 <= attempt <= run["attempt"]:
        raise not_found()
    query = JOBS + "AND run_id = ? AND jobs.attempt = ? ORDER BY jobs.id"
    rows = call.store.rows(query, call.repository.id, run["id"], attempt)
    return paged(call, rows, lambda row: job(call, row), "jobs")


@route("POST", _ACTIONS + "/jobs/{job_id}/rerun", needs=Role.WRITE)
def rerun_job(call: Call) -> Answer:
    """Begin the next attempt of the job's run with that job alone: no other is known to depend on it."""
    wanted = existing(call.store.row(JOBS + "AND jobs.id = ?", call.repository.id, number(call, "job_id")))
    run = call.store.rows("SELECT * FROM workflow_runs WHERE id = ?", wanted["run_id"])[0]
    if run["status"] != "completed":
        raise Refusal(403, "The workflow run containing this job is already running")
    if wanted["attempt"] != run["attempt"]:
        raise Refusal(403, "Only jobs from the current attempt can be re-run")
    begin_again(call.store, run["id"])
    call.store.change(_CARRIED_OVER, run["id"], run["attempt"], wanted["id"])
    again: dict[str, Value] = {"run_id": run["id"], "attempt": run["attempt"] + 1, "name": wanted["name"]}
    call.store.insert("jobs", again | {"status": "queued", "steps": "[]", "started_at": call.store.now()})
    return Answer(201, {})


@route("GET", _ACTIONS + "/artifacts")
@route("GET", _RUN + "/artifacts")
def list_artifacts(call: Call) -> Answer:
    """The artifacts, of one run or of all, newest first."""
    rows = call.store.rows(ARTIFACTS + "ORDER BY artifacts.id DESC", call.repository.id)
    if "run_id" in call.params:
        run_id = _run(call)["id"]
        rows = [row for row in rows if row["run_id"] == run_id]
    if "name" in call.query:
        rows = [row for row in rows if row["name"] == call.query["name"]]
    return paged(call, rows, lambda row: artifact(call, row), "artifacts")


def _artifact(call: Call) -> Row:
    query = ARTIFACTS + "AND artifacts.id = ?"
    return existing(call.store.row(query, call.repository.id, number(call, "artifact_id")))


@route("GET", _ARTIFACT)
def get_artifact(call: Call) -> Answer:
    return Answer(200, artifact(call, _artifact(call)))


@route("GET", _ARTIFACT + "/{archive_format}")
def download_artifact(call: Call) -> Answer:
    """A redirect to the download port, good for a while; a login is asked for even in public repositories."""
    row = _artifact(call)
    if call.params["archive_format"] != "zip":
        raise not_found()
    if call.user is None:
        raise Refusal(401, "You must have the actions scope to download artifacts.")
    if row["expires_at"] < call.store.now():
        raise Refusal(410, "Artifact has expired")
    address = call.world.sign_download(row["sha256"], f"{row['name']}.zip", "application/zip")
    return Answer(302, None, {"Location": address})


@route("DELETE", _ARTIFACT, needs=Role.WRITE)
def delete_artifact(call: Call) -> Answer:
    call.store.change("DELETE FROM artifacts WHERE id = ?", _artifact(call)["id"])
    return Answer(204)
