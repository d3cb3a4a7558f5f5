"""Rulesets, environments, names of secrets and variables on the hub, by requests that GitHub would take."""

import pytest

from tests.hub.clients import NAME, Checkout, Team

RULESETS = f"/repos/{NAME}/rulesets"
ENVIRONMENT = f"/repos/{NAME}/environments/merganser"
CHECK = "merganser/gate"


def ruleset(team: Team, *, app: int | None = None, include: str = "~DEFAULT_BRANCH", strict: bool = False) -> int:
    check = {"context": CHECK} if app is None else {"context": CHECK, "integration_id": app}
    checks = {"strict_required_status_checks_policy": strict, "required_status_checks": [check]}
    rules = [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {"type": "required_status_checks", "parameters": checks},
    ]
    document = {
        "name": "Gate",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": [include], "exclude": []}},
        "rules": rules,
        "bypass_actors": [{"actor_id": 1, "actor_type": "Integration", "bypass_mode": "always"}],
    }
    made = team.send("POST", RULESETS, "owner", document)
    assert made.status == 201, made.content
    return int(made.json["id"])


def test_a_ruleset_is_read_as_it_was_written(team: Team) -> None:
    key = ruleset(team)
    assert [one["name"] for one in team.send("GET", RULESETS, "read").json] == ["Gate"]
    assert "rules" not in team.send("GET", RULESETS, "read").json[0]
    assert team.send("GET", f"{RULESETS}/{key}", "owner").json["bypass_actors"][0]["actor_id"] == 1
    assert "bypass_actors" not in team.send("GET", f"{RULESETS}/{key}", "write").json
    assert team.send("GET", f"{RULESETS}/99", "owner").status == 404
    assert team.send("GET", f"{RULESETS}?targets=tag", "owner").json == []


@pytest.mark.parametrize(
    ("include", "branch", "holds"),
    [
        ("~DEFAULT_BRANCH", "main", True),
        ("~DEFAULT_BRANCH", "other", False),
        ("~ALL", "feature/one", True),
        ("refs/heads/*", "feature/one", False),
        ("refs/heads/**", "feature/one", True),
        ("refs/heads/**/one", "feature/one", True),
        ("refs/heads/merganser-ledger", "merganser-ledger", True),
        ("refs/heads/m.in", "main", False),
    ],
)
def test_which_branch_a_ruleset_holds_for(team: Team, include: str, branch: str, holds: bool) -> None:
    key = ruleset(team, include=include)
    found = team.send("GET", f"/repos/{NAME}/rules/branches/{branch}", "read").json
    assert [rule["type"] for rule in found] == (
        ["deletion", "non_fast_forward", "required_status_checks"] if holds else []
    )
    assert {rule["ruleset_id"] for rule in found} == ({key} if holds else set())


def proposed(team: Team, checkout: Checkout) -> tuple[int, str]:
    checkout.branch("topic")
    sha = checkout.commit({"src/train.py": "one\ntwo\n"})
    checkout.push("topic")
    made = team.send("POST", f"/repos/{NAME}/pulls", "owner", {"title": "T", "head": "topic", "base": "main"})
    return int(made.json["number"]), sha


def check(team: Team, sha: str, conclusion: str) -> int:
    body = {"name": CHECK, "head_sha": sha, "status": "completed", "conclusion": conclusion}
    made = team.send("POST", f"/repos/{NAME}/check-runs", "bot", body)
    return int(made.json["app"]["id"])


def merge(team: Team, number: int) -> tuple[int, str]:
    done = team.send("PUT", f"/repos/{NAME}/pulls/{number}/merge", "owner", {})
    return done.status, done.json["message"]


def test_a_required_check_holds_a_merge_up_administrators_too(team: Team, checkout: Checkout) -> None:
    ruleset(team)
    number, sha = proposed(team, checkout)
    assert merge(team, number) == (405, f'Required status check "{CHECK}" is expected.')
    check(team, sha, "failure")
    assert merge(team, number) == (405, f'Required status check "{CHECK}" is failing.')
    check(team, sha, "success")
    assert merge(team, number)[0] == 200


@pytest.mark.parametrize(("beside", "status"), [(0, 200), (1, 405)])
def test_a_check_that_is_pinned_to_an_app_counts_from_that_app_alone(
    team: Team, checkout: Checkout, beside: int, status: int
) -> None:
    number, sha = proposed(team, checkout)
    ruleset(team, app=check(team, sha, "success") + beside)
    assert merge(team, number)[0] == status


def test_a_head_has_to_be_up_to_date(team: Team, checkout: Checkout) -> None:
    ruleset(team, strict=True)
    number, sha = proposed(team, checkout)
    check(team, sha, "success")
    checkout.branch("main", "main")
    tip = checkout.commit({"other.txt": "x"})
    checkout.push("elsewhere")
    check(team, tip, "success")
    checkout.push("main")
    assert merge(team, number) == (405, "Head branch is out of date. Review and try the merge again.")


def test_a_branch_is_neither_deleted_nor_rewound(team: Team, checkout: Checkout) -> None:
    ruleset(team, include="refs/heads/kept")
    old = checkout.git("rev-parse", "HEAD")
    new = checkout.commit({"a.txt": "a"})
    check_path = f"/repos/{NAME}/git/refs/heads/kept"
    checkout.push("kept")
    assert team.send("PATCH", check_path, "owner", {"sha": old, "force": True}).json["message"] == (
        "Cannot force-push to this branch"
    )
    assert team.send("DELETE", check_path, "owner").json["message"] == "Cannot delete this branch"
    assert team.send("GET", f"/repos/{NAME}/git/ref/heads/kept", "owner").json["object"]["sha"] == new


def test_an_environment_says_which_branches_use_it(team: Team) -> None:
    assert team.send("GET", ENVIRONMENT, "owner").status == 404
    assert team.send("PUT", ENVIRONMENT, "write", {}).status == 403
    assert team.send("PUT", ENVIRONMENT, "owner", {}).json["deployment_branch_policy"] is None
    policies = f"{ENVIRONMENT}/deployment-branch-policies"
    assert team.send("POST", policies, "owner", {"name": "main"}).status == 404
    custom = {"deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}}
    assert team.send("PUT", ENVIRONMENT, "owner", custom).json["protection_rules"][0]["type"] == "branch_policy"
    assert team.send("POST", policies, "owner", {"name": "main"}).status == 200
    assert [one["name"] for one in team.send("GET", policies, "read").json["branch_policies"]] == ["main"]


def test_secrets_are_known_by_name(team: Team) -> None:
    team.send("PUT", ENVIRONMENT, "owner", {})
    team.hub.admin.name_secret(NAME, "MERGANSER_APP_KEY", "merganser")
    team.hub.admin.name_secret(NAME, "OTHER")
    found = team.send("GET", f"{ENVIRONMENT}/secrets", "write").json
    assert [secret["name"] for secret in found["secrets"]] == ["MERGANSER_APP_KEY"]
    assert [one["name"] for one in team.send("GET", f"/repos/{NAME}/actions/secrets").json["secrets"]] == ["OTHER"]
    assert team.send("GET", f"/repos/{NAME}/actions/secrets", "read").status == 403


def test_variables_are_told(team: Team) -> None:
    body = {"name": "merganser_app_id", "value": "7"}
    assert team.send("POST", f"/repos/{NAME}/actions/variables", "write", body).status == 201
    found = team.send("GET", f"/repos/{NAME}/actions/variables", "write").json["variables"]
    assert [(one["name"], one["value"]) for one in found] == [("MERGANSER_APP_ID", "7")]
