"""What GitHub's event payload says: numbers and SHAs, read with their types checked. Pure."""

from collections.abc import Mapping
from typing import Any

from merganser.errors import ConfigError
from merganser.forge import names

NO_COMMIT = "0" * 40

Event = Mapping[str, Any]


def look_up(event: Event, *keys: str) -> Any:
    """The value below `keys`, or None where any of them is missing or null."""
    found: Any = event
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def pull_request_number(event: Event) -> int | None:
    """Of `pull_request` events, and of comments on a pull request."""
    if look_up(event, "pull_request") is not None:
        return _integer(event, "pull_request", "number")
    if look_up(event, "issue", "pull_request") is not None:
        return _integer(event, "issue", "number")
    return None


def comment(event: Event) -> tuple[int, int, str] | None:
    """Of `issue_comment` events the number of the issue or pull request, the comment's id, and its text."""
    if look_up(event, "comment") is None:
        return None
    body = look_up(event, "comment", "body")
    return _integer(event, "issue", "number"), _integer(event, "comment", "id"), body if isinstance(body, str) else ""


def head_sha(event: Event) -> str | None:
    """The commit that the event is about: the pull request's head, the run's, the queue's, or what was pushed."""
    for keys in (("pull_request", "head"), ("workflow_run", "head_sha"), ("merge_group", "head_sha"), ("after",)):
        path = (*keys, "sha") if keys[-1] == "head" else keys
        if look_up(event, *path) is not None:
            return _commit(event, *path)
    return None


def base_sha(event: Event) -> str | None:
    """The pull request's or merge group's base, or what a push found; None for a push that created the branch."""
    for path in (("pull_request", "base", "sha"), ("merge_group", "base_sha"), ("before",)):
        if look_up(event, *path) is not None:
            return _commit(event, *path)
    return None


def pushed_tag(event: Event) -> str | None:
    """The tag, without `refs/tags/`, that a `push` or a `create` event made; None for branches and deleted tags."""
    ref = look_up(event, "ref")
    if not isinstance(ref, str) or look_up(event, "deleted") is True:
        return None
    if look_up(event, "ref_type") == "tag":
        return ref
    return ref.removeprefix("refs/tags/") if ref.startswith("refs/tags/") else None


def workflow_run_id(event: Event) -> int | None:
    return _integer(event, "workflow_run", "id") if look_up(event, "workflow_run") is not None else None


def sender(event: Event) -> str:
    """Who made it happen, as GitHub says; "" where it says nobody."""
    found = look_up(event, "sender", "login")
    return names.login(found) if isinstance(found, str) else ""


def action(event: Event) -> str:
    """`opened`, `requested`, `completed` …; "" for events without one."""
    found = look_up(event, "action")
    return found if isinstance(found, str) else ""


def default_branch(event: Event) -> str | None:
    found = look_up(event, "repository", "default_branch")
    return names.branch(found) if isinstance(found, str) else None


def _integer(event: Event, *keys: str) -> int:
    found = look_up(event, *keys)
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise ConfigError(f"the event's {'.'.join(keys)} is {found!r:.60}, not a number", "Pass GitHub's own payload.")
    return found


def _commit(event: Event, *keys: str) -> str | None:
    found = look_up(event, *keys)
    sha = names.sha(found if isinstance(found, str) else "")
    return None if sha == NO_COMMIT else sha
