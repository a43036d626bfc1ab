"""The one place that turns errors into exit statuses and lines on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from bot.errors import sentence
from bot.exit_status import (
    BROKEN_PIPE,
    BUILD_INTERRUPT,
    FAULT,
    FIRST_BUILD_INTERRUPT,
    INTERRUPT,
)
from bot.interrupts import BuildInterrupted, interrupt_status, interrupted
from bot.streams import complain, settle_streams

log = logging.getLogger(__name__)


def status_of(work: Callable[[], int]) -> int:
    """Do the work; return its exit status, or that of its error, which is printed on standard error.

    Nothing is left to be written afterwards, so that nothing can fail as Python ends.
    """
    try:
        status = work()
        sys.stdout.flush()
        return status
    except (BrokenPipeError, SystemExit):  # rich leaves by the latter
        return BROKEN_PIPE  # whoever read the output has seen enough (`quoth ask ... | head`)
    except KeyboardInterrupt as interrupt:
        complain(_interrupt(interrupt))
        return interrupt_status()
    except Exception as error:
        if interrupted():
            complain(INTERRUPT)
            return interrupt_status()
        log.debug("the traceback of the error below", exc_info=error)
        complain(f"quoth: {sentence(error)}")
        return FAULT
    finally:
        settle_streams()


def _interrupt(error: KeyboardInterrupt) -> str:
    if not isinstance(error, BuildInterrupted):
        return INTERRUPT
    state = FIRST_BUILD_INTERRUPT if error.is_first else BUILD_INTERRUPT
    return f"{state} {error.goes_on}" if error.goes_on else state
