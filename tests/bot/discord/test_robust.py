"""What goes wrong at Discord's side or the bot's own: told, logged, and survived."""

from __future__ import annotations

import ast
import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot.discord.outgoing import sending
from bot.discord.outgoing.proof import Claim, Outgoing, Source, prove
from tests.bot.discord.conftest import Scene, Stage

QUESTION = "Who closed the bridge in 2016?"


async def still_answers(scene: Scene) -> None:
    """The bot goes on answering others."""
    channel = scene.server.text_channel(scene.guild, "another")
    assert (await scene.ask(QUESTION, channel)).startswith("> Engineer Ilse Brandt")
    assert not scene.task.done()


def test_a_message_that_fails_its_proof_is_not_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = prove

    async def tampered(message: Outgoing, source: Source) -> None:
        parts = tuple(replace(part, text=part.text.replace("eastern", "western")) for part in message.parts)
        await real(replace(message, parts=parts), source)

    monkeypatch.setattr(sending, "prove", tampered)

    async def play() -> None:
        async with stage() as scene:
            said = await scene.ask(QUESTION)
            assert said.startswith("Sorry, something went wrong on my side. (reference ")
            reference = said.removesuffix(")").rpartition(" ")[2]
            (record,) = [one for one in caplog.records if reference in one.getMessage()]
            assert record.exc_info is not None
            assert "western" in str(record.exc_info[1])
            (message,) = [one for one in scene.server.backend.world.messages[scene.channel.id] if one.author.bot]
            assert (message.content, message.components) == (said, ())
            async with asyncio.timeout(60):
                while await scene.client.desk.store.answer(1):
                    pass

    asyncio.run(play())


def test_a_quote_without_a_collection_is_not_sent() -> None:
    sent: list[str] = []

    async def carry(content: str) -> None:
        sent.append(content)

    async def play() -> None:
        await sending.send(carry, Outgoing("> Words.\nof nobody"))
        await sending.send(carry, Outgoing("x", (Claim(None),)))  # type: ignore[arg-type]
        await sending.send(carry, Outgoing("plain"))

    asyncio.run(play())
    assert [said[:5] for said in sent] == ["Sorry", "Sorry", "plain"]


