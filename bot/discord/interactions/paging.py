"""Private lists in pages: which page there is, the buttons that turn to others, and what pressing one does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ButtonStyle
from discord.ui import Button, Item, View

from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import edit
from bot.languages.catalogue import Language, Message

Interaction = discord.Interaction[Any]
Page = tuple[Outgoing, View | None]
"""A page and its buttons."""

A_PAGE = 10
NO_LIST = Message("I no longer know this list: ask for it again.")


def page_count(number: int) -> int:
    """Return how many pages a list of so many lines has."""
    return max(1, -(-number // A_PAGE))


def turning(id_: str, label: str, *, disabled: bool) -> Button[View]:
    """Return a button that turns to a page."""
    return Button(label=label, style=ButtonStyle.secondary, custom_id=id_, disabled=disabled)


def page_buttons(
    page: int, pages: int, button: Callable[[int, str, bool], Item[Any]], language: Language
) -> View | None:
    """Return the buttons below a page, or None where it is the only one.

    `button` makes one of the page that it turns to, its label, and whether it is disabled.
    """
    if pages == 1:
        return None
    view = View(timeout=None)
    view.add_item(button(max(0, page - 1), language.text("Previous"), page == 0))
    view.add_item(button(page + 1, language.text("Next"), page == pages - 1))
    return view


async def show_page(interaction: Interaction, page: Page) -> None:
    """Show a page in the reply to an interaction."""
    message, view = page
    await edit(interaction.edit_original_response, message, view=view)


async def turn_page(
    interaction: Interaction, pressed: str, page: Callable[[], Awaitable[Page]], *, moderates: bool = False
) -> None:
    """Show a page in place of the one below which a button was pressed."""
    client: QuothClient = interaction.client

    async def work() -> None:
        if not is_list(interaction, pressed):
            raise Refused(NO_LIST)
        await show_page(interaction, await page())

    await client.respond(interaction, work, private=True, update=True, moderates=moderates)


def is_list(interaction: Interaction, pressed: str) -> bool:
    """Return whether the button was pressed below a list that only its reader sees, not sent with another message."""
    message = interaction.message
    if message is None or message.author != interaction.client.user or not message.flags.ephemeral:
        return False
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return any(getattr(part, "custom_id", None) == pressed for row in rows for part in row.children)
