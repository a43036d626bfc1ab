"""Filters over an index: exact, whatever they leave, and clear where they leave nothing."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.answering.retriever import rank
from retrieval.answering.scope import Scope
from retrieval.engine import Engine
from retrieval.errors import FilterEmpty
from retrieval.explain import explain
from retrieval.records import Filter, Filtered
from tests.stored import stored_vectors
from tests.toy import ANSWERS, build_toy, open_toy, write_corpus

WALL = (
    "---\npublished: {date}\nsource: {source}\ntags: [{tag}]\n---\n\nThe sea wall of {town} is {height} metres high.\n"
)
QUESTION = "How high is the sea wall?"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The toy corpus with forty more articles that differ in a name and a number."""
    folder = tmp_path_factory.mktemp("scope")
    corpus = write_corpus(folder / "corpus")
    (corpus / "walls").mkdir()
    for number in range(40):
        facts = {"date": f"20{number:02}", "source": f"Gazette {number % 4}", "tag": f"t{number % 5}"}
        text = WALL.format(**facts, town=f"Port{number}", height=number)
        (corpus / "walls" / f"{number:02}.md").write_text(text, "utf-8")
    build_toy(corpus, folder / "index")
    return open_toy(folder / "index")


def articles(engine: Engine, within: Filter) -> set[str]:
    """Every article that an answer under the filter names, in whatever part of it."""
    answer = engine.ask(QUESTION, top=10, within=within)
    cited = {place.article for quote in answer.quotes for place in (quote.citation, *quote.also_in)}
    searched = {passage.citation.article for passage in engine.search(QUESTION, count=100, within=within).passages}
    return cited | searched | {near.article for near in answer.nearest}


def test_one_article_that_is_left_is_found(engine: Engine) -> None:
    for number in range(40):
        within = Filter(path=f"walls/{number:02}.md")
        assert articles(engine, within) == {f"walls/{number:02}"}
        answer = engine.ask(QUESTION, within=within)
        assert answer.quotes[0].text == f"The sea wall of Port{number} is {number} metres high."
        assert answer.filtered == Filtered(within, 1)


def test_nothing_else_is_named(engine: Engine) -> None:
    assert articles(engine, Filter(source="Gazette 1", tag="t2")) == {"walls/17", "walls/37"}
    assert articles(engine, Filter(since="2030-01-01", until="2031-12-31")) == {"walls/30", "walls/31"}


def test_a_filter_that_leaves_all_changes_nothing_but_that_it_is_named(engine: Engine) -> None:
    for question in (QUESTION, "Who winds the clocks?", "How many fishing boats sank in the gale of 9 March?"):
        plain, filtered = (engine.ask(question, within=within) for within in (None, Filter(language="en")))
        assert filtered.filtered == Filtered(Filter(language="en"), 46)
        assert asdict(replace(filtered, filtered=None, elapsed_ms=0)) == asdict(replace(plain, elapsed_ms=0))
        assert engine.ask(question, within=Filter()).filtered is None


def test_articles_without_a_date_are_counted(engine: Engine) -> None:
    answer = engine.ask(QUESTION, within=Filter(since="2019-01-01"))
    assert answer.filtered == Filtered(Filter(since="2019-01-01"), 22, undated=5)


def test_each_question_of_a_message_is_asked_under_the_filter(engine: Engine) -> None:
    within = Filter(path="walls/07.md")
    answer = engine.ask("How high is the sea wall? Who winds the clocks?", within=within)
    assert {quote.citation.article for quote in answer.quotes} == {"walls/07"}


def test_a_quote_is_explained_under_its_filter(engine: Engine) -> None:
    within = Filter(path="walls/39.md")
    (quote,) = engine.ask(QUESTION, top=1, within=within).quotes
    why = explain(engine, QUESTION, (), quote, within=within)
    assert (why.passage_rank, why.passages) == (1, 1)


