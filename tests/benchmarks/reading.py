"""Compare the engine with and without the reader on sets of several kinds, to which nothing of the reader was fitted.

The first stage's models were fitted on part A: quality.py prints its held-out figures.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from retrieval import Engine
from retrieval.answering.confidence import BUILT_IN_THRESHOLD, level
from retrieval.evaluation.measures.reliability import calibration_error
from retrieval.records import Quote, Turn
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
    median,
    off_corpus,
    squad,
    table,
    temporary,
)  # fmt: skip

SETS = ("onestop-news", "emanual", "clapnq-dev", "doc2dial-test")
ELSEWHERE = {
    "onestop-news": "emanual", "emanual": "onestop-news", "clapnq-dev": "emanual", "doc2dial-test": "onestop-news",
}  # fmt: skip
"""Sets whose questions are off the topic of another."""
QUESTIONS = 300  # of a set, drawn
OFF = 50  # questions off topic, from the off-corpus file and as many from another set
PART_A = "SQuAD part A"

Places = Sequence[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class BenchQuestion:
    """A question with the places (article id, start, end) that answer it; None for an off-corpus question."""

    text: str
    history: tuple[str, ...]
    """Earlier questions, the latest first."""
    gold: Places | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the engine answered."""

    kind: str
    """answerable, on (on topic and unanswered) or off (off topic)."""
    first: bool
    """Whether the first quote is right."""
    three: bool
    confidence: float
    milliseconds: float


def main() -> None:
    """Print a table for the engine with the reader and one without it."""
    rows: dict[bool, list[tuple[str, ...]]] = {False: [], True: []}
    pooled: dict[bool, list[Outcome]] = {False: [], True: []}
    for name, questions in _sets():
        with temporary() as folder:
            corpus = folder / "corpus"
            corpus.mkdir()
            on = questions(corpus)
            index(corpus, folder / "index")
            reading = Engine.open(folder / "index")
            plain = Engine(reading.generation, reading.encoder, reading.settings)
            random.Random(0).shuffle(on)
            drawn = [*on[:QUESTIONS], *_off_topic(name)]
            for read, engine in ((False, plain), (True, reading)):
                outcomes = [_outcome(engine, question) for question in drawn]
                rows[read].append(_row(name, outcomes))
                pooled[read] += outcomes if name != PART_A else []
    for read, title in ((False, "Without the reader"), (True, "With the reader")):
        rows[read].append(_row(f"all but {PART_A}", pooled[read]))
        table(
            title,
            ("", "asked", "P@1", "in 3", "on", "off", "right", "ECE", "high", "refused", "on", "off", "ms"),
            rows[read],
            "on, off, right: AUROC against unanswered on topic and off topic, and of right first quotes against wrong. "
            f"high: share right of those called high. refused, on, off: wrongly, at {BUILT_IN_THRESHOLD}. "
            "Bars: ECE <= .06, high >= .90, refused <= 10 %, on <= 35 %, off <= 2 %",
        )


def _sets() -> Iterator[tuple[str, Callable[[Path], list[BenchQuestion]]]]:
    if available(SQUAD, "reading part A"):
        yield PART_A, _part_a
    yield "seeds", partial(_gold, GOLD, SEEDS)
    if available(SCRAPES, "reading the originals"):
        yield "originals", partial(_gold, ORIGINALS, SCRAPES)
    for name in SETS:
        file = SHARED / "qa-dev" / f"{name}-00.jsonl.gz"
        if available(file, f"reading {name}"):
            yield name, partial(question_file, file)


def _part_a(corpus: Path) -> list[BenchQuestion]:
    return [
        BenchQuestion(question.text, (), [(question.article, start, end) for start, end in question.gold])
        for question in squad(corpus)
    ]


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


def question_file(file: Path, corpus: Path) -> list[BenchQuestion]:
    """Write the articles of a question file into a corpus, and return its questions."""
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


def _off_topic(name: str) -> list[BenchQuestion]:
    """Return questions that a set's articles do not answer."""
    texts = random.Random(1).sample(off_corpus(), OFF)
    if name in ELSEWHERE:
        with gzip.open(SHARED / "qa-dev" / f"{ELSEWHERE[name]}-00.jsonl.gz", "rt", encoding="utf-8") as lines:
            texts += random.Random(2).sample([json.loads(line)["question"] for line in lines], OFF)
    return [BenchQuestion(text, (), None) for text in texts]


def _outcome(engine: Engine, question: BenchQuestion) -> Outcome:
    answer = engine.ask(question.text, turns(question), show_weak=True)
    right = [is_right(quote, question.gold or ()) for quote in answer.quotes]
    kind = "off" if question.gold is None else "answerable" if question.gold else "on"
    return Outcome(kind, any(right[:1]), any(right), answer.confidence, answer.elapsed_ms)


def turns(question: BenchQuestion) -> list[Turn]:
    """Return the earlier turns of a question, oldest first."""
    return [Turn(earlier) for earlier in reversed(question.history)]


def is_right(quote: Quote, gold: Places) -> bool:
    """Return whether a quote holds an answer, or a part of one."""
    return overlaps(quote.citation.article, quote.citation.start, quote.citation.end, gold)


def overlaps(article: str, start: int, end: int, gold: Places) -> bool:
    """Return whether a span of an article overlaps one of the places."""
    return any(article == id_ and start < last and end > first for id_, first, last in gold)


def _row(name: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    kinds = ("answerable", "on", "off")
    answerable, on, off = ([outcome for outcome in outcomes if outcome.kind == kind] for kind in kinds)
    right, wrong = ([outcome for outcome in answerable if outcome.first == first] for first in (True, False))
    sure = [outcome for outcome in outcomes if level(outcome.confidence) == "high"]
    error = calibration_error([outcome.first for outcome in outcomes], [outcome.confidence for outcome in outcomes])
    return (
        name,
        f"{len(answerable)}, {len(on)}, {len(off)}",
        *(f"{np.mean([getattr(outcome, part) for outcome in answerable]):.3f}" for part in ("first", "three")),
        *(_auroc(answerable, others) for others in (on, off)),
        _auroc(right, wrong),
        f"{error:.3f}",
        f"{np.mean([outcome.first for outcome in sure]):.2f} ({len(sure)})" if sure else "",
        _share([outcome.confidence < BUILT_IN_THRESHOLD for outcome in answerable]),
        *(_share([outcome.confidence >= BUILT_IN_THRESHOLD for outcome in others]) for others in (on, off)),
        f"{median([outcome.milliseconds for outcome in outcomes]):.0f}",
    )


def _auroc(higher: Sequence[Outcome], lower: Sequence[Outcome]) -> str:
    values = [np.array([outcome.confidence for outcome in part]) for part in (higher, lower)]
    return f"{auroc(*values):.3f}" if len(higher) and len(lower) else ""


def _share(flags: Sequence[bool]) -> str:
    return f"{np.mean(flags):.1%}" if flags else ""


if __name__ == "__main__":
    main()
