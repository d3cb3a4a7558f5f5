"""The CI that runs us: event and environment, read once. What an event means: `event`. What we say back: `answers`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from merganser.documents import parse_json
from merganser.errors import ConfigError
from merganser.forge import names
from merganser.forge.secret import Secret

SERVER = "https://github.com"
API = "https://api.github.com"
MAX_EVENT = 30 * 2**20
MAX_KEY = 2**16


class App(msgspec.Struct, frozen=True):
    """A GitHub App: its id (or client id), and its private key as PEM text."""

    id: str
    key: Secret


class Runtime(msgspec.Struct, frozen=True, kw_only=True):
    """Where we run; empty, 0 and None on a person's own machine. `login` is who the token belongs to, if told.

    `actor` is who made the workflow run, also when that is run again: by the `triggering_actor`.

    Where there is an `app`, tokens are made by it, for what `command` needs, and `token` isn't used.
    """

    event_name: str = ""
    event: dict[str, Any] = {}
    repository: str = ""
    server_url: str = SERVER
    api_url: str = API
    sha: str = ""
    ref: str = ""
    run_id: int = 0
    attempt: int = 0
    actor: str = ""
    triggering_actor: str = ""
    login: str = ""
    token: Secret = Secret("")
    app: App | None = None
    command: str = ""
    temp: Path | None = None
    output: Path | None = None
    summary: Path | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], command: str = "") -> "Runtime":
        """From GitHub's variables and our own (`MERGANSER_…`); `ConfigError` names a wrong variable."""
        server = _url(environ, "GITHUB_SERVER_URL", _server(environ.get("GITHUB_API_URL", "").rstrip("/")))
        return cls(
            event_name=environ.get("GITHUB_EVENT_NAME", ""),
            event=_event(environ.get("GITHUB_EVENT_PATH", "")),
            repository=_repository(environ.get("GITHUB_REPOSITORY", "")),
            server_url=server,
            api_url=_url(environ, "GITHUB_API_URL", _api(server)),
            sha=_sha(environ.get("GITHUB_SHA", "")),
            ref=environ.get("GITHUB_REF", ""),
            run_id=_number(environ, "GITHUB_RUN_ID"),
            attempt=_number(environ, "GITHUB_RUN_ATTEMPT"),
            actor=environ.get("GITHUB_ACTOR", ""),
            triggering_actor=environ.get("GITHUB_TRIGGERING_ACTOR", ""),
            login=environ.get("MERGANSER_LOGIN", ""),
            token=Secret(environ.get("GITHUB_TOKEN", "").strip()),
            app=_app(environ),
            command=command,
            temp=_path(environ, "RUNNER_TEMP"),
            output=_path(environ, "GITHUB_OUTPUT"),
            summary=_path(environ, "GITHUB_STEP_SUMMARY"),
        )

    @property
    def run_url(self) -> str:
        """The page of this workflow run, "" outside of one."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}" if self.run_id else ""


def _event(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        if Path(path).stat().st_size > MAX_EVENT:
            raise ConfigError(
                f"GITHUB_EVENT_PATH: {path} is larger than {MAX_EVENT >> 20} MiB", "No event of GitHub's is."
            )
        data = Path(path).read_bytes()
    except OSError as missing:
        raise ConfigError(
            f"GITHUB_EVENT_PATH: {path} can't be read: {missing.strerror}", "Unset it to run outside of CI."
        ) from missing
    event = parse_json(data, f"the event file {path}")
    if not isinstance(event, dict):
        raise ConfigError(f"GITHUB_EVENT_PATH: {path} holds no JSON object", "Pass GitHub's event payload.")
    return event


def _repository(name: str) -> str:
    return names.repository(name) if name else ""


def _sha(sha: str) -> str:
    return names.sha(sha) if sha else ""


def _url(environ: Mapping[str, str], variable: str, default: str) -> str:
    url = environ.get(variable, default).rstrip("/") or default
    return names.server(url, variable)


def _api(server: str) -> str:
    """Where a server has its API, so that a token for an Enterprise server never goes to github.com for want of a word.

    github.com and GHE.com have it on a host of its own, an Enterprise Server below its address.
    """
    scheme, _, host = server.partition("://")
    if server == SERVER:
        return API
    return f"{scheme}://api.{host}" if host.endswith(".ghe.com") else f"{server}/api/v3"


def _server(api: str) -> str:
    """The server that has its API there: the other way round, for the same reason."""
    if api.endswith("/api/v3"):
        return api.removesuffix("/api/v3")
    return api.replace("://api.", "://", 1) if api.endswith(".ghe.com") else SERVER


def _app(environ: Mapping[str, str]) -> App | None:
    """The GitHub App of `MERGANSER_APP_ID` and `MERGANSER_APP_KEY`, both or neither."""
    name, key = environ.get("MERGANSER_APP_ID", "").strip(), environ.get("MERGANSER_APP_KEY", "").strip()
    if not name and not key:
        return None
    if not name or not key:
        missing, there = ("KEY", "ID") if name else ("ID", "KEY")
        raise ConfigError(
            f"MERGANSER_APP_{there} is set, MERGANSER_APP_{missing} is not",
            "Set both to act as a GitHub App, neither to act by GITHUB_TOKEN.",
        )
    if not re.fullmatch(r"[A-Za-z0-9.]{1,64}", name):
        raise ConfigError("MERGANSER_APP_ID is no App's id", "Copy the App ID (a number) from the App's settings.")
    return App(id=name, key=_key(key))


def _key(text: str) -> Secret:
    """PEM text, also with its line ends written as two letters, or the file that a path names."""
    if "PRIVATE KEY" in text:
        return Secret(text if "\n" in text else text.replace("\\n", "\n"))
    try:
        data = Path(text).read_bytes()[:MAX_KEY]
        return Secret(data.decode("ascii"))
    except (OSError, ValueError):
        # The value isn't shown: it may be a key that was copied without its first line.
        raise ConfigError(
            "MERGANSER_APP_KEY is neither a private key in PEM form nor a file that can be read",
            "Pass the text from -----BEGIN to END-----, or the path of the .pem file.",
        ) from None


def _number(environ: Mapping[str, str], variable: str) -> int:
    text = environ.get(variable, "") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ConfigError(f"{variable} is {text[:40]!r}, not a number", "Unset it to run outside of CI.")
    return int(text)


def _path(environ: Mapping[str, str], variable: str) -> Path | None:
    return Path(environ[variable]) if environ.get(variable) else None
