"""The jobs that report and sweep: Merganser's own commands over HTTP, each as on a runner of its own.

What a job was told by a rate limit it has to obey; that it never asks too early is counted here, job by job, since no
job knows what another one was told.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import requests

from merganser.commands import carry_out
from merganser.commands.report import command as report
from merganser.commands.sweep import command as sweep
from merganser.forge.ci.runtime import App, Runtime
from merganser.forge.protocol import RateLimited
from merganser.forge.secret import Secret
from merganser.forge.times import Times
from merganser.hub import Hub
from tests.forge.killing import Send
from tests.storm.virtual import Clock

LATENCY = 0.3
LIMITED = (403, 429)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """An App, or a token that each workflow has."""

    app: App | None = None
    token: Secret = Secret("")


class Trusted:
    """The trusted jobs on one hub. `sent` are the moments of all requests, `early` those that came too early."""

    def __init__(self, hub: Hub, clock: Clock, access: Access) -> None:
        self._hub, self._clock, self._access = hub, clock, access
        self.sent: list[float] = []
        self.early: list[str] = []

    def report(self, repo: str, action: str, run: dict[str, Any]) -> str:
        event = {"action": action, "workflow_run": run, "repository": {"default_branch": "main"}}
        told = self._told(repo, "workflow_run", event)
        return self._ended(
            lambda times: carry_out.carry_out(report.observe_and_decide, told, dry_run=False, as_json=True, times=times)
        )

    def sweep(self, repo: str) -> str:
        told = self._told(repo, "schedule", {})
        return self._ended(lambda times: sweep.carry_out(sweep.Request(labels={}), told, times))

    def _told(self, repo: str, name: str, event: dict[str, Any]) -> Runtime:
        return Runtime(
            event_name=name, event=event, repository=repo, server_url=self._hub.url, api_url=self._hub.api_url,
            app=self._access.app, token=self._access.token, command="report", run_id=77, attempt=1, actor="ada",
        )  # fmt: skip

    def _ended(self, command: Callable[[Times], None]) -> str:
        try:
            command(Times(self._clock.sleep, self._clock))
        except RateLimited:
            return "gave up"
        return "done"

    def pass_on(self, index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        """A request on its way: it takes its time, and its answer may say when the next one may be sent."""
        task = self._clock.task()
        if task is None or not (request.url or "").startswith(self._hub.url):
            return send()
        self._clock.sleep(LATENCY)
        if self._clock.now < task.until:
            self.early.append(f"{request.method} {request.path_url}")
        self.sent.append(self._clock.now)
        answer = send()
        if answer.status_code in LIMITED:
            task.until = self._clock.now + self._told_to_wait(answer)
        return answer

    def _told_to_wait(self, answer: requests.Response) -> float:
        if "retry-after" in answer.headers:
            return float(answer.headers["retry-after"])
        if answer.headers.get("x-ratelimit-remaining") == "0":
            return float(answer.headers["x-ratelimit-reset"]) - self._clock.now
        return 0.0
