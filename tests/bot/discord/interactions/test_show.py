"""`/show`: permalinks typed, copied or picked from those of recent answers."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.discord.errors import Refused
from bot.discord.interactions.show import NO_PERMALINK, permalink_in
from bot.discord.outgoing.markdown import unescape
from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import Channel, User
from tests.toy import build_toy, write_corpus

BRIDGE = "bridge@7f5229e394a5#250-340"
QUESTION = "Who closed the bridge in 2016?"


async def suggested(scene: Scene, user: User, channel: Channel, typed: str = "") -> list[tuple[str, str]]:
    """What `/show` offers to complete."""
    typing = await scene.server.autocomplete(user, channel, "show", "permalink", typed)
    return [(choice.name, str(choice.value)) for choice in await typing.choices()]


async def recorded(scene: Scene, answers: int) -> None:
    """Wait until so many answers are known to have been sent."""
    async with asyncio.timeout(60):
        while len(await scene.client.desk.store.recent_answers(datetime.now(UTC) - timedelta(1), 9)) < answers:
            await asyncio.sleep(0.01)


def begins(choices: list[tuple[str, str]], expected: list[tuple[str, str]]) -> bool:
    """Whether names and permalinks begin as they should, and there are as many."""
    return [(name[: len(begin)], ref) for (name, ref), (begin, _) in zip(choices, expected, strict=True)] == expected


def test_a_permalink_is_shown_in_its_paragraph(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            for typed in (BRIDGE, f" `{BRIDGE}` ", "bridge\\@7f5229e394a5\\#250\\-340"):
                used = await scene.server.slash(scene.ann, scene.channel, "show", permalink=typed)
                said = (await used.response()).content
                assert used.ephemeral
                assert said.startswith("> The stone bridge over the river Tarn reopened to carts and cars on Friday.")
            for typed, refusal in (
                ("the bridge", NO_PERMALINK),
                ("bridge@000000000000#250-340", "The article has changed since it was quoted, and I no longer have"),
                ("zebra@000000000000#250-340", "The article that was quoted is no longer there."),
            ):
                used = await scene.server.slash(scene.ann, scene.channel, "show", permalink=typed)
                assert unescape((await used.response()).content).startswith(refusal)

    asyncio.run(play())


def test_recent_ones_are_suggested_to_who_could_read_them(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            elsewhere, direct = scene.server.text_channel(scene.guild, "elsewhere"), scene.server.dm(scene.ann)
            await scene.ask(QUESTION)
            await scene.ask("Who winds the clocks at the clock museum?", direct)
            await recorded(scene, 2)
            public = [("Velmora gets its bridge back: Engineer Ilse Brandt had closed it in 2016, when divers", BRIDGE)]
            own = await suggested(scene, scene.ann, scene.channel)
            assert own[0][0].startswith("The museum of clocks: ")
            assert all(len(name) <= 100 for name, _ in own)
            assert begins(own[-1:], public)
            assert begins(await suggested(scene, scene.ann, scene.channel, "BRANDT bridge@"), public)
            assert begins(await suggested(scene, scene.ben, scene.channel), public)
            assert await suggested(scene, scene.ben, elsewhere) == []
            assert await suggested(scene, scene.ann, elsewhere) == own
            await scene.client.desk.store.close()
            assert await suggested(scene, scene.ann, scene.channel) == []

    asyncio.run(play())


@pytest.mark.parametrize("text", ["", "bridge", "bridge@7f5229e394a5", "@#1-2"])
def test_what_is_no_permalink(text: str) -> None:
    with pytest.raises(Refused):
        permalink_in(text)


def test_what_an_article_says_instead_is_shown_below(stage: Stage, tmp_path: Path) -> None:
    corpus, home = write_corpus(tmp_path / "articles"), tmp_path / "own"
    build_toy(corpus, home)
    bridge = corpus / "bridge.md"
    bridge.write_text(bridge.read_text("utf-8").replace("closed it in 2016", "closed it in 2017"), "utf-8")
    build_toy(corpus, home)

    async def play() -> None:
        async with stage(home=home) as scene:
            used = await scene.server.slash(scene.ann, scene.channel, "show", permalink=BRIDGE)
            first, second = await used.response(), await used.followup()
            assert first.content.startswith("The article has changed since. This is what was cited:")
            head, new = second.content.split("\n")[:2]
            assert re.fullmatch(r"As of <t:\d+:D>, the article says instead:", head)
            assert new.startswith("> Engineer Ilse Brandt had closed it in 2017")

    asyncio.run(play())
