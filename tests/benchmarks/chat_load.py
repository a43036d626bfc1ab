"""Load the Discord bot: 300 questions, 30 at a time; then as many again while Discord fails.

The bot is `quoth discord` in a process of its own, over the seeds, with the real model. Discord is the tests' server
in this process, on the loopback interface. Half of the questions mention the bot, half are `/ask`; all differ, so that
each needs a search.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bot.formats.answer_text import ABSTAINED
from tests.benchmarks.common import SEEDS, gold_questions, index, table, temporary
from tests.discord_server import Channel, DiscordServer, Interaction, Message, NothingCame, User

QUESTIONS, AT_A_TIME = 300, 30
HEARTBEAT = 1.0  # seconds between heartbeats; Discord asks for one every 41, too few to measure in so short a run
PATIENCE = 60.0  # seconds after which a question counts as lost
CUTS = frozenset(range(15, QUESTIONS, 30))
"""Numbers of the questions before which the gateway is cut: ten."""
FAULTY = range(100, 200, 5)
"""Numbers of the questions before which the API begins to fail a few requests."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question put to the bot, and how long its answer took."""

    seconds: float | None
    """Until the answer could be read; None if none came."""
    used: Interaction | None
    """The command, if it was one."""
    message: Message | None
    """The message that asked, if it was one."""
    channel: Channel


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one run."""

    lost: int
    twice: int
    seconds: Sequence[float]
    """Time to each answer, ascending."""
    acknowledged: float
    """The slowest acknowledgement of a command, in seconds."""
    late: float
    """The latest heartbeat, in seconds."""
    memory: tuple[int, int]
    """Resident memory of the bot's process before and after, in MB."""


def main() -> None:
    """Print the table."""
    with temporary() as folder:
        index(SEEDS, folder / "index")
        calm = asyncio.run(_run(folder, rough=False))
        rough = asyncio.run(_run(folder, rough=True))
    table(
        f"The Discord bot: {QUESTIONS} questions, {AT_A_TIME} at a time",
        ("", "calm", "gateway cut 10 times, API failing", "bar"),
        [(name, *cells) for name, *cells in _rows(calm, rough)],
        f"{os.cpu_count()} processors, shared by the bot's process and this one, which is Discord and all its users. "
        f"A heartbeat every {HEARTBEAT:g} s. Failing: {len(FAULTY)} times two or three requests in a row get 500, 502 "
        "(although they took effect) or 429.",
    )


def _rows(calm: Figures, rough: Figures) -> list[tuple[str, str, str, str]]:
    def row(name: str, cells: Sequence[str], bar: str = "") -> tuple[str, str, str, str]:
        return name, cells[0], cells[1], bar

    both = (calm, rough)
    return [
        row("questions lost", [str(run.lost) for run in both], "0"),
        row("questions answered twice", [str(run.twice) for run in both], "0"),
        row("slowest acknowledgement", [f"{run.acknowledged:.2f} s" for run in both], "calm: < 1 s"),
        row("latest heartbeat", [f"{1000 * run.late:.0f} ms" for run in both], "calm: < 1 s"),
        row("answers, p50", [milliseconds(run.seconds, 0.5) for run in both]),
        row("answers, p95", [milliseconds(run.seconds, 0.95) for run in both]),
        row("the bot's memory before and after", [f"{run.memory[0]}, {run.memory[1]} MB" for run in both]),
    ]


async def _run(folder: Path, *, rough: bool) -> Figures:
    async with DiscordServer(heartbeat_interval=HEARTBEAT) as server, bot_process(server, folder) as process:
        guild = server.guild()
        channels = [server.text_channel(guild, f"channel-{number}") for number in range(AT_A_TIME)]
        users = [server.user(f"user-{number}") for number in range(AT_A_TIME)]
        await server.connected(timeout=PATIENCE)
        await server.registered("ask", timeout=PATIENCE)
        for number, question in enumerate(("Who signed the letter?", "When did Albania join NATO?")):
            await ask(server, users[0], channels[0], question, number)
        before = memory(process)
        exchanges = await _ask_all(server, users, channels, rough=rough)
        await asyncio.sleep(1.0)  # a second answer to the last questions would come now
        return _figures(server, exchanges, (before, memory(process)))


