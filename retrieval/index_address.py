"""The address of an index on a Milvus server, which stands wherever the folder of one may.

    milvus://HOST:19530/NAME        an index called NAME, on a server
    milvus+tls://HOST:443/NAME      the same, encrypted
    milvus:///FOLDER/FILE.db        an index in Milvus Lite, within this process; /NAME behind it names one of several

What lies beside an index's files in a folder lies on the server here: nothing is at any path below an address.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path, PosixPath, WindowsPath
from typing import Self

PORT = 19530
NAME = "quoth"
"""The name of an index whose address has none."""
_SPELT = re.compile(r"(?P<scheme>milvus(?:\+tls)?):[\\/]+(?P<rest>.*)", re.DOTALL)
_WRITTEN = re.compile(r"(?P<scheme>\s*[A-Za-z][\w+.-]*):(?:[\\/]+(?P<rest>.*)|$)", re.DOTALL)
_FOREIGN = "http|postgres(?:ql)?|mysql|sqlite|s3|gs|ftp|sftp|ssh|file|redis|mongodb|hdfs|az|abfs|wasb"
_MEANT = re.compile(
    rf"""\s*["']?(?:milvus[\w+.-]*:(?=[\\/]|$|.*@)|(?:{_FOREIGN})s?(?:\+[\w+.-]+)?:[\\/]|milvus[\\/]{{2}})""",
    re.IGNORECASE,
)
"""What people mean as the address of a server, however it is written: as the name of a folder it would be printed."""
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?")
_NAME = re.compile(r"(?!.*__)[A-Za-z_][A-Za-z0-9_]{0,99}")
"""Two `_` in a row separate it from what its collections hold."""
_FILE = re.compile(r"(?P<file>.*?\.db)(?:[\\/]+(?P<name>[^\\/]*))?[\\/]*", re.DOTALL)
_SLASHES = re.compile(r"milvus(?:\+tls)?:(?P<slashes>[\\/]{2,})(?P<rest>(?![A-Za-z]:)[^\\/@][^@]*)", re.DOTALL)
"""An address that says by its slashes whether it is of a server or of a file; a drive's letter is before any."""
FORMS = "milvus://HOST:19530/NAME, milvus:///FOLDER/FILE.db for Milvus Lite, or the path of a folder"


class AddressInvalid(ValueError):
    """An address that names no index; the message says why, as a part of a sentence."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a Milvus index lies."""

    uri: str
    """As pymilvus takes it: the address of a server, or the file of Milvus Lite."""
    name: str
    """What the index's alias is called, and its collections begin with."""

    @property
    def is_lite(self) -> bool:
        """Whether it is Milvus Lite."""
        return self.uri.endswith(".db")

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection is."""
        return self.uri.startswith("https://")

    @property
    def server(self) -> str:
        """What a sentence calls the server."""
        return f"Milvus Lite in {self.uri}" if self.is_lite else f"the Milvus server at {self.uri.partition('://')[2]}"


if sys.platform == "win32":
    _Base = WindowsPath
else:
    _Base = PosixPath


class IndexAddress(_Base):
    """The address of an index as a path, since that is what an index's place is everywhere; it reads as it is written.

    Paths do not tell `//` from `/`: an address that came as a plain path is known all the same.
    """

    def __str__(self) -> str:
        match = _WRITTEN.match(super().__str__())
        if match is None:
            return super().__str__()
        rest = (match["rest"] or "").replace("\\", "/")
        return f"{match['scheme']}://{'/' if _FILE.fullmatch(rest) else ''}{rest}"

    def absolute(self) -> Self:
        """Return it as it is: no folder is before it."""
        return self


def is_address(path: Path | str) -> bool:
    """Return whether this is the address of a server, well-formed or not, and no path of a folder."""
    return bool(_MEANT.match(str(path)))


def index_at(path: Path | str) -> Path:
    """Return the place of an index: an address as one, any other path as it is; raises AddressInvalid.

    Text that was typed shall come as it is, since a path has lost how many slashes there were.
    """
    if isinstance(path, str):
        check_slashes(path)
    if not is_address(path):
        return Path(path)
    address = IndexAddress(str(path))
    parse(address)
    return address


def address_of(path: Path) -> ServerAddress | None:
    """Return where an index lies on a server; None for one in a folder. Raises AddressInvalid."""
    return parse(path) if is_address(path) else None


def parse(path: Path) -> ServerAddress:
    """Parse an address; raises AddressInvalid."""
    match = _SPELT.fullmatch(str(path))
    if match is None:
        raise AddressInvalid(f"must be {FORMS}")
    rest = match["rest"]
    if "@" in rest:
        raise AddressInvalid("must not hold a password, which the variable QUOTH_MILVUS_TOKEN is for")
    if lite := _FILE.fullmatch(rest):
        if match["scheme"] != "milvus":
            raise AddressInvalid("must be milvus:// for a file of Milvus Lite, which nothing is sent to")
        file = lite["file"] if re.match(r"[A-Za-z]:", lite["file"]) else f"/{lite['file']}"
        return ServerAddress(file, _name(lite["name"] or NAME))
    place, _, name = rest.rstrip("/").partition("/")
    host = _HOST.fullmatch(place)
    if host is None or int(host["port"] or PORT) > 65_535:
        raise AddressInvalid(f"must be {FORMS}")
    protocol = "https" if match["scheme"] == "milvus+tls" else "http"
    return ServerAddress(f"{protocol}://{host['host']}:{host['port'] or PORT}", _name(name or NAME))


def check_slashes(text: str) -> None:
    """Raise AddressInvalid for a file as a host is written, which would be one at the root, and the reverse."""
    match = _SLASHES.fullmatch(text)
    if match is None:
        return
    is_file = bool(_FILE.fullmatch(match["rest"]))
    if is_file and len(match["slashes"]) == 2:
        raise AddressInvalid("must have three slashes, and all folders above the file: milvus:///FOLDER/FILE.db")
    if not is_file and len(match["slashes"]) > 2:
        raise AddressInvalid(
            "must name a file that ends in .db, as milvus:///FOLDER/FILE.db, or have two slashes before a host"
        )


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise AddressInvalid(
            "must end with a name of at most 100 letters, digits and single _ that begins with a letter"
        )
    return name
