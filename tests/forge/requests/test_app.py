"""A GitHub App's tokens on a hub: made once, renewed when they end, and each way to be refused has its cure."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jwt
import pytest

from merganser.errors import ConfigError
from merganser.forge.ci.runtime import App, Runtime
from merganser.forge.github import GitHub, connect
from merganser.forge.protocol import Refused
from merganser.forge.requests.app import signed
from merganser.forge.secret import Secret
from merganser.forge.times import Times
from tests.forge.keys import Keys
from tests.forge.rogue import Reply, Rogue, Seen, answer
from tests.forge.world import BOT, REPO, World

GRANTED = {"actions": "read", "checks": "write", "contents": "write", "issues": "write", "pull_requests": "write"}


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


@contextmanager
def acting(world: World, app: App, command: str = "report") -> Iterator[GitHub]:
    runtime = Runtime(repository=REPO, api_url=world.hub.api_url, app=app, command=command)
    with connect(runtime, Times(sleep=lambda seconds: None)) as forge:
        yield forge


@pytest.fixture
def app(world: World, keys: Keys) -> App:
    """The world's bot as an App, installed on its repository, which is private."""
    world.hub.store.change("UPDATE repositories SET private = 1")
    world.hub.admin.set_permission(REPO, BOT, "none")
    key = world.hub.apps.register(BOT, keys.public)
    world.hub.apps.install(BOT, [REPO], GRANTED)
    return App(key, Secret(keys.private))


def tokens_made(world: World) -> int:
    return world.hub.store.number("SELECT count(*) FROM grants")


def test_the_app_says_its_own_login(world: World, app: App) -> None:
    with acting(world, app) as forge:
        assert forge.login() == BOT


def test_one_token_serves_for_many_requests(world: World, app: App) -> None:
    with acting(world, app) as forge:
        assert forge.pull_request(REPO, 1).number == 1
        assert forge.create_comment(REPO, 1, "hi").user is not None
        assert forge.pull_request("Acme/Digits", 1).number == 1
    assert tokens_made(world) == 1


def test_a_token_that_ends_in_the_middle_is_renewed_once_and_the_write_happens_once(world: World, app: App) -> None:
    with acting(world, app) as forge:
        forge.pull_request(REPO, 1)
        world.hub.apps.end_tokens()
        forge.create_comment(REPO, 1, "after the hour")
        bodies = [comment.body for comment in forge.issue_comments(REPO, 1)]
    assert bodies == ["after the hour"]
    assert tokens_made(world) == 2


HOME = {"id": 1, "app_slug": "m", "html_url": "http://x/1", "permissions": GRANTED}


@pytest.mark.parametrize(("left", "token"), [(301, "ghs_1"), (299, "ghs_2")])
def test_a_token_that_is_about_to_end_is_not_begun_with(keys: Keys, left: int, token: str) -> None:
    now = [946_684_800.0 - 3600]  # an hour before 2000-01-01
    made = [answer({"token": f"ghs_{n}", "expires_at": f"200{n - 1}-01-01T00:00:00Z"}, 201) for n in (1, 2)]
    with Rogue(answer(HOME), *made).running() as rogue:
        runtime = Runtime(repository=REPO, api_url=rogue.url, app=App("1", Secret(keys.private)), command="report")
        with connect(runtime, Times(clock=lambda: now[0])) as forge:
            assert forge.token(REPO).reveal() == "ghs_1"
            now[0] += 3600 - left
            assert forge.token(REPO).reveal() == token


def test_a_token_that_stays_refused_is_renewed_only_once(keys: Keys) -> None:
    made = {"token": "ghs_x", "expires_at": "2999-01-01T00:00:00Z"}

    def choose(seen: Seen) -> Reply:
        if seen.path.endswith("/installation"):
            return answer(HOME)
        return answer(made, 201) if seen.verb == "POST" else answer({"message": "Bad credentials"}, 401)

    rogue = Rogue(choose=choose)
    with rogue.running():
        runtime = Runtime(repository=REPO, api_url=rogue.url, app=App("1", Secret(keys.private)), command="report")
        with connect(runtime) as forge, pytest.raises(Refused, match="Bad credentials"):
            forge.pull_request(REPO, 1)
    asked = [f"{seen.verb} {seen.path.rpartition('/')[2]}" for seen in rogue.seen]
    assert asked == ["GET installation", "POST access_tokens", "GET 1", "POST access_tokens", "GET 1"]


