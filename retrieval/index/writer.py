"""Writes the files of one generation, passage by passage."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

import numpy as np

from retrieval.analysis import frequent_words, terms
from retrieval.articles.passages import context_text
from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.article_records import describe
from retrieval.index.bits import Bits
from retrieval.index.blobs import BlobWriter, write_all
from retrieval.index.bm25 import BM25
from retrieval.index.documents import Progress
from retrieval.index.vectors import Kind, Vectors
from retrieval.records import Article, Sentence

Placed = tuple[Sentence, int, int]
"""A sentence and its tokens, [first, last), among its passage's."""


class GenerationWriter:
    """Takes passages in order of (article id, start); token bits go to disk at once, tables at the end."""

    def __init__(self, files: NewFiles, articles: Sequence[Article]) -> None:
        """Start a generation of these articles, in order of their ids."""
        self._files = files
        self._aliases = [" ".join(article.aliases) for article in articles]
        write_all(files, "articles", map(describe, articles))
        write_all(files, "texts", (article.text.encode("utf-8", "surrogatepass") for article in articles))
        self._languages = [article.read_as for article in articles]
        self._bits = BlobWriter(files, "bits")
        self._passages: list[tuple[int, int, int]] = []
        self._sentences: list[tuple[int, int, int, int, int, int, int]] = []
        self._contexts: list[tuple[int, int, int, int]] = []
        self._vectors: list[Floats] = []
        self._passage_texts: list[str] = []
        self._sentence_texts: list[str] = []
        self.tokens = 0

    def __enter__(self) -> GenerationWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bits.__exit__(kind, error, trace)

    @property
    def passages(self) -> int:
        """How many passages were added so far."""
        return len(self._passages)

    @property
    def sentences(self) -> int:
        """How many sentences were added so far."""
        return len(self._sentences)

    def add(self, row: int, text: str, placed: Iterable[Placed], bits: Bits, vector: Floats) -> None:
        """Append a passage of the article at `row`, whose visible text is `text`."""
        passage, placed = self.passages, list(placed)
        first = placed[0][0]
        also = f"{self._aliases[row]}. " if self._aliases[row] else ""
        context = also + context_text(text, first.context)
        at = start = first.begin
        for sentence, first_token, last_token in placed:
            # Between two sentences of a passage stands only what is read with the latter.
            self._sentence_texts.append(context + text[at : sentence.end])
            at = sentence.end
            span = sentence.start, sentence.end, sentence.paragraph
            self._sentences.append((passage, *span, first_token, last_token, int(sentence.kind)))
        self._passages.append((row, start, at))
        self._passage_texts.append(context + text[start:at])
        for number, (context_start, context_end) in enumerate(first.context):
            self._contexts.append((passage, context_start, context_end, int(number < first.headings)))
        self._vectors.append(vector)
        self._bits.add(bits.tobytes())
        self.tokens += len(bits)

    def finish(self, exact_up_to: int, progress: Progress) -> Kind:
        """Write the tables, the terms and the vectors; at least one passage must have been added."""
        files, finished = self._files, itertools.count(1)
        total = len(self._passage_texts) + len(self._sentence_texts)

        def counted_terms(text: str, passage: int) -> list[str]:
            progress("write", next(finished), total)
            return terms(text, self._language_of(passage))

        progress("write", 0, total)
        files.save("passages.npy", np.array(self._passages, dtype=np.int32))
        files.save("sentences.npy", np.array(self._sentences, dtype=np.int32))
        files.save("contexts.npy", np.array(self._contexts, dtype=np.int32).reshape(-1, 4))
        files.write("words.txt", "\n".join(self._words()).encode())
        passages, owners = itertools.count(), (passage for passage, *_ in self._sentences)
        BM25.of(map(counted_terms, self._passage_texts, passages)).save(files, "passage-terms")
        BM25.of(map(counted_terms, self._sentence_texts, owners)).save(files, "sentence-terms")
        stacked = np.stack(self._vectors)
        self._vectors.clear()  # frees them before the new generation is opened to try it out
        vectors, kind = Vectors.of(stacked, exact_up_to)
        vectors.save(files, "vectors.faiss")
        return kind

    def _language_of(self, passage: int) -> str:
        return self._languages[self._passages[passage][0]]

    def _words(self) -> Iterator[str]:
        """Yield a line for each language: its code and its words, the most frequent first."""
        by_language: dict[str, list[str]] = {}
        for passage, text in enumerate(self._passage_texts):
            by_language.setdefault(self._language_of(passage), []).append(text)
        for language, texts in sorted(by_language.items()):
            yield " ".join([language, *frequent_words(texts)])
