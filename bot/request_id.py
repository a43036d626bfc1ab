"""The id of the request at hand, which marks all that is logged for it; it follows the work onto other threads."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

BYTES = 16  # as many as a trace's id has
SHORT = 8
"""Digits of an id that tell requests apart for people: in lines of text, and in the reference of an apology."""

_current: ContextVar[str | None] = ContextVar("request id", default=None)


def current() -> str | None:
    """Return the id, 32 hexadecimal digits; None where no request is at hand."""
    return _current.get()


def new() -> str:
    """Return an id that no other request has."""
    return secrets.token_hex(BYTES)


@contextmanager
def identified(id_: str) -> Iterator[None]:
    """Have all that is done within marked by an id."""
    token = _current.set(id_)
    try:
        yield
    finally:
        _current.reset(token)
