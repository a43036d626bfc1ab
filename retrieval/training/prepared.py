"""A prepared training set in one folder: documents, passages, questions and their candidates."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.errors import InputInvalid
from retrieval.training.passages import TrainingPassage
from retrieval.training.questions import Document, TrainingQuestion
from retrieval.training.transformer import load_tokenizer

FILES = ("documents.jsonl.xz", "questions.jsonl.xz", "tables.npz")
HELD_OUT = "held-out.jsonl.xz"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared training set."""

    documents: list[Document]
    passages: list[TrainingPassage]
    """In order of their documents."""
    questions: list[TrainingQuestion]
    near: np.ndarray[Any, np.dtype[np.int32]]
    """[questions, NEAR], as `negatives.Candidates`."""
    far: np.ndarray[Any, np.dtype[np.int32]]
    """[questions, FAR]"""
    held_out: frozenset[str] = frozenset()
    """Titles of the articles to hold out of training; empty to draw them."""

    def document_begins(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return [documents + 1], the row of each document's first passage, and the number of passages."""
        owners = np.array([passage.document for passage in self.passages])
        return np.searchsorted(owners, np.arange(len(self.documents) + 1))

    def write(self, folder: Path) -> None:
        """Write the set into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        _write_lines(folder / FILES[0], map(asdict, self.documents))
        _write_lines(folder / FILES[1], map(asdict, self.questions))
        _write_lines(folder / HELD_OUT, ({"title": title} for title in sorted(self.held_out)))
        self.write_tables(folder)

    def write_tables(self, folder: Path) -> None:
        """Write only the passages and candidates, beside existing documents and questions."""
        spans = [(row, *span) for row, passage in enumerate(self.passages) for span in passage.sentences]
        owners = [passage.document for passage in self.passages]
        np.savez_compressed(
            folder / FILES[2],
            owners=np.array(owners, dtype=np.int32),
            spans=np.array(spans, dtype=np.int32).reshape(-1, 3),
            near=self.near,
            far=self.far,
        )


def read_prepared(folder: Path) -> Prepared:
    """Read a set written by `Prepared.write`; raises InputInvalid."""
    try:
        documents = [_document(fields) for fields in _lines(folder / FILES[0])]
        questions = [_question(fields) for fields in _lines(folder / FILES[1])]
        file = folder / HELD_OUT
        held_out = frozenset(line["title"] for line in _lines(file)) if file.is_file() else frozenset()
        with np.load(folder / FILES[2]) as tables:
            owners, spans, near, far = (tables[name] for name in ("owners", "spans", "near", "far"))
    except (OSError, ValueError, KeyError, TypeError, lzma.LZMAError) as error:
        remedy = "run `python -m retrieval.training prepare` again"
        raise InputInvalid(f"The training set in {folder}", f"cannot be read ({error})", remedy) from error
    begins = np.searchsorted(spans[:, 0], np.arange(len(owners) + 1))
    pairs = [(int(start), int(end)) for _, start, end in spans]
    passages = [
        TrainingPassage(int(owner), 0 if documents[owner].sentences else pairs[first][0], tuple(pairs[first:last]))
        for owner, first, last in zip(owners, begins, begins[1:], strict=False)
    ]
    return Prepared(documents, passages, questions, near, far, held_out)


def piece_counter(tokenizer_file: Path) -> Callable[[Sequence[str]], list[int]]:
    """Return a function that counts the word pieces of texts with a tokenizer."""
    tokenizer = load_tokenizer(tokenizer_file)
    return lambda texts: [
        len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)
    ]


def _document(fields: dict[str, Any]) -> Document:
    spans = tuple((start, end) for start, end in fields.pop("sentences", ()))
    return Document(**fields, sentences=spans)


def _question(fields: dict[str, Any]) -> TrainingQuestion:
    answers = tuple((start, end) for start, end in fields.pop("answers"))
    return TrainingQuestion(**{**fields, "history": tuple(fields["history"])}, answers=answers)


def _write_lines(file: Path, rows: Iterator[dict[str, Any]]) -> None:
    with lzma.open(file, "wt", encoding="utf-8", preset=6) as lines:
        lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
