"""Read question files into documents and training questions.

One JSON object per line, plain or gzipped: {"id", "set", "question", "history"?, "context", "title", "answers":
[{"start", "text"}], "answerable"}. Every answer is an exact slice of the context; lines of `history` that begin with
`user: ` are earlier questions.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import InputInvalid

TURNS = 3  # earlier questions read with a question
FORMAT = 'one JSON object per line with "question", "context", "answers" and "answerable"'


@dataclass(frozen=True, slots=True)
class Document:
    """A text with questions about it."""

    set: str
    title: str
    text: str
    sentences: tuple[tuple[int, int], ...] = ()
    """Spans of a passage ready to read, whose text begins with what it stands under; empty for a text still to cut."""
    article: str = ""
    """Title of the article that it was made from, by which it is held out; empty for its own."""


@dataclass(frozen=True, slots=True)
class TrainingQuestion:
    """A question about one document."""

    id: str
    set: str
    text: str
    history: tuple[str, ...]
    """Earlier questions, the latest first."""
    document: int
    """Row of its document."""
    answers: tuple[tuple[int, int], ...]
    """Spans of the document that answer it, in characters; empty where it is unanswered."""


def read_questions(files: Iterable[Path]) -> tuple[list[Document], list[TrainingQuestion]]:
    """Read question files; equal texts become one document. Raises InputInvalid for an invalid line."""
    rows: dict[tuple[str, str], int] = {}
    documents: list[Document] = []
    questions: list[TrainingQuestion] = []
    for file in files:
        for number, line in enumerate(_lines(file), 1):
            where = f"{file.name}:{number}"
            fields = _fields(line, where)
            document = _document(fields)
            row = rows.setdefault((document.title if document.sentences else "", document.text), len(documents))
            if row == len(documents):
                documents.append(document)
            questions.append(_question(fields, row, where))
    return documents, questions


def _lines(file: Path) -> Iterator[str]:
    try:
        with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
            yield from (line for line in lines if line.strip())
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputInvalid(f"The question file {file}", f"cannot be read ({error})", "name another file") from error


def _fields(line: str, where: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
        fields = {"set": "own", "title": "", "history": [], "id": where, **fields}
        if not (isinstance(fields["question"], str) and isinstance(fields["context"], str) and fields["context"]):
            raise ValueError("no question or context")
    except (ValueError, KeyError, TypeError) as error:
        raise InputInvalid(f"The line {where}", "is not a training question", f"write {FORMAT}") from error
    return dict(fields)


def _document(fields: dict[str, Any]) -> Document:
    spans = tuple((start, end) for start, end in fields.get("sentences", ()))
    title = fields["title"].replace("_", " ").strip()
    return Document(fields["set"], title, fields["context"], spans, fields.get("article", ""))


def _question(fields: dict[str, Any], document: int, where: str) -> TrainingQuestion:
    answers = tuple((answer["start"], answer["start"] + len(answer["text"])) for answer in fields["answers"])
    context = fields["context"]
    for (start, end), answer in zip(answers, fields["answers"], strict=True):
        if not answer["text"] or context[start:end] != answer["text"]:
            raise InputInvalid(f"The line {where}", f"has an answer whose text is not at {start}", "correct its offset")
    earlier = [turn.partition(": ")[2] for turn in fields["history"] if turn.startswith("user: ")]
    return TrainingQuestion(
        str(fields["id"]),
        fields["set"],
        " ".join(fields["question"].split()),
        tuple(reversed(earlier[-TURNS:])),
        document,
        answers if fields.get("answerable", bool(answers)) else (),
    )
