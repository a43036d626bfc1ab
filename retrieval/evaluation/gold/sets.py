"""Reads a gold question set in any of its formats: quoth's own .jsonl, a SQuAD .json, a BEIR folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import GoldInvalid, InputInvalid
from retrieval.evaluation.gold import beir, jsonl, squad
from retrieval.evaluation.gold.parsing import Loaded, file_bytes
from retrieval.evaluation.records import GoldQuestion
from retrieval.paths import expanded, resolved

KINDS = "a gold .jsonl, a SQuAD .json, or a BEIR folder"


@dataclass(frozen=True, slots=True)
class GoldSet:
    """A gold question set, its gold spans not yet located in an index."""

    name: str
    """Of the file or folder, or FOLDER/qrels/NAME.tsv where particular judgments of a BEIR folder were named."""
    sha256: str
    """Of the file, or for a folder, of the names and digests of the files read."""
    questions: tuple[GoldQuestion, ...]
    skipped: tuple[str, ...] = ()
    """Faults that were skipped, "line 12: what is wrong; what to do"."""
    corpus: Callable[[Path], None] | None = None
    """Writes the set's own corpus into an empty folder; None if it has none. Raises OSError."""


def read(path: Path, longest: int, *, skip_bad: bool = False) -> GoldSet:
    """Read a gold set of questions of at most `longest` characters.

    Raises GoldInvalid with every fault; with `skip_bad`, leaves the faulty questions out as long as others remain.
    Raises InputInvalid for a file that cannot be read, is not a gold set, or has no questions.
    """
    location = expanded(path)
    loaded = _load(location, longest)
    if loaded.faults and not (skip_bad and loaded.questions):
        raise GoldInvalid(str(path), loaded.faults, len(loaded.questions))
    if not loaded.questions:
        raise InputInvalid(f"The gold set {path}", "has no questions", loaded.remedy)
    skipped = tuple(f"{where}: {fault}" for where, fault in loaded.faults)
    absolute = resolved(location)
    name = "/".join(absolute.parts[-3:]) if _is_qrels(location) else absolute.name
    return GoldSet(name, loaded.sha256, loaded.questions, skipped, loaded.corpus)


def place(path: Path) -> Path:
    """Return the file or folder that a gold set is read from, where `path` may name only the judgments of a folder."""
    location = expanded(path)
    return location.parent.parent if _is_qrels(location) else location


def check_exists(path: Path) -> None:
    """Raise InputInvalid where there is nothing to read a gold set from."""
    if not os.path.lexists(expanded(path)):
        raise InputInvalid(f"The gold set {path}", "does not exist", f"name {KINDS}")


def _load(path: Path, longest: int) -> Loaded:
    if os.path.isdir(path):
        return beir.read(beir.files(path), longest)
    if _is_qrels(path):
        return beir.read(beir.files(path.absolute().parent.parent, path), longest)
    ending = path.suffix.lower()
    if ending == ".jsonl":
        return jsonl.read(file_bytes(path), longest)
    if ending == ".json":
        return squad.read(file_bytes(path), str(path), longest)
    if not os.path.exists(path):
        raise InputInvalid(f"The gold set {path}", "does not exist", f"name {KINDS}")
    raise InputInvalid(
        f"The gold set {path}", f"has {f'the ending {ending}' if ending else 'no ending'}", f"name {KINDS}"
    )


def _is_qrels(path: Path) -> bool:
    return path.suffix.lower() == ".tsv" and path.absolute().parent.name == "qrels"
