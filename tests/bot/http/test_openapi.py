"""The OpenAPI document: the server does what it says, tried by schemathesis, and says all that is printed."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from starlette.testclient import TestClient

from bot.formats.schemas import Schema, definitions, schema
from bot.http import openapi
from tests.bot.http.conftest import QUESTION, Serving

TOKEN = "a-token-of-thirty-two-characters"
OPERATIONS = {
    ("POST", "/ask"), ("POST", "/verify"), ("GET", "/search"), ("GET", "/quote/{ref}"), ("GET", "/articles"),
    ("GET", "/status"),
}  # fmt: skip
EXAMPLES = 40


@pytest.fixture
def described(serving: Serving) -> Any:
    """The document as schemathesis reads it from a server with a token."""
    client = serving(token=TOKEN)
    return schemathesis.openapi.from_asgi(
        "/openapi.json", client.app, headers={"Authorization": f"Bearer {TOKEN}", "Host": "localhost"}
    )


def _named(content: object) -> set[str]:
    if isinstance(content, dict):
        return set(re.findall(r"/(\w+)$", str(content.get("$ref", "")))).union(*map(_named, content.values()))
    return set().union(*map(_named, content)) if isinstance(content, list) else set()


def test_every_schema_that_is_named_is_there() -> None:
    document = openapi.document()
    assert _named(document) <= document["components"]["schemas"].keys()
    for name in definitions():
        alone = schema(name)
        assert _named(alone) <= alone.get("$defs", {}).keys()


def unknown(content: object, described: Schema, known: Schema) -> list[str]:
    """The names in some JSON that its schema does not have."""
    if "$ref" in described:
        return unknown(content, known[described["$ref"].rpartition("/")[2]], known)
    if isinstance(content, dict):
        properties = described.get("properties", {})
        inner = [
            each for name in content.keys() & properties for each in unknown(content[name], properties[name], known)
        ]
        return [*(content.keys() - properties), *inner]
    if isinstance(content, list):
        return [each for item in content for each in unknown(item, described.get("items", {}), known)]
    return []


def test_every_name_that_is_printed_is_described(client: TestClient) -> None:
    known = definitions()
    answer = client.post("/ask", json={"question": QUESTION, "filter": {"until": "2030"}, "id": 3}).json()
    ref = answer["quotes"][0]["citation"]["ref"]
    replies = {
        "Answer": answer,
        "Match": client.post("/verify", json={"text": "water no garden", "source": "bridge"}).json(),
        "SearchResult": client.get("/search", params={"words": "harbour", "until": "2030"}).json(),
        "Place": client.get(f"/quote/{ref.replace('#', '%23')}").json(),
        "Articles": client.get("/articles").json(),
        "Status": client.get("/status").json(),
    }
    assert [name for reply, content in replies.items() for name in unknown(content, known[reply], known)] == []


def test_the_server_does_what_the_document_says(described: Any) -> None:
    """`positive_data_acceptance` apart: whether words, dates and permalinks are any is not a matter of their form."""
    excluded = [schemathesis.checks.positive_data_acceptance]
    tried = set()
    for result in described.get_all_operations():
        operation = result.ok()
        tried.add((operation.method.upper(), operation.path))

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def attempt(case: Any) -> None:
            case.call_and_validate(excluded_checks=excluded)

        attempt()
    assert tried == OPERATIONS
