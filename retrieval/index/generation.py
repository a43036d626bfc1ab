"""A generation opened for reading: articles, passages, sentences, vectors, token bits and terms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np

from retrieval.articles.labels import labels_in
from retrieval.articles.marks import plain
from retrieval.articles.passages import context_line, context_part, context_text
from retrieval.articles.visible import ending_of, visible_text
from retrieval.caching import cached
from retrieval.dates import Period
from retrieval.encoding.encoder import Floats
from retrieval.errors import IndexDamaged, IndexFault, IndexMismatch
from retrieval.filters import ArticleFacts
from retrieval.index import folder as folders
from retrieval.index.article_records import LEFT_OUT, name_of, parse_article, parse_left_out, place_of
from retrieval.index.bits import Bits, parse_bits
from retrieval.index.blobs import Blobs
from retrieval.index.bm25 import BM25
from retrieval.index.facts import Facts
from retrieval.index.faults import check_file, damaged, reading
from retrieval.index.listing import ListedGeneration
from retrieval.index.manifest import Manifest
from retrieval.index.rows import PassageRow, Rows, SentenceRow
from retrieval.index.sentence_terms import SentenceTerms
from retrieval.index.store import Store, is_whole
from retrieval.index.strings import Strings, encoded
from retrieval.index.vectors import EXACT, Vectors
from retrieval.index.words import Words
from retrieval.readable import MARKDOWN
from retrieval.records import Article, ArticleRef, Citation, Kind, LeftOut
from retrieval.redaction import public_address
from retrieval.regular_files import read_regular

SEARCH_FILES = frozenset({"vectors.array", "words.bin", "words.array"})
"""What only questions need, beside what is in folders: a generation that serves citations alone never reads them."""


class Generation:
    """One immutable generation. Opening checks every file's size, and the checksums of small files.

    Those of the blocks or the records of larger files are checked as these are read.
    """

    def __init__(self, folder: Path, manifest: Manifest, *, searched: bool = True) -> None:
        """Without `searched`, leave the checksums of what only questions need alone, since they will not be asked."""
        for name, (size, digest) in manifest.files.items():
            is_unread = not searched and (name in SEARCH_FILES or "/" in name)
            check_file(folder / name, size, digest if is_whole(name, size) and not is_unread else None)
        with reading(folder):
            self._open(folder, manifest, Store(folder, manifest.files), searched=searched)

    def _open(self, folder: Path, manifest: Manifest, store: Store, *, searched: bool) -> None:
        """Open the files of a store, wherever that has them."""
        self.folder, self.manifest, self._files = folder, manifest, store
        self.passages = store.array("passages", np.int32, 3)
        self.sentences = store.array("sentences", np.int32, 7)
        """[passages, 3] and [sentences, 7], columns as PassageRow and SentenceRow (but for its article) name them;
        both in order of (article id, start), so that the row number breaks ties."""
        self.contexts = store.array("contexts", np.int32, 4)
        """[spans, 4], passage, start, end, is a heading: what each passage stands under, the outermost first."""
        self._first_passage = store.array("first-passages", np.int32)
        self._first_sentence = store.array("first-sentences", np.int32)
        self._first_context = store.array("first-contexts", np.int32)
        """Of each article its first passage, and of each passage its first sentence and its first context; the last
        row is how many there are."""
        self._ids = Strings(store, "ids")
        self.all_facts = Facts(store)
        """What filters know of all articles."""
        self._articles = Blobs(store, "articles")
        self.texts = Blobs(store, "texts")
        self._bits = Blobs(store, "bits")
        self._left_out = Blobs(store, LEFT_OUT)
        if searched:
            self._open_searches(store)
        self.centre: Floats = np.asarray(manifest.centre, dtype=np.float32)
        """[dimension], what the signs of token vectors are taken about."""
        # A cache of a few decoded articles: neighbouring quotes come from the same ones.
        self._cached_article = cached(self._article, 64)
        self._cached_visible_text = cached(self._visible_text, 64)
        self._cached_row = cached(self._row_of, 4096)
        self._cached_passage = cached(self._passage, 4096)
        self._cached_sentence = cached(self._sentence, 4096)
        self._cached_date = cached(self._published, 4096)

    def _open_searches(self, store: Store) -> None:
        """Open what only questions need."""
        manifest, counts = self.manifest, self.manifest.counts
        self.vectors = Vectors(store, manifest.encoder.dimension, exact=manifest.vectors == EXACT)
        self.passage_terms = BM25(store, "passage-terms", counts.passages)
        self.sentence_terms = SentenceTerms(store, "sentence-terms", counts.sentences)
        self.words = Words(store)
        self.languages = self.words.languages()
        """The languages of its passages, in order of their codes."""

    @classmethod
    def current(cls, index: Path) -> Generation:
        """Open the current generation of an index."""
        while True:
            newest = folders.listed(index)[0]
            try:
                return cls.opened(newest)
            except IndexDamaged:
                # Builds may have replaced and pruned what was current a moment ago: look again where they have.
                if folders.listed(index)[0] == newest:
                    raise

    @classmethod
    def opened(cls, listed: ListedGeneration, *, searched: bool = True) -> Generation:
        """Open a generation that is listed; raises IndexDamaged, IndexUnreadable, IndexMismatch."""
        return cls(listed.folder, listed.parsed(), searched=searched)

    @classmethod
    def former(cls, index: Path, on_fault: Callable[[IndexFault], None] | None = None) -> Iterator[Generation]:
        """Open the kept generations before the current one, newest first, to look citations up in.

        Those that another version of quoth made, and those that a build removes meanwhile, are skipped. Raises
        IndexFault for one that is damaged or cannot be read, or skips it and gives its fault to `on_fault`.
        """
        for listed in folders.listed(index)[1:]:
            try:
                yield cls.opened(listed, searched=False)
            except IndexFault as error:
                if isinstance(error, IndexMismatch) or listed.folder not in folders.generations(index):
                    continue
                if on_fault is None:
                    raise
                on_fault(error)

    @cached_property
    def searchable(self) -> Blobs:
        """All texts, checked, since a damaged byte would hide a text that is searched for."""
        self.texts.check()
        return self.texts

    def check_lengths(self) -> None:
        """Raise IndexDamaged where a file was cut since this was opened, which ends a process that reads it."""
        self._files.check_lengths()

    def left_out(self, article: int) -> tuple[LeftOut, ...]:
        """Return the pieces of the article at a row that are never quoted."""
        return parse_left_out(self._left_out[article])

    def expect(self, passages: Sequence[int]) -> None:
        """Have all that scores and cites the sentences of these passages read at once, and not one after another."""
        rows = np.array(passages, dtype=np.int64)
        first, last = self._first_sentence[rows], self._first_sentence[rows + 1]
        self.sentences.expect(first, last)
        self.sentence_terms.expect(first, last)
        self._bits.expect(rows)
        articles = np.unique(self.passages[rows, 0])
        self._articles.expect(articles)
        self.texts.expect(articles)

    def __len__(self) -> int:
        return len(self._articles)

    def article(self, row: int) -> Article:
        """Return the article at a row."""
        return self._cached_article(row)

    def visible_text(self, row: int) -> str:
        """Return the text of the article at a row, at its length, with white space for what its page does not show."""
        return self._cached_visible_text(row)

    def row_of(self, article: str) -> int | None:
        """Return the row of the article with this id, or None where there is none."""
        return self._cached_row(article)

    def published(self, row: int) -> Period | None:
        """Return when the article at a row was published; None where it has no date that can be read."""
        return self._cached_date(row)

    def _article(self, row: int) -> Article:
        try:
            return parse_article(self._articles[row], self.texts[row])
        except (ValueError, TypeError, KeyError) as error:
            raise damaged(self.folder / "articles.bin", f"record {row} is not an article") from error

    def _visible_text(self, row: int) -> str:
        return visible_text(self.article(row))

    def _described(self, row: int) -> dict[str, Any]:
        return cast(dict[str, Any], json.loads(self._articles[row]))

    def ref(self, article: int) -> ArticleRef:
        """Return a reference to the article at a row, without reading its text."""
        described = self._described(article)
        return ArticleRef(described["id"], described["title"], public_address(described["url"]))

    def name(self, article: int) -> str:
        """Return the title of the article at a row with its aliases, without reading its text."""
        described = self._described(article)
        return name_of(described["title"], described["aliases"]) if described["aliases"] else str(described["title"])

    def facts(self, article: int) -> ArticleFacts:
        """Return what filters know of the article at a row, without reading its text."""
        return self.all_facts.of(article)

    def _published(self, article: int) -> Period | None:
        return self.facts(article).published

    def age(self, passage: int) -> int:
        """Return what sorts passages with equal scores: below 0, the smaller the newer; 0 without a date."""
        published = self.published(int(self.passages[passage, 0]))
        return published.age if published else 0

    def articles(self) -> Iterator[Article]:
        """Yield all articles, by id."""
        return (self._article(row) for row in range(len(self)))

    def _row_of(self, article: str) -> int | None:
        return self._ids.row(encoded(article))

    def cited(self, article_id: str, sha256: str) -> int | None:
        """Return the row of the article with this id if it is the version that was cited, else None.

        `sha256` is the cited version's, or its first digits.
        """
        self.check_lengths()
        row = self.row_of(article_id)
        return row if row is not None and self.article(row).sha256.startswith(sha256) else None

    def language_of(self, passage: int) -> str:
        """Return the language of the passage at a row."""
        return self.article(self.passage(passage).article).read_as

    def sentences_of(self, passage: int) -> range:
        """Return the rows of a passage's sentences."""
        return range(*self._first_sentence[passage : passage + 2].tolist())

    def passage(self, row: int) -> PassageRow:
        """Return where the passage at a row stands."""
        return self._cached_passage(row)

    def sentence(self, row: int) -> SentenceRow:
        """Return where the sentence at a row stands."""
        return self._cached_sentence(row)

    def _passage(self, row: int) -> PassageRow:
        return PassageRow(*self.passages[row].tolist())

    def _sentence(self, row: int) -> SentenceRow:
        *place, kind = self.sentences[row].tolist()
        return SentenceRow._make([self.passage(place[0]).article, *place, Kind(kind)])

    def text(self, span: PassageRow | SentenceRow) -> str:
        """Return the words of a passage or a sentence."""
        return self.article(span.article).text[span.start : span.end]

    def context_of(self, passage: int) -> tuple[tuple[int, int], ...]:
        """Return the spans of what a passage stands under, the outermost first."""
        first, last = self._first_context[passage : passage + 2].tolist()
        return tuple((start, end) for _, start, end, _ in self.contexts[first:last].tolist())

    def headings_of(self, passage: int) -> tuple[tuple[int, int], ...]:
        """Return the spans of the headings that a passage stands under, the outermost first."""
        first, last = self._first_context[passage : passage + 2].tolist()
        return tuple((start, end) for _, start, end, heading in self.contexts[first:last].tolist() if heading)

    def context_text(self, passage: int) -> str:
        """Return what is read before a passage, besides its article's title."""
        return context_text(self.visible_text(self.passage(passage).article), self.context_of(passage))

    def plain_context(self, passage: int) -> str:
        """Return what `context_text` does in words alone, as the reader knows text."""
        article = self.passage(passage).article
        return context_line(self.plain(article, start, end) for start, end in self.context_of(passage))

    def lead_text(self, row: int) -> str:
        """Return what is read with the sentence at a row though never quoted: its number in a list, its question."""
        sentence = self.sentence(row)
        first = row == self.sentences_of(sentence.passage).start
        begin = self.passage(sentence.passage).start if first else self.sentence(row - 1).end
        return self.article(sentence.article).text[begin : sentence.start]

    def plain(self, article: int, start: int, end: int) -> str:
        """Return the words of a span of an article as one line without marks."""
        return plain(self.article(article).text[start:end])

    def passages_of(self, article: int) -> range:
        """Return the rows of an article's passages."""
        return range(*self._first_passage[article : article + 2].tolist())

    def sentences_in(self, article: int) -> range:
        """Return the rows of an article's sentences."""
        passages = self.passages_of(article)
        if not passages:
            return range(0)
        return range(int(self._first_sentence[passages.start]), int(self._first_sentence[passages.stop]))

    def spans_in(self, article: int) -> Rows:
        """Return start, end and paragraph of each of an article's sentences, [sentences, 3]."""
        rows = self.sentences_in(article)
        spans: Rows = self.sentences[rows.start : rows.stop, 1:4]
        return spans

    def bits(self, passage: int) -> Bits:
        """Return the token bits of a passage, [tokens, dimension / 8]."""
        return parse_bits(self._bits[passage], self.manifest.encoder.dimension)

    def cite(self, article: int, start: int, end: int, paragraph: int) -> Citation:
        """Return the citation of a span."""
        quoted = self.article(article)
        locator, url = place_of(quoted, start, end)
        return Citation(
            article=quoted.id,
            title=quoted.title,
            start=start,
            end=end,
            paragraph=paragraph,
            sha256=quoted.sha256,
            source=quoted.source,
            published=quoted.published,
            url=public_address(url),
            path=quoted.path,
            section=self._section(article, start),
            labels=labels_in(quoted.text, start, end) if ending_of(quoted) in MARKDOWN else (),
            encoding=None if quoted.converted else quoted.encoding,
            locator=locator,
            converter=quoted.converter,
        )

    def _section(self, article: int, start: int) -> tuple[str, ...]:
        """Return the headings that the passage of an article at `start` stands under, the outermost first."""
        rows = self.passages_of(article)
        after = int(np.searchsorted(self.passages[rows.start : rows.stop, 1], start, side="right"))
        if not after:
            return ()
        text = self.visible_text(article)
        spans = self.headings_of(rows.start + after - 1)
        return tuple(context_part(text, first, last) for first, last in spans)

    def read_file(self, name: str) -> bytes:
        """Return a file of the generation whole; raises OSError."""
        return read_regular(self.folder / name)

    def verify(self) -> Iterator[str]:
        """Check every byte against the manifest; yields each checked file's name, raises IndexDamaged."""
        for name, (size, digest) in self.manifest.files.items():
            check_file(self.folder / name, size, digest)
            yield name
