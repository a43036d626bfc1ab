"""Records as Discord's JSON: users, members, roles, guilds, channels, messages."""

from tests.discord_server.clock import timestamp
from tests.discord_server.layouts import CONTAINER, FILE
from tests.discord_server.mentions import mentioned_roles, mentions_everyone
from tests.discord_server.records import (
    PRIVATE_THREAD,
    SECTION,
    Attachment,
    Channel,
    ChannelType,
    Guild,
    Intent,
    Json,
    Message,
    Role,
    User,
)
from tests.discord_server.world import World


def user_json(user: User) -> Json:
    """A user."""
    return {
        "id": str(user.id),
        "username": user.name,
        "discriminator": "0000" if user.bot else "0",
        "global_name": None,
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def member_json(guild: Guild, user: User, *, with_user: bool = True) -> Json:
    """A user as a member of a guild."""
    member: Json = {
        "roles": [str(role.id) for role in guild.members.get(user.id, [])],
        "joined_at": timestamp(guild.id),
        "nick": None,
        "avatar": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
    }
    return {"user": user_json(user), **member} if with_user else member


def role_json(role: Role, position: int) -> Json:
    """A role."""
    return {
        "id": str(role.id),
        "name": "@everyone" if position == 0 else role.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "position": position,
        "permissions": str(int(role.permissions)),
        "managed": False,
        "mentionable": role.mentionable,
        "flags": 0,
    }


def roles_json(guild: Guild) -> list[Json]:
    """A guild's roles, @everyone first."""
    return [role_json(role, position) for position, role in enumerate(guild.roles.values())]


def channel_json(world: World, channel: Channel) -> Json:
    """A channel, thread or DM."""
    messages = world.visible(channel)
    body: Json = {
        "id": str(channel.id),
        "type": int(channel.type) if channel.invited is None else PRIVATE_THREAD,
        "last_message_id": str(messages[-1].id) if messages else None,
        "flags": 0,
    }
    if channel.recipient is not None:
        return {**body, "recipients": [user_json(channel.recipient)]}
    assert channel.guild is not None
    body |= {
        "name": channel.name,
        "guild_id": str(channel.guild.id),
        "parent_id": str(channel.parent.id) if channel.parent else None,
        "nsfw": False,
        "rate_limit_per_user": 0,
    }
    if channel.type is ChannelType.THREAD:
        return body | _thread_json(world, channel)
    body |= {"position": 0, "topic": None, "permission_overwrites": _overwrites_json(channel)}
    if channel.type is ChannelType.FORUM:
        body |= {"available_tags": _tags_json(channel), "default_reaction_emoji": None, "default_sort_order": None}
    return body


def _thread_json(world: World, channel: Channel) -> Json:
    count = len(world.visible(channel))
    return {
        "owner_id": str((channel.owner or world.owner).id),
        "message_count": count,
        "total_message_sent": count,
        "member_count": 1,
        "applied_tags": [str(tag) for tag in channel.applied],
        "thread_metadata": {
            "archived": channel.archived,
            "auto_archive_duration": 1440,
            "archive_timestamp": timestamp(channel.id),
            "create_timestamp": timestamp(channel.id),
            "locked": channel.locked,
        },
    }


def _tags_json(forum: Channel) -> list[Json]:
    plain: Json = {"moderated": False, "emoji_id": None, "emoji_name": None}
    return [{"id": str(number), "name": name, **plain} for number, name in forum.tags.items()]


def _overwrites_json(channel: Channel) -> list[Json]:
    roles = channel.guild.roles if channel.guild else {}
    return [
        {"id": str(number), "type": 0 if number in roles else 1, "allow": "0", "deny": str(int(denied))}
        for number, denied in channel.denied.items()
    ]


def guild_json(world: World, guild: Guild) -> Json:
    """A guild as GUILD_CREATE carries it; other members than the bot only with the members intent."""
    users = world.users.values() if Intent.MEMBERS in world.privileged else [world.bot]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner.id),
        "icon": None,
        "splash": None,
        "region": "deprecated",
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "afk_timeout": 300,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": guild.locale,
        "features": list(guild.features),
        "emojis": [],
        "stickers": [],
        "roles": roles_json(guild),
        "system_channel_id": str(guild.system_channel.id) if guild.system_channel else None,
        "system_channel_flags": 0,
        "large": False,
        "unavailable": False,
        "joined_at": timestamp(guild.id),
        "member_count": len(guild.members),
        "members": [member_json(guild, user) for user in users if user.id in guild.members],
        "channels": [channel_json(world, channel) for channel in world.guild_channels(guild)],
        "threads": [channel_json(world, channel) for channel in world.threads(guild)],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def attachment_json(world: World, attachment: Attachment) -> Json:
    """A file, with a link that this server answers."""
    url = f"{world.root}/attachments/{attachment.id}/{attachment.filename}"
    return {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "description": attachment.description,
        "content_type": attachment.content_type,
        "size": len(attachment.data),
        "url": url,
        "proxy_url": url,
    }


