"""Interactions acknowledged in time: Discord waits three seconds."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

import aiohttp
import discord
from discord.http import Route, json_or_text

from bot.discord.errors import ACKNOWLEDGED

log = logging.getLogger(__name__)

WITHIN = 2.5  # seconds of Discord's three in which a try may begin; the rest is for the way there
CONFIRMED_WITHIN = 5.0  # seconds for the answer to a try: what counts is when it arrives, not when that is confirmed
PAUSE = 0.1  # seconds before what failed at once is repeated
DEFER, DEFER_UPDATE = 5, 6
"""The callbacks for an answer that follows, and for a change of the message whose button was pressed."""
TOO_MANY_REQUESTS = 429


async def acknowledge(interaction: discord.Interaction[Any], *, private: bool, update: bool = False) -> bool:
    """Acknowledge an interaction before its answer; `update` is for one that changes its own message.

    One that Discord has not confirmed in time may have arrived all the same, so whoever answers may go on. Return false
    where another process has acknowledged it before.
    """
    body: dict[str, Any] = {"type": DEFER_UPDATE} if update else {"type": DEFER, "data": {"flags": 64 * private}}
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WITHIN
    is_repeated, is_first = False, True
    with suppress(TimeoutError):
        async with asyncio.timeout(CONFIRMED_WITHIN):
            try:
                while (pause := await _attempt(interaction, body)) is not None and loop.time() + pause < deadline:
                    is_repeated = True
                    await asyncio.sleep(pause)
            except _Acknowledged:
                pause, is_first = None, is_repeated  # a try that failed may have arrived
            if pause is not None:
                log.warning("interaction %d could not be acknowledged in time", interaction.id)
    interaction.response._response_type = discord.InteractionResponseType(body["type"])
    return is_first


class _Acknowledged(Exception):
    """An interaction that was acknowledged before."""


async def _attempt(interaction: discord.Interaction[Any], body: dict[str, Any]) -> float | None:
    """Send the acknowledgement; return the seconds until it is to be sent again, None where it arrived.

    discord.py itself would wait a second and more before it repeats what failed.
    """
    path = "/interactions/{interaction_id}/{interaction_token}/callback"
    url = Route("POST", path, interaction_id=interaction.id, interaction_token=interaction.token).url
    http = interaction.client.http
    try:
        async with interaction._session.post(url, json=body, proxy=http.proxy, proxy_auth=http.proxy_auth) as response:
            if response.status < 300:
                return None
            answer = await json_or_text(response)
    except (aiohttp.ClientError, OSError) as error:
        log.info("an acknowledgement did not reach Discord: %s", error)
        return PAUSE
    code, retry_after = (answer.get("code"), answer.get("retry_after")) if isinstance(answer, dict) else (None, None)
    if code == ACKNOWLEDGED:
        raise _Acknowledged
    if response.status == TOO_MANY_REQUESTS and isinstance(retry_after, int | float):
        return float(retry_after)
    if response.status >= 500:
        return PAUSE
    kind = discord.NotFound if response.status == 404 else discord.HTTPException
    raise kind(response, answer)
