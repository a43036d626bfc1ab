"""The JSON for the page's script: every question with its gold, its quotes, and the text around them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence

from markupsafe import Markup

from bot.evaluation.html.contexts import Contexts, Source, Window
from bot.evaluation.verdicts import Verdict, flip_in_words
from bot.formats.shell import quoted_permalink
from retrieval.evaluation.records import Comparison, Flip, JudgedQuote, Outcome, Target

SHOWN = 3
"""Quotes of each question that are shown in context, as many as an answer usually has."""

Json = dict[str, object]


def tags(outcomes: Sequence[Outcome]) -> list[tuple[str, int]]:
    """Return every tag with its number of questions, the largest first; the script names a tag by its place here."""
    counts = Counter(tag for outcome in outcomes for tag in dict.fromkeys(outcome.tags))
    return sorted(counts.items(), key=lambda tag_count: (-tag_count[1], tag_count[0]))


def questions(
    outcomes: Sequence[Outcome], comparison: Comparison | None, text_of: Callable[[str], str | None]
) -> Markup:
    """Return the JSON, safe inside a script element.

    `sources` are the articles, each with the parts of its text that are shown; offsets count code points. A span has
    its source (`in`), the window around it (`from`, `to`) and its own place (`start`, `end`). A missing name is false
    or empty; a missing permalink is the source's `at` with the span's place.
    """
    contexts = Contexts(text_of)
    flips: dict[str, list[Flip]] = {}
    for flip in comparison.flips if comparison else ():
        flips.setdefault(flip.id, []).append(flip)
    tag_names = [tag for tag, _ in tags(outcomes)]
    places = {tag: place for place, tag in enumerate(tag_names)}
    rows = []
    for outcome in outcomes:
        tag_places: Json = {"tags": [places[tag] for tag in dict.fromkeys(outcome.tags)]}
        rows.append(_question(outcome, flips.get(outcome.id, ()), contexts) | tag_places)
    document: Json = {
        "verdicts": [[verdict.key, verdict.label, verdict.meaning] for verdict in Verdict],
        "compared": comparison is not None,
        "shown": SHOWN,
        "tags": tag_names,
        "sources": [{"at": source.at, "pieces": source.pieces()} for source in contexts.sources.values()],
        "questions": rows,
    }
    return script_safe(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def script_safe(dumped: str) -> Markup:
    """Return JSON that cannot end a script element, has no control characters and can be encoded."""
    return Markup(re.sub("[<\x7f-\x9f\u2028\u2029\ud800-\udfff]", lambda char: f"\\u{ord(char.group()):04x}", dumped))


def _question(outcome: Outcome, flips: Sequence[Flip], contexts: Contexts) -> Json:
    entries: Json = {
        "id": outcome.id,
        "question": outcome.question,
        "answerable": outcome.answerable,
        "verdict": list(Verdict).index(Verdict.of(outcome)),
        "rank": outcome.rank,
        "confidence": round(outcome.confidence, 4),
        "ms": round(outcome.elapsed_ms, 2),
        "history": outcome.history,
        "searched": outcome.searched if outcome.searched != outcome.question else "",
        "changes": [[flip_in_words(flip), flip.gained] for flip in flips],
        "gold": [_target(target, contexts) for target in outcome.targets],
        "quotes": [_quote(rank, quote, contexts) for rank, quote in enumerate(outcome.quotes)],
    }
    return {name: value for name, value in entries.items() if value is not False and value not in ((), [], "")}


def _target(target: Target, contexts: Contexts) -> Json:
    if target.whole:
        return {"article": target.article, "whole": True}
    window = contexts.window(target.article, target.start, target.end)
    entries: Json = {"article": target.article, "answer": target.answer, "start": target.start, "end": target.end}
    return entries | _place(window)


def _quote(rank: int, quote: JudgedQuote, contexts: Contexts) -> Json:
    entries: Json = {"score": round(quote.score, 4), "start": quote.start, "end": quote.end}
    window = None
    if contexts.holds(quote.article, quote.start, quote.end, quote.text):
        around = {"around": 0} if rank >= SHOWN else {}
        window = contexts.window(quote.article, quote.start, quote.end, **around)
    if window is None:
        entries["text"] = quote.text
    if window is None or not _refers(quote, contexts.source(quote.article)):
        entries["ref"] = quoted_permalink(quote.ref)
    if quote.right:
        entries["right"] = True
    if not quote.exact:
        entries["inexact"] = True
    return entries | _place(window)


def _refers(quote: JudgedQuote, source: Source) -> bool:
    """Return whether the permalink, quoted for a shell, follows from the quote's source and place.

    It does unless the article changed or its id needs quotes.
    """
    source.at = source.at or quote.ref.rpartition("#")[0]
    return quoted_permalink(quote.ref) == quote.ref == f"{source.at}#{quote.start}-{quote.end}"


def _place(window: Window | None) -> Json:
    return {"in": window.source, "from": window.start, "to": window.end} if window else {}
