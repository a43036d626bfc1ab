"""Past answers after a new generation: marked where their source changed or went, and left alone where not."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.answering.collection import Collection
from bot.chat_log.database import StoreUnusable
from bot.chat_log.store import Mark, PostedAnswer
from bot.discord.corpus_follower import MOST_BEFORE, CorpusFollower, FollowSettings, marks_of, noted
from bot.discord.outgoing import sending
from bot.discord.outgoing.markdown import block_quote, block_quotes, escape
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Outgoing, Source, Unproved, length, prove
from bot.formats.answer_text import ABSTAINED
from retrieval.index.generation import Generation
from tests.bot.discord.conftest import Scene, Stage
from tests.bot.discord.restarting import restarted
from tests.discord_server import Message
from tests.discord_server.errors import NothingCame
from tests.toy import ARTICLES, build_toy, outdate, write_corpus

BRANDT = "Engineer Ilse Brandt had closed it in 2016"
BRIDGE_REF = "bridge@0123456789ab#10-20"
CONTENT = "\n".join((
    block_quote("The bridge reopened."),
    f"-# Velmora gets its bridge back · ¶ 1 · {escape(BRIDGE_REF)}",
    "-# also in: The weekly market moves · ¶ 2",
    "",
    block_quote("The wall is old."),
    "-# Harbour wall · ¶ 2 · harbour@ba9876543210#3-9",
    "",
    "-# Confidence: high (0.93)",
))  # fmt: skip


class Village:
    """A corpus to change, its index, and the bot over it."""

    def __init__(self, folder: Path) -> None:
        self._corpus, self.index = write_corpus(folder / "articles"), folder / "index"
        build_toy(self._corpus, self.index)

    async def change(self, scene: Scene, name: str, text: str | None) -> None:
        """Write an article anew, or remove it; then have the bot notice."""
        file = self._corpus / name
        if text is None:
            file.unlink()
        else:
            file.write_text(text, "utf-8")
        await asyncio.to_thread(build_toy, self._corpus, self.index)
        await scene.client.desk.corpora.default.service.run(lambda engine: None)


@pytest.fixture
def village(tmp_path: Path) -> Village:
    """A corpus that a test may change."""
    return Village(tmp_path)


async def asked(scene: Scene, question: str) -> Message:
    """The answer to a question, once the store has it too."""
    await scene.server.say(scene.ann, scene.channel, f"<@{scene.server.bot.id}> {question}")
    message = await scene.server.next_message(scene.channel)
    await known(scene, message)
    return message


async def known(scene: Scene, message: Message) -> None:
    """Wait until the store knows the message's answer: it hears of it after Discord does."""
    async with asyncio.timeout(60):
        while await scene.client.desk.store.answer_for_message(message.id) is None:
            pass


def notes(message: Message) -> list[str]:
    """The notes of a message, without today's date."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    return [line.replace(today, "TODAY") for line in message.content.split("\n") if line.startswith("-# **")]


async def followed(scene: Scene, message: Message, states: Sequence[str]) -> None:
    """Wait until the store has these marks for the message's answer: the last thing that following does."""
    async with asyncio.timeout(60):
        while True:
            posted = await scene.client.desk.store.answer_for_message(message.id)
            if posted is not None and [mark.state for mark in posted.marks] == list(states):
                return


CHANGED = tuple(ARTICLES["bridge.md"].replace("Ilse Brandt", name) for name in ("Ada Nowak", "Maria Sand"))


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ([("bridge.md", text) for text in CHANGED], "> Engineer Maria Sand had closed it"),
        ([("bridge.md", CHANGED[0]), ("bridge.md", None)], f"**{ABSTAINED}**"),
    ],
)
def test_an_answer_that_two_indexes_overtake_before_it_is_proved_is_searched_again(
    stage: Stage,
    village: Village,
    monkeypatch: pytest.MonkeyPatch,
    changes: list[tuple[str, str | None]],
    beginning: str,
) -> None:
    left = list(changes)

    async def play() -> str:
        async with stage(home=village.index, components=False) as scene:

            async def prove_late(message: Outgoing, source: Source) -> None:
                while left:
                    await village.change(scene, *left.pop(0))
                await prove(message, source)

            monkeypatch.setattr(sending, "prove", prove_late)
            return await scene.ask("Who closed the bridge in 2016?")

    assert asyncio.run(play()).startswith(beginning)


