"""Where the Discord bot's database lies: in a file, or on a PostgreSQL server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("postgresql://", "postgres://")


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
        name = unquote(parts.path.removeprefix("/"))
        if f"{parts.scheme}://" not in SCHEMES or parts.fragment or not (name or "dbname" in query) or "\0" in text:
            raise ValueError("it is no address of a database")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        plain = {"host": host, "port": str(port or ""), "user": user, "password": password, "dbname": name}
        return cls(tuple({**{key: value for key, value in plain.items() if value}, **query}.items()))

    def __str__(self) -> str:
        options = dict(self.options)
        host = options.get("host", "")
        shown = f"[{host}]" if ":" in host else "" if host.startswith("/") else host
        port = f":{options['port']}" if shown and "port" in options else ""
        return f"postgresql://{shown}{port}/{options['dbname']}"

    __repr__ = __str__


Place = Path | ServerAddress


def place_of(text: str | Path) -> Place:
    """Return the place that a text names; raises ValueError for the address of a server that cannot be read."""
    return ServerAddress.parse(str(text)) if str(text).startswith(SCHEMES) else Path(text)
