"""Check runs and suites. Only apps write them, as on GitHub: here a token of a bot."""

from __future__ import annotations

import json
from typing import Any

from merganser.hub.access import Role, User
from merganser.hub.git import refs
from merganser.hub.git.names import is_sha
from merganser.hub.git.objects import read_commit
from merganser.hub.pagination import paged
from merganser.hub.parameters import body, choice, number, optional_text, text
from merganser.hub.refusals import existing, forbidden, invalid, invalid_because, unprocessable
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row, Store, Value
from merganser.hub.views.checks import check_run, check_suite

_STATUSES = frozenset({"queued", "in_progress", "completed", "waiting", "requested", "pending"})
_CONCLUSIONS = frozenset({"action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"})
_LONGEST = 65535
_MOST_ANNOTATIONS = 50


def suite_for(store: Store, repo_id: int, sha: str, app: User) -> int:
    """The suite of an app on a commit, made at need."""
    query = "SELECT id FROM check_suites WHERE repo_id = ? AND head_sha = ? AND app_id = ?"
    row = store.row(query, repo_id, sha, app.id)
    if row is not None:
        return int(row["id"])
    columns: dict[str, Value] = {"repo_id": repo_id, "head_sha": sha, "app_id": app.id, "created_at": store.now()}
    return store.insert("check_suites", columns)


def _app(call: Call) -> User:
    if not call.actor.is_bot:
        raise forbidden("You must authenticate via a GitHub App.")
    return call.actor


def _find(call: Call) -> Row:
    query = "SELECT * FROM check_runs WHERE repo_id = ? AND id = ?"
    return existing(call.store.row(query, call.repository.id, number(call, "check_run_id")))


def _output(call: Call, known: list[Any]) -> dict[str, Value]:
    """The columns that an `output` object sets; annotations are added to the known ones."""
    output = body(call).get("output")
    if output is None:
        return {}
    if not isinstance(output, dict):
        raise invalid("CheckRun", "output")
    columns: dict[str, Value] = {}
    for key in ("title", "summary", "text"):
        value = output.get(key)
        if value is not None and not isinstance(value, str):
            raise invalid("CheckRun", key)
        if value is not None and len(value) > _LONGEST:
            raise invalid_because("CheckRun", f"{key} exceeds a maximum length of {_LONGEST}")
        if key in output:
            columns[key] = value
    annotations = output.get("annotations", [])
    if not isinstance(annotations, list) or len(annotations) > _MOST_ANNOTATIONS:
        raise invalid_because("CheckRun", f"annotations must be a list of at most {_MOST_ANNOTATIONS}")
    return columns | {"annotations": json.dumps(known + annotations)}


def _columns(call: Call, row: Row | None) -> dict[str, Value]:
    """What a request to create or update sets; a conclusion completes the run, completion needs one."""
    columns: dict[str, Value] = {}
    for key in ("details_url", "external_id", "started_at", "completed_at"):
        if key in body(call):
            columns[key] = optional_text(call, key, "CheckRun")
    conclusion = choice(call, "conclusion", _CONCLUSIONS, "CheckRun")
    status = choice(call, "status", _STATUSES, "CheckRun")
    if conclusion is not None:
        columns |= {"conclusion": conclusion, "status": "completed"}
        columns.setdefault("completed_at", call.store.now())
    elif status == "completed":
        raise invalid("CheckRun", "conclusion", "missing_field")
    elif status is not None:
        columns |= {"status": status, "conclusion": None, "completed_at": None}
    return columns | _output(call, json.loads(row["annotations"]) if row else [])


