"""The checker itself: right exchanges pass, and each kind of deviation is named."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from merganser.hub import Exchange, Hub
from tests.contract.checker import answer_deviations, request_deviations
from tests.hub.clients import fetch

ISSUES = "/repos/{owner}/{repo}/issues"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Exchange]:
    """Real exchanges: an issue is created, read and not found."""
    seen: list[Exchange] = []
    folder: Path = tmp_path_factory.mktemp("hub")
    with Hub(folder, observer=seen.append) as hub:
        token = hub.admin.create_user("acme")
        hub.admin.create_repository("acme/digits")
        headers = {"Authorization": f"token {token}"}
        address = f"{hub.api_url}/repos/acme/digits/issues"
        fetch("POST", address, headers, b'{"title": "T", "labels": ["a"]}')
        fetch("GET", f"{address}/1", headers)
        fetch("GET", f"{address}/2", headers)
    return seen


def altered(exchange: Exchange, **changes: Any) -> Exchange:
    return msgspec.structs.replace(exchange, **changes)


def test_real_exchanges_pass(recorded: list[Exchange]) -> None:
    assert [exchange.status for exchange in recorded] == [201, 200, 404]
    assert [request_deviations(exchange) + answer_deviations(exchange) for exchange in recorded] == [[], [], []]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"template": "/repos/{owner}/{repo}/nothing"}, "is no operation"),
        ({"query": (("colour", "red"),)}, "query parameter colour is unknown"),
        ({"request_body": {"title": "T", "colour": "red"}}, ".colour"),
        ({"request_body": {"title": "T", "labels": [{"name": "a", "hue": 1}]}}, ".labels[].hue"),
        ({"request_body": {"title": []}}, "[] is not valid"),
        ({"request_body": {"body": "no title"}}, "'title' is a required property"),
        ({"request_body": None}, "a body is required"),
    ],
)
def test_a_wrong_request_is_named(recorded: list[Exchange], changes: dict[str, Any], words: str) -> None:
    assert any(words in text for text in request_deviations(altered(recorded[0], **changes)))


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("id", "one", "$.id"),
        ("title", None, "$.title"),
        ("created_at", "yesterday", "$.created_at"),
        ("html_url", "nowhere", "$.html_url"),
        ("state_reason", "tired", "$.state_reason"),
        ("colour", "red", ".colour"),
    ],
)
def test_a_wrong_answer_is_named(recorded: list[Exchange], key: str, value: object, words: str) -> None:
    wrong = altered(recorded[1], body=recorded[1].body | {key: value})
    assert any(words in text for text in answer_deviations(wrong))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": 206}, "status 206 is not described"),
        ({"body": None}, "a body is described"),
        ({"headers": {}}, "X-RateLimit-Limit is missing"),
        ({"status": 500, "body": {"message": "Server Error"}}, "status 500 is not described"),
        ({"status": 404, "body": "gone"}, "lacks GitHub's form"),
        ({"status": 403, "body": {"message": "", "documentation_url": "", "status": "404"}}, "status differs"),
    ],
)
def test_a_wrong_form_is_named(recorded: list[Exchange], changes: dict[str, Any], words: str) -> None:
    assert any(words in text for text in answer_deviations(altered(recorded[1], **changes)))


def test_a_missing_field_is_named(recorded: list[Exchange]) -> None:
    body = {key: value for key, value in recorded[1].body.items() if key != "user"}
    assert answer_deviations(altered(recorded[1], body=body)) == ["$: 'user' is a required property"]
