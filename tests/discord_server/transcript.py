"""A channel's conversation as text that is the same in every run: ids become names, times disappear.

One paragraph a message, in order of sending, as it is now: who, to whom, what was pinged, whether edited or deleted;
then embeds behind bars, files, buttons in brackets; or components in their order, a box behind bars.
Uses of commands and buttons stand between, behind a star.
With history, earlier versions of edited messages follow as "was:".
"""

import re
from collections.abc import Iterable

from tests.discord_server.backend import Backend
from tests.discord_server.interaction import Interaction
from tests.discord_server.layouts import CONTAINER, FILE
from tests.discord_server.limits import ROW
from tests.discord_server.records import SECTION, TEXT, Attachment, Channel, Flag, Json, Message, Version
from tests.discord_server.world import World

_MENTION = re.compile(r"<(@!?|@&|#)(\d+)>")
_COMMAND = re.compile(r"</([^:>]+):\d+>")
_TIME = re.compile(r"<t:\d+(:[a-zA-Z])?>")
_LINK = re.compile(r"https://discord\.com/channels/(?:@me|\d+)/(\d+)(?:/(\d+))?")
_BARE = re.compile(r"(?<!\d)\d{17,20}(?!\d)")


def transcript(backend: Backend, channel: Channel, *, history: bool = False) -> str:
    """The whole conversation of a channel, ephemeral messages and uses of commands included."""
    uses = [item for item in backend.interactions.values() if item.channel is channel and item.given_choices is None]
    entries: list[Message | Interaction] = [*backend.world.messages[channel.id], *uses]
    entries.sort(key=lambda entry: entry.id)
    writer = _Writer(backend.world, history)
    return "\n".join(line for entry in entries for line in writer.lines(entry))


class _Writer:
    def __init__(self, world: World, history: bool) -> None:
        self._world = world
        self._history = history

    def lines(self, entry: Message | Interaction) -> list[str]:
        if isinstance(entry, Interaction):
            return [f"* {entry.user.name}: {self._named(entry.name)}"]
        lines = self._version(f"{self._head(entry)}:", entry.versions[-1])
        reactions = dict.fromkeys(f"({emoji} by {user.name})" for emoji, user in entry.reactions)
        lines += [f"    {reaction}" for reaction in reactions]
        if self._history:
            for version in reversed(entry.versions[:-1]):
                lines += [f"    {line}" for line in self._version("was:", version)]
        return lines

    def _head(self, message: Message) -> str:
        marks = []
        if message.reply_to is not None:
            marks.append(f"to {message.reply_to.author.name}")
        if message.ephemeral_to is not None:
            marks.append(f"only for {message.ephemeral_to.name}")
        if message.author.bot and message.pinged:
            marks.append(f"pings {' '.join(sorted(message.pinged))}")
        states = {"thinking": message.loading, "edited": message.edited, "deleted": message.deleted}
        marks += [state for state, holds in states.items() if holds]
        return f"{message.author.name} ({', '.join(marks)})" if marks else message.author.name

    def _version(self, head: str, version: Version) -> list[str]:
        if Flag.COMPONENTS_V2 in version.flags:
            return [head, *self._layout(version.components)]
        first, *rest = self._named(version.content).split("\n")
        lines = [f"{head} {first}".rstrip(), *(f"    {line}".rstrip() for line in rest)]
        for embed in version.embeds:
            lines += [f"    | {line}".rstrip() for line in self._embed(embed)]
        lines += [f"    ({_file(item)})" for item in version.attachments]
        lines += [f"    {' '.join(self._part(part) for part in row['components'])}" for row in version.components]
        return lines

    def _layout(self, components: Iterable[Json], indent: str = "    ") -> list[str]:
        """Components from top to bottom: a box has a bar at its left, a section its button below its texts."""
        lines = list[str]()
        for part in components:
            if part["type"] == TEXT:
                lines += [f"{indent}{line}".rstrip() for line in self._named(part["content"]).split("\n")]
            elif part["type"] == CONTAINER:
                lines += self._layout(part["components"], f"{indent}| ")
            elif part["type"] == SECTION:
                lines += [*self._layout(part["components"], indent), f"{indent}{self._part(part['accessory'])}"]
            elif part["type"] == FILE:
                lines.append(f"{indent}(file {part['file']['url'].removeprefix('attachment://')})")
            elif part["type"] == ROW:
                lines.append(indent + " ".join(self._part(child) for child in part["components"]))
            else:
                lines.append(f"{indent}----")
        return lines

    def _embed(self, embed: Json) -> list[str]:
        footer = embed.get("footer") or {}
        author = embed.get("author") or {}
        texts = [author.get("name"), embed.get("title"), embed.get("url"), embed.get("description")]
        texts += [f"{part['name']}: {part['value']}" for part in embed.get("fields") or []]
        texts += [footer.get("text")]
        return self._named("\n".join(text for text in texts if text)).split("\n")

    def _part(self, part: Json) -> str:
        emoji = (part.get("emoji") or {}).get("name") or ""
        state = ", off" if part.get("disabled") else ""
        if part["type"] == 2:
            link = f" → {self._named(part['url'])}" if part.get("url") else ""
            return f"[{' '.join(filter(None, (emoji, part.get('label'))))}{link}{state}]"
        options = " / ".join(option["label"] for option in part.get("options", []))
        return f"{{{part.get('placeholder') or 'choose'}: {self._named(options)}{state}}}"

    def _named(self, text: str) -> str:
        """The text with the ids that Discord gave out replaced by names."""
        text = text.replace(f"{self._world.root}/attachments/", "attachment:")
        text = _TIME.sub("<t:TIME>", _COMMAND.sub(r"/\1", text))
        text = _LINK.sub(self._link, _MENTION.sub(self._mention, text))
        return _BARE.sub(self._bare, text)

    def _mention(self, found: re.Match[str]) -> str:
        kind, number = found[1], int(found[2])
        world = self._world
        roles = {role.id: role for guild in world.guilds.values() for role in guild.roles.values()}
        things = {"#": world.channels, "@&": roles}.get(kind, world.users)
        thing = things.get(number)  # type: ignore[attr-defined]
        return found[0] if thing is None else f"{kind.rstrip('!')}{thing.name}"

    def _link(self, found: re.Match[str]) -> str:
        channel = self._world.channels.get(int(found[1]))
        if channel is None:
            return found[0]
        numbers = [message.id for message in self._world.messages[channel.id]]
        place = f"#{channel.name}"
        if found[2] is None:
            return f"({place})"
        return f"({place}, message {numbers.index(int(found[2])) + 1})" if int(found[2]) in numbers else found[0]

    def _bare(self, found: re.Match[str]) -> str:
        number = int(found[0])
        world = self._world
        for things in (world.users, world.guilds, world.channels):
            thing = things.get(number)
            if thing is not None:
                return str(thing.name)
        known = any(message.id == number for messages in world.messages.values() for message in messages)
        return "ID" if known or number in world.files else found[0]


def _file(attachment: Attachment) -> str:
    about = f" “{attachment.description}”" if attachment.description else ""
    return f"file {attachment.filename}, {len(attachment.data)} bytes{about}"
