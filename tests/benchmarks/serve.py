"""Load the server: 32 clients that each ask one question after another, against one engine asked in a loop.

The server is `quoth serve` in a process of its own, over the seeds, with the real model; the clients are in this
process. All questions differ, so that each needs a search.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx

from retrieval import Engine
from tests.benchmarks.common import SEEDS, gold_questions, index, table, temporary

CLIENTS = 32
QUESTIONS = 640
ALONE = 160  # questions that the engine is asked in a loop, before and after
PATIENCE = 60.0
SHARE, SPREAD = 0.9, 20
"""The bars: of the engine's rate, and of p99 against p50."""


@dataclass(frozen=True, slots=True)
class Load:
    """How the server did."""

    rate: float
    """Answers a second."""
    seconds: Sequence[float]
    """Until each answer came, ascending."""
    failed: int

    def quantile(self, share: float) -> float:
        """Return the seconds within which this share of answers came."""
        return self.seconds[min(int(share * len(self.seconds)), len(self.seconds) - 1)]


def main() -> None:
    """Print the table."""
    with temporary() as folder:
        index(SEEDS, folder / "index")
        before = _alone(folder / "index", "before")
        with _served(folder / "index") as url:
            load = asyncio.run(_load(url))
        alone = (before + _alone(folder / "index", "after")) / 2
    p50, p99 = load.quantile(0.5), load.quantile(0.99)
    rows = [
        ("questions a second, one engine in a loop", f"{alone:.1f}", ""),
        (f"questions a second, {CLIENTS} clients", f"{load.rate:.1f}", ""),
        ("the same, of the engine's", f"{load.rate / alone:.2f} x", f">= {SHARE} x"),
        ("answers, p50", f"{1000 * p50:.0f} ms", ""),
        ("answers, p99", f"{1000 * p99:.0f} ms", ""),
        ("p99 / p50", f"{p99 / p50:.1f}", f"<= {SPREAD}"),
        ("failed", str(load.failed), "0"),
    ]
    table(
        f"The server: {QUESTIONS} questions, {CLIENTS} at a time",
        ("", "quoth serve", "bar"),
        rows,
        f"{os.cpu_count()} processors, shared by the server and its clients.",
    )


def _questions(count: int, mark: str) -> list[str]:
    gold = [str(line["question"]) for line in gold_questions()]
    return [f"{gold[number % len(gold)]} ({mark} {number})" for number in range(count)]


def _alone(folder: Path, mark: str) -> float:
    """Return how many questions a second an engine answers that does nothing else."""
    engine = Engine.open(folder)
    engine.ask("When did Albania join NATO?")
    began = time.perf_counter()
    for question in _questions(ALONE, mark):
        engine.ask(question)
    return ALONE / (time.perf_counter() - began)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    environment = {**os.environ, "QUOTH_SERVE_RATE": "0"}
    command = [sys.executable, "-m", "bot.main", "serve", "--port", "0", "--index", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stderr is not None
        printed = ""
        while (address := re.search(r"answers at (http://\S+)", printed)) is None:
            line = server.stderr.readline()
            if not line:
                raise RuntimeError(printed)
            printed += line
        Thread(target=server.stderr.read, daemon=True).start()  # so that the server never waits for its log to be read
        try:
            yield address[1]
        finally:
            server.terminate()


async def _load(url: str) -> Load:
    numbers, seconds, failed = iter(_questions(QUESTIONS, "load")), list[float](), 0
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        await client.post("/ask", json={"question": "When did Albania join NATO?"})

        async def keep_asking() -> None:
            nonlocal failed
            for question in numbers:
                began = time.perf_counter()
                answer = await client.post("/ask", json={"question": question})
                failed += answer.status_code != 200
                seconds.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(keep_asking() for _ in range(CLIENTS)))
        return Load(QUESTIONS / (time.perf_counter() - began), sorted(seconds), failed)
