"""The OpenAPI document of the server: its addresses, and the schemas of what they take and give."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

from bot.formats.schemas import Schema, definitions

Document = dict[str, Any]

COMPONENTS = "#/components/schemas/"
PROBLEM = {
    "type": "object",
    "description": "Why there is no reply, as in RFC 9457; the server's log has the reference.",
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence that says what to do."},
        "reference": {"type": "string"},
    },
    "required": ["title", "status", "detail", "reference"],
}
EVERYWHERE = {
    "400": "The request cannot be used.",
    "401": "The token is missing or wrong.",
    "404": "There is nothing that this names.",
    "414": "The address is too long.",
    "421": "The Host header names another server.",
    "429": "Too many requests in a minute or at a time.",
    "500": "Something went wrong.",
    "503": "Too many questions wait, or the articles cannot be searched right now.",
}
OF_BODIES = {
    "408": "The request did not come in time.",
    "413": "The request is too large.",
    "415": "The request is not marked as JSON.",
}


@cache
def document() -> Document:
    """Return the document."""
    schemas = {**definitions(), "Problem": PROBLEM}
    content = {
        "openapi": "3.1.0",
        "info": {
            "title": "quoth",
            "version": "1",
            "description": "Answers questions with verbatim quotes and citations, or says that the corpus does not "
            "answer. Answers are those of `quoth ask --json`, to the byte.",
        },
        "security": [{}, {"token": []}],
        "paths": {
            "/ask": {"post": _posting("ask", "Answer a question with quotes, or with a refusal", "Answer")},
            "/verify": {"post": _posting("verify", "Tell whether a text is verbatim in the corpus", "Match")},
            "/search": {"get": _getting("search", "The passages nearest to some words", "SearchResult")},
            "/quote/{ref}": {"get": _quote()},
            "/articles": {"get": _getting("articles", "The articles of the corpus", "Articles")},
            "/status": {"get": _operation("status", "What is being answered from", "Status", {})},
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Needed where the server has a token."}
            },
        },
    }
    return cast(Document, json.loads(json.dumps(content).replace("#/$defs/", COMPONENTS)))


def _operation(name: str, summary: str, reply: str, others: dict[str, str]) -> Document:
    problem = {"application/problem+json": {"schema": {"$ref": f"{COMPONENTS}Problem"}}}
    problems = {
        status: {"description": text, "content": problem} for status, text in sorted({**EVERYWHERE, **others}.items())
    }
    content = {"application/json": {"schema": {"$ref": f"{COMPONENTS}{reply}"}}}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": summary, "content": content}, **problems},
    }


def _posting(name: str, summary: str, reply: str) -> Document:
    schema = {"$ref": f"{COMPONENTS}{name.title()}Request"}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {**_operation(name, summary, reply, OF_BODIES), "requestBody": body}


def _getting(name: str, summary: str, reply: str) -> Document:
    schema = definitions()[f"{name.title()}Request"]
    required = schema.get("required", [])
    fields: dict[str, Schema] = {**schema["properties"], **definitions()["Filter"]["properties"]}
    parameters = [
        {"name": field, "in": "query", "required": field in required, "schema": described}
        for field, described in fields.items()
        if field != "filter"
    ]
    return {**_operation(name, summary, reply, {}), "parameters": parameters}


def _quote() -> Document:
    ref = definitions()["ShowRequest"]["properties"]["ref"]
    summary = "What a permalink cites, its # written as %23; a browser gets a page"
    gone = {"410": "The article has changed, and the version that was cited is no longer kept."}
    parameter = {"name": "ref", "in": "path", "required": True, "schema": ref}
    return {**_operation("quote", summary, "Place", gone), "parameters": [parameter]}
