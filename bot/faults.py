"""The one place that turns errors into what the user reads and the exit status."""

from __future__ import annotations

import os
import platform
import secrets
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import typer

ABSTAINED, FAULT, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141

P = ParamSpec("P")


def guarded(command: Callable[P, int]) -> Callable[P, None]:
    """A command whose errors become messages and whose result becomes the exit status."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(status_of(lambda: command(*args, **kwargs)))

    return run


def status_of(work: Callable[[], int]) -> int:
    """Do the work; the exit status it returns, or that of its error, which is told on standard error."""
    try:
        status = work()
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read the output has seen enough (`quoth ask ... | head`). Python flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        _say("Interrupted; the index is as it was.")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - nothing may reach the user as a traceback
        _say(f"quoth: {sentence(error)}")
        return FAULT


def sentence(error: Exception) -> str:
    """What the user reads of an error; of one that nobody foresaw a reference, and the log gets the rest."""
    from retrieval.errors import QuothError

    if isinstance(error, QuothError):
        return str(error)
    reference = secrets.token_hex(4)
    place = _log(error, reference)
    return f"Something went wrong that should not have (reference {reference}); the details are in {place}."


def _log(error: Exception, reference: str) -> Path:
    """Append the traceback to the log; where that lies."""
    from platformdirs import user_log_path

    entry = "\n".join(
        (
            f"{datetime.now(UTC).isoformat(timespec='seconds')} reference {reference}",
            f"{platform.platform()}, Python {platform.python_version()}, arguments {sys.argv[1:]!r}",
            *traceback.format_exception(error),
        )
    )
    for folder in (user_log_path("quoth"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / "quoth.log").open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(entry + "\n")
        except OSError:
            continue
        return folder / "quoth.log"
    sys.stderr.write(entry)
    return Path("the lines above")


def _say(message: str) -> None:
    from bot.visible import visible

    sys.stderr.write(visible(message) + "\n")
