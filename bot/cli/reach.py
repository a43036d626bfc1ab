"""`quoth reach`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.chat_log.address import Place
from bot.evaluation.preparation import judge, open_over, refuse_both
from bot.formats.json_output import citation_object, dump, warnings_object
from bot.settings import Settings
from bot.terminal.progress import Bar
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.evaluation.coverage.lines import Line
from retrieval.evaluation.coverage.near_duplicates import LIKENESS
from retrieval.evaluation.coverage.reach import AskedQuestion, Reach, Surfaced, surface
from retrieval.evaluation.coverage.repeats import Alike, alike
from retrieval.evaluation.coverage.self_retrieval import SEED, Selves, Unreached, ask_selves
from retrieval.index.documents import warnings_of
from retrieval.records import Turn, Warn


@dataclass(frozen=True, slots=True)
class ReachOptions:
    """Options of `quoth reach`."""

    gold: Path | None = None
    store: Place | None = None
    """The Discord bot's database."""
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
    engine, questions = ready(options, settings)
    warnings = warnings_of(engine.generation)
    reach = measure(engine, questions, options.sample)
    if options.as_json:
        sys.stdout.write(dump(reach_object(engine, reach, warnings)) + "\n")
        return 0
    from bot.evaluation.reach_view import show_reach
    from bot.terminal.screen import screen

    show_reach(screen(), reach, engine, warnings, options.limit)
    return 0


def ready(options: ReachOptions, settings: Settings) -> tuple[Engine, tuple[AskedQuestion, ...]]:
    """Return the engine to ask, and the questions of the gold set and of the Discord bot's database."""
    questions: list[AskedQuestion] = []
    if options.gold is None:
        refuse_both(options.corpus, options.indexed)
        engine, settings = open_over(options.corpus, settings)
    else:
        judging = judge(
            options.gold, settings, corpus=options.corpus, indexed=options.indexed, skip_bad=options.skip_bad
        )
        engine, settings = judging.engine, judging.settings
        questions += [
            AskedQuestion(posed.gold.question, tuple(map(Turn, posed.gold.history))) for posed in judging.posed
        ]
    if options.store is not None:
        from bot.evaluation.chat_questions import logged_questions

        questions += logged_questions(options.store, settings)
    return engine, tuple(questions)


def measure(engine: Engine, questions: tuple[AskedQuestion, ...], sample: int) -> Reach:
    """Ask the questions, compare the sentences, and ask for them in their own words, with a bar."""
    with Bar("Asking questions") as bar:
        surfaced = surface(engine, questions, bar) if questions else None
        bar.stage("Comparing sentences")
        repeated = alike(engine, bar)
        bar.stage("Asking for each sentence")
        return Reach(surfaced, repeated, ask_selves(engine, sample, bar))


def reach_object(engine: Engine, reach: Reach, warnings: Sequence[Warn]) -> dict[str, Any]:
    """Return what `--json` prints."""
    counts = engine.generation.manifest.counts
    return {
        "fingerprint": engine.fingerprint,
        "articles": counts.articles,
        "sentences": counts.sentences,
        "characters": counts.characters,
        "left_out": dict(counts.left_out),
        "not_read": warnings_object(warnings),
        "questions": _surfaced_object(reach.surfaced) if reach.surfaced else None,
        "alike": {"likeness": LIKENESS, **_alike_object(reach.alike)},
        "own_words": _selves_object(reach.selves),
    }


def _surfaced_object(surfaced: Surfaced) -> dict[str, Any]:
    return {
        "asked": surfaced.asked,
        "answered": surfaced.answered,
        "sentences_quoted": surfaced.quoted,
        "sentences_quoted_first": surfaced.best,
        "articles": [
            {
                "article": article.article,
                "title": article.title,
                "ref": article.opening.citation.ref if article.opening else None,
                "sentences": article.sentences,
                "quoted": article.quoted,
                "quoted_first": article.first,
                "weak": article.weak,
            }
            for article in surfaced.articles
        ],
    }


def _alike_object(alike: Alike) -> dict[str, Any]:
    return {
        "groups": [
            {
                "wordings": group.wordings,
                "articles": group.articles,
                "sentences": [_line_object(line) for line in group.lines],
            }
            for group in alike.groups
        ],
        "repeats": [
            {
                "article": repeat.article,
                "title": repeat.title,
                "ref": repeat.opening.citation.ref,
                "sentences": repeat.sentences,
                "repeated": repeat.repeated,
                "other": repeat.other,
                "shared": repeat.shared,
            }
            for repeat in alike.repeats
        ],
    }


def _selves_object(selves: Selves) -> dict[str, Any]:
    share, low, high = (round(value, 6) for value in selves.share)
    return {
        "asked": selves.asked,
        "of": selves.sentences,
        "seed": SEED if selves.is_sample else None,
        "share": share,
        "low": low,
        "high": high,
        "unreached": [_unreached_object(unreached) for unreached in selves.unreached],
        "refused": [_unreached_object(unreached) for unreached in selves.refused],
    }


def _unreached_object(unreached: Unreached) -> dict[str, Any]:
    return {
        **_line_object(unreached.line),
        "cause": unreached.cause,
        "rank": unreached.rank,
        "confidence": unreached.confidence,
        "instead": _line_object(unreached.instead) if unreached.instead else None,
    }


def _line_object(line: Line) -> dict[str, Any]:
    return {"text": line.text, "citation": citation_object(line.citation)}