def test_a_token_whose_making_got_no_answer_is_made_again(keys: Keys) -> None:
    made = answer({"token": "ghs_x", "expires_at": "2999-01-01T00:00:00Z"}, 201)
    rogue = Rogue(answer(HOME), Reply(status=502), made)
    with rogue.running():
        runtime = Runtime(repository=REPO, api_url=rogue.url, app=App("1", Secret(keys.private)), command="report")
        with connect(runtime, Times(sleep=lambda seconds: None)) as forge:
            assert forge.token(REPO).reveal() == "ghs_x"


def test_environments_in_the_model_repo_itself_can_be_written(world: World, app: App) -> None:
    with acting(world, app, command="promote") as forge:
        forge.pull_request(REPO, 1)
        with pytest.raises(Refused, match="not accessible by integration"):
            forge.create_ref(REPO, "heads/early", world.prepared.base)
        forge.environments_in(REPO)
        assert forge.create_ref(REPO, "heads/deploy", world.prepared.base).object.sha == world.prepared.base
    assert tokens_made(world) == 2


def told(caught: pytest.ExceptionInfo[ConfigError]) -> str:
    return f"{caught.value.message} → {caught.value.hint}"


def test_a_wrong_key(world: World, app: App) -> None:
    with acting(world, App(app.id, Secret(Keys().private))) as forge, pytest.raises(ConfigError) as caught:
        forge.pull_request(REPO, 1)
    assert f"MERGANSER_APP_KEY for a key of the App {app.id}" in told(caught)
    assert "clock right?" in told(caught)


def test_a_wrong_id(world: World, app: App) -> None:
    with acting(world, App("99", app.key)) as forge, pytest.raises(ConfigError) as caught:
        forge.pull_request(REPO, 1)
    assert told(caught) == "GitHub has no App 99 → Copy the App ID from the App's settings to MERGANSER_APP_ID."


def test_not_installed(world: World, app: App) -> None:
    world.hub.admin.create_repository("acme/other", private=True)
    with acting(world, app) as forge, pytest.raises(ConfigError) as caught:
        forge.pull_request("acme/other", 1)
    assert f"App {app.id} is not installed on acme/other" in told(caught)
    assert "Install App" in told(caught)


def test_suspended(world: World, app: App) -> None:
    world.hub.apps.suspend(1)
    with acting(world, app) as forge, pytest.raises(ConfigError) as caught:
        forge.pull_request(REPO, 1)
    assert "merganser for acme/digits is suspended → " in told(caught)
    assert "/settings/installations/1" in told(caught)


def test_a_permission_that_is_not_granted(world: World, app: App) -> None:
    world.hub.apps.install(
        BOT, [REPO], {"checks": "read", "contents": "write", "issues": "write", "pull_requests": "write"}
    )
    with acting(world, app) as forge, pytest.raises(ConfigError) as caught:
        forge.pull_request(REPO, 1)
    assert told(caught).startswith(
        "the GitHub App merganser lacks for report in acme/digits: Actions: read-only; Checks: read and write → Grant"
    )
    assert tokens_made(world) == 0


def test_githubs_own_word_on_a_missing_permission_is_passed_on(world: World, app: App) -> None:
    with acting(world, app, command="register") as forge, pytest.raises(Refused) as caught:
        forge.create_comment(REPO, 1, "hi")
    assert caught.value.hint.startswith("Give the token issues: write or pull_requests: write: a workflow's own under")


def test_no_repository_is_said(keys: Keys) -> None:
    app = App("1", Secret(keys.private))
    with (
        connect(Runtime(app=app)) as forge,
        pytest.raises(ConfigError, match="for a repository only, and none is said"),
    ):
        forge.login()


@pytest.mark.parametrize("key", ["", "x", "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----"])
def test_a_key_that_is_none_shows_nothing_of_itself(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        signed(App("1", Secret(key)), 1e9)
    assert "holds no RSA private key" in told(caught)
    assert "canary" not in told(caught)
    assert caught.value.__cause__ is None


def test_the_apps_word_is_what_github_asks_for(keys: Keys) -> None:
    word = signed(App("12", Secret(keys.private)), 1_000_000.9).reveal()
    assert jwt.get_unverified_header(word)["alg"] == "RS256"
    claims = jwt.decode(word, keys.public, algorithms=["RS256"], options={"verify_exp": False})
    assert claims == {"iss": "12", "iat": 1_000_000 - 60, "exp": 1_000_000 + 540}


def test_optimised_python_is_refused_before_a_word_is_signed(tmp_path: Path) -> None:
    program = (
        "from merganser.forge.github import connect\nfrom merganser.forge.ci.runtime import App, Runtime\n"
        "from merganser.forge.secret import Secret\nfrom merganser.errors import ConfigError\n"
        "try:\n    connect(Runtime(app=App('1', Secret('canary'))))\nexcept ConfigError as no:\n    print(no.message)\n"
    )
    done = subprocess.run([sys.executable, "-O", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Python's -O")
