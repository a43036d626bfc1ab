"""Several processes over one database: of them, one does what is to be done once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat_log.address import Place
from bot.chat_log.inbox import Command, WaitingQuestion
from bot.chat_log.store import Store
from tests.bot.chat_log.test_store import ANSWER, holds

QUESTION = WaitingQuestion(7, 31, 21, 11)
SECRET = replace(QUESTION, id=8, command=Command("token", "Did Xavier pay?", None, True, None))


def sharing(place: Place, count: int, work: Callable[..., Awaitable[None]]) -> None:
    """Do the work on stores of several processes, all of which live."""

    async def run() -> None:
        stores = [await asyncio.to_thread(Store.open, place) for _ in range(count)]
        try:
            for store in stores:
                await store.claims.renew()
            await work(*stores)
        finally:
            for store in stores:
                await store.close()

    asyncio.run(run())


def test_a_question_is_one_process_to_answer_and_is_done_with_once(place: Place) -> None:
    async def work(first: Store, second: Store) -> None:
        assert await first.inbox.claim(QUESTION)
        assert not await second.inbox.claim(QUESTION)
        assert await first.inbox.claim(QUESTION)
        assert await second.inbox.waiting() == (QUESTION,)
        await first.inbox.finish(7)
        assert await second.inbox.waiting() == ()
        await second.inbox.add(QUESTION)
        assert not await second.inbox.claim(QUESTION)
        assert await second.inbox.waiting() == ()
        assert await second.inbox.claim(QUESTION, again=True)
        assert not await first.inbox.claim(QUESTION, again=True)
        assert await first.inbox.waiting() == (QUESTION,)

    sharing(place, 2, work)


def test_of_many_that_claim_at_once_one_has_it(place: Place) -> None:
    async def work(*stores: Store) -> None:
        for number in range(10):
            claims = [store.inbox.claim(replace(QUESTION, id=number + 1)) for store in stores]
            assert sorted(await asyncio.gather(*claims)) == [False, False, False, True]
        await asyncio.gather(*(store.state.change("count", lambda kept: f"{kept or ''}x") for store in stores))
        assert await stores[0].state.get("count") == "xxxx"

    sharing(place, 4, work)


def test_what_a_process_leaves_or_dies_with_is_taken_over(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(first: Store, second: Store) -> None:
        assert not await second.claims.is_alone()
        assert await first.inbox.claim(QUESTION)
        async with first.claims.holding("digest 31") as is_first, second.claims.holding("digest 31") as is_second:
            assert (is_first, is_second) == (True, False)
            await first.claims.leave()
            async with second.claims.holding("digest 31") as is_second:
                assert is_second
        assert await second.inbox.claim(QUESTION)
        assert await second.claims.is_alone()
        monkeypatch.setattr("bot.chat_log.claims.ALIVE_FOR", 0.0)  # it is not heard of any more
        await second.claims.renew()
        assert await first.inbox.claim(QUESTION)

    sharing(place, 2, work)


def test_of_a_question_that_is_done_with_only_its_id_is_kept_and_that_for_a_while(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(store: Store) -> None:
        assert await store.inbox.claim(SECRET)
        await store.inbox.finish(SECRET.id)
        await store.overwrite()
        assert not holds(place, "Xavier")
        assert await store.guilds() == frozenset()
        monkeypatch.setattr("bot.chat_log.inbox.KNOWN_FOR", -1.0)
        await store.inbox.finish(99)
        assert await store.inbox.claim(SECRET)

    sharing(place, 1, work)


def test_a_command_that_another_process_is_answering_is_left(place: Place) -> None:
    command = replace(ANSWER, message=None, question_message=None, posted_at=datetime.now(UTC) - timedelta(seconds=9))

    async def work(first: Store, second: Store) -> None:
        new, old = [
            await first.record_answer(replace(command, posted_at=command.posted_at - timedelta(minutes=minutes)))
            for minutes in (0, 20)
        ]
        await second.remove_unsent()
        assert (await first.answer(new) is None, await first.answer(old) is None) == (False, True)
        await first.claims.leave()
        await second.remove_unsent()
        assert await first.answer(new) is None

    sharing(place, 2, work)
