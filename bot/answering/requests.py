"""What other tools ask for, checked: each kind of request is a record, made of the fields of a JSON object.

The limits are those of `bot/formats/schemas.json`, which describes the same fields to whoever writes such a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from bot.answering.filters import filter_named
from bot.formats.schemas import definitions
from retrieval.errors import InputInvalid
from retrieval.records import Filter, Turn

FILTERS = tuple(field.name for field in fields(Filter))
"""The names of what articles can be filtered by."""
_KINDS = {"string": "a text", "integer": "a whole number", "boolean": "true or false", "object": "an object"}

R = TypeVar("R")


async def checked(read: Callable[[object], R], content: object) -> R:
    """Return a request as `read` reads it, off the event loop: the first date in words takes a while."""
    return await asyncio.to_thread(read, content)


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question, with its conversation."""

    question: str
    history: tuple[Turn, ...] = ()
    top: int | None = None
    show_weak: bool = False
    within: Filter | None = None
    id: str | int | None = None

    @staticmethod
    def of(content: object) -> AskRequest:
        """Check a request; raises InputInvalid."""
        fields = _Fields(content, "AskRequest")
        return AskRequest(
            fields.string("question"),
            tuple(map(Turn, fields.texts("history"))),
            fields.number("top"),
            fields.switch("show_weak"),
            fields.filter(),
            fields.id(),
        )


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """A text to check, and what it is said to be from."""

    text: str
    source: str | None = None

    @staticmethod
    def of(content: object) -> VerifyRequest:
        """Check a request; raises InputInvalid."""
        fields = _Fields(content, "VerifyRequest")
        return VerifyRequest(fields.string("text"), fields.string("source") or None)


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """Words to search for, and which page of what they find."""

    words: str
    page: int = 1
    """From 1."""
    top: int = 10
    """Passages on a page."""
    within: Filter | None = None

    @staticmethod
    def of(content: object) -> SearchRequest:
        """Check a request; raises InputInvalid."""
        fields = _Fields(content, "SearchRequest")
        page, top = fields.number("page") or 1, fields.number("top") or 10
        return SearchRequest(fields.string("words"), page, top, fields.filter())

    @property
    def skip(self) -> int:
        """How many better passages come before the page."""
        return (self.page - 1) * self.top


@dataclass(frozen=True, slots=True)
class ShowRequest:
    """A permalink to follow."""

    ref: str

    @staticmethod
    def of(content: object) -> ShowRequest:
        """Check a request; raises InputInvalid."""
        return ShowRequest(_Fields(content, "ShowRequest").string("ref"))


@dataclass(frozen=True, slots=True)
class ArticlesRequest:
    """Which page of the list of articles."""

    page: int = 1
    """From 1."""
    top: int = 100
    """Articles on a page."""
    within: Filter | None = None

    @staticmethod
    def of(content: object) -> ArticlesRequest:
        """Check a request; raises InputInvalid."""
        fields = _Fields(content, "ArticlesRequest")
        return ArticlesRequest(fields.number("page") or 1, fields.number("top") or 100, fields.filter())


class _Fields:
    """The fields of a request, each read as its schema says."""

    def __init__(self, content: object, name: str) -> None:
        schema = definitions()[name]
        self._allowed: Mapping[str, Any] = schema["properties"]
        self._required = frozenset(schema.get("required", ()))
        if not isinstance(content, dict):
            raise InputInvalid(
                "The request", "is not an object", f"send one with the fields {', '.join(self._allowed)}"
            )
        for field in content:
            if field not in self._allowed:
                raise InputInvalid(
                    f"The field {str(field)[:40]!r}", "is not known", f"use some of {', '.join(self._allowed)}"
                )
        self._content: Mapping[str, Any] = content

    def string(self, name: str) -> str:
        """Return a text that is not empty; "" for one that is left out and may be."""
        if name not in self._content and name in self._required:
            raise InputInvalid(f"The field {name!r}", "is missing", "add it, as a text")
        text: str = self._get(name, str, "")
        if name in self._content and not text:
            raise InputInvalid(f"The field {name!r}", "is empty", "give it as a text with words")
        return text

    def number(self, name: str) -> int | None:
        """Return a whole number within its limits; None where it is left out."""
        number: int | None = self._get(name, int, None)
        least, most = (self._allowed[name][limit] for limit in ("minimum", "maximum"))
        if number is not None and not least <= number <= most:
            raise InputInvalid(f"The field {name!r}", f"is {number:,}", f"choose from {least:,} to {most:,}")
        return number

    def switch(self, name: str) -> bool:
        """Return whether it is true."""
        switch: bool = self._get(name, bool, False)
        return switch

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; empty where it is left out."""
        texts = self._content.get(name, [])
        most = self._allowed[name]["maxItems"]
        if not (isinstance(texts, list) and len(texts) <= most and all(isinstance(text, str) for text in texts)):
            raise InputInvalid(f"The field {name!r}", f"is no list of up to {most} texts", "give one, or leave it out")
        return texts

    def id(self) -> str | int | None:
        """Return the request's own id."""
        id_ = self._content.get("id")
        if id_ is not None and (isinstance(id_, bool) or not isinstance(id_, str | int)):
            raise InputInvalid("The field 'id'", "is no text and no whole number", "give one, or leave it out")
        return id_

    def filter(self) -> Filter | None:
        """Return the filter, None without one; raises FilterInvalid too."""
        criteria = self._get("filter", dict, {})
        for name, value in criteria.items():
            if name not in FILTERS:
                raise InputInvalid(f"The filter {str(name)[:40]!r}", "is not known", f"use {', '.join(FILTERS)}")
            if not isinstance(value, str):
                raise InputInvalid(f"The filter {name!r}", "is not a text", "give it as a text")
        return filter_named(**criteria)

    def _get(self, name: str, kind: type, default: Any) -> Any:
        value = self._content.get(name, default)
        if value is not default and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            named = _KINDS[self._allowed[name].get("type", "object")]
            raise InputInvalid(f"The field {name!r}", f"is not {named}", f"give it as {named}")
        return value
