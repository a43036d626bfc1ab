"""`/gap` and `/stats`: questions without an answer settled, and what is asked counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.chat_log.activity import Figures
from bot.discord.interactions.gaps import stats_message
from tests.bot.discord.conftest import Scene, Stage
from tests.bot.discord.interactions.test_config import MANAGERS_ONLY, Office
from tests.discord_server.options import Value
from tests.discord_server.records import Permission

ZEBRA = "Which zebra composed symphonies?"
WALRUS = "Which walrus composed symphonies?"
LISTED = f"**Not answered here**, most asked first:\n- 2 × {ZEBRA} (last on DATE)\n- 1 × {WALRUS} (last on DATE)"
GONE = "That question is no longer listed: choose one of those that Discord suggests."
NO_PASSAGE = (
    "There is no such passage in the articles that this was asked of. Copy the permalink of a quote from them whole, "
    "as ARTICLE@DIGEST#START-END."
)


@asynccontextmanager
async def asked_in_vain(stage: Stage) -> AsyncIterator[Office]:
    """A server with two questions that were not answered, one of them asked twice."""
    async with stage() as scene:
        await scene.server.registered("gap")
        for question in (ZEBRA, WALRUS, ZEBRA):
            await scene.ask(question)
        async with asyncio.timeout(60):
            while sum(gap.count for gap in await scene.client.desk.store.all_gaps()) < 3:
                await asyncio.sleep(0)
        yield Office(scene, scene.server.user("boss", permissions=["manage_guild"]))


async def suggested(office: Office, typed: str = "", command: str = "gap dismiss") -> dict[str, str]:
    """The questions that are suggested, with their numbers."""
    scene = office.scene
    typing = await scene.server.autocomplete(office.boss, scene.channel, command, "question", typed)
    return {choice.name: str(choice.value) for choice in await typing.choices()}


async def use(office: Office, command: str, **options: Value) -> list[str]:
    """What a command answers to the manager alone, in one message or two."""
    used = await office.scene.server.slash(office.boss, office.scene.channel, command, **options)
    messages = [await used.response()]
    if options.get("passage") and messages[0].content.startswith("Noted"):
        messages.append(await used.followup())
    assert all(message.ephemeral for message in messages)
    return [message.content for message in messages]


async def listed(scene: Scene) -> list[str]:
    """The questions that are still listed."""
    return [gap.question for gap in await scene.client.desk.store.gaps(scene.guild.id, 9)]


def test_a_question_is_dismissed_and_stays_so_when_it_is_asked_again(stage: Stage) -> None:
    async def play() -> None:
        async with asked_in_vain(stage) as office:
            scene = office.scene
            assert list(await suggested(office)) == [f"2 × {ZEBRA}", f"1 × {WALRUS}"]
            (name, number), *others = (await suggested(office, "ZEBRA which")).items()
            assert (name, others) == (f"2 × {ZEBRA}", [])
            assert await use(office, "gap dismiss", question=number) == [f"Dismissed: “{ZEBRA}”"]
            assert await use(office, "gap dismiss", question=number) == [GONE]
            assert await listed(scene) == [WALRUS]
            # What is typed whole is as good as what is chosen.
            assert await use(office, "gap dismiss", question=WALRUS.lower()) == [f"Dismissed: “{WALRUS}”"]
            await scene.ask(ZEBRA)
            await scene.server.silence(scene.channel)
            assert await use(office, "gaps") == ["There are no unanswered questions here."]

    asyncio.run(play())


def test_a_question_is_answered_by_pointing_at_a_passage(stage: Stage) -> None:
    async def play() -> None:
        async with asked_in_vain(stage) as office:
            scene, store = office.scene, office.scene.client.desk.store
            await scene.ask("Who closed the bridge in 2016?")
            answers = await store.recent_answers((await store.all_gaps())[0].last, 1)
            ref = answers[0].refs[0]
            number = (await suggested(office, "zebra", "gap answer"))[f"2 × {ZEBRA}"]
            # Discord's Copy Text gives the backslashes, too.
            noted, passage = await use(
                office, "gap answer", question=number, passage=ref.replace("@", "\\@").replace("#", "\\#")
            )
            assert noted == f"Noted, and off the list: “{ZEBRA}”\nThis passage answers it:"
            assert "Engineer Ilse Brandt had closed it in 2016" in passage
            assert await listed(scene) == [WALRUS]
            pointed = [(gap.question, gap.passage) for gap in await store.all_gaps()]
            assert pointed == [(ZEBRA, ref), (WALRUS, None)]

    asyncio.run(play())


def test_a_permalink_that_points_at_nothing_settles_nothing(stage: Stage) -> None:
    async def play() -> None:
        async with asked_in_vain(stage) as office:
            number = (await suggested(office))[f"2 × {ZEBRA}"]
            for passage in ("bridge", "bridge@0123456789ab", "nothing@0123456789ab#1-2"):
                assert await use(office, "gap answer", question=number, passage=passage) == [NO_PASSAGE]
            assert await use(office, "gap answer", question=number, passage="bridge@0123456789ab#1-2") == [
                "That article has changed since. Copy the permalink from its present version."
            ]
            assert await listed(office.scene) == [ZEBRA, WALRUS]

    asyncio.run(play())


def test_only_who_manages_the_server_may_settle_or_count(stage: Stage) -> None:
    async def play() -> None:
        async with asked_in_vain(stage) as office:
            scene = office.scene
            number = (await suggested(office))[f"2 × {ZEBRA}"]
            for command in scene.server.backend.commands.all(None):
                if command["name"] in ("gap", "stats"):
                    assert int(command["default_member_permissions"]) == Permission.MANAGE_GUILD
                    command["default_member_permissions"] = None  # as a server's settings may have it
            everything = {"question": number, "passage": "bridge@0123456789ab#1-2"}
            for name, options in (
                ("gap dismiss", {"question": number}),
                ("gap answer", everything),
                ("stats", dict[str, str]()),
            ):
                used = await scene.server.slash(scene.ann, scene.channel, name, **options)
                assert (await used.response()).content == MANAGERS_ONLY
            typing = await scene.server.autocomplete(scene.ann, scene.channel, "gap dismiss", "question", "")
            assert await typing.choices() == []
            assert await listed(scene) == [ZEBRA, WALRUS]

    asyncio.run(play())


def test_stats_count_questions_and_votes(stage: Stage) -> None:
    async def play() -> None:
        async with asked_in_vain(stage) as office:
            scene = office.scene
            await scene.ask("Who closed the bridge in 2016?")
            answer = scene.server.backend.world.messages[scene.channel.id][-1]
            await (await scene.server.press(scene.ben, answer, "Useful")).response()
            line = "4 questions, 25 % answered; votes: 1 useful, 0 not useful"
            assert await use(office, "stats") == [
                f"**Questions in this server**, without private ones:\n- Last 7 days: {line}\n- Last 30 days: {line}"
            ]

    asyncio.run(play())


def test_stats_of_nothing() -> None:
    message = stats_message({7: Figures(0, 0, 0, 0), 30: Figures(1, 1, 0, 2)})
    assert message.content == (
        "**Questions in this server**, without private ones:\n"
        "- Last 7 days: no questions\n"
        "- Last 30 days: 1 question, 100 % answered; votes: 0 useful, 2 not useful"
    )
