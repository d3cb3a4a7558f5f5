"""Comments with slash commands that nobody has answered yet, each on a hub of its own, and the workflow's answer."""

from pathlib import Path

import msgspec

from merganser.commands.slash.responding import respond
from merganser.forge.ci.runtime import App
from merganser.forge.secret import Secret
from merganser.forge.times import Times
from merganser.hub import Hub
from tests.commands.outside import Outsider
from tests.commands.stage import (
    BETTER,
    BOT,
    CONFIG,
    ENVIRONMENTS,
    REPO,
    STAGES,
    TRAIN,
    Life,
    Moment,
    params,
    prepare_empty,
    runtime,
)
from tests.commands.talking import Talk
from tests.forge.keys import Keys
from tests.forge.proxy import Proxy

OVERRIDE = "/override accuracy:non_inferior --reason ok"
UNDER_THE_RED_ONE = {
    "help": "/help",
    "gate": "/gate",
    "override": OVERRIDE,
    "train": "/train",
    "train-one": "/train tiny",
    "fault": "/trian",
    "refused": "/override accuracy:min --reason ok",
}
GRANTED = dict.fromkeys(("actions", "checks", "contents", "issues", "pull_requests"), "write")


def prepare_comments(folder: Path) -> dict[str, Moment]:
    """Each comment is bob's, who maintains: under a red pull request, a stranger's, or one that was merged."""
    with prepare_empty(folder) as life:
        (folder / "moments").mkdir()
        life.push(ENVIRONMENTS, {"environments.yaml": STAGES}, "main")
        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        set_up = {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(10, 10)}
        merged = life.propose("set-up", set_up)
        life.do("report", life.train_push(life.merge(REPO, merged)))
        red = life.propose("worse", {"params.yaml": params(6, 6)})
        trained = life.train_pull(red, "worse")
        for job in ("Plan", "Train tiny", "Train other"):
            life.hub.admin.report_job(REPO, trained["workflow_run"]["id"], f"train / {job}", steps={"Train": "success"})
        life.do("report", trained)
        foreign = _from_outside(life, folder)
        talk = Talk(life)
        life.hub.admin.set_permission(ENVIRONMENTS, "bob", "write")

        def said(name: str, number: int, text: str) -> Moment:
            return life.moment(name, talk.say(number, "bob", text), folder / "moments")

        found = {name: said(name, red, text) for name, text in UNDER_THE_RED_ONE.items()}
        found["ok-to-test"] = said("ok-to-test", foreign, f"/ok-to-test {life.head(foreign)}")
        found["register"] = said("register", merged, "/register tiny minor\n/promote tiny staging")
        talk.ask(red, "bob", OVERRIDE)
        found["unoverride"] = said("unoverride", red, "/unoverride accuracy:non_inferior")
        talk.ask(merged, "bob", "/register tiny minor")
        found["promote"] = said("promote", merged, "/promote tiny staging")
        _become_an_app(life)
        found["set"] = said("set", red, "/train tiny a=50 b=200")
        return found


def _from_outside(life: Life, folder: Path) -> int:
    """A stranger's pull request, whose training waits for a maintainer."""
    eve = Outsider(life, folder)
    eve.push(BETTER, "better")
    number = eve.open("better")
    life.do("report", life.finished(life.start(eve.job(number, "better")), "action_required"))
    return number


def _become_an_app(life: Life) -> None:
    """From now on the bot is one: a commit of parameters by any other token would train nothing."""
    keys = Keys()
    app = life.hub.apps.register(BOT, keys.public)
    life.hub.apps.install(BOT, [REPO, ENVIRONMENTS], GRANTED)
    life.access = msgspec.structs.replace(life.access, app=App(app, Secret(keys.private)))


def answer(hub: Hub | Proxy, moment: Moment, times: Times | None = None) -> str:
    """What the workflow does on the comment."""
    app = moment.access.app
    if app is None:
        return respond(runtime(hub, moment.access.bot, moment.event), times=times)
    told = runtime(hub, "", moment.event, login="")
    return respond(msgspec.structs.replace(told, app=app, command="command"), times=times)
