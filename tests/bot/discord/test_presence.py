"""Signs of life, by which others that share the database leave this process' questions to it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.chat_log.claims import Claims
from bot.chat_log.database import StoreUnusable
from bot.chat_log.store import Store
from bot.discord import presence
from bot.discord.presence import Presence


async def until(claims: Claims, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Have signs of life given until so many were tried."""
    tried, renew, over = 0, claims.renew, asyncio.Event()

    async def counted() -> None:
        nonlocal tried
        tried += 1
        try:
            await renew()
        finally:
            if tried == times:
                over.set()

    monkeypatch.setattr(claims, "renew", counted)
    living = asyncio.create_task(Presence(claims).keep_on())
    async with asyncio.timeout(60):
        await over.wait()
    living.cancel()


def test_the_first_sign_of_life_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "EVERY", 3600.0)

    async def play() -> None:
        first, second = Store.open(tmp_path / "chat.db"), Store.open(tmp_path / "chat.db")
        await until(first.claims, monkeypatch, 1)
        assert not await second.claims.is_alone()
        await first.close()
        await second.close()

    asyncio.run(play())


def test_a_database_that_is_away_is_logged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(presence, "EVERY", 0.0)

    async def play() -> None:
        store = Store.open(tmp_path / "chat.db")

        async def away() -> None:
            raise StoreUnusable(tmp_path / "chat.db", "is locked")

        monkeypatch.setattr(store.claims, "renew", away)
        await until(store.claims, monkeypatch, 5)
        await store.close()

    asyncio.run(play())
    assert [record.getMessage().partition(":")[0] for record in caplog.records if record.name == presence.__name__] == [
        "others do not know that this bot runs, and may answer what it answers"
    ]
