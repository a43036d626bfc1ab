"""Run and qrels files that trec_eval and its kin read: the passages, and the quotes.

    qrels.txt, run.txt                  passages (or whole articles), every question
    quotes.qrels.txt, quotes.run.txt    quotes by permalink; those that hold the answer are judged 1, the others 0

Columns are split at white space, so white space and `%` in an id are percent-encoded, and an empty id is a lone `%`.
trec_eval sorts by the score, which it holds in single precision, and breaks ties by id: a score that would not be below
the one ranked before it is lowered to the next number in single precision that is.

A question without an answer is not judged. One with an answer that nothing holds (no passage, or no quote was given)
has the judgement that `-` is worth 0, so that it counts as 0; `trec_eval -c` counts those that found nothing, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from retrieval.errors import InputInvalid
from retrieval.evaluation.records import Outcome, Run
from retrieval.files import write_whole
from retrieval.regular_files import read_regular
from retrieval.remedies import WriteTrec

TAG = "quoth"
"""The run's name, in the last column."""

LARGEST = 2**32
"""Bytes of the largest file that is looked at before it is replaced."""
FILES = ("run.txt", "qrels.txt", "quotes.run.txt", "quotes.qrels.txt")
_RUN = re.compile(rf"(?:\S+ Q0 \S+ \d+ \S+ {TAG}\n)*".encode())
_QRELS = re.compile(rb"(?:\S+ 0 \S+ \d+\n)*")
_SPLITTING = re.compile(r"[\s%\x00-\x1f\x7f-\x9f]")

Judged = Sequence[tuple[str, int]]
Ranked = Sequence[tuple[str, float]]


def check(folder: Path) -> list[Path]:
    """Return the files that `write` writes into the folder; raises InputInvalid where one there is not of its making.

    Judgements bear no name, so they are known by the run beside them.
    """
    run = _there(folder / FILES[0])
    for file in (folder / name for name in FILES):
        raw = _there(file)
        form = _QRELS if "qrels" in file.name else _RUN
        if raw and not (form.fullmatch(raw) and (form is _RUN or (run and _RUN.fullmatch(run)))):
            reason = "is none that quoth", WriteTrec(), " wrote, and is not overwritten"
            raise InputInvalid(f"The file {file}", reason, "move it away, or name another folder")
    return [folder / name for name in FILES]


def _there(file: Path) -> bytes:
    try:
        return read_regular(file, LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        reason = f"cannot be read ({error.strerror or error})"
        raise InputInvalid(f"The file {file}", reason, "move it away, or name another folder") from error


def write(folder: Path, run: Run) -> None:
    """Write the four files into the folder, which is made; raises InputInvalid."""
    answerable = [outcome for outcome in run.outcomes if outcome.answerable]
    files = (
        _run((outcome.id, [(passage.id, passage.score) for passage in outcome.passages]) for outcome in run.outcomes),
        _qrels((outcome.id, outcome.relevant) for outcome in answerable),
        _run((outcome.id, [(quote.ref, quote.score) for quote in outcome.quotes]) for outcome in run.outcomes),
        _qrels((outcome.id, _judged(outcome)) for outcome in answerable),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, lines in zip(check(folder), files, strict=True):
            write_whole(path, "".join(lines).encode("utf-8", errors="surrogatepass"))
    except OSError as error:
        reason = f"cannot be written ({error.strerror or error})"
        raise InputInvalid(f"The folder {folder}", reason, "name one that can") from error


def _judged(outcome: Outcome) -> Judged:
    return [(quote.ref, int(quote.right)) for quote in outcome.quotes]


def _qrels(judged: Iterable[tuple[str, Judged]]) -> Iterator[str]:
    for question, grades in judged:
        for document, grade in grades or (("-", 0),):
            yield f"{column(question)} 0 {column(document)} {grade}\n"


def _run(ranked: Iterable[tuple[str, Ranked]]) -> Iterator[str]:
    for question, documents in ranked:
        scores = falling([score for _, score in documents])
        for rank, ((document, _), score) in enumerate(zip(documents, scores, strict=True), start=1):
            yield f"{column(question)} Q0 {column(document)} {rank} {score!s} {TAG}\n"


def column(text: str) -> str:
    """Return a text that stands in one column."""
    return _SPLITTING.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text) or "%"


def falling(scores: Sequence[float]) -> list[np.float32]:
    """Scores in single precision, each below the one before it: lowered as little as that needs."""
    lowered: list[np.float32] = []
    for score in scores:
        single = np.float32(score)
        if lowered and single >= lowered[-1]:
            single = np.nextafter(lowered[-1], np.float32(-np.inf))
        lowered.append(single)
    return lowered
