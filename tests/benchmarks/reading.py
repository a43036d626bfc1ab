"""Compare the reader with the first stage's belief, and with both mixed, on the sentences of the best passages.

The reader was trained on none of these sets.
"""

from __future__ import annotations

import gzip
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval import Engine
from retrieval.answering.followup import resolve
from retrieval.answering.question import clean
from retrieval.answering.reader import FOLDER, ReadablePassage, Reader
from retrieval.answering.retriever import Candidate, rank
from retrieval.answering.scoring import score_sentences
from retrieval.encoding.models import DEFAULT_MODEL, locate
from retrieval.records import Turn
from tests.benchmarks.common import (
    GOLD,
    ORIGINALS,
    SCRAPES,
    SEEDS,
    SHARED,
    SQUAD,
    auroc,
    available,
    index,
    mean,
    median,
    off_corpus,
    squad,
    table,
    temporary,
)  # fmt: skip

SETS = ("onestop-news", "emanual", "clapnq-dev", "doc2dial-test")
QUESTIONS = 150  # of a set, drawn
READ = 8  # passages that are read
MIXES = (0.35, 0.7, 1.2)
"""Weights of the reader's log-odds relative to the first stage's log belief."""
UNREAD = -30.0

Places = Sequence[tuple[str, int, int]]
Score = Callable[["Sentence"], float]


@dataclass(frozen=True, slots=True)
class BenchQuestion:
    """A question with the places (article id, start, end) that answer it; None for an off-corpus question."""

    text: str
    history: tuple[str, ...]
    """Earlier questions, the latest first."""
    gold: Places | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A candidate: log belief (first stage), log-odds by sentence and by span (reader), and whether it is right."""

    belief: float
    reader: float
    span: float
    right: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The scored candidates for a question, and the engine's confidence."""

    question: BenchQuestion
    sentences: list[Sentence]
    confidence: float
    milliseconds: float
    """Time spent reading, without retrieval."""


def _mixed(mix: float) -> Score:
    return lambda sentence: sentence.belief + mix * (sentence.reader + sentence.span) / 2


SCORES: Mapping[str, Score] = {
    "first stage's belief": lambda sentence: sentence.belief,
    "reader, sentences": lambda sentence: sentence.reader,
    "reader, spans": lambda sentence: sentence.span,
    **{f"belief + {mix} x both": _mixed(mix) for mix in MIXES},
}


def main() -> None:
    """Print a table for each set."""
    reader = Reader(FOLDER, locate(DEFAULT_MODEL).path / "tokenizer.json")
    for name, questions in _sets():
        with temporary() as folder:
            corpus = folder / "corpus"
            corpus.mkdir()
            drawn = questions(corpus)
            index(corpus, folder / "index")
            engine = Engine.open(folder / "index")
            random.Random(0).shuffle(drawn)
            _print(name, [_read(engine, reader, question) for question in drawn[:QUESTIONS]])


def _sets() -> Iterator[tuple[str, Callable[[Path], list[BenchQuestion]]]]:
    if available(SQUAD, "reading part A"):
        yield "SQuAD part A", _part_a
    yield "seeds", partial(_gold, GOLD, SEEDS)
    if available(SCRAPES, "reading the originals"):
        yield "originals", partial(_gold, ORIGINALS, SCRAPES)
    for name in SETS:
        file = SHARED / "qa-dev" / f"{name}-00.jsonl.gz"
        if available(file, f"reading {name}"):
            yield name, partial(_question_file, file)


def _part_a(corpus: Path) -> list[BenchQuestion]:
    on = [
        BenchQuestion(question.text, (), [(question.article, start, end) for start, end in question.gold])
        for question in squad(corpus)
    ]
    return on + [BenchQuestion(question, (), None) for question in off_corpus()]


def _gold(file: Path, articles: Path, corpus: Path) -> list[BenchQuestion]:
    for article in articles.iterdir():
        (corpus / article.name).write_bytes(article.read_bytes())
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [
        BenchQuestion(
            line["question"],
            tuple(reversed(line.get("history", []))),
            None
            if "off-topic" in line["tags"]
            else [(place["article"], place["start"], place["end"]) for place in line["gold"]],
        )
        for line in lines
    ]


def _question_file(file: Path, corpus: Path) -> list[BenchQuestion]:
    numbers: dict[str, str] = {}
    questions, articles = [], []
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line.get("asks") is False:
                continue
            if line["context"] not in numbers:
                numbers[line["context"]] = f"d{len(numbers):05d}"
                articles.append(
                    {"_id": numbers[line["context"]], "title": line["title"].replace("_", " "), "text": line["context"]}
                )
            earlier = [turn.partition(": ")[2] for turn in line.get("history", []) if turn.startswith("user: ")]
            answers = line["answers"] if line["answerable"] else []
            spans = [(answer["start"], answer["start"] + len(answer["text"])) for answer in answers]
            gold = [(numbers[line["context"]], start, end) for start, end in spans]
            questions.append(BenchQuestion(line["question"], tuple(reversed(earlier[-3:])), gold))
    (corpus / "articles.jsonl").write_text("".join(json.dumps(article) + "\n" for article in articles), "utf-8")
    return questions


