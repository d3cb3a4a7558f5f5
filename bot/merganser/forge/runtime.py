"""The CI that runs us: event and environment, read once. What an event means: `event`. What we say back: `answers`."""

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


class Runtime(msgspec.Struct, frozen=True, kw_only=True):
    """Where we run; empty, 0 and None on a person's own machine. `login` is who the token belongs to, if told."""

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
    login: str = ""
    workspace: Path = Path()
    token: Secret = Secret("")
    output: Path | None = None
    summary: Path | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Runtime":
        """From GitHub's variables, `GITHUB_TOKEN` and `MERGANSER_LOGIN`; `ConfigError` names a wrong variable."""
        return cls(
            event_name=environ.get("GITHUB_EVENT_NAME", ""),
            event=_event(environ.get("GITHUB_EVENT_PATH", "")),
            repository=_repository(environ.get("GITHUB_REPOSITORY", "")),
            server_url=_url(environ, "GITHUB_SERVER_URL", SERVER),
            api_url=_url(environ, "GITHUB_API_URL", API),
            sha=_sha(environ.get("GITHUB_SHA", "")),
            ref=environ.get("GITHUB_REF", ""),
            run_id=_number(environ, "GITHUB_RUN_ID"),
            attempt=_number(environ, "GITHUB_RUN_ATTEMPT"),
            actor=environ.get("GITHUB_ACTOR", ""),
            login=environ.get("MERGANSER_LOGIN", ""),
            workspace=Path(environ.get("GITHUB_WORKSPACE", ".")),
            token=Secret(environ.get("GITHUB_TOKEN", "").strip()),
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


def _number(environ: Mapping[str, str], variable: str) -> int:
    text = environ.get(variable, "") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ConfigError(f"{variable} is {text[:40]!r}, not a number", "Unset it to run outside of CI.")
    return int(text)


def _path(environ: Mapping[str, str], variable: str) -> Path | None:
    return Path(environ[variable]) if environ.get(variable) else None
