"""What the page's script is given: every question with its gold, its quotes, and the text around them, as JSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence

from bot.evaluation.html.contexts import Contexts, Source, Window
from bot.evaluation.verdicts import VERDICTS, change, verdict
from retrieval.evaluation.records import Comparison, Flip, JudgedQuote, Outcome, Target
from retrieval.shell import quoted_permalink

SHOWN = 3
"""Quotes of each question that are shown in context, as many as an answer usually has; others show their own words."""

Json = dict[str, object]


def tags(outcomes: Sequence[Outcome]) -> list[tuple[str, int]]:
    """Every tag with its number of questions, that of most first; the page names a tag by its place in this list."""
    found = Counter(tag for one in outcomes for tag in dict.fromkeys(one.tags))
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))


def questions(outcomes: Sequence[Outcome], comparison: Comparison | None, text_of: Callable[[str], str | None]) -> str:
    """The JSON, safe inside a script element.

    `sources` are the articles, each with the parts of its text that are shown; offsets count code points, as
    everywhere. A span names its source (`in`), the window that is shown (`from`, `to`) and itself (`start`, `end`).
    A name that is left out is false or empty; a permalink that is left out is `at` of the source with the span's place.
    """
    contexts = Contexts(text_of)
    flips: dict[str, list[Flip]] = {}
    for flip in comparison.flips if comparison else ():
        flips.setdefault(flip.id, []).append(flip)
    known = [tag for tag, _ in tags(outcomes)]
    places = {tag: place for place, tag in enumerate(known)}
    rows = []
    for outcome in outcomes:
        tagged: Json = {"tags": [places[tag] for tag in dict.fromkeys(outcome.tags)]}
        rows.append(_question(outcome, flips.get(outcome.id, ()), contexts) | tagged)
    held: Json = {
        "verdicts": [[one.key, one.label, one.meaning] for one in VERDICTS],
        "compared": comparison is not None,
        "shown": SHOWN,
        "tags": known,
        "sources": [{"at": source.at, "pieces": source.pieces()} for source in contexts.sources.values()],
        "questions": rows,
    }
    return script_safe(json.dumps(held, ensure_ascii=False, separators=(",", ":")))


def script_safe(dumped: str) -> str:
    """JSON that ends no script element and can be encoded: no `<`, and no lone surrogate but as an escape."""
    return re.sub("[<\u2028\u2029\ud800-\udfff]", lambda found: f"\\u{ord(found.group()):04x}", dumped)


def _question(outcome: Outcome, flips: Sequence[Flip], contexts: Contexts) -> Json:
    told: Json = {
        "id": outcome.id,
        "question": outcome.question,
        "answerable": outcome.answerable,
        "verdict": VERDICTS.index(verdict(outcome)),
        "rank": outcome.rank,
        "confidence": round(outcome.confidence, 4),
        "ms": round(outcome.elapsed_ms, 2),
        "history": outcome.history,
        "searched": outcome.searched if outcome.searched != outcome.question else "",
        "changes": [[change(flip), flip.gained] for flip in flips],
        "gold": [_target(target, contexts) for target in outcome.targets],
        "quotes": [_quote(rank, quote, contexts) for rank, quote in enumerate(outcome.quotes)],
    }
    return {name: value for name, value in told.items() if value is not False and value not in ((), [], "")}


def _target(target: Target, contexts: Contexts) -> Json:
    if target.whole:
        return {"article": target.article, "whole": True}
    window = contexts.window(target.article, target.start, target.end)
    told: Json = {"article": target.article, "answer": target.answer, "start": target.start, "end": target.end}
    return told | _shown(window)


def _quote(rank: int, quote: JudgedQuote, contexts: Contexts) -> Json:
    told: Json = {"score": round(quote.score, 4), "start": quote.start, "end": quote.end}
    window = None
    if contexts.holds(quote.article, quote.start, quote.end, quote.text):
        around = {"around": 0} if rank >= SHOWN else {}
        window = contexts.window(quote.article, quote.start, quote.end, **around)
    if window is None:
        told["text"] = quote.text
    if window is None or not _refers(quote, contexts.source(quote.article)):
        told["ref"] = quoted_permalink(quote.ref)
    if quote.right:
        told["right"] = True
    if not quote.exact:
        told["inexact"] = True
    return told | _shown(window)


def _refers(quote: JudgedQuote, source: Source) -> bool:
    """Whether the permalink, as a shell is given it, follows from the quote's source and place.

    It does but where an article changed, or has an id that needs quotes.
    """
    source.at = source.at or quote.ref.rpartition("#")[0]
    return quoted_permalink(quote.ref) == quote.ref == f"{source.at}#{quote.start}-{quote.end}"


def _shown(window: Window | None) -> Json:
    return {"in": window.source, "from": window.start, "to": window.end} if window else {}
