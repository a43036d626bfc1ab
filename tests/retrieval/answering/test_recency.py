"""Questions about the latest, or about a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval.answering.recency import NEWEST, TimeAsked, prefer, time_asked
from retrieval.answering.scoring import RankedSentence, ScoredSentence
from retrieval.dates import Period, period
from tests.toy import build_toy, open_toy

DATES = {0: "2021", 1: "2023", 2: "2022", 3: None}


def sentences(*beliefs: float) -> list[RankedSentence]:
    """Sentences of passages 0, 1, 2 ... that are believed so, best first."""
    none = np.zeros(1, np.float32)
    return [
        RankedSentence(ScoredSentence(row, row, 0.0, none, none[None], none, 0.0, 0.0, is_first=False), belief)
        for row, belief in enumerate(beliefs)
    ]


def published(passage: int) -> Period | None:
    date = DATES[passage]
    return period(date) if date else None


def rows(ranked: list[RankedSentence]) -> list[int]:
    return [sentence.row for sentence in ranked]


@pytest.mark.parametrize(
    "question",
    [
        "What is the latest release?", "What does a berth cost now?", "What is the current fee?",
        "Who is currently mayor?", "What's the most recent rule?", "What was said today?",
        "Which one is newest?", "Is it open at the moment?",
        "What is the fee as of today?",
    ],
)  # fmt: skip
def test_words_that_ask_for_the_latest(question: str) -> None:
    assert time_asked(question) == TimeAsked()


@pytest.mark.parametrize(
    ("question", "until"),
    [
        ("What was the fee as of 2023?", "2023-12-31"), ("As of March 2023, who was mayor?", "2023-03-31"),
        ("Who was mayor as of 5 May 2022?", "2022-05-05"), ("What is the latest fee as of 2020-02?", "2020-02-29"),
    ],
)  # fmt: skip
def test_words_that_ask_as_of_a_time(question: str, until: str) -> None:
    assert time_asked(question) == TimeAsked(until)


@pytest.mark.parametrize(
    "question",
    ["What is the fee?", "Who knows?", "What was the fee in 2023?", "How strong are ocean currents?", "As of what?"],
)
def test_other_questions_name_no_time(question: str) -> None:
    assert time_asked(question) is None


def test_the_newer_gain_of_what_may_answer() -> None:
    ranked = prefer(sentences(0.4, 0.3, 0.25, 0.05), TimeAsked(), published)
    assert rows(ranked) == [1, 0, 2, 3]
    total = 0.4 + 0.3 * NEWEST + 0.25 * NEWEST**0.5 + 0.05
    assert [sentence.belief for sentence in ranked] == pytest.approx(
        [0.3 * NEWEST / total, 0.4 / total, 0.25 * NEWEST**0.5 / total, 0.05 / total]
    )


def test_what_hardly_answers_does_not_become_the_answer() -> None:
    assert rows(prefer(sentences(0.9, 0.08, 0.02), TimeAsked(), published)) == [0, 1, 2]


def test_what_came_later_than_asked_does_not_gain() -> None:
    assert rows(prefer(sentences(0.3, 0.4, 0.25), TimeAsked("2022-12-31"), published)) == [2, 0, 1]
    assert rows(prefer(sentences(0.4, 0.3, 0.0), TimeAsked("2021-12-31"), published)) == [0, 1, 2]


def test_one_date_prefers_nothing() -> None:
    ranked = sentences(0.6, 0.0, 0.0, 0.4)
    assert prefer(ranked, TimeAsked(), published) == ranked
    assert prefer([], TimeAsked(), published) == []


def test_an_answer_shows_the_date_it_went_by(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for date, warden in (
        ("May 2021", "Agnes Thorel is"),
        ("2023-05-04", "Piet Anker, a former sailor, is"),
        ("", "Nobody is"),
    ):
        front = f"---\npublished: {date}\n---\n\n" if date else ""
        (tmp_path / "corpus" / f"{date[-4:]}.md").write_text(f"{front}{warden} the warden of the harbour.\n")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    latest = engine.ask("Who is the warden of the harbour now?")
    assert (latest.quotes[0].text, latest.as_of) == (
        "Piet Anker, a former sailor, is the warden of the harbour.",
        "2023-05-04",
    )
    earlier = engine.ask("Who is the warden of the harbour as of 2022?")
    assert (earlier.quotes[0].text, earlier.as_of) == ("Agnes Thorel is the warden of the harbour.", "2021-05-01")
    assert engine.ask("Who is the warden of the harbour?").as_of is None
