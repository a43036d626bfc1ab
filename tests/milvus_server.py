"""Milvus Lite as a server of its own on a port of this machine, which tests stop and start again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retrieval import builds
from retrieval.index.build import Report
from retrieval.index.keeping import Keep
from retrieval.index_address import index_at
from retrieval.records import Answer
from tests.toy import ToyEncoder, build_toy


class MilvusServer:
    """Serves one folder of data."""

    def __init__(self, data: Path) -> None:
        self._data, self._port = data, 0
        self._running: tuple[Any, Any] | None = None
        self.start()

    def index(self, name: str = "docs") -> Path:
        """Return the address of an index on it."""
        return index_at(Path(f"milvus://127.0.0.1:{self._port}/{name}"))

    def start(self) -> None:
        """Serve, on the port of before."""
        from milvus_lite.adapter.grpc.server import start_server_in_thread

        server, database, self._port = start_server_in_thread(str(self._data), port=self._port)
        self._running = server, database

    def stop(self) -> None:
        """End, as a server that is shut down."""
        if self._running is not None:
            server, database = self._running
            server.stop(grace=None).wait()
            database.close()
            self._running = None


def require_lite() -> None:
    """Skip the tests of a module where Milvus Lite is not installed."""
    pytest.importorskip("milvus_lite", reason="Milvus Lite is not installed")


def build_on_server(
    corpus: Path,
    index: Path,
    cache: Path,
    *,
    keep: int = 5,
    rebuild: bool = False,
    wait: bool = False,
    encoder: ToyEncoder | None = None,
) -> Report:
    """Build a toy index on a server."""

    def in_folder(index: Path, *, rebuild: bool, wait: bool, keep: Keep) -> Report:
        return build_toy(corpus, index, encoder, rebuild=rebuild, wait=wait, keep=keep)

    return builds.build(index, in_folder, cache=cache, rebuild=rebuild, wait=wait, keep=Keep(keep))


def name_for(request: pytest.FixtureRequest) -> str:
    """Return the name of an index of a test's own."""
    return re.sub(r"[\W_]+", "_", request.node.name)[:60].strip("_")


def untimed(answer: Answer) -> Answer:
    """Return an answer without what no two answers share."""
    return replace(answer, elapsed_ms=0.0)
