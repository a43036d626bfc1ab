"""Who a message mentions and who it pings, by Discord's rules.

Content is searched outside inline code and code blocks; embeds never ping, nor do ephemeral messages, nor do
edits. A backslash before a mention is not taken to prevent it (it does not reliably): a bot must not rely on it.
@everyone and @here ping only from authors that may; roles only when mentionable or the author may ping everyone.
With allowed_mentions, only what it allows; its replied_user counts as false when left out. Without it, all pings.
"""

import re
from dataclasses import dataclass

from tests.discord_server.records import Guild, Json, Message, Permission, User
from tests.discord_server.world import World

_CODE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`", re.DOTALL)
_EVERYONE = re.compile(r"@(everyone|here)")
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")


@dataclass(frozen=True)
class _Allowed:
    """What allowed_mentions lets through; None allows all."""

    raw: Json | None

    def kind(self, name: str) -> bool:
        return self.raw is None or name in (self.raw.get("parse") or [])

    def one(self, name: str, snowflake: int) -> bool:
        if self.raw is None or self.kind(name):
            return True
        return str(snowflake) in {str(listed) for listed in self.raw.get(name) or []}

    @property
    def replied_user(self) -> bool:
        return self.raw is None or bool(self.raw.get("replied_user", False))


def mentioned_users(world: World, message: Message) -> tuple[User, ...]:
    """The users that Discord lists in the message's `mentions`: only those that allowed_mentions lets through."""
    allowed = _Allowed(message.allowed_mentions)
    text = _CODE.sub(" ", message.content)
    found = [world.users[int(number)] for number in _USER.findall(text) if int(number) in world.users]
    users = [user for user in found if allowed.one("users", user.id)]
    if message.reply_to is not None and allowed.replied_user:
        users.append(message.reply_to.author)
    return tuple(dict.fromkeys(users))


def mentions_everyone(world: World, message: Message) -> bool:
    """Whether @everyone or @here takes effect."""
    text = _CODE.sub(" ", message.content)
    allowed = _Allowed(message.allowed_mentions).kind("everyone")
    return bool(_EVERYONE.search(text)) and allowed and _may_ping_all(world, message)


def mentioned_roles(world: World, message: Message) -> list[int]:
    """The ids of the roles that take effect."""
    guild = message.channel.guild
    if guild is None:
        return []
    allowed = _Allowed(message.allowed_mentions)
    text = _CODE.sub(" ", message.content)
    numbers = dict.fromkeys(int(number) for number in _ROLE.findall(text))
    return [number for number in numbers if number in guild.roles and allowed.one("roles", number)]


def pings(world: World, message: Message) -> frozenset[str]:
    """Whom the message notifies: "@everyone", "@here", "@NAME" for users and "@&NAME" for roles."""
    if message.ephemeral or message.loading:
        return frozenset()
    names = {f"@{user.name}" for user in mentioned_users(world, message) if user is not message.author}
    text = _CODE.sub(" ", message.content)
    if mentions_everyone(world, message):
        names |= {f"@{word}" for word in _EVERYONE.findall(text)}
    guild = message.channel.guild
    if guild is not None:
        names |= {f"@&{role}" for role in _pinged_roles(world, message, guild)}
    return frozenset(names)


def _pinged_roles(world: World, message: Message, guild: Guild) -> set[str]:
    all_of_them = _may_ping_all(world, message)
    roles = [guild.roles[number] for number in mentioned_roles(world, message)]
    return {role.name for role in roles if role.mentionable or all_of_them}


def _may_ping_all(world: World, message: Message) -> bool:
    if message.channel.guild is None:
        return False
    return Permission.MENTION_EVERYONE in world.permissions(message.author, message.channel)
