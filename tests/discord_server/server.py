"""The server itself: starting and stopping, building guilds and channels, and making Discord misbehave."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.discord_server.acting import Acting
from tests.discord_server.backend import Backend
from tests.discord_server.changes import Changes
from tests.discord_server.clock import Clock
from tests.discord_server.commands import Commands
from tests.discord_server.connection import Connection, Heartbeat
from tests.discord_server.errors import Refusal
from tests.discord_server.gateway import Gateway
from tests.discord_server.payloads import channel_json, guild_json
from tests.discord_server.post import Post
from tests.discord_server.records import Channel, ChannelType, Guild, Intent, Message, Permission, Role, User
from tests.discord_server.rest import API, application
from tests.discord_server.traffic import Call, Gate, Traffic
from tests.discord_server.transcript import transcript
from tests.discord_server.waiting import Waiting
from tests.discord_server.world import World

TOKEN = "a-token-for-tests"


class DiscordServer(Acting, Waiting):
    """A Discord of its own on a free port of the loopback interface: `async with DiscordServer() as server:`."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        bot_name: str = "quoth",
        privileged: Iterable[str] = (),
        heartbeat_interval: float = 41.25,
        acknowledge_within: float = 3.0,
        shards: int = 1,
    ) -> None:
        """Privileged intents that are on for the application are named "members", "presences", "message_content"."""
        self.clock = Clock()
        on = Intent(sum(Intent[name.upper()] for name in privileged))
        world, changes = World(bot_name, on), Changes()
        gateway = Gateway(world, self.clock, changes, token=token, heartbeat_interval=heartbeat_interval)
        gateway.shards = shards
        commands = Commands(world.bot.id, world.ids)
        post, traffic = Post(world, gateway, changes), Traffic(self.clock)
        self.backend = Backend(token, acknowledge_within, world, self.clock, changes, gateway, post, commands, traffic)
        self.token = token
        self.url = ""
        """The base of the REST API, ending in /api/v10."""

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(application(self.backend), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.backend.world.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.backend.world.root}{API}"
        self.gateway.url = f"ws://127.0.0.1:{port}/gateway"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        await self._runner.cleanup()
        if error is None and self.backend.faults:
            raise ExceptionGroup("the Discord server of the tests failed", self.backend.faults)

    @property
    def bot(self) -> User:
        """The application's user."""
        return self.backend.world.bot

    @property
    def owner(self) -> User:
        """Whom the application belongs to, and every guild."""
        return self.backend.world.owner

    @property
    def gateway(self) -> Gateway:
        """The gateway with its sessions and connections."""
        return self.backend.gateway

    @property
    def heartbeats(self) -> list[Heartbeat]:
        """All heartbeats, with their times by `server.clock`."""
        return self.gateway.heartbeats

    @property
    def calls(self) -> list[Call]:
        """All requests to the REST API so far; those with `known` False asked for routes that are not there."""
        return self.backend.traffic.calls

    def guild(
        self,
        name: str = "library",
        *,
        bot_permissions: Iterable[str] = ("mention_everyone",),
        channels: Iterable[str] = (),
        system_channel: str | None = None,
        denied: Iterable[str] = (),
        locale: str = "en-US",
        features: Iterable[str] = (),
    ) -> Guild:
        """A new guild with the bot in it. The bot may ping everyone unless told otherwise: tests should notice.

        `channels` are there from the beginning; one of them may be the system channel, where the bot lacks what is
        `denied`. The locale is one that was chosen only where COMMUNITY is among the features.
        """
        guild = self.backend.world.add_guild(name, _permissions(bot_permissions))
        guild.locale, guild.features = locale, tuple(features)
        for channel in (self.backend.world.add_channel(each, ChannelType.TEXT, guild) for each in channels):
            if channel.name == system_channel:
                guild.system_channel = channel
                channel.denied[self.bot.id] = _permissions(denied)
        body = guild_json(self.backend.world, guild)
        del body["unavailable"]  # which only those have that the bot was in before it connected
        self.gateway.dispatch("GUILD_CREATE", body, needs=Intent.GUILDS)
        return guild

    def text_channel(self, guild: Guild, name: str = "general") -> Channel:
        """A new text channel."""
        return self._channel(name, ChannelType.TEXT, guild)

    def forum(self, guild: Guild, name: str = "questions", *, tags: Iterable[str] = ()) -> Channel:
        """A new forum, whose posts are threads, with tags of these names."""
        numbered = {self.backend.world.ids.next(): tag for tag in tags}
        return self._channel(name, ChannelType.FORUM, guild, numbered)

    def thread(
        self,
        parent: Channel,
        name: str = "thread",
        *,
        message: Message | None = None,
        announced: bool = True,
        invited: Iterable[User] | None = None,
    ) -> Channel:
        """A new thread of a text channel or forum, by itself or under a message; the bot may not know of it yet.

        One to which users are invited is private.
        """
        assert parent.guild is not None
        number = message.id if message is not None else None
        thread = self.backend.world.add_channel(name, ChannelType.THREAD, parent.guild, parent, id_=number)
        thread.invited = frozenset(user.id for user in invited) if invited is not None else None
        if announced:
            self.gateway.dispatch("THREAD_CREATE", channel_json(self.backend.world, thread), needs=Intent.GUILDS)
        return thread

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Archive a thread, as Discord does by itself after a while; a locked one takes a moderator to open."""
        thread.archived, thread.locked = True, locked
        self.gateway.dispatch("THREAD_UPDATE", channel_json(self.backend.world, thread), needs=Intent.GUILDS)

    def dm(self, user: User) -> Channel:
        """The conversation of a user with the bot."""
        return self.backend.world.dm(user)

    def user(self, name: str, *, permissions: Iterable[str] = (), bot: bool = False) -> User:
        """A new user; permissions such as "manage_guild" or "manage_messages" hold in every guild it joins."""
        return self.backend.world.add_user(name, bot=bot, permissions=_permissions(permissions))

    def role(
        self, guild: Guild, name: str, *members: User, permissions: Iterable[str] = (), mentionable: bool = False
    ) -> Role:
        """A new role with these members."""
        role = self.backend.world.add_role(guild, name, _permissions(permissions), mentionable=mentionable)
        for user in members:
            self.backend.world.join(user, guild)
            guild.members[user.id].append(role)
        self.gateway.dispatch("GUILD_UPDATE", guild_json(self.backend.world, guild), needs=Intent.GUILDS)
        return role

    def deny(self, channel: Channel, *permissions: str, to: User | Role | None = None) -> None:
        """Take permissions away in a channel, from the bot unless said otherwise."""
        number = (to or self.bot).id
        channel.denied[number] = channel.denied.get(number, Permission(0)) | _permissions(permissions)
        self.gateway.dispatch("CHANNEL_UPDATE", channel_json(self.backend.world, channel), needs=Intent.GUILDS)

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel."""
        body = channel_json(self.backend.world, channel)
        del self.backend.world.channels[channel.id]
        self.gateway.dispatch("CHANNEL_DELETE", body, needs=Intent.GUILDS)

    def remove_bot(self, guild: Guild) -> None:
        """Throw the bot out of a guild."""
        del self.backend.world.guilds[guild.id]
        for channel in [c for c in self.backend.world.channels.values() if c.guild is guild]:
            del self.backend.world.channels[channel.id]
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, needs=Intent.GUILDS)

    def transcript(self, channel: Channel, *, history: bool = False) -> str:
        """The conversation as text without ids or times, see `transcript`."""
        return transcript(self.backend, channel, history=history)

    def pings(self, message: Message) -> frozenset[str]:
        """Whom the message notified: "@ann", "@&mods", "@everyone"."""
        return message.pinged

    def cut(self) -> None:
        """Drop every gateway connection without a close frame; sessions stay resumable."""
        for connection in self.gateway.open:
            connection.cut()

    def freeze(self) -> Connection:
        """Make the newest connection a zombie: open, but nothing comes any more, not even acknowledgements."""
        connection = self.gateway.open[-1]
        connection.frozen = True
        return connection

    def close(self, code: int, reason: str = "") -> None:
        """Close every gateway connection with a code, such as 4009 (session timed out)."""
        for connection in self.gateway.open:
            connection.close(code, reason)

    def dispatch_raw(self, event: str, data: Any) -> None:
        """Send any event, known or not, well formed or not."""
        self.gateway.dispatch(event, data)

    def repeat(self, count: int = 1) -> None:
        """Send each session's last events once more, with their old sequence numbers."""
        for session in self.gateway.sessions.values():
            session.repeat(count)

    def refuse_connections(self, times: int) -> None:
        """Answer the next connections to the gateway with 503."""
        self.gateway.refusing = times

    def send_raw(self, payload: dict[str, Any] | str | bytes) -> None:
        """Send any payload, such as an unknown op, text that is not JSON, or a broken stream, on every connection."""
        for connection in self.gateway.open:
            connection.send(payload)

    def limit(self, method: str, path: str, *, requests: int, window: float) -> None:
        """Allow so many requests per window of seconds in each bucket whose path (a pattern) matches."""
        self.backend.traffic.limit(method, path, requests=requests, window=window)

    def too_many(self, method: str, path: str, *, retry_after: float, times: int = 1, everywhere: bool = False) -> None:
        """Answer the next matching requests with 429, of their bucket or global."""
        self.backend.traffic.rule(method, path, times, status=429, seconds=retry_after, is_global=everywhere)

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        times: float = 1,
        *,
        applied: bool = False,
        code: int = 0,
        message: str = "Internal Server Error",
    ) -> None:
        """Answer the next matching requests with an error; applied: although they took effect.

        A code is one of Discord's own, such as 30046 (too many edits of older messages), with its sentence.
        """
        refusal = Refusal(status, code, message) if code else None
        self.backend.traffic.rule(method, path, times, status=status, applied=applied, refusal=refusal)

    def outage(self, *, is_down: bool) -> None:
        """Answer all requests with 503 from now on, or no more; the gateway goes on."""
        self.backend.traffic.is_down = is_down

    def drop(self, method: str, path: str, times: int = 1, *, applied: bool = False) -> None:
        """Cut the connection of the next matching requests instead of an answer."""
        self.backend.traffic.rule(method, path, times, dropped=True, applied=applied)

    def slow(self, method: str, path: str, seconds: float | Callable[[], float], times: float = 1) -> None:
        """Hold the next matching requests up, each for this long or as long as a function says, before they act."""
        self.backend.traffic.rule(method, path, times, seconds=seconds)

    def hold(self, method: str, path: str, times: float = 1) -> Gate:
        """Hold the next matching requests until the gate is released."""
        gate = Gate()
        self.backend.traffic.rule(method, path, times, gate=gate)
        return gate

    def _channel(self, name: str, kind: ChannelType, guild: Guild, tags: dict[int, str] | None = None) -> Channel:
        channel = self.backend.world.add_channel(name, kind, guild)
        channel.tags = tags or {}
        self.gateway.dispatch("CHANNEL_CREATE", channel_json(self.backend.world, channel), needs=Intent.GUILDS)
        return channel


def _permissions(names: Iterable[str]) -> Permission:
    """Permissions by their names in lower case."""
    return Permission(sum(Permission[name.upper()] for name in names))
