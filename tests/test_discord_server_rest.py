"""The tests' own Discord and the real discord.py: limits, errors, rate limits, failures of the REST API."""

from typing import Any

import aiohttp
import discord
import pytest

from tests.discord_server.stage import Stage, play

LONG_EMBED = {"description": "d" * 3001}
BUTTON = {"type": 2, "style": 1, "label": "Next", "custom_id": "next"}


def row(*parts: Any) -> dict[str, Any]:
    """A row of components."""
    return {"type": 1, "components": list(parts)}


BAD_MESSAGES = [
    ({"content": "c" * 2001}, 50035, "content: Must be 2000 or fewer in length."),
    ({"content": " \n"}, 50006, "Cannot send an empty message"),
    ({"embeds": [{"title": "t" * 257}]}, 50035, "embeds.0.title: Must be 256 or fewer in length."),
    ({"embeds": [{"description": "d" * 4097}]}, 50035, "embeds.0.description: Must be 4096 or fewer in length."),
    ({"embeds": [LONG_EMBED, LONG_EMBED]}, 50035, "embeds: Embed size exceeds maximum size of 6000"),
    ({"embeds": [{"title": "t"}] * 11}, 50035, "embeds: Must be 10 or fewer in length."),
    ({"embeds": [{"fields": [{"name": "", "value": "v"}]}]}, 50035, "embeds.0.fields.0.name: This field is required"),
    ({"components": [row(BUTTON, BUTTON)]}, 50035, "components.0.components.1.custom_id: Component custom id"),
    ({"components": [row(*({**BUTTON, "custom_id": str(n)} for n in range(6)))]}, 50035, "Must be 5 or fewer"),
    ({"components": [row({**BUTTON, "custom_id": "c" * 101})]}, 50035, "Must be between 1 and 100 in length."),
    ({"components": [row({**BUTTON, "label": "l" * 81})]}, 50035, "label: Must be 80 or fewer in length."),
    ({"content": "c", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, 50035, "mutually exclusive"),
    ({"content": "c", "message_reference": {"message_id": "1"}}, 50035, "message_reference: Unknown message"),
]


@pytest.mark.parametrize(("body", "code", "sentence"), BAD_MESSAGES)
def test_messages_beyond_the_limits_are_refused(body: dict[str, Any], code: int, sentence: str) -> None:
    async def scene(stage: Stage) -> None:
        with pytest.raises(discord.HTTPException) as caught:
            await stage.request("POST", f"/channels/{stage.channel.id}/messages", body)
        assert (caught.value.status, caught.value.code) == (400, code)
        assert sentence in str(caught.value)

    play(scene)


def test_lengths_count_code_points_and_ends_are_trimmed() -> None:
    async def scene(stage: Stage) -> None:
        await stage.room.send("😀" * 2000)
        await stage.room.send("  kept inside  only  ")
        sent = stage.server.unseen(stage.channel)
        assert [message.content for message in sent] == ["😀" * 2000, "kept inside  only"]

    play(scene)


def test_errors_name_what_is_unknown_or_forbidden() -> None:
    async def scene(stage: Stage) -> None:
        here = f"/channels/{stage.channel.id}"
        theirs = await stage.server.say(stage.ann, stage.channel, "mine")
        closed = stage.server.user("closed")
        closed.accepts_dms = False
        for method, path, code in [
            ("GET", "/channels/1", 10003),
            ("GET", f"{here}/messages/1", 10008),
            ("PATCH", f"{here}/messages/{theirs.id}", 50005),
            ("DELETE", f"{here}/messages/{theirs.id}", 50013),
            ("POST", f"/channels/{stage.server.dm(closed).id}/messages", 50007),
            ("POST", "/interactions/1/token/callback", 10062),
            ("POST", f"/webhooks/{stage.server.bot.id}/token", 10015),
            ("GET", "/guilds/1", 10004),
        ]:
            assert await code_of(stage, method, path) == code, path
        stage.server.deny(stage.channel, "send_messages")
        assert await code_of(stage, "POST", f"{here}/messages") == 50013
        stage.server.deny(stage.channel, "view_channel")
        assert await code_of(stage, "POST", f"{here}/messages") == 50001

    play(scene)


async def code_of(stage: Stage, method: str, path: str, body: Any = None) -> int:
    """The code of the error that a request is answered with."""
    with pytest.raises(discord.HTTPException) as caught:
        await stage.request(method, path, body or {"content": "hello"})
    return caught.value.code


def test_an_interaction_is_acknowledged_once_and_in_time() -> None:
    async def scene(stage: Stage) -> None:
        used = await stage.server.slash(stage.ann, stage.channel, "echo", text="hello")
        await used.followup()
        path = f"/interactions/{used.id}/{used.token}/callback"
        assert await code_of(stage, "POST", path, {"type": 4, "data": {"content": "again"}}) == 40060
        stage.server.clock.advance(15 * 60)
        assert await code_of(stage, "POST", f"/webhooks/{stage.server.bot.id}/{used.token}") == 50027
        gate = stage.server.hold("POST", "/callback")
        late = await stage.server.slash(stage.ann, stage.channel, "echo", text="hello")
        await gate.reached()
        stage.server.clock.advance(3.1)
        gate.release()
        failure = await stage.bot.failures.get()
        assert isinstance(failure, discord.NotFound)
        assert failure.code == 10062
        assert late.acknowledged_after is None

    play(scene)


def test_callbacks_must_fit_the_interaction() -> None:
    async def scene(stage: Stage) -> None:
        gate = stage.server.hold("POST", "/callback")
        used = await stage.server.slash(stage.ann, stage.channel, "echo", text="hello")
        await gate.reached()
        path = f"/interactions/{used.id}/{used.token}/callback"
        assert await code_of(stage, "POST", path, {"type": 7, "data": {"content": "x"}}) == 50035
        assert await code_of(stage, "POST", path, {"type": 4, "data": {"content": "x" * 2001}}) == 50035
        gate.release()
        await used.response()

    play(scene)


BAD_COMMANDS = [
    ({"name": "Ask", "description": "d"}, "Command name is invalid"),
    ({"name": "ask it", "description": "d"}, "Command name is invalid"),
    ({"name": "a" * 33, "description": "d"}, "Must be between 1 and 32 in length."),
    ({"name": "ask", "description": ""}, "description: This field is required"),
    ({"name": "ask", "description": "d" * 101}, "Must be between 1 and 100 in length."),
    ({"name": "Ask it", "type": 3, "description": "d"}, "Context menus have no description"),
    ({"name": "ask", "description": "d", "options": [{"name": "q", "description": "d", "type": 99}]}, "must be one of"),
]


@pytest.mark.parametrize(("command", "sentence"), BAD_COMMANDS)
def test_commands_beyond_the_limits_are_refused(command: dict[str, Any], sentence: str) -> None:
    async def scene(stage: Stage) -> None:
        with pytest.raises(discord.HTTPException, match=sentence):
            await stage.request("PUT", f"/applications/{stage.server.bot.id}/commands", [command])

    play(scene)


def test_commands_keep_their_ids_when_registered_again() -> None:
    async def scene(stage: Stage) -> None:
        before = (await stage.server.registered("echo"))["id"]
        await stage.bot.tree.sync()
        assert (await stage.server.registered("echo"))["id"] == before
        stage.bot.tree.copy_global_to(guild=discord.Object(stage.guild.id))
        await stage.bot.tree.sync(guild=discord.Object(stage.guild.id))
        used = await stage.server.slash(stage.ann, stage.channel, "echo", text="from the guild")
        await used.response()

    play(scene)


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_429_is_waited_out(everywhere: bool) -> None:
    async def scene(stage: Stage) -> None:
        stage.server.too_many("POST", "/messages", retry_after=0.1, everywhere=everywhere)
        stage.server.too_many("POST", "/callback", retry_after=0.1, everywhere=everywhere)
        await stage.room.send("patient")
        used = await stage.server.slash(stage.ann, stage.channel, "echo", text="hello")
        await used.response()
        assert [call.status for call in stage.server.calls if call.path.endswith("/callback")] == [429, 200]

    play(scene)


def test_a_bucket_is_emptied_and_filled_again() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.limit("POST", "/messages$", requests=2, window=0.2)
        for number in range(5):
            await stage.room.send(str(number))
        calls = [call for call in stage.server.calls if call.path.endswith("/messages")]
        assert [call.status for call in calls] == [200] * 5
        assert calls[-1].at - calls[0].at > 0.2

    play(scene)


def test_a_request_that_failed_after_taking_effect_is_retried_without_a_second_message() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.fail("POST", "/messages$", 500, applied=True)
        await stage.room.send("once")
        assert [call.status for call in stage.server.calls if call.path.endswith("/messages")] == [500, 200]
        assert stage.server.transcript(stage.channel) == "quoth: once"

    play(scene)


def test_errors_of_the_proxy_and_dropped_connections_reach_the_client() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.fail("POST", "/messages$", 503)
        with pytest.raises(discord.DiscordServerError):
            await stage.room.send("lost")
        stage.server.drop("POST", "/messages$")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await stage.room.send("lost as well")
        stage.server.slow("POST", "/messages$", 0.05)
        await stage.room.send("late")
        assert stage.server.transcript(stage.channel) == "quoth: late"

    play(scene)


def test_history_typing_and_reactions() -> None:
    async def scene(stage: Stage) -> None:
        messages = [await stage.server.say(stage.ann, stage.channel, str(number)) for number in range(3)]
        async with stage.room.typing():
            await stage.server.typed(stage.channel)
        message = await stage.room.fetch_message(messages[1].id)
        await message.add_reaction("🔖")
        async for earlier in stage.room.history(limit=2, before=discord.Object(messages[2].id)):
            assert earlier.id in (messages[0].id, messages[1].id)
        assert "(🔖 by quoth)" in stage.server.transcript(stage.channel)
        await message.remove_reaction("🔖", discord.Object(stage.server.bot.id))
        assert messages[1].reactions == []

    play(scene)
