"""Questions without an answer that moderators settle: dismissed, or answered by a passage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat_log.address import Place
from bot.chat_log.store import Store
from tests.bot.chat_log.test_store import ANSWER, using

REF = "letter@3161f458d70e#961-1019"
ABSTENTION = replace(ANSWER, refs=(), answered=False, history=(), guild=21)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store of a test lies."""
    return tmp_path / "quoth.db"


async def ask(store: Store, question: str, guild: int = 21, asker: int = 11) -> int:
    """Ask a question in vain; the answer's number."""
    message = len(await store.recent_questions(datetime(2020, 1, 1, tzinfo=UTC), 99)) + 1
    asked = replace(ABSTENTION, question=question, guild=guild, asker=asker, message=message, question_message=message)
    return await store.record_answer(asked, is_gap=True)


async def open_gaps(store: Store, guild: int = 21) -> list[tuple[str, int]]:
    """The questions that a guild lists, and how often each was asked."""
    return [(gap.question, gap.count) for gap in await store.gaps(guild, 9)]


async def number(store: Store, question: str, guild: int = 21) -> int:
    """The number of a question that a guild lists."""
    return next(gap.id or 0 for gap in await store.gaps(guild, 9) if gap.question == question)


def test_a_dismissed_question_is_in_no_list_however_often_it_is_asked(place: Place) -> None:
    async def work(store: Store) -> None:
        for question in ("Why?", "WHY?", "When?"):
            await ask(store, question)
        await ask(store, "Why?", guild=22)
        assert await open_gaps(store) == [("WHY?", 2), ("When?", 1)]
        why = await number(store, "WHY?")
        assert not await store.settle_gap(why, 22)
        assert not await store.settle_gap(why + 100, 21)
        assert await store.settle_gap(why, 21)
        await ask(store, "why?")
        assert await open_gaps(store) == [("When?", 1)]
        assert await open_gaps(store, 22) == [("Why?", 1)]
        assert [(gap.question, gap.count) for gap in await store.all_gaps()] == [("Why?", 1), ("When?", 1)]

    using(place, work)


def test_a_question_that_a_passage_answers_is_exported_with_it(place: Place) -> None:
    async def work(store: Store) -> None:
        await ask(store, "Why?")
        await store.settle_gap(await number(store, "Why?"), 21, REF)
        await ask(store, "why?")
        await ask(store, "Why?", guild=22)
        assert await open_gaps(store) == []
        assert [(gap.question, gap.count, gap.passage) for gap in await store.all_gaps()] == [("Why?", 3, REF)]

    using(place, work)


def test_what_is_settled_goes_with_the_words_of_the_question(place: Place) -> None:
    async def work(store: Store) -> None:
        for remove in (store.remove_answer, lambda id_: store.forget(11), store.blank_answer):
            id_ = await ask(store, "Why?")
            await store.settle_gap(await number(store, "Why?"), 21, REF)
            await remove(id_)
            assert await store.all_gaps() == ()
            await ask(store, "Why?", asker=12)
            assert await open_gaps(store) == [("Why?", 1)]
            await store.remove_guild(21)

    using(place, work)


def test_what_was_asked_is_counted_without_what_is_private(place: Place) -> None:
    async def work(store: Store) -> None:
        now = datetime.now(UTC)
        for days, message, private, answered in ((1, 1, False, True), (8, 2, False, False), (40, 3, False, True)):
            posted_at, refs = now - timedelta(days), ANSWER.refs if answered else ()
            id_ = await store.record_answer(
                replace(ANSWER, message=message, private=private, answered=answered, refs=refs, posted_at=posted_at)
            )
            await store.vote(id_, 1, answered)
        await store.record_answer(replace(ANSWER, message=4, private=True, posted_at=now))
        figures = [await store.activity.figures(21, now - timedelta(days), now) for days in (7, 30, 365)]
        assert [(each.questions, each.answered) for each in figures] == [(1, 1), (2, 1), (3, 2)]
        assert [(each.useful, each.not_useful) for each in figures] == [(1, 0), (1, 1), (2, 1)]
        assert (await store.activity.figures(22, now - timedelta(365), now)).questions == 0

    using(place, work)


def test_a_digest_is_due_once_planned_and_goes_with_its_guild(place: Place) -> None:
    now = datetime.now(UTC)

    async def work(store: Store) -> None:
        await store.digests.plan(31, 21, now - timedelta(1))
        await store.digests.plan(31, 21, now - timedelta(2))
        await store.digests.plan(32, 22, now + timedelta(1))
        (due,) = await store.digests.due(now)
        assert (due.channel, due.guild) == (31, 21)
        assert abs(due.due - (now - timedelta(1))) < timedelta(milliseconds=1)
        assert await store.guilds() == {21, 22}
        await store.digests.move(31, now + timedelta(7))
        assert await store.digests.due(now) == ()
        assert [due.channel for due in await store.digests.due(now + timedelta(8))] == [32, 31]
        await store.digests.move(31, None)
        await store.remove_guild(22)
        assert await store.digests.due(now + timedelta(8)) == ()

    using(place, work)
