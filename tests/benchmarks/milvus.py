"""An index on a Milvus server against the same articles in a folder: what is answered first, and how long that takes.

The server is Milvus Lite behind a port of this machine, since no other can be started here: it says whether the answers
are the same, while its times are not those of a server. Without the reader, which costs both the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from retrieval import AnswerSettings, Engine, builds
from retrieval.index.build import Report
from retrieval.index.keeping import Keep
from retrieval.records import Answer
from tests.benchmarks.common import (
    SEEDS,
    SQUAD,
    available,
    covers,
    gold_questions,
    index,
    squad,
    table,
    temporary,
)
from tests.milvus_server import MilvusServer

SETTINGS = AnswerSettings(reader=None, threshold=0.0)
WARMING = 20  # questions asked before those that are timed
Gold = tuple[str, str, list[tuple[int, int]]]
"""A question, the id of its article, and the spans of it that answer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an index answered the questions of a set."""

    answers: list[Answer]
    right: float
    """The share whose first quote covers an answer."""
    seconds: list[float]


def main() -> None:
    """Print a row for each set of questions and each place of its index."""
    rows = [row for name, corpus, questions in _sets() for row in _rows(name, corpus, questions)]
    note = "p50 and p95 of a question in ms, index open. differ: answers that are not the same as from the folder"
    table("Milvus", ("", "index", "questions", "P@1", "differ", "p50", "p95", "build s"), rows, note)


def _sets() -> Iterator[tuple[str, Path, list[Gold]]]:
    lines = [line for line in gold_questions() if line["answerable"]]
    seeds = [
        (
            line["question"],
            span["article"],
            [(s["start"], s["end"]) for s in line["gold"] if s["article"] == span["article"]],
        )
        for line in lines
        for span in line["gold"][:1]
    ]
    yield "seeds", SEEDS, seeds
    if available(SQUAD, "milvus"):
        with temporary() as folder:
            questions = squad(folder)
            answerable = [each for each in questions if each.gold]
            yield "SQuAD part A", folder, [(each.text, each.article, list(each.gold)) for each in answerable]


def _rows(name: str, corpus: Path, questions: list[Gold]) -> Iterator[tuple[str, ...]]:
    with temporary() as folder:
        server = MilvusServer(folder / "data.db")
        try:
            began = time.perf_counter()
            index(corpus, folder / "index")
            local = time.perf_counter() - began

            def in_folder(place: Path, *, rebuild: bool, wait: bool, keep: Keep) -> Report:
                return index(corpus, place, rebuild=rebuild, wait=wait, keep=keep)

            builds.build(server.index(), in_folder, cache=folder / "cache")
            remote = time.perf_counter() - began - local
            first = _asked(Engine.open(folder / "index", SETTINGS), questions)
            other = _asked(Engine.open(server.index(), SETTINGS), questions)
        finally:
            server.stop()
    differing = sum(a != b for a, b in zip(first.answers, other.answers, strict=True))
    for place, outcome, seconds, differ in (("folder", first, local, ""), ("Milvus", other, remote, f"{differing}")):
        p50, p95 = np.percentile(outcome.seconds, [50, 95]) * 1000
        yield (
            name,
            place,
            str(len(questions)),
            f"{outcome.right:.3f}",
            differ,
            f"{p50:.0f}",
            f"{p95:.0f}",
            f"{seconds:.0f}",
        )


def _asked(engine: Engine, questions: list[Gold]) -> Outcome:
    for question, _, _ in questions[:WARMING]:
        engine.ask(question)
    answers, seconds, right = list[Answer](), list[float](), 0
    for question, article, gold in questions:
        began = time.perf_counter()
        answer = engine.ask(question)
        seconds.append(time.perf_counter() - began)
        answers.append(replace(answer, elapsed_ms=0.0))
        cited = answer.quotes[0].citation if answer.quotes else None
        right += cited is not None and cited.article == article and _answers(cited.start, cited.end, gold)
    return Outcome(answers, right / len(questions), seconds)


def _answers(start: int, end: int, gold: Sequence[tuple[int, int]]) -> bool:
    """Return whether a quote covers an answer, or lies within it, as where that is a whole paragraph."""
    return any(covers(first, last, [(start, end)]) or covers(start, end, [(first, last)]) for first, last in gold)
