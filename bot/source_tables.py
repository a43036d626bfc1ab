"""The tables that describe sources in the settings: what each may say, and what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.setting_values import AnyPath, NotAllowedError, Number, Switch, Text, WholeNumber
from bot.source_record import KINDS, Source, SourceKind

RESERVED = frozenset({"from-discord"})
"""A name that the folder of articles has that were given from Discord."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ADDRESS = re.compile(r"https?://[^\s/?#@\\\"'<>`]+(?:[/?][^\s\\\"'<>`]*)?", re.IGNORECASE)
_BRANCH = re.compile(r"[\w][\w./-]{0,199}", re.ASCII)
_EVERY = re.compile(r"(\d{1,5}) ?(m|h|d)")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_LONGEST_EVERY = 366 * 86_400


def sources_of(tables: Sequence[Mapping[str, object]]) -> tuple[Source, ...]:
    """Return the sources; raise NotAllowedError, which says what is wrong with which."""
    sources = tuple(_source(table, number) for number, table in enumerate(tables, start=1))
    names = [source.name for source in sources]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise NotAllowedError(f"two sources have the name {twice!r}: give each its own")
    return sources


def _source(table: Mapping[str, object], number: int) -> Source:
    name = table.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in RESERVED:
        raise NotAllowedError(
            f"source {number} needs a name of its own, of at most 40 small letters, digits, - and _, such as "
            f'name = "handbook"'
        )
    kinds = [kind for kind in KINDS if kind in table]
    if len(kinds) != 1:
        raise NotAllowedError(f"the source {name!r} needs one of {', '.join(KINDS)}, which says where it is")
    kind = kinds[0]
    rest = {key: value for key, value in table.items() if key not in ("name", kind)}
    if unknown := next((key for key in rest if key not in _ALLOWED or kind not in _ALLOWED[key]), None):
        known = ", ".join(key for key, kinds in _ALLOWED.items() if kind in kinds)
        shortened = unknown if len(unknown) <= 20 else f"{unknown[:4]}…"
        raise NotAllowedError(f"the source {name!r} has {shortened!r}, and a {kind} has only {known}")
    values = {**_MOST.get(kind, {}), **{key: _value(name, key, rest[key]) for key in rest}}
    return Source(name, kind, _address(name, kind, table[kind]), **values)


_MOST: Mapping[str, Mapping[str, Any]] = {
    "folder": {"pages": 100_000, "megabytes": 10_000},
    "git": {"pages": 20_000, "megabytes": 1000},
}
"""How much a source may have unless it says so: more of what costs nobody else anything."""
_WEB = ("sitemap", "feed")
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "every": KINDS,
    "branch": ("git",),
    "link": ("git",),
    "below": ("git", "sitemap"),
    "pages": KINDS,
    "megabytes": KINDS,
    "pause": _WEB,
    "allow_private": ("git", *_WEB),
}
"""The kinds of sources that have each key, besides its name and its address."""


def _address(name: str, kind: SourceKind, value: object) -> str:
    if kind == "folder":
        if not AnyPath()._allows(value):
            raise NotAllowedError(f"folder of the source {name!r} must be the path of a folder")
        return str(value)
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not _ADDRESS.fullmatch(value):
        raise NotAllowedError(
            f"{kind} of the source {name!r} must be a web address that begins with https:// or http:// and holds no "
            "user name or password"
        )
    return value


def _value(name: str, key: str, value: object) -> Any:
    try:
        return _VALUES[key](value)
    except NotAllowedError as error:
        raise NotAllowedError(f"{key} of the source {name!r}: {error}") from None


def _every(value: object) -> float:
    match = _EVERY.fullmatch(value) if isinstance(value, str) else None
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 60 <= seconds <= _LONGEST_EVERY:
        raise NotAllowedError('it must be minutes, hours or days, such as "30m", "1h" or "7d"')
    return float(seconds)


def _branch(value: object) -> str:
    if not isinstance(value, str) or not _BRANCH.fullmatch(value) or ".." in value or value.endswith((".lock", "/")):
        raise NotAllowedError('it must be the name of a branch or tag, such as "main"')
    return value


def _link(value: object) -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value) or "{file}" not in value:
        raise NotAllowedError('it must be a web address, such as "https://example.org/{commit}/{file}"')
    return value


_VALUES: Mapping[str, Any] = {
    "every": _every,
    "branch": _branch,
    "link": _link,
    "below": Text().check,
    "pages": WholeNumber(1, 1_000_000).check,
    "megabytes": WholeNumber(1, 100_000).check,
    "pause": Number(0, 3600).check,
    "allow_private": Switch().check,
}
