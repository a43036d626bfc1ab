"""The reader of an index: the one tuned on its own questions where there is one, else the built-in one.

A tuned reader lies in a folder of its own, INDEX/reader-XXXXXXXXXXXX, with its model card. INDEX/tuned.json names it,
and is replaced in one step: whenever a writer dies, what reads is the reader before or the new one. It also names the
folder that is being written or removed, which the next writer clears away. Builds leave all of this alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from retrieval import files, indexes
from retrieval.answering.reader import BUILT_IN_FOLDER, CARD, DEQUANTISED, MODEL, checked_digest
from retrieval.errors import InputInvalid, ReaderUnusable, TunedReaderUnusable
from retrieval.index import contents, folder
from retrieval.index.write_lock import writing_alone
from retrieval.regular_files import read_regular
from retrieval.sealed import seal, unseal
from retrieval.settings import AUTO_READER, BUILT_IN_READER

FILE = "tuned.json"
LOCK = "tuned.lock"
FORMAT = 1
_TELLING = (b'"card_sha256"', b'"spare"')
"""Names that the record has, so that it is known in whatever state it is."""


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure on held-out questions, with the reader before and with tuned ones."""

    name: str
    before: float
    after: float
    low: float
    high: float
    """The paired 95 % interval of the difference."""
    p: float
    """Two-sided p value of a paired randomization test."""
    count: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Where a tuned reader comes from, and how well it does on held-out questions."""

    base: str
    """The first 12 hex digits of the digest of the reader that was trained on."""
    gold: str
    """Name of the gold set."""
    gold_sha256: str
    fingerprint: str
    """Fingerprint of the generation that was asked."""
    answerable: int
    unanswerable: int
    feedback: int
    """Questions of exported feedback that were learned from and not measured."""
    folds: int
    """Each was answered by a reader that had learned from the others; no article's questions are in two."""
    epochs: int
    figures: tuple[FigureChange, ...]
    version: str
    """Version of quoth."""
    made: str
    """ISO 8601, UTC."""
    offset: float = 0.0
    """What was added to its log-odds, so that it refuses as many questions as the reader it was trained on."""

    @property
    def questions(self) -> int:
        """Number of questions it was measured on."""
        return self.answerable + self.unanswerable


@dataclass(frozen=True, slots=True)
class TunedReader:
    """A reader that was tuned for an index."""

    folder: Path
    digest: str
    """The first 12 hex digits of its digest."""
    tuning: Tuning


@dataclass(frozen=True, slots=True)
class _Record:
    """What INDEX/tuned.json says."""

    reader: str = ""
    """Name of the folder of the tuned reader; "" where there is none."""
    card_sha256: str = ""
    spare: str = ""
    """Name of a folder that is being written or removed; it is there only where that was interrupted."""


def read(index: Path) -> TunedReader | None:
    """Return the tuned reader of an index, its every byte checked; None if it has none. Raises TunedReaderUnusable."""
    try:
        record = _record(index)
        if not record.reader:
            return None
        where = index / record.reader
        raw = (where / CARD).read_bytes()
        if hashlib.sha256(raw).hexdigest() != record.card_sha256:
            raise ValueError(f"its {CARD} differs from what was written")
        return TunedReader(where, checked_digest(where), _tuning(json.loads(raw)["tuning"]))
    except OSError as error:
        raise TunedReaderUnusable(index, f"{error.strerror or type(error).__name__}") from error
    except ReaderUnusable as error:
        raise TunedReaderUnusable(index, error.reason) from error
    except (ValueError, KeyError, TypeError) as error:
        reason = str(error) if type(error) is ValueError else "its card cannot be read"
        raise TunedReaderUnusable(index, reason) from error


def folder_in_force(setting: str, index: Path) -> Path:
    """Return the folder of the reader that a setting names for an index; raises TunedReaderUnusable."""
    if setting == AUTO_READER:
        tuned = read(index)
        return tuned.folder if tuned else BUILT_IN_FOLDER
    return base_folder(setting)


def base_folder(setting: str) -> Path:
    """Return the folder of the reader that a setting names, where no tuned one is in force."""
    return BUILT_IN_FOLDER if setting in (AUTO_READER, BUILT_IN_READER) else Path(setting)


def digest_in_force(setting: str | None, index: Path) -> str | None:
    """Return the digest of the reader of an index; None where the setting names none, or it cannot be used."""
    try:
        return checked_digest(folder_in_force(setting, index)) if setting else None
    except ReaderUnusable:
        return None