@pytest.mark.parametrize(
    ("within", "sentence"),
    [
        (
            Filter(source="Times"),
            "There is no article from the source 'Times': there are Gazette 0, Gazette 1, Gazette 2, and 2 more.",
        ),
        (Filter(tag="x"), "There is no article with the tag 'x': there are t0, t1, t2, and 2 more."),
        (Filter(language="de"), "There is no article in the language 'de': there is en."),
        (
            Filter(path="old/*"),
            "There is no article at the path 'old/*': there are walls, bridge.md, harbour.txt, and 4 more.",
        ),
        (
            Filter(since="2040-01-01"),
            "There is no article published since 2040-01-01: the dates go from 2000-01-01 to 2039-12-31, and 5 "
            "without a date are left out.",
        ),
        (
            Filter(since="2038-01-01", source="Gazette 1"),
            "There is no article published since 2038-01-01 (2) and from the source 'Gazette 1' (10): each leaves "
            "some, but none is all of it, and 5 have no date.",
        ),
        (
            Filter(source="Gazette 1", tag="x"),
            "There is no article with the tag 'x': there are t0, t1, t2, and 2 more.",
        ),
    ],
)
def test_a_filter_that_leaves_nothing_says_what_there_is(engine: Engine, within: Filter, sentence: str) -> None:
    for ask in (engine.ask, engine.search):
        with pytest.raises(FilterEmpty) as refused:
            ask(QUESTION, within=within)
        assert str(refused.value) == sentence


def test_a_corpus_that_says_nothing_of_its_articles_says_that(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "wall.txt").write_text("The sea wall is old.\n")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    for within, reason in (
        (Filter(source="x"), "none names its source"),
        (Filter(tag="x"), "none has tags"),
        (Filter(until="2023-01-01"), "none has a date that can be read"),
    ):
        with pytest.raises(FilterEmpty, match=rf": {reason}\.$"):
            engine.ask(QUESTION, within=within)


def test_a_code_that_only_other_articles_have_is_not_answered(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for code in ("CVE-2031-40417", "CVE-2031-40419"):
        (tmp_path / "corpus" / f"{code}.md").write_text(f"The flaw {code} lets anybody read the log of the server.\n")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    question = "What does the flaw CVE-2031-40417 let anybody read?"
    assert engine.ask(question, within=Filter(path="CVE-2031-40417.md")).confidence > 0.5
    assert engine.ask(question, within=Filter(path="CVE-2031-40419.md")).confidence <= 0.05


@settings(max_examples=60, deadline=None)
@given(flags=st.lists(st.booleans(), min_size=1, max_size=200), exact=st.booleans(), count=st.integers(1, 20))
def test_the_nearest_of_those_that_are_left_are_exact(flags: list[bool], exact: bool, count: int) -> None:
    random = np.random.default_rng(len(flags))
    vectors = random.standard_normal((len(flags), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    question, among = vectors[0], np.array(flags)
    index, _ = stored_vectors(vectors, exact_up_to=1000 if exact else 0)
    kept = np.flatnonzero(among)
    nearest = kept[np.argsort(-(vectors[kept] @ question), kind="stable")][:count]
    assert sorted(index.search(question, count, among).tolist()) == sorted(nearest.tolist())


def test_of_equal_passages_the_newest_comes_first(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    dates = {"a": "", "b": "2020-05-01", "c": "June 2023", "d": "2021", "e": "2023-06-01"}
    for name, date in dates.items():
        front = f"---\ntitle: The heron\npublished: {date}\n---\n\n" if date else "---\ntitle: The heron\n---\n\n"
        (tmp_path / "corpus" / f"{name}.md").write_text(f"{front}A heron stood in the mill pond all day long.\n")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    question = "Where did the heron stand?"
    assert [passage.citation.article for passage in engine.search(question).passages] == ["c", "e", "d", "b", "a"]
    (quote,) = engine.ask(question).quotes
    assert quote.citation.article == "c"
    assert [place.article for place in quote.also_in] == ["a", "b", "d", "e"]
    kept = Scope(np.ones(5, np.bool_), Filtered(Filter(), 5))
    generation = engine.generation
    assert len(rank(generation, engine.prepare(question), ANSWERS, 3, kept)) == 3
