"""Where stores lie in these tests: in a file, and on a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat_log.address import Place, ServerAddress
from tests.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where the store of a test lies."""
    if request.param == "sqlite":
        return tmp_path / "chat" / "quoth.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    return ServerAddress.parse(cluster.database())
