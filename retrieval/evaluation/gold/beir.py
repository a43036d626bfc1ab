"""A BEIR folder (Thakur et al., 2021): corpus.jsonl, queries.jsonl and qrels/*.tsv, which judge whole articles.

As in BEIR, only queries with a relevant article are asked; a judgment of 0 or less does not count.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from retrieval.articles.ids import distinct
from retrieval.errors import InputInvalid
from retrieval.evaluation.gold.parsing import (
    Fault,
    Loaded,
    UnfitError,
    file_bytes,
    id_faults,
    objects,
    parse,
    question_faults,
    quoted,
)
from retrieval.evaluation.records import GoldQuestion, GoldSpan

EXPECTED = "a BEIR folder holds corpus.jsonl, queries.jsonl and qrels/test.tsv"

_EXAMPLE = '{"_id": "1", "text": "Who signed the letter?"}'
_USUAL = ("test.tsv", "dev.tsv")


@dataclass(frozen=True, slots=True)
class Files:
    """The three files of a set."""

    corpus: Path
    queries: Path
    qrels: Path


@dataclass(slots=True)
class _Corpus:
    """What of the corpus matters to the judgments: which articles have another id in the index, or no text."""

    ids: dict[str, str] = field(default_factory=dict)
    """By an id as it was given, the article's id in the index."""
    empty: dict[str, int] = field(default_factory=dict)
    """Lines of articles without text, by id."""


