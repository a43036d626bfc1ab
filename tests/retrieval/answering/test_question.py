"""A question made ready: checked, cleaned, misspelt words set right."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.analysis import terms
from retrieval.answering.question import clean, correct, prepare
from retrieval.encoding.encoder import Encoder
from retrieval.errors import QuestionInvalid
from retrieval.index.bm25 import BM25
from tests.stored import nearest_of
from tests.toy import ToyEncoder

PRINTED = ["NATO", "Albania", "Lavrov", "letter", "Stoltenberg", "security", "Albanian", "Ukraine", "guarantees"]
"""The words of a corpus, the most frequent first."""


NEAREST = nearest_of(PRINTED)
NAMES = {"Lavrov", "Stoltenberg", "NATO"}


def corrected(text: str) -> tuple[str, list[str]]:
    known = {word.lower() for word in PRINTED}
    mended, names = correct(text, lambda word: word.lower() in known, lambda word: word not in NAMES, NEAREST)
    return mended, list(names.values())


@pytest.mark.parametrize("question", ["", " ", "\t\n", "\u200b\u2028\x00", "\ufeff"])
def test_an_empty_question(question: str) -> None:
    with pytest.raises(QuestionInvalid, match=r"^The question is empty: ask something, for example"):
        clean(question, 1000)


@pytest.mark.parametrize("question", ["?!", "…", "😀 👩‍👩‍👧", "___", "—(“”)—", "\u0301", "\u037a"])
def test_a_question_without_a_word(question: str) -> None:
    with pytest.raises(QuestionInvalid, match=r"^The question has no word in it: ask with words"):
        clean(question, 1000)


def test_a_question_that_is_too_long() -> None:
    assert clean("why " * 250, 1000) == ("why " * 250).strip()
    message = r"^The question has 10,000 characters, and 1,000 are allowed: ask something shorter"
    with pytest.raises(QuestionInvalid, match=message):
        clean("why? " * 2000, 1000)


@pytest.mark.parametrize(
    ("question", "cleaned"),
    [
        ("  Who\tsigned \n\n it? ", "Who signed it?"),
        ("Who \x1b[31msigned\x1b[0m\x07 it?\x00", "Who signed it?"),
        ("\u202eWho\u202c signed\u200f \u2066it\u2069?", "Who signed it?"),
        ("Who signed the secu\u00adrity let\u200bter\ufeff?", "Who signed the security letter?"),
        ("Who\u2028signed\u2029it\x85?", "Who signed it ?"),
        ("Who \ud800signed\udfff it?", "Who signed it?"),
    ],
)
def test_marks_that_cannot_be_seen_are_cleaned(question: str, cleaned: str) -> None:
    assert clean(question, 1000) == cleaned


@pytest.mark.parametrize(
    "question",
    [
        "Кто подписал письмо?",
        "谁签了这封信？",
        "من وقع الرسالة؟",
        "ვინ მოაწერა ხელი?",
        "मुझे बताओ",
        "Wer hat’s gesagt?",
        "5?",
    ],
)
def test_other_languages_are_taken(question: str) -> None:
    assert clean(question, 1000) == question
    engine = prepare(question, ToyEncoder(), BM25.of([["letter"]]), NEAREST)
    assert engine.text == question
    assert len(engine.tokens.vectors)


@settings(max_examples=100, deadline=None)
@given(question=st.text(max_size=60))
def test_what_is_cleaned_stays_clean(question: str) -> None:
    try:
        cleaned = clean(question, 1000)
    except QuestionInvalid:
        return
    assert clean(cleaned, 1000) == cleaned
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert [char for char in question if char.isalnum()] == [char for char in cleaned if char.isalnum()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Does albnia want it?", "Does Albania want it?"),
        ("Does Abania want it?", "Does Albania want it?"),
        ("Ukriane's garantees", "Ukraine's guarantees"),
    ],
)
def test_misspelt_words_are_set_right(text: str, expected: str) -> None:
    assert corrected(text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What did lavrof write?", "Lavrov"),
        ("What did stoltenburg say?", "Stoltenberg"),
        ("What did Stolenburg say?", "Stoltenberg"),
        ("LAVROF", "Lavrov"),
    ],
)
def test_a_word_that_is_like_a_name_is_kept_beside_it(text: str, name: str) -> None:
    assert corrected(text) == (text, [name])


@pytest.mark.parametrize(
    "text",
    [
        *("Lavrov, LETTER and security", "Nata and NATP are short", "What is a better setter?", "Who is Navrov?"),
        *("Lavrenty wrote", "4 Albania2", "", "…"),
    ],
)
def test_other_words_are_left(text: str) -> None:
    assert corrected(text) == (text, [])


@pytest.mark.parametrize("printed", [["Albanian", "Albania"], ["Albania", "Albanian"]])
def test_the_most_frequent_of_equally_near_words_wins(printed: list[str]) -> None:
    assert correct("Albaniaq", lambda word: False, lambda word: True, nearest_of(printed)) == (printed[0], {})


@settings(max_examples=60, deadline=None)
@given(words=st.lists(st.sampled_from(PRINTED), min_size=1, max_size=6))
def test_words_of_the_corpus_are_never_touched(words: list[str]) -> None:
    calls = list[str]()

    def nearest(word: str, edits: int) -> str | None:
        calls.append(word)
        return NEAREST(word, edits)

    text = " ".join(words)
    question = prepare(text, ToyEncoder(), BM25.of([terms(word) for word in PRINTED]), nearest)
    assert question.text == text
    assert question.terms == tuple(terms(text))
    assert not calls, "the words are read only when one is not known"


def test_words_the_model_knows_are_never_touched(minilm: Encoder) -> None:
    known = BM25.of([terms("letter Albania Stoltenberg")])
    nearest = nearest_of(["letter", "Albania", "Slovenia", "minister", "Stoltenberg"])
    assert prepare("Two Stoltenbergs?", minilm, known, nearest).text == "Two Stoltenbergs?"
    for text in ("Where is Algeria?", "Who is better, a setter or a latter?", "Is Slovakia near?", "Two ministers?"):
        assert prepare(text, minilm, known, nearest).text == text
    assert prepare("Does albnia have a leter?", minilm, known, nearest).text == "Does Albania have a letter?"


@pytest.mark.parametrize(
    ("typed", "doubtful"),
    [
        ("prednisone", True),
        ("Skerrinvale", True),
        ("prednisolone", False),
        ("Skerindale", False),
        ("Skerrindlae", False),
        ("Skerryndaal", False),
        ("docters", False),
        ("Strassenbahn", False),
        ("Strasenbahn", False),
        ("Munchausen", False),
        ("Muenchhausen", False),
        ("Münchshausen", True),
        ("Масква", False),
        ("Мосвка", False),
        ("Мосгва", True),
    ],
)
def test_a_name_that_sounds_otherwise_is_doubtful(typed: str, doubtful: bool) -> None:
    printed = ["doctors", "prednisolone", "Skerrindale", "Straßenbahn", "Münchhausen", "Москва"]
    bm25 = BM25.of([terms(" ".join(printed))])
    assert prepare(f"Is it {typed}?", Pieces(), bm25, nearest_of(printed)).doubtful is doubtful


class Pieces(ToyEncoder):
    """Takes names apart, as a model's tokenizer does."""

    def pieces(self, text: str) -> int:
        return 3 if text in {"prednisolone", "Skerrindale"} else 2 if text not in {"Is", "it", "doctors"} else 1
