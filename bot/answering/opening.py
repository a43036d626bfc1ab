"""From settings to an engine: the index opened and checked against what is asked for, or built first."""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.errors import worded
from bot.formats.numbers import count
from bot.remedies import calibrate, reset
from bot.settings import Settings, default_index
from bot.streams import is_quiet, notice
from bot.terminal.progress import announce_export
from retrieval import indexes
from retrieval.engine import Engine
from retrieval.index.manifest import check_fit
from retrieval.paths import resolved

log = logging.getLogger(__name__)


def open_engine(settings: Settings, *, asking: bool = True) -> Engine:
    """Return the engine over the settings' index, an exported model made again where it is gone.

    Raises IndexMismatch for an index that other settings made. A calibration that does not fit it is told and not used.
    Without `asking` no question will be: no reader or reranker is loaded, and whether the calibration fits is of no
    account.
    """
    index = settings.index.path
    engine = Engine.open(
        index,
        settings.answer if asking else replace(settings.answer, reader=None, reranker=None),
        cache=settings.model_cache(),
        exporting=lambda: announce_export(settings.model.name),
    )
    check_fit(engine.generation.manifest, index, settings.model.name, settings.passages())
    generation = engine.generation
    log.info("the index %s is open: generation %s, %d articles", index, generation.folder.name, len(generation))
    if engine.reader_fault:
        notice(worded(engine.reader_fault))
    if asking and engine.stale_calibration:
        notice(
            f"The calibration of the index {index} is not used, since {engine.stale_calibration}: "
            f"make another with `{calibrate(index)}`, or remove it with `{reset(index)}`."
        )
    return engine


def open_or_build(settings: Settings, *, asking: bool = True) -> Engine:
    """Open an engine as open_engine does; build the default index from the settings' corpus if it never was."""
    build_if_missing(settings)
    return open_engine(settings, asking=asking)


def build_if_missing(settings: Settings) -> None:
    """Build the default index from the settings' corpus, where it was never built."""
    index = settings.index.path
    if resolved(index) != resolved(default_index()) or indexes.exists(index):
        return
    from bot.answering.building import build_index
    from bot.terminal.progress import BuildProgress

    notice(f"There is no index yet: building it, once, from {settings.corpus.path}")
    with BuildProgress(quiet=is_quiet()) as progress:
        report = build_index(settings, progress)
    articles, sentences = report.manifest.counts.articles, report.manifest.counts.sentences
    notice(f"Built in {report.seconds:.1f} s: {count(articles, 'article')}, {count(sentences, 'sentence')}.")
