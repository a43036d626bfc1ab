"""`quoth verify`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from bot.answering.links import link_of
from bot.answering.opening import open_or_build
from bot.answering.verification import check
from bot.formats.json_output import dump, match_object, with_outdated
from bot.settings import Settings
from bot.streams import notice
from bot.terminal.outdated import outdated_line
from bot.terminal.screen import screen
from retrieval.citations.changes import Change, change_of
from retrieval.citations.freshness import outdated_files
from retrieval.errors import InputInvalid
from retrieval.paths import expanded, resolved
from retrieval.records import Match

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
    source = options.source and _below_corpus(options.source, Path(engine.generation.manifest.corpus))
    match = check(engine, text, source)
    cited = [*(citation.article for citation in match.citations), *(ref.article for ref in match.claimed)]
    files = outdated_files(engine.generation, cited)
    if options.as_json:
        sys.stdout.write(dump(with_outdated(match_object(match), files)) + "\n")
    else:
        from bot.terminal.answers import show_match
        from bot.terminal.changes import show_change

        output = screen()
        show_match(output, match, lambda cited: link_of(engine, cited))
        if change := _change(match, settings.index.path):
            output.line()
            show_change(output, change)
        output.flush()
        if line := outdated_line(files, engine.generation, settings.index.path):
            notice(line)
    return 0 if match.verdict == "verbatim" and not match.is_elsewhere else 1


def _change(match: Match, index: Path) -> Change | None:
    """Return what became of words that stand in a former version of their article alone."""
    if match.version not in ("changed", "withdrawn") or not match.citations:
        return None
    return change_of(index, match.citations[0].ref)


def _below_corpus(source: str, corpus: Path) -> str:
    """Return the path below the corpus of a file there, however its path was written; any other source as it is."""
    try:
        file = resolved(expanded(Path(source)))
        below = file.relative_to(resolved(corpus if corpus.is_dir() else corpus.parent))
        return below.as_posix() if file.is_file() else source
    except (InputInvalid, OSError, ValueError):
        return source


def _read() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputInvalid("Standard input", f"is not UTF-8 (byte {error.start + 1})", "give it as UTF-8") from None
