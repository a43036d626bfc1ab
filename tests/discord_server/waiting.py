"""What tests wait for: messages, edits, deletions, connections. Never by sleeping; NothingCame when it is too late."""

from collections.abc import Callable

from tests.discord_server.backend import Backend
from tests.discord_server.errors import NothingCame
from tests.discord_server.records import Channel, Json, Message
from tests.discord_server.transcript import transcript


class Waiting:
    """The waiting side of the server."""

    backend: Backend

    async def next_message(self, channel: Channel, timeout: float = 5.0) -> Message:
        """The bot's next message here that everyone sees and that was not returned yet, once it is not loading."""

        def look() -> Message | None:
            return next((message for message in self.unseen(channel)), None)

        message = await self.backend.changes.until(look, timeout, lambda: self._so_far("No message", channel))
        message.seen_versions = len(message.versions)
        return message

    def unseen(self, channel: Channel) -> list[Message]:
        """The bot's messages here that no test has taken yet."""
        sent = [m for m in self.backend.world.messages[channel.id] if m.author is self.backend.world.bot]
        return [m for m in sent if not (m.seen_versions or m.loading or m.ephemeral)]

    async def next_edit(self, message: Message, timeout: float = 5.0) -> Message:
        """The message once it has a version that was not waited for yet."""

        def look() -> Message | None:
            return message if len(message.versions) > message.seen_versions else None

        await self.backend.changes.until(look, timeout, lambda: self._so_far("No edit", message.channel))
        message.seen_versions = len(message.versions)
        return message

    async def deletion(self, message: Message, timeout: float = 5.0) -> None:
        """Wait until the message is deleted."""
        await self.until(lambda: message.deleted, timeout, "No deletion")

    async def silence(self, channel: Channel, seconds: float = 0.3) -> None:
        """Fail if the bot says anything new here within this time."""
        try:
            message = await self.next_message(channel, seconds)
        except NothingCame:
            return
        raise AssertionError(f"Not silent: {message.content!r}\n{transcript(self.backend, channel)}")

    async def typed(self, channel: Channel, timeout: float = 5.0) -> None:
        """Wait until the bot has shown that it is typing here."""
        await self.until(lambda: any(place is channel for place, _ in self.backend.typing), timeout, "No typing")

    async def connected(self, sessions: int = 1, timeout: float = 5.0) -> None:
        """Wait until so many sessions were identified in all, and READY and the guilds are on their way."""
        await self.until(lambda: self.backend.gateway.identified >= sessions, timeout, "No IDENTIFY")

    async def resumed(self, times: int = 1, timeout: float = 5.0) -> None:
        """Wait until sessions were resumed so many times in all."""
        await self.until(lambda: self.backend.gateway.resumed >= times, timeout, "No RESUME")

    async def beats(self, count: int, timeout: float = 5.0) -> None:
        """Wait until so many heartbeats came in all; `server.heartbeats` has their times."""
        await self.until(lambda: len(self.backend.gateway.heartbeats) >= count, timeout, "Too few heartbeats")

    async def closed(self, timeout: float = 5.0) -> int | None:
        """Wait until no connection is open; the close code of the last."""
        gateway = self.backend.gateway
        await self.until(lambda: bool(gateway.connections) and not gateway.open, timeout, "Still connected")
        return gateway.connections[-1].close_code

    async def registered(self, name: str, timeout: float = 5.0) -> Json:
        """Wait until a command of this name is registered anywhere; the command."""

        def look() -> Json | None:
            scopes = [None, *self.backend.world.guilds]
            found = [command for scope in scopes for command in self.backend.commands.all(scope)]
            return next((command for command in found if command["name"] == name), None)

        return await self.backend.changes.until(look, timeout, lambda: f"No command {name} was registered")

    async def until(self, holds: Callable[[], bool], timeout: float = 5.0, what: str = "It did not come true") -> None:
        """Wait until a condition on the server's state holds; looked at after each change."""
        await self.backend.changes.until(lambda: holds() or None, timeout, lambda: what)

    def _so_far(self, what: str, channel: Channel) -> str:
        return f"{what} in {channel.name}; so far:\n{transcript(self.backend, channel)}\n"
