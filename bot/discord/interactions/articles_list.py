"""The list of the articles that were added from Discord, in pages."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord.ui import Button, DynamicItem, View

from bot.discord.client import QuothClient
from bot.discord.interactions.articles_place import owned_articles
from bot.discord.interactions.articles_texts import list_message
from bot.discord.interactions.paging import Page, page_buttons, page_count, turn_page, turning
from bot.discord.locales import reply_language

Interaction = discord.Interaction[Any]


class PageButton(DynamicItem[Button[View]], template=r"quoth:articles:(?P<page>\d{1,9})"):
    """Turns to a page of the list, whenever that was sent."""

    def __init__(self, page: int, label: str = "", *, disabled: bool = False) -> None:
        super().__init__(turning(f"quoth:articles:{page}", label, disabled=disabled))
        self.page = page

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: re.Match[str], /) -> PageButton:
        """Return the button that was pressed."""
        return cls(int(match["page"]))

    async def callback(self, interaction: Interaction) -> None:
        """Show the page in place of the one before."""
        await turn_page(
            interaction, self.custom_id, lambda: page_of(interaction.client, interaction, self.page), moderates=True
        )


async def page_of(client: QuothClient, interaction: Interaction, page: int) -> Page:
    """Return a page of the list and its buttons; the last one where the list has become shorter."""
    contributions = await owned_articles(client, interaction)
    pages, language = page_count(len(contributions)), reply_language(interaction, private=True)
    page = min(page, pages - 1)

    def button(to: int, label: str, disabled: bool) -> PageButton:
        return PageButton(to, label, disabled=disabled)

    return list_message(contributions, page, language), page_buttons(page, pages, button, language)
