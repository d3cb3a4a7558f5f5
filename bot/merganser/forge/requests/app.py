"""A GitHub App's tokens: each for one repository and the permissions that the command needs there, made when needed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from merganser.errors import ConfigError
from merganser.forge import names
from merganser.forge.ci.runtime import App, Runtime
from merganser.forge.protocol import Conflict, NotFound, Refused, Unanswered
from merganser.forge.requests.permissions import in_words, lacking, needed, welcome
from merganser.forge.requests.request import Request
from merganser.forge.requests.transport import READ_WAITS, Transport
from merganser.forge.secret import Secret
from merganser.forge.times import Times

# GitHub refuses words of more than ten minutes, and some clocks are ahead of its own.
_LIFE, _BEHIND = 540, 60
# A token that ends this soon is not begun with: a clone may take minutes.
_LEAST_LEFT = 300.0


class _Installation(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    app_slug: str
    html_url: str
    permissions: dict[str, str]
    suspended_at: str | None = None


class _Granted(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    expires_at: datetime


class Signed:
    """`Tokens` of the App itself: a short-lived word (JWT) signed with its key, for asking about installations."""

    def __init__(self, app: App, clock: Callable[[], float]) -> None:
        self._app, self._clock = app, clock

    def token(self, repository: str) -> Secret:  # noqa: ARG002 - the App speaks for itself
        return signed(self._app, self._clock())

    def renew(self, repository: str) -> bool:  # noqa: ARG002
        return False

    def environments_in(self, repository: str) -> None:
        pass

    def login(self) -> str:
        return ""


class AppTokens:
    """`Tokens` of an App's installations, one for each repository. `clock` says when a token is about to end."""

    def __init__(self, runtime: Runtime, app: App, times: Times) -> None:
        self._runtime, self._id, self._clock, self._sleep = runtime, app.id, times.clock, times.sleep
        self._transport = Transport(runtime.api_url, Signed(app, times.clock), times)
        self._installations: dict[str, _Installation] = {}
        self._held: dict[str, _Granted] = {}
        self._environments = ""

    def token(self, repository: str) -> Secret:
        """`ConfigError` with its cure: wrong key, no installation, a permission that was not granted."""
        repository = self._meant(repository)
        held = self._held.get(repository)
        if held is None or held.expires_at.timestamp() - self._clock() < _LEAST_LEFT:
            held = self._held[repository] = self._grant(repository)
        return Secret(held.token)

    def renew(self, repository: str) -> bool:
        self._held.pop(self._meant(repository), None)
        return True

    def environments_in(self, repository: str) -> None:
        if self._meant(repository) != self._environments:
            self._environments = self._meant(repository)
            self._held.pop(self._environments, None)

    def login(self) -> str:
        return f"{self._installation(self._meant('')).app_slug}[bot]"

    def _meant(self, repository: str) -> str:
        """The repository by which a token is kept; GitHub knows names in any case."""
        found = repository or self._runtime.repository
        if not found:
            raise ConfigError(
                "a GitHub App has a token for a repository only, and none is said",
                "Pass --repo OWNER/NAME, or run it in a workflow or clone.",
            )
        return names.repository(found).lower()

    def _installation(self, repository: str) -> _Installation:
        if repository not in self._installations:
            self._installations[repository] = self._found(repository)
        return self._installations[repository]

    def _found(self, repository: str) -> _Installation:
        try:
            request = Request(verb="GET", url=f"/repos/{names.quoted(repository)}/installation")
            found = self._transport.read(request, _Installation)
        except NotFound as missing:
            if "Integration not found" in missing.message:
                raise ConfigError(
                    f"GitHub has no App {self._id}", "Copy the App ID from the App's settings to MERGANSER_APP_ID."
                ) from missing
            raise ConfigError(
                f"the GitHub App {self._id} is not installed on {repository}",
                "Install it there (the App's settings → Install App), and if it has selected repositories only, add "
                "this one.",
            ) from missing
        except Refused as refused:
            raise self._unbelieved(refused) from refused
        if found.suspended_at:
            raise ConfigError(
                f"the installation of {found.app_slug} for {repository} is suspended", f"End that at {found.html_url}"
            )
        return found

    def _unbelieved(self, refused: Refused) -> Exception:
        if refused.status != 401:
            return refused
        return ConfigError(
            f"GitHub does not take MERGANSER_APP_KEY for a key of the App {self._id}: {refused.message}",
            "Is MERGANSER_APP_ID that App's id, was the key deleted in its settings, is this machine's clock right?",
        )

    def _grant(self, repository: str) -> _Granted:
        found = self._installation(repository)
        own = repository == self._runtime.repository.lower()
        wanted = needed(self._runtime.command, own=own, environments=not own or repository == self._environments)
        missing = lacking(found.permissions, wanted)
        if missing:
            raise self._lacks(repository, found, missing)
        asked = wanted | (welcome(self._runtime.command, found.permissions) if own else {})
        body = {"repositories": [repository.partition("/")[2]], "permissions": {k: v.value for k, v in asked.items()}}
        try:
            return self._made(Request(verb="POST", url=f"/app/installations/{found.id}/access_tokens", body=body))
        except Conflict as refused:
            # Granted by the App's settings, but the account has not accepted it yet.
            raise self._lacks(repository, found, [in_words(*item) for item in wanted.items()]) from refused
        except Refused as refused:
            raise self._unbelieved(refused) from refused

    def _made(self, request: Request) -> _Granted:
        """The token; asked for again without fear, for one too many that nobody has seen does nothing."""
        for pause in READ_WAITS:
            try:
                return self._transport.read(request, _Granted)
            except Unanswered:
                self._sleep(pause)
        return self._transport.read(request, _Granted)

    def _lacks(self, repository: str, found: _Installation, missing: list[str]) -> ConfigError:
        command = self._runtime.command or "this command"
        return ConfigError(
            f"the GitHub App {found.app_slug} lacks for {command} in {repository}: {'; '.join(missing)}",
            f"Grant it in the App's settings → Permissions & events, then accept it at {found.html_url}",
        )


def signed(app: App, now: float) -> Secret:
    """The App's word for itself at `now` (seconds since 1970); `ConfigError` where the key is none."""
    import jwt

    claims: dict[str, Any] = {"iss": app.id, "iat": int(now) - _BEHIND, "exp": int(now) + _LIFE}
    try:
        return Secret(jwt.encode(claims, app.key.reveal(), algorithm="RS256"))
    except (jwt.PyJWTError, ValueError, TypeError):
        # The cause is left out: nobody can say what of the key it would show.
        raise ConfigError(
            "MERGANSER_APP_KEY holds no RSA private key in PEM form",
            "Make one in the App's settings → Private keys; pass the file's text, or its path.",
        ) from None
