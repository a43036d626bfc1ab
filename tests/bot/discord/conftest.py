"""The bot, over the toy corpus, in a Discord of the tests' own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.discord.client import QuothClient
from bot.discord.launch import Opener, connect, opened
from bot.settings import DiscordSettings, IndexSettings, Settings
from retrieval.engine import Engine
from retrieval.settings import AnswerSettings
from tests.discord_server import Channel, DiscordServer, Guild, User
from tests.toy import HookedEngine, build_toy, open_toy, write_corpus

ANSWERS = AnswerSettings(threshold=0.55)
"""With the toy encoder, what the corpus has no word of is not answered."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A server with a guild, a channel and two people, and the bot in it."""

    server: DiscordServer
    client: QuothClient
    guild: Guild
    channel: Channel
    ann: User
    ben: User
    task: asyncio.Task[None]

    async def ask(self, text: str, channel: Channel | None = None) -> str:
        """Ann mentions the bot with a question; what it answers."""
        await self.server.say(self.ann, channel or self.channel, f"<@{self.server.bot.id}> {text}")
        return (await self.server.next_message(channel or self.channel)).content


Stage = Callable[..., AbstractAsyncContextManager[Scene]]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the toy corpus; not to be written to."""
    folder = tmp_path_factory.mktemp("toy")
    build_toy(write_corpus(folder / "articles"), folder / "index")
    return folder / "index"


def open_engine(path: Path) -> Engine:
    """The toy engine over an index."""
    return open_toy(path, ANSWERS)


@pytest.fixture
def stage(index: Path, tmp_path: Path) -> Stage:
    """Puts the bot on."""
    return staged(index, tmp_path)


def staged(index: Path, tmp_path: Path) -> Stage:
    """What puts the bot on: `async with stage(cooldown=3.0) as scene`, settings as those of [discord].

    All guilds are answered unless some are named. A server that is given is one that runs already; what the bot
    remembers lies in `tmp_path`.
    """

    @asynccontextmanager
    async def put_on(
        server: DiscordServer | None = None,
        opener: Opener = open_engine,
        home: Path = index,
        *,
        registers: bool = True,
        **settings: object,
    ) -> AsyncIterator[Scene]:
        async with AsyncExitStack() as stack:
            there = server if server is not None else await stack.enter_async_context(DiscordServer())
            sessions = there.gateway.identified + 1
            guild = there.guild()
            channel = there.text_channel(guild)
            ann, ben = there.user("ann"), there.user("ben")
            given = {"cooldown": 0.0, "servers": None, "store": tmp_path / "chat.db", "api_url": there.url, **settings}
            chosen = Settings(index=IndexSettings(home), discord=DiscordSettings(**given))  # type: ignore[arg-type]
            async with opened(chosen, opener) as client:
                task = asyncio.create_task(connect(client, there.token, chosen))
                await there.connected(sessions)
                if registers:
                    await there.registered("forget-me")
                try:
                    yield Scene(there, client, guild, channel, ann, ben, task)
                finally:
                    await client.finish()
                    with suppress(asyncio.CancelledError):
                        await task

    return put_on


@dataclass(frozen=True, slots=True)
class Held:
    """Opens engines that answer only once they are let go."""

    asked: threading.Event
    """Set when a question has come."""
    free: threading.Event

    def open(self, path: Path) -> Engine:
        """The toy engine, held."""
        return HookedEngine(open_engine(path), self._wait)

    def _wait(self, question: str) -> None:
        self.asked.set()
        assert self.free.wait(10)

    @asynccontextmanager
    async def searching(self, question: Awaitable[object]) -> AsyncIterator[None]:
        """Have a question asked, which is searched for as long as the work within takes."""
        self.asked.clear()
        self.free.clear()
        await question
        assert await asyncio.to_thread(self.asked.wait, 5)
        yield
        self.free.set()


@pytest.fixture
def held() -> Held:
    """An engine that is as slow as the test wishes."""
    return Held(threading.Event(), threading.Event())
