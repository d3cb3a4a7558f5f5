"""Which checks the rulesets of a repository require: those that `init` writes, and whatever else may lie there."""

import json
from typing import Any

import pytest

from merganser.setup.init.rulesets import Protection, rulesets
from merganser.setup.trying.required import checks


@pytest.mark.parametrize("protection", [Protection(), Protection(app_id=7), Protection(queue=True)])
def test_what_init_writes_requires_the_gate(protection: Protection) -> None:
    assert checks(rulesets(protection).values(), "main") == ("merganser/gate",)


def ruleset(names: list[Any], refs: Any, **other: Any) -> str:
    required = {"required_status_checks": [{"context": name} for name in names]}
    rules = [{"type": "deletion"}, {"type": "required_status_checks", "parameters": required}]
    usual = {"target": "branch", "enforcement": "active", "conditions": {"ref_name": {"include": refs}}, "rules": rules}
    return json.dumps(usual | other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ruleset(["a", "b", "a"], ["refs/heads/other", "refs/heads/main"]), ("a", "b")),
        (ruleset(["a"], ["~ALL"]), ("a",)),
        (ruleset(["a"], ["refs/heads/other"]), ()),
        (ruleset(["a"], ["~ALL"], target="tag"), ()),
        (ruleset(["a"], ["~ALL"], enforcement="disabled"), ()),
        (ruleset([None, 3], ["~ALL"]), ()),
        (ruleset(["a"], "~ALL"), ()),
        (ruleset(["a"], ["~ALL"], conditions=None), ()),
        (ruleset(["a"], ["~ALL"], rules=None), ()),
        (ruleset(["a"], ["~ALL"], rules=["required_status_checks"]), ()),
        (ruleset(["a"], ["~ALL"], rules=[{"type": "required_status_checks"}]), ()),
        ("{", ()),
        ("[]", ()),
    ],
)
def test_what_another_file_requires(text: str, found: tuple[str, ...]) -> None:
    assert checks([text], "main") == found


def test_files_are_taken_together() -> None:
    assert checks([ruleset(["a"], ["~ALL"]), "", ruleset(["b", "a"], ["~DEFAULT_BRANCH"])], "main") == ("a", "b")
