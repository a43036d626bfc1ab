"""Ranked passages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.answering.retriever import _highest, rank
from tests.toy import ANSWERS, build_toy, open_toy, word_vector


def test_scores_are_the_weighted_sum_of_both_searches(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    asked = engine.prepare("Who winds the clocks of the museum?")
    found = rank(engine.generation, asked, ANSWERS, 12)
    bm25 = engine.generation.passage_terms.scores(asked.terms)
    assert sorted(one.row for one in found) == list(range(12))
    for one in found:
        dense = float(engine.generation.vectors.rows(np.array([one.row]))[0] @ asked.tokens.pooled)
        assert one.dense == pytest.approx(dense, abs=1e-6)
        assert one.terms == bm25[one.row]
        assert one.score == pytest.approx(dense + ANSWERS.passage_terms * bm25[one.row], abs=1e-6)
    assert [(-one.score, one.row) for one in found] == sorted((-one.score, one.row) for one in found)
    article = int(engine.generation.passages[found[0].row, 0])
    assert engine.generation.article(article).id == "clock-museum"
    assert rank(engine.generation, asked, ANSWERS, 4) == found[:4]


def test_either_search_alone_brings_a_passage_into_the_pool(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    small = replace(ANSWERS, pool=1)
    asked = engine.prepare("Who winds the clocks of the museum?")
    far = replace(asked, tokens=replace(asked.tokens, pooled=word_vector("loan")))
    by_terms, by_vector = (
        engine.generation.article(
            int(engine.generation.passages[rank(engine.generation, far, changed, 1)[0].row, 0])
        ).id
        for changed in (replace(small, passage_terms=9.0), replace(small, passage_terms=0.0))
    )
    assert (by_terms, by_vector) == ("clock-museum", "bridge")


def test_equal_passages_are_in_order_of_article_and_start(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(30):
        text = "---\ntitle: The heron\n---\n\nA heron stood in the mill pond all day long.\n"
        (corpus / f"{number:02}.md").write_text(text, "utf-8")
    build_toy(corpus, tmp_path / "index")
    for pool in (5, 100):
        engine = open_toy(tmp_path / "index", replace(ANSWERS, pool=pool))
        found = rank(engine.generation, engine.prepare("Where did the heron stand?"), engine.settings, 10)
        assert len({one.score for one in found}) == 1
        assert [one.row for one in found] == sorted(one.row for one in found)
        assert found[0].row == 0
        answer = engine.ask("Where did the heron stand?")
        assert [quote.citation.article for quote in answer.quotes] == ["00"], "one quote, for all print the same"
        assert [near.article for near in answer.nearest] == ["00", "01", "02"]


def test_a_question_of_unknown_words_alone_is_ranked_by_its_vector(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    found = rank(engine.generation, engine.prepare("Zzyzx qwrtz?"), ANSWERS, 3)
    assert len(found) == 3
    assert [one.terms for one in found] == [0.0] * 3


@settings(max_examples=60, deadline=None)
@given(scores=st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.5]), max_size=20), count=st.integers(1, 8))
def test_the_highest_are_taken_with_ties_by_row(scores: list[float], count: int) -> None:
    wanted = sorted((row for row, score in enumerate(scores) if score), key=lambda row: (-scores[row], row))[:count]
    assert sorted(_highest(np.array(scores, dtype=np.float32), count).tolist()) == sorted(wanted)
