"""Judging one exchange with the hub: the request as GitHub would, the answer as a client might."""

from typing import Any

from merganser.hub import Exchange
from tests.contract.description import description, resolve, unknown_keys, validator

# GitHub answers these on any operation, whether the description lists them there or not.
ANYWHERE = frozenset({400, 401, 403, 404, 422})
# Not in the REST description: GraphQL has its own.
ELSEWHERE = frozenset({"/graphql"})

# Where PyGithub 2.10 itself leaves GitHub's description; nothing else may.
# `Issue.add_to_labels` and `set_labels` send names as a bare array, which GitHub takes but describes otherwise.
BARE_ARRAYS = {
    ("POST", "/repos/{owner}/{repo}/issues/{issue_number}/labels"),
    ("PUT", "/repos/{owner}/{repo}/issues/{issue_number}/labels"),
}
# `PaginatedList` asks for a page size even where GitHub describes no pages.
PAGES = frozenset({"per_page", "page"})
# `Branch.edit_protection` sends null for each setting that it is not given, and `checks` without the old `contexts`.
PROTECTION = {("PUT", "/repos/{owner}/{repo}/branches/{branch}/protection")}


def _pointer(*parts: str) -> str:
    return "".join(
        "/" + part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D") for part in parts
    )


def request_deviations(exchange: Exchange) -> list[str]:
    """What in a request GitHub's description does not provide for."""
    if exchange.template in ELSEWHERE:
        return []
    operation = description()["paths"].get(exchange.template, {}).get(exchange.method.lower())
    if operation is None:
        return [f"{exchange.method} {exchange.path} is no operation of the description"]
    parameters = [resolve(parameter) for parameter in operation.get("parameters", [])]
    known = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
    if exchange.method == "GET":
        known |= PAGES
    found = [f"query parameter {name} is unknown" for name, _ in exchange.query if name not in known]
    return found + _body_deviations(exchange, operation)


def _body_deviations(exchange: Exchange, operation: dict[str, Any]) -> list[str]:
    given = exchange.request_body
    described = operation.get("requestBody")
    if isinstance(given, bytes) or described is None:
        # PyGithub sends an empty object where it has nothing to say.
        return [] if described is not None or given in (None, {}) else ["a body where none is described"]
    content = resolve(described).get("content", {}).get("application/json")
    if given is None:
        return ["a body is required"] if described.get("required") and content else []
    if content is None:
        return ["a JSON body where another type is described"]
    if (exchange.method, exchange.template) in BARE_ARRAYS and isinstance(given, list):
        return [] if all(isinstance(name, str) for name in given) else ["labels must be names"]
    if (exchange.method, exchange.template) in PROTECTION and isinstance(given, dict):
        required = resolve(content["schema"])["required"]
        given = {key: value for key, value in given.items() if value is not None or key in required}
        checks = given.get("required_status_checks")
        given["required_status_checks"] = {"contexts": []} | checks if isinstance(checks, dict) else checks
    where = _pointer("paths", str(exchange.template), exchange.method.lower(), "requestBody", "content")
    errors = validator(where + "/application~1json/schema").iter_errors(given)
    return [error.message for error in errors] + unknown_keys(content["schema"], given)


def answer_deviations(exchange: Exchange) -> list[str]:
    """What in an answer GitHub's description does not provide for."""
    found = [f"header {name} is missing" for name in _HEADERS if name not in exchange.headers]
    if exchange.status >= 400:
        return found + _error_deviations(exchange)
    operation = description()["paths"].get(exchange.template, {}).get(exchange.method.lower())
    if exchange.template in ELSEWHERE or operation is None:
        return found
    described = operation["responses"].get(str(exchange.status))
    if described is None:
        return [*found, f"status {exchange.status} is not described"]
    media = resolve(described).get("content", {})
    if exchange.body is None:
        return found if exchange.status in (204, 302) or not media else [*found, "a body is described"]
    if isinstance(exchange.body, bytes):
        return found
    if "application/json" not in media:
        return [*found, "a body where none is described"]
    schema, where = _schema(exchange, described)
    errors = validator(where).iter_errors(exchange.body)
    return (
        found + [f"{error.json_path}: {error.message[:200]}" for error in errors] + unknown_keys(schema, exchange.body)
    )


_HEADERS = (
    *(f"X-RateLimit-{name}" for name in ("Limit", "Remaining", "Used", "Reset", "Resource")),
    "X-GitHub-Request-Id",
)


def _schema(exchange: Exchange, described: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The answer's schema with its pointer, a shared response followed."""
    if "$ref" in described:
        where = described["$ref"].removeprefix("#")
    else:
        where = _pointer("paths", str(exchange.template), exchange.method.lower(), "responses", str(exchange.status))
    media = resolve(described)["content"]["application/json"]
    return media["schema"], where + "/content/application~1json/schema"


def _error_deviations(exchange: Exchange) -> list[str]:
    operation = description()["paths"].get(exchange.template, {}).get(exchange.method.lower(), {"responses": {}})
    body = exchange.body
    found = []
    if exchange.status not in ANYWHERE and str(exchange.status) not in operation["responses"]:
        found.append(f"status {exchange.status} is not described: {body}")
    if not isinstance(body, dict) or not {"message", "documentation_url", "status"} <= set(body):
        return [*found, f"the error lacks GitHub's form: {body!r}"]
    if body["status"] != str(exchange.status):
        found.append("the error's status differs from the answer's")
    return found
