"""The Discord bot in a storm: 2,000 questions while the gateway breaks, the API is down and the bot is killed.

Without the reader: what is measured is the chat, not the search. A command that is not acknowledged in three seconds is
asked again, as Discord tells its users to; while the API is down or the bot dead, no bot could acknowledge it.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.chat_load import Exchange, answers, ask, memory, start_bot, stop_bot
from tests.benchmarks.common import SEEDS, gold_questions, index, table, temporary
from tests.discord_server import Channel, DiscordServer, Interaction, NothingCame, User

QUESTIONS, AT_A_TIME = 2000, 60
CUTS = frozenset(range(50, QUESTIONS, QUESTIONS // 20))
OUTAGES, DOWN_FOR = frozenset({300, 1100}), 30.0
KILLS, DEAD_FOR = frozenset({700, 1500}), 2.0
FAULTS_A_QUESTION = 0.1
SLOW, SLOWEST = 300, 2.0
"""Questions of the run in which Discord takes its time for acknowledgements, and how long at most, in seconds."""
IN_TIME, PATIENCE = 3.0, 240.0
FEW, MANY = 300, 10_000
"""Answers after which the bot's memory is compared."""
MOST_GROWTH = 1.15
REQUESTS = r"/(messages|webhooks|interactions)"


@dataclass(slots=True)
class Storm:
    """The server, the bot's process, and what befalls them."""

    server: DiscordServer
    folder: Path
    process: asyncio.subprocess.Process
    troubles: list[tuple[float, float]] = field(default_factory=list)
    """When no bot could have acknowledged anything: begin and end, by the event loop's clock."""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    unheard: int = 0
    """Commands that came in such a time."""
    unacknowledged: int = 0
    """Commands that were not acknowledged, and came at no such time."""
    waits: list[float] = field(default_factory=list)
    """Seconds to each acknowledgement."""

    def blow(self, number: int, rng: random.Random) -> None:
        """Let happen what is to happen before a question."""
        if number in CUTS:
            self.server.cut()
        if number in OUTAGES:
            self.tasks.append(asyncio.create_task(self._outage()))
        if number in KILLS:
            self.tasks.append(asyncio.create_task(self._kill()))
        if rng.random() < FAULTS_A_QUESTION:
            kind = rng.randrange(4)
            if kind == 3:
                self.server.too_many("*", REQUESTS, retry_after=0.4)
            else:
                self.server.fail("*", REQUESTS, (500, 502, 503)[kind], applied=kind == 1)

    async def _outage(self) -> None:
        began = self._now()
        self.troubles.append((began, began + 1e6))
        self.server.outage(is_down=True)
        await asyncio.sleep(DOWN_FOR)
        self.server.outage(is_down=False)
        self.troubles[self.troubles.index((began, began + 1e6))] = (began, self._now())

    async def _kill(self) -> None:
        began, sessions = self._now(), self.server.gateway.identified
        self.troubles.append((began, began + 1e6))
        self.process.kill()
        await self.process.wait()
        await asyncio.sleep(DEAD_FOR)
        self.process = await start_bot(self.server, self.folder)
        await self.server.connected(sessions + 1, timeout=PATIENCE)
        self.troubles[self.troubles.index((began, began + 1e6))] = (began, self._now())

    async def ask(self, user: User, channel: Channel, question: str, number: int) -> Exchange:
        """Ask, a command again until it is acknowledged, and wait for the answer."""
        if number % 2:
            message = await self.server.say(user, channel, f"<@{self.server.bot.id}> {question}")
            exchange = Exchange(None, None, message, channel)
        else:
            exchange = Exchange(None, await self._acknowledged(user, channel, question), None, channel)
        began = self._now()
        try:
            await self.server.until(lambda: bool(answers(self.server, exchange)), PATIENCE)
        except NothingCame:
            return exchange
        return Exchange(self._now() - began, exchange.used, exchange.message, channel)

    async def _acknowledged(self, user: User, channel: Channel, question: str) -> Interaction:
        while True:
            began = self._now()
            used = await self.server.slash(user, channel, "ask", question=question)
            try:
                await used.acknowledged(IN_TIME)
            except NothingCame:
                if any(begin <= began + IN_TIME and began <= end for begin, end in self.troubles):
                    self.unheard += 1
                else:
                    self.unacknowledged += 1
                continue
            self.waits.append(used.acknowledged_after or 0.0)
            return used

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def main() -> None:
    """Print the table of the storm, and that of slow acknowledgements."""
    with _workplace() as folder:
        storm, exchanges, leaving = asyncio.run(_weather(folder, QUESTIONS, rough=True))
        slow, patient, _ = asyncio.run(_weather(folder, SLOW, rough=False))
    rows = [
        ("questions lost", *(str(sum(one.seconds is None for one in run)) for run in (exchanges, patient)), "0"),
        ("questions answered twice", *(str(_twice(*run)) for run in ((storm, exchanges), (slow, patient))), "0"),
        ("commands not acknowledged", str(storm.unacknowledged), str(slow.unacknowledged), "0"),
        ("commands while the API was down or the bot dead", str(storm.unheard), "", ""),
        ("acknowledgement, p99", *(f"{quantile(run.waits, 0.99):.2f} s" for run in (storm, slow)), "< 2.9 s"),
        ("slowest answer", *(f"{quantile(_seconds(run), 1.0):.1f} s" for run in (exchanges, patient)), ""),
        ("until the bot has left", f"{leaving:.1f} s", "", "< 8 s"),
    ]
    table(
        f"The Discord bot in a storm: {QUESTIONS} questions, {AT_A_TIME} at a time",
        ("", "storm", f"acknowledgements take 0 to {SLOWEST:g} s", "bar"),
        rows,
        f"{os.cpu_count()} processors. The gateway is cut {len(CUTS)} times, the API down twice for {DOWN_FOR:g} s, "
        f"and the bot killed twice; before every {1 / FAULTS_A_QUESTION:g}th question a request gets 500, 502 "
        "(although it took effect), 503 or 429. A channel takes 5 messages in 5 s.",
    )


