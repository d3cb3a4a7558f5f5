"""What the demo shows and reads: the examples it ships, the narrator, and what the hub says in the end."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import indent
from typing import Any, TextIO
from urllib.request import ProxyHandler, Request, build_opener

import click
import yaml

from merganser.config import GATE_CHECK, LEDGER_BRANCH
from merganser.errors import DataError
from merganser.evaluation.verdict import Status
from merganser.hub import Hub
from merganser.registry.ledger import read_verdict, verdict_name
from merganser.setup import words

MAX_PAGE = 100
# The hub is on loopback, where a proxy of the machine would never find it.
_direct = build_opener(ProxyHandler({}))


class Narrator:
    """Prints numbered steps with their page to one stream, and the commands behind them, dimmed, to standard error."""

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        self._verbose = verbose
        self._stream = stream
        self._number = 0

    def step(self, what: str, page: str) -> None:
        self._number += 1
        click.secho(f"{self._number:2}. {what}", file=self._stream, bold=True)
        click.echo(f"    {page}", file=self._stream)

    def detail(self, line: str) -> None:
        click.secho(f"      {line}", err=True, dim=True)

    def note(self, line: str) -> None:
        """What a person should know of how this runs."""
        click.echo(indent(line, "    "), err=True)

    def verbatim(self, line: str) -> None:
        """A line of a command's own output: for who wants it all."""
        if self._verbose:
            self.detail(line)

    def judged(self, found: Sequence[Mapping[str, str]]) -> None:
        for check in found:
            symbol = "✅" if check["conclusion"] == "success" else "❌"
            click.echo(f"    {symbol} {check['name']}: {check['title']}", file=self._stream)

    def said(self, reply: str) -> None:
        """What came of a comment's commands."""
        for row in words.came_of(reply):
            click.echo(f"    {row}", file=self._stream)

    def close(self, happened: Mapping[str, Any], seconds: float) -> None:
        versions = ", ".join(v["tag"] for v in happened["versions"]) or "none"
        running = ", ".join(f"{d['model']} v{d['version']} in {d['environment']}" for d in happened["deployments"])
        click.echo(f"\nVersions: {versions}. Deployed: {running or 'nothing'}. {seconds:.0f} s.", file=self._stream)

    def next_steps(self) -> None:
        """What to try now that the pages are gone."""
        lines = (
            "The pages above are gone now. To look at them:   make demo ARGS=--open",
            "With parameters of your own:                     make demo ARGS='--set train.C=1'",
            "With all that the commands say:                  make demo ARGS=--verbose",
        )
        click.echo("\n".join(lines), file=self._stream)


def example(name: str) -> Path:
    """The folder of an example as it ships: installed beside the package, or in the source tree."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "examples" / name, package.parents[1] / "examples" / name):
        if folder.is_dir():
            return folder
    raise DataError(f"the example {name} is missing from this installation", "Install Merganser again.")


def copy_example(name: str, into: Path) -> None:
    """Copy an example's files, without what running it there has left."""
    left_out = shutil.ignore_patterns("__pycache__", ".dvc/cache", ".merganser", "*.pyc")
    shutil.copytree(example(name), into, dirs_exist_ok=True, ignore=left_out)


def fetch(hub: Hub, token: str, path: str) -> Any:
    """One answer of the hub's REST side."""
    return json.loads(_get(hub, token, path, "application/vnd.github+json"))


def _get(hub: Hub, token: str, path: str, accept: str) -> bytes:
    request = Request(f"{hub.api_url}{path}", headers={"Authorization": f"Bearer {token}", "Accept": accept})  # noqa: S310
    with _direct.open(request, timeout=30) as answer:
        body: bytes = answer.read()
    return body


def checks(hub: Hub, token: str, repo: str, number: int) -> list[dict[str, str]]:
    """Name, conclusion and title of every check on a pull request's head, as GitHub lists them."""
    head = fetch(hub, token, f"/repos/{repo}/pulls/{number}")["head"]["sha"]
    runs = fetch(hub, token, f"/repos/{repo}/commits/{head}/check-runs?per_page={MAX_PAGE}")["check_runs"]
    return [{"name": run["name"], "conclusion": run["conclusion"], "title": run["output"]["title"]} for run in runs]


def failed(hub: Hub, token: str, repo: str, sha: str) -> list[str]:
    """The checks, as `MODEL/CHECK`, that failed in the verdicts on a commit's training, as the ledger has them."""
    runs = fetch(hub, token, f"/repos/{repo}/actions/runs?head_sha={sha}&event=pull_request")["workflow_runs"]
    ids = {str(run["id"]) for run in runs}
    found: list[str] = []
    for entry in fetch(hub, token, f"/repos/{repo}/git/trees/{LEDGER_BRANCH}?recursive=1")["tree"]:
        named = verdict_name(entry["path"])
        if named is not None and str(named.at.id) in ids:
            path = f"/repos/{repo}/contents/{entry['path']}?ref={LEDGER_BRANCH}"
            content = _get(hub, token, path, "application/vnd.github.raw+json")
            verdict = read_verdict(entry["path"], content).verdict
            found += [f"{verdict.model}/{check.id}" for check in verdict.checks if check.status is Status.failed]
    return found


def versions(hub: Hub, token: str, repo: str) -> list[dict[str, str]]:
    """The annotated tags of a repo, each with its commit."""
    found = []
    for ref in fetch(hub, token, f"/repos/{repo}/git/matching-refs/tags/"):
        tag = fetch(hub, token, f"/repos/{repo}/git/tags/{ref['object']['sha']}")
        found.append({"tag": tag["tag"], "commit": tag["object"]["sha"]})
    return found


def what_happened(hub: Hub, token: str, repos: Sequence[str]) -> dict[str, Any]:
    """Pull requests, versions, deployments and comments as the hub's own answers tell them."""
    model_repo, environments_repo = repos
    pulls, comments = [], []
    for repo in repos:
        for pull in fetch(hub, token, f"/repos/{repo}/pulls?state=all&sort=created&direction=asc&per_page={MAX_PAGE}"):
            pulls.append(
                {
                    "repo": repo,
                    "number": pull["number"],
                    "title": pull["title"],
                    "url": pull["html_url"],
                    "merged": pull["merged_at"] is not None,
                    "checks": checks(hub, token, repo, pull["number"]),
                }
            )
            for comment in fetch(hub, token, f"/repos/{repo}/issues/{pull['number']}/comments?per_page={MAX_PAGE}"):
                comments.append({"repo": repo, "number": pull["number"], "text": comment["body"]})
    return {
        "pull_requests": pulls,
        "versions": versions(hub, token, model_repo),
        "deployments": _deployments(hub, token, environments_repo),
        "comments": comments,
        "check": GATE_CHECK,
    }


def _deployments(hub: Hub, token: str, repo: str) -> list[dict[str, str]]:
    tree = fetch(hub, token, f"/repos/{repo}/git/trees/main?recursive=1")["tree"]
    found = []
    for entry in tree:
        environment, _, rest = entry["path"].partition("/")
        if rest.endswith("/release.yaml"):
            raw = _get(hub, token, f"/repos/{repo}/contents/{entry['path']}", "application/vnd.github.raw+json")
            release = yaml.safe_load(raw)
            found.append(
                {
                    "environment": environment,
                    "model": release["model"],
                    "version": release["version"],
                    "digest": release["artifact"]["digest"],
                }
            )
    return found
