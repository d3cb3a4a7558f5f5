"""The ways in which GitHub says no, as one exception with its status and error form."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")

DOCUMENTATION = "https://docs.github.com/rest"


class Refusal(Exception):
    """An answer other than success: status, message, the list of errors and headers, if any, and the page about it."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: list[Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        page: str = DOCUMENTATION,
    ) -> None:
        super().__init__(message)
        self.page = page
        self.headers = headers or {}
        self.status = status
        self.message = message
        self.errors = errors

    def document(self) -> dict[str, Any]:
        """The body in GitHub's form."""
        found: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            found["errors"] = self.errors
        return found | {"documentation_url": self.page, "status": str(self.status)}


def not_found() -> Refusal:
    return Refusal(404, "Not Found")


def existing(found: T | None) -> T:
    """What was looked for; where there is nothing, the answer is 404."""
    if found is None:
        raise not_found()
    return found


def bad_credentials() -> Refusal:
    return Refusal(401, "Bad credentials")


def needs_login() -> Refusal:
    return Refusal(401, "Requires authentication")


def forbidden(message: str = "Resource not accessible by personal access token") -> Refusal:
    return Refusal(403, message)


def unprocessable(message: str) -> Refusal:
    return Refusal(422, message)


def conflict(message: str) -> Refusal:
    return Refusal(409, message)


def invalid(resource: str, field: str, code: str = "invalid") -> Refusal:
    """422 with one error; codes are GitHub's: missing, missing_field, invalid, already_exists."""
    return Refusal(422, "Validation Failed", [{"resource": resource, "code": code, "field": field}])


def invalid_because(resource: str, message: str) -> Refusal:
    """422 with GitHub's code `custom` and a sentence."""
    return Refusal(422, "Validation Failed", [{"resource": resource, "code": "custom", "message": message}])