def test_indexes_that_come_faster_than_they_are_followed_do_not_pile_up(
    stage: Stage, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge, judged, open_gate = ARTICLES["bridge.md"], list[int](), asyncio.Event()
    recent = CorpusFollower._recent

    async def slowly(self: CorpusFollower, collection: Collection) -> tuple[PostedAnswer, ...]:
        await open_gate.wait()
        return await recent(self, collection)

    def judge(answer: PostedAnswer, now: Generation, before: Sequence[Generation], today: str) -> tuple[Mark, ...]:
        judged.append(len(before))
        return marks_of(answer, now, before, today)

    async def play() -> None:
        async with stage(home=village.index, components=False) as scene:
            message = await asked(scene, "Who closed the bridge in 2016?")
            monkeypatch.setattr(CorpusFollower, "_recent", slowly)
            monkeypatch.setattr("bot.discord.corpus_follower.marks_of", judge)
            for number in range(12):
                await village.change(scene, "bridge.md", f"{bridge}\nA {number}th note.\n")
            await village.change(scene, "bridge.md", bridge.replace("Ilse Brandt", "Ada Nowak"))
            open_gate.set()
            await followed(scene, message, ["changed"])

    asyncio.run(play())
    assert judged == [1, MOST_BEFORE]


@pytest.mark.parametrize("components", [True, False])
def test_an_answer_says_that_its_source_changed_and_no_longer_once_it_is_back(
    stage: Stage, village: Village, components: bool
) -> None:
    bridge = ARTICLES["bridge.md"]

    async def play() -> None:
        async with stage(home=village.index, components=components) as scene:
            message = await asked(scene, "Who had closed the bridge in 2016, Ilse Brandt?")
            other = await asked(scene, "How many clocks does the clock museum keep?")
            before, quotes = message.content, list(block_quotes(message.content))
            labels = message.labels
            posted = await scene.client.desk.store.answer_for_message(message.id)
            assert posted is not None
            cited = [ref for ref in posted.refs if ref.startswith("bridge@")]
            assert cited
            await village.change(scene, "bridge.md", bridge.replace("2016", "2017").replace("hundred", "thousand"))
            await scene.server.next_edit(message)
            await followed(scene, message, ["changed"] * len(cited))
            assert notes(message) == ["-# **source changed on TODAY**"] * len(cited)
            assert list(block_quotes(message.content)) == quotes
            assert message.labels == labels
            lines = message.content.split("\n")
            at = next(at for at, line in enumerate(lines) if line.startswith("-# [Velmora"))
            assert lines[at + 1].startswith("-# **source changed")
            await village.change(scene, "bridge.md", bridge)
            await scene.server.next_edit(message)
            await followed(scene, message, [])
            assert message.content == before
            assert len(other.versions) == 1

    asyncio.run(play())


def test_an_answer_says_that_its_source_was_withdrawn(stage: Stage, village: Village) -> None:
    async def play() -> None:
        async with stage(home=village.index) as scene:
            message = await asked(scene, "How many clocks does the clock museum keep?")
            used = await scene.server.slash(
                scene.ben, scene.channel, "ask", question="How many clocks does the clock museum keep?"
            )
            answer = await used.response()
            await known(scene, answer)
            await village.change(scene, "museum.md", None)
            for one in (message, answer):
                await scene.server.next_edit(one)
                assert set(notes(one)) == {"-# **withdrawn on TODAY**"}

    asyncio.run(play())


def test_words_that_stand_elsewhere_are_not_marked_however_often_they_move(stage: Stage, village: Village) -> None:
    museum = ARTICLES["museum.md"]

    async def play() -> None:
        async with stage(home=village.index) as scene:
            message = await asked(scene, "How many clocks does the clock museum keep?")
            posted = await scene.client.desk.store.answer_for_message(message.id)
            assert posted is not None
            moved = ["moved"] * sum(ref.startswith("clock-museum@") for ref in posted.refs)
            for opening in ("It rained.", "It rained. It snowed."):
                await village.change(
                    scene, "museum.md", museum.replace("The clock museum", f"{opening} The clock museum")
                )
                await followed(scene, message, moved)
            await village.change(scene, "museum.md", museum.replace("312 clocks", "313 clocks").replace("1540", "1541"))
            await scene.server.next_edit(message)
            assert len(message.versions) == 2

    asyncio.run(play())


@pytest.mark.parametrize("outdated", [False, True], ids=["same format", "older format"])
def test_what_changed_while_the_bot_was_away_is_caught_up_with(
    stage: Stage, village: Village, tmp_path: Path, outdated: bool
) -> None:
    async def play() -> None:
        async with stage(home=village.index) as scene:
            message = await asked(scene, "How many clocks does the clock museum keep?")
            former = await scene.client.desk.corpora.default.service.run(lambda engine: engine.generation.folder)
            await scene.client.finish()
            await scene.task
            (tmp_path / "articles" / "museum.md").unlink()
            await asyncio.to_thread(build_toy, tmp_path / "articles", village.index)
            if outdated:
                outdate(village.index, former)
            async with restarted(scene, village.index, tmp_path / "chat.db"):
                await scene.server.next_edit(message)
            assert set(notes(message)) == {"-# **withdrawn on TODAY**"}

    asyncio.run(play())


def test_messages_that_are_gone_or_closed_to_the_bot_are_left_alone_from_then_on(
    stage: Stage, village: Village
) -> None:
    museum = ARTICLES["museum.md"]

    async def play() -> None:
        async with stage(home=village.index) as scene:
            server, store = scene.server, scene.client.desk.store
            deleted = await asked(scene, "How many clocks does the clock museum keep?")
            kept = await asked(scene, "How many clocks does the museum of clocks keep?")
            await server.delete(deleted)
            await village.change(scene, "museum.md", museum.replace("312", "313").replace("1540", "1541"))
            await server.next_edit(kept)
            since = datetime.fromtimestamp(0, UTC)
            async with asyncio.timeout(60):
                while [one.message for one in await store.recent_answers(since, 9)] != [kept.id]:
                    pass
            looked = len([call for call in server.calls if call.path.endswith(f"/messages/{deleted.id}")])
            assert looked == 1
            server.deny(scene.channel, "view_channel")
            await village.change(scene, "museum.md", None)
            async with asyncio.timeout(60):
                while await store.recent_answers(since, 9):
                    pass
            assert len(kept.versions) == 2
            assert len([call for call in server.calls if call.path.endswith(f"/messages/{deleted.id}")]) == looked

    asyncio.run(play())


def test_an_edit_that_discord_fails_is_made_after_the_next_generation(stage: Stage, village: Village) -> None:
    museum = ARTICLES["museum.md"]

    async def play() -> None:
        async with stage(home=village.index) as scene:
            message = await asked(scene, "How many clocks does the clock museum keep?")
            scene.server.fail("PATCH", rf"/messages/{message.id}$", 400, times=1)
            await village.change(scene, "museum.md", museum.replace("312", "313").replace("1540", "1541"))
            async with asyncio.timeout(60):
                while not any(call.method == "PATCH" and call.status == 400 for call in scene.server.calls):
                    await asyncio.sleep(0)
            await village.change(scene, "museum.md", museum.replace("312", "314").replace("1540", "1541"))
            await scene.server.next_edit(message)
            assert set(notes(message)) == {"-# **source changed on TODAY**"}

    asyncio.run(play())


def test_a_generation_that_another_process_built_is_noticed_where_nobody_asks(
    stage: Stage, village: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = partial(CorpusFollower, settings=FollowSettings(notice_every=0.05))
    monkeypatch.setattr("bot.discord.launch.CorpusFollower", often)

    async def play() -> None:
        async with stage(home=village.index) as scene:
            message = await asked(scene, "How many clocks does the clock museum keep?")
            (tmp_path / "articles" / "museum.md").unlink()
            await asyncio.to_thread(build_toy, tmp_path / "articles", village.index)
            await scene.server.next_edit(message)
            assert set(notes(message)) == {"-# **withdrawn on TODAY**"}

    asyncio.run(play())


def test_many_answers_are_marked_within_the_rate_limit(stage: Stage, village: Village) -> None:
    async def play() -> None:
        async with stage(home=village.index) as scene:
            messages = [
                await asked(scene, f"How many clocks does the clock museum keep? {number}") for number in range(6)
            ]
            scene.server.limit("PATCH", r"/messages/", requests=2, window=0.2)
            await village.change(scene, "museum.md", None)
            for message in messages:
                await scene.server.next_edit(message, 10)
            edits = [call for call in scene.server.calls if call.method == "PATCH"]
            assert sorted(call.status or 0 for call in edits if call.status != 429) == [200] * 6
            assert sum(call.status == 429 for call in edits) <= FollowSettings().at_a_time

    asyncio.run(play())


# The note itself


def test_a_note_stands_below_its_citation_and_takes_the_place_of_an_older_one() -> None:
    changed = noted(CONTENT, [Mark(BRIDGE_REF, "changed", "2026-03-04"), Mark("x@1#2-3", "moved", "2026-03-04")])
    lines = CONTENT.split("\n")
    assert changed.split("\n") == [*lines[:2], "-# **source changed on 2026-03-04**", *lines[2:]]
    withdrawn = noted(changed, [Mark(BRIDGE_REF, "withdrawn", "2026-03-05")])
    assert withdrawn.split("\n") == [*lines[:2], "-# **withdrawn on 2026-03-05**", *lines[2:]]
    assert noted(withdrawn, []) == CONTENT


def test_a_note_whose_citation_is_not_shown_names_the_article() -> None:
    said = noted(CONTENT, [Mark("a_b@0123456789ab#1-2", "withdrawn", "2026-03-04")])
    assert said == f"{CONTENT}\n-# **withdrawn on 2026-03-04**: a\\_b"
    assert noted(said, []) == CONTENT


def test_a_full_message_gives_up_what_is_no_quote() -> None:
    mark = Mark(BRIDGE_REF, "changed", "2026-03-04")
    full = f"{CONTENT}\n{'x' * (LONGEST_MESSAGE - length(CONTENT) - 1)}"
    said = noted(full, [mark])
    assert length(said) <= LONGEST_MESSAGE
    assert re.search(r"source changed on 2026-03-04", said)
    assert "Confidence" not in said
    assert list(block_quotes(said)) == list(block_quotes(CONTENT))
    with pytest.raises(Unproved, match="with its notes"):
        noted("x" * LONGEST_MESSAGE, [mark])


@pytest.mark.parametrize("rewording", ["Who closed the bridge in 2016?", "Which zebra plays xylophones?"])
def test_an_answer_that_replaces_another_is_not_overwritten_by_a_note_on_the_former(
    stage: Stage, village: Village, monkeypatch: pytest.MonkeyPatch, rewording: str
) -> None:
    fetched, may_go_on = asyncio.Event(), asyncio.Event()
    fetch_message = discord.abc.Messageable.fetch_message

    async def held_fetch(channel: discord.abc.Messageable, id_: int, /) -> discord.Message:
        message = await fetch_message(channel, id_)
        fetched.set()
        await may_go_on.wait()
        return message

    monkeypatch.setattr("discord.abc.Messageable.fetch_message", held_fetch)

    async def play() -> None:
        async with stage(home=village.index) as scene:
            server = scene.server
            question = await server.say(scene.ann, scene.channel, "<@BOT> How many clocks does the clock museum keep?")
            message = await server.next_message(scene.channel)
            await known(scene, message)
            await village.change(scene, "museum.md", None)
            await asyncio.wait_for(fetched.wait(), 5)
            await server.edit(question, f"<@BOT> {rewording}")
            with suppress(NothingCame):
                await server.next_edit(message, 0.3)
            may_go_on.set()
            path = f"/messages/{message.id}"
            await server.until(
                lambda: (
                    [call.status for call in server.calls if call.method == "PATCH" and call.path.endswith(path)]
                    == [200, 200]
                )
            )
            assert "312 clocks" not in message.content
            assert notes(message) == []
            await followed(scene, message, [])

    asyncio.run(play())


@pytest.mark.parametrize("locked", [False, True])
def test_an_answer_in_an_archived_thread_is_marked_or_tried_again(stage: Stage, village: Village, locked: bool) -> None:
    async def play() -> None:
        async with stage(home=village.index) as scene:
            thread = scene.server.thread(scene.channel, "old")
            await scene.server.say(scene.ann, thread, "<@BOT> Who closed the bridge in 2016?")
            message = await scene.server.next_message(thread)
            await known(scene, message)
            if not locked:
                scene.server.role(scene.guild, "closers", scene.server.bot, permissions=["manage_threads"])
            scene.server.archive(thread, locked=locked)
            await village.change(scene, "bridge.md", None)
            if locked:
                path = f"/channels/{thread.id}"
                async with asyncio.timeout(60):
                    while not any(call.path == path for call in scene.server.calls if call.status):
                        await asyncio.sleep(0)
                thread.locked = False
                scene.server.role(scene.guild, "closers", scene.server.bot, permissions=["manage_threads"])
                settings = FollowSettings(notice_every=0.01, again_after=0.0)
                follower = CorpusFollower(scene.client, scene.client.desk, settings)
                follower.watch(scene.client.desk.corpora.default)
            await scene.server.next_edit(message)
            assert notes(message) != []
            await scene.server.until(lambda: thread.archived)
            if locked:
                await follower.close()

    asyncio.run(play())


def test_a_store_that_cannot_be_read_for_a_while_is_looked_into_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with stage() as scene:
            store, read = scene.client.desk.store, asyncio.Event()
            faults, recent_answers = [StoreUnusable(Path("chat.db"), "is locked")] * 2, store.recent_answers

            async def recent(*arguments: Any, **options: Any) -> tuple[PostedAnswer, ...]:
                if faults:
                    raise faults.pop()
                read.set()
                return await recent_answers(*arguments, **options)

            monkeypatch.setattr(store, "recent_answers", recent)
            settings = FollowSettings(notice_every=0.01, again_after=0.0)
            follower = CorpusFollower(scene.client, scene.client.desk, settings)
            follower.watch(scene.client.desk.corpora.default)
            async with asyncio.timeout(60):
                await read.wait()
            await follower.close()

    asyncio.run(play())
