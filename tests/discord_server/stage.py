"""A small bot on the real discord.py, and a stage to try it on: one guild, one channel, one user."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import discord
from discord import app_commands

from tests.discord_server.client import pointed_at
from tests.discord_server.records import Channel, Guild, User
from tests.discord_server.server import DiscordServer


def fruit(name: str) -> discord.SelectOption:
    """An option by its label."""
    return discord.SelectOption(label=name, value=name.lower())


class Page(discord.ui.View):
    """One button that turns a page."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Next", custom_id="next")
    async def turn(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        button.disabled = True
        await interaction.response.edit_message(content="Page 2", view=self)


class Fruit(discord.ui.View):
    """One select."""

    @discord.ui.select(placeholder="Pick one", options=[*map(fruit, ("Apples", "Plums"))])
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"You picked {select.values[0]}.")


class Wish(discord.ui.Modal, title="A wish"):
    """A dialogue with one input."""

    text: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Wish", max_length=20)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Wished: {self.text.value}", ephemeral=True)


class Bot(discord.Client):
    """Answers mentions, follows edits and deletions of questions, has one of each kind of command."""

    def __init__(self, intents: discord.Intents, **settings: Any) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.05, **settings)
        self.tree = app_commands.CommandTree(self)
        self.answers: dict[int, discord.Message] = {}
        self.heard: list[str] = []
        self.readied = 0
        self.failures: asyncio.Queue[BaseException] = asyncio.Queue()
        self.connecting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.tree.error(self._failed)
        _add_commands(self.tree)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py's own waits five seconds before a client identifies anew."""

    async def _failed(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        self.failures.put_nowait(error.__cause__ or error)

    async def on_ready(self) -> None:
        self.readied += 1

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.content)
        if message.author != self.user and self.user in message.mentions:
            self.answers[message.id] = await message.reply(f"You said: {message.clean_content}")

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        if payload.message_id in self.answers:
            await self.answers[payload.message_id].edit(content=f"You now say: {payload.message.clean_content}")

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        if payload.message_id in self.answers:
            await self.answers[payload.message_id].delete()


def _add_commands(tree: app_commands.CommandTree[Bot]) -> None:
    @tree.command(description="Answers with what was asked")
    async def echo(interaction: discord.Interaction, text: str, secret: bool = False) -> None:
        await interaction.response.defer(ephemeral=secret, thinking=True)
        embed = discord.Embed(title="Echo", description=text)
        file = discord.File(io.BytesIO(text.encode()), "echo.txt", description="what you said")
        await interaction.edit_original_response(content="Here.", embed=embed, attachments=[file], view=Page())
        await interaction.followup.send("And more.", ephemeral=secret)

    @echo.autocomplete("text")
    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=current.upper(), value=current)]

    @tree.command(description="Opens a dialogue")
    @app_commands.default_permissions(manage_guild=True)
    async def wish(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Wish())

    @tree.context_menu(name="Who is this")
    async def who(interaction: discord.Interaction, person: discord.Member) -> None:
        await interaction.response.send_message(f"This is {person.name}.", view=Fruit())

    @tree.context_menu(name="Shout this")
    async def shout(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(message.content.upper())


Scene = Callable[["Stage"], Awaitable[None]]


class Stage:
    """A server with one guild, one channel, one user, and a bot that is ready."""

    def __init__(self, server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, ann: User) -> None:
        self.server, self.bot, self.guild, self.channel, self.ann = server, bot, guild, channel, ann

    @property
    def room(self) -> discord.TextChannel:
        """The channel as discord.py knows it."""
        room = self.bot.get_channel(self.channel.id)
        assert isinstance(room, discord.TextChannel)
        return room

    async def request(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the REST API as the bot makes it, body unchecked."""
        return await self.bot.http.request(discord.http.Route(method, path), json=body)


def play(scene: Scene, *, content: bool = False, **settings: Any) -> None:
    """Run a scene on a fresh stage."""
    bot_settings = {"heartbeat_timeout": settings.pop("heartbeat_timeout", 60.0)}
    asyncio.run(_play(scene, content, bot_settings, settings))


async def _play(scene: Scene, content: bool, bot_settings: dict[str, Any], settings: dict[str, Any]) -> None:
    async with DiscordServer(privileged=["message_content"] if content else [], **settings) as server:
        guild = server.guild()
        channel = server.text_channel(guild)
        ann = server.user("ann", permissions=["manage_guild"])
        intents = discord.Intents.default()
        intents.message_content = content
        async with running(server, intents, **bot_settings) as bot:
            await bot.wait_until_ready()
            await scene(Stage(server, bot, guild, channel, ann))
        assert [call for call in server.calls if not call.known] == []


@contextlib.asynccontextmanager
async def running(server: DiscordServer, intents: discord.Intents, **settings: Any) -> AsyncIterator[Bot]:
    """The bot, logged in and connecting in the background."""
    with pointed_at(server):
        async with Bot(intents, **settings) as bot:
            await bot.login(server.token)
            bot.connecting = asyncio.ensure_future(bot.connect())
            try:
                yield bot
            finally:
                await bot.close()
                await asyncio.gather(bot.connecting, return_exceptions=True)
