"""Ranked passages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval.answering.retriever import rank
from tests.toy import ANSWERS, build_toy, open_toy, word_vector


def test_scores_are_the_weighted_sum_of_both_searches(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    question = engine.prepare("Who winds the clocks of the museum?")
    candidates = rank(engine.generation, question, ANSWERS, 12)
    bm25 = engine.generation.passage_terms.scores(question.terms)
    assert sorted(candidate.row for candidate in candidates) == list(range(12))
    for candidate in candidates:
        dense = float(engine.generation.vectors.rows(np.array([candidate.row]))[0] @ question.tokens.pooled)
        assert candidate.dense == pytest.approx(dense, abs=1e-6)
        assert candidate.terms == bm25[candidate.row]
        assert candidate.score == pytest.approx(dense + ANSWERS.passage_terms * bm25[candidate.row], abs=1e-6)
    assert [(-candidate.score, candidate.row) for candidate in candidates] == sorted(
        (-candidate.score, candidate.row) for candidate in candidates
    )
    article = int(engine.generation.passages[candidates[0].row, 0])
    assert engine.generation.article(article).id == "clock-museum"
    assert rank(engine.generation, question, ANSWERS, 4) == candidates[:4]


def test_either_search_alone_brings_a_passage_into_the_pool(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    small = replace(ANSWERS, pool=1)
    question = engine.prepare("Who winds the clocks of the museum?")
    far = replace(question, tokens=replace(question.tokens, pooled=word_vector("loan")))
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
        candidates = rank(engine.generation, engine.prepare("Where did the heron stand?"), engine.settings, 10)
        assert len({candidate.score for candidate in candidates}) == 1
        assert [candidate.row for candidate in candidates] == sorted(candidate.row for candidate in candidates)
        assert candidates[0].row == 0
        answer = engine.ask("Where did the heron stand?")
        assert [quote.citation.article for quote in answer.quotes] == ["00"], "one quote, for all print the same"
        assert [near.article for near in answer.nearest] == ["00", "01", "02"]


def test_a_question_of_unknown_words_alone_is_ranked_by_its_vector(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    candidates = rank(engine.generation, engine.prepare("Zzyzx qwrtz?"), ANSWERS, 3)
    assert len(candidates) == 3
    assert [candidate.terms for candidate in candidates] == [0.0] * 3
