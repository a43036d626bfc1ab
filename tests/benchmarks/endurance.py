"""A day of the Discord bot in some minutes: thousands of questions while articles change and connections break.

`python -m tests.benchmarks.endurance --minutes 60` takes longer. The bot is `quoth discord` in a process of its own,
watched at /metrics, without the reader. Its memory, files and threads after 5 % of the time are compared with those at
the end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from urllib.request import urlopen

from retrieval.encoding.models import default_cache
from retrieval.encoding.selection import Chosen, EncoderSettings, passage_encoder
from retrieval.index.build import build
from retrieval.index.manifest import PassageSettings
from tests.benchmarks.chat_load import Exchange, answers, memory, stop_bot
from tests.benchmarks.chat_storm import REQUESTS, Storm, quantile, running_bot
from tests.benchmarks.common import SEEDS, gold_questions, index, table, temporary
from tests.discord_server import Channel, Message, User

MINUTES = 6.0
AT_A_TIME = 40
REBUILD_EVERY, CUT_EVERY, FAIL_EVERY = 1.5, 3.0, 1.0
"""Seconds between changes of articles, between breaks of the connection, and between requests that fail."""
EARLY = 0.05
"""The share of the time after which the first measures are taken."""
IDLE = 20.0
"""Seconds before the last measures: connections that nobody uses are closed after 15."""
MOST_GROWTH = 1.1
SPARE_FILES, SPARE_THREADS = 20, 4
"""How many more files and threads there may be at the end: past answers may still be compared with two indexes."""
MOST_CONNECTIONS = 2 * AT_A_TIME
ADDRESS = re.compile(r"served at (http://\S+)")


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a process takes."""

    megabytes: int
    files: int
    """Open ones, without connections."""
    connections: int
    threads: int

    @classmethod
    def of(cls, process: asyncio.subprocess.Process) -> Footprint:
        """Return what the kernel counts of a process."""
        folder = Path(f"/proc/{process.pid}")
        targets = [os.readlink(file) for file in (folder / "fd").iterdir()]
        sockets = sum(target.startswith("socket:") for target in targets)
        return cls(memory(process), len(targets) - sockets, sockets, len(list((folder / "task").iterdir())))


@dataclass(frozen=True, slots=True)
class Day:
    """What came of it."""

    exchanges: Sequence[Exchange]
    errors: Sequence[str]
    """What the bot said that is no answer."""
    twice: int
    rebuilds: int
    cuts: int
    early: Footprint
    late: Footprint
    leaving: float
    """Seconds that it took the bot to leave."""
    reconnects: int
    """As /metrics counts them."""
    faults: int
    """Errors that the bot counted at /metrics."""
    unacknowledged: int
    acknowledgement: float
    """Seconds in which 99 % of the commands were acknowledged."""


def main(minutes: float = MINUTES) -> None:
    """Print the table."""
    with _workplace() as folder:
        day = asyncio.run(_day(folder, 60 * minutes))
    lost = sum(exchange.seconds is None for exchange in day.exchanges)
    growth = day.late.megabytes / max(day.early.megabytes, 1)
    early, late = day.early, day.late
    rows = [
        ("memory after 5 % of the time / at the end", f"{early.megabytes} / {late.megabytes} MB", ""),
        ("growth", f"{growth:.2f} x", f"<= {MOST_GROWTH} x"),
        ("open files", f"{early.files} / {late.files}", f"<= {SPARE_FILES} more"),
        ("connections", f"{early.connections} / {late.connections}", f"<= {MOST_CONNECTIONS}"),
        ("threads", f"{early.threads} / {late.threads}", f"<= {SPARE_THREADS} more"),
        ("questions lost", str(lost), "0"),
        ("questions answered twice", str(day.twice), "0"),
        ("errors that a user saw", str(len(day.errors)), "0"),
        ("commands not acknowledged in 3 s", str(day.unacknowledged), "0"),
        ("acknowledgement, p99", f"{day.acknowledgement:.2f} s", "< 2.9 s"),
        ("errors that /metrics counts", str(day.faults), ""),
        ("reconnects that /metrics counts", str(day.reconnects), ""),
        ("until the bot has left", f"{day.leaving:.1f} s", "< 8 s"),
    ]
    table(
        f"A day of the Discord bot: {len(day.exchanges):,} questions, {AT_A_TIME} at a time",
        ("", "", "bar"),
        rows,
        f"{os.cpu_count()} processors, {minutes:g} minutes. Articles changed and were indexed {day.rebuilds} times, "
        f"the gateway was cut {day.cuts} times, and requests got 500, 502 (although they took effect), 503 or 429.",
    )
    for text in sorted(set(day.errors))[:5]:
        print(f"A user saw: {text}")


