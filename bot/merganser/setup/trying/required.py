"""Which checks a repository's rulesets want on its default branch, as they were written to be imported. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def checks(texts: Iterable[str], branch: str) -> tuple[str, ...]:
    """Their names, once each, in order; whose check counts is left out, as no App acts where it is tried.

    A file that GitHub couldn't import either wants nothing.
    """
    wanted = {"~ALL", "~DEFAULT_BRANCH", f"refs/heads/{branch}"}
    documents = [document for document in map(_loaded, texts) if _holds(document, wanted)]
    return tuple(dict.fromkeys(name for document in documents for name in _required(document)))


def _loaded(text: str) -> Mapping[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    return said if isinstance(said, Mapping) else {}


def _holds(document: Mapping[str, Any], wanted: set[str]) -> bool:
    included = _part(_part(document, "conditions"), "ref_name").get("include")
    active = document.get("enforcement") == "active" and document.get("target") == "branch"
    return active and isinstance(included, list) and any(ref in included for ref in wanted)


def _required(document: Mapping[str, Any]) -> Iterator[str]:
    for rule in _list(document, "rules"):
        if rule.get("type") == "required_status_checks":
            found = _list(_part(rule, "parameters"), "required_status_checks")
            yield from (check["context"] for check in found if isinstance(check.get("context"), str))


def _part(of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = of.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(of: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = of.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
