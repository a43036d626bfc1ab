"""`quoth search`."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from bot.answering.links import links_of
from bot.answering.opening import open_or_build
from bot.exit_status import ABSTAINED
from bot.formats.json_output import dump, search_object
from bot.formats.numbers import count
from bot.settings import Settings
from retrieval.answering.question import clean
from retrieval.errors import InputInvalid
from retrieval.records import Filter

EXAMPLE = "quoth search harbour fees"


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Options of `quoth search`."""

    words: tuple[str, ...]
    as_json: bool
    page: int
    """From 1."""
    top: int
    """Passages on a page."""
    within: Filter | None = None


def run(options: SearchOptions, settings: Settings) -> int:
    """Print a page of ranked passages; return 1 if there are none on it."""
    words = " ".join(options.words)
    if not words:
        raise InputInvalid("The words to search for", "are missing", f"name them, as in {EXAMPLE}")
    clean(words, settings.answer.max_question)  # refused here, before an index is built for it
    engine = open_or_build(settings, asking=False)
    skip = (options.page - 1) * options.top
    result = engine.search(words, skip=skip, count=options.top, within=options.within)
    if options.as_json:
        sys.stdout.write(dump(search_object(result)) + "\n")
    else:
        from bot.terminal.answers import show_search
        from bot.terminal.screen import screen

        links = links_of(engine, [passage.citation for passage in result.passages])
        show_search(screen(), result, lambda citation: links.get(citation.ref), _past(options, result.total))
    return 0 if result.passages else ABSTAINED


def _past(options: SearchOptions, total: int) -> str:
    """Return what is said of a page behind the last."""
    last = -(-total // options.top)
    return f"There is no page {options.page}: the {count(total, 'passage')} nearest to these words end on page {last}."
