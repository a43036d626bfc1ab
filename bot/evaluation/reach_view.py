"""The report of what the corpus can and cannot answer, in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.text import Text

from bot.formats.answer_text import MOST_ALSO
from bot.formats.numbers import count, interval, number
from bot.formats.visible import one_line
from bot.formats.word_diff import word_diff
from bot.terminal.answers import show_citation, show_diff
from bot.terminal.index_view import left_out_text
from bot.terminal.screen import Screen
from bot.terminal.warnings_view import unread_text
from retrieval.engine import Engine
from retrieval.evaluation.coverage.lines import Line, plain
from retrieval.evaluation.coverage.reach import ArticleReach, Reach, Surfaced
from retrieval.evaluation.coverage.repeats import Alike, Group, Repeat
from retrieval.evaluation.coverage.self_retrieval import Cause, Selves, Unreached
from retrieval.records import Warn

T = TypeVar("T")

MAX_LENGTH = 240  # characters of a sentence; its permalink shows all
MARGIN = " " * 5

CAUSES: dict[Cause, str] = {
    "cut": "the encoder reads only its beginning",
    "not ranked": "its passage is not among those searched for quotes",
    "outscored": "another sentence scores higher",
    "within": "another sentence contains its words",
    "beside": "the sentence beside it scores higher",
    "not asked": "its words make no question",
    "twin": "a nearly identical sentence is quoted",
}
"""In the order of the report: causes that can be fixed, or that no other list shows, come first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Sentences of the same words that are not reached for the same cause."""

    first: Unreached
    count: int


def show_reach(screen: Screen, reach: Reach, engine: Engine, warnings: Sequence[Warn], limit: int) -> None:
    """Print the report with at most `limit` entries of each list; 0 prints all."""
    counts = engine.generation.manifest.counts
    size = f"{count(counts.articles, 'article')}, {count(counts.sentences, 'sentence')}"
    screen.line(f"{size}, index {engine.fingerprint}")
    screen.line(f"Not read: {unread_text(warnings)}")
    screen.line(f"Never quoted: {left_out_text(counts)}")
    _show_heading(screen, "Articles that no question surfaces")
    _show_surfaced(screen, reach.surfaced, limit)
    _show_heading(screen, "Sentences too alike to tell apart")
    _show_alike(screen, reach.alike, limit)
    _show_heading(screen, "Sentences that are never the best quote")
    _show_best(screen, reach.surfaced)
    _show_selves(screen, reach.selves, limit)


def _show_surfaced(screen: Screen, surfaced: Surfaced | None, limit: int) -> None:
    if surfaced is None:
        screen.line("This needs questions: name a gold set, or the Discord bot's database with --store.")
        return
    unquoted = [article for article in surfaced.articles if not article.quoted]
    quoted = [article for article in surfaced.articles if article.quoted]
    screen.line(f"{count(surfaced.asked, 'question')}, {surfaced.answered:,} of them answered.")
    if unquoted:
        verb = "is" if len(unquoted) == 1 else "are"
        screen.line(f"{len(unquoted):,} of {count(len(surfaced.articles), 'article')} {verb} quoted in no answer:")
        _show_list(screen, unquoted, limit, lambda place, article: _show_unquoted(screen, article))
    else:
        screen.line("Every article is quoted in some answer.")
    if quoted:
        screen.line()
        screen.line("Questions whose answers quote an article, those with the fewest first:")
        _show_list(screen, quoted, limit, lambda place, article: _show_quoted(screen, article))


def _show_unquoted(screen: Screen, article: ArticleReach) -> None:
    if article.opening is None:
        screen.line(f"{one_line(article.title)} · {one_line(article.article)}", first=MARGIN)
        screen.line(Text("has no sentence that could be quoted", style="dim"), first=MARGIN + "  ")
        return
    show_citation(screen, article.opening.citation)
    near = f"; {count(article.weak, 'refused question')} came near it" if article.weak else ""
    screen.line(Text(count(article.sentences, "sentence") + near, style="dim"), first=MARGIN + "  ")


def _show_quoted(screen: Screen, article: ArticleReach) -> None:
    if article.opening is not None:
        first = f", first in {article.first:,}" if article.first else ", never first"
        show_citation(screen, article.opening.citation, lead=f"{count(article.quoted, 'question')}{first}: ")


def _show_alike(screen: Screen, alike: Alike, limit: int) -> None:
    if not alike.groups:
        screen.line("None: no two sentences have nearly the same words.")
        return
    sentences = sum(len(group.lines) for group in alike.groups)
    screen.line(
        f"{count(sentences, 'sentence')} in {count(len(alike.groups), 'group')} of nearly the same words. A question "
        "that finds one of a group usually finds the others too, in an order that is mostly chance."
    )
    screen.line()
    _show_list(screen, alike.groups, limit, lambda place, group: _show_group(screen, place, group))
    if alike.repeats:
        screen.line()
        screen.line("Articles that mostly repeat others:")
        _show_list(screen, alike.repeats, limit, lambda place, repeat: _show_repeat(screen, repeat))


def _show_group(screen: Screen, place: int, group: Group) -> None:
    _show_text(screen, place, group.lines[0])
    words = "in the same words" if group.wordings == 1 else f"in {group.wordings:,} wordings"
    articles = "within one article" if group.articles == 1 else f"in {group.articles:,} articles"
    screen.line(Text(f"{len(group.lines):,} times {articles}, {words}:"), first=MARGIN)
    first = group.lines[0]
    for line in group.lines[:MOST_ALSO]:
        if plain(line.text) != plain(first.text):
            show_diff(screen, word_diff(one_line(first.text), one_line(line.text)))
        show_citation(screen, line.citation)
    more = len(group.lines) - MOST_ALSO
    if more > 0:
        screen.line(Text(f"and in {count(more, 'more place')} (--json names all)", style="dim"), first=MARGIN)


def _show_repeat(screen: Screen, repeat: Repeat) -> None:
    shared = "also" if repeat.shared == repeat.repeated else f"{repeat.shared:,} of them"
    lead = f"{repeat.repeated:,} of {count(repeat.sentences, 'sentence')}, {shared} in {one_line(repeat.other)}: "
    show_citation(screen, repeat.opening.citation, lead=lead)


def _show_best(screen: Screen, surfaced: Surfaced | None) -> None:
    if surfaced is None:
        return
    if not surfaced.answered:
        screen.line("No question was answered, so no sentence was quoted.")
        screen.line()
        return
    screen.line(
        f"The answers to {count(surfaced.answered, 'question')} quote {surfaced.quoted:,} of "
        f"{count(surfaced.sentences, 'sentence')}, {surfaced.best:,} of them first. The other "
        f"{surfaced.sentences - surfaced.best:,} are never the best quote; few questions leave most sentences unasked "
        "for."
    )
    screen.line()


def _show_selves(screen: Screen, selves: Selves, limit: int) -> None:
    if selves.is_sample:
        total = f"{selves.sentences:,} (--sample 0 takes all)"
        sentences = f"A sample of {count(selves.asked, 'sentence')}, drawn from {total},"
    else:
        sentences = f"All {count(selves.sentences, 'sentence')}"
    screen.line(f"{sentences} asked in their own words: {_unreached_in_words(selves)}")
    if selves.refused:
        verb, them = ("is", "it") if len(selves.refused) == 1 else ("are", "them")
        screen.line(
            f"{len(selves.refused):,} of those found {verb} refused (--json names {them}): the confidence is fitted to "
            "questions, and a sentence's own words may not be one."
        )
    if not selves.unreached:
        return
    counts = Counter(sentence.cause for sentence in selves.unreached)
    for cause, words in CAUSES.items():
        if counts[cause]:
            screen.line(f"{counts[cause]:>7,}  {words}")
    screen.line()
    _show_list(screen, _findings(selves), limit, lambda place, finding: _show_finding(screen, place, finding))


def _unreached_in_words(selves: Selves) -> str:
    share, low, high = selves.share
    if not selves.unreached:
        bound = f"; of all, at most {number(high, '%')} are not, with 95 % confidence" if selves.is_sample else ""
        return f"each is the first quote of its answer{bound}."
    span = f"; of all, {interval(low, high, '%')} % with 95 % confidence" if selves.is_sample else ""
    verb, them = ("is", "it") if len(selves.unreached) == 1 else ("are", "them")
    return (
        f"{len(selves.unreached):,} ({number(share, '%')}{span}) {verb} not the first quote, or not whole, "
        f"so that no question finds {them} easily."
    )


def _findings(selves: Selves) -> list[Finding]:
    order = list(CAUSES)
    groups: dict[tuple[int, str], list[Unreached]] = {}
    for sentence in selves.unreached:
        groups.setdefault((order.index(sentence.cause), plain(sentence.line.text)), []).append(sentence)
    by_cause = sorted(groups.items(), key=lambda group: group[0][0])
    return [Finding(sentences[0], len(sentences)) for _, sentences in by_cause]


def _show_finding(screen: Screen, place: int, finding: Finding) -> None:
    sentence = finding.first
    _show_text(screen, place, sentence.line)
    show_citation(screen, sentence.line.citation)
    if finding.count > 1:
        more = count(finding.count - 1, "more place")
        screen.line(Text(f"and the same words in {more} (--json names all)", style="dim"), first=MARGIN)
    instead = sentence.instead if sentence.rank != 1 else None
    own = f"; its own is quote {sentence.rank}" if sentence.rank is not None and sentence.rank > 1 else ""
    end = ":" if instead else ""
    screen.line(Text(f"{CAUSES[sentence.cause]}{own}{end}", style="yellow"), first=MARGIN)
    if instead is not None:
        if plain(instead.text) != plain(sentence.line.text):
            screen.line(_shortened(instead.text), first="   > ", rest="   > ")
        show_citation(screen, instead.citation)


def _show_list(screen: Screen, entries: Sequence[T], limit: int, show: Callable[[int, T], None]) -> None:
    """Print the first entries, numbered from 1, and how many more there are."""
    first = entries[:limit] if limit else entries
    for place, entry in enumerate(first, start=1):
        show(place, entry)
    if len(entries) > len(first):
        screen.line(f"... and {len(entries) - len(first):,} more (--limit 0 shows all)", first="   ")


def _show_heading(screen: Screen, heading: str) -> None:
    screen.line()
    screen.line(Text(heading, style="bold"))
    screen.line()


def _show_text(screen: Screen, place: int, line: Line) -> None:
    screen.line(Text(_shortened(line.text), style="bold"), first=f"{place:>2} │ ", rest="   │ ")


def _shortened(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= MAX_LENGTH else line[:MAX_LENGTH].rsplit(" ", 1)[0] + " …"
