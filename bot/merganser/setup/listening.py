"""Which events a workflow file listens to. Pure: text and payload in, an answer out."""

import fnmatch
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import yaml

from merganser.config import TRAIN_WORKFLOW

_USES = re.compile(r"""uses:\s*["']?([\w.-]+/[\w.-]+)(/[\w./-]+)?@([\w./-]+)""")
_OUR_FILES = re.compile(r"/\.github/workflows/merganser-[\w-]+\.ya?ml")
_DEFAULT_TYPES = {"pull_request": ("opened", "synchronize", "reopened")}


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow file: its path, its name (the path where it has none), its events with their filters.

    `is_ours`: it trains, or it uses an action or a workflow of Merganser's.
    """

    path: str
    name: str
    events: dict[str, dict[str, Any]]
    is_ours: bool


def read(path: str, text: str) -> Workflow:
    """A workflow file; one that GitHub couldn't read either listens to nothing."""
    said = _loaded(text)
    return Workflow(
        path=path,
        name=str(said.get("name") or path),
        events=_events(said.get("on", said.get(True))),  # YAML 1.1 takes the key `on` for true
        is_ours=path == TRAIN_WORKFLOW or any(is_ours for _, is_ours in uses(text)),
    )


def uses(text: str) -> list[tuple[str, bool]]:
    """Each `OWNER/NAME@REF` that a workflow or an action uses; and whether it is a copy of Merganser.

    A copy may have another name; its reusable workflows have ours.
    """
    found = [(repo, path, ref) for repo, path, ref in _USES.findall(text)]
    copies = {repo for repo, path, _ in found if repo.endswith("/merganser") or _OUR_FILES.fullmatch(path)}
    return [(f"{repo}@{ref}", repo in copies) for repo, _, ref in found]


def labels(text: str) -> frozenset[str]:
    """The labels of runners that a workflow's jobs ask for, also by the input `runners` of our reusable workflow."""
    said = _loaded(text)
    jobs = said.get("jobs")
    found: set[str] = set()
    for job in jobs.values() if isinstance(jobs, Mapping) else ():
        if isinstance(job, Mapping):
            inputs = job.get("with")
            asked = inputs.get("runners") if isinstance(inputs, Mapping) else None
            found |= {*_words(job.get("runs-on")), *_words(_json(asked))}
    return frozenset(label for label in found if "${{" not in label)


def _words(value: Any) -> Iterator[str]:
    """Every text in a value of whatever form."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | Mapping):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _words(one)


def _json(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _loaded(text: str) -> Mapping[Any, Any]:
    """A file as YAML; one that GitHub couldn't read either says nothing."""
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError:
        said = None
    return said if isinstance(said, Mapping) else {}


def _events(said: Any) -> dict[str, dict[str, Any]]:
    if isinstance(said, str):
        return {said: {}}
    if isinstance(said, list):
        return {str(name): {} for name in said}
    if not isinstance(said, Mapping):
        return {}
    return {str(name): dict(filters) if isinstance(filters, Mapping) else {} for name, filters in said.items()}


def listens(workflow: Workflow, event: str, payload: Mapping[str, Any]) -> bool:
    """Whether GitHub would start the workflow: by event, type, branch, and for `workflow_run` the other's name.

    Filters of paths and tags are not looked at: none of ours has them.
    """
    filters = workflow.events.get(event)
    if filters is None:
        return False
    types = filters.get("types", _DEFAULT_TYPES.get(event, ()))
    if types and "action" in payload and payload["action"] not in types:
        return False
    if event == "workflow_run":
        return payload["workflow_run"]["name"] in filters.get("workflows", ())
    if event in ("schedule", "issue_comment"):
        return True
    return _on_branch(filters, event, payload)


def _on_branch(filters: Mapping[str, Any], event: str, payload: Mapping[str, Any]) -> bool:
    if event == "pull_request":
        branch = payload["pull_request"]["base"]["ref"]
    else:
        ref = payload["merge_group"]["base_ref"] if event == "merge_group" else payload["ref"]
        branch = ref.removeprefix("refs/heads/")
    wanted, unwanted = filters.get("branches"), filters.get("branches-ignore", ())
    chosen = wanted is None or any(fnmatch.fnmatchcase(branch, pattern) for pattern in wanted)
    return chosen and not any(fnmatch.fnmatchcase(branch, pattern) for pattern in unwanted)
