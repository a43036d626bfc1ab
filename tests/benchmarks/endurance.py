"""A day of the Discord bot in some minutes: thousands of questions while its sources change and connections break.

`python -m tests.benchmarks.endurance --minutes 60` takes longer. The bot is `quoth discord` in a process of its own,
watched at /metrics, without the reader. It follows a folder and feeds, which fail half the time, and others fetch and
index them, too. Its memory, files and threads after 5 % of the time are compared with those at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.request import urlopen

from aiohttp import web

from bot.answering.building import build_index
from bot.settings import Settings, load
from bot.sources.faults import SourcesBusy
from bot.sources.fetching import fetcher_of
from retrieval.index.folder import listed
from tests.benchmarks.chat_load import Exchange, answers, memory, stop_bot
from tests.benchmarks.chat_storm import REQUESTS, Storm, quantile, running_bot
from tests.benchmarks.common import SEEDS, gold_questions, table, temporary
from tests.bot.sources.site import Site, page
from tests.discord_server import Channel, Message, User

MINUTES = 6.0
AT_A_TIME = 40
CHANGE_EVERY, CUT_EVERY, FAIL_EVERY = 1.5, 3.0, 1.0
"""Seconds between changes of articles, between breaks of the connection, and between requests that fail."""
FEEDS, ENTRIES = 8, 5
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
    changes: int
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
    with Site() as site:
        feeds = _Feeds(site)
        with _workplace(site) as folder:
            day = asyncio.run(_day(folder, 60 * minutes, feeds))
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
        f"{os.cpu_count()} processors, {minutes:g} minutes. Articles changed {day.changes} times, and the index "
        f"{day.rebuilds} times. {FEEDS} feeds were asked {feeds.asked} times and failed {feeds.failed} times. "
        f"The gateway was cut {day.cuts} times, and requests got 500, 502 (although they took effect), 503 or 429.",
    )
    for text in sorted(set(day.errors))[:5]:
        print(f"A user saw: {text}")


@contextmanager
def _workplace(site: Site) -> Iterator[Path]:
    """A folder with articles and their index, and settings for all processes: the folder and the feeds are followed."""
    with temporary() as folder:
        shutil.copytree(SEEDS, folder / "articles")
        sources = [f'{{ name = "articles", folder = "{folder / "articles"}", every = "1m" }}']
        sources += [
            f'{{ name = "feed{number}", feed = "{site.url(f"/feed{number}.xml")}", every = "1m", pause = 0, '
            "allow_private = true }"
            for number in range(FEEDS)
        ]
        listed_sources = ",\n".join(sources)
        (folder / "quoth.toml").write_text(
            f"[corpus]\nsources = [\n{listed_sources},\n]\n"
            f'[index]\npath = "{folder / "index"}"\n'
            '[answer]\nreader = ""\n[monitoring]\naddress = "127.0.0.1:0"\n'
        )
        os.environ["QUOTH_CONFIG"] = str(folder / "quoth.toml")
        try:
            subprocess.run([sys.executable, "-m", "bot.main", "index", "--quiet"], check=True)
            yield folder
        finally:
            del os.environ["QUOTH_CONFIG"]


async def _day(folder: Path, seconds: float, feeds: _Feeds) -> Day:
    async with running_bot(folder, AT_A_TIME) as (storm, users, channels):
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        feeds.is_failing = True
        troubles = _Troubles(storm, load(), random.Random(7))
        async with _repeated((troubles.change, CHANGE_EVERY), (troubles.cut, CUT_EVERY), (troubles.fail, FAIL_EVERY)):
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
            changes=troubles.changes,
            rebuilds=int(listed(folder / "index")[0].folder.name) - 1,
            cuts=troubles.cuts,
            early=early,
            late=late,
            leaving=await stop_bot(storm.process, folder),
            reconnects=_total(metrics, "quoth_gateway_reconnects_total"),
            faults=_total(metrics, "quoth_errors_total"),
            unacknowledged=storm.unacknowledged,
            acknowledgement=quantile(storm.waits, 0.99),
        )


class _Feeds:
    """Feeds that grow with each request, and fail half the time once they are to."""

    def __init__(self, site: Site) -> None:
        self._site, self._rng = site, random.Random(8)
        self.is_failing = False
        self.asked = self.failed = 0
        for number in range(FEEDS):
            site.pages[f"/feed{number}.xml"] = self._answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if self.is_failing and self._rng.random() < 0.5:
            self.failed += 1
            kind = self._rng.randrange(3)
            if kind == 2 and request.transport is not None:
                request.transport.close()
            return web.Response(status=503 if kind else 200, text="<rss><channel><item>")
        path = f"{request.path.removesuffix('.xml')}/{self.asked % ENTRIES}.html"
        self._site.pages[path] = page(
            f"The committee met for the {self.asked}th time, and closed at noon.", "A meeting"
        )
        entry = f"<item><title>A meeting</title><link>{self._site.url(path)}</link></item>"
        channel = f"<title>Meetings</title><link>{self._site.url('/')}</link>{entry}"
        return web.Response(text=f'<rss version="2.0"><channel>{channel}</channel></rss>', content_type="text/xml")


@dataclass(slots=True)
class _Troubles:
    """What befalls the bot."""

    storm: Storm
    settings: Settings
    rng: random.Random
    changes: int = 0
    cuts: int = 0

    async def change(self) -> None:
        """Change an article, fetch all sources and index them, as `quoth index` does."""
        source = next(source for source in self.settings.corpus.sources if source.name == "articles")
        article = self.rng.choice(sorted(SEEDS.glob("*.md")))
        correction = f"\n\nA correction, the {self.changes + 1}th, was added below this article.\n"
        (Path(source.address) / article.name).write_text(article.read_text("utf-8") + correction, "utf-8")
        await asyncio.to_thread(self._index)
        self.changes += 1

    def _index(self) -> None:
        fetcher = fetcher_of(self.settings)
        assert fetcher is not None
        with suppress(SourcesBusy):  # the bot is fetching them
            fetcher.run()
        build_index(self.settings, lambda stage, count, total: None, wait=True)

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
