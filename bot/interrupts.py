"""Ctrl-C, remembered: a library that is interrupted may raise an error of its own, with no interrupt in its chain."""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # see bot.start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

_received: list[int] = []


class BuildInterrupted(KeyboardInterrupt):
    """Ctrl-C during a build, which left the index as it was."""

    def __init__(self, *, is_first: bool = False) -> None:
        """`is_first` where there was no index before, and is none now."""
        super().__init__()
        self.is_first = is_first


def raise_interrupts() -> None:
    """From here on, raise KeyboardInterrupt on SIGINT, and remember it."""
    signal.signal(signal.SIGINT, _interrupt)


def leave_interrupts_to_asyncio() -> None:
    """From here on, let asyncio turn SIGINT into the cancelling of what it runs, which it does for Python's handler."""
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def interrupted() -> bool:
    """Return whether an interrupt was raised."""
    return bool(_received)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    _received.append(number)
    raise KeyboardInterrupt