def test_events_that_cannot_be_read_are_skipped(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            server.dispatch_raw("MESSAGE_CREATE", {"nonsense": True})
            server.dispatch_raw("MESSAGE_CREATE", None)
            server.dispatch_raw("MESSAGE_UPDATE", {"id": "x"})
            server.dispatch_raw("INTERACTION_CREATE", {"id": "1", "type": 2})
            server.dispatch_raw("GUILD_CREATE", [])
            server.dispatch_raw("SOMETHING_NEW", {"what": 1})
            server.send_raw({"op": 99, "d": None, "s": None, "t": None})
            server.send_raw("not JSON")
            server.send_raw("[]")
            await still_answers(scene)
            assert server.gateway.identified == 1
            skipped = "a gateway event could not be read and is skipped"
            assert len([one for one in caplog.records if one.getMessage() == skipped]) == 7

    asyncio.run(play())


def test_a_lost_gateway_resumes_and_nothing_is_answered_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(*shard: object, **options: object) -> None:
        """discord.py waits five seconds before it identifies anew."""

    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            monkeypatch.setattr(scene.client, "before_identify_hook", at_once)
            await scene.ask(QUESTION)
            server.cut()
            await server.say(scene.ben, scene.channel, f"<@BOT> {QUESTION}")
            await server.resumed()
            await server.next_message(scene.channel)
            server.gateway.ask_to_reconnect()
            await server.resumed(2)
            server.gateway.forget_sessions()
            server.cut()
            await server.connected(2)
            await still_answers(scene)
            assert server.unseen(scene.channel) == []
            said = [one for one in server.backend.world.messages[scene.channel.id] if one.author.bot]
            assert len(said) == 2

    asyncio.run(play())


def test_rate_limits_and_server_errors_are_outlasted(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            path = rf"/channels/{scene.channel.id}/messages"
            server.too_many("POST", path, retry_after=0.05)
            assert (await scene.ask(QUESTION)).startswith("> Engineer Ilse Brandt")
            # The answer arrives although Discord said it did not: it is not sent twice.
            server.fail("POST", path, 502, applied=True)
            assert (await scene.ask(QUESTION)).startswith("> Engineer Ilse Brandt")
            await server.registered("ask")
            server.fail("POST", r"/interactions/.*", 503)
            used = await server.slash(scene.ann, scene.channel, "ask", question=QUESTION)
            assert "Ilse Brandt" in (await used.response()).content
            assert server.unseen(scene.channel) == []

    asyncio.run(play())


def test_an_unknown_interaction_is_left_alone(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            await server.registered("ask")
            used = await server.slash(scene.ann, scene.channel, "ask", question=QUESTION)
            await used.response()
            server.dispatch_raw(
                "INTERACTION_CREATE",
                {
                    **server._payload(used),
                    "id": str(used.id + 1),
                    "token": "gone",
                },
            )
            await still_answers(scene)
            async with asyncio.timeout(60):
                while not any("nobody is there" in one.getMessage() for one in caplog.records):
                    await asyncio.sleep(0)

    with caplog.at_level(logging.INFO, "bot.discord"):
        asyncio.run(play())


def test_missing_permissions_and_deleted_places_end_nothing(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            mute, gone = server.text_channel(scene.guild, "mute"), server.text_channel(scene.guild, "gone")
            server.deny(mute, "send_messages")
            await server.say(scene.ann, mute, f"<@BOT> {QUESTION}")
            gate = server.hold("POST", rf"/channels/{gone.id}/messages")
            await server.say(scene.ann, gone, f"<@BOT> {QUESTION}")
            await gate.reached()
            server.remove_channel(gone)
            gate.release()
            # The question is deleted while it is answered.
            gate = server.hold("POST", rf"/channels/{scene.channel.id}/messages")
            question = await server.say(scene.ann, scene.channel, f"<@BOT> {QUESTION}")
            await gate.reached()
            await server.delete(question)
            gate.release()
            await still_answers(scene)
            async with asyncio.timeout(60):
                while sum("nobody is there" in one.getMessage() for one in caplog.records) < 3:
                    await asyncio.sleep(0)
            assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []

    with caplog.at_level(logging.INFO, "bot.discord"):
        asyncio.run(play())


def test_an_unexpected_error_is_told_with_a_reference(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("a secret detail")

    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("ask")
            monkeypatch.setattr("retrieval.engine.Engine.ask", broken)
            said = await scene.ask(QUESTION)
            assert said.startswith("Sorry, something went wrong on my side. (reference ")
            assert "secret" not in said
            used = await scene.server.slash(scene.ann, scene.channel, "ask", question=QUESTION)
            assert (await used.response()).content.startswith("Sorry, ")
            assert "a secret detail" in caplog.text

    asyncio.run(play())


def test_a_question_that_is_too_long_is_refused_in_words(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            said = await scene.ask("why " * 400)
            assert "1,000" in said or "1000" in said

    asyncio.run(play())


def test_nobody_is_ever_pinged(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("ask")
            question = f"<@{scene.ben.id}> Who of @everyone closed the bridge in 2016?"
            used = await scene.server.slash(scene.ann, scene.channel, "ask", question=question)
            message = await used.response()
            assert message.content.startswith(r"-# Asked: Who of \@everyone closed the bridge")
            assert scene.server.pings(message) == frozenset()
            await scene.ask(question)
            assert all(
                not one.pinged for one in scene.server.backend.world.messages[scene.channel.id] if one.author.bot
            )

    asyncio.run(play())


def test_broken_connections_lose_and_repeat_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PAUSES", (0.0,))
    monkeypatch.setattr("bot.discord.outgoing.sending.persistently.__defaults__", ((0.0,),))

    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            await server.registered("ask")
            for applied in (False, True):
                server.drop("POST", rf"/channels/{scene.channel.id}/messages", applied=applied)
                assert (await scene.ask(QUESTION)).startswith("> Engineer Ilse Brandt")
                server.drop("POST", r"/interactions/.*", applied=applied)
                server.drop("PATCH", r"/webhooks/.*", applied=applied)
                used = await server.slash(scene.ann, scene.channel, "ask", question=QUESTION)
                assert "Ilse Brandt" in (await used.response()).content
            said = [one for one in server.backend.world.messages[scene.channel.id] if one.author.bot]
            assert len(said) == 4

    asyncio.run(play())


def test_nothing_leaves_but_through_the_proof() -> None:
    """Whatever carries a message is only ever handed to `send` and `edit`, never called."""
    carriers = {"send", "reply", "edit", "edit_original_response", "send_message", "edit_message"}
    own = {"sending.py", "corpus_follower.py", "sources.py"}  # the last two prove for themselves, or quote nothing
    called = [
        f"{file.name}:{node.lineno}"
        for file in Path(sending.__file__).parents[1].rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in carriers
        if file.name not in own
    ]
    assert called == []
