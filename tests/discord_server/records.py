"""What the server remembers: users, guilds, channels, messages with all their versions, as plain records.

Records compare by identity and change in place: they are the server's one state. Ids are snowflakes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.discord_server.interaction import Interaction

Json = dict[str, Any]
TEXT, SECTION = 10, 9
"""Types of components."""
PRIVATE_THREAD = 12
"""The type of threads that only their members see."""


def nested(components: Iterable[Json]) -> Iterator[Json]:
    """Components with all that are in them, from top to bottom; a section's accessory follows its texts."""
    for part in components:
        yield part
        yield from nested(part.get("components") or ())
        if part["type"] == SECTION:
            yield part["accessory"]


class Permission(IntFlag):
    """The permissions that matter to a bot which answers questions, by Discord's bits."""

    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40


NO_PERMISSION = Permission(0)
EVERYONE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What @everyone may do in a new guild. @everyone itself may not be pinged by all; the bot's role adds that."""


class Intent(IntFlag):
    """Groups of events that a client asks for when it identifies."""

    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_REACTIONS = 1 << 13
    MESSAGE_CONTENT = 1 << 15


NO_INTENT = Intent(0)
PRIVILEGED = Intent.MEMBERS | Intent.PRESENCES | Intent.MESSAGE_CONTENT


class Flag(IntFlag):
    """Flags of messages."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SILENT = 1 << 12
    COMPONENTS_V2 = 1 << 15


NO_FLAG = Flag(0)


class ChannelType(IntEnum):
    """Kinds of channels."""

    TEXT = 0
    DM = 1
    THREAD = 11
    FORUM = 15


@dataclass(eq=False)
class User:
    """A person or a bot."""

    id: int
    name: str
    bot: bool = False
    permissions: Permission = NO_PERMISSION
    """What this user may do beyond @everyone, in every guild."""
    accepts_dms: bool = True
    locale: str = "en-US"
    """The language that this user has chosen for Discord."""

    @property
    def mention(self) -> str:
        """How a message names this user."""
        return f"<@{self.id}>"


@dataclass(eq=False)
class Role:
    """A role of a guild; the one with the guild's own id is @everyone."""

    id: int
    name: str
    permissions: Permission
    mentionable: bool = False

    @property
    def mention(self) -> str:
        """How a message names this role."""
        return f"<@&{self.id}>"


@dataclass(eq=False)
class Guild:
    """A Discord server, in Discord's own words a guild."""

    id: int
    name: str
    owner: User
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, list[Role]] = field(default_factory=dict)
    """Roles by the id of the member."""
    system_channel: "Channel | None" = None
    """Where Discord itself tells of new members."""
    locale: str = "en-US"
    """The language that its owner has chosen for it, as only a community server's can."""
    features: tuple[str, ...] = ()
    """What Discord has switched on for it, such as COMMUNITY."""


@dataclass(eq=False)
class Channel:
    """A text channel, a forum, a thread or a conversation with one user."""

    id: int
    name: str
    type: ChannelType
    guild: Guild | None = None
    parent: "Channel | None" = None
    recipient: User | None = None
    owner: User | None = None
    denied: dict[int, Permission] = field(default_factory=dict)
    """What overwrites deny, by the id of a user or a role."""
    archived: bool = False
    locked: bool = False
    invited: frozenset[int] | None = None
    """The ids of a private thread's members; None for what all may read who see its parent."""
    tags: dict[int, str] = field(default_factory=dict)
    """A forum's tags, names by id."""
    applied: list[int] = field(default_factory=list)
    """The tags of a forum's post."""
    takes_layouts: bool = True
    """Whether messages here may be laid out in components."""

    @property
    def mention(self) -> str:
        """How a message names this channel."""
        return f"<#{self.id}>"


@dataclass(frozen=True)
class Attachment:
    """A file of a message."""

    id: int
    filename: str
    data: bytes
    description: str | None = None
    content_type: str = "application/octet-stream"

    @property
    def text(self) -> str:
        """The file read as UTF-8."""
        return self.data.decode()


@dataclass(frozen=True)
class Version:
    """A message's state between two edits."""

    content: str
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    flags: Flag = NO_FLAG
    at: str = ""
    """When it was written, ISO 8601."""

    @property
    def text(self) -> str:
        """What people read: the content, or the texts of its components."""
        texts = (part["content"] for part in nested(self.components) if part["type"] == TEXT)
        return "\n".join(texts) if Flag.COMPONENTS_V2 in self.flags else self.content


@dataclass(eq=False)
class Message:
    """A message and its whole history. `versions[0]` is as it was sent, `versions[-1]` as it is."""

    id: int
    channel: Channel
    author: User
    versions: list[Version]
    reply_to: "Message | None" = None
    interaction: "Interaction | None" = None
    """The interaction that this message answers."""
    ephemeral_to: User | None = None
    """The only user who sees it, for ephemeral messages."""
    deleted: bool = False
    allowed_mentions: Json | None = None
    pinged: frozenset[str] = frozenset()
    """Who was notified when it was sent, see `mentions.pings`."""
    mentioned: tuple[User, ...] = ()
    """Users in the message's list of mentions."""
    reactions: list[tuple[str, User]] = field(default_factory=list)
    nonce: str | None = None
    webhook: int | None = None
    """The webhook that sent it, under its author's name."""
    forwards: "Message | None" = None
    """The message that it forwards, as it was then."""
    seen_versions: int = 0
    """How much of the history a test has already waited for."""

    @property
    def content(self) -> str:
        """The text as people read it now, also where it stands in components."""
        return self.versions[-1].text

    @property
    def embeds(self) -> tuple[Json, ...]:
        """The embeds as they are now."""
        return self.versions[-1].embeds

    @property
    def components(self) -> tuple[Json, ...]:
        """The rows of components as they are now."""
        return self.versions[-1].components

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files as they are now."""
        return self.versions[-1].attachments

    @property
    def flags(self) -> Flag:
        """The flags as they are now."""
        return self.versions[-1].flags

    @property
    def loading(self) -> bool:
        """Whether it still reads "quoth is thinking…"."""
        return Flag.LOADING in self.flags

    @property
    def ephemeral(self) -> bool:
        """Whether only one user sees it."""
        return self.ephemeral_to is not None

    @property
    def edited(self) -> bool:
        """Whether it was edited after it was first readable."""
        return sum(Flag.LOADING not in version.flags for version in self.versions) > 1

    @property
    def labels(self) -> list[str]:
        """The labels of its buttons, in order."""
        return [part["label"] for part in nested(self.components) if "label" in part]
