"""Shared by every test: no settings from the environment, and none of the developer's folders."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs import user_cache_path

MODEL_CACHE = Path(os.environ.get("QUOTH_TEST_CACHE") or user_cache_path("quoth")).absolute()
"""Cache of the exported model; the export takes half a minute, so it is made once per machine."""

FOLDERS = ("CACHE", "CONFIG", "DATA", "STATE")
TERMINAL = (
    "COLUMNS", "DOMTERM", "FORCE_COLOR", "FORCE_HYPERLINK", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "NO_COLOR",
    "TERM_PROGRAM", "TMUX", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "VTE_VERSION", "WT_SESSION",
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Scrub the environment and redirect the user's folders."""
    for name in [*(name for name in os.environ if name.startswith("QUOTH_")), *TERMINAL]:
        monkeypatch.delenv(name, raising=False)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for folder in FOLDERS:
        monkeypatch.setenv(f"XDG_{folder}_HOME", str(home / folder.lower()))


class _Raising(logging.Handler):
    """Raises errors that the engine would only log, so that no programming error passes as a skipped file."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            raise record.exc_info[1]


@pytest.fixture(autouse=True)
def unforeseen_errors() -> Iterator[logging.Handler]:
    """Raise unexpected errors, until the handler is removed from the logger `retrieval`."""
    engine, handler = logging.getLogger("retrieval"), _Raising()
    engine.addHandler(handler)
    yield handler
    engine.removeHandler(handler)


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Fail a test that waits for ever, instead of the whole run."""

    def fail(number: int, frame: object) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
