"""The files of tokens kept out of what is quoted."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Settings
from retrieval.errors import InputInvalid
from retrieval.paths import resolved


def check_tokens_apart(settings: Settings) -> None:
    """Raise InputInvalid where the file of a token is among the articles, which would publish it."""
    corpus = settings.corpus
    folders = [corpus.path, *(Path(source.address) for source in corpus.sources if source.kind == "folder")]
    for section, file in (("discord", settings.discord.token_file), ("serve", settings.serve.token_file)):
        for folder in folders:
            if file is not None and resolved(folder) in resolved(file).parents:
                # Its path is not told: it may be the token itself, or a part of it.
                raise InputInvalid(
                    f"The file that token_file below [{section}] names",
                    f"lies in the corpus {folder}, whose text is quoted",
                    "move it elsewhere",
                )
