"""JSON Schemas of what other tools send and get: `schemas.json`, for the HTTP API and for assistants' tools."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

Schema = dict[str, Any]


@cache
def definitions() -> Schema:
    """Return every schema by its name; they refer to each other as `#/$defs/NAME`."""
    text = (files(__package__) / "schemas.json").read_text("utf-8")
    content: Schema = json.loads(text)["$defs"]
    return content


def schema(name: str) -> Schema:
    """Return a schema that stands alone, with those that it refers to."""
    known, content = definitions(), definitions()[name]
    missing, needed = _referred(content), dict[str, Schema]()
    while missing:
        other = missing.pop()
        needed[other] = known[other]
        missing |= _referred(known[other]) - needed.keys()
    return {**content, "$defs": dict(sorted(needed.items()))} if needed else content


def _referred(content: object) -> set[str]:
    if isinstance(content, dict):
        own = {str(content["$ref"]).rpartition("/")[2]} if "$ref" in content else set[str]()
        return own.union(*map(_referred, content.values()))
    return set[str]().union(*map(_referred, content)) if isinstance(content, list) else set()
