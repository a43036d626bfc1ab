"""Above 100,000 passages: what HNSW finds of what exact search finds, and what it costs.

The vectors are real ones (the seeds' passages) spread by noise, since no corpus of that size is at hand.
"""

from __future__ import annotations

import time

import numpy as np

from retrieval.encoder import Floats, unit
from retrieval.vectors import EXACT_UP_TO, Vectors
from tests.benchmarks.common import SEEDS, engine, index, median, table, temporary

COUNT, NOISE, QUERIES = EXACT_UP_TO + 10_000, 0.05, 200


def main() -> None:
    """Print the table."""
    with temporary() as folder:
        index(SEEDS, folder / "seeds")
        generation = engine(folder / "seeds").generation
        real = generation.vectors.rows(np.arange(len(generation.passages)))
    drawn = np.random.default_rng(0)
    noise = drawn.normal(scale=NOISE, size=(COUNT, real.shape[1]))
    vectors = unit((real[drawn.integers(len(real), size=COUNT)] + noise).astype(np.float32))
    questions = vectors[:: COUNT // QUERIES][:QUERIES]
    rows = []
    for limit in (COUNT, EXACT_UP_TO):
        began = time.perf_counter()
        built, kind = Vectors.of(vectors, exact_up_to=limit)
        seconds = time.perf_counter() - began
        recall = "1" if kind.recall is None else f"{kind.recall:.3f}"
        rows.append((kind.name, f"{seconds:.1f} s", f"{1000 * _search(built, questions):.2f} ms", recall))
    table(f"{COUNT:,} passage vectors", ("FAISS index", "built in", "a search, p50", "recall@10"), rows)


def _search(vectors: Vectors, questions: Floats) -> float:
    times = []
    for question in questions:
        began = time.perf_counter()
        vectors.search(question, 100)
        times.append(time.perf_counter() - began)
    return median(times)
