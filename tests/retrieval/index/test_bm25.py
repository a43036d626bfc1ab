"""BM25 scores."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.files import NewFiles
from retrieval.index.bm25 import BM25, highest
from retrieval.index.postings import PostingsWriter
from retrieval.index.sentence_terms import SentenceTermsWriter
from retrieval.index.store import Array
from tests.stored import stored_sentence_terms
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


def by_bm25s(documents: list[list[str]], question: list[str]) -> list[float]:
    """The scores that bm25s gives."""
    import bm25s

    vocabulary: dict[str, int] = {}
    ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in document] for document in documents]
    if not vocabulary:
        return [0.0] * len(documents)
    model = bm25s.BM25(method="lucene", k1=K1, b=B)
    model.index((ids, dict(vocabulary)), show_progress=False, leave_progress=False)
    begin, rows, scores = (model.scores[name] for name in ("indptr", "indices", "data"))
    summed = np.zeros(len(documents), dtype=np.float32)
    for term in question:
        if term in vocabulary:
            own = slice(begin[vocabulary[term]], begin[vocabulary[term] + 1])
            summed[rows[own]] += scores[own]
    return [float(score) for score in summed]


@settings(max_examples=60, deadline=None)
@given(documents=st.lists(some_terms, min_size=1, max_size=8), question=some_terms)
def test_scores_are_to_the_last_digit_those_of_bm25s(documents: list[list[str]], question: list[str]) -> None:
    expected = by_bm25s(documents, question)
    assert BM25.of(documents).scores(question).tolist() == expected
    sentences = stored_sentence_terms(documents)
    assert sentences.scores_of(range(len(documents)), question).tolist() == expected
    for row in range(len(documents)):
        assert sentences.scores_of(range(row, row + 1), question).tolist() == expected[row : row + 1]
    assert [sentences.idf(term) for term in "abcdefgh"] == [BM25.of(documents).idf(term) for term in "abcdefgh"]


@pytest.mark.parametrize(
    "documents",
    [[["a", "b"], [], ["b", "b"]], [[]], [[], []], [["a"]], [["a"], ["b"]], [["ж", "日"], ["a\u0301"]]],
    ids=["some", "empty", "all-empty", "one", "two", "letters"],
)
def test_terms_are_there_whatever_their_letters(documents: list[list[str]]) -> None:
    index, sentences = BM25.of(documents), stored_sentence_terms(documents)
    assert len(index) == len(sentences) == len(documents)
    for term in {*chain(*documents), "unknown", ""}:
        is_there = any(term in document for document in documents)
        assert (term in index) == (term in sentences) == is_there
        assert index.scores([term]).any() == is_there


def many_documents(drawn: np.random.Generator, count: int) -> list[list[str]]:
    """Documents of terms of which some are frequent and most are rare."""
    words = np.minimum(drawn.zipf(1.3, size=(count, 12)), 500)
    return [[f"w{word}" for word in document] for document in words.tolist()]


@pytest.mark.parametrize("memory", [1, 50_000, 2**28])
def test_memory_changes_nothing_that_is_written(memory: int, tmp_path: Path) -> None:
    documents, digests = many_documents(np.random.default_rng(3), 700), []
    for number, bytes_ in enumerate((memory, 2**28)):
        files = NewFiles(tmp_path / str(number))
        files.folder.mkdir()
        for writer in (PostingsWriter(files, "of-terms", bytes_), SentenceTermsWriter(files, "of-sentences", bytes_)):
            with writer:
                for document in documents[:40] if memory == 1 else documents:
                    writer.add(document)
                writer.finish()
        digests.append(files.whole)
        assert {path.name for path in files.folder.iterdir()} == {"of-terms", "of-sentences"}, "no run is left"
    assert digests[0] == digests[1]


@pytest.mark.parametrize("count", [1, 7, 100])
@pytest.mark.parametrize("window", [2**9, 2**17])
def test_the_best_are_those_of_scoring_all(count: int, window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.index.bm25.WINDOW", window)
    drawn = np.random.default_rng(count)
    index = BM25.of(many_documents(drawn, 3000))
    for number in range(60):
        question = [f"w{word}" for word in np.minimum(drawn.zipf(1.2, size=drawn.integers(1, 9)), 520).tolist()]
        among = drawn.random(3000) < drawn.choice([0.0, 0.02, 0.5]) if number % 2 else None
        scores = index.scores(question) * (True if among is None else among)
        rows = np.lexsort((np.arange(3000), -scores))[:count]
        expected = {int(row) for row in rows if scores[row] > 0}
        assert set(index.best(question, count, among).tolist()) == expected
        some = drawn.integers(0, 3000, 50)
        assert index.scores_of(some, question).tolist() == index.scores(question)[some].tolist()


def test_of_many_equal_documents_the_first_are_the_best() -> None:
    index = BM25.of([["a", "b"], *[["b"]] * 5000, ["a", "b"]])
    assert sorted(index.best(["a", "b"], 5).tolist()) == [0, 1, 2, 3, 5001]
    assert sorted(index.best(["b"], 3).tolist()) == [1, 2, 3]
    assert index.best([], 3).tolist() == index.best(["c"], 3).tolist() == []


class CountedArray:
    """Counts the numbers that are read of an array."""

    def __init__(self, array: Array) -> None:
        self._array, self.read = array, 0

    def __getitem__(self, key: Any) -> Any:
        numbers = self._array[key]
        self.read += np.size(numbers)
        return numbers


def test_rare_terms_keep_postings_of_a_frequent_one_from_being_read() -> None:
    documents = [["often", *["other"] * (number % 40)] for number in range(20_000)]
    for number, document in enumerate(documents[:300]):
        document += ["rare", "rare", *["rarer"] * (number % 2)]
    index = BM25.of(documents)
    scores = CountedArray(index._scores)
    index._scores = cast(Array, scores)
    assert len(index.best(["rare", "rarer", "often"], 10)) == 10
    assert scores.read < 3000


@settings(max_examples=60, deadline=None)
@given(scores=st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.5]), max_size=20), count=st.integers(1, 8))
def test_the_highest_are_taken_with_ties_by_row(scores: list[float], count: int) -> None:
    expected = sorted((row for row, score in enumerate(scores) if score), key=lambda row: (-scores[row], row))[:count]
    assert sorted(highest(np.array(scores, dtype=np.float32), count).tolist()) == sorted(expected)


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
