"""Reading a request's JSON body and query with GitHub's own complaints."""

from __future__ import annotations

from typing import Any

from merganser.hub.refusals import Refusal, invalid, not_found
from merganser.hub.routing import Call


def body(call: Call) -> dict[str, Any]:
    """The JSON object of the request; no body counts as an empty one."""
    if call.document is None:
        return {}
    if not isinstance(call.document, dict):
        raise Refusal(400, "Body should be a JSON object")
    return call.document


def text(call: Call, key: str, resource: str) -> str:
    """A string that must be there and not be blank."""
    value = optional_text(call, key, resource)
    if value is None or not value.strip():
        raise invalid(resource, key, "missing_field")
    return value


def optional_text(call: Call, key: str, resource: str) -> str | None:
    value = body(call).get(key)
    if value is None or isinstance(value, str):
        return value
    raise invalid(resource, key)


def optional_message(call: Call, key: str, resource: str) -> str | None:
    """Words for a commit or tag. NUL would end them there, for git and for whoever reads them."""
    value = optional_text(call, key, resource)
    if value is not None and "\x00" in value:
        raise invalid(resource, key)
    return value


def message(call: Call, key: str, resource: str) -> str:
    """A commit's or tag's message, which must be there and not be blank."""
    optional_message(call, key, resource)
    return text(call, key, resource)


def flag(call: Call, key: str, otherwise: bool = False) -> bool:
    value = body(call).get(key, otherwise)
    if isinstance(value, bool):
        return value
    raise Refusal(422, f"Invalid request.\n\nFor 'properties/{key}', {value!r} is not a boolean.")


def choice(call: Call, key: str, allowed: frozenset[str], resource: str) -> str | None:
    """One of a closed set, or None where the key is absent."""
    value = optional_text(call, key, resource)
    if value is not None and value not in allowed:
        raise invalid(resource, key)
    return value


def names(call: Call, key: str, resource: str) -> list[str]:
    """A list of strings; also the bare array that some clients send instead of an object."""
    value = call.document if isinstance(call.document, list) else body(call).get(key, [])
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return list(value)
    if isinstance(value, list) and all(isinstance(item, dict) and "name" in item for item in value):
        return [str(item["name"]) for item in value]
    raise invalid(resource, key)


def number(call: Call, key: str) -> int:
    """A numeric path parameter; anything else names nothing. SQLite's integers end at 2^63."""
    value = call.params[key]
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise not_found()
    return int(value)
