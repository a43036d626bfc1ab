"""What a question asks for, and what a sentence offers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.answering.cues import Kind, cues, extreme, gives_reason, kind, names, negated

ROOT = Path(__file__).resolve().parents[3]
KINDS: tuple[Kind, ...] = ("when", "number", "who", "where", "")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When did Albania join NATO?", "when"),
        ("In what year did she leave?", "when"),
        ("During which French century was it built?", "when"),
        ("WHEN?", "when"),
        ("How many troops came?", "number"),
        ("How long ago was it built?", "number"),
        ("What percentage of them voted?", "number"),
        ("What is the population of Tirana?", "number"),
        ("When was the number of troops raised?", "number"),
        ("Who signed it?", "who"),
        ("To whom was it sent?", "who"),
        ("Whose letter is it?", "who"),
        ("When did the man who signed it die?", "when"),
        ("Where is Istanbul?", "where"),
        ("Which Baltic countries joined?", "where"),
        ("What city is it in?", "where"),
        ("Where does the man whom she met live?", "who"),
        ("What is a treaty?", ""),
        ("Why did Russia ask?", ""),
        ("Whenever, anywhere, someone whole?", ""),
        ("Wann kam er?", ""),
        ("", ""),
    ],
)
def test_what_a_question_asks_for(question: str, expected: Kind) -> None:
    assert kind(question) == expected


def test_what_a_sentence_is_made_of() -> None:
    sentence = cues(
        "In March 1402 Queen Maud of Ambleford signed three treaties in the northern Vale, 1,200 words long."
    )
    assert {"queen", "maud", "signed", "1402", "treaties"} <= sentence.words
    assert {"queen", "maud", "sign", "1402", "treati"} <= sentence.stems
    assert sentence.years == {"1402"}
    assert sentence.dated
    assert sentence.numbers == {"1402", "three", "1,200"}
    assert sentence.names == {"march", "queen", "maud", "ambleford", "vale"}
    assert sentence.persons == (frozenset({"in", "march"}), frozenset({"queen", "maud", "of", "ambleford"}))
    assert sentence.places == {"ambleford", "vale"}
    assert not sentence.points_back


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Born in 1974, died in 2031.", {"1974", "2031"}),
        ("The 1990s and the 800s", {"1990s", "800s"}),
        ("in the 19th century", {"19th centur"}),
        ("2,019 men and 3019 horses, 19745 in all", set()),
        ("999 or 2100", set()),
    ],
)
def test_years(text: str, years: set[str]) -> None:
    assert cues(text).years == years


@pytest.mark.parametrize("text", ["On Monday.", "in Sept 3", "last summer", "It was yesterday", "by December"])
def test_dates(text: str) -> None:
    assert cues(text).dated


@pytest.mark.parametrize("text", ["They march on.", "Marching", "Mondays", "He may come", "winters", ""])
def test_no_dates(text: str) -> None:
    assert not cues(text).dated


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Two dozen men, half of them", {"Two", "dozen", "half"}),
        ("127,000 troops", {"127,000"}),
        ("It grew 3.5 percent.", {"3.5", "percent"}),
        ("hundreds of thousands", {"hundreds", "thousands"}),
        ("one tenth, a twosome", set()),
        ("B52 and 4th", set()),
    ],
)
def test_numbers(text: str, numbers: set[str]) -> None:
    assert cues(text).numbers == numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Maud signed.", set()),
        ("She saw Maud.", {"maud"}),
        ("It ended. Maud left. Then she met O'Brien-Smith", {"brien", "smith"}),
        ("It was Obama’s, or José’s", {"obama", "jose"}),
        ("He said, “Maud left” and “Then Piet came”.", {"maud", "then", "piet"}),
        ("In NATO, X is nothing", {"nato"}),
        ("", set()),
    ],
)
def test_names_are_capitals_within_a_sentence(text: str, expected: set[str]) -> None:
    assert names(text) == cues(text).names == expected


@pytest.mark.parametrize(
    ("text", "persons"),
    [
        ("It was Piet Anker who spoke.", [{"piet", "anker"}]),
        ("a letter by Charles de Gaulle", [{"charles", "de", "gaulle"}]),
        ("Ludwig   van\nBeethoven", [{"ludwig", "van", "beethoven"}]),
        ("Muammar al-Gaddafi spoke", []),
        ("Leonardo daVinci", [{"leonardo", "davinci"}]),
        ("The president met the Pope", [{"pope"}]),
        ("Mr Falk saw Dr. Pell", [{"mr", "falk"}, {"dr"}]),
        ("Maud and Piet, of Velmora", []),
    ],
)
def test_persons(text: str, persons: list[set[str]]) -> None:
    assert [set(person) for person in cues(text).persons] == persons


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("from Oskeld to the Tarn, across eastern Velmora", {"oskeld", "tarn", "velmora"}),
        ("near south Ossetia and towards the West", {"ossetia", "west"}),
        ("in town, at the market, of old Rome", set()),
        ("In Oskeld", {"oskeld"}),
        ("In March", set()),
    ],
)
def test_places(text: str, places: set[str]) -> None:
    assert cues(text).places == places


@pytest.mark.parametrize(
    ("text", "points"),
    [("He left.", True), ("The toll", True), ("Those men", True), ("Then he left", False), ("he left", False)],
)
def test_a_sentence_that_points_at_the_one_before(text: str, points: bool) -> None:
    assert cues(text).points_back is points


@pytest.mark.parametrize(
    ("wanted_kind", "question", "sentence", "offers"),
    [
        ("when", "When in 1974 was it?", "It was in 1974.", False),
        ("when", "When in 1974 was it?", "It was in 1975.", True),
        ("when", "When in March was it?", "It was in March.", True),
        ("number", "How many of the 12 came?", "All 12 came.", False),
        ("number", "How many of the 12 came?", "Of 12, seven came.", True),
        ("who", "Who saw Piet Anker?", "There came Piet Anker.", False),
        ("who", "Who saw Piet Anker?", "There came Piet Falk.", True),
        ("who", "Who was king?", "It was the king.", False),
        ("who", "Who was it?", "King Piet was it.", True),
        ("where", "Where in Oskeld?", "He is in Oskeld.", False),
        ("where", "Where in Oskeld?", "He is in Velmora.", True),
        ("", "Why?", "Because of Piet Anker, in Oskeld, in 1974.", False),
    ],
)
def test_what_the_question_says_itself_is_no_offer(
    wanted_kind: Kind, question: str, sentence: str, offers: bool
) -> None:
    assert cues(sentence).offers(wanted_kind, cues(question)) is offers


@pytest.mark.parametrize("text", ["It isn't", "It isn’t so", "NOT him", "no one", "without it", "I cannot", "nor she"])
def test_negation(text: str) -> None:
    assert negated(text)


@pytest.mark.parametrize("text", ["Noah knows nothing", "a note", "the ant", "nonetheless", ""])
def test_no_negation(text: str) -> None:
    assert not negated(text)


@pytest.mark.parametrize(
    "text",
    [
        "closed because of a storm",
        "Since it rains,",
        "so that nobody falls",
        "to avoid dust",
        "The halls are too cold to work in.",
        "since their guards are tired",
        "as it was late",
        "Due to",
    ],
)
def test_a_reason(text: str) -> None:
    assert gives_reason(text)


@pytest.mark.parametrize(
    "text",
    [
        "a threat as a whole", "so they went", "explained it", "sincerely", "the cause", "", "usual since the spring",
        "open since 2019", "closed since last Monday", "Since then it rained", "and ever since it has", "me too, for",
        "a friend since their childhood", "since the end of the war",
    ],
)  # fmt: skip
def test_no_reason(text: str) -> None:
    assert not gives_reason(text)


def test_extremes() -> None:
    assert all(map(extreme, ("most", "FIRST", "only", "biggest", "majority", "strongest")))
    assert not any(map(extreme, ("", "mostly", "test", "west", "guest", "big", "firstborn")))


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text())
def test_any_text_has_cues_and_always_the_same(text: str, question: str) -> None:
    first, again = cues(text), cues(text)
    assert first == again
    assert kind(text) in KINDS
    assert negated(text) == negated(text.upper().lower()) or not text.isascii()
    for wanted_kind in KINDS:
        assert first.offers(wanted_kind, cues(question)) in (True, False)
        assert not (wanted_kind == "" and first.offers(wanted_kind, cues(question)))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["Piet", "Anker", "in", "the", "1974", "two", "Mr", "de", "-", ",", " "]), max_size=12))
def test_a_sentence_offers_nothing_beyond_itself(parts: list[str]) -> None:
    """Asked with its own words, it has no new year, number or place to tell."""
    own = cues(" ".join(parts))
    assert not own.names_person(own)
    assert not own.offers("number", own)
    assert not own.offers("where", own)
    assert not own.years - own.years


HOSTILE = (
    *("A ", "a", "1,1,1,", "Mr ", "in the ", " ", "\n", "Aa-", "A'", "Aa de ", "in ernern", "ern ", "n't", "1.", "1"),
    *("what ", "est", "20th ", "Éa", "AaA", "in the north ", "A\u0301", "\U0001d400"),
)


def test_every_pattern_is_linear() -> None:
    """On 100,000 hostile characters; a pattern that tries each pair of places would need hours for these."""
    code = f"""
from retrieval.answering.cues import cues, extreme, gives_reason, kind, negated
for part in {HOSTILE!r}:
    for before in ("", "Aa", "in the aern"):
        text = (before + part * 100_000)[:100_000]
        cues(text), extreme(text), kind(text), negated(text), gives_reason(text)
print("done")
"""
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
    )
    assert (process.stdout, process.stderr) == ("done\n", "")
