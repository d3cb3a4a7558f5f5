"""No secret leaves a command: not by what it says, by outputs, summary, leftovers, nor by what it writes to GitHub."""

import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import product
from pathlib import Path

import pytest

from merganser import git
from merganser.hub import Hub
from tests.commands.hunting import everything_in
from tests.commands.stage import BOT, ENVIRONMENTS, REPO, Moment
from tests.commands.test_app import installed
from tests.commands.test_killed import start
from tests.forge.keys import Keys
from tests.forge.proxy import Fault, Proxy, Strike

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
def acting(identity: Identity, moment: Moment, folder: Path, keys: Keys) -> Iterator[tuple[Hub, dict[str, str]]]:
    """A hub, and what the command is told of itself there."""
    with installed(moment, folder, keys) as (hub, app):
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
    return [*HELD.values(), GIVEN, moment.access.bot, *keys.private.splitlines()[1:-1], "ghs_", "eyJ"]


def said_by(hub: Hub | Proxy, moment: Moment, folder: Path, told: dict[str, str]) -> tuple[int, str]:
    """Exit code and words of the command, in a folder of its own for all that a process leaves."""
    job = folder / "job"
    (job / "tmp").mkdir(parents=True)
    told = {**told, "TMPDIR": str(job / "tmp"), "HOME": str(job)}
    process = start(hub, moment, moment.directory.name, job, told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
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
    written = said.encode() + everything_in(folder)
    assert b"tiny" in written
    assert [secret for secret in secrets_of(moment, keys) if secret.encode() in written] == []


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


def test_the_hunt_finds_what_is_there(tmp_path: Path) -> None:
    """In a file, in a git object, which is packed, and in a zip."""
    git.run(["init", "-q", "--bare", "clone"], tmp_path)
    git.run(["hash-object", "-w", "--stdin"], tmp_path / "clone", stdin=b"canary one")
    (tmp_path / "plain").write_bytes(b"canary two")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", "canary three " * 9)
    found = everything_in(tmp_path)
    assert [word in found for word in (b"canary one", b"canary two", b"canary three", b"canary four")] == [
        True,
        True,
        True,
        False,
    ]
