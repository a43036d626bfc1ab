"""A random history of two users, a manager and a stranger on Discord, with checks of who may read what."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bot.chat_log.store import Votes
from tests.attacks.rows import expect
from tests.bot.discord.conftest import Scene
from tests.discord_server import Channel, Message, User
from tests.discord_server.components import find_component
from tests.discord_server.errors import NothingCame, NotOffered
from tests.discord_server.interaction import COMPONENT, Interaction

ANSWERED = (
    "Who closed the bridge {} in 2016?",
    "Who winds the clocks {} at the museum?",
    "What did Jonna Lind measure {}?",
)
REFUSED = ("Which zebra composed {} in Antarctica?", "How is {} brewed on the moon?")
LEANING = ("and why?", "and on Sunday?", "Who was it?", "and what did she say?", "more about that?")
BUTTONS = ("Context", "More", "Details", "Useful", "Not useful", "Remove")
GONE = ("deleted", "edited", "forgotten")
LATER = 5.0  # seconds until no message repeats a question that is gone
SOON = 1.0  # seconds to wait for what may never come

Act = Callable[["History"], Awaitable[None]]


@dataclass(eq=False)
class Word:
    """A word that occurs in one question only."""

    text: str
    asker: User
    fate: str
    """What became of the question: "asked", or why nobody may read it: "private", "deleted", "edited", "forgotten"."""
    since: set[tuple[int, int]] = field(default_factory=set)
    """Messages from before that, as (message, version)."""

    @property
    def is_public(self) -> bool:
        """Whether a public question still contains it."""
        return self.fate == "asked"

    def __str__(self) -> str:
        return f"the word of a question that {self.asker.name} asked ({self.fate})"


class History:
    """Two users, a manager and a stranger, and their actions."""

    def __init__(self, scene: Scene, rng: random.Random) -> None:
        self._scene, self._server, self._rng = scene, scene.server, rng
        self.words = list[Word]()
        self._actions = list[str]()
        self._questions: list[tuple[Message, Word]] = []
        self._manager = self._server.user("mona", permissions=["manage_guild", "manage_messages"])
        self._stranger = self._server.user("carl", permissions=["manage_guild", "manage_messages"])

    async def begin(self) -> None:
        """Answer a question of the stranger's in another server."""
        await self._server.registered("ask")
        thread = self._server.thread(self._scene.channel)
        self._channels = [self._scene.channel, self._scene.channel, thread]
        self._elsewhere = self._server.text_channel(self._server.guild("elsewhere"), "far")
        await self._say(self._stranger, self._elsewhere, self._question(self._stranger, "asked")[0])
        self._his = next(answer for answer in self._all_answers() if answer.channel is self._elsewhere)

    async def act(self) -> None:
        """Perform one random action, and check every message so far."""
        act = self._rng.choice(_ACTS)
        self._actions.append(act.__name__.strip("_"))
        await act(self)
        self._look()

    async def end(self) -> None:
        """Check that /gaps names public questions only, and that no message repeats a question that is gone."""
        used = await self._server.slash(self._manager, self._scene.channel, "gaps")
        listed = (await used.response()).content
        for word in self.words:
            self._expect(word.is_public or word.text not in listed, f"/gaps names {word}")
        with suppress(TimeoutError):
            async with asyncio.timeout(LATER):
                while self._repeated():
                    await asyncio.sleep(0.01)
        for word, message in self._repeated():
            self._expect(False, f"{word} is still repeated: {message.content[:120]!r}")

    # Actions

    async def _ask(self) -> None:
        user, channel = self._someone(), self._rng.choice(self._channels)
        question, word = self._question(user, "asked")
        self._questions.append((await self._say(user, channel, question), word))

    async def _ask_by_command(self) -> None:
        user = self._someone()
        await self._command(user, self._question(user, "asked")[0])

    async def _ask_privately(self) -> None:
        user = self._someone()
        await self._command(user, self._question(user, "private")[0], private=True)

    async def _find(self) -> None:
        """Look up a message that another user wrote; the bot must not reveal it."""
        user = self._someone()
        channel = self._rng.choice(self._channels)
        message = await self._server.say(self._other(user), channel, self._question(user, "private")[0])
        await (await self._server.menu(user, channel, message, "Find a quote")).response()

    async def _lean(self) -> None:
        await self._say(self._someone(), self._rng.choice(self._channels), self._rng.choice(LEANING))

    async def _lean_privately(self) -> None:
        await self._command(self._someone(), self._rng.choice(LEANING), private=True)

    async def _reply(self) -> None:
        """Ask a follow-up to an answer, mostly another user's."""
        answers = [answer for channel in self._channels for answer in self._answers(channel)]
        if answers:
            answer = self._rng.choice(answers)
            await self._say(self._someone(), answer.channel, self._rng.choice(LEANING), answer)

    async def _lean_and_delete(self) -> None:
        """Ask, ask a follow-up, and delete the question that it leans on."""
        user, channel = self._someone(), self._rng.choice(self._channels)
        question, word = self._question(user, "asked")
        self._questions.append((await self._say(user, channel, question), word))
        await self._say(user, channel, self._rng.choice(LEANING))
        await self._delete(-1)

    async def _delete(self, at: int | None = None) -> None:
        if not self._questions:
            return
        message, word = self._questions.pop(self._rng.randrange(len(self._questions)) if at is None else at)
        answer = self._answer_to(message)
        await self._server.delete(message)
        if answer is not None:
            await self._maybe(lambda: self._server.deletion(answer, SOON))
        self._end(word, "deleted")

    async def _edit(self) -> None:
        if not self._questions:
            return
        at = self._rng.randrange(len(self._questions))
        message, before = self._questions[at]
        question, word = self._question(before.asker, "asked")
        answer = self._answer_to(message)
        await self._server.edit(message, f"<@BOT> {question}")
        if answer is not None:
            await self._maybe(lambda: self._server.next_edit(answer, SOON))
        self._questions[at] = (message, word)
        self._end(before, "edited")

    async def _forget(self) -> None:
        user = self._someone()
        await (await self._server.slash(user, self._scene.channel, "forget-me")).response()
        self._questions = [(message, word) for message, word in self._questions if word.asker is not user]
        for word in self.words:
            if word.asker is user and word.is_public:
                self._end(word, "forgotten")

    async def _vote(self) -> None:
        answers = [answer for channel in self._channels for answer in self._answers(channel)]
        if not answers:
            return
        answer, user = self._rng.choice(answers), self._someone()
        try:
            pressed = await self._server.press(user, answer, self._rng.choice(BUTTONS[3:5]))
        except NotOffered:
            return
        await self._response(pressed)  # a vote still in flight would look like a change by a forgery

    async def _forge(self) -> None:
        """Press an answer's button as if it were below another message, in this server or another."""
        answers = [answer for answer in self._all_answers() if answer.components and answer.channel in self._channels]
        if not answers:
            return
        answer, verb = self._rng.choice(answers), self._rng.choice(BUTTONS)
        user, below = self._stranger, self._his
        others = [other for other in self._answers(answer.channel) if other is not answer]
        if others and self._rng.random() < 0.5:
            user, below = self._other(answer.ephemeral_to or self._scene.ann), self._rng.choice(others)
        try:
            id_ = find_component(answer, verb, buttons=True).custom_id
        except NotOffered:
            return
        number = int(re.findall(r"\d+", id_)[-1])
        before = await self._stored(number)
        data = {"custom_id": id_, "component_type": 2, "id": 1}
        response = await self._response(
            self._server._interact(COMPONENT, user, below.channel, data, f"[{verb}]", message=below)
        )
        forgery = f"{verb}, forged {'in another server' if below is self._his else 'below another message'},"
        self._expect(not re.search(r"^> |\.txt", response, re.MULTILINE), f"{forgery} shows {response!r}")
        self._expect(not below.deleted, f"{forgery} removed the message that it was pressed on")
        after = await self._stored(number)
        self._expect(before == after, f"{forgery} changed {before} to {after}")

    async def _stored(self, number: int) -> tuple[bool, Votes]:
        """Return whether an answer is stored, and its votes."""
        store = self._scene.client.desk.store
        return await store.answer(number) is not None, await store.votes(number)

    # Helpers of the actions

    def _someone(self) -> User:
        return self._rng.choice((self._scene.ann, self._scene.ben))

    def _other(self, user: User) -> User:
        return self._scene.ben if user is self._scene.ann else self._scene.ann

    def _question(self, user: User, fate: str) -> tuple[str, Word]:
        word = Word("q" + "".join(self._rng.choices("bcdfghjklmnpqrstvwxz", k=11)), user, fate)
        self.words.append(word)
        return self._rng.choice(self._rng.choice((ANSWERED, REFUSED))).format(word.text), word

    async def _say(self, user: User, channel: Channel, text: str, reply_to: Message | None = None) -> Message:
        message = await self._server.say(user, channel, f"<@BOT> {text}", reply_to=reply_to)
        await self._server.next_message(channel)
        return message

    async def _command(self, user: User, question: str, **options: bool) -> None:
        used = await self._server.slash(user, self._rng.choice(self._channels), "ask", question=question, **options)
        await used.response()

    async def _response(self, used: Interaction) -> str:
        contents = list[str]()

        async def wait() -> None:
            contents.append((await used.response(SOON)).content)

        await self._maybe(wait)
        return "".join(contents)

    async def _maybe(self, wait: Callable[[], Awaitable[object]]) -> None:
        try:
            await wait()
        except (NothingCame, NotOffered):
            return

    def _all_answers(self) -> list[Message]:
        messages = [message for channel in self._server.backend.world.messages.values() for message in channel]
        return [message for message in messages if message.author is self._server.bot and not message.loading]

    def _answers(self, channel: Channel) -> list[Message]:
        """Return the bot's public answers in the channel that are not deleted."""
        answers = [answer for answer in self._all_answers() if answer.channel is channel]
        return [answer for answer in answers if not (answer.ephemeral or answer.deleted)]

    def _answer_to(self, message: Message) -> Message | None:
        return next((answer for answer in self._all_answers() if answer.reply_to is message), None)

    def _end(self, word: Word, fate: str) -> None:
        word.fate = fate
        word.since = {(answer.id, at) for answer in self._all_answers() for at in range(len(answer.versions))}

    def _look(self) -> None:
        """Raise Lost if any message of the bot's shows a word to a reader who must not see it."""
        for message in self._all_answers():
            reader = message.ephemeral_to or self._asker_of(message)
            for at, version in enumerate(message.versions):
                for word in self.words:
                    if word.text not in version.text or (message.id, at) in word.since:
                        continue
                    is_own = reader is word.asker and (word.is_public or message.ephemeral)
                    who = f"{'privately ' if message.ephemeral else ''}to {reader.name if reader else 'nobody'}"
                    self._expect(is_own, f"{word} is said {who}: {version.text[:120]!r}")

    def _repeated(self) -> list[tuple[Word, Message]]:
        """Return the words that are gone and still stand in a public message other than the answer to a command."""
        gone = [word for word in self.words if word.fate in GONE]
        answers = [answer for answer in self._all_answers() if not (answer.ephemeral or answer.deleted)]
        return [(word, answer) for answer in answers for word in gone if word.text in _without_asked(answer.content)]

    def _asker_of(self, message: Message) -> User | None:
        if message.reply_to is not None:
            return message.reply_to.author
        return message.interaction.user if message.interaction is not None else None

    def _expect(self, holds: object, loss: str) -> None:
        expect(holds, f"{loss} (after {', '.join(self._actions)})")


def _without_asked(content: str) -> str:
    """Return an answer's text without the note that repeats a command's own question."""
    return re.sub(r"^-# Asked: .*", "", content)


_ACTS: tuple[Act, ...] = (
    History._ask,
    History._ask,
    History._ask_privately,
    History._ask_by_command,
    History._find,
    History._lean,
    History._lean,
    History._lean,
    History._lean_privately,
    History._reply,
    History._delete,
    History._lean_and_delete,
    History._edit,
    History._forget,
    History._vote,
    History._vote,
    History._forge,
    History._forge,
)
"""The actions; those listed more than once are drawn more often."""
