"""The server over a small corpus: with the toy encoder, asked in this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.answering.collection import Collection
from bot.answering.service import AnswerService, ServiceSettings
from bot.http.access import Access
from bot.http.app import application
from bot.http.guard import Rules
from bot.http.rate import RateLimit
from retrieval.engine import Engine
from retrieval.settings import AnswerSettings
from tests.toy import ANSWERS, HookedEngine, build_toy, open_toy, write_corpus

QUESTION = "Who closed the bridge in 2016?"
UNSURE = replace(ANSWERS, threshold=1.0)
"""Settings by which everything is refused."""
PATIENCE = 30.0  # seconds after which what hangs is given up
Serving = Callable[..., TestClient]


def held(engine: Engine, begun: threading.Event, free: threading.Event) -> Engine:
    """An engine that answers only once it is let."""

    def wait(question: str) -> None:
        begun.set()
        assert free.wait(PATIENCE)

    return HookedEngine(engine, wait)


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the toy corpus; not to be written to."""
    folder = tmp_path_factory.mktemp("toy")
    build_toy(write_corpus(folder / "corpus"), folder / "index")
    return folder / "index"


@pytest.fixture
def serving(toy: Path) -> Iterator[Serving]:
    """Serves an index: `serving(token="…")` gives a client, which no name of another server is put upon."""
    services: list[AnswerService] = []

    def serve(
        index: Path = toy,
        *,
        settings: AnswerSettings = ANSWERS,
        opener: Callable[[], Engine] | None = None,
        rate: int = 0,
        waiting: int = 64,
        verbose: bool = False,
        token: str = "",
        hosts: tuple[str, ...] = (),
        url: str = "http://localhost",
    ) -> TestClient:
        service = AnswerService(index, opener or (lambda: open_toy(index, settings)), ServiceSettings(waiting))
        services.append(service)
        rules = Rules(Access(token, frozenset(hosts)), RateLimit(rate), verbose)
        app = application(Collection(str(index), index, service), rules)
        return TestClient(app, url, client=("192.0.2.7", 4000))

    yield serve
    for service in services:
        asyncio.run(service.close())


@pytest.fixture
def client(serving: Serving) -> TestClient:
    """A client of a server that answers everything."""
    return serving()
