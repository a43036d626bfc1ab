"""What the REST routes share: the world, the post, the gateway, the registries."""

from dataclasses import dataclass, field

from aiohttp import web

from tests.discord_server.changes import Changes
from tests.discord_server.clock import Clock
from tests.discord_server.commands import Commands
from tests.discord_server.errors import missing_access, missing_permissions, unknown_channel, unknown_message
from tests.discord_server.gateway import Gateway
from tests.discord_server.interaction import Interaction
from tests.discord_server.post import Post
from tests.discord_server.records import NO_PERMISSION, Channel, ChannelType, Message, Permission
from tests.discord_server.traffic import Traffic
from tests.discord_server.world import World


@dataclass(frozen=True)
class Backend:
    """The parts of one server."""

    token: str
    acknowledge_within: float
    """Seconds in which an interaction must be acknowledged."""
    world: World
    clock: Clock
    changes: Changes
    gateway: Gateway
    post: Post
    commands: Commands
    traffic: Traffic
    interactions: dict[int, Interaction] = field(default_factory=dict)
    typing: list[tuple[Channel, float]] = field(default_factory=list)
    """Each "is typing" that the bot showed, and when."""
    faults: list[Exception] = field(default_factory=list)
    """What went wrong in this server itself."""

    def channel(self, request: web.Request, needs: Permission = NO_PERMISSION) -> Channel:
        """The channel of the path, if the bot may see it and do there what is needed."""
        channel = self.world.channels.get(number(request, "channel"))
        if channel is None:
            raise unknown_channel()
        allowed = self.world.permissions(self.world.bot, channel)
        if Permission.VIEW_CHANNEL not in allowed:
            raise missing_access()
        if needs not in allowed:
            raise missing_permissions()
        return channel

    def message(self, request: web.Request, channel: Channel) -> Message:
        """The message of the path, if the bot may read it."""
        message = self.world.message(channel, number(request, "message"))
        if message is None:
            raise unknown_message()
        return message

    def writable(self, request: web.Request, *, files: bool) -> Channel:
        """The channel of the path, if the bot may write there."""
        channel = self.channel(request)
        in_thread = channel.type is ChannelType.THREAD
        needs = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
        return self.channel(request, needs | Permission.ATTACH_FILES if files else needs)


def number(request: web.Request, name: str) -> int:
    """A snowflake of the path; 0 when it is none."""
    text = request.match_info[name]
    return int(text) if text.isdecimal() else 0
