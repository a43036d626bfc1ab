"""Questions about a year or a month, and articles of that time that do not name it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval.answering.confidence import BUILT_IN_THRESHOLD
from retrieval.answering.dated_reading import time_named
from retrieval.answering.reader import ReadablePassage, Reading
from retrieval.dates import Period
from retrieval.engine import Engine
from tests.toy import build_toy, open_toy

LEADS = {"2021": "Ida Lund leads the pier project.", "2022": "Jon Moe leads the pier project."}
PAST = "Eva Berg led the pier project in 1987."


@pytest.mark.parametrize(
    ("question", "rest", "period"),
    [
        ("Who led the project in 2022?", "Who led the project?", Period("2022-01-01", "2022-12-31")),
        ("In 2022, who led the project?", "who led the project?", Period("2022-01-01", "2022-12-31")),
        ("Who led it during the year 2022, and how?", "Who led it and how?", Period("2022-01-01", "2022-12-31")),
        ("Who led the project in March 2021?", "Who led the project?", Period("2021-03-01", "2021-03-31")),
        ("Who led the project as of 2022?", "Who led the project?", Period("", "2022-12-31")),
    ],
)
def test_the_time_of_a_question_and_what_it_asks_besides(question: str, rest: str, period: Period) -> None:
    time = time_named(question)
    assert time is not None
    assert (time.question, time.period) == (rest, period)


@pytest.mark.parametrize(
    "question",
    [
        "Who led the project?",
        "What happened in 2022?",
        "And in 2022?",
        "Who led it in 2021 and who in 2022?",
        "Who signed up in 2022-05-03?",
        "Who has lived there since 2022?",
    ],
)
def test_other_questions_name_no_such_time(question: str) -> None:
    assert time_named(question) is None


class Strict:
    """A reader that believes in what says who leads, or led; with a year in the question, only where that stands."""

    digest = "0123456789ab"
    languages = frozenset({"en"})

    def read(self, question: str, history: Sequence[str], passages: Iterable[ReadablePassage]) -> list[Reading]:
        years = set(re.findall(r"\d{4}", question))
        readings = []
        for passage in passages:
            texts = [passage.text[start:end] for start, end in passage.sentences]
            fits = ["project" in text and years <= set(re.findall(r"\d{4}", text)) for text in texts]
            odds = np.where(fits, 9.0, -9.0).astype(np.float32)
            readings.append(Reading(odds, odds))
        return readings


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An engine over an article of each year."""
    corpus = tmp_path / "articles"
    corpus.mkdir()
    for year, text in LEADS.items():
        (corpus / f"{year}.md").write_text(f"---\ndate: {year}-06-01\n---\n\n{text}\n\n{PAST}\n")
    build_toy(corpus, tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    engine.reader = Strict()
    engine.model = engine.built_in
    return engine


@pytest.mark.parametrize("year", ["2021", "2022"])
def test_an_article_of_the_year_answers_a_question_about_it(year: str, engine: Engine) -> None:
    answer = engine.ask(f"Who led the pier project in {year}?", top=1)
    assert answer.confidence > BUILT_IN_THRESHOLD
    assert [quote.text for quote in answer.quotes] == [LEADS[year]]


def test_what_was_published_by_then_answers_as_of_a_time(engine: Engine) -> None:
    answer = engine.ask("Who led the pier project as of 2021?", top=1)
    assert [quote.text for quote in answer.quotes] == [LEADS["2021"]]


def test_no_article_of_another_year_does(engine: Engine) -> None:
    assert engine.ask("Who led the pier project in 2019?").confidence < BUILT_IN_THRESHOLD
    answer = engine.ask("Who led the pier project in 1987?", top=1)
    assert [quote.text for quote in answer.quotes] == [PAST]
