"""`/verify`, as people use it: with what they copied, and the source that they were given."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bot.discord.conftest import Scene, Stage
from tests.toy import SHARED_LINE, build_toy

SAILOR = "No sailor lost his life that night."


async def check(scene: Scene, text: str, **options: str) -> str:
    """What `/verify` answers, to nobody else."""
    used = await scene.server.slash(scene.ann, scene.channel, "verify", text=text, **options)
    message = await used.response()
    assert used.ephemeral
    return message.content


def test_a_text_is_verified(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            assert (await check(scene, SAILOR)).startswith(
                f"**Verbatim**:\n> {SAILOR}\n-# Harbour wall to be raised after the storm · ¶"
            )
            near = await check(scene, "No sailor lost his mind that night.")
            assert near.startswith(f"**Not verbatim.** The closest passage in the articles:\n> {SAILOR}\n")
            assert near.endswith("\nWhat differs: No sailor lost his ~~mind~~ **life** that night.")
            assert await check(scene, "Zebras compose.") == "**Not in the articles**, and nothing there comes close."
            assert await check(scene, "?!") == "That text has no words in it. Please give the quote to verify."
            assert (await check(scene, SHARED_LINE)).startswith(f"**Verbatim**, in 2 places:\n> {SHARED_LINE}\n")

    asyncio.run(play())


def test_a_text_that_differs_in_typography_is_shown_as_the_article_has_it(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            said = await check(scene, '"Our wells are low and the summer has  only begun.')
            assert said.startswith(
                "**The same but for typography**. The article has:\n"
                "> “Our wells are low and the summer has only begun.\n"
                "-# A letter from the mayor · ¶ 1"
            )
            assert "What differs" not in said

    asyncio.run(play())


def test_what_was_copied_from_an_answer_is_verbatim(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            answer = await scene.ask("Who closed the bridge in 2016?")
            for copied in (answer, answer.partition("\n")[0], f"**Verbatim**:\n{answer}"):
                assert (await check(scene, copied)).startswith("**Verbatim**:\n> Engineer Ilse Brandt"), copied
            assert (await check(scene, f"> {SAILOR}\nand\n> Zebras compose.")).startswith("**Verbatim**:\n> No sailor")

    asyncio.run(play())


def test_a_text_is_checked_against_the_source_it_is_said_to_be_from(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            typing = await server.autocomplete(scene.ann, scene.channel, "verify", "source", "storm", text=SAILOR)
            assert [(choice.name, choice.value) for choice in await typing.choices()] == [
                ("Harbour wall to be raised after the storm", "harbour"),
                ("What the storm left behind", "storm"),
            ]
            assert (await check(scene, SAILOR, source="harbour")).startswith(f"**Verbatim**:\n> {SAILOR}")
            assert (await check(scene, SAILOR, source="What the storm left behind")).startswith(
                "**Verbatim**, but in another article than “What the storm left behind”:\n"
                f"> {SAILOR}\n-# Harbour wall to be raised after the storm · ¶ 1"
            )
            shared = await check(scene, SHARED_LINE, source="storm")
            assert shared.startswith(f"**Verbatim**:\n> {SHARED_LINE}\n-# What the storm left behind")
            assert "also in" not in shared
            assert (await check(scene, SAILOR.replace(" ", "  "), source="storm")).startswith(
                "**The same but for typography**, and in another article than “What the storm left behind”. "
                "The article has:\n> No sailor"
            )
            unknown = "I have no article with that title, id or permalink. Please pick one from the list."
            assert await check(scene, SAILOR, source="zebra") == unknown
            several = "2 articles of mine could be meant by that source. Please pick one from the list."
            assert await check(scene, SAILOR, source="the storm") == several

    asyncio.run(play())


def test_many_places_are_counted_as_far_as_they_are_looked_for(stage: Stage, tmp_path: Path) -> None:
    corpus = tmp_path / "many"
    corpus.mkdir()
    for number in range(22):
        (corpus / f"{number:02}.txt").write_text(f"Report {number}\n\nThe well of the old mill is deep.\n")
    build_toy(corpus, tmp_path / "index")

    async def play() -> None:
        async with stage(home=tmp_path / "index") as scene:
            assert (await check(scene, "The well of the old mill is deep.")).startswith(
                "**Verbatim**, in 20 or more places:\n> The well"
            )

    asyncio.run(play())
