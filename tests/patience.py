"""What would hang fails."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

SECONDS = 120
"""Seconds that no machine needs for what ends at all: a guard against hanging, not a measure of speed."""


@contextmanager
def patience() -> Iterator[None]:
    """Fail the test if what stands below does not end."""

    def expire(*_: object) -> None:
        pytest.fail(f"did not end within {SECONDS} s")

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
