"""What Discord says of the bot, asked of the tests' own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from bot.doctor.online import ask_discord
from bot.settings import DiscordSettings, Settings
from tests.discord_server import DiscordServer
from tests.discord_server.records import Permission

Arrange = Callable[[DiscordServer], None]


def answers(
    arrange: Arrange,
    monkeypatch: pytest.MonkeyPatch,
    *,
    privileged: Iterable[str] = (),
    ask_channels: tuple[int, ...] = (),
) -> dict[str, tuple[str, str]]:
    """What is by_check in a Discord that is arranged so."""

    async def play() -> dict[str, tuple[str, str]]:
        async with DiscordServer(privileged=privileged) as server:
            monkeypatch.setenv("QUOTH_DISCORD_TOKEN", server.token)
            arrange(server)
            settings = Settings(discord=DiscordSettings(api_url=server.url, ask_channels=ask_channels))
            return {result.check: (result.state, result.text) for result in await ask_discord(settings)}

    return asyncio.run(play())


def test_a_bot_that_may_do_all_it_needs_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def arrange(server: DiscordServer) -> None:
        server.guild("library")

    by_check = answers(arrange, monkeypatch, privileged=["message_content"], ask_channels=(7,))
    assert by_check == {
        "discord": ("ok", "lets the bot in as quoth."),
        "intents": ("ok", "the message content intent is on."),
        "servers": ("ok", "the bot is in 1 server."),
        "server library": ("ok", "the bot has every permission that it needs."),
    }


def test_a_bot_in_no_server_is_to_be_invited(monkeypatch: pytest.MonkeyPatch) -> None:
    by_check = answers(lambda server: None, monkeypatch)
    assert by_check["servers"] == (
        "warning",
        "the bot is in no server: `quoth discord --invite` prints the link that adds it to one.",
    )
    assert by_check["intents"][0] == "ok"


def test_lacking_permissions_and_intents_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def arrange(server: DiscordServer) -> None:
        guild = server.guild("harbour")
        everyone = guild.roles[guild.id]
        lacking = Permission.ATTACH_FILES | Permission.READ_MESSAGE_HISTORY
        guild.roles[guild.id] = replace(everyone, permissions=everyone.permissions & ~lacking)
        server.guild("library")

    by_check = answers(arrange, monkeypatch, ask_channels=(7,))
    assert by_check["intents"][0] == "problem"
    assert "the message content intent is off, and ask_channels below [discord] need it" in by_check["intents"][1]
    assert by_check["server harbour"][0] == "problem"
    assert (
        "the bot lacks the permissions attach files, read message history: give them" in by_check["server harbour"][1]
    )
    assert by_check["server library"][0] == "ok"


def test_a_refused_token_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def arrange(server: DiscordServer) -> None:
        monkeypatch.setenv("QUOTH_DISCORD_TOKEN", "another-token")

    ((check, (state, text)),) = answers(arrange, monkeypatch).items()
    assert (check, state) == ("discord", "problem")
    assert text.startswith("Discord refuses the token: set QUOTH_DISCORD_TOKEN")
    assert "another-token" not in text
