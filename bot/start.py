"""Where `quoth` starts: whatever happens from here on, even while modules are imported, ends with a sentence.

Nothing is imported here that takes time, so that Ctrl-C finds its handler in place.
"""

from __future__ import annotations

# Not `signal` and `typing`, which import modules for a hundredth of a second, in which Ctrl-C finds no handler.
import _signal as signal  # type: ignore[import-not-found]
import atexit
import os
import sys

from bot.interrupts import leave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import TracebackType

NARROWEST = 20
"""Columns, or lines, below which the environment's word for the size of the terminal is not believed."""
SIZES = ("COLUMNS", "LINES", "TERMINAL_WIDTH")


def main() -> None:
    """Run `quoth`, as its entry point."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ended: list[int] = []
    atexit.register(_end, ended)  # before all others are, so that it comes behind them
    try:
        if interruptible:
            _leave_when_interrupted()
            sys.unraisablehook, sys.excepthook = _unraisable, _unhandled
        _leave_working_folder_out()
        from bot.cli.errors import status_of
        from bot.streams import open_streams

        open_streams()
        _tidy_environment()
        try:
            status = status_of(lambda: _run(interruptible))
        finally:
            if interruptible:
                _leave_when_interrupted()
    except KeyboardInterrupt:
        leave()
    ended.append(status)
    sys.exit(status)


def _leave_working_folder_out() -> None:
    """Import nothing from where the user stands, or from a place counted from there, whatever PYTHONPATH says.

    It may be the checkout that quoth comes from, which stays.
    """
    own = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    listed = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    try:
        here = os.getcwd()
        left_out = {os.path.realpath(part) for part in (here, *listed) if part == here or not os.path.isabs(part)}
    except OSError:  # the working directory is gone: nothing lies there
        left_out = set()
    left_out.discard(own)
    sys.path[:] = [part for part in sys.path if os.path.isabs(part) and os.path.realpath(part) not in left_out]


def _run(interruptible: bool) -> int:
    from bot.interrupts import raise_interrupts
    from bot.main import app

    if interruptible:
        raise_interrupts()  # from here on there may be something to be put away
    try:
        app(prog_name="quoth")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    return 0


def _end(status: list[int]) -> None:
    """Leave it at that: Python would take itself apart for a tenth of a second, in which Ctrl-C finds no handler."""
    from bot.streams import settle_streams

    settle_streams()
    if status:
        os._exit(status[0])


def _leave_when_interrupted() -> None:
    signal.signal(signal.SIGINT, leave)


def _unraisable(unraisable: UnraisableHookArgs) -> None:
    """Act on an interrupt that fell where nothing can be raised, as in a finalizer."""
    if isinstance(unraisable.exc_value, KeyboardInterrupt):
        leave()
    sys.__unraisablehook__(unraisable)


def _unhandled(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Act on an interrupt that compiled code prints and forgets, as numpy's does while it is imported."""
    if issubclass(kind, KeyboardInterrupt):
        leave()
    sys.__excepthook__(kind, error, trace)


def _tidy_environment() -> None:
    # Read once, as numpy and FAISS are imported. OpenBLAS's threads spin while they wait, and take the cores that ONNX
    # Runtime computes on: on two cores, 200 questions took 14.9 s of CPU time and 17.7 ms each at best (median) with
    # two threads, 4.6 s and 9.4 ms with one. Building an index takes as long with either.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in SIZES:
        size = os.environ.get(name, "")
        if not (size.isascii() and size.isdecimal() and len(size) < 5 and int(size) >= NARROWEST):
            os.environ.pop(name, None)
