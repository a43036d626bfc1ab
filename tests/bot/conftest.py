"""A small corpus indexed with the real model once a session, and the command line over it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.answering.building import build_index
from bot.chat_log.address import Place, ServerAddress
from bot.log_level import show_logs
from bot.main import app
from bot.settings import CorpusSettings, IndexSettings, ModelSettings, Settings
from tests.conftest import MODEL_CACHE
from tests.postgres import Cluster, programs, running

HARBOUR = """---
title: "The [bold]harbour[/bold] of Porto Vell"
source: Coast Gazette
url: https://example.org/harbour#news
published: 2023-05-04
---

The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira. It stands forty metres above the sea.

The fishing fleet lost eleven boats in the storm of March 1911. Nobody has counted the nets.
"""
BEES = """---
title: Bees on the roof
---

The school keeps nine beehives on its roof. The pupils sell the honey at the summer fair, and the money buys books.
"""
ECHO = "The lighthouse of Porto Vell was built in 1874 by the Engineer Marta Oliveira.\n"
HOSTILE = "A clerk typed \x1b[31mred ink\x1b[0m and \u202ekcab\u202c letters into the town register of 1950.\n"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str


Cli = Callable[..., Ran]


def write_corpus(folder: Path) -> Path:
    """The test corpus; one of its files is skipped, one read by a guess."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "harbour.md").write_text(HARBOUR, "utf-8")
    (folder / "bees.md").write_text(BEES, "utf-8")
    (folder / "echo.txt").write_text(ECHO, "utf-8")
    (folder / "hostile.txt").write_text(HOSTILE, "utf-8")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "latin.txt").write_bytes("The café opens at noon on Sundays in the old customs house.\n".encode("cp1252"))
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the test corpus."""
    return write_corpus(tmp_path_factory.mktemp("corpus") / "articles")


@pytest.fixture(scope="session")
def index(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the test corpus; not to be written to."""
    folder = tmp_path_factory.mktemp("index") / "index"
    build_index(
        Settings(CorpusSettings(corpus), IndexSettings(folder), ModelSettings(cache=MODEL_CACHE)), lambda *_: None
    )
    return folder


@pytest.fixture(autouse=True)
def _default_logs() -> Iterator[None]:
    """Leave no test the `--log-level` that a command of another was given."""
    yield
    show_logs(None)


@pytest.fixture
def empty_cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command in this process: `run("ask", "Who?")`, with `stdin=` where it reads standard input."""
    monkeypatch.setenv("QUOTH_MODEL_CACHE", str(MODEL_CACHE))

    def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Ran:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin, prog_name="quoth")
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def cli(empty_cli: Cli, index: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """As empty_cli, over the index of the test corpus."""
    monkeypatch.setenv("QUOTH_INDEX_PATH", str(index))
    return empty_cli


@pytest.fixture
def own(cli: Cli, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of the test corpus to be written to, which the command line is over."""
    shutil.copytree(index, tmp_path / "index")
    monkeypatch.setenv("QUOTH_INDEX_PATH", str(tmp_path / "index"))
    return tmp_path / "index"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server; without its programs, what needs one is skipped."""
    if (folder := programs()) is None:
        pytest.skip("PostgreSQL's server is not installed")
    with running(folder) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where the store of a test lies: in a file, and on a server."""
    if request.param == "sqlite":
        return tmp_path / "chat" / "quoth.db"
    server: Cluster = request.getfixturevalue("cluster")
    return ServerAddress.parse(server.database())
