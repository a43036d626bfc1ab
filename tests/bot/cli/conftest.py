"""Shared by every test of the command line."""

from __future__ import annotations

import math

import pytest


@pytest.fixture(autouse=True)
def no_lines_of_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print no lines of progress, which depend on how fast the machine is; tests/bot/terminal has their own tests."""
    monkeypatch.setattr("bot.terminal.progress.LINE_AFTER", math.inf)
