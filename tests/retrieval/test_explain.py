"""The scores behind a quote are those that the answer was made with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval.answering.confidence import FEATURES
from retrieval.answering.question import CONTEXT_WEIGHT
from retrieval.answering.ranking_models import Linear, RankingModels
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.explain import explain
from retrieval.records import Turn
from tests.toy import ANSWERS, build_toy, open_toy, write_corpus

QUESTION = "Who winds them every Sunday?"


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
        assert why.belief == quote.score
        assert why.first_score == pytest.approx(
            why.maxsim + ANSWERS.sentence_terms * (why.sentence_bm25 + why.passage_bm25), abs=1e-6
        )
        assert why.passage_score == pytest.approx(why.cosine + ANSWERS.passage_terms * why.passage_bm25, abs=1e-6)
        assert 1 <= why.passage_rank <= why.passages <= ANSWERS.candidates
        assert why.confidence == pytest.approx(answer.confidence, abs=1e-4)
        weighted = [token.best * token.weight for token in why.tokens]
        assert sum(weighted) / len(weighted) >= why.maxsim - 1e-6
        if quote is answer.quotes[0]:
            assert sum(weighted) / len(weighted) == pytest.approx(why.features[0], abs=1e-6)


def test_what_told_the_belief_adds_up_to_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logits above their mean: exp of their sum is the belief, but for a factor that all sentences share."""
    weights = {"maxsim": 20.0, "before": -2.0, "first": 0.5}
    monkeypatch.setattr(engine, "ranking_models", RankingModels(Linear(3.0, weights), Linear(0.0, {}), Linear(0.0, {})))
    monkeypatch.setattr(engine, "settings", replace(ANSWERS, word_cost=1.0, least=0.0, top=9))
    whys = [explain(engine, QUESTION, (), quote) for quote in engine.ask(QUESTION).quotes]
    assert {why.weighed for why in whys} == {ANSWERS.weighed}
    for why in whys:
        sizes = [abs(raised) for _, raised in why.evidence]
        assert {name for name, _ in why.evidence} == set(weights)
        assert sizes == sorted(sizes, reverse=True)
    factors = [why.belief / np.exp(sum(raised for _, raised in why.evidence)) for why in whys]
    assert factors == pytest.approx([factors[0]] * 9)


def test_a_sentence_that_is_not_weighed_has_no_evidence(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    none = Linear(0.0, {})
    monkeypatch.setattr(engine, "ranking_models", RankingModels(Linear(0.0, {"maxsim": 1.0}), none, none))
    monkeypatch.setattr(engine, "settings", replace(ANSWERS, weighed=1, word_cost=1.0, least=0.0))
    first, second, *_ = (explain(engine, QUESTION, (), quote) for quote in engine.ask(QUESTION).quotes)
    assert (first.belief, first.evidence, first.weighed) == (1.0, (("maxsim", 0.0),), 1)
    assert (second.belief, second.evidence, second.weighed) == (0.0, (), 1)
    assert explain(engine, QUESTION, (), engine.ask(QUESTION).quotes[1]).features == first.features


def test_without_fitted_models_there_is_no_evidence(engine: Engine) -> None:
    why = explain(engine, QUESTION, (), engine.ask(QUESTION).quotes[0])
    assert (why.evidence, why.features[2:], why.reranked) == ((), (0.0,) * (len(FEATURES) - 2), None)


def test_each_token_names_the_word_it_matched(engine: Engine) -> None:
    quote = engine.ask(QUESTION).quotes[0]
    word_of_piece = {token.asked: token.found for token in explain(engine, QUESTION, (), quote).tokens}
    assert {"winds": "winds", "them": "them", "every": "every", "Sunday": "Sunday"}.items() <= word_of_piece.items()


def test_words_of_what_a_quote_stands_under_count_as_such(tmp_path: Path) -> None:
    corpus = tmp_path / "articles"
    corpus.mkdir()
    (corpus / "rules.md").write_text("# Rules\n\n## Penalties\n\n| Offence | Points |\n|---|---|\n| Insults | 5 |\n")
    build_toy(corpus, tmp_path / "index")
    engine = open_toy(tmp_path / "index", replace(ANSWERS, least=0.0))
    question = "how many points for insults"
    matches = explain(engine, question, (), engine.ask(question, show_weak=True).quotes[0]).words
    by_word = {match.word: (match.match, match.is_same, match.is_above) for match in matches}
    assert by_word["insults"] == ("Insults", True, False)
    assert by_word["points"] == ("Points", True, True)


def test_tokens_of_earlier_turns_weigh_less(engine: Engine) -> None:
    history = (Turn("Who keeps 312 clocks?"),)
    quote = engine.ask("and who winds them?", history).quotes[0]
    weights = [token.weight for token in explain(engine, "and who winds them?", history, quote).tokens]
    mean = (CONTEXT_WEIGHT + 1) / 2
    assert weights == pytest.approx([CONTEXT_WEIGHT / mean] * 4 + [1 / mean] * 4)
    assert weights[0] < weights[-1]


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


def test_a_quote_is_explained_by_the_question_of_the_message_that_found_it(engine: Engine) -> None:
    toll = "who is exempt from the toll of the bridge?"
    answer = engine.ask(f"{QUESTION} {toll}")
    assert [explain(engine, answer.question, (), quote).searched for quote in answer.quotes[:2]] == [QUESTION, toll]