@contextmanager
def _workplace() -> Iterator[Path]:
    """A folder with articles and their index, and settings for all processes."""
    with temporary() as folder:
        shutil.copytree(SEEDS, folder / "articles")
        index(folder / "articles", folder / "index")
        (folder / "quoth.toml").write_text('[answer]\nreader = ""\n[monitoring]\naddress = "127.0.0.1:0"\n')
        os.environ["QUOTH_CONFIG"] = str(folder / "quoth.toml")
        try:
            yield folder
        finally:
            del os.environ["QUOTH_CONFIG"]


async def _day(folder: Path, seconds: float) -> Day:
    async with running_bot(folder, AT_A_TIME) as (storm, users, channels):
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        encoder = await asyncio.to_thread(passage_encoder, EncoderSettings(), default_cache())
        troubles = _Troubles(storm, folder, random.Random(7), encoder)
        async with _repeated((troubles.rebuild, REBUILD_EVERY), (troubles.cut, CUT_EVERY), (troubles.fail, FAIL_EVERY)):
            asking = asyncio.create_task(_keep_asking(storm, users, channels, until))
            await asyncio.sleep(EARLY * seconds)
            early = Footprint.of(storm.process)
            await asyncio.sleep(until - loop.time())
        exchanges = await asking
        await asyncio.sleep(IDLE)
        late = Footprint.of(storm.process)
        base = _address(folder)
        metrics = await asyncio.to_thread(lambda: urlopen(f"{base}/metrics").read().decode())
        errors = [text for exchange in exchanges for text in _errors(storm, exchange)]
        return Day(
            exchanges,
            errors,
            twice=sum(len(answers(storm.server, exchange)) > 1 for exchange in exchanges),
            rebuilds=troubles.rebuilds,
            cuts=troubles.cuts,
            early=early,
            late=late,
            leaving=await stop_bot(storm.process, folder),
            reconnects=_total(metrics, "quoth_gateway_reconnects_total"),
            faults=_total(metrics, "quoth_errors_total"),
            unacknowledged=storm.unacknowledged,
            acknowledgement=quantile(storm.waits, 0.99),
        )


@dataclass(slots=True)
class _Troubles:
    """What befalls the bot."""

    storm: Storm
    folder: Path
    rng: random.Random
    encoder: Chosen
    rebuilds: int = 0
    cuts: int = 0

    async def rebuild(self) -> None:
        """Change an article, and index it."""
        article = self.rng.choice(sorted(SEEDS.glob("*.md")))
        correction = f"\n\nA correction, the {self.rebuilds + 1}th, was added below this article.\n"
        (self.folder / "articles" / article.name).write_text(article.read_text("utf-8") + correction, "utf-8")
        corpus, index_folder = self.folder / "articles", self.folder / "index"
        work = partial(build, corpus, index_folder, lambda _: self.encoder, PassageSettings())
        await asyncio.to_thread(work)
        self.rebuilds += 1

    async def cut(self) -> None:
        """Break the connection."""
        self.storm.server.cut()
        self.cuts += 1

    async def fail(self) -> None:
        """Have a request fail."""
        kind = self.rng.randrange(4)
        if kind == 3:
            self.storm.server.too_many("*", REQUESTS, retry_after=0.4)
        else:
            self.storm.server.fail("*", REQUESTS, (500, 502, 503)[kind], applied=kind == 1)


@asynccontextmanager
async def _repeated(*works: tuple[object, float]) -> AsyncIterator[None]:
    """Do each work again and again, every so many seconds; raises what one of them raises."""

    async def repeat(work: object, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            await work()  # type: ignore[operator]

    tasks = [asyncio.create_task(repeat(work, every)) for work, every in works]
    yield
    failed = [task for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in failed:
        task.result()


async def _keep_asking(
    storm: Storm, users: Sequence[User], channels: Sequence[Channel], until: float
) -> list[Exchange]:
    gold = [str(line["question"]) for line in gold_questions()]
    exchanges: list[Exchange] = []
    loop, numbers = asyncio.get_running_loop(), count()

    async def keep_on(user: User, channel: Channel) -> None:
        while loop.time() < until:
            number = next(numbers)
            exchanges.append(await storm.ask(user, channel, gold[number % len(gold)], number))

    await asyncio.gather(*(keep_on(user, channel) for user, channel in zip(users, channels, strict=True)))
    return exchanges


def _errors(storm: Storm, exchange: Exchange) -> list[str]:
    """Return what the bot said in reply to a question that is no answer."""
    said: Sequence[Message]
    if exchange.used is not None:
        said = exchange.used.messages
    else:
        messages = storm.server.backend.world.messages[exchange.channel.id]
        said = [message for message in messages if message.reply_to is exchange.message]
    known = answers(storm.server, exchange)
    return [message.content for message in said if not message.loading and message not in known]


def _address(folder: Path) -> str:
    return str(ADDRESS.findall((folder / "bot.log").read_text())[-1])


def _total(metrics: str, name: str) -> int:
    """Return the sum of a counter's series."""
    return sum(int(float(value)) for value in re.findall(rf"^{name}\{{.*\}} (\S+)$", metrics, re.MULTILINE))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long it takes (default: %(default)g)")
    main(parser.parse_args().minutes)