@dataclass(slots=True)
class _Qrels:
    """Judgments above 0 by query and article, and the line of each query's first judgment."""

    grades: dict[str, dict[str, int]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def files(folder: Path, qrels: Path | None = None) -> Files:
    """Return the files of a folder; `qrels` overrides which judgments to use.

    Raises InputInvalid if a file is missing, or if there are several qrels and none is test.tsv or dev.tsv.
    """
    corpus, queries = folder / "corpus.jsonl", folder / "queries.jsonl"
    judged = sorted((folder / "qrels").glob("*.tsv"))
    missing = [file.name for file in (corpus, queries) if not file.is_file()] + ([] if judged else ["qrels/*.tsv"])
    if missing:
        what, reason = f"The gold set {folder}", f"is a folder without {_listed(missing)}"
        raise InputInvalid(what, reason, f"{EXPECTED}; else name a gold .jsonl or a SQuAD .json")
    usual = [folder / "qrels" / name for name in _USUAL if folder / "qrels" / name in judged]
    if qrels is None and not usual and len(judged) > 1:
        names = _listed([file.name for file in judged])
        raise InputInvalid(f"The gold set {folder}", f"has several qrels ({names})", "name the one to use as GOLD")
    return Files(corpus, queries, qrels or (usual or judged)[0])


def read(files: Files, longest: int) -> Loaded:
    """Read the judged queries, each of at most `longest` characters. Raises InputInvalid."""
    queries, judgments = file_bytes(files.queries), file_bytes(files.qrels)
    qrels = _judgments(judgments, f"qrels/{files.qrels.name}")
    corpus = _corpus(files.corpus)
    questions: list[GoldQuestion] = []
    faults = list(qrels.faults)
    seen: dict[str, int] = {}
    for number, query in objects(queries, _EXAMPLE):
        where = f"queries.jsonl line {number}"
        unfit = [query] if isinstance(query, str) else list(id_faults("_id", query.get("_id")))
        if isinstance(query, dict) and not unfit:
            id_ = str(query["_id"])
            if seen.setdefault(id_, number) != number:
                unfit.append(f'"_id" is {quoted(id_)}, as in line {seen[id_]}; give each query its own')
            elif id_ in qrels.grades:
                unfit += question_faults("text", query.get("text"), longest)
                gold = tuple(
                    GoldSpan(corpus.ids.get(article, article), 0, 0, whole=True, grade=grade)
                    for article, grade in qrels.grades[id_].items()
                    if article not in corpus.empty
                )
                if gold and not unfit:
                    questions.append(GoldQuestion(id_, query["text"], gold=gold, where=where))
                unfit += [
                    f"the qrels judge the article {quoted(article)}, whose text is empty (corpus.jsonl line "
                    f"{corpus.empty[article]}); give it a text, or remove the judgment"
                    for article in qrels.grades[id_] if article in corpus.empty
                ]  # fmt: skip
        faults += [(where, fault) for fault in unfit]
    faults += [
        (f"qrels/{files.qrels.name} line {line}", f"it judges the query {quoted(id_)}, which queries.jsonl lacks; "
         "add the query, or remove the judgment")
        for id_, line in qrels.lines.items() if id_ not in seen
    ]  # fmt: skip
    remedy = f"judge an article relevant for a query, with a score above 0, in {files.qrels.name}"
    return Loaded(_digest(files), tuple(questions), tuple(faults), remedy, partial(_write, files.corpus))


def _corpus(file: Path) -> _Corpus:
    """Look through the corpus; lines that cannot be read are left to the index, which names them."""
    corpus = _Corpus()
    given: dict[tuple[str, bytes], None] = {}
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            id_, has_text = _read_line(line)
            if has_text:
                given[id_, hashlib.sha256(line.rstrip(b"\r\n")).digest()] = None
            elif id_:
                corpus.empty.setdefault(id_, number)
    named = [id_ for id_, _ in given]
    for id_, own in zip(reversed(named), reversed(distinct(named)), strict=True):
        corpus.empty.pop(id_, None)
        corpus.ids[id_] = own  # at last, of several articles with the same id, that of the first
    return corpus


def _read_line(line: bytes) -> tuple[str, bool]:
    """Return the id of a corpus' line, "" where there is none, and whether it has a text."""
    try:
        document = parse(line)
    except UnfitError:
        return "", False
    if not isinstance(document, dict):
        return "", False
    id_, text = document.get("_id", document.get("id")), document.get("text")
    name = str(id_) if isinstance(id_, (str, int)) and not isinstance(id_, bool) else ""
    return name, bool(name) and isinstance(text, str) and bool(text.strip())


def _judgments(data: bytes, name: str) -> _Qrels:
    qrels = _Qrels()
    scores: dict[tuple[str, str], int] = {}
    for number, query, article, score in _rows(data, name, qrels.faults):
        where = f"{name} line {number}"
        if scores.setdefault((query, article), score) != score:
            before = scores[query, article]
            fault = f"the score of the article {quoted(article)} is {score}, and {before} further up; keep one of them"
            qrels.faults.append((where, fault))
            continue
        qrels.lines.setdefault(query, number)
        if score > 0:
            qrels.grades.setdefault(query, {})[article] = score
    return qrels


def _rows(data: bytes, name: str, faults: list[Fault]) -> Iterator[tuple[int, str, str, int]]:
    """Yield line number, query, article and score of each judgment; the header line is optional."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        where = f"{name} line {number}"
        if not line.strip():
            continue
        try:
            columns = line.rstrip(b"\r").decode("utf-8").split("\t")
        except UnicodeDecodeError as error:
            faults.append((where, f"it is not UTF-8 (byte {error.start + 1}); save the file as UTF-8"))
            continue
        if len(columns) != 3 or not all(column.strip() for column in columns):
            faults.append(
                (where, f"it does not have the three columns query-id, corpus-id and score; {_shape(columns)}")
            )
            continue
        query, article, score = columns
        try:
            yield number, query, article, int(score)
        except ValueError:
            if number > 1 or any(map(str.isdigit, score)):  # otherwise the header line
                faults.append((where, f"its score is {quoted(score)}; make it a whole number"))


def _shape(columns: list[str]) -> str:
    return "write a tab between them" if len(columns) == 1 else "write three, with a tab between them"


def _digest(files: Files) -> str:
    digests = ""
    named = ("corpus.jsonl", files.corpus), (f"qrels/{files.qrels.name}", files.qrels), ("queries.jsonl", files.queries)
    for name, file in named:
        try:
            with file.open("rb") as opened:
                digests += f"{hashlib.file_digest(opened, 'sha256').hexdigest()}  {name}\n"
        except OSError as error:
            what, reason = f"The gold set's file {file}", f"cannot be read ({error.strerror})"
            raise InputInvalid(what, reason, "check its permissions") from error
    return hashlib.sha256(digests.encode()).hexdigest()


def _write(corpus: Path, folder: Path) -> None:
    """Copy the corpus, which can be indexed as it is."""
    shutil.copyfile(corpus, folder / "corpus.jsonl")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
