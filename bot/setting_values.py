"""The kinds of values that settings have: each parses a variable's text, checks a value and says what is allowed."""

from __future__ import annotations

import math
import os
import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Generic, TypeVar

from retrieval.index_address import AddressInvalid, index_at, is_address
from retrieval.paths import tidy

T = TypeVar("T")

FOLDER_STARTS = ("./", "../", "~", ".\\", "..\\")
"""How the name of a model begins if it is the path of a folder."""
ADDRESS = re.compile(r"://|:[^/]*@|[?&#][^/]*=")
"""What an address has and a model's name has not; it may come with a password."""
SWITCHES = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
"""What a variable may hold for true and false."""


class NotAllowedError(ValueError):
    """A value that a setting cannot have; the message says what it can."""


class Kind(ABC, Generic[T]):
    """A kind of values; T is what the settings hold."""

    def parse(self, text: str) -> object:
        """Return a variable's text as a settings file would hold it, or the text itself if it cannot be read so."""
        try:
            return self._parse(text)
        except ValueError:
            return text

    def check(self, value: object) -> T:
        """Return a settings file's value as the settings hold it; raise NotAllowedError if it is not of this kind."""
        if not self._allows(value):
            raise NotAllowedError(self.describe())
        return self._convert(value)

    def describe(self) -> str:
        """Return what is allowed, as part of a sentence about the setting."""
        return f"it must be {self._allowed()}"

    def locate(self, value: T, base: Path) -> T:
        """Return the value with relative paths counted from `base`; raise RuntimeError if it has an unknown ~user."""
        return self._locate(value, base)

    def _parse(self, text: str) -> object:
        return text

    @abstractmethod
    def _allows(self, value: object) -> bool: ...

    def _convert(self, value: Any) -> T:
        allowed: T = value
        return allowed

    @abstractmethod
    def _allowed(self) -> str: ...

    def _locate(self, value: T, base: Path) -> T:
        return value


class Switch(Kind[bool]):
    """True or false."""

    def _parse(self, text: str) -> object:
        return SWITCHES.get(text.strip().lower(), text)

    def _allows(self, value: object) -> bool:
        return isinstance(value, bool)

    def _allowed(self) -> str:
        return "true or false"


class WholeNumber(Kind[int]):
    """A whole number within limits."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def _parse(self, text: str) -> object:
        return int(text)

    def _allows(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most

    def _allowed(self) -> str:
        return f"a whole number from {self.least:,} to {self.most:,}"


class Number(Kind[float]):
    """A number within limits."""

    def __init__(self, least: int, most: int) -> None:
        self.whole = WholeNumber(least, most)

    def _parse(self, text: str) -> object:
        return float(text)

    def _allows(self, value: object) -> bool:
        if isinstance(value, float):
            return math.isfinite(value) and self.whole.least <= value <= self.whole.most
        return self.whole._allows(value)

    def _convert(self, value: int | float) -> float:
        return float(value)

    def _allowed(self) -> str:
        return f"a number from {self.whole.least:,} to {self.whole.most:,}"


class WordOrNumber(Kind[str | float]):
    """One word, or else a number."""

    def __init__(self, word: str, number: Number) -> None:
        self.word, self.number = word, number

    def _parse(self, text: str) -> object:
        return self.word if text.strip() == self.word else self.number.parse(text)

    def _allows(self, value: object) -> bool:
        return value == self.word or self.number._allows(value)

    def _convert(self, value: str | float) -> str | float:
        return value if isinstance(value, str) else self.number.check(value)

    def _allowed(self) -> str:
        return f"{self.word!r} or {self.number._allowed()}"


class Choice(Kind[T]):
    """One of a few values."""

    def __init__(self, *choices: T) -> None:
        self.choices = choices

    def _allows(self, value: object) -> bool:
        return value in self.choices

    def _allowed(self) -> str:
        return f"one of {', '.join(map(repr, self.choices))}"


class Text(Kind[str]):
    """Text with at least one character that is not a space."""

    def _allows(self, value: object) -> bool:
        return _is_text(value) and bool(str(value).strip())

    def _allowed(self) -> str:
        return "text that is not empty"


class ModelName(Text):
    """The name of a model, or the path of its folder if that begins with `.` and a slash, or with ~."""

    def _convert(self, value: str) -> str:
        if ADDRESS.search(value):
            raise NotAllowedError("it must be a model's name or folder, not an address")
        return value

    def _locate(self, value: str, base: Path) -> str:
        if value.startswith(FOLDER_STARTS):
            return os.path.normpath(base / Path(value).expanduser())
        return value


class OptionalModelName(Kind[str | None]):
    """A ModelName, or nothing."""

    def _allows(self, value: object) -> bool:
        return value == "" or Text()._allows(value)

    def _convert(self, value: str) -> str | None:
        return ModelName().check(value) if value else None

    def _allowed(self) -> str:
        return "text, or nothing"

    def _locate(self, value: str | None, base: Path) -> str | None:
        return None if value is None else ModelName().locate(value, base)


class AnyPath(Kind[Path]):
    """The path of a file or folder."""

    def _allows(self, value: object) -> bool:
        return Text()._allows(value)

    def _convert(self, value: str) -> Path:
        return Path(value)

    def _allowed(self) -> str:
        return "the path of a file or folder"

    def _locate(self, value: Path, base: Path) -> Path:
        return value if is_address(value) else tidy(base / value.expanduser())


class IndexPlace(AnyPath):
    """The path of an index's folder, or its address on a Milvus server."""

    def _convert(self, value: str) -> Path:
        try:
            return index_at(value)
        except AddressInvalid as error:
            raise NotAllowedError(f"it {error}") from None

    def _allowed(self) -> str:
        return "the path of a folder, or an address such as milvus://HOST:19530/NAME"


class OptionalPath(Kind[Path | None]):
    """The path of a file, or of a folder, or nothing."""

    def __init__(self, what: str) -> None:
        """`what` is "file" or "folder"."""
        self.what = what

    def _allows(self, value: object) -> bool:
        return _is_text(value)

    def _convert(self, value: str) -> Path | None:
        return Path(value) if value else None

    def _allowed(self) -> str:
        return f"the path of a {self.what}, or nothing"

    def _locate(self, value: Path | None, base: Path) -> Path | None:
        return None if value is None else AnyPath().locate(value, base)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value
