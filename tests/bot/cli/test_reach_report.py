"""The report of `quoth reach`, line by line."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from bot.evaluation.reach_view import show_reach
from bot.terminal.screen import Screen
from retrieval.evaluation.coverage.lines import Line
from retrieval.evaluation.coverage.reach import ArticleReach, Reach, Surfaced
from retrieval.evaluation.coverage.repeats import Alike, Group, Repeat
from retrieval.evaluation.coverage.self_retrieval import Selves, Unreached
from retrieval.records import Citation, Reason, Warn

REF = re.compile(r"\S+@[0-9a-f]{12}#\d+-\d+")


def line(article: str, title: str, text: str, start: int = 0) -> Line:
    """A sentence of a made-up article."""
    digest = f"{len(article):012x}" + "0" * 52
    return Line(text, Citation(article, title, start, start + len(text), 1, digest))


WARD = line("ward", "Ward one", "The council of ward one met on Monday.")
OTHER_WARD = line("ward-b", "Ward two", "The council of ward two met on Monday.")
FOOTERS = tuple(line(f"n{number}", f"Number {number}", "Write to us.", 50) for number in range(5))
LONG = line("list", "A list \x1b[31mof\x1b[0m names", "The members are " + "and so on, " * 40, 9)
KILLED = line("war", "A war", "He was killed.")
POISON = line("dynasty", "A dynasty", "He was supposedly killed with poison.")

SURFACED = Surfaced(
    asked=12,
    answered=9,
    articles=(
        ArticleReach("menu", "A menu", None, 0, 0, 0, 0),
        ArticleReach("ward", "Ward one", WARD, 1, 0, 0, 2),
        ArticleReach("war", "A war", KILLED, 1234, 1, 0, 0),
        ArticleReach("list", LONG.citation.title, LONG, 2, 8, 7, 1),
    ),
    quoted=11,
    best=7,
    sentences=2000,
)
ALIKE = Alike(
    (Group(FOOTERS, 1), Group((WARD, OTHER_WARD), 2)),
    (Repeat("ward", "Ward one", WARD, 4, 3, "ward-b", 2), Repeat("n0", "Number 0", FOOTERS[0], 1, 1, "n1", 1)),
)
UNREACHED = (
    Unreached(FOOTERS[1], "twin", FOOTERS[0], None, 0.9),
    Unreached(FOOTERS[2], "twin", FOOTERS[0], None, 0.9),
    Unreached(LONG, "cut", LONG, 1, 0.9),
    Unreached(KILLED, "outscored", POISON, 2, 0.93),
    Unreached(OTHER_WARD, "not asked", None, None, 0.0),
)
REFUSED = (Unreached(WARD, "refused", WARD, 1, 0.251),)
REACH = Reach(SURFACED, ALIKE, Selves(200, 2000, UNREACHED, REFUSED))


def transcript(reach: Reach, limit: int, width: int | None = None) -> str:
    """What is printed to a terminal of a width without colour, or to a pipe."""
    stream = io.StringIO()
    console = Console(file=stream, highlight=False)
    if width is not None:
        console = Console(file=stream, highlight=False, force_terminal=True, width=width, color_system=None)
    counts = SimpleNamespace(articles=4, sentences=2000, characters=90_000, left_out={Reason.SHORT: 900})
    engine: Any = SimpleNamespace(
        generation=SimpleNamespace(manifest=SimpleNamespace(counts=counts)), fingerprint="0123456789ab"
    )
    show_reach(Screen(console), reach, engine, (Warn("a.ogg", "is of no use", unread=".ogg"),), limit)
    return stream.getvalue()


WHOLE = r"""
    4 articles, 2,000 sentences, index 0123456789ab
    Not read: 1 .ogg (not supported)
    Never quoted: 900 of 90,000 characters (1.0 %): short lines 900

    Articles that no question surfaces

    12 questions, 9 of them answered.
    2 of 4 articles are quoted in no answer:
         A menu · menu
           has no sentence that could be quoted
         Ward one · ¶ 1 · ward@000000000004#0-38
           1 sentence; 2 refused questions came near it

    Questions whose answers quote an article, those with the fewest first:
         1 question, never first: A war · ¶ 1 · war@000000000003#0-14
         8 questions, first in 7: A list \x1b[31mof\x1b[0m names · ¶ 1
           list@000000000004#9-465

    Sentences too alike to tell apart

    7 sentences in 2 groups of nearly the same words. A question that finds one of a
    group usually finds the others too, in an order that is mostly chance.

     1 │ Write to us.
         5 times in 5 articles, in the same words:
         Number 0 · ¶ 1 · n0@000000000002#50-62
         Number 1 · ¶ 1 · n1@000000000002#50-62
         Number 2 · ¶ 1 · n2@000000000002#50-62
         and in 2 more places (--json names all)
     2 │ The council of ward one met on Monday.
         2 times in 2 articles, in 2 wordings:
         Ward one · ¶ 1 · ward@000000000004#0-38
       │ The council of ward [-one-] {+two+} met on Monday.
         Ward two · ¶ 1 · ward-b@000000000006#0-38

    Articles that mostly repeat others:
         3 of 4 sentences, 2 of them in ward-b: Ward one · ¶ 1
           ward@000000000004#0-38
         1 of 1 sentence, also in n1: Number 0 · ¶ 1 · n0@000000000002#50-62

    Sentences that are never the best quote

    The answers to 9 questions quote 11 of 2,000 sentences, 7 of them first. The
    other 1,993 are never the best quote; few questions leave most sentences unasked
    for.

    A sample of 200 sentences, drawn from 2,000 (--sample 0 takes all), asked in
    their own words: 5 (2.5 %; of all, 1.1 to 5.7 % with 95 % confidence) are not
    the first quote, or not whole, so that no question finds them easily.
    1 of those found is refused (--json names it): the confidence is fitted to
    questions, and a sentence's own words may not be one.
          1  the encoder reads only its beginning
          1  another sentence scores higher
          1  its words make no question
          2  a nearly identical sentence is quoted

     1 │ The members are and so on, and so on, and so on, and so on, and so on, and
       │ so on, and so on, and so on, and so on, and so on, and so on, and so on,
       │ and so on, and so on, and so on, and so on, and so on, and so on, and so
       │ on, and so on, and …
         A list \x1b[31mof\x1b[0m names · ¶ 1 · list@000000000004#9-465
         the encoder reads only its beginning
     2 │ He was killed.
         A war · ¶ 1 · war@000000000003#0-14
         another sentence scores higher; its own is quote 2:
       > He was supposedly killed with poison.
         A dynasty · ¶ 1 · dynasty@000000000007#0-37
       ... and 2 more (--limit 0 shows all)
"""


def test_a_report_at_80_columns() -> None:
    assert transcript(REACH, 2, 80) == dedent(WHOLE).lstrip("\n")


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal_or_comfortable(width: int) -> None:
    for row in transcript(REACH, 0, width).splitlines():
        assert len(row) <= min(width, 100) or REF.fullmatch(row.strip()), row


def test_a_corpus_without_a_fault() -> None:
    articles = tuple(replace(article, quoted=2) for article in SURFACED.articles[1:])
    clean = Reach(replace(SURFACED, articles=articles), Alike((), ()), Selves(2000, 2000, ()))
    report = transcript(clean, 20)
    assert "Every article is quoted in some answer.\n" in report
    assert "None: no two sentences have nearly the same words.\n" in report
    assert report.endswith("All 2,000 sentences asked in their own words: each is the first quote of its answer.\n")
    sampled = transcript(replace(clean, selves=Selves(200, 2000, ())), 20)
    assert sampled.endswith(
        "each is the first quote of its answer; of all, at most 1.9 % are not, with 95 % confidence.\n"
    )
    report = transcript(replace(clean, selves=Selves(2000, 2000, UNREACHED[3:4])), 20)
    assert "1 (0.1 %) is not the first quote, or not whole, so that no question finds it easily.\n" in report
    only = transcript(replace(clean, selves=Selves(2000, 2000, (), REFUSED * 2)), 20)
    assert only.endswith(
        "each is the first quote of its answer.\n2 of those found are refused (--json names them): the confidence is "
        "fitted to questions, and a sentence's own words may not be one.\n"
    )
    refused = transcript(replace(clean, surfaced=replace(SURFACED, answered=0, quoted=0, best=0)), 20)
    assert "\nNo question was answered, so no sentence was quoted.\n" in refused
    assert "The answers to" not in refused