@route("POST", "/repos/{owner}/{repo}/check-runs", needs=Role.WRITE)
def create_check_run(call: Call) -> Answer:
    app = _app(call)
    name, sha = text(call, "name", "CheckRun"), text(call, "head_sha", "CheckRun")
    if not is_sha(sha) or refs.commit_of(call.git, sha) is None:
        raise unprocessable(f"No commit found for SHA: {sha}")
    columns: dict[str, Value] = {
        "suite_id": suite_for(call.store, call.repository.id, sha, app),
        "repo_id": call.repository.id,
        "head_sha": sha,
        "name": name,
        "status": "queued",
        "started_at": call.store.now(),
    }
    key = call.store.insert("check_runs", columns | _columns(call, None))
    return Answer(201, check_run(call, call.store.rows("SELECT * FROM check_runs WHERE id = ?", key)[0]))


@route("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}")
def get_check_run(call: Call) -> Answer:
    return Answer(200, check_run(call, _find(call)))


@route("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}", needs=Role.WRITE)
def update_check_run(call: Call) -> Answer:
    row = _find(call)
    suite = call.store.number("SELECT app_id FROM check_suites WHERE id = ?", row["suite_id"])
    if _app(call).id != suite:
        raise forbidden("Invalid app_id `" + str(call.actor.id) + "` - check run can only be modified by its app.")
    columns = _columns(call, row)
    if "name" in body(call):
        columns["name"] = text(call, "name", "CheckRun")
    call.store.update("check_runs", row["id"], columns)
    return Answer(200, check_run(call, _find(call)))


@route("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations")
def list_annotations(call: Call) -> Answer:
    row = _find(call)
    blob = call.site.page(call.repository.full_name, "blob", row["head_sha"])
    return paged(call, json.loads(row["annotations"]), lambda found: _annotation(found, blob))


def _annotation(found: dict[str, Any], blob: str) -> dict[str, Any]:
    optional = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
    return optional | found | {"blob_href": f"{blob}/{found.get('path', '')}"}


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs")
def list_check_runs(call: Call) -> Answer:
    sha = refs.resolve(call.git, call.params["ref"])
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {call.params['ref']}")
    query = "SELECT * FROM check_runs WHERE repo_id = ? AND head_sha = ? ORDER BY id DESC"
    rows = call.store.rows(query, call.repository.id, sha)
    return _list(call, rows)


def _list(call: Call, rows: list[Row]) -> Answer:
    """The runs that the query asks for; by default the latest of each name in each suite."""
    for key, column in (("check_name", "name"), ("status", "status")):
        if key in call.query:
            rows = [row for row in rows if row[column] == call.query[key]]
    if "app_id" in call.query:
        query = "SELECT app_id FROM check_suites WHERE id = ?"
        rows = [row for row in rows if str(call.store.number(query, row["suite_id"])) == call.query["app_id"]]
    if call.query.get("filter", "latest") != "all":
        latest: dict[tuple[int, str], Row] = {}
        for row in rows:
            latest.setdefault((row["suite_id"], row["name"]), row)
        rows = list(latest.values())
    return paged(call, rows, lambda row: check_run(call, row), "check_runs")


def _find_suite(call: Call) -> Row:
    query = "SELECT * FROM check_suites WHERE repo_id = ? AND id = ?"
    return existing(call.store.row(query, call.repository.id, number(call, "check_suite_id")))


@route("GET", "/repos/{owner}/{repo}/check-suites/{check_suite_id}")
def get_check_suite(call: Call) -> Answer:
    row = _find_suite(call)
    return Answer(200, check_suite(call, row, read_commit(call.git, row["head_sha"])))


@route("GET", "/repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs")
def list_check_runs_of_suite(call: Call) -> Answer:
    query = "SELECT * FROM check_runs WHERE suite_id = ? ORDER BY id DESC"
    return _list(call, call.store.rows(query, _find_suite(call)["id"]))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-suites")
def list_check_suites(call: Call) -> Answer:
    sha = refs.resolve(call.git, call.params["ref"])
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {call.params['ref']}")
    commit = read_commit(call.git, sha)
    query = "SELECT * FROM check_suites WHERE repo_id = ? AND head_sha = ? ORDER BY id"
    rows = call.store.rows(query, call.repository.id, sha)
    return paged(call, rows, lambda row: check_suite(call, row, commit), "check_suites")
