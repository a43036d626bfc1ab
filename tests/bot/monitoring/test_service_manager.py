"""What systemd is told."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from bot.monitoring.service_manager import ServiceManager


@pytest.fixture
def manager(tmp_path: Path) -> socket.socket:
    """The socket that systemd listens at."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path / "notify"))
    listening.settimeout(10)
    return listening


def states(manager: socket.socket, count: int) -> list[str]:
    return [manager.recv(100).decode() for _ in range(count)]


def test_it_is_told_that_the_bot_runs_and_ends(manager: socket.socket, tmp_path: Path) -> None:
    async def play() -> None:
        async with ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify")}).watching():
            await asyncio.sleep(0)

    with manager:
        asyncio.run(play())
        assert states(manager, 2) == ["READY=1", "STOPPING=1"]


def test_a_watchdog_hears_that_the_loop_turns(manager: socket.socket, tmp_path: Path) -> None:
    environment = {
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": "2000",
        "WATCHDOG_PID": str(os.getpid()),
    }

    async def play() -> list[str]:
        async with ServiceManager(environment).watching():
            return await asyncio.to_thread(states, manager, 4)

    with manager:
        assert asyncio.run(play()) == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/notify"}, {"WATCHDOG_PID": "1"}])
def test_where_nobody_listens_nothing_happens(environment: dict[str, str]) -> None:
    async def play() -> None:
        async with ServiceManager({"WATCHDOG_USEC": "x", **environment}).watching():
            await asyncio.sleep(0)

    asyncio.run(play())


def test_the_watchdog_of_another_process_is_not_fed(manager: socket.socket, tmp_path: Path) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}

    async def play() -> None:
        async with ServiceManager(environment).watching():
            await asyncio.sleep(0)

    with manager:
        asyncio.run(play())
        assert states(manager, 2) == ["READY=1", "STOPPING=1"]
