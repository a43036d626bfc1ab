"""Articles in order of their ids -> a generation: passages taken over, taken from an ended build, or encoded."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.articles.left_out import characters
from retrieval.encoding.encoder import EncoderSpec
from retrieval.index.article_records import parse_left_out
from retrieval.index.catalogue import Place
from retrieval.index.documents import Progress
from retrieval.index.encoded import Encode, EncodedPassage, PassageText
from retrieval.index.former import Former, split_passage
from retrieval.index.gathering import Gathered
from retrieval.index.journal import Journal
from retrieval.index.keys import Keys, bytes_of
from retrieval.index.reading import ArticleParts, parse_parts
from retrieval.index.splitting import SplitPassage
from retrieval.index.writer import GenerationWriter, NewArticle
from retrieval.records import Reason

Flags = NDArray[np.bool_]
Passage = tuple[SplitPassage, bytes, EncodedPassage]


class Assembly:
    """Writes the articles of a corpus."""

    def __init__(
        self, gathered: Gathered, former: Former | None, read: Journal, dimension: int, progress: Progress
    ) -> None:
        """`read` holds what was read of articles that are not in the generation before."""
        self._dimension = dimension
        self._gathered, self._catalogue, self._former = gathered, gathered.catalogue, former
        self._read, self._progress = read, progress
        self.encoded = 0
        self.seconds = 0.0
        """Of encoding."""
        self.left_out = Counter[Reason]()
        """Characters that are never quoted, by the reason."""
        self.characters = 0
        """Of all texts."""
        keys = self._catalogue.passage_keys
        none = np.full(len(keys), -1, dtype=np.int64)
        self._old_rows = former.passages_with(keys) if former else none
        self._kept_rows = none
        self._kept: Journal | None = None

    @property
    def passage_keys(self) -> Keys:
        """The keys of its passages."""
        return self._catalogue.passage_keys

    def look_up(self, kept: Journal) -> None:
        """Find the passages that are encoded already, by a build that was ended or in an index that is damaged."""
        self._kept, self._kept_rows = kept, kept.table.rows(self.passage_keys)

    @cached_property
    def to_encode(self) -> int:
        """How many passages are in neither the generation before nor what is kept."""
        return self._count_of(self._is_missing)

    @property
    def kept(self) -> int:
        """How many passages are in what is kept alone."""
        return self._count_of((self._old_rows < 0) & (self._kept_rows >= 0))

    @property
    def taken_over(self) -> int:
        """How many passages are taken over with their articles."""
        if self._former is None:
            return 0
        old = (self._catalogue.old(row) for row in self._gathered.order)
        return sum(len(self._former.generation.passages_of(row)) for row in old if row is not None)

    @property
    def characters_to_encode(self) -> int:
        """How many characters the passages to encode have, about."""
        new = [row for row in self._gathered.order if self._catalogue.passages(row)]
        passages = sum(len(self._catalogue.passages(row)) for row in new)
        characters = sum(self._catalogue.characters[row] for row in new)
        return characters * self.to_encode // max(passages, 1)

    @property
    def read_size(self) -> int:
        """How many bytes the journal has of what was read."""
        return self._read.size

    @property
    def kept_size(self) -> int:
        """How many bytes the journal has of what was encoded before."""
        return self._kept.size if self._kept else 0

    @property
    def dropped(self) -> int:
        """How many articles of the generation before are gone."""
        if self._former is None:
            return 0
        catalogue, rows = self._catalogue, self._gathered.order
        ids = {catalogue.ids[row] for row in rows}
        unchanged = {catalogue.old(row) for row in rows if catalogue.place(row) is None}
        others = (row for row in range(len(self._former.generation)) if row not in unchanged)
        return sum(self._former.id_of(row) not in ids for row in others)

    @property
    def has_new(self) -> bool:
        """Whether an article has passages that are not taken over with it."""
        return any(self._catalogue.passages(row) for row in self._gathered.order)

    @cached_property
    def _is_missing(self) -> Flags:
        return np.asarray((self._old_rows < 0) & (self._kept_rows < 0))

    def _count_of(self, flags: Flags) -> int:
        """Return how many of the passages that are not left out are flagged."""
        before = np.concatenate([[0], np.cumsum(flags)])
        rows = (self._catalogue.passages(row) for row in self._gathered.order)
        return int(sum(before[passages.stop] - before[passages.start] for passages in rows))

    def write(self, writer: GenerationWriter, encoded: Iterator[EncodedPassage]) -> None:
        """Write all articles; `encoded` gives the passages of `missing` in turn."""
        numbers = self._numbers()
        for count, row in enumerate(self._gathered.order):
            if not self.to_encode:
                self._progress("write", count, len(self._gathered.order))
            place, old = self._catalogue.place(row), self._catalogue.old(row)
            file = numbers[self._catalogue.documents[row]]
            parts = self._parts(row, place, old)
            passages = self._new_passages(row, parts, encoded) if old is None else self._taken_over(old)
            records = parts.record, parts.text, parts.left_out, parts.terms
            article = NewArticle(*records, self._catalogue.article_key(row), file)
            writer.add(article, passages)
            self._count(row, parts)

    def missing(self) -> Iterator[PassageText]:
        """Yield the passages to encode, in order."""
        for row in self._gathered.order:
            rows = self._catalogue.passages(row)
            if self._is_missing[rows.start : rows.stop].any():
                passages = self._stored(self._catalogue.place(row)).passages
                yield from (passages[at - rows.start].to_encode for at in rows if self._is_missing[at])

    def encode(
        self, spec: EncoderSpec, encode: Encode, on_encoded: Callable[[int, float], None]
    ) -> Generator[EncodedPassage, None, None]:
        """Encode what is missing, keeping each passage as it comes; `on_encoded` gets how many, and the seconds."""
        began, kept = time.monotonic(), self._kept
        assert kept is not None
        for passage, encoded in encode(self.missing()):
            if not self.encoded:  # workers may have been started before
                self._progress("encode", 0, self.to_encode)
            kept.add(passage.key(spec), encoded.dump())
            self.encoded += 1
            self.seconds = time.monotonic() - began
            on_encoded(self.encoded, self.seconds)
            self._progress("encode", self.encoded, self.to_encode)
            yield encoded

    def _numbers(self) -> list[int]:
        """Return the row that each file has in sources.json: those that could not be read are not listed."""
        numbers, count = list[int](), 0
        for document in self._gathered.documents:
            numbers.append(-1 if document.retry else count)
            count += not document.retry
        return numbers

    def _stored(self, place: Place | None) -> ArticleParts:
        assert place is not None
        return parse_parts(self._read.read(place.record, place.start, place.length))

    def _parts(self, row: int, place: Place | None, old: int | None) -> ArticleParts:
        """Return what is kept of an article, under the id that it has now."""
        stored = self._former_parts(old, place) if old is not None else self._stored(place)
        described = json.loads(stored.record)
        if described["id"] == self._catalogue.ids[row]:
            return stored
        described["id"] = self._catalogue.ids[row]
        record = json.dumps(described, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
        return ArticleParts(record, stored.text, stored.left_out, stored.terms, stored.passages_json)

    def _former_parts(self, old: int, place: Place | None) -> ArticleParts:
        """Return an article whose passages are taken over; what is told of it may have changed where it was read."""
        assert self._former is not None
        record, text, left_out = self._former.records(old)
        if place is not None:
            stored = self._stored(place)
            record, text = stored.record, stored.text
        return ArticleParts(record, text, left_out, self._former.terms(old), b"[]")

    def _taken_over(self, old: int) -> list[Passage]:
        assert self._former is not None
        rows = self._former.generation.passages_of(old)
        if not rows:
            return []
        keys = (bytes_of(key) for key in self._former.passage_keys[rows.start : rows.stop])
        splits = (split_passage(self._former.generation, row) for row in rows)
        return list(zip(splits, keys, self._former.encoded(rows), strict=True))

    def _new_passages(self, row: int, parts: ArticleParts, encoded: Iterator[EncodedPassage]) -> list[Passage]:
        rows = self._catalogue.passages(row)
        if not rows:
            return []
        return [
            (passage, self._catalogue.passage_key(at), self._encoded(at, encoded))
            for at, passage in zip(rows, parts.passages, strict=True)
        ]

    def _encoded(self, at: int, encoded: Iterator[EncodedPassage]) -> EncodedPassage:
        if self._old_rows[at] >= 0 and self._former is not None:
            return self._former.encoded([int(self._old_rows[at])])[0]
        if self._kept_rows[at] >= 0 and self._kept is not None:
            return EncodedPassage.parse(self._kept.read(self._kept.offset(int(self._kept_rows[at]))), self._dimension)
        return next(encoded)

    def _count(self, row: int, parts: ArticleParts) -> None:
        known = self._catalogue.characters[row]
        self.characters += characters(parts.text.decode("utf-8", "surrogatepass")) if known < 0 else known
        for piece in parse_left_out(parts.left_out):
            self.left_out[piece.reason] += piece.characters
