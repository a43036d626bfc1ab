"""Articles that a corpus is given from Discord: files in a folder of their own, of which the last change can be undone.

A record beside them says what they are; what it does not name, or was changed since, is the operator's. Each article
lies in one of two places, by its name or hidden, and a change is nothing but moves between them: it is recorded as
pending before the first, and confirmed once the index was built with it. What was interrupted on its way is taken back
by `settle`.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.answering.contribution_record import (
    FOLDER,
    HIDDEN,
    KEY_BYTES,
    Change,
    Contribution,
    Record,
    dumped,
    is_hidden_name,
    parsed,
)
from bot.answering.file_names import free_name, safe_name
from retrieval import files

RECORD = ".articles.json"
_WRITING = threading.Lock()
"""Held while a record is read and written anew."""


class NoSuchArticle(Exception):
    """A file that was not given from Discord, or a change that there was not."""


class ChangedByHand(Exception):
    """A file that was given from Discord, and is the operator's now: they have changed or replaced it."""

    def __init__(self, file: str) -> None:
        self.file = file
        super().__init__(file)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody gives, which is to be an article."""

    name: str
    """As somebody chose it."""
    data: bytes
    url: str = ""
    """Of the message that it is, or that carried it."""


class Contributed:
    """The articles that a corpus was given: one change at a time. Every method may raise OSError and RecordDamaged."""

    def __init__(self, corpus: Path) -> None:
        self._folder = corpus / FOLDER

    def all(self) -> list[Contribution]:
        """Return the articles that are there as they were given, the latest first."""
        return [each for each in reversed(self._read().contributions) if self._is_there(each)]

    def stage(self, uploads: Sequence[Upload], by: int) -> list[Contribution]:
        """Write files that are no articles yet, under names like those that the uploads have.

        Raises ValueError where no reader knows the ending of one.
        """
        names, now = [safe_name(each.name) for each in uploads], datetime.now(UTC).isoformat(timespec="seconds")
        if not uploads:
            return []
        self._folder.mkdir(exist_ok=True)
        taken, staged = self._names(), list[Contribution]()
        for each, name in zip(uploads, names, strict=True):
            taken.append(free_name(name, taken))
            key, sha256 = secrets.token_hex(KEY_BYTES), hashlib.sha256(each.data).hexdigest()
            contribution = Contribution(taken[-1], key, now, sha256, by, each.url)
            files.write_new(self.hidden(contribution), each.data)
            staged.append(contribution)
        return staged

    def hidden(self, contribution: Contribution) -> Path:
        """Return where an article lies that is staged or was taken away."""
        return self._folder / contribution.hidden

    def add(self, staged: Sequence[Contribution]) -> Change:
        """Begin to make articles of files that are staged."""
        return self._begin(Change(tuple(staged), added=True))

    def remove(self, file: str) -> Change:
        """Begin to take an article away; raises NoSuchArticle, or ChangedByHand."""
        named = [each for each in self._read().contributions if each.file == file]
        removed = tuple(filter(self._is_there, named))
        if not removed:
            self._check_unchanged(named)
        return self._begin(Change(removed, added=False))

    def undoing(self) -> Change:
        """Return what would undo the last change, and can be undone in turn; raises NoSuchArticle, or ChangedByHand."""
        record = self._read()
        if record.last is None:
            raise NoSuchArticle
        if record.last.added:
            added = [each for each in record.contributions if each.key in record.last.keys]
            self._check_unchanged(added)
            return Change(tuple(filter(self._is_there, added)), added=False)
        return Change(self._with_free_names(record.last.contributions), added=True)

    def undo(self) -> Change:
        """Begin to undo the last change; raises NoSuchArticle, or ChangedByHand."""
        return self._begin(self.undoing())

    def confirm(self, change: Change) -> None:
        """Make a change that was begun the last one; raises NoSuchArticle where it was taken back meanwhile."""
        with _WRITING:
            record = self._read()
            if record.pending is None or record.pending.keys != change.keys:
                raise NoSuchArticle
            try:
                self._write(record.confirmed())
            except OSError:
                with suppress(OSError):  # it may have been written, though not certainly to the disk
                    self._write(record)
                raise
            self._sweep(record.confirmed())

    def settle(self) -> Change | None:
        """Take back what was begun and never confirmed, and return it until the index is built without it."""
        with _WRITING:
            record = self._read()
            if record.pending is not None:
                self._take_back(record, record.pending)
            self._sweep(record)
            return record.pending or record.taken_back

    def mark_built(self) -> None:
        """Note that the index has nothing any more of what was taken back."""
        with _WRITING:
            record = self._read()
            if record.taken_back is not None:
                self._write(replace(record, taken_back=None))

    def forget(self, user: int) -> int:
        """Remove a user from the record, and return how many articles they had given."""
        with _WRITING:
            record = self._read()
            if record.without(user) != record:
                self._write(record.without(user))
            return sum(each.by == user for each in record.contributions)

    def _begin(self, change: Change) -> Change:
        """Record a change, and move its files; raises NoSuchArticle where it has none."""
        if not change.contributions:
            raise NoSuchArticle
        with _WRITING:
            self._write(replace(self._read(), pending=change))
            for each in change.contributions:
                (self._show if change.added else self._hide)(each)
        return change

    def _take_back(self, record: Record, pending: Change) -> None:
        """Move the files of a pending change to where they were, under other names where the operator took theirs."""
        back = () if pending.added else self._with_free_names(pending.contributions)
        by_key = {each.key: each for each in back}
        former = tuple(by_key.get(each.key, each) for each in record.contributions)
        if former != record.contributions:
            self._write(replace(record, contributions=former))
        for each in back:
            self._show(each)
        for each in pending.contributions if pending.added else ():
            self._hide(each)
        self._write(Record(former, record.last, taken_back=pending))

    def _is_there(self, contribution: Contribution) -> bool:
        """Return whether an article is there as it was given."""
        file = self._folder / contribution.file
        return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == contribution.sha256

    def _check_unchanged(self, contributions: Iterable[Contribution]) -> None:
        """Raise ChangedByHand for an article in whose place the operator has put something else."""
        for each in contributions:
            if (self._folder / each.file).exists() and not self._is_there(each):
                raise ChangedByHand(each.file)

    def _names(self) -> list[str]:
        return [each.name for each in self._folder.iterdir()]

    def _with_free_names(self, contributions: Iterable[Contribution]) -> tuple[Contribution, ...]:
        """Return those of the articles that are hidden, each with a name that nothing has."""
        hidden = [each for each in contributions if self.hidden(each).is_file()]
        taken = self._names()
        named = list[Contribution]()
        for each in hidden:
            is_free = not any(name.casefold() == each.file.casefold() for name in taken)
            others = [*taken, *(other.file for other in hidden if other is not each)]
            named.append(each if is_free else replace(each, file=free_name(each.file, others)))
            taken.append(named[-1].file)
        return tuple(named)

    def _show(self, contribution: Contribution) -> None:
        """Make an article of a file that is hidden."""
        if (self._folder / contribution.file).exists():  # only the operator can have put it there meanwhile
            raise FileExistsError(contribution.path)
        self.hidden(contribution).rename(self._folder / contribution.file)
        files.sync(self._folder)

    def _hide(self, contribution: Contribution) -> None:
        """Hide an article; one that is not there is hidden already, never became one, or is the operator's now."""
        if self._is_there(contribution) and not self.hidden(contribution).is_file():
            (self._folder / contribution.file).rename(self.hidden(contribution))
            files.sync(self._folder)

    def _sweep(self, record: Record) -> None:
        """Delete what is hidden, and that nothing can bring back."""
        undoable = {each.hidden for each in record.last.contributions} if record.last else set[str]()
        with suppress(OSError):  # the next time
            for file in self._folder.glob(f"{HIDDEN}*"):
                if file.name not in undoable and is_hidden_name(file.name):
                    file.unlink()

    def _read(self) -> Record:
        try:
            return parsed(self._folder / RECORD, (self._folder / RECORD).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return Record()

    def _write(self, record: Record) -> None:
        beside = self._folder / f"{HIDDEN}{secrets.token_hex(KEY_BYTES)}.json"
        files.replace(self._folder / RECORD, dumped(record), beside)