def memory_main() -> None:
    """Print the bot's memory after few answers, and after many."""
    with _workplace() as folder:
        few, many = asyncio.run(_grow(folder))
    growth = f"{many / max(few, 1):.2f} x"
    rows = [(f"after {FEW:,} answers", f"{few} MB", ""), (f"after {MANY:,}", f"{many} MB", "")]
    table("The Discord bot's memory", ("", "resident", "bar"), [*rows, ("growth", growth, f"<= {MOST_GROWTH} x")])


@contextmanager
def _workplace() -> Iterator[Path]:
    """A folder with an index, and settings without a reader for all processes."""
    with temporary() as folder:
        (folder / "quoth.toml").write_text('[answer]\nreader = ""\n')
        os.environ["QUOTH_CONFIG"] = str(folder / "quoth.toml")
        index(SEEDS, folder / "index")
        try:
            yield folder
        finally:
            del os.environ["QUOTH_CONFIG"]


@asynccontextmanager
async def running_bot(folder: Path, count: int) -> AsyncIterator[tuple[Storm, list[User], list[Channel]]]:
    """The bot in a process of its own, with so many users, each in a channel of their own."""
    async with DiscordServer() as server:
        storm = Storm(server, folder, await start_bot(server, folder))
        guild = server.guild()
        channels = [server.text_channel(guild, f"channel-{number}") for number in range(count)]
        users = [server.user(f"user-{number}") for number in range(count)]
        await server.connected(timeout=PATIENCE)
        await server.registered("ask", timeout=PATIENCE)
        await ask(server, users[0], channels[0], "Who signed the letter?", 0)
        try:
            yield storm, users, channels
        finally:
            if storm.process.returncode is None:  # it was not stopped: something went wrong
                storm.process.kill()


async def _weather(folder: Path, count: int, *, rough: bool) -> tuple[Storm, list[Exchange], float]:
    async with running_bot(folder, AT_A_TIME) as (storm, users, channels):
        rng = random.Random(7)
        if rough:
            storm.server.limit("POST", r"/channels/\d+/messages$", requests=5, window=5.0)
        else:
            storm.server.slow("POST", r"/interactions/.*/callback", lambda: rng.uniform(0, SLOWEST), times=1e9)
        exchanges = await _ask_all(storm, users, channels, range(count), rng if rough else None)
        await asyncio.gather(*storm.tasks)
        await asyncio.sleep(2.0)  # a second answer to the last questions would come now
        return storm, exchanges, await stop_bot(storm.process, folder)


async def _ask_all(
    storm: Storm,
    users: Sequence[User],
    channels: Sequence[Channel],
    numbers: range,
    rng: random.Random | None,
) -> list[Exchange]:
    gold = [str(line["question"]) for line in gold_questions()]
    left = iter(numbers)
    exchanges: list[Exchange] = []

    async def keep_asking(user: User, channel: Channel) -> None:
        for number in left:
            if rng is not None:
                storm.blow(number, rng)
            exchanges.append(await storm.ask(user, channel, f"{gold[number % len(gold)]} ({number})", number))

    await asyncio.gather(*(keep_asking(user, channel) for user, channel in zip(users, channels, strict=True)))
    return exchanges


async def _grow(folder: Path) -> tuple[int, int]:
    async with running_bot(folder, AT_A_TIME) as (storm, users, channels):
        await _ask_all(storm, users, channels, range(FEW), None)
        few = memory(storm.process)
        await _ask_all(storm, users, channels, range(FEW, MANY), None)
        many = memory(storm.process)
        await stop_bot(storm.process, folder)
        return few, many


def _twice(storm: Storm, exchanges: Sequence[Exchange]) -> int:
    return sum(len(answers(storm.server, exchange)) > 1 for exchange in exchanges)


def _seconds(exchanges: Sequence[Exchange]) -> list[float]:
    return [exchange.seconds for exchange in exchanges if exchange.seconds is not None]


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0
