"""Where a request's token comes from: the environment, or a GitHub App (`app`) that makes one for each repository."""

from typing import Protocol

from merganser.forge.protocol import ACTIONS_LOGIN
from merganser.forge.secret import Secret

# An App's token can't ask whose it is. Of an App that nobody names, it is Actions' own.
_OF_INSTALLATION = "ghs_"


class Tokens(Protocol):
    """`repository` is `OWNER/NAME`, "" where a request is about none."""

    def token(self, repository: str) -> Secret:
        """The token to ask with; empty to ask namelessly."""
        ...

    def renew(self, repository: str) -> bool:
        """Whether there will be another token now that the present one was refused."""
        ...

    def environments_in(self, repository: str) -> None:
        """Says that the environments are in this repository, which may be the model repo itself."""
        ...

    def login(self) -> str:
        """Whose tokens these are; "" where only GitHub can tell."""
        ...


class Given:
    """The one token of the environment, whoever's it is: nobody renews it."""

    def __init__(self, token: Secret, login: str = "") -> None:
        self._token, self._login = token, login

    def token(self, repository: str) -> Secret:  # noqa: ARG002 - the same for all
        return self._token

    def renew(self, repository: str) -> bool:  # noqa: ARG002
        return False

    def environments_in(self, repository: str) -> None:
        pass

    def login(self) -> str:
        if not self._login and self._token.reveal().startswith(_OF_INSTALLATION):
            return ACTIONS_LOGIN
        return self._login
