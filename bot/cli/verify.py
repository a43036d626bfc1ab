"""`quoth verify`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bot.answering.opening import open_or_build
from bot.cli.ask import link_of
from bot.formats.json_output import dump, match_object
from bot.formats.word_diff import word_diff
from bot.settings import Settings
from bot.terminal.screen import Screen, screen
from retrieval.citations.verifier import verify
from retrieval.errors import InputInvalid
from retrieval.records import Match

if TYPE_CHECKING:
    from bot.terminal.answers import Link

EXAMPLE = 'quoth verify "Albania has belonged to NATO since 2009."'


def run(words: tuple[str, ...], as_json: bool, settings: Settings) -> int:
    """Look the text up; 0 if it is verbatim."""
    text = _read() if words == ("-",) else " ".join(words)
    if not words:
        raise InputInvalid("The text to verify", "is missing", f"give it, as in {EXAMPLE}, or - for standard input")
    engine = open_or_build(settings, asking=False)
    match = verify(engine, text)
    if as_json:
        sys.stdout.write(dump(match_object(match)) + "\n")
    else:
        show_match(screen(), match, lambda cited: link_of(engine, cited))
    return 0 if match.verdict == "verbatim" else 1


def _read() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputInvalid("Standard input", f"is not UTF-8 (byte {error.start + 1})", "give it as UTF-8") from None


def show_match(output: Screen, match: Match, link: Link) -> None:
    """The verdict, what differs, and every place of the words."""
    from rich.text import Text

    from bot.terminal.answers import show_citation, show_diff

    if match.verdict == "verbatim":
        places = f", in {len(match.citations)} places" if len(match.citations) > 1 else ""
        output.line(Text(f"Verbatim{places}:", style="bold green"))
    elif match.verdict == "near":
        output.line(Text("Not verbatim. The nearest words of the corpus, with what differs:", style="bold yellow"))
        output.line()
        show_diff(output, word_diff(match.text, match.nearest or ""))
    else:
        output.line(Text("Not in the corpus, and nothing there comes near it.", style="bold yellow"))
    for citation in match.citations:
        show_citation(output, citation, link)
