"""A server, and a toy index in a folder that is on it as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.milvus_server import MilvusServer, build_on_server, require_lite
from tests.toy import build_toy, write_corpus


@dataclass(frozen=True)
class Places:
    """Where the same articles are indexed."""

    server: MilvusServer
    corpus: Path
    folder: Path
    address: Path


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """A server, on which each test names indexes of its own."""
    require_lite()
    running = MilvusServer(tmp_path_factory.mktemp("milvus") / "data.db")
    yield running
    running.stop()


@pytest.fixture(scope="package")
def places(server: MilvusServer, tmp_path_factory: pytest.TempPathFactory) -> Places:
    """The toy index in a folder and on the server; not to be written to."""
    home = tmp_path_factory.mktemp("places")
    corpus, address = write_corpus(home / "articles"), server.index("places")
    build_toy(corpus, home / "index")
    build_on_server(corpus, address, home / "cache")
    return Places(server, corpus, home / "index", address)
