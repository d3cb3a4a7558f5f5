"""A model repository on a hub whose workflow files are run as they stand, by act: `merganser.setup.act` for tests."""

import os
from pathlib import Path
from typing import Any

import msgspec

from merganser.forge.protocol import ACTIONS_LOGIN
from merganser.hub import Hub
from merganser.setup import actions, suite
from merganser.setup.act import Act, program
from merganser.setup.actions import Actions, Trigger
from merganser.setup.machine import Machine, own_programs
from merganser.setup.runner import Ran, Run
from tests.commands.stage import BOT, ENVIRONMENTS, Life, fetch
from tests.commands.stage import REPO as MODEL_REPO
from tests.forge.keys import Keys

TEMPLATES = suite.templates()


class Runner:
    """The machine, and the events that happen to the model repository.

    The trusted workflow gets the job's own token, and what the repository has: an App, or none.
    """

    def __init__(self, life: Life, folder: Path) -> None:
        self.life = life
        self.token = life.hub.admin.create_user(ACTIONS_LOGIN, kind="Bot")
        life.hub.admin.set_permission(MODEL_REPO, ACTIONS_LOGIN, "write")
        act = program()
        assert act, "make install brings act"
        path = os.pathsep.join([own_programs(), os.environ["PATH"]])
        self.act = Act(act, Machine(hub=life.hub, folder=folder, token=self.token, path=path))
        assert self.act.warm
        self.actions = Actions(
            hub=life.hub,
            runner=self.act,
            actor="ada",
            fetch=lambda path: fetch(life.hub, life.access.person, path),
        )

    @property
    def hub(self) -> Hub:
        return self.life.hub

    def act_as_app(self, keys: Keys) -> None:
        """From now on as an App that is installed on both repositories, its id a variable, its key a secret."""
        granted = {
            "actions": "read",
            "checks": "write",
            "contents": "write",
            "issues": "write",
            "pull_requests": "write",
        }
        app = self.hub.apps.register(BOT, keys.public)
        self.hub.apps.install(BOT, [MODEL_REPO, ENVIRONMENTS], granted)
        self.act.machine = msgspec.structs.replace(
            self.act.machine, variables={"MERGANSER_APP_ID": app}, secrets={"MERGANSER_APP_KEY": keys.private}
        )

    def opened(self, number: int) -> Trigger:
        return actions.pull_request(self.actions, MODEL_REPO, number)

    def begin(self, number: int) -> Run:
        """A pull request's training run, as it stands when GitHub says `requested`."""
        return actions.begin(self.actions, self.opened(number))

    def train(self, trigger: Trigger) -> Ran:
        """The untrusted workflow, of which nobody hears."""
        return actions.carry_out(self.actions, trigger, actions.begin(self.actions, trigger))

    def sweep(self) -> Ran:
        """The trusted workflow, as the clock starts it."""
        [ran] = actions.deliver(self.actions, actions.schedule(self.actions, MODEL_REPO, "23 * * * *"))
        return ran

    def commented(self, comment: dict[str, Any]) -> Ran:
        """What answers comments, of one in GitHub's form."""
        [ran] = actions.deliver(self.actions, actions.issue_comment(self.actions, MODEL_REPO, comment))
        return ran

    def pushed(self, before: str, after: str) -> Trigger:
        return actions.push(self.actions, MODEL_REPO, before, after)

    def pull_request(self, run: Run, number: int) -> tuple[Ran, Ran]:
        """The untrusted workflow of a pull request, then the trusted one that answers it."""
        trained = actions.carry_out(self.actions, self.opened(number), run)
        return trained, self.report(run, "completed")

    def push(self, before: str, after: str) -> tuple[Ran, Ran]:
        """Both workflows of a push to the default branch."""
        pushed = self.pushed(before, after)
        run = actions.begin(self.actions, pushed)
        trained = actions.carry_out(self.actions, pushed, run)
        return trained, self.report(run, "completed")

    def report(self, run: Run, action: str) -> Ran:
        """The trusted workflow, of the default branch, for one step in the life of a training run."""
        [ran] = actions.deliver(self.actions, actions.workflow_run(self.actions, MODEL_REPO, run["id"], action))
        return ran
