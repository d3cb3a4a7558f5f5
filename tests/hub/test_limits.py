"""GitHub's rate limits on the hub, by a clock of the test's own; numbers and words are those of GitHub's pages."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from merganser.hub import Hub
from merganser.hub.limits import GITHUB, Account, Ask, Limits, Meter, Secondary
from tests.contract.plugin import Contract
from tests.forge.keys import Keys
from tests.hub.clients import Reply, fetch

REPO, OTHER, BOT = "acme/one", "acme/two", "merganser[bot]"
SLOW_DOWN = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
NO_CONTENT = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


class Team:
    """Ada, a bot with a workflow's token, and two repositories."""

    def __init__(self, hub: Hub, clock: Clock) -> None:
        self.hub, self.clock = hub, clock
        self.tokens = {"ada": hub.admin.create_user("ada"), BOT: hub.admin.create_user(BOT, "Bot")}
        for repo in (REPO, OTHER):
            hub.admin.create_repository(repo)
            for who in self.tokens:
                hub.admin.set_permission(repo, who, "write")

    def ask(self, path: str = f"/repos/{REPO}", who: str = "ada", method: str = "GET", body: Any = None) -> Reply:
        headers = {"Authorization": f"token {self.tokens.get(who, who)}"}
        content = None if body is None else json.dumps(body).encode()
        return fetch(method, self.hub.api_url + path, headers, content)

    def write(self, who: str = "ada", repo: str = REPO) -> Reply:
        return self.ask(f"/repos/{repo}/issues", who, "POST", {"title": "T"})


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limited(tmp_path: Path, contract: Contract, clock: Clock, limits: Limits) -> Iterator[Team]:
    with Hub(tmp_path, contract, limits=limits, clock=clock) as hub:
        yield Team(hub, clock)


def secondary(**changed: int) -> Limits:
    plenty = dict.fromkeys(Secondary.__struct_fields__, 10**6)
    return Limits(secondary=Secondary(**plenty | changed))


def test_githubs_own_numbers() -> None:
    assert (GITHUB.hourly, GITHUB.workflow_hourly) == (5000, 1000)
    assert GITHUB.secondary == Secondary(
        points=900, graphql_points=2000, content_a_minute=80, content_an_hour=500, at_once=100
    )


def test_an_hour_is_a_users_and_a_workflows_is_its_repositorys(
    tmp_path: Path, contract: Contract, clock: Clock
) -> None:
    for team in limited(tmp_path, contract, clock, Limits(hourly=3, workflow_hourly=2)):
        assert [team.ask().status for _ in range(4)] == [200, 200, 200, 403]
        spent = team.ask()
        assert spent.json["message"].startswith("API rate limit exceeded for user ID ")
        assert "primary" in spent.json["documentation_url"]
        assert (spent.headers["x-ratelimit-remaining"], spent.headers["x-ratelimit-resource"]) == ("0", "core")
        assert "retry-after" not in spent.headers
        assert [team.ask(who=BOT).status for _ in range(3)] == [200, 200, 403]
        assert team.ask(f"/repos/{OTHER}", BOT).status == 200
        clock.now = int(spent.headers["x-ratelimit-reset"])
        assert team.ask().status == 200


def test_points_of_a_minute(tmp_path: Path, contract: Contract, clock: Clock) -> None:
    for team in limited(tmp_path, contract, clock, secondary(points=12)):
        assert [team.write().status, team.ask().status] == [201, 200]
        clock.now += 20
        assert [team.write().status, team.ask().status, team.ask().status] == [201, 200, 403]
        refused = team.ask()
        assert (refused.json["message"], refused.headers["retry-after"]) == (SLOW_DOWN, "40")
        assert "secondary" in refused.json["documentation_url"]
        assert refused.headers["x-ratelimit-remaining"] != "0"
        clock.now += 39
        assert team.ask().status == 403
        clock.now += 1
        assert team.ask().status == 200


@pytest.mark.parametrize(("limits", "wait"), [({"content_a_minute": 2}, 60), ({"content_an_hour": 2}, 3600)])
def test_content_is_limited_and_reading_goes_on(
    limits: dict[str, int], wait: int, tmp_path: Path, contract: Contract, clock: Clock
) -> None:
    for team in limited(tmp_path, contract, clock, secondary(**limits)):
        assert [team.write().status, team.write(repo=OTHER).status, team.write().status] == [201, 201, 403]
        refused = team.write()
        assert (refused.json["message"], refused.headers["retry-after"]) == (NO_CONTENT, str(wait))
        assert team.ask().status == 200
        assert team.ask(f"/repos/{REPO}/issues/1/labels", method="DELETE").status == 204
        clock.now += wait
        assert team.write().status == 201
        assert sum(team.hub.meter.refused.values()) == 2


def test_graphql_has_points_and_an_hour_of_its_own(tmp_path: Path, contract: Contract, clock: Clock) -> None:
    limits = Limits(hourly=2, workflow_hourly=1, secondary=Secondary(graphql_points=10))
    for team in limited(tmp_path, contract, clock, limits):
        document = {"query": "mutation", "variables": {"input": {"branch": {"repositoryNameWithOwner": REPO}}}}
        for kind in ("", "", "RATE_LIMITED"):
            answer = team.ask("/graphql", method="POST", body=document)
            assert (answer.status, answer.headers["x-ratelimit-resource"]) == (200, "graphql")
            assert answer.json["errors"][0].get("type", "") == kind
        assert team.ask().headers["x-ratelimit-used"] == "1"
        assert team.ask("/rate_limit").json["resources"]["graphql"]["remaining"] == 0
        document["variables"]["input"]["branch"]["repositoryNameWithOwner"] = OTHER  # type: ignore[index]
        kinds = [team.ask("/graphql", BOT, "POST", document).json["errors"][0].get("type") for _ in range(2)]
        assert kinds == [None, "RATE_LIMITED"]


def test_no_more_than_so_many_at_once(clock: Clock) -> None:
    meter, reading = Meter(secondary(at_once=1), clock), Ask(account=Account(name="user ID 1"), method="GET")
    assert meter.admit(reading).refusal is None
    refused = meter.admit(reading).refusal
    assert refused
    assert (refused.status, refused.message, refused.headers) == (403, SLOW_DOWN, {"Retry-After": "60"})
    for _ in range(2):
        meter.leave(reading.account)
    assert meter.admit(reading).refusal is None


def test_all_tokens_of_an_installation_count_together(tmp_path: Path, contract: Contract, clock: Clock) -> None:
    """Tokens end by the same clock; what an App asks to get one counts for the App."""
    keys = Keys()
    for team in limited(tmp_path, contract, clock, Limits(hourly=2)):
        app = team.hub.apps.register(BOT, keys.public)
        installation = team.hub.apps.install(BOT, [REPO, OTHER], {"issues": "write"})
        clock.now += 10**6
        word = jwt.encode({"iss": app, "iat": int(clock.now) - 60, "exp": int(clock.now) + 300}, keys.private, "RS256")
        path = f"/app/installations/{installation}/access_tokens"
        first, second = (team.ask(path, word, "POST", {}).json["token"] for _ in range(2))
        assert [team.ask(who=first).status, team.ask(who=second).status] == [200, 200]
        refused = team.ask(who=first)
        assert refused.json["message"] == f"API rate limit exceeded for installation ID {installation}."
        clock.now += 3600
        assert team.ask(who=second).status == 401
        late = jwt.encode({"iss": app, "iat": int(time.time()), "exp": int(time.time()) + 300}, keys.private, "RS256")
        assert team.ask(path, late, "POST", {}).status == 401
