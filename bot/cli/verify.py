"""`quoth verify`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from bot.answering.links import link_of
from bot.answering.opening import open_or_build
from bot.answering.verification import check
from bot.formats.json_output import dump, match_object
from bot.formats.visible import one_line
from bot.remedies import build
from bot.settings import Settings
from bot.streams import notice
from bot.terminal.screen import screen
from retrieval.citations.permalink import changed_on_disk
from retrieval.engine import Engine
from retrieval.errors import InputInvalid, first_few
from retrieval.records import Match
from retrieval.remedies import BuildIndex

EXAMPLE = 'quoth verify "Albania has belonged to NATO since 2009."'


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """Options of `quoth verify`."""

    words: tuple[str, ...]
    """`-` alone for standard input."""
    as_json: bool
    source: str | None = None
    """Title, id, path or permalink of the article that the text is said to be from."""


def run(options: VerifyOptions, settings: Settings) -> int:
    """Look the text up; return 0 if it is verbatim, and from the source that is named."""
    text = _read() if options.words == ("-",) else " ".join(options.words)
    if not options.words:
        raise InputInvalid("The text to verify", "is missing", f"give it, as in {EXAMPLE}, or - for standard input")
    engine = open_or_build(settings, asking=False)
    match = check(engine, text, options.source)
    if options.as_json:
        sys.stdout.write(dump(match_object(match)) + "\n")
    else:
        from bot.terminal.answers import show_match

        show_match(screen(), match, lambda cited: link_of(engine, cited))
    _name_changed(engine, match, settings.index.path)
    return 0 if match.verdict == "verbatim" and not match.is_elsewhere else 1


def _name_changed(engine: Engine, match: Match, index: Path) -> None:
    """Name the articles that were checked in an earlier version than that in the corpus."""
    generation = engine.generation
    ids = dict.fromkeys([*(cited.article for cited in match.citations), *(ref.article for ref in match.claimed)])
    articles = [generation.article(row) for row in map(generation.row_of, ids) if row is not None]
    names = [one_line(article.path or article.id) for article in articles if changed_on_disk(generation, article)]
    if names:
        since = "has changed since it was indexed, and was checked as it was then: index it"
        if len(names) > 1:
            since = "have changed since they were indexed, and were checked as they were then: index them"
        notice(f"{first_few(names)} {since} again with `{build(BuildIndex(index, generation.manifest.corpus))}`.")


def _read() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputInvalid("Standard input", f"is not UTF-8 (byte {error.start + 1})", "give it as UTF-8") from None
