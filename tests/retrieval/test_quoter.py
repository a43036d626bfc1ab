"""From ranked passages to quotes."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.engine import Engine
from retrieval.quoter import score_sentences
from retrieval.records import Quote
from retrieval.retriever import rank
from retrieval.terms import words
from tests.toy import ANSWERS, ARTICLES, SHARED_LINE, build_toy, open_toy

WORDS = sorted({word for text in ARTICLES.values() for word in words(text.partition("---\n\n")[2] or text)})


def asked(folder: Path, texts: dict[str, str], question: str, **changes: float) -> tuple[Quote, ...]:
    """The quotes for a question to a corpus of these texts; spread lets all through that score above half."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, text in texts.items():
        (corpus / name).write_text(text + "\n", "utf-8")
    build_toy(corpus, folder / "index")
    return open_toy(folder / "index", replace(ANSWERS, **changes)).ask(question).quotes  # type: ignore[arg-type]


def told(quotes: tuple[Quote, ...]) -> list[tuple[str, list[str]]]:
    """Text and article of each quote, with the articles that print it too."""
    return [
        (f"{quote.citation.article}: {quote.text}", [citation.article for citation in quote.also_in])
        for quote in quotes
    ]


@pytest.fixture(scope="module")
def engine(toy_index: Path) -> Engine:
    """An engine that quotes and joins freely."""
    return open_toy(toy_index, replace(ANSWERS, top=6, spread=1.0, join_gain=0.0, alike=99.0))


@settings(max_examples=60, deadline=None)
@given(question=st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), top=st.integers(1, 6))
def test_quotes_are_slices_that_never_touch(question: list[str], top: int, engine: Engine) -> None:
    quotes = engine.ask(" ".join(question), top=top).quotes
    assert 1 <= len(quotes) <= top
    for quote in quotes:
        for text, cited in [(quote.text, quote.citation), *((None, other) for other in quote.also_in)]:
            row = engine.generation.row_of(cited.article)
            assert row is not None
            article = engine.generation.article(row)
            assert text in (None, article.text[cited.start : cited.end])
            assert article.body <= cited.start < cited.end <= len(article.text)
            assert cited.sha256 == article.sha256
    for one, other in combinations([quote.citation for quote in quotes], 2):
        if one.article == other.article:
            first, second = sorted([one, other], key=lambda cited: cited.start)
            row = engine.generation.row_of(one.article)
            assert row is not None
            between = engine.generation.article(row).text[first.end : second.start]
            assert first.end <= second.start
            assert between.strip(), f"{first.ref} and {second.ref} touch"


@settings(max_examples=30, deadline=None)
@given(question=st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
def test_sentences_are_scored_by_late_interaction_and_terms(question: list[str], engine: Engine) -> None:
    generation, prepared = engine.generation, engine.prepare(" ".join(question))
    candidates = rank(generation, prepared, ANSWERS, 12)
    scored = score_sentences(generation, engine.encoder.centre, prepared, candidates, ANSWERS)
    assert sorted(one.row for one in scored) == list(range(len(generation.sentences)))
    assert [(-one.score, one.row) for one in scored] == sorted((-one.score, one.row) for one in scored)
    bm25 = generation.sentence_terms.scores(prepared.terms)
    of_passage = {candidate.row: candidate.terms for candidate in candidates}
    for one in scored[:5]:
        passage, *_, first, last = generation.sentences[one.row].tolist()
        signs = 2.0 * np.unpackbits(generation.bits(passage)[first:last], axis=1) - 1
        vectors = prepared.tokens.vectors / np.linalg.norm(prepared.tokens.vectors, axis=1, keepdims=True)
        maxsim = (signs @ vectors.T / 8).max(axis=0).mean()
        wanted = maxsim + ANSWERS.sentence_terms * (bm25[one.row] + of_passage[passage])
        assert one.score == pytest.approx(wanted, abs=1e-5)


def test_a_line_that_two_articles_print_is_one_quote(toy_index: Path) -> None:
    quote = open_toy(toy_index).ask("What did the gale of 9 March sink?").quotes[0]
    assert quote.text == SHARED_LINE
    assert {quote.citation.article, *(other.article for other in quote.also_in)} == {"harbour", "storm"}
    other = quote.also_in[0]
    row = open_toy(toy_index).generation.row_of(other.article)
    assert row is not None
    assert open_toy(toy_index).generation.article(row).text[other.start : other.end] == SHARED_LINE


def test_nearly_the_same_words_are_one_quote_and_others_are_not(tmp_path: Path) -> None:
    line = "The minister said on Monday that the old mill on the lake must close before winter"
    texts = {
        "a.txt": f"{line}.",
        "b.txt": f"{line}!",
        "c.txt": f"“{line},” she added.",
        "d.txt": "The minister said on Monday that a new school on the hill must open before summer.",
    }
    quotes = asked(tmp_path, texts, "What did the minister say on Monday about the old mill?", spread=1.0, top=9)
    assert told(quotes) == [(f"a: {line}.", ["b", "c"]), (f"d: {texts['d.txt']}", [])]


def test_an_answer_split_between_neighbours_is_joined(tmp_path: Path) -> None:
    text = "The heron came to the mill pond. It ate eleven golden carp. Nobody minded very much."
    quotes = asked(tmp_path, {"a.txt": text}, "How many golden carp did the heron of the mill pond eat?")
    assert told(quotes) == [("a: The heron came to the mill pond. It ate eleven golden carp.", [])]
    alone = open_toy(tmp_path / "index").ask("How many golden carp did it eat?").quotes
    assert told(alone) == [("a: It ate eleven golden carp.", [])]


def test_an_open_quotation_is_carried_on(tmp_path: Path) -> None:
    text = (
        "The mayor wrote of wells.\n\n“Our wells are very low this summer.\n\n“Please water no garden.” She signed it."
    )
    quotes = asked(tmp_path, {"a.txt": text}, "How low are our wells this summer?", join_gain=9.0)
    assert told(quotes) == [("a: “Our wells are very low this summer.\n\n“Please water no garden.”", [])]


@pytest.mark.parametrize(
    "question",
    ["How many golden carp did the heron of the mill pond eat?", "Did it eat eleven golden carp at the mill pond?"],
)
def test_a_joined_answer_that_two_articles_print_is_one_quote(question: str, tmp_path: Path) -> None:
    text = "The heron came to the mill pond. It ate eleven golden carp."
    texts = {"a.txt": f"{text} Nobody minded very much.", "b.txt": f"Here is what we know. {text}"}
    quotes = asked(tmp_path, texts, question, spread=1.0)
    assert quotes[0].text == text
    assert {quotes[0].citation.article, quotes[0].also_in[0].article} == {"a", "b"}
    assert not [quote for quote in quotes[1:] if "heron" in quote.text or "carp" in quote.text]


def test_weak_quotes_fall_behind_the_spread(tmp_path: Path) -> None:
    texts = {"a.txt": "The golden carp swam in the pond.", "b.txt": "Trains run on Sunday mornings only."}
    assert len(asked(tmp_path, texts, "Where did the golden carp swim?")) == 1
    engine = open_toy(tmp_path / "index", replace(ANSWERS, spread=2.0))
    assert len(engine.ask("Where did the golden carp swim?").quotes) == 2
