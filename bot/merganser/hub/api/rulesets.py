"""Rulesets, and the rules that hold for a branch."""

from __future__ import annotations

import json
from typing import Any

from merganser.hub.access import Role
from merganser.hub.pagination import paged
from merganser.hub.parameters import body, choice, number, text
from merganser.hub.refusals import invalid, not_found
from merganser.hub.routing import Answer, Call, route
from merganser.hub.rulesets import rules_for, rulesets_of
from merganser.hub.store import Row, Value
from merganser.hub.views.links import node_id

_LIST = "/repos/{owner}/{repo}/rulesets"
_TARGETS = frozenset({"branch", "tag", "push"})
_ENFORCEMENTS = frozenset({"active", "disabled", "evaluate"})


def _summary(call: Call, row: Row, document: dict[str, Any]) -> dict[str, Any]:
    name = call.repository.full_name
    return {
        "id": row["id"],
        "name": document["name"],
        "target": document["target"],
        "source_type": "Repository",
        "source": name,
        "enforcement": document["enforcement"],
        "node_id": node_id("RepositoryRuleset", row["id"]),
        "_links": {
            "self": {"href": call.site.repo(name, "rulesets", row["id"])},
            "html": {"href": call.site.page(name, "rules", row["id"])},
        },
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
    }


def _whole(call: Call, row: Row, document: dict[str, Any]) -> dict[str, Any]:
    """With its rules; who may go round them is for those to see who may change it."""
    found = _summary(call, row, document)
    found |= {"conditions": document["conditions"], "rules": document["rules"]}
    return found | {"bypass_actors": document["bypass_actors"]} if call.role >= Role.ADMIN else found


@route("GET", _LIST)
def list_rulesets(call: Call) -> Answer:
    found = rulesets_of(call.store, call.repository)
    if "targets" in call.query:
        found = [one for one in found if one[1]["target"] in call.query["targets"].split(",")]
    return paged(call, found, lambda one: _summary(call, *one))


@route("POST", _LIST, needs=Role.ADMIN)
def create_ruleset(call: Call) -> Answer:
    given = body(call)
    enforcement = choice(call, "enforcement", _ENFORCEMENTS, "RepositoryRuleset")
    if enforcement is None:
        raise invalid("RepositoryRuleset", "enforcement", "missing_field")
    document = {
        "name": text(call, "name", "RepositoryRuleset"),
        "target": choice(call, "target", _TARGETS, "RepositoryRuleset") or "branch",
        "enforcement": enforcement,
        "conditions": given.get("conditions", {"ref_name": {"include": [], "exclude": []}}),
        "rules": given.get("rules", []),
        "bypass_actors": given.get("bypass_actors", []),
    }
    columns: dict[str, Value] = {
        "repo_id": call.repository.id,
        "document": json.dumps(document),
        "created_at": call.store.now(),
    }
    return Answer(201, _whole(call, *_one(call, call.store.insert("rulesets", columns))))


@route("GET", _LIST + "/{ruleset_id}")
def get_ruleset(call: Call) -> Answer:
    return Answer(200, _whole(call, *_one(call, number(call, "ruleset_id"))))


def _one(call: Call, key: int) -> tuple[Row, dict[str, Any]]:
    found = [one for one in rulesets_of(call.store, call.repository) if one[0]["id"] == key]
    if not found:
        raise not_found()
    return found[0]


@route("GET", "/repos/{owner}/{repo}/rules/branches/{branch}")
def list_branch_rules(call: Call) -> Answer:
    """What holds for a branch of that name, whether there is one or not."""
    found = rules_for(call.store, call.repository, f"refs/heads/{call.params['branch']}")
    source = {"ruleset_source_type": "Repository", "ruleset_source": call.repository.full_name}
    return paged(call, found, lambda one: one[1] | source | {"ruleset_id": one[0]["id"]})
