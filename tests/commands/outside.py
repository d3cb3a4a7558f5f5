"""A stranger with a fork, and what GitHub shows of a commit: for tests of what doesn't come from our own branches."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.commands.stage import REPO, Access, Job, Life, fetch

FORK = "eve/tiny"


class Outsider:
    """Eve, who may write to her fork alone."""

    def __init__(self, life: Life, folder: Path) -> None:
        self.life = life
        self.token = life.hub.admin.create_user("eve")
        life.hub.admin.fork(REPO, "eve")
        (folder / "eve").mkdir()
        self._own = Life(life.hub, folder / "eve", Access(self.token, life.access.bot))

    def push(self, files: dict[str, str | None], branch: str) -> None:
        self._own.push(FORK, files, branch)

    def open(self, branch: str) -> int:
        """A pull request from the fork's branch into main."""
        asked = {"title": "From outside", "head": f"eve:{branch}", "base": "main"}
        return int(post(self.life, self.token, f"/repos/{REPO}/pulls", asked)["number"])

    def job(self, number: int, branch: str) -> Job:
        ref, sha = f"refs/pull/{number}/merge", self.life.head(number)
        return Job(event="pull_request", ref=ref, branch=branch, sha=sha, number=number, fork=FORK, actor="eve")


def post(life: Life, token: str, path: str, body: dict[str, Any], method: str = "POST") -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked = Request(f"{life.hub.api_url}{path}", json.dumps(body).encode(), headers, method=method)
    with urlopen(asked, timeout=30) as answer:
        return json.load(answer)


def checks_of(life: Life, sha: str) -> list[tuple[str, str | None, str]]:
    """Status, conclusion and title of every check on a commit."""
    found = fetch(life.hub, life.access.person, f"/repos/{REPO}/commits/{sha}/check-runs?filter=all")["check_runs"]
    assert {run["name"] for run in found} <= {"merganser/gate"}
    return [(run["status"], run["conclusion"], run["output"]["title"]) for run in found]


def records_of(life: Life, run: int) -> list[dict[str, Any]]:
    """The ledger's run records that this training run caused."""
    tree = fetch(life.hub, life.access.person, f"/repos/{REPO}/git/trees/merganser-ledger?recursive=1")["tree"]
    paths = [e["path"] for e in tree if e["path"].startswith("runs/") and f"-{run}-" in e["path"]]
    found = [fetch(life.hub, life.access.person, f"/repos/{REPO}/contents/{p}?ref=merganser-ledger") for p in paths]
    return [json.loads(base64.b64decode(one["content"])) for one in found]
