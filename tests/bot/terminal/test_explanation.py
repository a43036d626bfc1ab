"""The scores behind a quote, to read."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from bot.terminal.explanation import in_words, show_why
from bot.terminal.screen import Screen
from retrieval.answering.confidence import BUILT_IN, FEATURES
from retrieval.explain import TokenMatch, Why, WordMatch
from retrieval.records import Citation, Quote
from retrieval.settings import AnswerSettings

CITED = Citation("letter", "A letter", 0, 15, 1, "0" * 64)
QUOTE = Quote("It was signed.\n", CITED, 0.7)
WHY = Why(
    searched="Who signed?",
    belief=0.7,
    evidence=(("content_elsewhere", 1.25), ("absent", -0.5)),
    weighed=20,
    first_score=0.65,
    terms_weight=0.01,
    reranked=None,
    read=None,
    maxsim=0.6,
    sentence_bm25=3.0,
    passage_bm25=2.0,
    passage_score=0.62,
    cosine=0.5,
    passage_rank=4,
    passages=10,
    confidence=0.9,
    features=(0.6, 0.5, -0.01, -0.7, *[0.0] * (len(FEATURES) - 4)),
    model=BUILT_IN,
    threshold=0.3,
    tokens=(TokenMatch("signed", 0.9, 1.0, "signed"),),
    words=(WordMatch("signed", "signed", is_same=True, is_above=False),),
)


def explained(why: Why) -> list[str]:
    """The rows of the scores at 80 columns."""
    stream = io.StringIO()
    screen = Screen(Console(file=stream, width=80, force_terminal=True, color_system=None, highlight=False))
    show_why(screen, QUOTE, why, AnswerSettings())
    lines = stream.getvalue().splitlines()
    start = [number for number, line in enumerate(lines) if not line.strip()][1]
    end = next(number for number, line in enumerate(lines) if line.startswith("   passage"))
    return [line.rstrip() for line in lines[start + 1 : end]]


FIRST_STAGE = "   first stage 0.650 = MaxSim 0.600 + 0.01 × BM25 (3.00 sentence + 2.00 passage)"


def test_a_quote_that_the_fitted_models_weighed() -> None:
    assert explained(WHY) == [
        "   belief      0.700 that it answers (the 20 sentences weighed sum to 1)",
        "   evidence    content elsewhere +1.25, absent -0.50 (logits above the mean)",
        FIRST_STAGE,
    ]


def test_a_quote_that_a_reranker_placed() -> None:
    assert explained(replace(WHY, reranked=-1.25, evidence=())) == [
        "   reranked    -1.250, which orders the best 20 sentences",
        "   belief      0.700 of its place (the 20 sentences weighed sum to 1)",
        FIRST_STAGE,
    ]


def test_a_quote_that_a_reader_read() -> None:
    assert explained(replace(WHY, read=2.346, evidence=())) == [
        "   belief      0.700 that it answers (the 20 sentences weighed sum to 1)",
        "   reader      +2.35, its log-odds that the quote answers",
        FIRST_STAGE,
    ]


def test_a_quote_that_no_fitted_models_weighed() -> None:
    assert explained(replace(WHY, evidence=())) == [
        "   belief      0.700 that it answers (the 20 sentences weighed sum to 1)",
        FIRST_STAGE,
    ]


def test_much_evidence_is_wrapped() -> None:
    names = ("rare", "asking_elsewhere", "terms_with_before", "stretch", "most_elsewhere")
    assert explained(replace(WHY, evidence=tuple((name, 10.125) for name in names)))[1:3] == [
        "   evidence    rare +10.12, asking elsewhere +10.12, terms with before +10.12,",
        "               stretch +10.12, most elsewhere +10.12 (logits above the mean)",
    ]


def test_what_spoke_for_a_quote_in_words() -> None:
    matches = (
        WordMatch("points", "Points", is_same=True, is_above=True),
        WordMatch("insults", "Insults", is_same=True, is_above=False),
        WordMatch("medicine", "drug", is_same=False, is_above=False),
        WordMatch("Monday", None, is_same=False, is_above=False),
    )
    assert in_words(replace(WHY, read=1.7, words=matches)) == [
        "The reader, which reads it with the question, gives it 84.6 % to answer.",
        "It has “insults”.",
        "What it stands under has “points”.",
        "Near in meaning: “drug” for “medicine”.",
        "It has nothing like “Monday”.",
        "Of the 20 sentences compared, it has 70.0 % of the belief.",
        "The confidence is high (0.90), the threshold 0.3: so quoth answers.",
    ]
    assert in_words(replace(WHY, reranked=1.0, confidence=0.2, words=())) == [
        "The confidence is low (0.20), the threshold 0.3: below it quoth does not answer."
    ]
