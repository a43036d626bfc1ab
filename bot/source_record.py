"""A source of articles, as the settings name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SourceKind = Literal["folder", "git", "sitemap", "feed"]
KINDS: tuple[SourceKind, ...] = ("folder", "git", "sitemap", "feed")
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Source:
    """A source of articles."""

    name: str
    """That of its folder, which the ids of its articles begin with."""
    kind: SourceKind
    address: str
    """A web address, or the path of a folder."""
    every: float = HOUR
    """Seconds between two looks at it."""
    branch: str = ""
    """Of a git repository; "" for the one that it has as its head."""
    below: str = ""
    """The folder of a git repository that is read, "" for all of it; or what the addresses of pages begin with."""
    link: str = ""
    """The address of a file of a git repository, with {commit} and {file}; "" for the usual one of its host."""
    pages: int = 1000
    """The most pages, or files."""
    megabytes: int = 200
    """The most megabytes of all of them."""
    pause: float = 1.0
    """The least seconds between two requests to a host."""
    allow_private: bool = False
    """Whether addresses within one's own network may be asked."""
