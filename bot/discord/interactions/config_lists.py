"""The settings of a server that are lists of channels or roles, each chosen in a select."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from discord import ChannelType

from bot.languages.catalogue import Message

MOST_CHOSEN = 25  # that Discord's selects hold
TEXT = (ChannelType.text, ChannelType.news, ChannelType.voice, ChannelType.stage_voice)


class ListCommand(NamedTuple):
    """A subcommand that shows a select."""

    name: str
    description: str
    question: Message
    placeholder: Message
    types: tuple[ChannelType, ...] = ()
    """Of the channels to choose from; none for roles."""
    most: int = MOST_CHOSEN


LISTS: Mapping[str, ListCommand] = {
    "channels": ListCommand(
        "channels",
        "In which channels members may ask me.",
        Message(
            "In which channels, threads included, may members ask me? If you choose none, they may ask everywhere."
        ),
        Message("Channels"),
        (*TEXT, ChannelType.forum),
    ),
    "roles": ListCommand(
        "roles",
        "Which roles may ask me.",
        Message("Members with which roles may ask me? If you choose none, everybody may."),
        Message("Roles"),
    ),
    "ask_channels": ListCommand(
        "ask-channels",
        "In which channels I answer questions that do not mention me.",
        Message("In which channels shall I answer questions that do not mention me?"),
        Message("Ask channels"),
        TEXT,
    ),
    "help_forums": ListCommand(
        "forums",
        "In which forums I answer new posts, if I am confident.",
        Message(
            "In which forums shall I answer new posts? Where I am not confident, I am silent, and `/gaps` lists the "
            "post."
        ),
        Message("Help forums"),
        (ChannelType.forum,),
    ),
    "digest_channels": ListCommand(
        "digest",
        "Where I post every week what was asked and not answered.",
        Message(
            "Where shall I post every week what was asked and not answered? The first post comes in seven days; if "
            "you choose none, I post nothing."
        ),
        Message("Digest channel"),
        (ChannelType.text, ChannelType.news),
        most=1,
    ),
}
"""By the rule that each sets."""
