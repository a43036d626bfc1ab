"""Who may ask the server: whoever has its token, and only under a name that is its own."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass

from bot.host_names import names_this_machine


@dataclass(frozen=True, slots=True)
class Access:
    """What a request has to have."""

    token: str = ""
    """"" for none, which only a server on a loopback address may do without."""
    hosts: frozenset[str] = frozenset()
    """Names that the server has besides its addresses, in lower case."""

    def admits_host(self, header: str) -> bool:
        """Return whether a Host header names this server."""
        return names_this_machine(header, self.hosts)

    def admits(self, authorization: str) -> bool:
        """Return whether an Authorization header has the token, as a bearer's or as a browser's password."""
        if not self.token:
            return True
        scheme, _, credentials = authorization.partition(" ")
        token = credentials.strip() if scheme.lower() == "bearer" else ""
        if scheme.lower() == "basic":
            token = _password(credentials.strip())
        return hmac.compare_digest(token.encode(), self.token.encode())


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
