"""The Discord bot under load: 300 questions, 30 at a time; then as many while Discord fails it.

The bot is `quoth discord` in a process of its own, over the seeds, with the real model. Discord is the tests' server,
in this process, on the loopback interface. Half of the questions mention the bot, half are `/ask`; all of them differ,
so that each is searched for.
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
HEARTBEAT = 1.0  # seconds between heartbeats; Discord asks for one in 41, which would tell little in so short a time
PATIENCE = 60.0  # seconds after which a question counts as lost
CUTS = frozenset(range(15, QUESTIONS, 30))
"""Questions before which the gateway is cut: ten."""
FAULTY = range(100, 200, 5)
"""Questions before which the API begins to fail a few requests."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was put to the bot, and what came of it."""

    seconds: float | None
    """Until the answer could be read; None where none came."""
    used: Interaction | None
    """The command, if it was one."""
    message: Message | None
    """The message that asked, if it was one."""
    channel: Channel


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run came to."""

    lost: int
    twice: int
    seconds: Sequence[float]
    """Of the answers, in order of size."""
    acknowledged: float
    """The slowest acknowledgement of a command, in seconds."""
    late: float
    """The latest heartbeat, in seconds."""
    memory: tuple[int, int]
    """Of the bot's process before and after, in MB."""


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
    def row(name: str, said: Sequence[str], bar: str = "") -> tuple[str, str, str, str]:
        return name, said[0], said[1], bar

    both = (calm, rough)
    return [
        row("questions lost", [str(one.lost) for one in both], "0"),
        row("questions answered twice", [str(one.twice) for one in both], "0"),
        row("slowest acknowledgement", [f"{one.acknowledged:.2f} s" for one in both], "calm: < 1 s"),
        row("latest heartbeat", [f"{1000 * one.late:.0f} ms" for one in both], "calm: < 1 s"),
        row("answers, p50", [_ms(one.seconds, 0.5) for one in both]),
        row("answers, p95", [_ms(one.seconds, 0.95) for one in both]),
        row("the bot's memory before and after", [f"{one.memory[0]}, {one.memory[1]} MB" for one in both]),
    ]


async def _run(folder: Path, *, rough: bool) -> Figures:
    async with DiscordServer(heartbeat_interval=HEARTBEAT) as server, _bot(server, folder) as process:
        guild = server.guild()
        channels = [server.text_channel(guild, f"channel-{number}") for number in range(AT_A_TIME)]
        users = [server.user(f"user-{number}") for number in range(AT_A_TIME)]
        await server.connected(timeout=PATIENCE)
        await server.registered("ask", timeout=PATIENCE)
        for number, question in enumerate(("Who signed the letter?", "When did Albania join NATO?")):
            await _ask(server, users[0], channels[0], question, number)
        before = _memory(process)
        asked = await _ask_all(server, users, channels, rough=rough)
        await asyncio.sleep(1.0)  # a second answer to the last questions would come now
        return _figures(server, asked, (before, _memory(process)))


async def _ask_all(
    server: DiscordServer, users: Sequence[User], channels: Sequence[Channel], *, rough: bool
) -> list[Asked]:
    gold = [str(line["question"]) for line in gold_questions()]
    numbers = iter(range(QUESTIONS))
    asked: list[Asked] = []

    async def keep_asking(user: User, channel: Channel) -> None:
        for number in numbers:
            if rough:
                _disturb(server, number)
            question = f"{gold[number % len(gold)]} ({number})"
            asked.append(await _ask(server, user, channel, question, number))

    await asyncio.gather(*(keep_asking(user, channel) for user, channel in zip(users, channels, strict=True)))
    return asked


async def _ask(server: DiscordServer, user: User, channel: Channel, question: str, number: int) -> Asked:
    """Ask by command or, every other question, by mention; wait for the answer."""
    began = time.perf_counter()
    used, message = None, None
    if number % 2:
        message = await server.say(user, channel, f"<@{server.bot.id}> {question}")
    else:
        used = await server.slash(user, channel, "ask", question=question)
    asked = Asked(None, used, message, channel)
    try:
        await server.until(lambda: bool(_answers(server, asked)), PATIENCE)
    except NothingCame:
        return asked
    return Asked(time.perf_counter() - began, used, message, channel)


def _answers(server: DiscordServer, asked: Asked) -> list[Message]:
    """The answers to a question; a line that says that it could not be answered is none."""
    if asked.used is not None:
        sent = asked.used.messages
    else:
        sent = [one for one in server.backend.world.messages[asked.channel.id] if one.reply_to is asked.message]
    return [one for one in sent if not one.loading and ("> " in one.content or ABSTAINED in one.content)]


def _disturb(server: DiscordServer, number: int) -> None:
    if number in CUTS:
        server.cut()
    if number in FAULTY:
        kind = FAULTY.index(number) % 3
        if kind == 2:
            server.too_many("*", r"/(messages|webhooks|interactions)", retry_after=0.4, times=3)
        else:
            server.fail("*", r"/(messages|webhooks|interactions)", (500, 502)[kind], times=2, applied=kind == 1)


def _figures(server: DiscordServer, asked: Sequence[Asked], memory: tuple[int, int]) -> Figures:
    beats = [connection.heartbeats for connection in server.gateway.connections]
    gaps = [later.at - former.at for line in beats for former, later in pairwise(line)]
    waits = [one.used.acknowledged_after for one in asked if one.used is not None]
    return Figures(
        lost=sum(one.seconds is None for one in asked),
        twice=sum(len(_answers(server, one)) > 1 for one in asked),
        seconds=sorted(one.seconds for one in asked if one.seconds is not None),
        acknowledged=max(wait if wait is not None else PATIENCE for wait in waits),
        late=max(gaps) - HEARTBEAT,
        memory=memory,
    )


@asynccontextmanager
async def _bot(server: DiscordServer, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot's process; told to stop at the end, and to have stopped as it should."""
    environment = {
        **os.environ,
        "QUOTH_DISCORD_API_URL": server.url,
        "QUOTH_DISCORD_TOKEN": server.token,
        "QUOTH_DISCORD_STORE": str(folder / "chat.db"),
        "QUOTH_DISCORD_COOLDOWN": "0",
    }
    with (folder / "bot.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.main", "discord", "--index", folder / "index", env=environment, stderr=log
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            status = await asyncio.wait_for(process.wait(), PATIENCE)
    if status:
        raise RuntimeError(f"the bot ended with {status}: {(folder / 'bot.log').read_text()[-2000:]}")


def _memory(process: asyncio.subprocess.Process) -> int:
    """Resident memory of a process in MB, as the kernel counts it; 0 where there is no /proc."""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS:"))


def _ms(ordered: Sequence[float], share: float) -> str:
    return f"{1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.0f} ms" if ordered else "none"
