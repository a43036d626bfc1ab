"""The sentence that a user reads about an error; the log keeps the details of an unexpected one."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from bot.streams import OutputLost, complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from retrieval.errors import QuothError


def sentence(error: Exception) -> str:
    """Return the sentence for an error; an unexpected one gets a reference, and the log its details."""
    from retrieval.errors import QuothError
    from retrieval.redaction import hide_tokens

    if isinstance(error, QuothError):
        return worded(error)
    if isinstance(error, OSError):
        return hide_tokens(_system_sentence(error))
    if isinstance(error, MemoryError):
        return "There is not enough memory for this: free some, and try again."
    return _unforeseen(error)


def worded(error: Exception) -> str:
    """Return an error's own sentence, with the commands and options that mend it, and what was noted of it."""
    from retrieval.errors import QuothError

    if not isinstance(error, QuothError):
        return str(error)
    return " ".join([_with_remedies(error), *getattr(error, "__notes__", ())])


def _with_remedies(error: QuothError) -> str:
    if not error.remedies:
        return str(error)
    from bot.remedies import means

    return error.sentence(means)


def _system_sentence(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    if isinstance(error, OutputLost) and error.errno == errno.EBADF:
        return "Standard output cannot be written (it is closed): redirect it elsewhere."
    if isinstance(error, OutputLost):
        return f"Standard output cannot be written ({reason}): free some space, or redirect it elsewhere."
    if error.filename is not None:
        name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
        return f"{name} cannot be used ({reason}): check the path and its permissions."
    return f"The operating system reported a fault ({reason}): fix that, and try again."


def _unforeseen(error: Exception) -> str:
    import secrets

    reference = secrets.token_hex(4)
    place = _log(error, reference)
    return f"Something went wrong unexpectedly (reference {reference}); the details are in {place}."


def _log(error: Exception, reference: str) -> Path:
    """Append the traceback to the log; return where that lies."""
    import tempfile

    from platformdirs import user_log_path

    from retrieval.regular_files import check_regular_or_new

    entry = _entry(error, reference)
    for folder in (user_log_path("quoth"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            check_regular_or_new(folder / "quoth.log")
            with (folder / "quoth.log").open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(entry + "\n")
        except OSError:
            continue
        return folder / "quoth.log"
    complain(entry)
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
