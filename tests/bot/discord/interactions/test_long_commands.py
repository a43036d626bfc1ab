"""Commands that take long: what is said early, whom they hold up, and how their outcome is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.discord.interactions.articles_texts import NONE_YET
from bot.discord.interactions.build_progress import Latest
from bot.languages.catalogue import ENGLISH, Language
from tests.bot.discord.conftest import Stage
from tests.bot.discord.interactions.test_admin import held_build, own
from tests.bot.discord.interactions.test_articles import ADDED, FERRY, Office, office
from tests.discord_server import Message

__all__ = ["own"]  # a fixture

TOKEN_LIFE = 15 * 60.0
WELL = b"The well is forty metres deep.\n"


async def adding(here: Office, name: str = "ferry.md", data: bytes = FERRY) -> Message:
    """The reply to `/articles add`, which is not waited for."""
    file = here.scene.server.file(name, data)
    used = await here.scene.server.slash(here.owner, here.scene.channel, "articles add", file=file)
    return await used.response()


async def until_encoding(here: Office, message: Message) -> None:
    """Wait until a reply says that passages are encoded."""
    await here.scene.server.until(lambda: message.content == "Encoding passages: 1 of 3…")


def test_an_outcome_after_a_quarter_of_an_hour_is_sent_directly(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        with held_build(monkeypatch) as (progress, release):
            async with office(stage, own) as here:
                message, server = await adding(here), here.scene.server
                await asyncio.to_thread(progress, "encode", 1, 3)
                await until_encoding(here, message)
                server.clock.advance(TOKEN_LIFE + 1)
                release()
                sent = await server.next_message(server.dm(here.owner))
                about = f"-# The outcome of a command of yours in <#{here.scene.channel.id}>, which took long:"
                assert sent.content == f"{about}\n{ADDED}"
                assert message.content == "Encoding passages: 1 of 3…"
                assert "from-discord/ferry" in here.ids()

    asyncio.run(play())


def test_a_refusal_after_a_quarter_of_an_hour_is_sent_directly(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        with held_build(monkeypatch) as (progress, release):
            async with office(stage, own) as here:
                await adding(here)
                await asyncio.to_thread(progress, "encode", 1, 3)
                waiting = await adding(here, "empty.md", b"\n")
                server = here.scene.server
                await server.until(lambda: waiting.content.startswith("Another change of the articles is under way"))
                server.clock.advance(TOKEN_LIFE + 1)
                release()
                first, second = [await server.next_message(server.dm(here.owner)) for _ in range(2)]
                assert first.content.endswith(f"\n{ADDED}")
                assert second.content.endswith("\nI did not add empty.md: it is empty.")

    asyncio.run(play())


def test_who_takes_no_direct_messages_is_told_in_the_channel_that_it_ended(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        with held_build(monkeypatch) as (progress, release):
            async with office(stage, own) as here:
                server = here.scene.server
                here.owner.accepts_dms = False
                used = await server.slash(here.owner, here.scene.channel, "reindex")
                await used.response()
                await asyncio.to_thread(progress, "encode", 1, 3)
                server.clock.advance(TOKEN_LIFE + 1)
                release()
                sent = await server.next_message(here.scene.channel)
                assert sent.content == (
                    f"{here.owner.mention}, the command of yours that took so long has ended. I may not message you: "
                    "`/articles list` and `/about` show the outcome."
                )
                assert server.pings(sent) == frozenset()

    asyncio.run(play())


def test_a_list_does_not_wait_and_a_change_says_that_it_does(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        with held_build(monkeypatch) as (progress, release):
            async with office(stage, own) as here:
                first = await adding(here)
                await asyncio.to_thread(progress, "encode", 1, 3)
                await until_encoding(here, first)
                assert await here.use("list") == NONE_YET
                second = await adding(here, "well.md", WELL)
                waiting = "Another change of the articles is under way: yours comes right after it…"
                await here.scene.server.until(lambda: second.content == waiting)
                release()
                await here.scene.server.until(lambda: second.content.startswith("Added well.md."))
                assert first.content == ADDED

    asyncio.run(play())


def test_what_is_given_is_said_to_be_read_at_once(stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        with held_build(monkeypatch) as (progress, release):
            async with office(stage, own) as here:
                message = await adding(here)
                await asyncio.to_thread(progress, "encode", 1, 3)
                await until_encoding(here, message)
                release()
                await here.scene.server.until(lambda: message.content == ADDED)
                assert "Reading what you gave me…" in [version.text for version in message.versions]

    asyncio.run(play())


@pytest.mark.parametrize(
    ("seconds", "count", "sentence"),
    [
        (0, 0, "Encoding passages: 0 of 12,000…"),
        (4, 160, "Encoding passages: 160 of 12,000…"),
        (10, 400, "Encoding passages: 400 of 12,000, about 5 minutes left. I'll tell you when it is done…"),
        (290, 11_600, "Encoding passages: 11,600 of 12,000…"),
    ],
)
def test_a_long_stage_says_how_long_it_will_take(seconds: float, count: int, sentence: str) -> None:
    times = iter([100.0, 100.0 + seconds])
    latest = Latest(ENGLISH, lambda: next(times))
    latest("encode", 0, 12_000)
    latest("encode", count, 12_000)
    assert str(latest) == sentence


def test_a_build_that_has_not_begun_says_so() -> None:
    assert str(Latest(ENGLISH)) == "Starting…"
    assert str(Latest(Language.of("de"))) == "Es geht los…"
