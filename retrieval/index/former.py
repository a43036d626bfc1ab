"""The generation before, as a build takes from it what did not change."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.encoding.selection import Chosen
from retrieval.errors import IndexDamaged, IndexMismatch, IndexNotFound, IndexOutdated
from retrieval.index.article_records import LEFT_OUT
from retrieval.index.blobs import Blobs
from retrieval.index.documents import ListedSource, load_sources
from retrieval.index.encoded import EncodedPassage
from retrieval.index.faults import reading
from retrieval.index.generation import Generation
from retrieval.index.keys import Keys, KeyTable, bytes_of
from retrieval.index.manifest import OTHERWISE, PassageSettings, check_model, check_passages, remaking
from retrieval.index.resources import Announce, MakesAgain
from retrieval.index.splitting import SplitPassage
from retrieval.index.store import Store

ARTICLE_KEYS, ARTICLE_FILES, PASSAGE_KEYS, TERMS = "article-keys", "article-files", "passage-keys", "terms"
"""What a generation keeps for the next build: what its articles and passages were made from, the file of each article
(its row in sources.json, -1 for none), and the terms of each article."""


class Former:
    """What a build takes over."""

    def __init__(self, generation: Generation) -> None:
        """Open what only builds read; raises IndexDamaged, IndexUnreadable."""
        self.generation = generation
        self.sources: Sequence[ListedSource] = load_sources(generation)[0]
        with reading(generation.folder):
            store = Store(generation.folder, generation.manifest.files)
            self._keys: Keys = store.array(ARTICLE_KEYS, np.uint64, 2)[:]
            self._passage_keys = store.array(PASSAGE_KEYS, np.uint64, 2)
            self._articles, self._left_out, self._terms = (Blobs(store, name) for name in ("articles", LEFT_OUT, TERMS))
            files: NDArray[np.int32] = store.array(ARTICLE_FILES, np.int32)[:]
        order = np.argsort(files, kind="stable")
        self._by_file, self._files = order, files[order]
        articles = np.arange(len(generation))
        has_passages = np.isin(articles, generation.passages[:, 0])
        self._known = articles[has_passages]
        self._table = KeyTable(self._keys[has_passages])

    @property
    def size(self) -> int:
        """How many bytes it takes on disk."""
        return sum(size for size, _ in self.generation.manifest.files.values())

    def articles_of(self, file: int) -> list[int]:
        """Return the rows of the articles of a file, by its row in `sources`."""
        first, last = np.searchsorted(self._files, [file, file + 1])
        return [int(row) for row in self._by_file[first:last]]

    def id_of(self, article: int) -> str:
        """Return the id of the article at a row."""
        return self.generation.ref(article).article

    def article_key(self, article: int) -> bytes:
        """Return the key of the article at a row."""
        return bytes_of(self._keys[article])

    @property
    def known_keys(self) -> bytes:
        """The keys of its articles that have passages, one after another."""
        return bytes_of(self._keys[self._known])

    def row_of(self, key: bytes) -> int:
        """Return the row of an article with this key that has passages, or -1."""
        row = self._table.row(key)
        return int(self._known[row]) if row >= 0 else -1

    @property
    def passage_keys(self) -> Keys:
        """The keys of its passages."""
        keys: Keys = self._passage_keys[:]
        return keys

    @cached_property
    def _passage_table(self) -> KeyTable:
        return KeyTable(self.passage_keys)

    def passages_with(self, keys: Keys) -> NDArray[np.int64]:
        """Return the row of a passage with each of these keys, -1 where it has none."""
        return self._passage_table.rows(keys)

    def records(self, article: int) -> tuple[bytes, bytes, bytes]:
        """Return the record, the text and the pieces left out of the article at a row, as they are kept."""
        with reading(self.generation.folder):
            return self._articles[article], self.generation.texts[article], self._left_out[article]

    def terms(self, article: int) -> bytes:
        """Return the terms of the article at a row, as they are kept."""
        with reading(self.generation.folder):
            return self._terms[article]

    def encoded(self, rows: range | Sequence[int]) -> list[EncodedPassage]:
        """Return the encoded passages at these rows."""
        generation = self.generation
        vectors: Floats = generation.vectors.rows(np.array(rows, dtype=np.int64))
        encoded = []
        for row, vector in zip(rows, vectors, strict=True):
            sentences = generation.sentences_of(row)
            tokens = generation.sentences[sentences.start : sentences.stop, 4:6]
            encoded.append(EncodedPassage(vector, generation.bits(row), tokens))
        return encoded


def split_passage(generation: Generation, row: int) -> SplitPassage:
    """Return the passage of a generation at a row as it was split, but for what is encoded of it."""
    sentences = generation.sentences_of(row)
    rows = generation.sentences[sentences.start : sentences.stop]
    place = generation.passage(row)
    context, headings = generation.context_of(row), len(generation.headings_of(row))
    spans = [(start, end, paragraph, kind) for _, start, end, paragraph, _, _, kind in rows.tolist()]
    return SplitPassage("", "", place.start, place.end, spans, context, headings)


def generation_before(index: Path, announce: Announce) -> Generation | None:
    """Return the generation to add to, or None where all must be made again.

    That is where there is none, where it is damaged, which is announced, and where an earlier version of quoth made it.
    """
    try:
        generation = Generation.current(index)
        check_model(generation.manifest, index)
        for _ in generation.verify():
            pass
    except IndexDamaged as error:
        announce(MakesAgain(error.fault))
        return None
    except (IndexNotFound, IndexOutdated):
        return None
    return generation


def check_before(before: Generation, corpus: Path, index: Path, chosen: Chosen, passages: PassageSettings) -> None:
    """Raise IndexMismatch where the generation before was made with another model or other passage settings."""
    old, new = before.manifest.encoder, chosen.spec
    again = remaking(index, str(corpus), new.name)
    for what in ("name", "digest", "precision", "export"):
        if getattr(old, what) != getattr(new, what):
            values = getattr(old, what), getattr(new, what)
            raise IndexMismatch(index, f"the model's {what}", *values, (*again, OTHERWISE))
    check_passages(before.manifest, index, passages, again)