def _component_json(world: World, message: Message, part: Json) -> Json:
    """A component as Discord gives it back: a file has an address of its own."""
    files = {f"attachment://{item.filename}": item for item in message.attachments}
    given = dict(part)
    if part["type"] == FILE:
        item = files[part["file"]["url"]]
        given |= {"file": {"url": attachment_json(world, item)["url"]}, "name": item.filename, "size": len(item.data)}
    if part["type"] in (CONTAINER, SECTION):
        given["components"] = [_component_json(world, message, child) for child in part["components"]]
    return given


def message_json(world: World, message: Message, *, intents: Intent, quoted: bool = False) -> Json:
    """A message as the bot gets it: without message content where its intents do not reach."""
    readable = world.readable(message, intents)
    guild = message.channel.guild
    body: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": _message_type(message),
        "author": user_json(message.author),
        "content": message.versions[-1].content if readable else "",
        "embeds": [{"type": "rich", **embed} for embed in message.embeds] if readable else [],
        "attachments": [attachment_json(world, item) for item in message.attachments] if readable else [],
        "components": [_component_json(world, message, part) for part in message.components] if readable else [],
        "timestamp": timestamp(message.id),
        "edited_timestamp": message.versions[-1].at if message.edited else None,
        "tts": False,
        "pinned": False,
        "flags": int(message.flags),
        "mention_everyone": mentions_everyone(world, message),
        "mention_roles": [str(number) for number in mentioned_roles(world, message)],
        "mentions": [_mention_json(guild, user) for user in message.mentioned],
        "reactions": _reactions_json(world, message),
    }
    if message.webhook is not None:
        body["webhook_id"] = str(message.webhook)
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.interaction is not None:
        body |= message.interaction.message_fields()
    if message.forwards is not None:
        body |= _forward_json(world, message.forwards, readable=readable)
    if message.reply_to is not None and not quoted:
        body |= _reply_json(world, message.reply_to, intents)
    return body


def message_event_json(world: World, message: Message, *, intents: Intent) -> Json:
    """A message as the gateway carries it: with its guild and the author's member, which the REST API leaves out."""
    body = message_json(world, message, intents=intents)
    guild = message.channel.guild
    if guild is None:
        return body
    return body | {"guild_id": str(guild.id), "member": member_json(guild, message.author, with_user=False)}


def _message_type(message: Message) -> int:
    if message.interaction is not None and message.interaction.original is message:
        return {2: 20 if message.interaction.data.get("type") == 1 else 23}.get(message.interaction.type, 0)
    return 19 if message.reply_to is not None else 0


def _reply_json(world: World, target: Message, intents: Intent) -> Json:
    reference: Json = {"type": 0, "message_id": str(target.id), "channel_id": str(target.channel.id)}
    if target.channel.guild is not None:
        reference["guild_id"] = str(target.channel.guild.id)
    quoted = None if target.deleted else message_json(world, target, intents=intents, quoted=True)
    return {"message_reference": reference, "referenced_message": quoted}


def _forward_json(world: World, original: Message, *, readable: bool) -> Json:
    """What a message forwards: a copy without its author, which the bot may read where it may read the message."""
    everything = message_json(world, original, intents=Intent.MESSAGE_CONTENT, quoted=True)
    names = ("type", "content", "embeds", "attachments", "components", "timestamp", "edited_timestamp", "flags")
    hidden = {} if readable else {"content": "", "embeds": [], "attachments": [], "components": []}
    snapshot = {name: everything[name] for name in names} | hidden
    reference = {"type": 1, "message_id": str(original.id), "channel_id": str(original.channel.id)}
    return {"message_reference": reference, "message_snapshots": [{"message": snapshot}]}


def _mention_json(guild: Guild | None, user: User) -> Json:
    if guild is None:
        return user_json(user)
    return {**user_json(user), "member": member_json(guild, user, with_user=False)}


def _reactions_json(world: World, message: Message) -> list[Json]:
    emojis = list(dict.fromkeys(emoji for emoji, _ in message.reactions))
    return [
        {
            "emoji": {"id": None, "name": emoji},
            "count": sum(given == emoji for given, _ in message.reactions),
            "me": any(given == emoji and user is world.bot for given, user in message.reactions),
            "count_details": {"burst": 0, "normal": sum(given == emoji for given, _ in message.reactions)},
            "me_burst": False,
            "burst_colors": [],
        }
        for emoji in emojis
    ]
