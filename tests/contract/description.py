"""GitHub's REST description as JSON Schema: validators for its parts, and the search for keys it doesn't know."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

DESCRIPTION = Path(__file__).parents[1] / "schemas" / "github-rest.json"
BASE = "urn:github-rest"

FORMATS = FormatChecker(formats=())
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@FORMATS.checks("date-time")
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or _MOMENT.fullmatch(value) is not None


@FORMATS.checks("uri")
def is_address(value: object) -> bool:
    """GitHub itself answers "" where a deployment has no address."""
    return not isinstance(value, str) or not value or re.match(r"[a-z][a-z+.-]*://[^\s]+", value) is not None


def with_null(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` said in JSON Schema's way, which has no such word."""
    if isinstance(node, list):
        return [with_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: with_null(value) for key, value in node.items() if key != "nullable" or isinstance(value, dict)}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


@cache
def description() -> dict[str, Any]:
    found: dict[str, Any] = with_null(json.loads(DESCRIPTION.read_text("utf-8")))
    return found


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resource(BASE, Resource.from_contents(description(), default_specification=DRAFT4))


@cache
def validator(pointer: str) -> Draft4Validator:
    """The validator of the schema at a JSON pointer of the description."""
    return Draft4Validator({"$ref": f"{BASE}#{pointer}"}, registry=_registry(), format_checker=FORMATS)


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """The node, or what its reference leads to."""
    while "$ref" in node:
        found: Any = description()
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def _alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schema and every part that it is composed of."""
    schema = resolve(schema)
    found = [schema]
    for word in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(word, []):
            found += _alternatives(part)
    return found


def unknown_keys(schema: dict[str, Any], value: Any, where: str = "") -> list[str]:
    """The keys in a document that no part of its schema names; objects that list no properties are open."""
    parts = _alternatives(schema)
    if isinstance(value, list):
        items = [part["items"] for part in parts if "items" in part]
        union = {"anyOf": items}
        return [key for item in value for key in unknown_keys(union, item, f"{where}[]")] if items else []
    properties: dict[str, list[Any]] = {}
    open_ended = False
    for part in parts:
        open_ended = open_ended or part.get("additionalProperties") not in (None, False)
        for name, below in part.get("properties", {}).items():
            properties.setdefault(name, []).append(below)
    if not isinstance(value, dict) or not properties or open_ended:
        return []
    found = [f"{where}.{name}" for name in value if name not in properties]
    for name, below in value.items():
        found += unknown_keys({"anyOf": properties.get(name, [{}])}, below, f"{where}.{name}")
    return found
