"""The one place that turns errors into what the user reads and the exit status."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from bot import start
from bot.streams import OutputLost, settle_streams
from bot.terminal.screen import notice

ABSTAINED, FAULT, INTERRUPTED, BROKEN_PIPE = 1, 2, start.INTERRUPTED, 141


def status_of(work: Callable[[], int]) -> int:
    """Do the work; return its exit status, or that of its error, which is told on standard error.

    Nothing is left to be written afterwards, so that nothing can fail as Python ends.
    """
    try:
        status = work()
        sys.stdout.flush()
        return status
    except (BrokenPipeError, SystemExit):  # rich leaves by the latter
        return BROKEN_PIPE  # whoever read the output has seen enough (`quoth ask ... | head`)
    except KeyboardInterrupt:
        notice(start.INTERRUPT)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - nothing may reach the user as a traceback
        if _was_interrupted(error):
            notice(start.INTERRUPT)
            return INTERRUPTED
        notice(f"quoth: {sentence(error)}")
        return FAULT
    finally:
        settle_streams()


def sentence(error: Exception) -> str:
    """Return what the user reads of an error; one that nobody foresaw gets a reference, and the log the rest."""
    from retrieval.errors import QuothError
    from retrieval.redaction import hide_tokens

    if isinstance(error, QuothError):
        return str(error)
    if isinstance(error, OSError):
        return hide_tokens(_system_sentence(error))
    if isinstance(error, MemoryError):
        return "There is not enough memory for this: free some, and try again."
    return _unforeseen(error)


def _was_interrupted(error: BaseException) -> bool:
    """Return whether a library turned Ctrl-C into an error of its own."""
    seen = set[int]()
    while id(error) not in seen:
        seen.add(id(error))
        before = error.__cause__ or error.__context__
        if before is None:
            return False
        if isinstance(before, KeyboardInterrupt):
            return True
        error = before
    return False


def _system_sentence(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    if isinstance(error, OutputLost) and error.errno == errno.EBADF:
        return "Standard output cannot be written (it is closed): send it elsewhere."
    if isinstance(error, OutputLost):
        return f"Standard output cannot be written ({reason}): free some space, or send it elsewhere."
    if error.filename is not None:
        name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
        return f"{name} cannot be used ({reason}): check that it is what it should be, and who may read and write it."
    return f"The system refused something ({reason}): put that right, and try again."


def _unforeseen(error: Exception) -> str:
    import secrets

    reference = secrets.token_hex(4)
    place = _log(error, reference)
    return f"Something went wrong that should not have (reference {reference}); the details are in {place}."


def _log(error: Exception, reference: str) -> Path:
    """Append the traceback to the log; return where that lies."""
    import tempfile

    from platformdirs import user_log_path

    entry = _entry(error, reference)
    for folder in (user_log_path("quoth"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / "quoth.log").open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(entry + "\n")
        except OSError:
            continue
        return folder / "quoth.log"
    notice(entry)
    return Path("the lines above")


def _entry(error: Exception, reference: str) -> str:
    import platform
    import traceback
    from datetime import UTC, datetime

    from retrieval.redaction import hide_tokens

    lines = (
        f"{datetime.now(UTC).isoformat(timespec='seconds')} reference {reference}",
        f"{platform.platform()}, Python {platform.python_version()}, arguments {sys.argv[1:]!r}",
        *traceback.format_exception(error),
    )
    return hide_tokens("\n".join(lines))
