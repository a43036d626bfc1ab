"""The bot started, refused, invited and stopped; its logs."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import logs
from bot.discord import launch
from bot.discord.gateway import DiscordUnreachable, point_at
from bot.main import app
from bot.settings import DiscordSettings, IndexSettings, Settings
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from tests.bot.discord.conftest import Held, open_engine
from tests.discord_server import DiscordServer

QUESTION = "Who closed the bridge in 2016?"
NO_TOKEN = (
    "There is no Discord token: set QUOTH_DISCORD_TOKEN, or token_file below [discord], to the token of your "
    "application's bot."
)


def chosen(index: Path, tmp_path: Path, server: DiscordServer) -> Settings:
    """Settings for a server of the tests."""
    return Settings(index=IndexSettings(index), discord=DiscordSettings(api_url=server.url, store=tmp_path / "chat.db"))


@pytest.mark.parametrize("arguments", [["discord"], ["discord", "--invite"]])
def test_a_missing_token_is_one_sentence(arguments: list[str]) -> None:
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"quoth: {NO_TOKEN}\n")


def test_a_refused_token_is_one_sentence_without_the_token(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN", "another-token")

    async def play() -> None:
        async with DiscordServer() as server:
            for run in (
                launch.run(chosen(index, tmp_path, server), open_engine),
                launch.invitation(chosen(index, tmp_path, server)),
            ):
                with pytest.raises(
                    launch.TokenInvalid, match=r"^Discord refuses the token: set QUOTH_DISCORD_TOKEN"
                ) as caught:
                    await run
                assert "another-token" not in str(caught.value)

    asyncio.run(play())


def test_a_gateway_that_refuses_the_token_is_the_same_sentence(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            monkeypatch.setenv("QUOTH_DISCORD_TOKEN", server.token)
            running = asyncio.create_task(launch.run(chosen(index, tmp_path, server), open_engine))
            await server.connected()
            server.close(4004, "Authentication failed.")
            with pytest.raises(launch.TokenInvalid, match=r"^Discord refuses the token"):
                await running

    asyncio.run(play())


def test_an_address_where_nobody_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN", "a-token")
    monkeypatch.setenv("QUOTH_DISCORD_API_URL", "http://127.0.0.1:9/api/v10")
    done = CliRunner().invoke(app, ["discord", "--invite"])
    assert done.exit_code == 2
    assert done.stderr.startswith("quoth: Discord cannot be reached at http://127.0.0.1:9/api/v10 (")


def test_the_token_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text("\ufeff  from-the-file\n", "utf-8")
    settings = Settings(discord=DiscordSettings(token_file=file))
    assert launch.read_token(settings) == "from-the-file"
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN", "from-the-environment")
    assert launch.read_token(settings) == "from-the-environment"
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN", "")
    told = r"^The file that token_file below \[discord\] names cannot be read \(No such file or directory\): name one"
    with pytest.raises(InputInvalid, match=told):
        launch.read_token(Settings(discord=DiscordSettings(token_file=tmp_path / "gone")))
    file.write_text("two words")
    with pytest.raises(launch.TokenInvalid, match="holds characters that no token has"):
        launch.read_token(settings)


def test_systemd_may_hand_over_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(launch.TokenInvalid, match="There is no Discord token"):
        launch.read_token(Settings())
    credential = tmp_path / "discord-token"
    credential.write_text("from-systemd\n")
    assert launch.read_token(Settings()) == "from-systemd"
    file = tmp_path / "token"
    file.write_text("from-the-file")
    assert launch.read_token(Settings(discord=DiscordSettings(token_file=file))) == "from-the-file"
    credential.write_bytes(b"\xff")
    remedy = (
        r"^The credential discord-token of the systemd unit cannot be read \(it is not UTF-8\): have LoadCredential="
    )
    with pytest.raises(InputInvalid, match=remedy):
        launch.read_token(Settings())


def test_a_misspelt_variable_does_not_give_the_token_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_DISCORD_TOKKEN", "secret")
    done = CliRunner().invoke(app, ["discord"])
    assert done.exit_code == 2
    assert "did you mean QUOTH_DISCORD_TOKEN?" in done.stderr
    assert "secret" not in done.stderr


def test_the_invitation_asks_for_the_least(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> str:
        async with DiscordServer() as server:
            monkeypatch.setenv("QUOTH_DISCORD_TOKEN", server.token)
            link = await launch.invitation(chosen(index, tmp_path, server))
            return link.replace(str(server.bot.id), "BOT")

    link = "https://discord.com/oauth2/authorize?client_id=BOT&scope=bot+applications.commands&permissions=274878008320"
    assert asyncio.run(play()) == link
    monkeypatch.delenv("QUOTH_DISCORD_TOKEN")
    monkeypatch.setenv("QUOTH_DISCORD_APPLICATION", "12345")
    assert CliRunner().invoke(app, ["discord", "--invite"]).stdout == link.replace("BOT", "12345") + "\n"


def refuse(*_: object) -> None:
    """As Windows' event loop does."""
    raise NotImplementedError


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("loop_has_signals", [True, False])
def test_a_signal_lets_it_finish_what_is_in_flight(
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    held: Held,
    number: signal.Signals,
    loop_has_signals: bool,
) -> None:
    if not loop_has_signals:
        monkeypatch.setattr(asyncio.SelectorEventLoop, "add_signal_handler", refuse)
        monkeypatch.setattr(asyncio.SelectorEventLoop, "remove_signal_handler", refuse)

    async def play() -> None:
        async with DiscordServer() as server:
            monkeypatch.setenv("QUOTH_DISCORD_TOKEN", server.token)
            channel, ann = server.text_channel(server.guild()), server.user("ann")
            running = asyncio.create_task(launch.run(chosen(index, tmp_path, server), held.open))
            await server.connected()
            await server.say(ann, channel, f"<@BOT> {QUESTION}")
            await asyncio.to_thread(held.asked.wait, 5)
            os.kill(os.getpid(), number)
            await server.say(ann, channel, "<@BOT> Who winds the clocks?")
            refused = await server.next_message(channel)
            assert refused.content == "I am being restarted. Please ask again in a minute."
            held.free.set()
            assert (await server.next_message(channel)).content.startswith("> Engineer Ilse Brandt")
            await running
            assert not server.gateway.open

    asyncio.run(play())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("phase", ["login", "failing login", "gateway address", "gateway"])
