"""The bot ended and started again, as a deployment does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.discord.launch import connect, opened
from bot.settings import DiscordSettings, IndexSettings, Settings
from tests.bot.discord.conftest import Scene, open_engine


async def emptied(scene: Scene) -> None:
    """Wait until no question waits."""
    async with asyncio.timeout(60):
        while await scene.client.desk.store.inbox.waiting():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def restarted(scene: Scene, index: Path, store: Path | None = None, sessions: int = 2) -> AsyncIterator[None]:
    """The bot ended, and another started in its place."""
    await scene.client.finish()
    chosen = Settings(
        index=IndexSettings(index),
        discord=DiscordSettings(api_url=scene.server.url, store=store or index.parent / "restarted.db"),
    )
    async with opened(chosen, open_engine) as client:
        task = asyncio.create_task(connect(client, scene.server.token, chosen))
        await scene.server.connected(sessions)
        yield
        await client.finish()
        await task
