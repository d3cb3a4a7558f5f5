"""What a status, headers and body of GitHub's mean: which error, or how long to wait. Pure."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from merganser.errors import ForgeError
from merganser.forge.protocol import Astray, Conflict, NotFound, RateLimited, Refused, Unanswered, Unavailable

LONGEST_WAIT = 300.0
SECONDARY_WAIT = 60.0
BROKEN = frozenset({500, 502, 503, 504})

_HINTS = {
    401: "Set GITHUB_TOKEN to a token that is valid and may read this, or act as an App: the token was not accepted.",
    403: "Give the token the permission that this needs: docs/commands.md lists them by command.",
    404: "Check the name, and that the token may see it (GitHub says 404 for what it hides).",
    405: "See the pull request's merge box for what is missing.",
    409: "Something moved in between: run the command again.",
    422: "Run the command again; if it stays, the message above says what GitHub would not take.",
}

_PERMISSIONS = re.compile(r"[a-z_]+=[a-z]+(?:[;,] ?[a-z_]+=[a-z]+){0,9}")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """GitHub's answer to `what` (`POST /repos/…`); header names in lower case. `host` is who gave it."""

    what: str
    status: int
    headers: dict[str, str]
    body: str
    host: str = "GitHub"

    def is_page(self) -> bool:
        """Whether it is for people's eyes: the API speaks JSON, also where it refuses."""
        return self.headers.get("content-type", "").startswith("text/html")

    def limited(self) -> bool:
        """Whether a rate limit refused it: nothing was done, and waiting helps."""
        if self.status == 429:
            return True
        spent = self.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in self.headers
        return self.status == 403 and (spent or "rate limit" in message(self).lower())


def wait(answer: Answer, refusals: int, now: float) -> float:
    """Seconds to wait after the `refusals`-th limit in a row; `RateLimited` where that is too long."""
    reset = answer.headers.get("x-ratelimit-reset", "")
    if _is_number(after := answer.headers.get("retry-after", "")):
        seconds = max(float(after), 1.0)
    elif answer.headers.get("x-ratelimit-remaining") == "0" and _is_number(reset):
        seconds = max(float(reset) - now, 0.0) + 1.0
    else:
        seconds = SECONDARY_WAIT * 2.0 ** (refusals - 1)
    if seconds > LONGEST_WAIT or refusals > 3:
        raise RateLimited(
            f"GitHub's rate limit refuses {answer.what}; it asks to wait {seconds:.0f} seconds: {message(answer)}",
            "Run the command again after that; nothing that was written is lost.",
            answer.status,
        )
    return seconds


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def error(answer: Answer) -> ForgeError:
    """The error that an answer of 400 or more is."""
    kinds: dict[int, type[ForgeError]] = {401: Astray, 404: NotFound, 410: NotFound, 409: Conflict, 422: Conflict}
    if answer.status in BROKEN:
        return unanswered(answer.what, f"answered {answer.status}", answer.status)
    kind = kinds.get(answer.status, Refused)
    if answer.is_page():
        return page(answer)
    said = f"GitHub refused {answer.what}: {answer.status} {message(answer)}"
    return kind(said, _lacking(answer) or _HINTS.get(answer.status, "GitHub's message says why."), answer.status)


def page(answer: Answer) -> ForgeError:
    """The error that a page is: of GitHub's site, a proxy or a stranger, and none of the API's words."""
    broken = Unavailable if answer.what.startswith("GET ") else Unanswered
    kind = Astray if answer.status >= 400 else broken
    return kind(
        f"{answer.host} answered {answer.what} with a page ({answer.status}), not with GitHub's API",
        "Check GITHUB_API_URL: https://api.github.com, or https://HOST/api/v3 of GitHub Enterprise Server.",
        answer.status,
    )


def unreached(what: str, host: str, why: str) -> ForgeError:
    """No connection, or none that lasted to an answer, to whoever GITHUB_API_URL names."""
    hint = "Check the network and GITHUB_API_URL, and run the command again."
    if what.startswith("GET "):
        return Unavailable(f"{host} gave no answer to {what} ({why})", hint)
    return Unanswered(f"{host} gave no answer to {what} ({why})", f"It may have happened all the same. {hint}")


def _lacking(answer: Answer) -> str:
    """What GitHub says in a header of its own that the token lacks: `issues=write; pull_requests=write`, any one."""
    accepted = answer.headers.get("x-accepted-github-permissions", "")
    if answer.status != 403 or not _PERMISSIONS.fullmatch(accepted):
        return ""
    words = accepted.replace(";", " or").replace("=", ": ")
    return f"Give the token {words}: a workflow's own under `permissions:`, an App's in the App's settings."


def unanswered(what: str, how: str, status: int = 0) -> ForgeError:
    """No usable answer to `what`: nothing lost for a read; a write may have happened."""
    if what.startswith("GET "):
        return Unavailable(f"GitHub {how} to {what}", "See githubstatus.com, and run the command again.", status)
    hint = "It may have happened all the same; running the command again looks first."
    return Unanswered(f"GitHub {how} to {what}", hint, status)


def message(answer: Answer) -> str:
    """GitHub's own words in an answer: its message, then what it says of single fields; at most 500 characters."""
    try:
        body = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError):
        return answer.body[:200]
    if not isinstance(body, Mapping):
        return ""
    words = [str(body.get("message", "")), *(_field_error(item) for item in _sequence(body.get("errors")))]
    return "; ".join(word for word in words if word)[:500]


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _field_error(item: Any) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    if item.get("message"):
        return str(item["message"])
    return " ".join(str(item[key]) for key in ("resource", "field", "code") if key in item)
