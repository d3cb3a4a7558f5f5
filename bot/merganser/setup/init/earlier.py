"""What was answered before, as the files that `init` wrote still say it: suite, queue, App. Pure."""

from collections.abc import Mapping
from typing import Final

import msgspec

from merganser.config import GATE_CHECK
from merganser.setup.init import rulesets
from merganser.setup.init.workflows import FOLDER, Suite, in_use

_RULESET: Final = f"{rulesets.FOLDER}/{rulesets.BRANCH}"


class _Check(msgspec.Struct, frozen=True):
    context: str = ""
    integration_id: int | None = None


class _Parameters(msgspec.Struct, frozen=True):
    required_status_checks: tuple[_Check, ...] = ()


class _Rule(msgspec.Struct, frozen=True):
    type: str = ""
    parameters: _Parameters = _Parameters()


class _Ruleset(msgspec.Struct, frozen=True):
    rules: tuple[_Rule, ...] = ()


def suite(existing: Mapping[str, str]) -> Suite:
    """The copy of Merganser that the workflow files use; `OWNER/merganser` where none says it."""
    texts = (existing[path] for path in sorted(existing) if path.startswith(f"{FOLDER}/"))
    return next((found for text in texts for found in in_use(text) if found.known), Suite())


def protection(existing: Mapping[str, str]) -> rulesets.Protection:
    """Whose check counts, and whether there is a queue, by the default branch's ruleset; one that can't be read says
    nothing."""
    try:
        found = msgspec.json.decode(existing.get(_RULESET, "{}"), type=_Ruleset)
    except msgspec.DecodeError:
        return rulesets.Protection()
    checks = [check for rule in found.rules for check in rule.parameters.required_status_checks]
    apps = [check.integration_id for check in checks if check.context == GATE_CHECK and check.integration_id]
    return rulesets.Protection(
        app_id=apps[0] if apps else 0, queue=any(rule.type == "merge_queue" for rule in found.rules)
    )
