"""The words of Discord around a question, and those within it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord.wording import question_in

NAMES = {"<@7>": "Ann", "<@&8>": "mods", "<#9>": "rules"}
QUESTION = "when was the summit?"


@pytest.mark.parametrize(
    "wrapped",
    [
        "hey, when was the summit? thanks :smile:",
        "<:wave:1> when was the summit? <a:party:2>",
        "👋🏽 when was the summit? 🙏🙏",
        "when was the summit 😂?",
        "hi all! when was the summit?",
        "Hello everyone, when was the summit? Thanks in advance!",
        "Good morning folks\nwhen was the summit?\n\nThank you so much 🙏",
        "hey when was the summit?",
        "hi there when was the summit? thx",
        "Hello! <@7> when was the summit? <@&8>",
        "<@!7> <@&8>, when was the summit?",
        "@everyone when was the summit? <#9>",
        "thanks! when was the summit? cheers",
        "hey 👋 hi, when was the summit? thank you all!! :)",
        "hiya :wave: when was the summit? <3",
        "when was the summit? Have a nice day!",
        "good evening, when was the summit? many thanks 😊 <@7>",
        "when was the summit, <@7>?",
        "🇩🇪 when was the summit? 👨‍👩‍👧 ❤️",
        "  when was the summit?  pls",
        "hello, when was the summit? Cheers, have a nice day 😊",
    ],
)
def test_what_stands_around_a_question_goes(wrapped: str) -> None:
    assert question_in(wrapped, lambda mention: NAMES.get(mention, "")) == QUESTION


@pytest.mark.parametrize(
    "question",
    [
        "when was the summit",
        "Who gave thanks at the summit?",
        "Who gave thanks?",
        "For what did the mayor say thank you",
        "What does 'hello' print?",
        'What does `hi` print? It says "thanks"',
        "Hello, World! is printed by which program?",
        "Hey Jude was written by whom?",
        "Hi-fi sets are sold where?",
        "Good Morning, Vietnam was released when?",
        "Morning meetings are when?",
        "Thanks to whom was the bridge built?",
        "Thank you letters: who sent them?",
        "Hello is printed by which program?",
        "What are the magic words: please, sorry, thanks",
        "Which linters does it use: ruff, mypy, ty",
        "What does :+1: mean",
        "what does :+1: mean?",
        "What does 😂 mean?",
        "😂 means what?",
        "What is the meaning of 😂?",
        "how do I react with 👍?",
        "When is the release in 🇩🇪?",
        "How do I style a :hover:?",
        "what does it mean: 😂?",
        "Is rule 2️⃣ about noise?",
        "what is .NET?",
        "is 3 < 4 -> true?",
        "When did he say goodbye, and to whom?",
        "Who is on the team?",
        "and why?",
        "opening hours",
        "Dear prices: who sets them?",
        "Morning, noon and night: when is it open?",
    ],
)
def test_words_that_matter_stay(question: str) -> None:
    assert question_in(question) == question


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("what does <:blobcat:12> mean", "what does :blobcat: mean"),
        ("<a:blobcat:12> is which emoji?", ":blobcat: is which emoji?"),
        ("What did <@7> say about the summit?", "What did Ann say about the summit?"),
        ("what may I post in <#9>?", "what may I post in rules?"),
        ("when will the <@&8> decide 🤔 on the toll?", "when will the mods decide on the toll?"),
        ("what did <@99> say?", "what did say?"),
        ("Hello, in which year was the summit?", "in which year was the summit?"),
        ("hey there in what year was the summit", "in what year was the summit"),
        ("hello, velmora gets what back?", "velmora gets what back?"),
        ("what does </ask:123> do?", "what does /ask do?"),
        ("who are <@7>, <@&8>?", "who are Ann, mods?"),
        ("when was the summit <:x:1>, and who came 😀?", "when was the summit, and who came?"),
        ("so 😂 when was the summit? 😂", "so when was the summit?"),
        ("Who came?\nthanks,\n🙂 When was the summit?", "Who came?\nthanks,\nWhen was the summit?"),
        *((text, "") for text in ("", "😂", "<:a:1> <a:b:2>", "thanks!", "Hey 👋", "good morning all :)", "hi <@7>")),
        *((text, "") for text in ("thx 🙏", "ok, thanks a lot!", "<@7>", "hello everybody", "ty", "Thank you, bot!")),
    ],
)
def test_what_a_sentence_is_about_has_its_name(text: str, question: str) -> None:
    assert question_in(text, lambda mention: NAMES.get(mention, "")) == question


@given(st.text(alphabet="hey thanks,.?!😂<:a1>@#&\n wo", max_size=40))
def test_a_question_is_cleaned_once(text: str) -> None:
    question = question_in(text)
    assert question_in(question) in (question, question_in(question_in(question)))
    assert question == question.strip()
