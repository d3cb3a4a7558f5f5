"""Many pull requests at once, with GitHub's limits enforced, on a clock of its own."""

import json
import os
import random
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec

from merganser.config import GATE_CHECK
from merganser.forge.ci.runtime import App
from merganser.forge.requests.permissions import needed
from merganser.forge.secret import Secret
from merganser.hub import Hub
from merganser.hub.limits import GITHUB, Limits
from tests.commands.stage import BOT, fetch
from tests.forge.keys import Keys
from tests.forge.killing import tampering
from tests.storm.runners import Job, Runners
from tests.storm.town import ACTIONS, Pull, Town
from tests.storm.trusted import Access, Trusted
from tests.storm.virtual import Clock

MINUTE, HOUR = 60.0, 3600.0
MOST = 48 * HOUR


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """How many events come to how many repositories within `spell` seconds; an App acts, or each workflow's token."""

    events: int = 300
    repos: int = 20
    as_app: bool = True
    limits: Limits = GITHUB
    spell: float = 20 * MINUTE
    runners: int = 20


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was left in the end, and what it took. `early` are requests of jobs that had been told to wait longer."""

    wrong: tuple[str, ...]
    early: tuple[str, ...]
    hours: float
    requests: int
    busiest_hour: int
    refused: dict[str, int]
    jobs: dict[tuple[str, str], int]

    def __str__(self) -> str:
        jobs = "\n".join(f"  {count:5} × {kind}: {word}" for (kind, word), count in sorted(self.jobs.items()))
        refused = "\n".join(f"  {count:5} × {kind}" for kind, count in sorted(self.refused.items()))
        return (
            f"{self.hours:.1f} virtual hours, {self.requests} requests, {self.busiest_hour} in the busiest hour\n"
            f"jobs\n{jobs}\nrefused by a limit\n{refused or '  none'}\n"
            f"sent before a wait was over: {len(self.early)}; wrong in the end: {len(self.wrong)}"
        )


class Storm:
    def __init__(self, weather: Weather, folder: Path) -> None:
        self._weather, self._folder = weather, folder
        self._clock = Clock(time.time())
        self._random = random.Random(5)
        self._runners = Runners(self._clock, weather.runners)
        self._repos = [f"acme/r{n:02}" for n in range(weather.repos)]

    def play(self) -> Outcome:
        with Hub(self._folder / "hub", clock=self._clock) as hub:
            town = Town.build(hub, self._folder / "town", self._repos)
            access, ada = self._access(hub), hub.admin.create_token("ada")
            trusted = Trusted(hub, self._clock, access)
            for repo in self._repos:
                self._clock.start(partial(trusted.report, repo, "completed", town.train_main(repo)), HOUR)
            self._clock.run(self._clock.now + HOUR)
            pulls = [self._opened(hub, town, ada, n) for n in range(-(-self._weather.events // 3))]
            hub.admin.checkpoint()
        with Hub(self._folder / "hub", limits=self._weather.limits, clock=self._clock) as hub:
            town.hub = hub
            return self._stormed(town, Trusted(hub, self._clock, access), pulls, ada)

    def _access(self, hub: Hub) -> Access:
        if not self._weather.as_app:
            return Access(token=Secret(hub.admin.create_token(ACTIONS)))
        keys = Keys()
        app = hub.apps.register(BOT, keys.public)
        granted = needed("report", own=True, environments=False)
        hub.apps.install(BOT, self._repos, {name: level.value for name, level in granted.items()})
        return Access(app=App(app, Secret(keys.private)))

    def _opened(self, hub: Hub, town: Town, token: str, n: int) -> Pull:
        """A third of the events are of pull requests that are opened, the others are pushes to these."""
        pull = Pull(repo=self._repos[n % len(self._repos)], number=0, branch=f"topic-{n}")
        town.push(pull, self._random.random() < 0.5)
        body = json.dumps({"title": f"Topic {n}", "head": pull.branch, "base": "main"}).encode()
        wanted = Request(f"{hub.api_url}/repos/{pull.repo}/pulls", body, {"Authorization": f"Bearer {token}"})
        with urlopen(wanted, timeout=60) as answer:
            pull.number = json.load(answer)["number"]
        return pull

    def _stormed(self, town: Town, trusted: Trusted, pulls: list[Pull], ada: str) -> Outcome:
        began = self._clock.now
        self._schedule(town, trusted, pulls)
        with tampering(trusted.pass_on):
            wrong = ["not begun"]
            while wrong and self._clock.now < began + MOST:
                self._clock.run(self._clock.now + 10 * MINUTE)
                wrong = ["jobs run"] if not self._runners.idle else list(_wrong(town.hub, ada, pulls))
        return Outcome(
            wrong=tuple(wrong),
            early=tuple(trusted.early),
            hours=(max(trusted.sent) - began) / HOUR,
            requests=len(trusted.sent),
            busiest_hour=_busiest(trusted.sent),
            refused={kind.value: count for kind, count in town.hub.meter.refused.items()},
            jobs=dict(self._runners.ended),
        )

    def _schedule(self, town: Town, trusted: Trusted, pulls: list[Pull]) -> None:
        began, spell = self._clock.now, self._weather.spell
        opened = {pull.branch: began + self._random.uniform(0, spell / 2) for pull in pulls}
        for pull in pulls:
            self._clock.at(opened[pull.branch], partial(self._event, town, trusted, pull))
        for _ in range(self._weather.events - len(pulls)):
            pull = self._random.choice(pulls)
            moment = self._random.uniform(opened[pull.branch], began + spell)
            self._clock.at(moment, partial(self._push, town, trusted, pull))
        for repo in self._repos:
            self._clock.at(began - began % HOUR + HOUR + 23 * MINUTE, partial(self._hourly, trusted, repo))

    def _push(self, town: Town, trusted: Trusted, pull: Pull) -> None:
        town.push(pull, self._random.random() < 0.5)
        self._event(town, trusted, pull)

    def _event(self, town: Town, trusted: Trusted, pull: Pull) -> None:
        """GitHub starts the training, and tells of its beginning and its end."""
        better, run = pull.better, town.start(pull.repo, "pull_request", pull.branch, pull.head)
        pull.run = run["id"]

        def ended() -> None:
            self._report(trusted, pull.repo, "completed", town.trained(pull, run, better))

        self._report(trusted, pull.repo, "requested", run)
        self._clock.at(self._clock.now + self._random.uniform(2, 15) * MINUTE, ended)

    def _report(self, trusted: Trusted, repo: str, action: str, run: dict[str, Any]) -> None:
        work = partial(trusted.report, repo, action, run)
        self._runners.submit(Job(kind=f"report, {action}", group=f"{repo} {run['head_sha']}", work=work))

    def _hourly(self, trusted: Trusted, repo: str) -> None:
        self._runners.submit(Job(kind="sweep", group=f"{repo} sweep", work=partial(trusted.sweep, repo)))
        self._clock.at(self._clock.now + HOUR, partial(self._hourly, trusted, repo))


def _busiest(moments: list[float]) -> int:
    return max(n + 1 - bisect_left(moments, moment - HOUR) for n, moment in enumerate(moments))


def _wrong(hub: Hub, token: str, pulls: list[Pull]) -> Iterator[str]:
    """What the last head of each pull request should have, and hasn't: one check that says how its model is, and one
    comment about that very run."""
    for pull in pulls:
        where = f"{pull.repo}#{pull.number}"
        runs = fetch(hub, token, f"/repos/{pull.repo}/commits/{pull.head}/check-runs?check_name={GATE_CHECK}")
        said = [run["conclusion"] for run in runs["check_runs"]]
        if said != ["success" if pull.better else "failure"]:
            yield f"{where}: the check of {pull.head} says {said}"
        comments = fetch(hub, token, f"/repos/{pull.repo}/issues/{pull.number}/comments?per_page=100")
        ours = [comment["body"] for comment in comments if "<!-- merganser:report:" in comment["body"]]
        heading = f"## {'✅' if pull.better else '❌'} tiny"
        if len(ours) != 1 or f"/actions/runs/{pull.run})" not in ours[0] or heading not in ours[0]:
            yield f"{where}: {len(ours)} comments, none about run {pull.run} that says {heading}: {ours[:1]}"


def play(weather: Weather, folder: Path) -> Outcome:
    """The storm in a new folder; what its jobs print is nobody's."""
    with Path(os.devnull).open("w") as nobody, redirect_stdout(nobody), redirect_stderr(nobody):
        return Storm(weather, folder).play()
