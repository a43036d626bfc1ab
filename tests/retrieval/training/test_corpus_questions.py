"""Questions about an index's articles: what is read with them, and where in it their answers stand."""

from __future__ import annotations

import pytest

from retrieval.engine import Engine
from retrieval.evaluation.records import Target
from retrieval.training.corpus_questions import CorpusQuestion, CorpusQuestions, passages_with
from tests.toy import build_toy, open_toy, write_corpus


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("questions")
    build_toy(write_corpus(folder / "articles"), folder / "index")
    return open_toy(folder / "index")


def target(engine: Engine, words: str) -> Target:
    """Where these words stand."""
    for article in engine.generation.articles():
        if (start := article.text.find(words)) >= 0:
            return Target(article.id, start, start + len(words), words)
    raise AssertionError(words)


def test_the_answer_is_marked_where_it_is_read(engine: Engine) -> None:
    corpus = CorpusQuestions(engine)
    sentence = engine.generation.text(engine.generation.sentence(0))
    words = " ".join(sentence.split()[1:3])
    place = target(engine, words)
    (group,) = corpus.groups(CorpusQuestion(f"What about {words}?", (), (place,)))
    prepared = corpus.prepared()
    document = prepared.documents[group.passages[0]]
    assert [document.text[start:end] for start, end in group.answers] == [words]
    assert document.sentences == prepared.passages[group.passages[0]].sentences
    assert len(set(group.passages)) == len(group.passages) > 1
    others = [prepared.documents[row].text for row in group.passages[1:]]
    assert not any(words in text for text in others)


def test_an_unanswerable_question_is_read_with_the_passages_of_the_first_stage(engine: Engine) -> None:
    corpus = CorpusQuestions(engine)
    (group,) = corpus.groups(CorpusQuestion("How many herons were counted on the moon?", (), ()))
    assert group.answers == ()
    task = engine.to_read("How many herons were counted on the moon?", (), len(group.passages))
    assert group.question == task.question
    assert len(task.passages) == len(group.passages)


def test_rejected_passages_are_read_alone(engine: Engine) -> None:
    corpus = CorpusQuestions(engine)
    (group,) = corpus.groups(CorpusQuestion("How many?", (), (), wrong=(0,)))
    assert (len(group.passages), group.answers) == (1, ())


def test_whole_articles_teach_nothing(engine: Engine) -> None:
    article = next(engine.generation.articles()).id
    whole = Target(article, 0, 0, "", whole=True)
    assert list(CorpusQuestions(engine).groups(CorpusQuestion("How many?", (), (whole,)))) == []


def test_passages_with_a_place_are_those_that_it_overlaps(engine: Engine) -> None:
    sentence = engine.generation.sentence(0)
    article = engine.generation.article(sentence.article).id
    assert passages_with(engine.generation, Target(article, sentence.start, sentence.end, "")) == [sentence.passage]
    assert passages_with(engine.generation, Target("nowhere", 0, 9, "")) == []
