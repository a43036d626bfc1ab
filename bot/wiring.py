"""What the engine is given that follows from the settings; for asking and for building alike."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Settings
from bot.streams import notice
from retrieval.encoding.models import default_cache
from retrieval.index.manifest import PassageSettings


def passage_settings(settings: Settings) -> PassageSettings:
    """How articles become passages."""
    return PassageSettings(settings.index.max_pieces, settings.index.title)


def model_cache(settings: Settings) -> Path:
    """The folder of exported models."""
    return settings.model.cache or default_cache()


def announce_export(model: str) -> None:
    """Say why nothing seems to happen for a while."""
    notice(f"Preparing the model {model}, once (about half a minute)…")
