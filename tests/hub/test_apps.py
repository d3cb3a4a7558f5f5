"""Apps on the hub, by PyGithub's own App client: words, installations, tokens and what these may do."""

import time
from typing import Any

import jwt
import pytest
from github import Auth, Github, GithubException, GithubIntegration

from tests.contract.plugin import Contract
from tests.forge.keys import Keys
from tests.hub.clients import NAME, Checkout, Reply, Team, fetch

BOT = "merganser[bot]"
OTHER = "acme/other"
INSTALLATION = f"/repos/{NAME}/installation"


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def app(team: Team, keys: Keys) -> str:
    """The bot as an App on the private repository, where it may write contents and read checks; its id."""
    team.hub.admin.create_repository(OTHER, private=True)
    team.hub.store.change("UPDATE repositories SET private = 1")
    team.hub.admin.set_permission(NAME, BOT, "none")
    key = team.hub.apps.register(BOT, keys.public)
    team.hub.apps.install(BOT, [NAME, OTHER], {"contents": "write", "checks": "read"})
    return key


def client(team: Team, app: str, keys: Keys) -> GithubIntegration:
    options: dict[str, Any] = {"seconds_between_requests": None, "seconds_between_writes": None, "retry": None}
    return GithubIntegration(auth=Auth.AppAuth(int(app), keys.private), base_url=team.hub.api_url, **options)


def word(app: str, key: str, **claims: Any) -> str:
    now = int(time.time())
    return jwt.encode({"iss": app, "iat": now - 60, "exp": now + 300, **claims}, key, algorithm="RS256")


def bearing(team: Team, token: str, path: str, method: str = "GET", body: bytes | None = None) -> Reply:
    return fetch(method, team.hub.api_url + path, {"Authorization": f"Bearer {token}"}, body)


def test_pygithub_finds_its_installation_and_gets_a_token(team: Team, app: str, keys: Keys) -> None:
    mine = client(team, app, keys)
    assert (mine.get_app().slug, mine.get_app().id) == ("merganser", int(app))
    found = mine.get_repo_installation(*NAME.split("/"))
    token = mine.get_access_token(found.id, permissions={"contents": "read"})
    assert token.token.startswith("ghs_")
    assert token.permissions == {"metadata": "read", "contents": "read"}
    assert 3590 < token.expires_at.timestamp() - time.time() <= 3600
    assert Github(auth=Auth.Token(token.token), base_url=team.hub.api_url).get_repo(NAME).private


def made(team: Team, app: str, keys: Keys, body: bytes) -> Reply:
    return bearing(team, word(app, keys.private), "/app/installations/1/access_tokens", "POST", body)


def test_a_token_reaches_the_repositories_named_alone(team: Team, app: str, keys: Keys) -> None:
    token = made(team, app, keys, b'{"repositories": ["digits"]}').json
    assert [one["full_name"] for one in token["repositories"]] == [NAME]
    assert bearing(team, token["token"], f"/repos/{NAME}").status == 200
    assert bearing(team, token["token"], f"/repos/{OTHER}").status == 404


@pytest.mark.parametrize(
    "body", [b'{"repositories": ["nothing"]}', b'{"permissions": {"contents": "write", "checks": "write"}}']
)
def test_more_than_is_granted_is_refused(team: Team, app: str, keys: Keys, body: bytes) -> None:
    assert made(team, app, keys, body).status == 422


READING = {"contents": "read"}
OPERATIONS = [
    (READING, "GET", "/branches", 200),
    (READING, "GET", "/actions/runs", 403),
    (READING, "GET", "/pulls", 403),
    (READING, "POST", "/issues/1/labels", 403),
    (READING, "POST", "/issues/1/comments", 403),
    ({"checks": "read"}, "GET", "/branches", 403),
    ({"checks": "read"}, "GET", "", 200),
]
BODIES = {"/issues/1/labels": b'{"labels": ["x"]}', "/issues/1/comments": b'{"body": "x"}'}


@pytest.mark.parametrize(("permissions", "method", "path", "status"), OPERATIONS)
def test_an_operation_asks_for_its_permission(
    team: Team, app: str, keys: Keys, permissions: dict[str, str], method: str, path: str, status: int
) -> None:
    found = client(team, app, keys).get_access_token(1, permissions=permissions)
    reply = bearing(team, found.token, f"/repos/{NAME}{path}", method, BODIES.get(path))
    assert reply.status == status
    if status == 403:
        assert reply.json["message"] == "Resource not accessible by integration"
        assert reply.headers["x-accepted-github-permissions"].endswith("=read" if method == "GET" else "=write")


def test_git_asks_for_contents(team: Team, app: str, keys: Keys, checkout: Checkout) -> None:
    checkout.commit({"x": "x"})
    pushed = {}
    for level, permissions in {"write": {"contents": "write"}, "read": READING, "none": {"checks": "read"}}.items():
        team.tokens[level] = client(team, app, keys).get_access_token(1, permissions=permissions).token
        fetched = checkout.run("ls-remote", team.address(level)).returncode == 0
        pushed[level] = (
            fetched,
            checkout.run("push", "-q", team.address(level), f"HEAD:refs/heads/{level}").returncode == 0,
        )
    assert pushed == {"write": (True, True), "read": (True, False), "none": (False, False)}


def test_a_tokens_hour_ends_and_a_suspension_ends_it_at_once(team: Team, app: str, keys: Keys) -> None:
    mine = client(team, app, keys)
    first = mine.get_access_token(1).token
    team.hub.apps.end_tokens()
    second = mine.get_access_token(1).token
    assert [bearing(team, token, f"/repos/{NAME}").status for token in (first, second)] == [401, 200]
    team.hub.apps.suspend(1)
    assert bearing(team, second, f"/repos/{NAME}").status == 401
    with pytest.raises(GithubException) as caught:
        mine.get_access_token(1)
    assert caught.value.status == 404


def test_words_that_are_not_taken(team: Team, app: str, keys: Keys) -> None:
    now = int(time.time())
    words = {
        "another's key": word(app, Keys().private),
        "ended": word(app, keys.private, exp=now - 1),
        "too long": word(app, keys.private, exp=now + 700),
        "of the future": word(app, keys.private, iat=now + 300),
        "without an end": jwt.encode({"iss": app, "iat": now}, keys.private, algorithm="RS256"),
        "unsigned": jwt.encode({"iss": app, "iat": now, "exp": now + 60}, None, algorithm="none"),
        "no word": "a.b.c",
        "a token": team.tokens["admin"],
    }
    assert {name: bearing(team, said, INSTALLATION).status for name, said in words.items()} == dict.fromkeys(words, 401)
    assert bearing(team, word("999", keys.private), INSTALLATION).status == 404


def test_a_word_opens_nothing_but_what_is_for_apps(team: Team, app: str, keys: Keys, contract: Contract) -> None:
    said = word(app, keys.private)
    assert bearing(team, said, f"/repos/{NAME}").status == 401
    assert bearing(team, said, "/user").status == 401
    assert bearing(team, said, INSTALLATION).status == 200
    team.hub.admin.create_repository("acme/third", private=True)
    assert bearing(team, said, "/repos/acme/third/installation").status == 404
