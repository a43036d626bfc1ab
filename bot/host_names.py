"""Names of hosts: which mean this machine, whoever asks by them."""

from __future__ import annotations

from collections.abc import Set
from ipaddress import ip_address
from urllib.parse import urlsplit

LOCAL = "localhost"


def names_this_machine(header: str, own: Set[str] = frozenset()) -> bool:
    """Return whether a Host header has an address, `localhost` or one of a server's own names, in lower case.

    A page from elsewhere that has its own name resolved to this machine's address (DNS rebinding) sends that name.
    """
    try:
        name = urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return False
    return name == LOCAL or name in own or _is_address(name)


def is_loopback(host: str) -> bool:
    """Return whether an address to serve on is reached from this machine alone."""
    return host == LOCAL or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
