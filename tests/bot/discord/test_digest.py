"""The weekly digest: what it tells, whom, and that it comes once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from bot.chat_log.activity import Figures
from bot.chat_log.store import Mark, PostedAnswer, Store, Votes
from bot.discord.digest import Digest
from bot.discord.digest_message import StaleArticle, Week, are_alike, digest_message, grouped, stale_articles
from bot.discord.outgoing.proof import LONGEST_MESSAGE, length
from bot.languages.catalogue import Language
from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import Channel, DiscordServer, Guild

T = TypeVar("T")

END = datetime(2026, 3, 4, 9, tzinfo=UTC)
STAMP = f"<t:{END.timestamp():.0f}:D>"
ANSWER = PostedAnswer(
    1,
    "letters",
    "Who signed the letter?",
    (),
    11,
    21,
    31,
    41,
    51,
    "0123456789ab",
    ("letter@3161f458d70e#1-2",),
    True,
    END,
)
ZEBRA = "Which zebra composed symphonies in Antarctica?"
HINT = "-# `/gap dismiss` takes a question off this list, `/gap answer` points at the passage that answers it."


def unanswered(*questions: str) -> list[PostedAnswer]:
    """Abstentions to these questions."""
    return [replace(ANSWER, question=question, answered=False, refs=()) for question in questions]


# The message


def test_a_digest_tells_what_was_not_answered_not_useful_and_went_stale() -> None:
    week = Week(
        END,
        Figures(12, 9, 3, 4),
        unanswered("When does the pool open?", "Opening times of the *pool*", "pool open when", "Why zebras?"),
        [(replace(ANSWER, question="Who signed [it]?"), Votes(1, 3))],
        [StaleArticle("The pool", "https://courier.example/pool", 4, False), StaleArticle("old", None, 1, True)],
    )
    message = digest_message(week)
    assert message is not None
    assert message.content == (
        f"**The week up to {STAMP}**: 12 questions, 75 % answered.\n"
        "**Not answered**, alike together:\n"
        "- 3 × Opening times of the \\*pool\\* (also “pool open when”, “When does the pool open?”)\n"
        "- 1 × Why zebras?\n"
        "**Found not useful**:\n"
        "- [Who signed (it)?](<https://discord.com/channels/21/31/41>): 3 not useful, 1 useful\n"
        "**Quotes gone stale**, in answers so far:\n"
        "- [The pool](<https://courier.example/pool>): changed, quoted in 4 answers\n"
        "- old: withdrawn, quoted in 1 answer\n"
        f"{HINT}"
    )


def test_a_digest_is_in_the_language_of_the_server() -> None:
    week = Week(
        END,
        Figures(1200, 900, 3, 4),
        unanswered("When does the pool open?", "pool open when"),
        [],
        [StaleArticle("The pool", None, 1, False)],
    )
    message = digest_message(week, Language.of("de"))
    assert message is not None
    assert message.content == (
        f"**Die Woche bis {STAMP}**: 1.200 Fragen, 75 % beantwortet.\n"
        "**Nicht beantwortet**, Ähnliches zusammen:\n"
        "- 2 × pool open when (auch „When does the pool open?“)\n"
        "**Veraltete Zitate** in bisherigen Antworten:\n"
        "- The pool: geändert, zitiert in 1 Antwort\n"
        "-# `/lücke verwerfen` nimmt eine Frage von dieser Liste, `/lücke beantworten` zeigt auf die Stelle, die sie "
        "beantwortet."
    )


def test_there_is_no_digest_of_nothing() -> None:
    assert digest_message(Week(END, Figures(3, 3, 1, 0), [], [], [])) is None


def test_a_digest_that_is_too_long_says_what_it_leaves_out() -> None:
    many = unanswered(*(f"{'*' * 110} w{number}?" for number in range(40)))
    rated = [(replace(ANSWER, question=f"{'_' * 150}?"), Votes(0, 1))] * 40
    message = digest_message(Week(END, Figures(80, 40, 0, 40), many, rated, [StaleArticle("old", None, 1, True)] * 11))
    assert message is not None
    assert length(message.content) <= LONGEST_MESSAGE
    assert message.content.count("-# and ") == 3
    assert message.content.endswith(HINT)


@pytest.mark.parametrize(
    ("question", "other", "alike"),
    [
        ("When does the pool open?", "when is the pool open", True),
        ("Opening times of the pool", "When does the pool open?", True),
        ("How many boats sank?", "How many nets were lost?", False),
        ("Who signed the letter?", "Who wrote the letter?", False),
        ("Why?", "When?", False),
        ("?", "!", True),
    ],
)
def test_questions_are_alike_that_share_half_of_their_words(question: str, other: str, alike: bool) -> None:
    assert are_alike(question, other) is alike


def test_groups_are_listed_largest_first_and_equal_questions_counted() -> None:
    questions = ["Why zebras?", "When does the pool open?", "when does the POOL open?", "Why zebras?", "Why zebras?"]
    assert [len(group) for group in grouped(questions)] == [3, 2]


def test_articles_are_stale_by_the_week_in_which_it_was_noticed() -> None:
    marks = (
        Mark("pool@3161f458d70e#1-2", "changed", "2026-03-01"),
        Mark("pool@3161f458d70e#5-9", "changed", "2026-03-01"),
        Mark("old@3161f458d70e#5-9", "withdrawn", "2026-03-02"),
        Mark("moved@3161f458d70e#5-9", "moved", "2026-03-02"),
        Mark("later@3161f458d70e#5-9", "changed", "2026-03-05"),
        Mark("before@3161f458d70e#5-9", "changed", "2026-02-02"),
    )
    answers = [replace(ANSWER, id=1, marks=marks), replace(ANSWER, id=2, marks=marks[:1])]
    titles = {("letters", "pool"): ("The pool", "https://courier.example/pool")}
    assert stale_articles(answers, "2026-02-25", "2026-03-04", titles) == [
        StaleArticle("The pool", "https://courier.example/pool", 2, False),
        StaleArticle("old", None, 1, True),
    ]


# The channel


@dataclass(frozen=True, slots=True)
class Village:
    """A server in which a digest is posted."""

    server: DiscordServer
    stage: Stage
    guild: Guild
    square: Channel
    """Where people ask."""
    office: Channel
    """Where the digest is posted."""
    path: Path
    """The store."""

    async def asked(self, work: Callable[[Scene], Awaitable[None]]) -> None:
        """Have the bot run while something is asked, until its digest is planned."""
        async with self.stage(self.server, digest_channels=(self.office.id,)) as scene:
            await work(replace(scene, channel=self.square))
            later = datetime.now(UTC) + timedelta(days=8)
            async with asyncio.timeout(60):
                while not await scene.client.desk.store.digests.due(later):
                    await asyncio.sleep(0)

    async def in_store(self, work: Callable[[Store], Awaitable[T]]) -> T:
        """Do the work on the store while the bot is down."""
        store = Store.open(self.path)
        try:
            return await work(store)
        finally:
            await store.close()

    async def due(self) -> None:
        """Make the digest due now."""
        await self.in_store(lambda store: store.digests.move(self.office.id, datetime.now(UTC)))

    async def run(self) -> list[str]:
        """Run the bot until it has looked for digests; what it posted meanwhile."""
        before = len(self.server.unseen(self.office))
        async with self.stage(self.server, digest_channels=(self.office.id,)) as scene, asyncio.timeout(60):
            while await scene.client.desk.store.digests.due(datetime.now(UTC)):
                await asyncio.sleep(0)
        return [message.content for message in self.server.unseen(self.office)[before:]]


def at(index: Path, tmp_path: Path, play: Callable[[Village], Awaitable[None]]) -> None:
    """Play a scene in a village."""
    from tests.bot.discord.conftest import staged

    async def run() -> None:
        async with DiscordServer() as server:
            guild = server.guild("village")
            square, office = server.text_channel(guild, "square"), server.text_channel(guild, "office")
            await play(Village(server, staged(index, tmp_path), guild, square, office, tmp_path / "chat.db"))

    asyncio.run(run())


async def abstain(scene: Scene, question: str = ZEBRA) -> None:
    """Ann asks what is not answered."""
    await scene.ask(question)
    async with asyncio.timeout(60):
        while question not in [gap.question for gap in await scene.client.desk.store.all_gaps()]:
            await asyncio.sleep(0)


def test_a_digest_is_posted_once_when_it_is_due(index: Path, tmp_path: Path) -> None:
    async def play(village: Village) -> None:
        await village.asked(abstain)
        assert await village.run() == []
        await village.due()
        (digest,) = await village.run()
        assert digest.endswith(f": 1 question, 0 % answered.\n**Not answered**, alike together:\n- 1 × {ZEBRA}\n{HINT}")
        assert await village.run() == []
        (due,) = await village.in_store(lambda store: store.digests.due(datetime.now(UTC) + timedelta(days=7)))
        assert timedelta(days=6, hours=23) < due.due - datetime.now(UTC) < timedelta(days=7)

    at(index, tmp_path, play)


def test_a_digest_that_was_posted_before_a_kill_is_not_posted_again(index: Path, tmp_path: Path) -> None:
    async def play(village: Village) -> None:
        await village.asked(abstain)
        due = datetime.now(UTC)
        await village.in_store(lambda store: store.digests.move(village.office.id, due))
        assert len(await village.run()) == 1
        await village.in_store(lambda store: store.digests.move(village.office.id, due))  # as if it had not been kept
        await village.in_store(lambda store: store.digests.drop(village.office.id))
        assert await village.run() == []

    at(index, tmp_path, play)


def test_a_digest_that_may_not_be_posted_is_left_out(index: Path, tmp_path: Path) -> None:
    async def play(village: Village) -> None:
        await village.asked(abstain)
        await village.due()
        village.server.deny(village.office, "send_messages")
        assert await village.run() == []
        village.server.deny(village.office)
        assert (await village.in_store(lambda store: store.digests.due(datetime.now(UTC)))) == ()

    at(index, tmp_path, play)


def test_nothing_private_deleted_edited_or_settled_is_in_a_digest(index: Path, tmp_path: Path) -> None:
    async def play(village: Village) -> None:
        async def ask(scene: Scene) -> None:
            server, store = scene.server, scene.client.desk.store
            gone = await server.say(scene.ann, scene.channel, "<@BOT> Which walrus composed symphonies?")
            await server.next_message(scene.channel)
            edited = await server.say(scene.ben, scene.channel, "<@BOT> Which mammoth composed symphonies?")
            answer = await server.next_message(scene.channel)
            used = await server.slash(scene.ann, scene.channel, "ask", question="Which yak composes?", private=True)
            await used.response()
            hidden = server.text_channel(village.guild, "hidden")
            server.deny(hidden, "view_channel", to=village.guild.roles[village.guild.id])
            server.role(village.guild, "council", scene.ann, server.bot)
            await server.edit(edited, "<@BOT> Who closed the bridge in 2016?")
            await server.next_edit(answer)
            await server.delete(gone)
            await abstain(scene, "Which emu composed symphonies?")
            number = next(gap.id for gap in await store.gaps(village.guild.id, 9) if "emu" in gap.question)
            assert number is not None
            await store.settle_gap(number, village.guild.id)
            await scene.ask(ZEBRA)
            async with asyncio.timeout(60):
                while [gap.question for gap in await store.gaps(village.guild.id, 9)] != [ZEBRA]:
                    await asyncio.sleep(0)

        await village.asked(ask)
        await village.due()
        (digest,) = await village.run()
        assert f"- 1 × {ZEBRA}\n{HINT}" in digest
        assert [name for name in ("walrus", "mammoth", "yak", "emu") if name in digest] == []

    at(index, tmp_path, play)


def test_a_digest_tells_of_no_channel_that_its_readers_cannot_read(index: Path, tmp_path: Path) -> None:
    async def play(village: Village) -> None:
        council = village.server.role(village.guild, "council", village.server.bot)
        village.server.deny(village.square, "view_channel", to=council)

        async def ask(scene: Scene) -> None:
            elsewhere = scene.server.text_channel(village.guild, "elsewhere")
            await scene.ask("Which walrus composed symphonies?", elsewhere)
            posted = replace(ANSWER, id=None, guild=village.guild.id, channel=village.square.id, question=ZEBRA)
            hidden = replace(posted, answered=False, refs=(), posted_at=datetime.now(UTC))
            await scene.client.desk.store.record_answer(hidden, is_gap=True)
            async with asyncio.timeout(60):
                while len(await scene.client.desk.store.gaps(village.guild.id, 9)) < 2:
                    await asyncio.sleep(0)

        await village.asked(ask)
        await village.due()
        (digest,) = await village.run()
        assert "walrus" in digest
        assert "zebra" not in digest

    at(index, tmp_path, play)


def test_a_channel_that_is_no_longer_named_gets_none(index: Path, tmp_path: Path) -> None:
    async def play(village: Village) -> None:
        await village.asked(abstain)
        await village.due()
        assert len(await village.run()) == 1
        await village.due()
        async with village.stage(village.server) as scene, asyncio.timeout(60):
            while await scene.client.desk.store.digests.due(datetime.now(UTC)):
                await asyncio.sleep(0)
        (former,) = village.server.unseen(village.office)
        assert former.content.endswith(">**: 1 question, 0 % answered.")

    at(index, tmp_path, play)


def test_words_that_go_after_a_digest_go_from_it_too(index: Path, tmp_path: Path) -> None:
    walrus = "Which walrus composed symphonies?"

    async def play(village: Village) -> None:
        async def ask(scene: Scene) -> None:
            await abstain(scene, walrus)
            await scene.server.say(scene.ben, scene.channel, f"<@BOT> {ZEBRA}")
            await scene.server.next_message(scene.channel)

        await village.asked(ask)
        await village.due()
        (digest,) = await village.run()
        assert walrus in digest
        message = village.server.unseen(village.office)[0]
        async with village.stage(village.server, digest_channels=(village.office.id,)):
            questions = village.server.backend.world.messages[village.square.id]
            asked = next(each for each in questions if walrus in each.content and not each.author.bot)
            await village.server.delete(asked)
            await village.server.until(lambda: "walrus" not in message.content)
            assert ZEBRA in message.content

    at(index, tmp_path, play)


def test_words_that_another_process_removes_go_from_a_digest_too(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.digest.EVERY", 0.05)
    renew, renewed = Digest._renew, asyncio.Event()

    async def noted(self: Digest) -> None:
        await renew(self)
        renewed.set()

    async def play(village: Village) -> None:
        await village.asked(abstain)
        await village.due()
        (digest,) = await village.run()
        assert ZEBRA in digest
        message = village.server.unseen(village.office)[0]
        asker = next(each.author.id for each in village.server.backend.world.messages[village.square.id])
        monkeypatch.setattr(Digest, "_renew", noted)
        async with village.stage(village.server, digest_channels=(village.office.id,)):
            async with asyncio.timeout(60):
                await renewed.wait()  # as it does whenever it is put on
            other = Store.open(village.path)
            await other.claims.renew()
            await other.forget(asker)
            await village.server.until(lambda: ZEBRA not in message.content)
            await other.close()

    at(index, tmp_path, play)


def test_the_next_digest_leaves_only_the_figures_of_the_last(index: Path, tmp_path: Path) -> None:
    async def play(village: Village) -> None:
        await village.asked(abstain)
        await village.due()
        assert len(await village.run()) == 1
        first = village.server.unseen(village.office)[0]
        await village.asked(lambda scene: abstain(scene, "Which walrus composed symphonies?"))
        await village.due()
        (second,) = await village.run()
        assert ZEBRA in second
        assert first.content.endswith(">**: 1 question, 0 % answered.")

    at(index, tmp_path, play)
