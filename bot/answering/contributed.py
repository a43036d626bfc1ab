"""Articles that a corpus is given from Discord: files in a folder of their own, of which the last change can be undone.

A file beside them, whose name begins with a dot so that it is no article, records what they are. It is written before a
file is put there or taken away, so that whatever is interrupted, a file that it does not name is the operator's.
"""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retrieval import files
from retrieval.articles.corpus import ENDINGS

FOLDER = "from-discord"
RECORD, TAKEN = ".articles.json", ".taken-away"
FORMAT = 1
LONGEST_STEM = 80  # characters
_UNSAFE = re.compile(r"[^\w-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Names that mean devices on Windows, whatever their ending."""


class NoSuchArticle(Exception):
    """A file that was not given from Discord, or a change that there was not."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """An article that was given."""

    file: str
    """Its name in the folder."""
    at: str
    """ISO 8601, UTC."""
    url: str = ""
    """The message that it is, or that carried it."""

    @property
    def path(self) -> str:
        """Its path below the corpus, as warnings have it."""
        return f"{FOLDER}/{self.file}"


@dataclass(frozen=True, slots=True)
class Change:
    """What was done last."""

    contribution: Contribution
    added: bool
    """False where it was taken away."""


@dataclass(frozen=True, slots=True)
class _Record:
    contributions: tuple[Contribution, ...] = ()
    last: Change | None = None


class Contributed:
    """The articles that a corpus was given. Every method may raise OSError; use it from one thread at a time."""

    def __init__(self, corpus: Path) -> None:
        self._folder = corpus / FOLDER

    def all(self) -> list[Contribution]:
        """Return the articles that are there, the latest first."""
        return [each for each in reversed(self._read().contributions) if (self._folder / each.file).is_file()]

    def add(self, name: str, data: bytes, url: str = "") -> Contribution:
        """Write an article under a name like the one given; raises ValueError where no reader knows its ending."""
        safe, now = safe_name(name), datetime.now(UTC).isoformat(timespec="seconds")
        self._folder.mkdir(exist_ok=True)
        record = self._read()
        added = Contribution(_free(safe, [each.name for each in self._folder.iterdir()]), now, url)
        self._write(_Record((*record.contributions, added), Change(added, added=True)))
        try:
            self._put(added.file, data)
        except BaseException:
            self._write(record)
            raise
        (self._folder / TAKEN).unlink(missing_ok=True)
        return added

    def take_back(self, added: Contribution) -> None:
        """Remove an article that was added last and cannot be used; there is nothing to undo then."""
        left = tuple(each for each in self._read().contributions if each != added)
        self._write(_Record(left))
        (self._folder / added.file).unlink(missing_ok=True)

    def remove(self, file: str) -> Contribution:
        """Take an article away, and keep it until the next change; raises NoSuchArticle."""
        record = self._read()
        removed = next((each for each in record.contributions if each.file == file), None)
        if removed is None or not (self._folder / file).is_file():
            raise NoSuchArticle
        self._take(record, removed)
        return removed

    def undo(self) -> Change:
        """Undo the last change, which can be undone in turn, and return what was done; raises NoSuchArticle."""
        record = self._read()
        if record.last is None:
            raise NoSuchArticle
        last, there = record.last.contribution, self._folder / record.last.contribution.file
        if record.last.added:
            if not there.is_file():
                raise NoSuchArticle
            self._take(record, last)
            return Change(last, added=False)
        taken = self._folder / TAKEN
        if there.exists() or not taken.is_file():
            raise NoSuchArticle
        self._write(_Record((*record.contributions, last), Change(last, added=True)))
        taken.rename(there)
        return Change(last, added=True)

    def _take(self, record: _Record, removed: Contribution) -> None:
        left = tuple(each for each in record.contributions if each != removed)
        self._write(_Record(left, Change(removed, added=False)))
        (self._folder / removed.file).replace(self._folder / TAKEN)

    def _read(self) -> _Record:
        """Return what is recorded; nothing where that is damaged, so that what lies there is the operator's."""
        try:
            content: dict[str, Any] = json.loads((self._folder / RECORD).read_bytes())
            if content["format"] != FORMAT:
                return _Record()
            contributions = tuple(Contribution(**each) for each in content["contributions"])
            last = content["last"]
            change = Change(Contribution(**last["contribution"]), bool(last["added"])) if last else None
        except FileNotFoundError:
            return _Record()
        except (ValueError, KeyError, TypeError):
            return _Record()
        named = [*contributions, *([change.contribution] if change else [])]
        return _Record(contributions, change) if all(_is_safe(each.file) for each in named) else _Record()

    def _write(self, record: _Record) -> None:
        self._put(RECORD, json.dumps({"format": FORMAT, **asdict(record)}, ensure_ascii=False, indent=1).encode())

    def _put(self, name: str, data: bytes) -> None:
        files.replace(self._folder / name, data, self._folder / f".{secrets.token_hex(8)}")


def safe_name(name: str) -> str:
    """Return a name for a file like the one given: of letters, digits, dashes, with an ending that a reader knows.

    Raises ValueError for any other ending.
    """
    stem, dot, ending = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2].rpartition(".")
    if f"{dot}{ending.lower()}" not in ENDINGS:
        raise ValueError(ending)
    stem = _UNSAFE.sub("-", stem)[:LONGEST_STEM].strip("-_") or "article"
    while len(stem.encode()) > 2 * LONGEST_STEM:
        stem = stem[:-1]
    return f"article-{stem}.{ending.lower()}" if _RESERVED.fullmatch(stem) else f"{stem}.{ending.lower()}"


def _is_safe(name: str) -> bool:
    return not name.startswith(".") and Path(name).name == name


def _free(name: str, taken: Sequence[str]) -> str:
    """Return a name that no file has, whatever its capitals."""
    used, (stem, _, ending) = {each.casefold() for each in taken}, name.rpartition(".")
    number, free = 1, name
    while free.casefold() in used:
        number += 1
        free = f"{stem}-{number}.{ending}"
    return free
