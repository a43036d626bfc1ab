"""Addresses, as settings hold them: to listen at, and of the bot's database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bot.chat_log.address import Place, place_of
from bot.setting_values import AnyPath, Kind, OptionalPath
from retrieval.settings import CLUSTER

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

LARGEST_PORT = 65_535


class ListenAddress(NamedTuple):
    """A host and a port."""

    host: str
    """An IP address."""
    port: int
    """0 means any that is free."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return _ip(self.host).is_loopback

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class OptionalAddress(Kind[ListenAddress | None]):
    """An address to listen at; "" means none."""

    def _allows(self, value: object) -> bool:
        if not isinstance(value, str):
            return False
        try:
            return not value or bool(_parsed(value))
        except ValueError:
            return False

    def _convert(self, value: str) -> ListenAddress | None:
        return _parsed(value) if value else None

    def _allowed(self) -> str:
        return 'an IP address and a port, such as "127.0.0.1:9464", or ""'


class OptionalDatabase(Kind[Place | None]):
    """The file of a database, the address of one on a PostgreSQL server, or nothing."""

    def _allows(self, value: object) -> bool:
        try:
            return OptionalPath("file")._allows(value) and bool(place_of(str(value)))
        except ValueError:
            return False

    def _convert(self, value: str) -> Place | None:
        return place_of(value) if value else None

    def _allowed(self) -> str:
        return 'the path of a file, an address such as "postgresql://HOST/DATABASE", or nothing'

    def _locate(self, value: Place | None, base: Path) -> Place | None:
        return AnyPath().locate(value, base) if isinstance(value, Path) else value


class OptionalCluster(Kind[str]):
    """The address of a Ray cluster; "" means none."""

    def _allows(self, value: object) -> bool:
        return isinstance(value, str) and (not value or bool(CLUSTER.fullmatch(value)))

    def _allowed(self) -> str:
        return '"local", "auto", "host:port", "ray://host:port", or ""'


def _parsed(text: str) -> ListenAddress:
    """Return the address; raises ValueError."""
    host, _, port = text.rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdecimal() and int(port) <= LARGEST_PORT):
        raise ValueError(text)
    return ListenAddress(str(_ip(host)), int(port))


def _ip(host: str) -> IPv4Address | IPv6Address:
    from ipaddress import ip_address

    return ip_address(host)
