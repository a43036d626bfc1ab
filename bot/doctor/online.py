"""What Discord says of the bot: whether it lets it in, and what it may do in each server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import discord

from bot.discord.client import may_read
from bot.discord.gateway import obstacle
from bot.discord.launch import PERMISSIONS, logged_in
from bot.discord.repetition import FAILURES
from bot.doctor.findings import Finding, State
from bot.errors import sentence
from bot.formats.numbers import count
from bot.formats.visible import one_line
from bot.settings import Settings
from retrieval.errors import QuothError
from retrieval.redaction import hide_tokens

WITHIN = 60.0
"""Seconds for everything that Discord is asked."""
INVITE = "`quoth discord --invite` prints the link that adds it"
BOT_PAGE = "on the Bot page of your application at discord.com/developers"


async def ask_discord(settings: Settings) -> Sequence[Finding]:
    """Return what Discord says of the token, the intents and each server."""
    results: list[Finding] = []
    try:
        async with asyncio.timeout(WITHIN), logged_in(settings) as client:
            await _ask(client, settings, results)
    except QuothError as error:
        results.append(_finding("discord", State.PROBLEM, sentence(error)))
    except FAILURES as error:
        results.append(_finding("discord", State.PROBLEM, sentence(obstacle(error, settings.discord.api_url))))
    return results


async def _ask(client: discord.Client, settings: Settings, results: list[Finding]) -> None:
    assert client.user is not None
    results.append(_finding("discord", State.OK, f"lets the bot in as {one_line(client.user.name)}."))
    results.append(_intents(await client.application_info(), settings))
    guilds = [guild async for guild in client.fetch_guilds(limit=None)]
    if not guilds:
        results.append(_finding("servers", State.WARNING, f"the bot is in no server: {INVITE} to one."))
        return
    results.append(_finding("servers", State.OK, f"the bot is in {count(len(guilds), 'server')}."))
    for guild in guilds:
        whole = await client.fetch_guild(guild.id)
        results.append(_server(whole, await whole.fetch_member(client.user.id)))


def _intents(application: discord.AppInfo, settings: Settings) -> Finding:
    chat = settings.discord
    names = [name for name in ("ask_channels", "help_forums") if getattr(chat, name)]
    if may_read(application):
        return _finding("intents", State.OK, "the message content intent is on.")
    if names:
        fault = f"the message content intent is off, and {' and '.join(names)} below [discord] need it"
        return _finding("intents", State.PROBLEM, f"{fault}: switch it on {BOT_PAGE}.")
    return _finding("intents", State.OK, f"the message content intent is off; ask channels would need it, {BOT_PAGE}.")


def _server(guild: discord.Guild, member: discord.Member) -> Finding:
    check, has = f"server {one_line(guild.name)}", member.guild_permissions
    lacking = [name.replace("_", " ") for name, needed in PERMISSIONS if needed and not getattr(has, name)]
    if lacking:
        remedy = f"give them to the bot's role in the server's settings, or invite it again ({INVITE})"
        return _finding(check, State.PROBLEM, f"the bot lacks the permissions {', '.join(lacking)}: {remedy}.")
    return _finding(check, State.OK, "the bot has every permission that it needs.")


def _finding(check: str, state: State, text: str) -> Finding:
    return Finding(check, state, hide_tokens(text))
