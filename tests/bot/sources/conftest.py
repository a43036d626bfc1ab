"""A site on loopback, and the folder that its pages are fetched into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.sources.site import Site, Sources


@pytest.fixture
def site() -> Iterator[Site]:
    """A site without pages."""
    with Site() as site:
        yield site


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """Sources that have brought nothing yet."""
    return Sources(tmp_path / "fetched")
