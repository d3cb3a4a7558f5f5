"""The trimmed description holds what the hub answers and nothing else, and its script keeps what is reached."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from merganser.hub.answering import described_operations
from tests.contract.description import DESCRIPTION

REPO = Path(__file__).parents[2]


def script() -> ModuleType:
    spec = spec_from_file_location("trim_github_schema", REPO / "scripts" / "trim_github_schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_describes_exactly_the_hubs_operations() -> None:
    paths = json.loads(DESCRIPTION.read_text("utf-8"))["paths"]
    described = sorted((method.upper(), template) for template, known in paths.items() for method in known)
    assert described == described_operations()


def test_it_is_small() -> None:
    assert DESCRIPTION.stat().st_size < 300_000


def test_there_is_nothing_left_to_trim() -> None:
    made = script()
    trimmed = made.trim(json.loads(DESCRIPTION.read_text("utf-8")), described_operations())
    assert made.text(trimmed) == DESCRIPTION.read_text("utf-8")


def test_trimming_keeps_what_is_reached_and_drops_prose() -> None:
    whole = {
        "openapi": "3.0.3",
        "paths": {
            "/a": {"get": {"summary": "s", "responses": {"200": {"$ref": "#/components/responses/a"}}}, "put": {}},
            "/b": {"get": {}},
        },
        "components": {
            "responses": {"a": {"description": "d", "content": {"$ref": "#/components/schemas/a"}}},
            "schemas": {
                "a": {"properties": {"title": {"type": "string", "x-odd": 1, "example": "e"}}, "title": "A"},
                "b": {},
            },
        },
    }
    assert script().trim(whole, [("GET", "/a")]) == {
        "openapi": "3.0.3",
        "paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/a"}}}}},
        "components": {
            "responses": {"a": {"content": {"$ref": "#/components/schemas/a"}}},
            "schemas": {"a": {"properties": {"title": {"type": "string"}}}},
        },
    }


def test_an_operation_that_github_lacks_stops_it() -> None:
    with pytest.raises(SystemExit, match="no GET /c"):
        script().trim({"openapi": "3.0.3", "paths": {}, "components": {}}, [("GET", "/c")])