def test_a_signal_before_it_is_connected_is_no_fault_of_the_network(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, phase: str
) -> None:
    settings: list[Settings] = []

    async def play() -> None:
        async with DiscordServer() as server:
            monkeypatch.setenv("QUOTH_DISCORD_TOKEN", server.token)
            settings.append(chosen(index, tmp_path, server))
            if phase == "gateway":
                server.gateway.url = "ws://127.0.0.1:9/gateway"
                tried = asyncio.Event()
                monkeypatch.setattr("bot.discord.gateway.log.warning", lambda *_: tried.set())
                arrived: Awaitable[object] = tried.wait()
            elif phase == "failing login":
                server.fail("GET", "/users/@me", 502, times=99)
                arrived = until_called(server, "/users/@me")
            else:
                gate = server.hold(*(("GET", "/users/@me") if phase == "login" else ("GET", "/gateway/bot")))
                arrived = gate.reached()
            running = asyncio.create_task(launch.run(settings[0], open_engine))
            await asyncio.wait_for(arrived, 5)
            os.kill(os.getpid(), number)
            with pytest.raises(launch.StoppedEarly):
                await asyncio.wait_for(running, 5)

    asyncio.run(play())

    async def stopped(*_: object) -> None:
        raise launch.StoppedEarly

    monkeypatch.setattr(launch, "run", stopped)
    monkeypatch.setattr(logs, "set_up", lambda *_, **options: None)
    done = CliRunner().invoke(app, ["discord"])
    assert (done.exit_code, done.stderr) == (130, "Interrupted.\n")


async def until_called(server: DiscordServer, path: str) -> None:
    """Wait until a request for a path has come in."""
    while not [call for call in server.calls if call.path.endswith(path)]:
        await asyncio.sleep(0)


def test_several_indexes_are_opened_once_each(index: Path, tmp_path: Path) -> None:
    opened: list[Path] = []

    def counting(path: Path) -> Engine:
        opened.append(path)
        return open_engine(path)

    async def play() -> None:
        async with DiscordServer() as server:
            settings = chosen(index, tmp_path, server)
            collections = {1: index, 2: index.parent / "." / "index"}
            settings = replace(settings, discord=replace(settings.discord, collections=collections))
            async with launch.opened(settings, counting) as client:
                assert len(list(client.desk.corpora)) == 1

    asyncio.run(play())
    assert opened == [index.resolve()]


@pytest.mark.parametrize("as_json", [False, True])
def test_the_token_is_never_logged(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.set_up("t0ken.abc", as_json=as_json)
    try:
        try:
            raise ValueError("Authorization: Bot t0ken.abc")
        except ValueError:
            logging.getLogger("some.place").exception("asked with %s", {"Authorization": "Bot t0ken.abc"})
    finally:
        root.handlers[:], level = before
        root.setLevel(level)
        logging.captureWarnings(False)
    said = capsys.readouterr().err
    assert "t0ken.abc" not in said
    assert said.count("Bot [token]") == 3 if not as_json else True
    if as_json:
        (line,) = said.splitlines()
        logged = json.loads(line)
        assert (logged["level"], logged["logger"]) == ("error", "some.place")
        assert logged["message"] == "asked with {'Authorization': 'Bot [token]'}"
        assert logged["traceback"].endswith("ValueError: Authorization: Bot [token]")
        assert datetime.fromisoformat(logged["time"]).tzinfo is not None
        assert "request" not in logged


def test_a_gateway_that_is_not_there_is_one_sentence(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.gateway.FIRST_TRIES", (0.0, 0.0))

    async def play() -> None:
        async with DiscordServer() as server:
            monkeypatch.setenv("QUOTH_DISCORD_TOKEN", server.token)
            server.gateway.url = "ws://127.0.0.1:9/gateway"
            with pytest.raises(DiscordUnreachable, match=r"^Discord cannot be reached at ws://127.0.0.1:9/gateway \("):
                await launch.run(chosen(index, tmp_path, server), open_engine)

    asyncio.run(play())


@pytest.mark.parametrize(
    "address",
    [
        "http://user:hunter2@127.0.0.1:9/api",
        "http://127.0.0.1:9/?key=hunter2",
        f"http://{'a' * 300}.x",
        "http://127.0.0.1:port/",
        "ftp://127.0.0.1/",
        "hunter2",
    ],
)
def test_an_address_that_is_none_is_told_and_not_repeated(address: str) -> None:
    with pytest.raises(InputInvalid, match=r"discord\.api_url is no address") as caught:
        point_at(address)
    assert "hunter2" not in str(caught.value)
