"""Small talk in ask channels, and questions that look like it."""

from __future__ import annotations

import pytest

from bot.discord.small_talk import is_small_talk


@pytest.mark.parametrize(
    "text",
    [
        *("will do", "lol", "same here", "Will do, boss", "can confirm", "can't wait!", "how nice!", "what a day"),
        *("who cares?", "why not?", "how are you all?", "what's up?", "What’s up everyone?", "anyone here?", "really?"),
        *("ok?", "are you sure?", "did you see that?", "is it friday yet?", "would love to", "did that already"),
        *("do you", "so how is it going?", "huh?", "?", "is it just me?", "who's in?", "what the heck", "you too?"),
    ],
)
def test_small_talk_is_no_question(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        *("Who closed the bridge in 2016?", "who keeps the clocks", "is the bridge open", "why?", "how?"),
        *("will the toll be charged", "what is a toll?", "did it rain in the night of the storm?", "can cats swim?"),
        *("Are you allowed to swim in the harbour?", "how come the bridge was closed?", "who knows the mayor?"),
        *("what's new in version 4?", "do I need a ticket?", "is it open on Sunday?", "was it closed in 2016?"),
        *("Does it cost anything?", "have dogs to be on a leash?", "when is the bridge open"),
    ],
)
def test_a_question_is_no_small_talk(text: str) -> None:
    assert not is_small_talk(text)
