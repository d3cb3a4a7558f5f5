"""KServe's own description of an InferenceService, made strict: fields that it doesn't know are refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

SCHEMA = Path(__file__).parents[3] / "shared" / "schemas" / "crd" / "kserve-inferenceservice.json"


def validator() -> Draft202012Validator:
    """The strict validator; skips the test, saying so, where the description isn't at hand."""
    if not SCHEMA.is_file():
        pytest.skip("the description of KServe's resources is not beside the repository (../shared/schemas)")
    (described,) = [d for d in json.loads(SCHEMA.read_text()) if d["version"] == "v1beta1"]
    return Draft202012Validator(_strict(described["schema"]))


def _strict(schema: Any) -> Any:
    """`nullable` spelled as a type, and every object that lists its fields closed, but those marked as open."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    if isinstance(made.get("properties"), dict) and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    if made.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made
