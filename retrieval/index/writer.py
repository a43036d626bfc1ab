"""Writes the files of one generation, article by article."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from retrieval.files import NewFiles
from retrieval.index.article_records import LEFT_OUT
from retrieval.index.blobs import BlobWriter
from retrieval.index.documents import Progress
from retrieval.index.encoded import EncodedPassage
from retrieval.index.former import ARTICLE_FILES, ARTICLE_KEYS, PASSAGE_KEYS, TERMS
from retrieval.index.keys import keys_in
from retrieval.index.splitting import SplitPassage, Terms
from retrieval.index.streams import ArrayWriter, TermIndexWriter, VectorWriter
from retrieval.index.vectors import Kind
from retrieval.index.word_counts import WordCounts


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article as a generation keeps it."""

    record: bytes
    text: bytes
    left_out: bytes
    terms: bytes
    key: bytes
    """Its `article_key`."""
    file: int
    """The row of its file in sources.json, -1 where that is not listed."""
    language: str
    """The language that its words are read as."""


class GenerationWriter:
    """Takes articles in order of their ids, each with its passages; all goes to disk at once, or in sorted runs."""

    def __init__(self, files: NewFiles, memory: int) -> None:
        """Start a generation; what is kept for later takes no more than about `memory` bytes."""
        self._files = files
        self._stack = ExitStack()
        blobs = ("articles", "texts", LEFT_OUT, TERMS, "bits")
        self._articles, self._texts, self._left_out, self._terms, self._bits = (
            self._stack.enter_context(BlobWriter(files, name)) for name in blobs
        )
        columns = (("passages.npy", 3), ("sentences.npy", 7), ("contexts.npy", 4))
        self._passages, self._sentences, self._contexts = (
            ArrayWriter(files, name, np.int32, count) for name, count in columns
        )
        self._passage_terms = TermIndexWriter(files, "passage-terms", memory // 8)
        self._sentence_terms = TermIndexWriter(files, "sentence-terms", memory // 4)
        self._vectors = VectorWriter(files, memory // 4)
        self._words = WordCounts()
        self._article_keys, self._passage_keys, self._article_files = bytearray(), bytearray(), list[int]()
        self.passages = self.sentences = self.tokens = 0
        """How many were added so far."""

    def __enter__(self) -> GenerationWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def add(self, article: NewArticle, passages: Sequence[tuple[SplitPassage, bytes, EncodedPassage]]) -> None:
        """Append an article with its passages, each with its key."""
        row = len(self._article_files)
        for blob, record in (
            (self._articles, article.record),
            (self._texts, article.text),
            (self._left_out, article.left_out),
            (self._terms, article.terms),
        ):
            blob.add(record)
        self._article_keys += article.key
        self._article_files.append(article.file)
        if not passages:
            return
        counted = Terms.parse(article.terms)
        self._words.add(article.language, counted.words)
        for (passage, key, encoded), (terms, of_sentences) in zip(passages, counted.passages, strict=True):
            self._add_passage(row, passage, encoded)
            self._passage_keys += key
            self._passage_terms.add(terms)
            for sentence_terms in of_sentences:
                self._sentence_terms.add(sentence_terms)

    @property
    def articles(self) -> int:
        """How many articles were added so far."""
        return len(self._article_files)

    def finish(self, exact_up_to: int, progress: Progress) -> Kind:
        """Write the tables, the terms and the vectors; at least one passage must have been added."""
        steps = (
            self._passages.finish,
            self._sentences.finish,
            self._contexts.finish,
            self._write_keys,
            lambda: self._files.write("words.txt", self._words.dump()),
            self._passage_terms.finish,
            self._sentence_terms.finish,
        )
        for number, step in enumerate(steps):
            progress("write", number, len(steps) + 1)
            step()
        progress("write", len(steps), len(steps) + 1)
        kind = self._vectors.finish(exact_up_to)
        progress("write", len(steps) + 1, len(steps) + 1)
        return kind

    def _write_keys(self) -> None:
        self._files.save(ARTICLE_KEYS, keys_in(self._article_keys))
        self._files.save(ARTICLE_FILES, np.array(self._article_files, dtype=np.int32))
        self._files.save(PASSAGE_KEYS, keys_in(self._passage_keys))

    def _add_passage(self, article: int, passage: SplitPassage, encoded: EncodedPassage) -> None:
        row = self.passages
        for (*place, kind), (first_token, last_token) in zip(passage.sentences, encoded.tokens.tolist(), strict=True):
            self._sentences.add((row, *place, first_token, last_token, kind))
        self._passages.add((article, passage.start, passage.end))
        for number, (start, end) in enumerate(passage.context):
            self._contexts.add((row, start, end, int(number < passage.headings)))
        self._vectors.add(encoded.vector)
        self._bits.add(encoded.bits.tobytes())
        self.passages += 1
        self.sentences += len(passage.sentences)
        self.tokens += len(encoded.bits)
