"""How this process asks Milvus servers: how long it waits, how often it tries again, and with which token."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

TOKEN = "QUOTH_MILVUS_TOKEN"
"""The variable with the token of a server, which no setting holds: others may read a settings file, too."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a server may take."""

    timeout: float = 10.0
    """Seconds that it has for each request of a question."""
    retries: int = 1
    """How often a request is tried again where the server cannot be reached."""


class _InForce:
    limits = Limits()
    token: Callable[[], str] = staticmethod(lambda: os.environ.get(TOKEN, "").strip())


def limits() -> Limits:
    """Return the limits in force in this process."""
    return _InForce.limits


def use(limits: Limits, token: Callable[[], str]) -> None:
    """Have this process keep these limits from now on, as its settings say; a connection that is open keeps its own.

    `token` returns the token to show to a server, "" for none.
    """
    _InForce.limits, _InForce.token = limits, staticmethod(token)


def token() -> str:
    """Return the token to show to a server; empty where there is none."""
    return _InForce.token()