def _read(engine: Engine, reader: Reader, question: BenchQuestion) -> Outcome:
    history = tuple(Turn(earlier) for earlier in reversed(question.history))
    resolved = resolve(clean(question.text, 100_000), history)
    prepared = engine._prepared(resolved.text, resolved.context)
    candidates = rank(engine.generation, prepared, engine.settings, engine.settings.candidates)
    scored = score_sentences(engine.generation, prepared, candidates, engine.settings)
    ranked = engine._ranked(scored, engine._evidence(prepared, scored))
    beliefs = {sentence.row: sentence.belief for sentence in ranked}
    began = time.perf_counter()
    odds = _odds(engine, reader, question, candidates[:READ])
    milliseconds = 1000 * (time.perf_counter() - began)
    rows = sorted({*beliefs, *odds})
    sentences = [
        Sentence(
            float(np.log(beliefs.get(row, 0.0) + 1e-4)),
            *odds.get(row, (UNREAD, UNREAD)),
            _is_right(engine, row, question),
        )
        for row in rows
    ]
    return Outcome(question, sentences, engine.ask(question.text, history).confidence, milliseconds)


def _odds(
    engine: Engine, reader: Reader, question: BenchQuestion, candidates: Sequence[Candidate]
) -> dict[int, tuple[float, float]]:
    """Sentence row -> the reader's log-odds by sentence and by span."""
    generation, passages, rows = engine.generation, [], []
    for candidate in candidates:
        article, start, end = (int(value) for value in generation.passages[candidate.row])
        own = generation.sentences_of(candidate.row)
        spans = [(int(row[1]) - start, int(row[2]) - start) for row in generation.sentences[own.start : own.stop]]
        cited = generation.article(article)
        passages.append(ReadablePassage(cited.title, cited.text[start:end], spans))
        rows += list(own)
    readings = reader.read(question.text, question.history, passages)
    values = [
        pair for reading in readings for pair in zip(reading.sentences.tolist(), reading.spans.tolist(), strict=True)
    ]
    return {row: (max(pair[0], UNREAD), max(pair[1], UNREAD)) for row, pair in zip(rows, values, strict=True)}


def _is_right(engine: Engine, row: int, question: BenchQuestion) -> bool:
    sentence = engine.generation.sentence(row)
    article = engine.generation.article(sentence.article).id
    return any(
        article == id_ and sentence.start < last and sentence.end > first for id_, first, last in question.gold or ()
    )


def _print(name: str, outcomes: Sequence[Outcome]) -> None:
    answerable = [outcome for outcome in outcomes if outcome.question.gold]
    on = [outcome for outcome in outcomes if outcome.question.gold is not None and not outcome.question.gold]
    off = [outcome for outcome in outcomes if outcome.question.gold is None]
    rows = []
    for label, score in SCORES.items():
        ranked = [sorted(outcome.sentences, key=score, reverse=True) for outcome in answerable]
        first = mean([float(bool(row) and row[0].right) for row in ranked])
        three = mean([float(any(sentence.right for sentence in row[:3])) for row in ranked])
        rows.append((label, f"{first:.3f}", f"{three:.3f}"))
    table(f"{name}: {len(answerable)} answerable questions", ("", "P@1", "in first three"), rows)
    auroc_rows: list[tuple[str, ...]] = []
    for label, confidence in (
        ("confidence today", lambda outcome: outcome.confidence),
        ("reader's best sentence", _most),
    ):
        values = [np.array([confidence(outcome) for outcome in part]) for part in (answerable, on, off)]
        best = [
            max(outcome.sentences, key=lambda sentence: sentence.belief + sentence.reader) for outcome in answerable
        ]
        right = np.array([sentence.right for sentence in best])
        auroc_rows.append(
            (label, *(_auroc(values[0], part) for part in values[1:]), _auroc(values[0][right], values[0][~right]))
        )
    table(
        f"{name}: AUROC of the answerable against others",
        ("", f"on topic ({len(on)})", f"off topic ({len(off)})", "right first against wrong"),
        auroc_rows,
        f"reading {READ} passages: {median([outcome.milliseconds for outcome in outcomes]):.0f} ms a question",
    )


def _most(outcome: Outcome) -> float:
    return max((sentence.reader for sentence in outcome.sentences), default=UNREAD)


def _auroc(higher: NDArray[np.float64], lower: NDArray[np.float64]) -> str:
    return f"{auroc(higher, lower):.3f}" if len(higher) and len(lower) else ""


if __name__ == "__main__":
    main()
