"""Ctrl-C, and what else ends a command, remembered.

A library that is interrupted may raise an error of its own, with no interrupt in its chain.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # see bot.start
import os

from bot.exit_status import INTERRUPT, INTERRUPTED, TERMINATED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import NoReturn

_received: list[int] = []


class BuildInterrupted(KeyboardInterrupt):
    """Ctrl-C during a build, which left the index as it was."""

    def __init__(self, *, is_first: bool = False, goes_on: str = "") -> None:
        """`is_first` where there was no index before, and is none now; `goes_on` says how to go on from it, if so."""
        super().__init__()
        self.is_first, self.goes_on = is_first, goes_on


class Terminable:
    """While it is entered, SIGTERM is an interrupt as Ctrl-C is, with an exit status of its own.

    Services, containers and batch queues end by it what has something to put away.
    """

    def __enter__(self) -> None:
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _interrupt)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if signal.getsignal(signal.SIGTERM) is _interrupt:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def raise_interrupts() -> None:
    """From here on, raise KeyboardInterrupt on SIGINT, and remember it."""
    signal.signal(signal.SIGINT, _interrupt)


def leave_interrupts_to_asyncio() -> None:
    """From here on, let asyncio turn SIGINT into the cancelling of what it runs, which it does for Python's handler."""
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def leave_when_interrupted() -> None:
    """From here on, end at once on SIGINT: what waits for standard input cannot be told to end."""
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, leave)


def leave(number: int = signal.SIGINT, frame: FrameType | None = None) -> None:
    """End at once: nothing is under way that has to be put away."""
    try:
        os.write(2, f"{INTERRUPT}\n".encode())
    finally:
        os._exit(INTERRUPTED)


def interrupted() -> bool:
    """Return whether an interrupt was raised."""
    return bool(_received)


def interrupt_status() -> int:
    """Return the exit status of what the last interrupt has ended."""
    return TERMINATED if _received[-1:] == [signal.SIGTERM] else INTERRUPTED


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    _received.append(number)
    raise KeyboardInterrupt
