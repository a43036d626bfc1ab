"""The button below an answer that only its asker sees, which posts it for all to see."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import discord
from discord import ButtonStyle
from discord.ui import Button, DynamicItem, View

from bot.answering.collection import Collection
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.discord.history import IncomingQuestion
from bot.discord.interactions.buttons import ELSEWHERE, FORGOTTEN, GONE, stands_below
from bot.discord.locales import reply_language
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent, send
from bot.discord.posting import Buttons, IsCurrent
from bot.languages.catalogue import ENGLISH, Language, Message

SHARING, SHARED = Message("Sharing it…"), Message("Shared.")
SHARED_BEFORE = Message("You have shared this answer already.")
ROW = 1  # of the buttons: that of the votes


def with_share(buttons: Buttons) -> Buttons:
    """Return what makes the same buttons, and one more below an answer that only its asker sees.

    There is none where the question is not kept: its words are another person's.
    """

    def make(number: int, *, answered: bool, hidden: bool, more: bool, post: bool, language: Language) -> View:
        view = buttons(number, answered=answered, hidden=hidden, more=more, post=post, language=language)
        if hidden and more:
            view.add_item(ShareButton(number, language))
        return view

    return make


class ShareButton(DynamicItem[Button[View]], template=r"quoth:share:(?P<answer>\d{1,18})"):
    """Posts an answer for all to see; it carries the answer's number, and so survives a restart."""

    def __init__(self, number: int, language: Language = ENGLISH) -> None:
        label, id_ = language.text("Share"), f"quoth:share:{number}"
        super().__init__(Button(label=label, style=ButtonStyle.primary, row=ROW, custom_id=id_))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /
    ) -> ShareButton:
        """Return the button that was pressed, whenever it was sent."""
        return cls(int(match["answer"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Post the answer, and say so to who pressed."""
        client: QuothClient = interaction.client
        await client.respond(
            interaction, partial(_share, client, interaction, self.number), private=True, is_press=True
        )


async def _share(client: QuothClient, interaction: discord.Interaction[Any], number: int) -> None:
    """Ask the question again, for all to see, in the light of what the private answer was found in."""
    posted, where = await client.desk.store.answer(number), Where.of(interaction)
    if posted is None or not stands_below(interaction, posted):
        raise Refused(GONE)
    if client.desk.corpora.of(where).name != posted.collection:
        raise Refused(ELSEWHERE)
    if not posted.question:
        raise Refused(FORGOTTEN)
    if number in client.shared:
        raise Refused(SHARED_BEFORE)
    client.shared.add(number)
    own = reply_language(interaction, private=True)
    # Discord takes the first message after an acknowledgement for the answer to it, which nobody else sees.
    await client.say(interaction, Outgoing(own.text(SHARING)))

    async def post(page: Outgoing, collection: Collection, view: View | None, is_current: IsCurrent) -> Sent:
        options = {"view": view} if view is not None else {}
        carry = partial(interaction.followup.send, wait=True, suppress_embeds=True)
        return await send(carry, page, collection, is_current=is_current, **options)

    try:
        public, top = reply_language(interaction, private=False), len(posted.refs) or None
        incoming = IncomingQuestion(
            posted.question, where, top=top, shared=posted, language=public, within=posted.within
        )
        await client.desk.answer(incoming, post)
    except Exception:
        client.shared.discard(number)
        raise
    await client.say(interaction, Outgoing(own.text(SHARED)))
