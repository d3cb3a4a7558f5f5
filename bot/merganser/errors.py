"""What can go wrong, one class per exit code; `cli` alone catches them. A gate's no is a verdict, not an error."""

from typing import ClassVar


class MerganserError(Exception):
    """What happened and where (`message`), and what to do next (`hint`)."""

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(MerganserError):
    """A wrong argument or configuration file."""

    exit_code = 2


class DataError(MerganserError):
    """Predictions, bundles or pipelines that can't be used."""

    exit_code = 3


class ForgeError(MerganserError):
    """GitHub or the network said no; `status` is the HTTP status, 0 where there was no answer."""

    exit_code = 4

    def __init__(self, message: str, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint)
        self.status = status
