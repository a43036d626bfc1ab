"""An interaction from the user's side: what was asked, when it was acknowledged, and all that came back."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.discord_server.changes import Changes
from tests.discord_server.limits import modal_inputs
from tests.discord_server.records import Channel, Json, Message, User

if TYPE_CHECKING:
    from tests.discord_server.world import World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
"""Types of interactions."""

CHOICES, REPLY, DEFER, DEFER_UPDATE, UPDATE, SHOW_MODAL = 8, 4, 5, 6, 7, 9
"""Types of callbacks."""

TOKEN_LIFE_S = 15 * 60.0


@dataclass(frozen=True)
class Choice:
    """One suggestion of an autocompletion."""

    name: str
    value: str | int | float


@dataclass(frozen=True)
class Modal:
    """A dialogue that the bot opened for a user."""

    custom_id: str
    title: str
    inputs: tuple[Json, ...]
    rows: tuple[Json, ...]
    interaction: "Interaction"

    @property
    def labels(self) -> list[str]:
        """The labels of its inputs."""
        return [item.get("label") or item["custom_id"] for item in self.inputs]


@dataclass(eq=False)
class Interaction:
    """One use of a command, a component or a dialogue."""

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    data: Json
    name: str
    """What was used, as the transcript shows it: "/ask question: Who?"."""
    message: Message | None
    """The message whose component was used."""
    created_at: float
    """By the server's clock, in seconds."""
    world: "World"
    changes: Changes
    own: bool = False
    """Whether the user has the application installed, and uses it without the guild's."""
    acknowledged_at: float | None = None
    callback_type: int | None = None
    original: Message | None = None
    """The first answer, what `@original` means."""
    messages: list[Message] = field(default_factory=list)
    """All messages sent for this interaction, the original first."""
    shown_modal: Modal | None = None
    given_choices: list[Choice] | None = None
    _updates_before: int = 0
    _seen: int = 0

    @property
    def acknowledged_after(self) -> float | None:
        """Seconds from sending to acknowledgement; None as long as there was none."""
        return None if self.acknowledged_at is None else self.acknowledged_at - self.created_at

    @property
    def followups(self) -> list[Message]:
        """Messages after the original."""
        return [message for message in self.messages if message is not self.original]

    @property
    def ephemeral(self) -> bool:
        """Whether the answer is (or will be, after a deferral) for the user's eyes only."""
        return bool(self.messages) and self.messages[0].ephemeral

    async def acknowledged(self, timeout: float = 5.0) -> int:
        """The type of the callback, once there was one."""
        return await self.changes.until(
            lambda: self.callback_type, timeout, lambda: f"No acknowledgement of {self.name}"
        )

    async def response(self, timeout: float = 5.0) -> Message:
        """The answer once it can be read: the message sent, filled after a deferral, or updated by the component."""
        message = await self.changes.until(self._answer, timeout, lambda: f"No answer to {self.name}")
        message.seen_versions = len(message.versions)
        self._seen = max(self._seen, 1)
        return message

    async def followup(self, timeout: float = 5.0) -> Message:
        """The next message after the answer that this method has not returned yet."""

        def look() -> Message | None:
            later = [message for message in self.messages if message is not self._answer()]
            return later[max(self._seen - 1, 0)] if len(later) > max(self._seen - 1, 0) else None

        message = await self.changes.until(look, timeout, lambda: f"No follow-up to {self.name}")
        message.seen_versions = len(message.versions)
        self._seen = max(self._seen, 1) + 1
        return message

    async def modal(self, timeout: float = 5.0) -> Modal:
        """The dialogue that was opened."""
        return await self.changes.until(lambda: self.shown_modal, timeout, lambda: f"No modal after {self.name}")

    async def choices(self, timeout: float = 5.0) -> list[Choice]:
        """The suggestions of an autocompletion."""
        return await self.changes.until(lambda: self.given_choices, timeout, lambda: f"No choices for {self.name}")

    def _answer(self) -> Message | None:
        message = self.original
        if self.callback_type in (DEFER_UPDATE, UPDATE) and message is not None:
            if len(message.versions) > self._updates_before or message.deleted:
                return message
            return self.messages[0] if self.messages else None
        return None if message is None or message.loading else message

    def acknowledge(self, callback_type: int, at: float) -> None:
        """Note the callback; updates of a component's message count from here."""
        self.callback_type = callback_type
        self.acknowledged_at = at
        if callback_type in (DEFER_UPDATE, UPDATE):
            self.original = self.message
            self._updates_before = len(self.message.versions) if self.message else 0

    def sent(self, message: Message) -> None:
        """Note a message that was sent for this interaction."""
        if self.callback_type in (REPLY, DEFER) and self.original is None:
            self.original = message
        self.messages.append(message)

    def show(self, data: Json) -> None:
        """Note a dialogue that was opened."""
        rows = tuple(data["components"])
        self.shown_modal = Modal(data["custom_id"], data["title"], tuple(modal_inputs(list(rows))), rows, self)

    def message_fields(self) -> Json:
        """What a message tells of the interaction that it answers."""
        user = {"id": str(self.user.id), "username": self.user.name, "discriminator": "0", "avatar": None}
        owners = {"0": str(self.channel.guild.id)} if self.channel.guild else {"1": str(self.user.id)}
        fields: Json = {
            "application_id": str(self.world.bot.id),
            "webhook_id": str(self.world.bot.id),
            "interaction_metadata": {
                "id": str(self.id),
                "type": self.type,
                "user": user,
                "authorizing_integration_owners": owners,
            },
        }
        if self.type == COMMAND:
            fields["interaction"] = {"id": str(self.id), "type": 2, "name": self.data["name"], "user": user}
        return fields
