"""Compare IVF with exact search above 50,000 passages: recall, build time and search time.

No corpus of that size is available, so the vectors are means of random runs of real token vectors, pooled as those of
passages are, over the seeds' text and, if it is available, SQuAD part A's. Many of them are near-duplicates.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from retrieval import Engine
from retrieval.encoding.encoder import Floats, unit
from retrieval.encoding.models import default_cache
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.index.vectors import EXACT_UP_TO, Vectors
from tests.benchmarks.common import SEEDS, SQUAD, index, median, squad, table, temporary
from tests.stored import stored_vectors

COUNT, QUERIES = EXACT_UP_TO + 10_000, 200
SHORTEST, LONGEST = 20, 120  # tokens of a run


def main() -> None:
    """Print the table."""
    with temporary() as folder:
        texts = _passages(SEEDS, folder / "seeds")
        if SQUAD.exists():
            (folder / "squad").mkdir()
            squad(folder / "squad")
            texts += _passages(folder / "squad", folder / "index")
    vectors = _runs(texts)
    questions = vectors[:: COUNT // QUERIES][:QUERIES]
    rows = []
    for limit in (COUNT, EXACT_UP_TO):
        began = time.perf_counter()
        built, kind = stored_vectors(vectors, exact_up_to=limit)
        seconds = time.perf_counter() - began
        recalled = "1" if kind.recall is None else f"{kind.recall:.3f}"
        rows.append((kind.name, f"{seconds:.1f} s", f"{1000 * _search(built, questions):.2f} ms", recalled))
    table(f"{COUNT:,} passage vectors", ("FAISS index", "built in", "a search, p50", "recall@10"), rows)


def _passages(corpus: Path, folder: Path) -> list[str]:
    index(corpus, folder)
    generation = Engine.open(folder).generation
    return [generation.article(row).text[start:end] for row, start, end in generation.passages.tolist()]


def _runs(texts: list[str]) -> Floats:
    encoder = passage_encoder(EncoderSettings(), default_cache()).load()
    encoded = [tokens.vectors for tokens in encoder.passages(("", text) for text in texts)]
    long_enough = [vectors for vectors in encoded if len(vectors) > SHORTEST]
    drawn = np.random.default_rng(0)
    runs = np.empty((COUNT, encoder.spec.dimension), dtype=np.float32)
    for row in range(COUNT):
        vectors = long_enough[drawn.integers(len(long_enough))]
        length = int(drawn.integers(SHORTEST, min(LONGEST, len(vectors)) + 1))
        start = int(drawn.integers(len(vectors) - length + 1))
        runs[row] = vectors[start : start + length].mean(axis=0)
    return unit(runs)


def _search(vectors: Vectors, questions: Floats) -> float:
    times = []
    for question in questions:
        began = time.perf_counter()
        vectors.search(question, 100)
        times.append(time.perf_counter() - began)
    return median(times)
