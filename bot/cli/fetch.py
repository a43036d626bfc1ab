"""`quoth fetch`."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from bot.formats.visible import one_line
from bot.settings import Settings
from bot.sources.fetching import Fetcher, Outcome, fetcher_of
from bot.streams import complain
from bot.terminal.screen import screen
from retrieval.errors import InputInvalid

SOURCE_FAILED = 1
"""Exit status where a source failed, and the others went on."""


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """Options of `quoth fetch`."""

    quiet: bool


def run(options: FetchOptions, settings: Settings) -> int:
    """Fetch all sources; return 1 if one failed."""
    fetcher = fetcher_of(settings)
    if fetcher is None:
        file = f"The settings file {settings.file}" if settings.file else "The settings"
        raise InputInvalid(file, "names no sources", "add `sources` below [corpus], as `quoth help sources` shows")
    return 0 if fetch(fetcher, quiet=options.quiet) else SOURCE_FAILED


def fetch(fetcher: Fetcher, *, quiet: bool, due: bool = False, also: Container[str] = ()) -> bool:
    """Fetch, with a line for each source; return whether none failed."""
    output = screen()

    def say(outcome: Outcome) -> None:
        if outcome.failed:
            complain(str(outcome))
        elif not quiet:
            output.line(one_line(str(outcome)))
            output.flush()

    return not any(outcome.failed for outcome in fetcher.run(due=due, also=also, say=say))
