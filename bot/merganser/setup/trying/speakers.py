"""Who comments on the pull request that is tried: its author, or somebody of a role there."""

from typing import Final

from merganser.errors import ConfigError
from merganser.hub import Hub
from merganser.setup import actions
from merganser.setup.actions import Actions

AUTHOR: Final = "author"
# Logins that own no repository, so that the hub has nobody of that name yet.
LOGINS: Final = {
    "read": "a-reader",
    "triage": "a-triager",
    "write": "a-writer",
    "maintain": "a-maintainer",
    "admin": "an-administrator",
}


def require_answers(playing: Actions, repo: str) -> None:
    """`ConfigError` where no workflow of the default branch answers comments."""
    if not actions.hears_comments(playing, repo):
        hint = "merganser init writes merganser-commands.yml, which answers them."
        raise ConfigError("nothing answers comments: no workflow of Merganser's runs on issue_comment", hint)


def speaker(hub: Hub, repo: str, role: str) -> tuple[str, str]:
    """Login and token of somebody who has that role in a repository."""
    login = LOGINS[role]
    token = hub.admin.create_user(login)
    hub.admin.set_permission(repo, login, role)
    return login, token
