"""Messages come and go: sending, editing, deleting, reacting, each with its gateway event."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.discord_server.changes import Changes
from tests.discord_server.connection import Session
from tests.discord_server.gateway import Gateway
from tests.discord_server.interaction import Interaction
from tests.discord_server.mentions import mentioned_users, pings
from tests.discord_server.payloads import member_json, message_event_json, user_json
from tests.discord_server.records import Channel, Intent, Json, Message, Permission, User, Version
from tests.discord_server.world import World


@dataclass(frozen=True)
class Post:
    """The one way by which messages change."""

    world: World
    gateway: Gateway
    changes: Changes

    def send(
        self,
        channel: Channel,
        author: User,
        version: Version,
        *,
        reply_to: Message | None = None,
        allowed_mentions: Json | None = None,
        interaction: Interaction | None = None,
        ephemeral_to: User | None = None,
        nonce: str | None = None,
        webhook: int | None = None,
        id_: int | None = None,
        forwards: Message | None = None,
    ) -> Message:
        """A new message; ephemeral ones make no event."""
        message = Message(id_ or self.world.ids.next(), channel, author, [version], reply_to, interaction, ephemeral_to)
        message.allowed_mentions = allowed_mentions
        message.nonce, message.webhook, message.forwards = nonce, webhook, forwards
        message.mentioned = mentioned_users(self.world, message)
        message.pinged = pings(self.world, message)
        self.world.files |= {item.id: item for item in version.attachments}
        self.world.messages[channel.id].append(message)
        if interaction is not None:
            interaction.sent(message)
        self._event("MESSAGE_CREATE", message, self._content(message))
        return message

    def edit(self, message: Message, version: Version, *, allowed_mentions: Json | None = None) -> None:
        """A new version of a message. Nobody is pinged, except when a deferred answer gets its first content."""
        was_loading = message.loading
        message.versions.append(version)
        if allowed_mentions is not None:
            message.allowed_mentions = allowed_mentions
        message.mentioned = mentioned_users(self.world, message)
        if was_loading:
            message.pinged = pings(self.world, message)
        self.world.files |= {item.id: item for item in version.attachments}
        self._event("MESSAGE_UPDATE", message, self._content(message))

    def delete(self, message: Message) -> None:
        """Remove a message; its record stays, marked."""
        message.deleted = True
        body: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if message.channel.guild is not None:
            body["guild_id"] = str(message.channel.guild.id)
        self._event("MESSAGE_DELETE", message, body)

    def delete_many(self, messages: list[Message]) -> None:
        """Remove messages of one channel at once, as moderators' tools do."""
        for message in messages:
            message.deleted = True
        channel = messages[0].channel
        body: Json = {"ids": [str(message.id) for message in messages], "channel_id": str(channel.id)}
        if channel.guild is not None:
            body["guild_id"] = str(channel.guild.id)
        self._event("MESSAGE_DELETE_BULK", messages[0], body)

    def unfurl(self, message: Message, embed: Json) -> None:
        """Add the preview of a link: an update that is no edit."""
        message.versions[-1] = replace(message.versions[-1], embeds=(*message.embeds, embed))
        self._event("MESSAGE_UPDATE", message, self._content(message))

    def react(self, message: Message, user: User, emoji: str, *, add: bool) -> None:
        """Add or remove a reaction."""
        if add == ((emoji, user) in message.reactions):
            return
        if add:
            message.reactions.append((emoji, user))
        else:
            message.reactions.remove((emoji, user))
        body: Json = {
            "user_id": str(user.id),
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        guild = message.channel.guild
        if guild is not None:
            body |= {"guild_id": str(guild.id), "member": {**member_json(guild, user), "user": user_json(user)}}
        needs = Intent.GUILD_REACTIONS if guild else Intent.DIRECT_REACTIONS
        self.gateway.dispatch("MESSAGE_REACTION_ADD" if add else "MESSAGE_REACTION_REMOVE", body, needs=needs)
        self.changes.tell()

    def _content(self, message: Message) -> Callable[[Session], Json]:
        """The message as each session may read it, as it is now."""
        seen = message_event_json(self.world, message, intents=Intent.MESSAGE_CONTENT)
        blank = message_event_json(self.world, message, intents=Intent(0))
        return lambda session: seen if Intent.MESSAGE_CONTENT in session.intents else blank

    def _event(self, name: str, message: Message, body: Json | Callable[[Session], Json]) -> None:
        channel = message.channel
        sees = Permission.VIEW_CHANNEL in self.world.permissions(self.world.bot, channel)
        if sees and not message.ephemeral:
            needs = Intent.GUILD_MESSAGES if channel.guild else Intent.DIRECT_MESSAGES
            self.gateway.dispatch(name, body, needs=needs)
        self.changes.tell()
