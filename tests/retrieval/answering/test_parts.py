"""Polite words around questions, and several questions in one message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.parts import Part, parts, unwrapped
from retrieval.records import Turn


@pytest.mark.parametrize(
    ("typed", "core"),
    [
        ("Can you tell me who the director is?", "who the director is?"),
        ("could anyone please explain why the bridge was closed", "why the bridge was closed"),
        ("hey guys, does anyone know how to reset my password? thanks!", "how to reset my password?"),
        ("hi! quick question: can i post memes? ty", "can i post memes?"),
        ("so what is rule 9", "what is rule 9"),
        ("I want to know about the flood", "the flood"),
        ("I'd like to know, when does the mill open please?", "when does the mill open?"),
        ("i'm just wondering if dogs are allowed", "dogs are allowed"),
        ("Any idea when the shop opens, anyone knows?", "when the shop opens, anyone knows?"),
        ("Thanks so much! Where is the pier?", "Thanks so much! Where is the pier?"),
    ],
)
def test_politeness_is_taken_off(typed: str, core: str) -> None:
    assert unwrapped(typed) == core


@pytest.mark.parametrize(
    "question",
    [
        "Hello World program in C?",
        "Can you tell me more about it?",
        "Please note this",
        "curious incident of the dog in the night-time",
        "What did Humbert love very much?",
        "Who is well known?",
        "thanks!",
        "Do you know?",
        "Well water limits?",
        "Can someone say no to jury duty?",
        "Can you eat the mushrooms?",
    ],
)
def test_words_that_say_something_stay(question: str) -> None:
    assert unwrapped(question) == question


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        (
            "Who is the head of the library and who is the director of the museum?",
            ["Who is the head of the library?", "who is the director of the museum?"],
        ),
        ("Who leads the choir? Where does it sing?", ["Who leads the choir?", "Where does it sing?"]),
        ("What is the fee? And who is the mayor?", ["What is the fee?", "who is the mayor?"]),
        ("What is the fee? Also, how long is the pier?", ["What is the fee?", "how long is the pier?"]),
        ("What is the fee? And of the museum?", ["What is the fee?", "And of the museum?"]),
        ("And what is the fee? And who pays?", ["And what is the fee?", "And who pays?"]),
        ("can you tell me how to cook rice and how to clean the pot", ["how to cook rice", "how to clean the pot"]),
        ("What is AWS, and what services are provided?", ["What is AWS?", "what services are provided?"]),
    ],
)
def test_several_questions_are_told_apart(message: str, questions: list[str]) -> None:
    history = (Turn("Who?"),)
    assert parts(message, history) == [
        Part(question, (*history, *map(Turn, questions[:at]))) for at, question in enumerate(questions)
    ]


@pytest.mark.parametrize(
    "question",
    [
        "When and where was he born?",
        "Who wrote the letter and when?",
        "I have a cat. Can I bring it?",
        "On which book and who was the author was it based?",
        "What is the law on who may vote and who may not?",
        "Why did the mill stop and the miller leave?",
        "Who? What? Where? When?",
        "How do I tell someone who is rude and who is loud to leave?",
    ],
)
def test_one_question_stays_one(question: str) -> None:
    assert parts(question, ()) == [Part(question, ())]


@given(st.text("canyoutelme whois,.?!ANDpleas", max_size=60))
def test_parts_are_made_of_the_message(message: str) -> None:
    for part in parts(message, ()):
        assert part.question.removesuffix("?") in message
