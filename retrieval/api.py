"""Indexing and checking from Python, beside `retrieval.Engine`, which answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from retrieval import builds
from retrieval.citations import verifier
from retrieval.encoding.models import DEFAULT_MODEL, default_cache
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.index.build import Report
from retrieval.index.build import build as build_in_folder
from retrieval.index.keeping import Keep
from retrieval.index.manifest import PassageSettings
from retrieval.index_address import index_at
from retrieval.paths import expanded
from retrieval.records import Match


def build(
    corpus: str | Path,
    index: str | Path,
    *,
    model: str = DEFAULT_MODEL,
    rebuild: bool = False,
    wait: bool = False,
    keep: int = 5,
    cache: Path | None = None,
) -> Report:
    """Index a folder of articles, or a single file, and make the result the current one; only what changed is encoded.

    >>> report = build(corpus, index)
    >>> report.manifest.counts.articles
    6
    >>> build(corpus, index).unchanged
    True

    With `rebuild`, everything is encoded again; with `wait`, another build of the index is waited for. `keep` former
    generations stay, so that older permalinks open; `cache` holds exported models. Raises CorpusError, IndexFault or
    ModelError, all of which are QuothError.
    """
    folder = cache or default_cache()
    settings = EncoderSettings(model)

    def in_folder(index: Path, *, rebuild: bool, wait: bool, keep: Keep) -> Report:
        return build_in_folder(
            expanded(Path(corpus)),
            index,
            lambda before: passage_encoder(settings, folder, before.manifest.encoder if before else None),
            PassageSettings(),
            rebuild=rebuild,
            wait=wait,
            keep=keep,
        )

    place = expanded(index_at(index))
    return builds.build(place, in_folder, cache=folder, rebuild=rebuild, wait=wait, keep=Keep(keep))


def verify(engine: Engine, text: str, *, article: str | None = None) -> Match:
    """Return whether a text stands in the corpus, character by character, and where.

    >>> match = verify(engine, "Two tankers now bring drinking water from Oskeld every day.")
    >>> match.verdict
    'near'
    >>> print(match.nearest)
    Two tankers now bring drinking water from Oskeld
    every morning.
    >>> verify(engine, "The harbour board of Velmora wants to raise the sea wall by two metres.").verdict
    'verbatim'

    The article with the id `article` is searched first; `Match.is_elsewhere` then says whether the words are from
    another. Raises TextInvalid for a text without a word, and InputInvalid for an article that is not there.
    """
    if article is None:
        return verifier.verify(engine, text)
    row = engine.generation.row_of(article)
    if row is None:
        raise InputInvalid(f"The article {article!r}", "is not in the corpus", "name the id of one that is")
    return replace(verifier.verify(engine, text, rows=(row,)), claimed=(engine.generation.ref(row),))
