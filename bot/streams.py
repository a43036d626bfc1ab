"""The standard streams of a process: all of them there, and output that is lost told from the faults of other files."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress

_quiet: list[bool] = []


class OutputLost(OSError):
    """Standard output cannot be written."""


class _Output(io.FileIO):
    """Standard output, whose faults are told from those of other files."""

    def write(self, data: io.ReadableBuffer) -> int:  # type: ignore[name-defined]
        """Write as io.FileIO does; raises OutputLost, or BrokenPipeError if nobody reads any more."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputLost(error.errno, error.strerror) from error


def open_streams() -> None:
    """Have all three streams, so that no file comes to lie where a library writes its messages to."""
    for number, name, way, mode in (
        (0, "stdin", os.O_RDONLY, "r"),
        (1, "stdout", os.O_RDONLY, "w"),  # still closed to whoever writes, which is told
        (2, "stderr", os.O_WRONLY, "w"),
    ):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, way), True)  # takes the lowest free number, which is this
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = _output(sys.stdout)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")


def settle_streams() -> None:
    """Write what is still to be written, or drop it: Python would try at its end, and end with a status of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)


def be_quiet(quiet: bool) -> None:
    """From here on, print no notices but errors, or all of them again."""
    _quiet[:] = [True] if quiet else []


def is_quiet() -> bool:
    """Return whether only errors are to be printed on standard error."""
    return bool(_quiet)


def notice(message: str) -> None:
    """Print one plain line on standard error, unless only errors are wanted."""
    if not _quiet:
        complain(message)


def complain(message: str) -> None:
    """Print an error on standard error; where that cannot be written, the work goes on all the same."""
    from bot.formats.visible import visible
    from retrieval.redaction import hide_tokens

    with suppress(OSError, ValueError):
        sys.stderr.write(visible(hide_tokens(message)) + "\n")
        sys.stderr.flush()


def _output(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Output(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
