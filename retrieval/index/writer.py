"""Writes the files of one generation, article by article."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from retrieval.files import NewFiles
from retrieval.index.arrays import ArrayWriter
from retrieval.index.article_records import LEFT_OUT, parse_article
from retrieval.index.blobs import BlobWriter
from retrieval.index.documents import Progress
from retrieval.index.encoded import EncodedPassage
from retrieval.index.facts import FactsWriter, facts_of
from retrieval.index.former import ARTICLE_FILES, ARTICLE_KEYS, PASSAGE_KEYS, TERMS
from retrieval.index.keys import keys_in
from retrieval.index.postings import PostingsWriter
from retrieval.index.sentence_terms import SentenceTermsWriter
from retrieval.index.splitting import SplitPassage, Terms
from retrieval.index.strings import encoded as sortable
from retrieval.index.strings import save_strings
from retrieval.index.vectors import Kind, VectorWriter
from retrieval.index.words import WordsWriter

BLOBS = ("articles", "texts", LEFT_OUT, TERMS, "bits")
TABLES = (
    "passages", "sentences", "contexts", "first-passages", "first-sentences", "first-contexts", ARTICLE_FILES,
)  # fmt: skip
KEYS = (ARTICLE_KEYS, PASSAGE_KEYS)


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


class GenerationWriter:
    """Takes articles in order of their ids, each with its passages, and writes all but what is sorted at the end."""

    def __init__(self, files: NewFiles, memory: int) -> None:
        """Start a generation; what is sorted at the end takes about `memory` bytes at a time."""
        self._files = files
        self._facts, self._words = FactsWriter(files), WordsWriter(files)
        self._ids = list[bytes]()
        self.articles = self.passages = self.sentences = self.tokens = 0
        """How many were added so far."""
        self._contexts = 0
        with ExitStack() as stack:
            self._passage_terms = stack.enter_context(PostingsWriter(files, "passage-terms", memory // 4))
            self._sentence_terms = stack.enter_context(SentenceTermsWriter(files, "sentence-terms", memory // 4))
            self._held = stack.pop_all()
        with ExitStack() as stack:
            self._blobs = {name: stack.enter_context(BlobWriter(files, name)) for name in BLOBS}
            self._vectors = stack.enter_context(VectorWriter(files))
            self._rows = {name: stack.enter_context(ArrayWriter(files, name, np.int32)) for name in TABLES}
            self._keys = {name: stack.enter_context(ArrayWriter(files, name, np.uint64)) for name in KEYS}
            self._tables = stack.pop_all()

    def __enter__(self) -> GenerationWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None or not self.passages:  # it will not be finished
            self._held.close()
            self._tables.__exit__(kind, error, trace)

    def add(self, article: NewArticle, passages: Sequence[tuple[SplitPassage, bytes, EncodedPassage]]) -> None:
        """Append an article with its passages, each with its key."""
        described = parse_article(article.record, b"")
        self._ids.append(sortable(described.id))
        self._facts.add(facts_of(described))
        records = article.record, article.text, article.left_out, article.terms
        for name, record in zip(BLOBS, records, strict=False):
            self._blobs[name].add(record)
        self._keys[ARTICLE_KEYS].add(keys_in(article.key))
        self._rows[ARTICLE_FILES].add(article.file)
        self._rows["first-passages"].add(self.passages)
        if passages:
            counted = Terms.parse(article.terms)
            self._words.add(counted.words, described.read_as)
            for (passage, key, encoded), (terms, of_sentences) in zip(passages, counted.passages, strict=True):
                self._keys[PASSAGE_KEYS].add(keys_in(key))
                self._passage_terms.add(terms)
                for sentence_terms in of_sentences:
                    self._sentence_terms.add(sentence_terms)
                self._add_passage(passage, encoded)
        self.articles += 1

    def finish(self, exact_up_to: int, progress: Progress) -> Kind:
        """Write what is sorted, once all articles were added; there must be at least one passage."""
        with self._tables:
            self._rows["first-passages"].add(self.passages)
            self._rows["first-sentences"].add(self.sentences)
            self._rows["first-contexts"].add(self._contexts)
        self._facts.finish()
        save_strings(self._files, "ids", self._ids)
        finishing = (self._passage_terms.finish, self._sentence_terms.finish, self._words.finish)
        for done, finish in enumerate(finishing):
            progress("write", done, len(finishing) + 1)
            finish()
        kind = self._vectors.finish(exact_up_to)
        self._held.close()
        progress("write", len(finishing) + 1, len(finishing) + 1)
        return kind

    def _add_passage(self, passage: SplitPassage, encoded: EncodedPassage) -> None:
        rows, row = self._rows, self.passages
        rows["first-sentences"].add(self.sentences)
        rows["first-contexts"].add(self._contexts)
        rows["passages"].add((self.articles, passage.start, passage.end))
        rows["sentences"].add(
            [
                (row, *place, first_token, last_token, kind)
                for (*place, kind), (first_token, last_token) in zip(
                    passage.sentences, encoded.tokens.tolist(), strict=True
                )
            ]
        )
        if passage.context:
            rows["contexts"].add(
                [
                    (row, start, end, int(number < passage.headings))
                    for number, (start, end) in enumerate(passage.context)
                ]
            )
        self._vectors.add(encoded.vector)
        self._blobs["bits"].add(encoded.bits.tobytes())
        self.passages += 1
        self.sentences += len(passage.sentences)
        self._contexts += len(passage.context)
        self.tokens += len(encoded.bits)
