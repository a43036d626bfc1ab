"""The bot over the toy corpus as a process of its own, which looks after others within moments.

`python -m tests.bot.discord.bot_process INDEX STORE API TOKEN [STALLS_AFTER]`: with the last, its search stands still
after so many questions.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from bot.chat_log import claims
from bot.chat_log.address import place_of
from bot.discord import presence, recovery
from bot.discord.launch import connect, opened
from bot.settings import DiscordSettings, IndexSettings, Settings
from retrieval.engine import Engine
from retrieval.records import Answer, Filter, Turn
from tests.bot.discord.conftest import open_engine


class _Stalling(Engine):
    questions_left = 0

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        top: int | None = None,
        show_weak: bool = False,
        within: Filter | None = None,
    ) -> Answer:
        if self.questions_left == 0:
            threading.Event().wait()
        self.questions_left -= 1
        return super().ask(question, history, top=top, show_weak=show_weak, within=within)


def stalling(path: Path, questions: int) -> Engine:
    """An engine that answers so many questions, and no more."""
    engine = open_engine(path)
    stalls = _Stalling(engine.generation, engine.encoder, engine.settings)
    stalls.model, stalls.questions_left = engine.model, questions
    return stalls


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
