"""All of Discord that the server knows, and who may see and do what in it: roles, overwrites, threads, DMs."""

from tests.discord_server.clock import Snowflakes
from tests.discord_server.records import (
    EVERYONE,
    Attachment,
    Channel,
    ChannelType,
    Guild,
    Intent,
    Message,
    Permission,
    Role,
    User,
)

ALL = Permission(sum(Permission))


class World:
    """Users, guilds, channels and messages by id. `bot` is the application's own user; their ids are the same."""

    def __init__(self, name: str, privileged: Intent) -> None:
        self.ids = Snowflakes()
        self.bot = User(self.ids.next(), name, bot=True)
        self.owner = User(self.ids.next(), "owner")
        self.privileged = privileged
        """The privileged intents that are switched on for the application."""
        self.root = ""
        """The server's own address, for links to attachments."""
        self.users: dict[int, User] = {self.bot.id: self.bot, self.owner.id: self.owner}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, list[Message]] = {}
        """By channel, in order of sending, deleted and ephemeral ones included."""
        self.files: dict[int, Attachment] = {}

    def add_user(self, name: str, *, bot: bool, permissions: Permission) -> User:
        """A new user, member of no guild yet."""
        user = User(self.ids.next(), name, bot, permissions)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, bot_permissions: Permission) -> Guild:
        """A new guild with the bot in it, whose role grants these permissions."""
        guild = Guild(self.ids.next(), name, self.owner)
        guild.roles[guild.id] = Role(guild.id, "everyone", EVERYONE)
        self.guilds[guild.id] = guild
        self.bot.permissions = bot_permissions
        self.join(self.owner, guild)
        self.join(self.bot, guild)
        return guild

    def add_role(self, guild: Guild, name: str, permissions: Permission, *, mentionable: bool) -> Role:
        """A new role."""
        role = Role(self.ids.next(), name, permissions, mentionable)
        guild.roles[role.id] = role
        return role

    def join(self, user: User, guild: Guild) -> bool:
        """Make the user a member if it is none; whether it was none."""
        if user.id in guild.members:
            return False
        guild.members[user.id] = []
        if user.permissions:
            guild.members[user.id].append(self.add_role(guild, user.name, user.permissions, mentionable=False))
        return True

    def add_channel(
        self,
        name: str,
        kind: ChannelType,
        guild: Guild | None,
        parent: Channel | None = None,
        *,
        id_: int | None = None,
    ) -> Channel:
        """A new channel or thread; a thread of a message has that message's id."""
        channel = Channel(id_ or self.ids.next(), name, kind, guild, parent)
        self.channels[channel.id] = channel
        self.messages[channel.id] = []
        return channel

    def dm(self, user: User) -> Channel:
        """The conversation between the bot and this user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = self.add_channel(user.name, ChannelType.DM, None)
        channel.recipient = user
        return channel

    def guild_channels(self, guild: Guild) -> list[Channel]:
        """A guild's channels, without threads."""
        return [c for c in self.channels.values() if c.guild is guild and c.type is not ChannelType.THREAD]

    def threads(self, guild: Guild) -> list[Channel]:
        """A guild's threads."""
        return [c for c in self.channels.values() if c.guild is guild and c.type is ChannelType.THREAD]

    def message(self, channel: Channel, number: int) -> Message | None:
        """A message that is neither deleted nor ephemeral."""
        return next((m for m in self.visible(channel) if m.id == number), None)

    def visible(self, channel: Channel) -> list[Message]:
        """The channel's messages that everyone sees, oldest first."""
        return [m for m in self.messages[channel.id] if not m.deleted and not m.ephemeral]

    def guild_permissions(self, user: User, guild: Guild) -> Permission:
        """What a member may do in a guild, before any channel's overwrites."""
        if user is guild.owner:
            return ALL
        allowed = guild.roles[guild.id].permissions
        for role in guild.members.get(user.id, []):
            allowed |= role.permissions
        return ALL if Permission.ADMINISTRATOR in allowed else allowed

    def permissions(self, user: User, channel: Channel) -> Permission:
        """What a user may do in a channel; a thread is ruled by its parent, and a private one hidden from most."""
        if channel.guild is None:
            return ALL & ~Permission.MANAGE_MESSAGES
        ruling = channel.parent or channel
        allowed = self.guild_permissions(user, channel.guild)
        if allowed == ALL:
            return allowed
        groups = [channel.guild.id, *(role.id for role in channel.guild.members.get(user.id, [])), user.id]
        for group in groups:
            allowed &= ~ruling.denied.get(group, Permission(0))
        if channel.invited is not None and user.id not in channel.invited and Permission.MANAGE_THREADS not in allowed:
            return Permission(0)
        return allowed

    def readable(self, message: Message, intents: Intent) -> bool:
        """Whether Discord shows the bot this message's content: own, direct, mentioning it, or by intent."""
        return (
            Intent.MESSAGE_CONTENT in intents
            or message.author is self.bot
            or message.channel.guild is None
            or self.bot in message.mentioned
        )
