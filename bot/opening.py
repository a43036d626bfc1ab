"""From settings to an engine: the index opened and checked against what is asked for, or built first."""

from __future__ import annotations

from pathlib import Path

from bot.screen import notice
from bot.settings import Settings, default_index
from retrieval.engine import Engine
from retrieval.errors import IndexNotFound
from retrieval.manifest import PassageSettings, check_fit
from retrieval.models import default_cache


def open_engine(settings: Settings) -> Engine:
    """The engine over the settings' index, an exported model made again where it is gone.

    Raises IndexMismatch for an index that other settings made.
    """
    engine = Engine.open(
        settings.index.path,
        settings.answer,
        cache=model_cache(settings),
        exporting=lambda: announce_export(settings.model.name),
    )
    check_fit(engine.generation.manifest, settings.index.path, settings.model.name, passage_settings(settings))
    return engine


def open_or_build(settings: Settings) -> Engine:
    """As open_engine; where the default index was never built, it is built now, from the settings' corpus."""
    try:
        return open_engine(settings)
    except IndexNotFound:
        if settings.index.path.resolve() != default_index().resolve():
            raise
    from bot.building import build_index
    from bot.progress import BuildProgress

    notice(f"There is no index yet: building it, once, from {settings.corpus.path}")
    with BuildProgress() as progress:
        report = build_index(settings, progress)
    counts = report.manifest.counts
    notice(f"Built in {report.seconds:.1f} s: {counts.articles:,} articles, {counts.sentences:,} sentences.")
    return open_engine(settings)


def passage_settings(settings: Settings) -> PassageSettings:
    """How articles become passages."""
    return PassageSettings(settings.index.max_pieces, settings.index.title)


def model_cache(settings: Settings) -> Path:
    """The folder of exported models."""
    return settings.model.cache or default_cache()


def announce_export(model: str) -> None:
    """Say why nothing seems to happen for a while."""
    notice(f"Preparing the model {model}, once (about half a minute)…")
