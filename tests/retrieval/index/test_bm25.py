"""BM25 scores."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.files import NewFiles
from retrieval.index.bm25 import BM25
from tests.toy import write_corpus

ROOT = Path(__file__).resolve().parents[3]
K1, B = 1.5, 0.75

some_terms = st.lists(st.sampled_from("abcdefg"), max_size=8)


def reference(documents: list[list[str]], question: list[str]) -> list[float]:
    """Lucene's BM25 (Kamphuis and others 2020, "Which BM25 do you mean?"), term by term."""
    mean = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for term in question:
            seen = sum(term in other for other in documents)
            often = Counter(document)[term]
            idf = math.log(1 + (len(documents) - seen + 0.5) / (seen + 0.5))
            if often:
                score += idf * often / (often + K1 * (1 - B + B * len(document) / mean))
        scores.append(score)
    return scores


@settings(max_examples=60, deadline=None)
@given(documents=st.lists(some_terms, min_size=1, max_size=8), question=some_terms)
def test_scores_are_those_of_the_plain_formula(documents: list[list[str]], question: list[str]) -> None:
    index = BM25.of(documents)
    assert len(index) == len(documents)
    assert index.scores(question).dtype == np.float32
    assert index.scores(question).tolist() == pytest.approx(reference(documents, question), rel=1e-4, abs=1e-6)
    assert index.scores([*question, "unknown"]).tolist() == index.scores(question).tolist()
    for term in "abcdefgh":
        frequency = sum(term in document for document in documents)
        assert (term in index) is (frequency > 0)
        assert index.idf(term) == pytest.approx(math.log(1 + (len(documents) - frequency + 0.5) / (frequency + 0.5)))


@pytest.mark.parametrize(
    "documents",
    [[["a", "b"], [], ["b", "b"]], [[]], [[], []], [["a"]], [["a"], ["b"]], [["ж", "日"], ["a\u0301"]]],
    ids=["some", "empty", "all-empty", "one", "two", "letters"],
)
def test_what_was_saved_is_loaded(documents: list[list[str]], tmp_path: Path) -> None:
    built = BM25.of(documents)
    built.save(NewFiles(tmp_path), "terms")
    loaded = BM25.load(tmp_path / "terms")
    assert len(loaded) == len(documents)
    for term in {*chain(*documents), "unknown", ""}:
        assert loaded.scores([term]).tolist() == built.scores([term]).tolist()
        assert (term in loaded) == (term in built) == any(term in document for document in documents)
        assert loaded.idf(term) == built.idf(term)


def test_an_index_does_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    code = (
        "import sys; from pathlib import Path; from tests.toy import build_toy;"
        "print(build_toy(Path(sys.argv[1]), Path(sys.argv[2])).manifest.fingerprint)"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(corpus), str(tmp_path / seed)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate(timeout=60)[0].strip() for process in running)
    assert first == second
    assert len(first) == 12
