"""Ask the same planted questions over 10,000, 100,000 and 1,000,000 passages: time, memory, space, and what is found.

The passages are real ones (see `scale_corpus`), then drawn ones (see `drawing`). The questions are those of SQuAD
part A: its passages are planted, and nothing is drawn from them. The index of the real ones is kept in the cache
folder. Name other sizes with `python -m tests.benchmarks.scale --passages 10000 50000`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import Engine
from retrieval.encoding.models import default_cache
from retrieval.index.generation import Generation
from retrieval.index.vectors import recall
from retrieval.records import Answer
from retrieval.settings import AnswerSettings
from retrieval.stages import End, Stage, measured_by
from tests.benchmarks.common import SEEDS, SQUAD, SquadQuestion, available, index, mean, status_of, table, temporary
from tests.benchmarks.scale_corpus import write_corpus
from tests.benchmarks.scale_peers import PEERS
from tests.benchmarks.synthetic import write_index

SIZES = (10_000, 100_000, 1_000_000)
QUESTIONS, WARM = 300, 30
CHARACTERS = 25_000_000  # of training passages: about twenty minutes on two cores
COLD = 3  # starts of a process
QUESTION = "When did Albania join NATO?"  # of the seeds


def main(sizes: Sequence[int] = SIZES) -> None:
    """Print the tables."""
    if not available(SQUAD, "scale"):
        return
    kept = default_cache() / "benchmarks" / "scale"
    with temporary() as folder:
        questions = write_corpus(folder / "corpus", CHARACTERS)
        index(folder / "corpus", kept)
        real = Generation.current(kept)
        answered = [question for question in questions if question.gold]
        planted = answered[:: max(1, len(answered) // QUESTIONS)]
        (folder / "questions.json").write_text(json.dumps([[each.text, each.article, each.gold] for each in planted]))
        donors = [row for row in range(len(real.passages)) if not _is_planted(real, row)]
        asked, held = [], []
        for size in sizes:
            began = time.perf_counter()
            peak = write_index(kept, size, donors, folder / "index")
            made = time.perf_counter() - began
            figures, generation = _measured(folder), Generation.current(folder / "index")
            asked.append((f"{size:,}", generation.manifest.vectors, *_cells_of_questions(figures)))
            made_with = f"{peak >> 10:,} MB", f"{made / 60:.0f} min"
            held.append((f"{size:,}", *_cells_of_memory(folder / "index", figures, generation), *made_with))
            if size == min(sizes):
                _compare(folder, planted)
            shutil.rmtree(folder / "index")
        index(SEEDS, folder / "seeds")
        seeds = [_cold_start(folder / "seeds") for _ in range(COLD)]
    table(
        f"{len(planted)} planted questions over {len(real.passages):,} real passages and drawn ones",
        ("passages", "vectors", "p50", "p95", "with encoding", "found first", "with the reader", "recall@10", "@100"),
        asked,
        "p50 and p95: a question without encoding it and without a reader, while the system has the files in memory",
    )
    table(
        "What the same indexes take",
        ("passages", "bytes each", "opened in", "cold start", "memory of a question", "of writing", "made in"),
        held,
        f"a cold start over the seeds alone takes {min(seeds):.2f} s; memory of writing counts pages of the files, too",
    )


def _is_planted(real: Generation, row: int) -> bool:
    return real.article(real.passage(row).article).id.startswith("squad/")


def _measured(folder: Path) -> dict[str, float]:
    """Return what asking in a process of its own takes, after the files were read once."""
    for file in (folder / "index").rglob("*"):
        if file.is_file():
            with file.open("rb") as stream, Path(os.devnull).open("wb") as nothing:
                shutil.copyfileobj(stream, nothing, 2**20)
    arguments = (sys.executable, "-m", "tests.benchmarks.scale", "--measure", str(folder))
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as `quoth` sets it
    done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _cells_of_questions(figures: Mapping[str, float]) -> tuple[str, ...]:
    times = (f"{figures[name]:.1f} ms" for name in ("p50", "p95", "whole"))
    return *times, *(f"{figures[name]:.3f}" for name in ("first", "read", "recall@10", "recall@100"))


def _cells_of_memory(index: Path, figures: Mapping[str, float], generation: Generation) -> tuple[str, ...]:
    size = sum(file.stat().st_size for file in generation.folder.rglob("*") if file.is_file())
    cold = min(_cold_start(index) for _ in range(COLD))
    return (
        f"{size / len(generation.passages):,.0f}",
        f"{figures['open']:.3f} s",
        f"{cold:.2f} s",
        f"{figures['anonymous']:.0f} MB",
    )


def measure(folder: Path) -> None:
    """Ask the questions, and print the figures as JSON."""
    began = time.perf_counter()
    Generation.current(folder / "index")
    opened = time.perf_counter() - began
    engine = Engine.open(folder / "index", AnswerSettings(reader=None))
    questions = json.loads((folder / "questions.json").read_text())
    for text, _, _ in questions[:WARM]:
        engine.ask(text)
    above, whole, first = list[float](), list[float](), list[bool]()
    for text, article, gold in questions:
        encoding = list[float]()
        began = time.perf_counter()
        with measured_by(_timing("encode", encoding)):
            answer = engine.ask(text, show_weak=True)
        whole.append(time.perf_counter() - began)
        above.append(whole[-1] - sum(encoding))
        first.append(_is_found(answer, article, gold))
    vectors = engine.generation.vectors
    figures = {
        "p50": 1000 * float(np.percentile(above, 50)),
        "p95": 1000 * float(np.percentile(above, 95)),
        "whole": 1000 * float(np.percentile(whole, 50)),
        "first": mean(first),
        "open": opened,
        "anonymous": status_of("RssAnon") / 1024,
        **{f"recall@{at}": recall(vectors, at) for at in (10, 100)},
    }
    reading = Engine.open(folder / "index")
    read = [_is_found(reading.ask(text, show_weak=True), article, gold) for text, article, gold in questions]
    figures["read"] = mean(read)
    print(json.dumps(figures))


def _timing(timed: Stage, into: list[float]) -> Any:
    def begin(stage: Stage) -> End:
        began = time.perf_counter()
        return lambda: into.append(time.perf_counter() - began) if stage == timed else None

    return begin


def _is_found(answer: Answer, article: str, gold: Sequence[Sequence[int]]) -> bool:
    """Return whether the first quote is one that was planted."""
    if not answer.quotes:
        return False
    cited = answer.quotes[0].citation
    is_there = any(cited.start < end and start < cited.end for start, end in gold)
    return is_there and cited.article == f"squad/{article}"


def _cold_start(folder: Path) -> float:
    """Return how long a process takes to print an answer while none of the index is in memory."""
    for file in folder.rglob("*"):
        if file.is_file():
            with _opened(file) as descriptor:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    began = time.perf_counter()
    arguments = (sys.executable, "-m", "bot", "ask", QUESTION, "--index", str(folder))
    subprocess.run(arguments, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _compare(folder: Path, planted: Sequence[SquadQuestion]) -> None:
    """Print how long peers search the same passages, by their texts or by their vectors."""
    engine = Engine.open(folder / "index", AnswerSettings(reader=None))
    generation = engine.generation
    texts = [generation.text(generation.passage(row)) for row in range(len(generation.passages))]
    vectors = generation.vectors.rows(np.arange(len(texts)))
    questions = [each.text for each in planted[:100]]
    asked = [engine.prepare(question).tokens.pooled for question in questions]
    rows = []
    for name, peer in PEERS.items():
        try:
            began = time.perf_counter()
            with temporary() as scratch:
                search = peer(texts, vectors, scratch)
                built = time.perf_counter() - began
                times = [_timed(search, *pair) for pair in zip(questions, asked, strict=True)]
        except ImportError as error:
            print(f"scale: {name} is skipped: {error}", file=sys.stderr)
            continue
        p50, p95 = np.percentile(times, [50, 95])
        rows.append((name, f"{built:.1f} s", f"{1000 * p50:.1f} ms", f"{1000 * p95:.1f} ms"))
    table(f"Peers over {len(texts):,} passages: the search alone", ("peer", "built in", "p50", "p95"), rows)


def _timed(search: Any, text: str, vector: Any) -> float:
    began = time.perf_counter()
    search(text, vector)
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, nargs="+", default=SIZES, metavar="N", help="how many, of each index")
    parser.add_argument("--measure", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
    else:
        main(options.passages)
