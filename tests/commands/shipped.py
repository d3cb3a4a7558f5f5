"""A registered and deployed version on a hub, with clones of both repositories: to look at, and to tamper with."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request as Asked
from urllib.request import urlopen

import msgspec

from merganser import git
from merganser.commands.audit import command as audit
from merganser.forge.ci.runtime import Runtime
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from merganser.git import Repository
from merganser.hub import Hub
from merganser.registry.audit.links import Chain, Link, State
from tests.commands.stage import ENVIRONMENTS, REPO, Life, Moment, fetch, on_a_copy, run

TAG = "tiny@v0.1.0"
CLONES = {REPO: "model", ENVIRONMENTS: "environments"}


class Shipped(msgspec.Struct, frozen=True, kw_only=True):
    """Version 0.1.0 is registered and runs in staging; `model` and `environments` are a person's clones."""

    hub: Hub
    folder: Path
    model: Path
    environments: Path
    token: str

    @property
    def runtime(self) -> Runtime:
        """A person's own machine."""
        return Runtime(repository=REPO, server_url=self.hub.url, api_url=self.hub.api_url, token=Secret(self.token))

    @property
    def github(self) -> dict[str, str]:
        """The environment of that machine, for commands that are run there."""
        return {
            "GITHUB_API_URL": self.hub.api_url,
            "GITHUB_SERVER_URL": self.hub.url,
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_TOKEN": self.token,
        }

    def audit(self, version: str | None = TAG, **fields: Any) -> tuple[Chain, ...]:
        return audit.audit(audit.Request(folder=self.model, version=version, **fields), self.runtime)

    def git(self, *args: str, stdin: str = "") -> str:
        """Git in the person's clone of the model repo, with their right to push."""
        env = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in EVE.items()}
        env |= credentials(Secret(self.token), self.hub.url)
        return git.run(args, self.model, stdin=stdin.encode(), env=env).decode().strip()

    def ask(self, verb: str, url: str, body: bytes | None = None) -> Any:
        """The hub's REST side, by a client that is not Merganser's."""
        kind = "application/octet-stream"
        asked = Asked(url, body, {"Authorization": f"Bearer {self.token}", "Content-Type": kind}, method=verb)
        with urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def release(self) -> dict[str, Any]:
        return dict(fetch(self.hub, self.token, f"/repos/{REPO}/releases/tags/{TAG}"))

    def asset(self, name: str) -> bytes:
        url = f"{self.hub.api_url}/repos/{REPO}/releases/assets/{self._id(name)}"
        asked = Asked(url, headers={"Accept": "application/octet-stream"})
        asked.add_unredirected_header("Authorization", f"Bearer {self.token}")
        with urlopen(asked, timeout=30) as answer:
            return bytes(answer.read())

    def delete(self, name: str) -> None:
        self.ask("DELETE", f"{self.hub.api_url}/repos/{REPO}/releases/assets/{self._id(name)}")

    def upload(self, name: str, content: bytes) -> None:
        self.ask("POST", f"{self.release()['upload_url'].partition('{')[0]}?name={name}", content)

    def replace(self, name: str, content: bytes) -> None:
        self.delete(name)
        self.upload(name, content)

    def _id(self, name: str) -> int:
        return next(int(asset["id"]) for asset in self.release()["assets"] if asset["name"] == name)


EVE = {"NAME": "Eve", "EMAIL": "eve@example.org", "DATE": "2026-11-24T10:00:00Z"}


def prepare_shipped(moment: Moment, folder: Path) -> Moment:
    """A copy of the moment's hub on which the version also runs in staging, and of clones beside it."""
    with on_a_copy(moment, folder) as hub:
        run(hub, moment)
        Life(hub, folder, moment.access).merge(ENVIRONMENTS, 1)
        env = credentials(Secret(moment.access.person), hub.url)
        for repo, name in CLONES.items():
            git.run(["clone", "-q", f"{hub.url}/{repo}.git", str(folder / name)], folder, env=env)
        hub.admin.checkpoint()
    return Moment(directory=folder / "hub", access=moment.access, event={})


@contextmanager
def shipped(moment: Moment, folder: Path) -> Iterator[Shipped]:
    """A hub and clones of a test's own, which begin as `prepare_shipped` left them."""
    with on_a_copy(moment, folder) as hub:
        for repo, name in CLONES.items():
            shutil.copytree(moment.directory.parent / name, folder / name)
            git.run(["remote", "set-url", "origin", f"{hub.url}/{repo}.git"], folder / name)
        yield Shipped(
            hub=hub,
            folder=folder,
            model=folder / "model",
            environments=folder / "environments",
            token=moment.access.person,
        )


def of_state(chains: tuple[Chain, ...], state: State) -> dict[str, Link]:
    """The links of a state by `SECTION/NAME`."""
    return {
        f"{section.name}/{link.name}": link
        for chain in chains
        for section in chain.sections
        for link in section.links
        if link.state is state
    }


def rewritten(clone: Repository, ref: str, path: str, content: bytes) -> str:
    """A commit without parents whose tree is that of `ref` with other content at `path`."""
    tree = clone.entries(ref)
    blob = clone.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
    lines = [f"{e.mode} {e.type} {blob if e.path == path else e.oid}\t{e.path}\n" for e in tree]
    env = {"GIT_INDEX_FILE": str(clone.path / ".git" / "rewritten")}
    here = Repository(clone.path, env)
    here.run("update-index", "--add", "--index-info", stdin="".join(lines).encode())
    who = ("-c", "user.name=Eve", "-c", "user.email=eve@example.org")
    return here.text(*who, "commit-tree", "-m", "Nothing to see here", here.text("write-tree"))
