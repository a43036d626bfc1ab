"""The bot over the toy corpus as a process of its own, which looks after others within moments.

`python -m tests.bot.discord.bot_process INDEX STORE API TOKEN [STALLS_AFTER]`: with the last, its search stands still
after so many questions.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

from bot.chat_log import claims
from bot.chat_log.address import place_of
from bot.discord import presence, recovery
from bot.discord.launch import connect, opened
from bot.settings import DiscordSettings, IndexSettings, Settings
from retrieval.engine import Engine
from tests.bot.discord.conftest import open_engine
from tests.toy import HookedEngine


def stalling(path: Path, questions: int) -> Engine:
    """An engine that answers so many questions, and no more."""
    left = iter(range(questions))

    def stall(question: str) -> None:
        if next(left, None) is None:
            threading.Event().wait()

    return HookedEngine(open_engine(path), stall)


async def run(index: Path, store: str, api: str, token: str, stalls_after: int | None) -> None:
    """Run the bot until it is killed."""
    discord = DiscordSettings(api_url=api, store=place_of(store), cooldown=0.0, servers=None)
    settings = Settings(index=IndexSettings(index), discord=discord)
    opener = open_engine if stalls_after is None else lambda path: stalling(path, stalls_after)
    async with opened(settings, opener) as client:
        await connect(client, token, settings)


if __name__ == "__main__":
    claims.ALIVE_FOR, presence.EVERY, recovery.LOOK_EVERY = 4.0, 0.3, 0.3
    index, store, api, token, *stalls_after = sys.argv[1:]
    asyncio.run(run(Path(index), store, api, token, int(stalls_after[0]) if stalls_after else None))
