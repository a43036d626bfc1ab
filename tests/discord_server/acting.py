"""What people do: talk, edit, delete, use commands, press buttons, fill in dialogues."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence

from tests.discord_server.backend import Backend
from tests.discord_server.clock import iso_now
from tests.discord_server.commands import MESSAGE_MENU, SLASH, USER_MENU
from tests.discord_server.components import (
    CHANNEL_SELECT,
    ROLE_SELECT,
    Component,
    find_component,
    find_options,
    may_choose,
    submitted,
)
from tests.discord_server.errors import NotOffered
from tests.discord_server.interaction import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction, Modal
from tests.discord_server.limits import FILE_BYTES
from tests.discord_server.options import Filled, Value, check_offered, resolved_member
from tests.discord_server.payloads import channel_json, member_json, message_json, role_json, user_json
from tests.discord_server.records import (
    NO_FLAG,
    NO_PERMISSION,
    Attachment,
    Channel,
    ChannelType,
    Flag,
    Intent,
    Json,
    Message,
    Permission,
    Role,
    User,
    Version,
)

_NAME = re.compile(r"<(@&|@|#)([A-Za-z][\w-]*)>")


class Acting:
    """The people's side of the server. Every user joins the guild of the channel where it first acts."""

    backend: Backend

    async def say(
        self,
        user: User,
        channel: Channel,
        content: str = "",
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        files: Mapping[str, bytes] | None = None,
        embeds: Sequence[Json] = (),
    ) -> Message:
        """Send a message. Names stand for ids: "<@BOT>", "<@ann>", "<@&mods>", "<#general>"."""
        self._enter(user, channel, Permission.SEND_MESSAGES)
        attachments = tuple(self.file(name, data) for name, data in (files or {}).items())
        version = Version(self.with_ids(content), tuple(embeds), (), attachments, at=iso_now())
        allowed = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        return self.backend.post.send(channel, user, version, reply_to=reply_to, allowed_mentions=allowed)

    async def post(self, user: User, forum: Channel, title: str, body: str, *tags: str) -> Channel:
        """Post in a forum, with tags by their names: a thread whose first message has its id."""
        self._enter(user, forum, Permission.SEND_MESSAGES)
        world = self.backend.world
        thread = world.add_channel(title, ChannelType.THREAD, forum.guild, forum)
        thread.owner, thread.applied = user, [number for number, name in forum.tags.items() if name in tags]
        created = {**channel_json(world, thread), "newly_created": True}
        self.backend.gateway.dispatch("THREAD_CREATE", created, needs=Intent.GUILDS)
        self.backend.post.send(thread, user, Version(self.with_ids(body), at=iso_now()), id_=thread.id)
        return thread

    async def forward(self, user: User, message: Message, channel: Channel) -> Message:
        """Forward a message to a channel, without a word of one's own."""
        self._enter(user, channel, Permission.SEND_MESSAGES)
        return self.backend.post.send(channel, user, Version("", at=iso_now()), forwards=message)

    async def edit(self, message: Message, content: str) -> None:
        """Edit a message, as its author."""
        old = message.versions[-1]
        new = Version(self.with_ids(content), old.embeds, old.components, old.attachments, old.flags, iso_now())
        self.backend.post.edit(message, new)

    async def proxy(self, message: Message, content: str) -> Message:
        """Say a message again through a webhook, and delete it, as PluralKit does for people who share an account."""
        version = Version(self.with_ids(content), at=iso_now())
        persona = User(self.backend.world.ids.next(), "persona", bot=True)
        again = self.backend.post.send(message.channel, persona, version, webhook=persona.id)
        self.backend.post.delete(message)
        return again

    async def delete(self, message: Message) -> None:
        """Delete a message, as its author or a moderator."""
        self.backend.post.delete(message)

    async def delete_many(self, *messages: Message) -> None:
        """Delete messages of one channel at once, as a moderator's tool."""
        self.backend.post.delete_many(list(messages))

    async def unfurl(self, message: Message, **embed: str) -> None:
        """Let Discord add the preview of a link to a message: MESSAGE_UPDATE without an edit."""
        self.backend.post.unfurl(message, {"type": "link", **embed})

    async def react(self, user: User, message: Message, emoji: str) -> None:
        """React to a message."""
        self._enter(user, message.channel, Permission.ADD_REACTIONS)
        self.backend.post.react(message, user, emoji, add=True)

    def file(self, name: str, data: bytes) -> Attachment:
        """A file for a message or for a command's option."""
        if len(data) > FILE_BYTES:
            raise NotOffered(f"{name} is larger than {FILE_BYTES} bytes")
        attachment = Attachment(self.backend.world.ids.next(), name, data)
        self.backend.world.files[attachment.id] = attachment
        return attachment

    async def slash(self, user: User, channel: Channel, name: str, /, **options: Value) -> Interaction:
        """Use a slash command; subcommands after a space: "index build"."""
        filled = self._filled(user, channel, name, options, None)
        return self._interact(COMMAND, user, channel, filled.data(self.backend.world, channel), filled.shown())

    async def autocomplete(
        self, user: User, channel: Channel, name: str, focused: str, typed: str, /, **options: Value
    ) -> Interaction:
        """Type into an option of a slash command; `choices()` of the result are the suggestions."""
        filled = self._filled(user, channel, name, {**options, focused: typed}, focused)
        shown = f"{filled.shown()}…"
        return self._interact(AUTOCOMPLETE, user, channel, filled.data(self.backend.world, channel), shown)

    def _filled(
        self, user: User, channel: Channel, name: str, values: Mapping[str, Value], focused: str | None
    ) -> Filled:
        self._enter(user, channel)
        first, *path = name.split()
        command = self.backend.commands.find(first, SLASH, channel.guild)
        offered = check_offered(self.backend.world, command, f"/{first}", user, channel)
        return Filled(offered, tuple(path), dict(values), focused)

    async def menu(
        self, user: User, channel: Channel, message: Message, name: str, *, own: bool = False
    ) -> Interaction:
        """Use a message's context menu command. The bot gets the message's content, whatever its intents.

        `own` says that the user has the application installed, whether the guild has it or not.
        """
        self._enter(user, channel)
        command = self.backend.commands.find(name, MESSAGE_MENU, channel.guild)
        offered = check_offered(self.backend.world, command, f"“{name}”", user, channel)
        if own and 1 not in offered.get("integration_types", [0]):
            raise NotOffered(f"“{name}” cannot be installed by users")
        resolved = {"messages": {str(message.id): self._shown(message)}}
        data = {"id": offered["id"], "name": name, "type": MESSAGE_MENU, "target_id": str(message.id)}
        shown = f"“{name}” on a message"
        return self._interact(COMMAND, user, channel, {**data, "resolved": resolved}, shown, own=own)

    async def user_menu(self, user: User, channel: Channel, target: User, name: str) -> Interaction:
        """Use a user's context menu command."""
        self._enter(user, channel)
        command = self.backend.commands.find(name, USER_MENU, channel.guild)
        offered = check_offered(self.backend.world, command, f"“{name}”", user, channel)
        resolved: Json = {"users": {str(target.id): user_json(target)}}
        if channel.guild is not None:
            resolved["members"] = {str(target.id): resolved_member(self.backend.world, channel, target)}
        data = {"id": offered["id"], "name": name, "type": USER_MENU, "target_id": str(target.id)}
        return self._interact(COMMAND, user, channel, {**data, "resolved": resolved}, f"“{name}” on {target.name}")

    async def press(self, user: User, message: Message, button: str) -> Interaction:
        """Press a message's button, named by its custom id or its label."""
        found = find_component(message, button, buttons=True)
        return self._use(user, message, found, {}, f"[{found.name}]")

    async def choose(self, user: User, message: Message, select: str, values: Iterable[str]) -> Interaction:
        """Choose options of a message's select, all named by id or by what can be read."""
        found = find_component(message, select, buttons=False)
        chosen = find_options(found, values)
        shown = f"{{{found.name}: {', '.join(chosen)}}}"
        return self._use(user, message, found, {"values": chosen, **self._resolved(message, found, chosen)}, shown)

    def _resolved(self, message: Message, select: Component, chosen: Sequence[str]) -> Json:
        """What Discord tells of the channels or roles that were chosen."""
        world, guild = self.backend.world, message.channel.guild
        ids = [int(value) for value in chosen if value.isdigit()]
        if select.type == CHANNEL_SELECT:
            channels = {str(id_): {**channel_json(world, world.channels[id_]), "permissions": "0"} for id_ in ids}
            wrong = [id_ for id_ in ids if not may_choose(select, world.channels[id_])]
            if wrong:
                raise NotOffered(f"{select.name} does not offer {wrong}")
            return {"resolved": {"channels": channels}}
        if select.type == ROLE_SELECT and guild is not None:
            return {"resolved": {"roles": {str(id_): role_json(guild.roles[id_], 1) for id_ in ids}}}
        return {}

    def _use(self, user: User, message: Message, found: Component, more: Json, shown: str) -> Interaction:
        self._enter(user, message.channel)
        if message.deleted or (message.ephemeral and message.ephemeral_to is not user):
            raise NotOffered(f"{user.name} does not see this message")
        data = {"custom_id": found.custom_id, "component_type": found.type, "id": 1, **more}
        return self._interact(COMPONENT, user, message.channel, data, shown, message=message)

    async def submit(self, modal: Modal, fields: Mapping[str, str] | None = None) -> Interaction:
        """Fill in a dialogue, inputs named by custom id or label, and send it."""
        asked = modal.interaction
        data = {"custom_id": modal.custom_id, "components": submitted(modal, fields or {})}
        shown = f"dialogue “{modal.title}”"
        return self._interact(MODAL, asked.user, asked.channel, data, shown, message=asked.message)

    def _interact(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        shown: str,
        *,
        message: Message | None = None,
        own: bool = False,
    ) -> Interaction:
        """Start an interaction and tell the bot of it."""
        backend = self.backend
        number, token = backend.world.ids.next(), secrets.token_urlsafe(48)
        now = backend.clock.now()
        world, changes = backend.world, backend.changes
        interaction = Interaction(number, token, kind, user, channel, data, shown, message, now, world, changes)
        interaction.own = own or (message is not None and message.interaction is not None and message.interaction.own)
        backend.interactions[number] = interaction
        backend.gateway.dispatch("INTERACTION_CREATE", self._payload(interaction))
        backend.changes.tell()
        return interaction

    def _payload(self, interaction: Interaction) -> Json:
        world, channel, user = self.backend.world, interaction.channel, interaction.user
        permissions = str(int(world.permissions(user, channel)))
        payload: Json = {
            "id": str(interaction.id),
            "application_id": str(world.bot.id),
            "type": interaction.type,
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(channel.id),
            "channel": {**channel_json(world, channel), "permissions": permissions},
            "app_permissions": str(int(world.permissions(world.bot, channel))),
            "locale": user.locale,
            "entitlements": [],
            "attachment_size_limit": FILE_BYTES,
            "context": 0 if channel.guild else 1,
        }
        if interaction.message is not None:
            payload["message"] = self._shown(interaction.message)
        if channel.guild is None:
            return {**payload, "user": user_json(user), "authorizing_integration_owners": {"0": "0"}}
        guild = str(channel.guild.id)
        return payload | {
            "guild_id": guild,
            "guild": {"id": guild, "locale": channel.guild.locale, "features": list(channel.guild.features)},
            "guild_locale": channel.guild.locale,
            "member": {**member_json(channel.guild, user), "permissions": permissions},
            "authorizing_integration_owners": {"1": str(user.id)} if interaction.own else {"0": guild},
        }

    def _shown(self, message: Message) -> Json:
        body = message_json(self.backend.world, message, intents=Intent.MESSAGE_CONTENT)
        return {**body, "flags": int(message.flags | (Flag.EPHEMERAL if message.ephemeral else NO_FLAG))}

    def _enter(self, user: User, channel: Channel, needs: Permission = NO_PERMISSION) -> None:
        """Join the channel's guild; NotOffered where the user may not be or may not do this."""
        world = self.backend.world
        if channel.guild is None:
            if channel.recipient is not user:
                raise NotOffered(f"{user.name} is not part of this conversation")
            return
        if world.join(user, channel.guild):
            member = {**member_json(channel.guild, user), "guild_id": str(channel.guild.id)}
            self.backend.gateway.dispatch("GUILD_MEMBER_ADD", member, needs=Intent.MEMBERS)
        if needs | Permission.VIEW_CHANNEL not in world.permissions(user, channel):
            raise NotOffered(f"{user.name} may not do this in {channel.name}")

    def with_ids(self, content: str) -> str:
        """Names of users, roles and channels turned into mentions."""
        world = self.backend.world

        def mention(found: re.Match[str]) -> str:
            kind, name = found.groups()
            if (kind, name) == ("@", "BOT"):
                return world.bot.mention
            roles = [role for guild in world.guilds.values() for role in guild.roles.values()]
            named: Iterable[User | Role | Channel] = world.users.values() if kind == "@" else roles
            if kind == "#":
                named = world.channels.values()
            return next((thing.mention for thing in named if thing.name == name), found[0])

        return _NAME.sub(mention, content)
