"""Trim GitHub's REST description to the operations that the hub answers, for the contract tests.

Usage: python scripts/trim_github_schema.py DESCRIPTION [OUTPUT]

DESCRIPTION is the `api.github.com` description of GitHub's OpenAPI project (npm package @octokit/openapi). Kept are the
operations of `merganser.hub` with every component that they reach; prose, examples and extensions are dropped, for the
tests read none of them. The output has one line a path and component, so that a change shows in a diff.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parents[1] / "tests" / "schemas" / "github-rest.json"
_PROSE = frozenset({"description", "summary", "example", "examples", "externalDocs", "tags", "title", "operationId"})
_NAMED = frozenset(
    {"properties", "paths", "schemas", "parameters", "responses", "headers", "content", "patternProperties"}
)


def bare(node: Any, names: bool = False) -> Any:
    """The node without prose and extensions; under `names` the keys are someone's names and all stay."""
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if names or not (key in _PROSE or key.startswith("x-"))}
    return {
        key: value if key in {"enum", "default"} and not names else bare(value, key in _NAMED and not names)
        for key, value in kept.items()
    }


def references(node: Any) -> set[str]:
    """Every local reference below a node."""
    if isinstance(node, list):
        return set().union(*(references(item) for item in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*(references(value) for value in node.values()))


def trim(description: dict[str, Any], operations: list[tuple[str, str]]) -> dict[str, Any]:
    """The description of these operations (method, template) alone."""
    paths: dict[str, Any] = {}
    for method, template in operations:
        known = description["paths"].get(template, {}).get(method.lower())
        if known is None:
            raise SystemExit(f"GitHub's description has no {method} {template}: the hub must not answer it")
        paths.setdefault(template, {})[method.lower()] = bare(known)
    components: dict[str, dict[str, Any]] = {}
    waiting = references(paths)
    while waiting:
        reference = waiting.pop()
        _, _, kind, name = reference.split("/", 3)
        if name in components.setdefault(kind, {}):
            continue
        components[kind][name] = bare(description["components"][kind][name])
        waiting |= references(components[kind][name])
    return {"openapi": description["openapi"], "paths": paths, "components": components}


def text(trimmed: dict[str, Any]) -> str:
    """JSON with a line for each path and component."""

    def lines(entries: dict[str, Any]) -> str:
        return ",\n".join(
            f"{json.dumps(name)}:{json.dumps(entries[name], sort_keys=True, separators=(',', ':'))}"
            for name in sorted(entries)
        )

    version, kinds = json.dumps(trimmed["openapi"]), sorted(trimmed["components"].items())
    parts = ",\n".join(f"{json.dumps(kind)}:{{\n{lines(entries)}\n}}" for kind, entries in kinds)
    return f'{{"openapi":{version},\n"paths":{{\n{lines(trimmed["paths"])}\n}},\n"components":{{{parts}}}}}\n'


def main(arguments: list[str]) -> None:
    from merganser.hub.answering import described_operations

    if len(arguments) not in (1, 2):
        raise SystemExit(__doc__)
    description = json.loads(Path(arguments[0]).read_text("utf-8"))
    output = Path(arguments[1]) if len(arguments) == 2 else OUTPUT
    output.write_text(text(trim(description, described_operations())), "utf-8")
    print(f"{output}: {output.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
