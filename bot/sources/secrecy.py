"""The file of the bot's token kept out of what is quoted."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Settings
from retrieval.errors import InputInvalid
from retrieval.paths import resolved


def check_token_apart(settings: Settings) -> None:
    """Raise InputInvalid where the file of the bot's token is among the articles, which would publish it."""
    file, corpus = settings.discord.token_file, settings.corpus
    if file is None:
        return
    folders = [corpus.path, *(Path(source.address) for source in corpus.sources if source.kind == "folder")]
    for folder in folders:
        if resolved(folder) in resolved(file).parents:
            # Its path is not told: it may be the token itself, or a part of it.
            raise InputInvalid(
                "The file that token_file below [discord] names",
                f"lies in the corpus {folder}, whose text is quoted",
                "move it elsewhere",
            )
