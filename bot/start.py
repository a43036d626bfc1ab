"""Where `quoth` starts: whatever happens from here on, even while modules are imported, ends with a sentence.

Nothing is imported here that takes time, so that Ctrl-C finds its handler in place.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

NARROWEST = 20
"""Columns, or lines, below which the environment's word for the size of the terminal is not believed."""
SIZES = ("COLUMNS", "LINES", "TERMINAL_WIDTH")
AGAIN = 0.05  # seconds until an interrupt that nothing could act on comes once more


def main() -> None:
    """The entry point of `quoth`."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    try:
        if interruptible:
            signal.signal(signal.SIGINT, _leave)
            sys.unraisablehook = _unraisable
        _open_streams()
        _tidy_environment()
        from bot.faults import status_of

        try:
            status = status_of(lambda: _run(interruptible))
        finally:
            if interruptible:
                signal.signal(signal.SIGINT, _leave)
    except KeyboardInterrupt:
        _leave()
    sys.exit(status)


def _run(interruptible: bool) -> int:
    from bot.main import app

    if interruptible:
        # From here on there may be something to be put away, so that what is interrupted has to hear of it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app(prog_name="quoth")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    return 0


def _leave(number: int = signal.SIGINT, frame: FrameType | None = None) -> None:
    """End at once: nothing is under way yet, or any more."""
    from bot.faults import INTERRUPT, INTERRUPTED

    try:
        os.write(2, f"{INTERRUPT}\n".encode())
    finally:
        os._exit(INTERRUPTED)


def _unraisable(unraisable: UnraisableHookArgs) -> None:
    """Have an interrupt that fell where nothing can be raised, as in a finalizer, come again."""
    if not isinstance(unraisable.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
        return
    import _thread
    import threading

    threading.Timer(AGAIN, _thread.interrupt_main).start()


def _open_streams() -> None:
    """Have all three standard streams, so that no file comes to lie where a library writes its messages to."""
    for number, name, way, mode in (
        (0, "stdin", os.O_RDONLY, "r"),
        (1, "stdout", os.O_RDONLY, "w"),  # as it was closed: writing is refused, and told
        (2, "stderr", os.O_WRONLY, "w"),
    ):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, way), True)  # takes the lowest free number, which is this
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _tidy_environment() -> None:
    # Read once, as numpy and FAISS are imported. OpenBLAS's threads spin while they wait, and take the cores that ONNX
    # Runtime computes on: on two cores, 200 questions took 14.9 s of CPU time and 17.7 ms each at best (median) with
    # two threads, 4.6 s and 9.4 ms with one. Building an index takes as long with either.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in SIZES:
        size = os.environ.get(name, "")
        if not (size.isascii() and size.isdecimal() and len(size) < 5 and int(size) >= NARROWEST):
            os.environ.pop(name, None)
