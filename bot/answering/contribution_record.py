"""What a corpus was given from Discord, as its record says it, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from bot.answering.file_names import is_safe
from retrieval.errors import QuothError

FOLDER = "from-discord"
HIDDEN = ".quoth-"
"""What the names begin with of files that are no articles now: kept for undoing, staged, or half written."""
FORMAT = 1
KEY_BYTES = 8
_HIDDEN_NAME = re.compile(rf"{re.escape(HIDDEN)}[0-9a-f]{{{2 * KEY_BYTES}}}\.\w+")


class RecordDamaged(QuothError):
    """A record that says nothing certain: nothing is changed, since every file may be the operator's."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} is damaged: repair it, or delete it to keep the articles beside it as your own")


@dataclass(frozen=True, slots=True)
class Contribution:
    """An article that was given."""

    file: str
    """Its name in the folder."""
    key: str
    """Hexadecimal digits that no other has: it is hidden under them."""
    at: str
    """ISO 8601, UTC."""
    sha256: str
    """Of what was given, in hexadecimal digits: a file of its name with other bytes is the operator's."""
    by: int | None = None
    """The user who gave it; None where they had themselves forgotten."""
    url: str = ""
    """The message that it is, or that carried it."""

    @property
    def path(self) -> str:
        """Its path below the corpus, as warnings have it."""
        return f"{FOLDER}/{self.file}"

    @property
    def hidden(self) -> str:
        """Its name in the folder while it is no article."""
        return f"{HIDDEN}{self.key}{PurePosixPath(self.file).suffix}"


@dataclass(frozen=True, slots=True)
class Change:
    """Articles that are put into the corpus together, or taken away."""

    contributions: tuple[Contribution, ...]
    added: bool
    """False where they are taken away."""

    @property
    def keys(self) -> frozenset[str]:
        """The keys of its articles."""
        return frozenset(each.key for each in self.contributions)


@dataclass(frozen=True, slots=True)
class Record:
    """All that is recorded."""

    contributions: tuple[Contribution, ...] = ()
    """Those that are articles, without what is pending."""
    last: Change | None = None
    """What was done last."""
    pending: Change | None = None
    """What is under way."""
    taken_back: Change | None = None
    """What was under way, and was taken back; the index may have it until it is built."""

    def confirmed(self) -> Record:
        """Return the record once the pending change is the last one."""
        if self.pending is None:
            return self
        left = tuple(each for each in self.contributions if each.key not in self.pending.keys)
        return Record((*left, *self.pending.contributions) if self.pending.added else left, self.pending)

    def without(self, user: int) -> Record:
        """Return the record without a user."""

        def nameless(contributions: Iterable[Contribution]) -> tuple[Contribution, ...]:
            return tuple(replace(each, by=None) if each.by == user else each for each in contributions)

        changes = (
            change and replace(change, contributions=nameless(change.contributions))
            for change in (self.last, self.pending, self.taken_back)
        )
        return Record(nameless(self.contributions), *changes)


def dumped(record: Record) -> bytes:
    """Return a record as JSON."""
    return json.dumps({"format": FORMAT, **asdict(record)}, ensure_ascii=False, indent=1).encode()


def parsed(file: Path, data: bytes) -> Record:
    """Return the record that a file holds; raises RecordDamaged."""
    try:
        content: Mapping[str, Any] = json.loads(data)
        if content["format"] != FORMAT:
            raise RecordDamaged(file)
        last, pending = (_change(content[name]) for name in ("last", "pending"))
        return Record(_contributions(content["contributions"]), last, pending, _change(content.get("taken_back")))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise RecordDamaged(file) from error


def is_hidden_name(name: str) -> bool:
    """Return whether a file of this name is quoth's, and no article now."""
    return _HIDDEN_NAME.fullmatch(name) is not None


def _change(raw: Mapping[str, Any] | None) -> Change | None:
    return None if raw is None else Change(_contributions(raw["contributions"]), bool(raw["added"]))


def _contributions(raw: Iterable[Mapping[str, Any]]) -> tuple[Contribution, ...]:
    """Return articles as they are recorded; raises ValueError for what does not lie in the folder."""
    contributions = tuple(Contribution(**each) for each in raw)
    for each in contributions:
        if not is_safe(each.file) or not is_hidden_name(each.hidden):
            raise ValueError(each)
        datetime.fromisoformat(each.at)
    return contributions
