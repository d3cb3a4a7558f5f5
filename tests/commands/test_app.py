"""Whole commands as a GitHub App: enough permissions and none too many, enforcing verdicts, the key nowhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from merganser.commands import carry_out
from merganser.errors import MerganserError
from merganser.forge.permissions import COMMANDS, Access
from merganser.forge.runtime import App, Runtime
from merganser.forge.secret import Secret
from merganser.hub import Hub
from merganser.hub.answering import Exchange
from tests.commands.stage import BOT, ENVIRONMENTS, REPO, Moment, final_state, on_a_copy, runtime
from tests.contract.plugin import Contract

ALL = {"actions": "read", "checks": "write", "contents": "write", "pull_requests": "write"}
WRITING = ["report", "register", "promote"]


class Keys:
    """A key pair as GitHub gives it out: PEM, PKCS #1."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        plain = serialization.NoEncryption()
        pem = serialization.Encoding.PEM
        self.private = key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain).decode()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self.public = key.public_key().public_bytes(pem, form).decode()


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


class Watching(Contract):
    """Holds exchanges to the description, and remembers them."""

    def asked(self, template: str) -> list[Exchange]:
        return [exchange for exchange in self.exchanges if exchange.template == template]


@contextmanager
def installed(moment: Moment, folder: Path, keys: Keys, granted: dict[str, str] = ALL) -> Iterator[tuple[Hub, str]]:
    """The moment with private repositories, which the App alone may enter; the App's id."""
    watching = Watching()
    with on_a_copy(moment, folder, watching) as hub:
        hub.store.change("UPDATE repositories SET private = 1")
        for repo in (REPO, ENVIRONMENTS):
            hub.admin.set_permission(repo, BOT, "none")
        app = hub.apps.register(BOT, keys.public)
        hub.apps.install(BOT, [REPO, ENVIRONMENTS], granted)
        yield hub, app
    assert watching.deviations() == []


def as_app(hub: Hub, moment: Moment, app: str, key: str) -> Runtime:
    command = moment.directory.name
    told = runtime(hub, "", moment.event, login="")
    return msgspec.structs.replace(told, app=App(app, Secret(key)), command=command)


def run(hub: Hub, moment: Moment, app: str, keys: Keys) -> None:
    carry_out.carry_out(moment.decide(), as_app(hub, moment, app, keys.private), dry_run=False, as_json=True)


@pytest.mark.parametrize("command", WRITING)
def test_a_command_does_its_work_with_the_apps_tokens(
    command: str, moments: dict[str, Moment], keys: Keys, tmp_path: Path
) -> None:
    moment = moments[command]
    with installed(moment, tmp_path, keys) as (hub, app):
        run(hub, moment, app, keys)
        tokens = [(row["permissions"], row["repositories"]) for row in hub.store.rows("SELECT * FROM grants")]
        state = final_state(hub, moment)
    assert len(tokens) == (2 if command == "promote" else 1)
    assert "tiny" in state


def weaker(needs: dict[str, Access]) -> list[dict[str, Access]]:
    """The same without one permission, or with one that reads where it wrote."""
    found = []
    for name, access in needs.items():
        rest = {other: level for other, level in needs.items() if other != name}
        found += [rest | {name: Access.read}] if access is Access.write else []
        found.append(rest)
    return found


CASES = [
    (command, place, less)
    for command in WRITING
    for place, needs in (("model_repo", COMMANDS[command].model_repo), ("environments", COMMANDS[command].environments))
    for less in weaker(needs)
]


@pytest.mark.parametrize(("command", "place", "less"), CASES)
def test_no_permission_is_asked_for_in_vain(
    command: str,
    place: str,
    less: dict[str, Access],
    moments: dict[str, Moment],
    keys: Keys,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(COMMANDS, command, msgspec.structs.replace(COMMANDS[command], **{place: less}))
    with installed(moments[command], tmp_path, keys) as (hub, app), pytest.raises(MerganserError):
        run(hub, moments[command], app, keys)
