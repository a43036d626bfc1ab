"""Where the Discord bot's database lies: in a file, or on a PostgreSQL server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("postgresql://", "postgres://")
_MEANT = re.compile(
    r"""\s*["']?(?:[A-Za-z][A-Za-z0-9+.:-]+:[\\/]|postgres(?:ql)?[\\/]{2})|.*\bpassw(?:or)?d\s*=""", re.DOTALL
)
"""What people mean as the address of a server, however it is written: as the name of a file it would be printed."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """The address of a database on a PostgreSQL server; its text has no user, no password and no options."""

    options: tuple[tuple[str, str], ...] = field(repr=False)
    """What libpq connects with, by its own names."""

    @classmethod
    def parse(cls, text: str) -> ServerAddress:
        """Return the address; raises ValueError, which repeats none of it."""
        try:
            parts = urlsplit(text)
            port = parts.port
            host = unquote(parts.hostname or "")
            query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        except ValueError:
            raise ValueError("it is no address of a database") from None
        name, user, password = map(unquote, (parts.path.removeprefix("/"), parts.username or "", parts.password or ""))
        plain = {"host": host, "port": str(port or ""), "user": user, "password": password, "dbname": name}
        options = {**{key: value for key, value in plain.items() if value}, **query}
        address = cls(tuple(options.items()))
        # An @ behind the host ends a password with a slash, which would be taken for the database's name.
        is_cut = bool(parts.fragment) or bool(re.search(r"[/\\@]", parts.path.removeprefix("/")))
        is_named = bool(options.get("dbname")) and text.strip().lower().startswith(SCHEMES)
        if is_cut or not is_named or "\0" in "".join(options.values()) or not str(address).isprintable():
            raise ValueError("it is no address of a database")
        return address

    def __str__(self) -> str:
        options = dict(self.options)
        host = options.get("host", "")
        printed_host = f"[{host}]" if ":" in host else "" if host.startswith("/") else host
        port = f":{options['port']}" if printed_host and "port" in options else ""
        return f"postgresql://{printed_host}{port}/{options['dbname']}"

    __repr__ = __str__


Place = Path | ServerAddress


def place_of(text: str | Path) -> Place:
    """Return the place that a text names; raises ValueError for an address that is none of a PostgreSQL server.

    Such an address is no path either: it may hold a password, and paths are printed.
    """
    return ServerAddress.parse(str(text)) if _MEANT.match(str(text)) else Path(text)