def check_place(index: Path) -> None:
    """Raise ServerLacks for an index that can keep no reader."""
    indexes.check_in_folder(index, "A tuned reader", "tune one for a copy in a folder, and name it with `reader`")


def write(index: Path, exported: Path) -> TunedReader:
    """Keep a copy of the reader in a folder as the index's own, in place of the one before.

    Raises InputInvalid where somebody's own file lies in its place, IndexFault, OSError.
    """
    check_place(index)
    name = f"reader-{secrets.token_hex(6)}"
    with writing_alone(index, LOCK, "tuned reader"):
        before = _own_record(index)
        _remove_folder(index, before.spare)
        _put(index, replace(before, spare=name))
        card = (exported / CARD).read_bytes()
        (index / name).mkdir()
        for graph in (MODEL, DEQUANTISED):
            files.write_new(index / name / graph, (exported / graph).read_bytes())
        files.write_new(index / name / CARD, card)
        files.sync(index / name)
        record = _Record(name, hashlib.sha256(card).hexdigest(), spare=before.reader)
        _put(index, record)
        _remove_folder(index, before.reader)
        _put(index, replace(record, spare=""))
    tuned = read(index)
    assert tuned is not None
    return tuned


def remove(index: Path) -> bool:
    """Remove the tuned reader of an index, even a damaged one, and return whether there was one.

    Raises InputInvalid where the file is not quoth's, IndexFault.
    """
    if not (index / FILE).exists() or not folder.is_index(index):
        return False
    with writing_alone(index, LOCK, "tuned reader"):
        raw = read_regular(index / FILE)
        record = _own_record(index, raw)
        if record.reader:
            _put(index, _Record(spare=record.reader))
        named = re.findall(contents.READER_FOLDER.pattern, raw.decode("ascii", "replace"))
        for name in named:
            _remove_folder(index, name)
        (index / FILE).unlink(missing_ok=True)
    return bool(named)


def spare(index: Path) -> Path | None:
    """Return the folder that a killed process has left of a reader which is not the index's; None without one."""
    try:
        name = _record(index).spare
    except (OSError, ValueError, TypeError):
        return None
    return index / name if name and (index / name).is_dir() else None


def remove_spare(index: Path) -> None:
    """Remove the folder that `spare` returns; raises InputInvalid, IndexFault."""
    with writing_alone(index, LOCK, "tuned reader"):
        before = _own_record(index)
        _remove_folder(index, before.spare)
        _put(index, replace(before, spare=""))


def _record(index: Path) -> _Record:
    """Return what is recorded; raises OSError, and ValueError where it is damaged."""
    try:
        raw = read_regular(index / FILE)
    except (FileNotFoundError, NotADirectoryError):
        return _Record()
    content = unseal(raw)
    if content.pop("format", None) != FORMAT:
        raise ValueError(f"{FILE} has another format than this version of quoth reads")
    record = _Record(**content)
    if any(name and not contents.READER_FOLDER.fullmatch(name) for name in (record.reader, record.spare)):
        raise ValueError(f"{FILE} names no reader of this index")
    return record


def _own_record(index: Path, raw: bytes | None = None) -> _Record:
    """Return what is recorded, nothing where that is damaged; raise InputInvalid where the file is somebody's own."""
    try:
        return _record(index)
    except (ValueError, TypeError) as error:
        raw = read_regular(index / FILE) if raw is None else raw
        if raw and not any(name in raw for name in _TELLING):
            remedy = "move it away, for it lies in the place of the index's tuned reader"
            raise InputInvalid(f"The file {index / FILE}", "was not written by quoth", remedy) from error
        return _Record()


def _put(index: Path, record: _Record) -> None:
    file = index / FILE
    files.replace(file, seal({"format": FORMAT, **asdict(record)}), index / f"{FILE}-{secrets.token_hex(8)}")


def _remove_folder(index: Path, name: str) -> None:
    """Remove a reader's folder, but nothing in it that quoth did not write."""
    where = index / name
    if not name or where.is_symlink():
        return
    for file in (MODEL, DEQUANTISED, CARD):
        (where / file).unlink(missing_ok=True)
    with suppress(OSError):  # it is not there, or holds somebody's own file
        where.rmdir()


def _tuning(fields: dict[str, Any]) -> Tuning:
    return Tuning(**{**fields, "figures": tuple(FigureChange(**figure) for figure in fields["figures"])})
