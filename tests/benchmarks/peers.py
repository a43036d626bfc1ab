"""The peers that quoth is compared with: sentence rankers over the same sentences, with the same model.

Each peer takes the sentences and returns a function from a question to the rows of its ten best sentences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from retrieval.analysis import terms
from retrieval.encoding.models import default_cache
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.index.bits import pack, similarities
from retrieval.index.bm25 import BM25
from tests.benchmarks.common import model_path

Ranker = Callable[[str], list[int]]
TOP = 10


def dense(sentences: Sequence[str]) -> Ranker:
    """Rank by cosine of sentence-transformers' all-MiniLM-L6-v2 vectors."""
    model = _model()
    vectors = model.encode(list(sentences), normalize_embeddings=True, show_progress_bar=False)

    def ranked(question: str) -> list[int]:
        scores = vectors @ model.encode(question, normalize_embeddings=True, show_progress_bar=False)
        return [int(row) for row in np.argsort(-scores, kind="stable")[:TOP]]

    return ranked


def bm25(sentences: Sequence[str]) -> Ranker:
    """Rank by bm25s with its own tokenizer, English stop words and stemmer."""
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    index = bm25s.BM25()
    tokens = bm25s.tokenize(list(sentences), stopwords="en", stemmer=stemmer, show_progress=False)
    index.index(tokens, show_progress=False)

    def ranked(question: str) -> list[int]:
        question_tokens = bm25s.tokenize(question, stopwords="en", stemmer=stemmer, show_progress=False)
        rows, _ = index.retrieve(question_tokens, k=TOP, show_progress=False)
        return [int(row) for row in rows[0]]

    return ranked


def txtai_hybrid(sentences: Sequence[str]) -> Ranker:
    """Rank by txtai's hybrid of dense and BM25 scores, set up as in its documentation."""
    from txtai import Embeddings

    embeddings = Embeddings(path=model_path(), hybrid=True, content=False)
    embeddings.index([(row, sentence, None) for row, sentence in enumerate(sentences)])
    return lambda question: [int(row) for row, _ in embeddings.search(question, TOP)]


def plain_reference(passages: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> Ranker:
    """Rank by the design page's method in a few lines, without quoth's additions.

    fp32 vectors, paragraphs as passages, no titles, the corpus' own centre, candidates by dense + 0.06 x BM25, and for
    each sentence (spans of its passage) the mean MaxSim plus 0.01 x (its BM25 + its passage's).
    """
    encoder = passage_encoder(EncoderSettings(engine="onnx", precision="fp32"), default_cache()).load()
    encoded = list(encoder.passages(("", passage) for passage in passages))
    centre = np.concatenate([tokens.vectors for tokens in encoded]).mean(axis=0)
    bits = [pack(tokens.vectors, centre) for tokens in encoded]
    vectors = np.stack([tokens.pooled for tokens in encoded])
    owner = [row for row, own in enumerate(spans) for _ in own]
    texts = [passages[row][start:end] for row, own in enumerate(spans) for start, end in own]
    first = np.searchsorted(owner, np.arange(len(passages) + 1))
    passage_terms, sentence_terms = BM25.of(map(terms, passages)), BM25.of(map(terms, texts))

    def ranked(question: str) -> list[int]:
        question_tokens = encoder.question(question)
        by_passage, by_sentence = passage_terms.scores(terms(question)), sentence_terms.scores(terms(question))
        scored = []
        for passage in np.argsort(-(vectors @ question_tokens.pooled + 0.06 * by_passage), kind="stable")[:TOP]:
            cosines = similarities(bits[passage], question_tokens.vectors, centre)
            starts = encoded[passage].offsets[:, 0]
            for number, (start, end) in enumerate(spans[passage]):
                own = cosines[np.searchsorted(starts, start) : np.searchsorted(starts, end)]
                row = int(first[passage]) + number
                best = float(own.max(axis=0).mean()) if len(own) else 0.0
                scored.append((-(best + 0.01 * float(by_sentence[row] + by_passage[passage])), row))
        return [row for _, row in sorted(scored)[:TOP]]

    return ranked


def paragraphs_of(text: str) -> list[tuple[int, int]]:
    """Return the spans of a text's paragraphs, which blank lines separate."""
    return [match.span() for match in re.finditer(r"[^\n]+(?:\n[^\n]+)*", text)]


def _model() -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(model_path(), device="cpu")
