"""Answers, quotes and citations as a terminal shows them."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from bot.formats.answer_text import (
    ABSTAINED,
    also_in,
    as_of,
    confidence,
    context_lines,
    details,
    differences,
    filter_line,
    searched_for,
    unanswered,
)
from bot.formats.match_text import VERDICTS, verdict
from bot.formats.shell import quoted_permalink
from bot.formats.visible import one_line, visible
from bot.formats.word_diff import Piece, word_diff
from bot.terminal.screen import WIDEST, Screen
from retrieval.citations.permalink import CitedSpan
from retrieval.readable import readable
from retrieval.records import Answer, Citation, Match, Quote, SearchResult

MARKS = ("[[", "]]")  # around a quote in its paragraph, where there is no colour to show it

Link = Callable[[Citation], str | None]
"""The web address that lands on a citation's quote, where its source has one."""


def show_answer(screen: Screen, answer: Answer, link: Link) -> None:
    """Show an answer's quotes with their citations, or the abstention."""
    _show_notes(screen, searched_for(answer.question, answer.searched), filter_line(answer.filtered))
    if not answer.answered:
        _show_abstention(screen, answer)
    for rank, quote in enumerate(answer.quotes, start=1):
        show_quote(screen, quote, rank, link)
        screen.line()
    for line in [*differences(answer), *unanswered(answer)]:
        screen.line(Text(line, style="bold yellow"))
    if date_line := as_of(answer):
        screen.line(Text(date_line, style="dim"))
    screen.line(Text(f"Confidence: {confidence(answer.confidence)}", style="dim"))


def show_search(screen: Screen, result: SearchResult, link: Link, past: str | None = None) -> None:
    """Show a page of ranked passages, each whole, with where it stands; `past` is said where it has none."""
    _show_notes(screen, searched_for(result.words, result.searched), filter_line(result.filtered))
    for number, passage in enumerate(result.passages, start=result.skipped + 1):
        lead = f"{number:>2} "
        for line in visible(readable(passage.text, passage.citation.path, passage.citation.labels)).split("\n"):
            screen.line(line, first=f"{lead}│ ", rest="   │ ")
            lead = " " * len(lead)
        show_citation(screen, passage.citation, link)
        screen.line()
    first, last = result.skipped + 1, result.skipped + len(result.passages)
    places = (
        f"Passages {first} to {last} of {result.total}"
        if result.passages
        else past or f"There are no more passages than {result.total}"
    )
    screen.line(Text(places, style="dim"))


def _show_notes(screen: Screen, *notes: str | None) -> None:
    """Show what stands above the quotes: what was searched for, and under which filter."""
    lines = [note for note in notes if note]
    for line in lines:
        screen.line(Text(line, style="italic"))
    if lines:
        screen.line()


def show_quote(screen: Screen, quote: Quote, rank: int, link: Link) -> None:
    """Show a quote as it reads behind a bar, with its lines as in the source, and where it stands."""
    number = f"{rank:>2} "
    for line in visible(readable(quote.text, quote.citation.path, quote.citation.labels)).split("\n"):
        screen.line(Text(line, style="" if quote.weak else "bold"), first=f"{number}│ ", rest="   │ ")
        number = "   "
    for line in context_lines(quote):
        screen.line(Text(line, style="dim"), first="     ", rest="       ")
    show_citation(screen, quote.citation, link, lead="weak: " if quote.weak else "")
    others, more = also_in(quote)
    for other in others:
        show_citation(screen, other, lead="also in: ")
    if more:
        screen.line(Text(f"and in {more} more (--json names all)", style="dim"), first="     ")


def show_citation(screen: Screen, citation: Citation, link: Link | None = None, *, lead: str = "") -> None:
    """Title, source, date, paragraph and permalink, as a shell takes it; below, the address that lands on the quote."""
    citation_line = lead + " · ".join(details(citation))
    ref = Text(quoted_permalink(citation.ref), style="cyan")
    whole = Text(citation_line) + Text(" · ") + ref
    if not screen.is_terminal or whole.cell_len + 5 <= min(screen.console.width, WIDEST):
        screen.line(whole, first="     ")
    else:
        screen.line(citation_line, first="     ", rest="       ")
        screen.line(ref, first="       ", wrap=False)
    address = link(citation) if link else None
    if address:
        screen.link(address, first="     ")


def show_place(screen: Screen, span: CitedSpan, link: Link) -> None:
    """Show a cited quote, marked, in its paragraph."""
    note = {
        "current": "",
        "changed": "The article has changed since. This is what was cited:",
        "withdrawn": "The article is no longer in the corpus. This is what was cited:",
    }[span.state]
    if note:
        screen.line(Text(note, style="yellow"))
        screen.line()
    opening, closing = ("", "") if screen.has_colour else MARKS
    marked = Text.assemble(
        (visible(span.before), "dim" if screen.has_colour else ""),
        (f"{opening}{visible(span.text)}{closing}", "bold black on yellow"),
        (visible(span.after), "dim" if screen.has_colour else ""),
    )
    for line in marked.split("\n", allow_blank=True):
        screen.line(line, first="   │ ", rest="   │ ")
    show_citation(screen, span.citation, link)


def show_match(screen: Screen, match: Match, link: Link) -> None:
    """Print the verdict on a text, what differs, and every place of its words."""
    style = "bold yellow" if match.is_elsewhere else "bold green"
    if match.verdict == "verbatim":
        screen.line(Text(f"{', '.join(verdict(match))}:", style=style))
    elif match.verdict in VERDICTS:
        screen.line(Text(f"{', '.join(verdict(match))}. The corpus has:", style=style))
        screen.line()
        for line in Text(visible(match.nearest or "")).split("\n", allow_blank=True):
            screen.line(line, first="   │ ", rest="   │ ")
    elif match.verdict == "near":
        screen.line(
            Text(
                "Not verbatim. Closest text ([-only in yours-] {+only in the corpus+}):",
                style="bold yellow",
            )
        )
        screen.line()
        show_diff(screen, word_diff(match.text, match.nearest or ""))
    else:
        screen.line(Text("Not in the corpus, and nothing in it comes close.", style="bold yellow"))
    for citation in match.citations:
        show_citation(screen, citation, link)


def show_diff(screen: Screen, pieces: list[Piece]) -> None:
    """Show a word diff, readable without colour: [-only in the text-] {+only in the corpus+}."""
    forms = {"same": ("", "", ""), "old": ("[-", "-]", "red"), "new": ("{+", "+}", "green")}
    parts = []
    for kind, words in pieces:
        before, behind, style = forms[kind]
        parts.append(Text(f"{before}{visible(words)}{behind}", style=style))
    screen.line(Text(" ").join(parts), first="   │ ", rest="   │ ")


def _show_abstention(screen: Screen, answer: Answer) -> None:
    screen.line(Text(ABSTAINED, style="bold yellow"))
    screen.line()
    if answer.quotes:
        screen.line("The closest sentences, none of which is an answer:")
        screen.line()
        return
    if answer.nearest:
        screen.line("Nearest articles:")
        for near in answer.nearest:
            screen.line(one_line(near.title), first="   · ")
        screen.line()