async def _ask_all(
    server: DiscordServer, users: Sequence[User], channels: Sequence[Channel], *, rough: bool
) -> list[Exchange]:
    gold = [str(line["question"]) for line in gold_questions()]
    numbers = iter(range(QUESTIONS))
    exchanges: list[Exchange] = []

    async def keep_asking(user: User, channel: Channel) -> None:
        for number in numbers:
            if rough:
                _disturb(server, number)
            question = f"{gold[number % len(gold)]} ({number})"
            exchanges.append(await ask(server, user, channel, question, number))

    await asyncio.gather(*(keep_asking(user, channel) for user, channel in zip(users, channels, strict=True)))
    return exchanges


async def ask(server: DiscordServer, user: User, channel: Channel, question: str, number: int) -> Exchange:
    """Ask by command, or by mention every other time, and wait for the answer."""
    began = time.perf_counter()
    used, message = None, None
    if number % 2:
        message = await server.say(user, channel, f"<@{server.bot.id}> {question}")
    else:
        used = await server.slash(user, channel, "ask", question=question)
    exchange = Exchange(None, used, message, channel)
    try:
        await server.until(lambda: bool(answers(server, exchange)), PATIENCE)
    except NothingCame:
        return exchange
    return Exchange(time.perf_counter() - began, used, message, channel)


def answers(server: DiscordServer, exchange: Exchange) -> list[Message]:
    """Return the answers to a question, without error messages."""
    if exchange.used is not None:
        sent = exchange.used.messages
    else:
        sent = [
            message
            for message in server.backend.world.messages[exchange.channel.id]
            if message.reply_to is exchange.message
        ]
    return [
        message for message in sent if not message.loading and ("> " in message.content or ABSTAINED in message.content)
    ]


def _disturb(server: DiscordServer, number: int) -> None:
    if number in CUTS:
        server.cut()
    if number in FAULTY:
        kind = FAULTY.index(number) % 3
        if kind == 2:
            server.too_many("*", r"/(messages|webhooks|interactions)", retry_after=0.4, times=3)
        else:
            server.fail("*", r"/(messages|webhooks|interactions)", (500, 502)[kind], times=2, applied=kind == 1)


def _figures(server: DiscordServer, exchanges: Sequence[Exchange], resident: tuple[int, int]) -> Figures:
    beats = [connection.heartbeats for connection in server.gateway.connections]
    gaps = [later.at - former.at for line in beats for former, later in pairwise(line)]
    waits = [exchange.used.acknowledged_after for exchange in exchanges if exchange.used is not None]
    return Figures(
        lost=sum(exchange.seconds is None for exchange in exchanges),
        twice=sum(len(answers(server, exchange)) > 1 for exchange in exchanges),
        seconds=sorted(exchange.seconds for exchange in exchanges if exchange.seconds is not None),
        acknowledged=max(wait if wait is not None else PATIENCE for wait in waits),
        late=max(gaps) - HEARTBEAT,
        memory=resident,
    )


@asynccontextmanager
async def bot_process(server: DiscordServer, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot in a process, and stop it at the end as `stop_bot` does."""
    process = await start_bot(server, folder)
    try:
        yield process
    finally:
        await stop_bot(process, folder)


async def start_bot(server: DiscordServer, folder: Path) -> asyncio.subprocess.Process:
    """Start the bot in a process; what it logs is appended to a file of the folder."""
    environment = {
        **os.environ,
        "QUOTH_DISCORD_API_URL": server.url,
        "QUOTH_DISCORD_TOKEN": server.token,
        "QUOTH_DISCORD_STORE": str(folder / "chat.db"),
        "QUOTH_DISCORD_COOLDOWN": "0",
        "QUOTH_DISCORD_SERVERS": "all",
    }
    with (folder / "bot.log").open("a") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.main", "discord", "--index", folder / "index", env=environment, stderr=log
        )


async def stop_bot(process: asyncio.subprocess.Process, folder: Path) -> float:
    """Ask the bot to end; return the seconds that it took. Raises RuntimeError if it ends with an error."""
    began = time.perf_counter()
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    status = await asyncio.wait_for(process.wait(), PATIENCE)
    if status:
        raise RuntimeError(f"the bot ended with {status}: {(folder / 'bot.log').read_text()[-2000:]}")
    return time.perf_counter() - began


def memory(process: asyncio.subprocess.Process) -> int:
    """Return a process's resident memory in MB, as the kernel counts it; 0 without /proc."""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS:"))


def milliseconds(ordered: Sequence[float], share: float) -> str:
    return f"{1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.0f} ms" if ordered else "none"
