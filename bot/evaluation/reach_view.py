"""What the corpus can and cannot answer, as a terminal shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.text import Text

from bot.evaluation.numbers import count, interval, number
from bot.formats.answer_text import MOST_ALSO
from bot.formats.visible import one_line
from bot.formats.word_diff import word_diff
from bot.terminal.answers import show_citation, show_diff
from bot.terminal.screen import Screen
from retrieval.engine import Engine
from retrieval.evaluation.coverage.lines import Line, plain
from retrieval.evaluation.coverage.reach import ArticleReach, Reach, Surfaced
from retrieval.evaluation.coverage.repeats import Alike, Group, Repeat
from retrieval.evaluation.coverage.self_retrieval import Cause, Selves, Unreached

T = TypeVar("T")

LONGEST = 240  # characters of a sentence that are shown; its permalink shows all
MARGIN = " " * 5

CAUSES: dict[Cause, str] = {
    "cut": "the encoder reads only its beginning",
    "not ranked": "its passage is not among those that are searched for quotes",
    "outscored": "another sentence scores higher",
    "within": "its words stand in another sentence, too",
    "beside": "the sentence beside it scores higher",
    "not asked": "its words make no question",
    "twin": "a sentence too alike to tell apart is quoted",
}
"""In the order of the report: what can be mended, or is listed nowhere else, first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Sentences of the same words that are not reached for the same cause."""

    first: Unreached
    count: int


def show_reach(screen: Screen, found: Reach, engine: Engine, limit: int) -> None:
    """The report, at most `limit` entries of each list; 0 shows all."""
    counts = engine.generation.manifest.counts
    size = f"{count(counts.articles, 'article')}, {count(counts.sentences, 'sentence')}"
    screen.line(f"{size}, index {engine.fingerprint}")
    _heading(screen, "Articles that no question surfaces")
    _show_surfaced(screen, found.surfaced, limit)
    _heading(screen, "Sentences too alike to tell apart")
    _show_alike(screen, found.alike, limit)
    _heading(screen, "Sentences that are never the best quote")
    _show_best(screen, found.surfaced)
    _show_selves(screen, found.selves, limit)


def _show_surfaced(screen: Screen, found: Surfaced | None, limit: int) -> None:
    if found is None:
        screen.line("To tell, it takes questions: name a gold set, or the chat's database with --store.")
        return
    never = [one for one in found.articles if not one.quoted]
    some = [one for one in found.articles if one.quoted]
    screen.line(f"{count(found.asked, 'question')}, {found.answered:,} of them answered.")
    if never:
        verb = "is" if len(never) == 1 else "are"
        screen.line(f"{len(never):,} of {count(len(found.articles), 'article')} {verb} quoted in no answer:")
        _list(screen, never, limit, lambda place, one: _show_never(screen, one))
    else:
        screen.line("Every article is quoted in some answer.")
    if some:
        screen.line()
        screen.line("Questions whose answers quote an article, those with the fewest first:")
        _list(screen, some, limit, lambda place, one: _show_some(screen, one))


def _show_never(screen: Screen, one: ArticleReach) -> None:
    if one.opening is None:
        screen.line(f"{one_line(one.title)} · {one_line(one.article)}", first=MARGIN)
        screen.line(Text("holds no sentence that could be quoted", style="dim"), first=MARGIN + "  ")
        return
    show_citation(screen, one.opening.citation)
    near = f"; {count(one.weak, 'refused question')} came near it" if one.weak else ""
    screen.line(Text(count(one.sentences, "sentence") + near, style="dim"), first=MARGIN + "  ")


def _show_some(screen: Screen, one: ArticleReach) -> None:
    if one.opening is not None:
        first = f", first in {one.first:,}" if one.first else ", never first"
        show_citation(screen, one.opening.citation, lead=f"{count(one.quoted, 'question')}{first}: ")


def _show_alike(screen: Screen, found: Alike, limit: int) -> None:
    if not found.groups:
        screen.line("None: no two sentences have nearly the same words.")
        return
    alike = sum(len(group.lines) for group in found.groups)
    screen.line(
        f"{count(alike, 'sentence')} in {count(len(found.groups), 'group')} of nearly the same words. A question "
        "that finds one of a group mostly finds the others, and their order is little but chance."
    )
    screen.line()
    _list(screen, found.groups, limit, lambda place, group: _show_group(screen, place, group))
    if found.repeats:
        screen.line()
        screen.line("Articles that repeat others for the most part:")
        _list(screen, found.repeats, limit, lambda place, one: _show_repeat(screen, one))


def _show_group(screen: Screen, place: int, group: Group) -> None:
    _show_text(screen, place, group.lines[0])
    words = "in the same words" if group.wordings == 1 else f"in {group.wordings:,} wordings"
    where = "within one article" if group.articles == 1 else f"in {group.articles:,} articles"
    screen.line(Text(f"{len(group.lines):,} times {where}, {words}:"), first=MARGIN)
    first = group.lines[0]
    for line in group.lines[:MOST_ALSO]:
        if plain(line.text) != plain(first.text):
            show_diff(screen, word_diff(one_line(first.text), one_line(line.text)))
        show_citation(screen, line.citation)
    more = len(group.lines) - MOST_ALSO
    if more > 0:
        screen.line(Text(f"and in {count(more, 'more place')} (--json names all)", style="dim"), first=MARGIN)


def _show_repeat(screen: Screen, one: Repeat) -> None:
    where = "also" if one.shared == one.repeated else f"{one.shared:,} of them"
    said = f"{one.repeated:,} of {count(one.sentences, 'sentence')}, {where} in {one_line(one.other)}: "
    show_citation(screen, one.opening.citation, lead=said)


def _show_best(screen: Screen, found: Surfaced | None) -> None:
    if found is None:
        return
    if not found.answered:
        screen.line("No question was answered, so no sentence was quoted.")
        screen.line()
        return
    screen.line(
        f"The answers to {count(found.answered, 'question')} quote {found.quoted:,} of "
        f"{count(found.sentences, 'sentence')}, {found.best:,} of them first. The other "
        f"{found.sentences - found.best:,} are never the best quote; few questions leave most sentences unasked for."
    )
    screen.line()


def _show_selves(screen: Screen, found: Selves, limit: int) -> None:
    share, low, high = found.share
    if found.is_sample:
        drawn = f"A sample of {count(found.asked, 'sentence')}, drawn from {found.sentences:,} (--sample 0 takes all),"
    else:
        drawn = f"All {count(found.sentences, 'sentence')}"
    if found.unreached:
        span = f"; of all, {interval(low, high, '%')} % with 95 % confidence" if found.is_sample else ""
        verb, them = ("is", "it") if len(found.unreached) == 1 else ("are", "them")
        said = (
            f"{len(found.unreached):,} ({number(share, '%')}{span}) {verb} not the first quote, or not whole, "
            f"so that no question finds {them} easily."
        )
    else:
        bound = f"; of all, at most {number(high, '%')} are not, with 95 % confidence" if found.is_sample else ""
        said = f"each is the first quote of its answer{bound}."
    screen.line(f"{drawn} asked in their own words: {said}")
    if found.refused:
        verb, them = ("is", "it") if len(found.refused) == 1 else ("are", "them")
        screen.line(
            f"{len(found.refused):,} of those found {verb} refused (--json names {them}): the confidence is made for "
            "questions, and a sentence's own words may be none."
        )
    if not found.unreached:
        return
    counted = Counter(one.cause for one in found.unreached)
    for cause, said in CAUSES.items():
        if counted[cause]:
            screen.line(f"{counted[cause]:>7,}  {said}")
    screen.line()
    _list(screen, _findings(found), limit, lambda place, one: _show_finding(screen, place, one))


def _findings(found: Selves) -> list[Finding]:
    order = list(CAUSES)
    alike: dict[tuple[int, str], list[Unreached]] = {}
    for one in found.unreached:
        alike.setdefault((order.index(one.cause), plain(one.line.text)), []).append(one)
    return [Finding(same[0], len(same)) for (_, _), same in sorted(alike.items(), key=lambda item: item[0][0])]


def _show_finding(screen: Screen, place: int, finding: Finding) -> None:
    one = finding.first
    _show_text(screen, place, one.line)
    show_citation(screen, one.line.citation)
    if finding.count > 1:
        more = count(finding.count - 1, "more place")
        screen.line(Text(f"and the same words in {more} (--json names all)", style="dim"), first=MARGIN)
    instead = one.instead if one.rank != 1 else None
    own = f"; its own is quote {one.rank}" if one.rank is not None and one.rank > 1 else ""
    end = ":" if instead else ""
    screen.line(Text(f"{CAUSES[one.cause]}{own}{end}", style="yellow"), first=MARGIN)
    if instead is not None:
        if plain(instead.text) != plain(one.line.text):
            screen.line(_short(instead.text), first="   > ", rest="   > ")
        show_citation(screen, instead.citation)


def _list(screen: Screen, entries: Sequence[T], limit: int, show: Callable[[int, T], None]) -> None:
    """The entries, numbered from 1, and how many more there are."""
    shown = entries[:limit] if limit else entries
    for place, entry in enumerate(shown, start=1):
        show(place, entry)
    if len(entries) > len(shown):
        screen.line(f"... and {len(entries) - len(shown):,} more (--limit 0 shows all)", first="   ")


def _heading(screen: Screen, said: str) -> None:
    screen.line()
    screen.line(Text(said, style="bold"))
    screen.line()


def _show_text(screen: Screen, place: int, line: Line) -> None:
    screen.line(Text(_short(line.text), style="bold"), first=f"{place:>2} │ ", rest="   │ ")


def _short(text: str) -> str:
    shown = one_line(text)
    return shown if len(shown) <= LONGEST else shown[:LONGEST].rsplit(" ", 1)[0] + " …"
