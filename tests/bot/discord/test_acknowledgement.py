"""Interactions acknowledged in time, however slow Discord's own answer is, and once."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest

from bot.discord import acknowledgement
from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import Interaction

CALLBACK = r"/interactions/\d+/.*/callback"
QUESTION = "Who closed the bridge in 2016?"


async def asked(scene: Scene) -> Interaction:
    """Ann's command."""
    await scene.server.registered("ask")
    return await scene.server.slash(scene.ann, scene.channel, "ask", question=QUESTION)


def test_callbacks_that_take_up_to_two_seconds_lose_nothing(stage: Stage) -> None:
    rng = random.Random(5)

    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("ask")
            delays = itertools.chain([1.0, 2.0], iter(lambda: rng.uniform(0, 2), None))
            scene.server.slow("POST", CALLBACK, lambda: next(delays), times=20)
            commands = [await asked(scene) for _ in range(20)]
            answers = await asyncio.gather(*(used.response(10.0) for used in commands))
            assert all("Engineer Ilse Brandt" in answer.content for answer in answers)
            calls = [call for call in scene.server.calls if call.path.endswith("/callback")]
            assert [call.status for call in calls] == [204] * 20, "each is tried once"

    asyncio.run(play())


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_callback_that_fails_is_repeated_at_once(stage: Stage, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acknowledgement, "PAUSE", 0.0)

    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("ask")
            scene.server.fail("POST", CALLBACK, status, times=3, applied=status == 502)
            scene.server.too_many("POST", CALLBACK, retry_after=0.01)
            scene.server.drop("POST", CALLBACK)
            assert "Engineer Ilse Brandt" in (await (await asked(scene)).response()).content

    asyncio.run(play())


def test_a_callback_that_is_confirmed_too_late_is_answered_all_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acknowledgement, "WITHIN", 0.01)

    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("ask")
            gate = scene.server.hold("PATCH", r"/messages/@original")
            scene.server.drop("POST", CALLBACK, times=3, applied=True)
            used = await asked(scene)
            await gate.reached()
            gate.release()
            assert "Engineer Ilse Brandt" in (await used.response()).content

    asyncio.run(play())


def test_an_interaction_that_comes_twice_is_answered_once(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            used = await asked(scene)
            server.dispatch_raw("INTERACTION_CREATE", server._payload(used))
            message = await used.response()
            pressed = await server.press(scene.ann, message, "Useful")
            server.dispatch_raw("INTERACTION_CREATE", server._payload(pressed))
            await pressed.response()
            await scene.ask(QUESTION)
            assert len([call for call in server.calls if call.path.endswith("/callback")]) == 2
            assert (len(used.messages), len(pressed.messages)) == (1, 1)

    asyncio.run(play())
