"""Real clients of a hub: git in a working copy, PyGithub, and bare HTTP."""

import json
import os
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from github import Auth, Github
from github.Repository import Repository

from merganser.hub import Hub

NAME = "acme/digits"


def git_environment(home: Path) -> dict[str, str]:
    """An environment in which git knows nobody's configuration and always the same author."""
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _WHO.items()}
    isolated = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", **isolated, **who}


_WHO = {"NAME": "Ada", "EMAIL": "ada@example.org"}


@dataclass
class Checkout:
    """A working copy of a repository."""

    folder: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=git_environment(self.folder.parent),
            capture_output=True,
            text=True,
            check=False,
        )

    def git(self, *arguments: str) -> str:
        """Git's output; the test fails where git does."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, files: dict[str, str | bytes | None], message: str = "change") -> str:
        """Write files (None: remove) and commit them; the commit's SHA."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str, *options: str) -> None:
        self.git("push", "-q", *options, "origin", f"HEAD:refs/heads/{branch}")

    def branch(self, name: str, start: str = "main") -> None:
        self.git("checkout", "-q", "-B", name, start)


@dataclass
class Team:
    """A hub with a public repository, people of every role, and one commit on main."""

    hub: Hub
    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def github(self, login: str | None) -> Github:
        auth = Auth.Token(self.tokens[login]) if login else None
        return Github(
            auth=auth,
            base_url=self.hub.api_url,
            seconds_between_requests=None,
            seconds_between_writes=None,
            retry=None,
            per_page=100,
        )

    def repo(self, login: str = "owner", name: str = NAME) -> Repository:
        return self.github(login).get_repo(name)

    def address(self, login: str | None, name: str = NAME) -> str:
        """The address to clone from, with the token where git looks for it."""
        credential = f"x-access-token:{self.tokens[login]}@" if login else ""
        return f"{self.hub.url.replace('://', f'://{credential}')}/{name}.git"

    def clone(self, login: str = "owner", name: str = NAME, *options: str) -> Checkout:
        target = self.folder / f"checkout{len(list(self.folder.iterdir()))}"
        done = subprocess.run(
            ["git", "clone", "-q", *options, self.address(login, name), str(target)],
            env=git_environment(self.folder),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return Checkout(target)

    def send(self, method: str, path: str, login: str | None = "owner", body: Any = None) -> "Reply":
        """One bare request to the API; nothing is followed."""
        headers = {"Authorization": f"Bearer {self.tokens[login]}"} if login else {}
        content = None if body is None else json.dumps(body).encode()
        return fetch(method, self.hub.api_url + path, headers, content)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


def fetch(method: str, url: str, headers: dict[str, str] | None = None, content: bytes | None = None) -> Reply:
    """One HTTP request without following redirects."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, content, headers or {})
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def raw(url: str, request: bytes) -> bytes:
    """Send bytes and read until the other side hangs up."""
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        with suppress(ConnectionResetError):  # the hub may hang up on a body that it won't read
            while piece := connection.recv(65536):
                answer += piece
        return answer
