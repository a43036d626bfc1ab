"""The kinds of settings that hold several values: ids of Discord, names, and a path for each of some ids."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.setting_values import AnyPath, IndexPlace, Kind, Text

LONGEST_ID = 20  # digits
ALL = "all"
MOST_SHARDS = 100_000


class Ids(Kind[tuple[int, ...]]):
    """Ids of Discord."""

    def _parse(self, text: str) -> object:
        return [int(part) for part in text.strip("[] ").split(",")]

    def _allows(self, value: object) -> bool:
        return isinstance(value, list) and all(type(id_) is int and 0 < id_ < 2**64 for id_ in value)

    def _convert(self, value: list[int]) -> tuple[int, ...]:
        return tuple(value)

    def _allowed(self) -> str:
        return "a list of ids, which are whole numbers"


class Shards(Ids):
    """Numbers of connections, counted from 0."""

    def _allows(self, value: object) -> bool:
        return isinstance(value, list) and all(type(number) is int and 0 <= number < MOST_SHARDS for number in value)

    def _allowed(self) -> str:
        return "a list of numbers of connections, counted from 0"


class Names(Kind[tuple[str, ...]]):
    """Names, maybe none."""

    def _parse(self, text: str) -> object:
        return [part.strip(" \"'") for part in text.strip("[] ").split(",")]

    def _allows(self, value: object) -> bool:
        return isinstance(value, list) and all(Text()._allows(name) for name in value)

    def _convert(self, value: list[str]) -> tuple[str, ...]:
        return tuple(name.strip() for name in value)

    def _allowed(self) -> str:
        return "a list of names"


class FieldNames(Names):
    """Names of fields of front matter, the first before the others."""

    def _allows(self, value: object) -> bool:
        return bool(value) and super()._allows(value)

    def _allowed(self) -> str:
        return 'a list of one name of a field or more, such as ["date", "created"]'


class AllOrIds(Kind[tuple[int, ...] | None]):
    """Ids of Discord, or the word for all, which the settings hold as None."""

    def _parse(self, text: str) -> object:
        return text.strip() if text.strip() == ALL else Ids().parse(text)

    def _allows(self, value: object) -> bool:
        return value == ALL or Ids()._allows(value)

    def _convert(self, value: Any) -> tuple[int, ...] | None:
        return None if value == ALL else Ids().check(value)

    def _allowed(self) -> str:
        return f'"{ALL}" or {Ids()._allowed()}'


class PathsById(Kind[Mapping[int, Path]]):
    """A path for each of some ids of Discord."""

    def _parse(self, text: str) -> object:
        pairs = (pair.partition("=") for pair in text.split(","))
        return {id_.strip(): path.strip() for id_, _, path in pairs}

    def _allows(self, value: object) -> bool:
        return isinstance(value, dict) and all(_is_id(id_) and AnyPath()._allows(path) for id_, path in value.items())

    def _convert(self, value: Mapping[str, str]) -> Mapping[int, Path]:
        return {int(id_): IndexPlace().check(path) for id_, path in value.items()}

    def _allowed(self) -> str:
        return "a table of ids, which are whole numbers, and their paths"

    def _locate(self, value: Mapping[int, Path], base: Path) -> Mapping[int, Path]:
        return {id_: IndexPlace().locate(path, base) for id_, path in value.items()}


def _is_id(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
