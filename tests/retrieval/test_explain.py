"""The scores behind a quote are those that the answer was made with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.explain import explain
from retrieval.records import Turn
from tests.toy import ANSWERS, build_toy, open_toy, write_corpus

QUESTION = "Who winds the clocks of the museum?"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over the toy corpus."""
    folder = tmp_path_factory.mktemp("explain")
    build_toy(write_corpus(folder / "articles"), folder / "index")
    return open_toy(folder / "index")


@pytest.mark.parametrize("history", [(), (Turn("Where is the market?"), Turn("and who keeps 312 of them?"))])
def test_the_numbers_add_up_to_those_of_the_answer(engine: Engine, history: tuple[Turn, ...]) -> None:
    question = f"and {QUESTION}" if history else QUESTION
    answer = engine.ask(question, history)
    for quote in answer.quotes:
        why = explain(engine, question, history, quote)
        assert why.searched == answer.searched
        assert why.score == quote.score
        assert why.score == pytest.approx(
            why.maxsim + ANSWERS.sentence_terms * (why.sentence_bm25 + why.passage_bm25), abs=1e-6
        )
        assert why.passage_score == pytest.approx(why.cosine + ANSWERS.passage_terms * why.passage_bm25, abs=1e-6)
        assert 1 <= why.passage_rank <= why.passages <= ANSWERS.candidates
        assert why.confidence == pytest.approx(answer.confidence, abs=1e-4)
        weighted = [token.best * token.weight for token in why.tokens]
        assert sum(weighted) / len(weighted) >= why.maxsim - 1e-6
        if quote is answer.quotes[0]:
            assert sum(weighted) / len(weighted) == pytest.approx(why.features[0], abs=1e-6)


def test_each_token_names_the_word_it_matched(engine: Engine) -> None:
    quote = engine.ask(QUESTION).quotes[0]
    found = {token.asked: token.found for token in explain(engine, QUESTION, (), quote).tokens}
    assert {"winds": "winds", "clocks": "clocks", "museum": "museum"}.items() <= found.items()


def test_tokens_of_earlier_turns_weigh_half(engine: Engine) -> None:
    history = (Turn("Who keeps 312 clocks?"),)
    quote = engine.ask("and who winds them?", history).quotes[0]
    weights = [token.weight for token in explain(engine, "and who winds them?", history, quote).tokens]
    assert weights == pytest.approx([0.5 / 0.75] * 4 + [1 / 0.75] * 4)


def test_a_quote_that_is_not_chosen_now_is_told(engine: Engine) -> None:
    quote = engine.ask(QUESTION).quotes[0]
    gone = replace(quote, citation=replace(quote.citation, sha256="0" * 64))
    with pytest.raises(
        InputInvalid, match=r"^The quote is no longer chosen, since the corpus changed: ask the question"
    ):
        explain(engine, QUESTION, (), gone)


def test_a_passage_that_reads_otherwise_now_names_no_words(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    quote = engine.ask(QUESTION).quotes[0]
    passages = type(engine.encoder).passages
    monkeypatch.setattr(engine.encoder, "passages", lambda texts: passages(engine.encoder, [("", "too short")]))
    assert {token.found for token in explain(engine, QUESTION, (), quote).tokens} == {None}


def test_the_engine_is_as_before(engine: Engine, tmp_path: Path) -> None:
    before = engine.ask(QUESTION)
    explain(engine, QUESTION, (), before.quotes[0])
    assert replace(engine.ask(QUESTION), elapsed_ms=before.elapsed_ms) == before
