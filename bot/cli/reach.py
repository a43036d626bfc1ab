"""`quoth reach`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.evaluation.preparation import judge, open_over, refuse_both
from bot.formats.json_output import citation_object, dump
from bot.settings import Settings
from bot.terminal.progress import Bar
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.evaluation.coverage.lines import Line
from retrieval.evaluation.coverage.near_duplicates import LIKENESS
from retrieval.evaluation.coverage.reach import AskedQuestion, Reach, Surfaced, surface
from retrieval.evaluation.coverage.repeats import Alike, alike
from retrieval.evaluation.coverage.self_retrieval import SEED, Selves, Unreached, ask_selves
from retrieval.records import Turn


@dataclass(frozen=True, slots=True)
class ReachOptions:
    """Options of `quoth reach`."""

    gold: Path | None = None
    store: Path | None = None
    """The chat's database."""
    sample: int = 1000
    """Sentences that are asked in their own words; 0 asks all."""
    limit: int = 10
    """Entries shown of a list; 0 shows all."""
    corpus: Path | None = None
    indexed: bool = False
    """Whether an index was named, which comes before a corpus that the gold set brings."""
    skip_bad: bool = False
    as_json: bool = False


def run(options: ReachOptions, settings: Settings) -> int:
    """Report what the corpus can and cannot answer."""
    for option, value in (("--sample", options.sample), ("--limit", options.limit)):
        if value < 0:
            raise InputInvalid(f"The option {option} {value}", "is below zero", "give a number, or 0 for all")
    engine, asked = ready(options, settings)
    found = measure(engine, asked, options.sample)
    if options.as_json:
        sys.stdout.write(dump(reach_object(engine, found)) + "\n")
        return 0
    from bot.evaluation.reach_view import show_reach
    from bot.terminal.screen import screen

    show_reach(screen(), found, engine, options.limit)
    return 0


def ready(options: ReachOptions, settings: Settings) -> tuple[Engine, tuple[AskedQuestion, ...]]:
    """The engine over the index that is meant, and the questions of the gold set and of the chat."""
    asked: list[AskedQuestion] = []
    if options.gold is None:
        refuse_both(options.corpus, options.indexed)
        engine, settings = open_over(options.corpus, settings)
    else:
        judging = judge(
            options.gold, settings, corpus=options.corpus, indexed=options.indexed, skip_bad=options.skip_bad
        )
        engine, settings = judging.engine, judging.settings
        asked += [AskedQuestion(one.gold.question, tuple(map(Turn, one.gold.history))) for one in judging.posed]
    if options.store is not None:
        from bot.evaluation.chat_questions import logged_questions

        asked += logged_questions(options.store, settings)
    return engine, tuple(asked)


def measure(engine: Engine, asked: tuple[AskedQuestion, ...], sample: int) -> Reach:
    """Ask the questions, compare the sentences, and ask them in their own words; a bar shows how far it is."""
    with Bar("Asking questions") as bar:
        surfaced = surface(engine, asked, bar) if asked else None
        bar.stage("Comparing sentences")
        repeated = alike(engine, bar)
        bar.stage("Asking for each sentence")
        return Reach(surfaced, repeated, ask_selves(engine, sample, bar))


def reach_object(engine: Engine, found: Reach) -> dict[str, Any]:
    """What `--json` prints."""
    counts = engine.generation.manifest.counts
    return {
        "fingerprint": engine.fingerprint,
        "articles": counts.articles,
        "sentences": counts.sentences,
        "questions": _surfaced_object(found.surfaced) if found.surfaced else None,
        "alike": {"likeness": LIKENESS, **_alike_object(found.alike)},
        "own_words": _selves_object(found.selves),
    }


def _surfaced_object(found: Surfaced) -> dict[str, Any]:
    return {
        "asked": found.asked,
        "answered": found.answered,
        "sentences_quoted": found.quoted,
        "sentences_quoted_first": found.best,
        "articles": [
            {
                "article": one.article,
                "title": one.title,
                "ref": one.opening.citation.ref if one.opening else None,
                "sentences": one.sentences,
                "quoted": one.quoted,
                "quoted_first": one.first,
                "weak": one.weak,
            }
            for one in found.articles
        ],
    }


def _alike_object(found: Alike) -> dict[str, Any]:
    return {
        "groups": [
            {
                "wordings": group.wordings,
                "articles": group.articles,
                "sentences": [_line_object(line) for line in group.lines],
            }
            for group in found.groups
        ],
        "repeats": [
            {
                "article": one.article,
                "title": one.title,
                "ref": one.opening.citation.ref,
                "sentences": one.sentences,
                "repeated": one.repeated,
                "other": one.other,
                "shared": one.shared,
            }
            for one in found.repeats
        ],
    }


def _selves_object(found: Selves) -> dict[str, Any]:
    share, low, high = (round(value, 6) for value in found.share)
    return {
        "asked": found.asked,
        "of": found.sentences,
        "seed": SEED if found.is_sample else None,
        "share": share,
        "low": low,
        "high": high,
        "unreached": [_unreached_object(one) for one in found.unreached],
        "refused": [_unreached_object(one) for one in found.refused],
    }


def _unreached_object(one: Unreached) -> dict[str, Any]:
    return {
        **_line_object(one.line),
        "cause": one.cause,
        "rank": one.rank,
        "confidence": one.confidence,
        "instead": _line_object(one.instead) if one.instead else None,
    }


def _line_object(line: Line) -> dict[str, Any]:
    return {"text": line.text, "citation": citation_object(line.citation)}
