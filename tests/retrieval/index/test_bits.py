"""1-bit token vectors and late interaction over them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.encoding.encoder import unit
from retrieval.index.bits import best_matches, pack, similarities


@settings(max_examples=40, deadline=None)
@given(
    tokens=st.integers(1, 12),
    queries=st.integers(1, 5),
    eighths=st.integers(1, 6),
    seed=st.integers(0, 2**32 - 1),
)
def test_packed_maxsim_is_the_float_formula(tokens: int, queries: int, eighths: int, seed: int) -> None:
    drawn = np.random.default_rng(seed)
    vectors, question = (drawn.normal(size=(n, 8 * eighths)).astype(np.float32) for n in (tokens, queries))
    centre = drawn.normal(size=8 * eighths).astype(np.float32)

    signs = np.where(vectors > centre, 1.0, -1.0)
    towards = (question - centre) / np.linalg.norm(question - centre, axis=1, keepdims=True)
    cosines = signs @ towards.T / np.sqrt(8 * eighths)
    assert similarities(pack(vectors, centre), question, centre) == pytest.approx(cosines, abs=2e-5)

    first, last = np.array([0, tokens // 2]), np.array([tokens // 2 + 1, tokens])
    best = [cosines[a:b].max(axis=0) if b > a else 0.0 * cosines[0] for a, b in zip(first, last, strict=True)]
    assert best_matches(cosines.astype(np.float32), first, last) == pytest.approx(np.array(best), abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(tokens=st.integers(1, 200), queries=st.integers(1, 20), seed=st.integers(0, 2**32 - 1))
def test_a_token_scores_the_same_beside_whatever_it_stands(tokens: int, queries: int, seed: int) -> None:
    drawn = np.random.default_rng(seed)
    question = drawn.normal(size=(queries, 384)).astype(np.float32)
    centre = drawn.normal(size=384).astype(np.float32)
    bits = drawn.integers(0, 256, size=(tokens, 48), dtype=np.uint8)
    together = similarities(bits, question, centre)
    order = drawn.permutation(tokens)
    assert np.array_equal(similarities(bits[order], question, centre), together[order])
    assert np.array_equal(similarities(bits[:1], question[:1], centre), together[:1, :1])
    assert np.array_equal(similarities(np.repeat(bits, 3, axis=0), question, centre), np.repeat(together, 3, axis=0))


def test_a_token_keeps_a_bit_for_each_component() -> None:
    vectors = np.array([[1, -1, 1, -1, -1, -1, -1, 2], [0.5] * 8], dtype=np.float32)
    assert pack(vectors, np.full(8, 0.5, dtype=np.float32)).tolist() == [[0b10100001], [0]]


def test_a_sentence_without_tokens_scores_nothing() -> None:
    cosines = np.full((2, 3), -0.5, dtype=np.float32)
    best = best_matches(cosines, np.array([0, 2]), np.array([2, 2]))
    assert best.tolist() == [[-0.5] * 3, [0.0] * 3]


def test_a_question_at_the_centre_is_as_near_to_everything() -> None:
    centre = np.ones(8, dtype=np.float32)
    cosines = similarities(pack(np.zeros((2, 8), dtype=np.float32), centre), centre[np.newaxis], centre)
    assert cosines.tolist() == [[0.0], [0.0]]
    assert unit(np.zeros((1, 8), dtype=np.float32)).tolist() == [[0.0] * 8]
