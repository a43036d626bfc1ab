"""The passages of a new generation: taken over where article and title are the same as before, encoded where not."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path, PurePosixPath

import numpy as np

from retrieval.articles.corpus import unforeseen
from retrieval.articles.passages import Window, context_text, windows
from retrieval.articles.sentences import cut, why_none
from retrieval.articles.visible import visible_text
from retrieval.encoding.encoder import Encoder, Tokens
from retrieval.encoding.selection import Chosen
from retrieval.errors import QuothError
from retrieval.index.article_records import name_of
from retrieval.index.bits import pack
from retrieval.index.documents import Progress
from retrieval.index.generation import Generation
from retrieval.index.manifest import PassageSettings, check_encoder
from retrieval.index.writer import GenerationWriter, Placed
from retrieval.records import Article, LeftOut, Sentence, Warn

SPECIAL_PIECES = 2  # that a model puts around a text
_Key = tuple[str, str, int, str, str, tuple[str, ...]]


@dataclass
class _Draft:
    """An article on its way into the generation, with its passages' rows of before or its new windows."""

    article: Article
    old: range = range(0)
    windows: list[Window] = field(default_factory=list)
    left_out: tuple[LeftOut, ...] = ()

    @cached_property
    def text(self) -> str:
        """The article's visible text."""
        return visible_text(self.article)


class Drafts:
    """Drafts the passages of all articles and writes them."""

    def __init__(
        self, before: Generation | None, index: Path, chosen: Chosen, settings: PassageSettings, progress: Progress
    ) -> None:
        self._before, self._index, self._chosen = before, index, chosen
        self._settings, self._progress = settings, progress
        self.centre: tuple[float, ...] = before.manifest.centre if before is not None else ()
        """That of the generation before, so that new signs are taken about the same; else the encoder's."""
        self._rows: dict[_Key, int] = {}
        if before is not None:
            self._rows = {_key(article): row for row, article in enumerate(before.articles())}
        self.warnings: dict[str, list[Warn]] = {}
        """By the path of the file, warnings about articles without passages."""
        self.left_out: list[tuple[LeftOut, ...]] = []
        """By article, what is never quoted."""
        self.encoded = 0
        self.seconds = 0.0

    def write(self, articles: Sequence[Article], writer: GenerationWriter) -> None:
        """Write the passages of all articles."""
        drafts = [self._draft(article) for article in articles]
        self._write(drafts, writer)
        self.left_out = [draft.left_out for draft in drafts]

    def _write(self, drafts: Sequence[_Draft], writer: GenerationWriter) -> None:
        for draft in drafts:
            if _key(draft.article) in self._rows and not draft.old:
                self._sentences(draft)
        fresh = [draft for draft in drafts if _key(draft.article) not in self._rows]
        if not fresh:
            for row, draft in enumerate(drafts):
                self._take_over(row, draft, writer)
            return
        encoder = self._encoder()
        for count, draft in enumerate(fresh):
            self._progress("split", count, len(fresh))
            draft.windows = self._windows(draft, encoder)
        began = time.monotonic()
        total = sum(len(draft.windows) for draft in fresh)
        encoded = encoder.passages(self._texts(fresh))
        for row, draft in enumerate(drafts):
            self._take_over(row, draft, writer)
            for window in draft.windows:
                self._progress("encode", self.encoded, total)
                _add(row, draft.text, window, next(encoded), self.centre, writer)
                self.encoded += 1
        self._progress("encode", total, total)
        self.seconds = time.monotonic() - began

    def dropped(self, articles: Sequence[Article]) -> int:
        """Count the articles of the generation before that are not among these."""
        if self._before is None:
            return 0
        return len({article.id for article in self._before.articles()} - {article.id for article in articles})

    def _encoder(self) -> Encoder:
        encoder = self._chosen.load()
        if self._before is None:
            self.centre = tuple(encoder.centre.tolist())
        else:
            check_encoder(self._before.manifest, self._index, encoder)
        return encoder

    def _draft(self, article: Article) -> _Draft:
        row = self._rows.get(_key(article))
        if row is None or self._before is None:
            return _Draft(article)
        return _Draft(article, self._before.passages_of(row), left_out=self._before.left_out(row))

    def _title(self, article: Article) -> str:
        """Return the title and the aliases as they are read before each of an article's passages."""
        title = name_of(article.title, article.aliases)
        return f"{title}. " if self._settings.title and title else ""

    def _windows(self, draft: _Draft, encoder: Encoder) -> list[Window]:
        """Return an article's passages; none, with a warning, where that meets an error that nobody foresaw."""
        if not (sentences := self._sentences(draft)):
            return []
        with self._warning_of_errors(draft.article):
            return windows(draft.text, sentences, encoder.pieces, partial(self._limit, draft, encoder))
        return []

    def _sentences(self, draft: _Draft) -> tuple[Sentence, ...]:
        """Return an article's sentences, and note what else it holds; where it has no sentence, warn of that."""
        article = draft.article
        with self._warning_of_errors(article):
            sentences, left_out = cut(article, draft.text)
            draft.left_out = draft.left_out or left_out
            if sentences:
                return sentences
            named = f"holds the article {article.id!r}, which " if (article.path or "").endswith(".jsonl") else ""
            self._warn(article, Warn(article.path or article.id, f"{named}{why_none(article)}"))
        return ()

    @contextmanager
    def _warning_of_errors(self, article: Article) -> Iterator[None]:
        """Turn an error that nobody foresaw into a warning about the article's file."""
        try:
            yield
        except (MemoryError, OSError, QuothError):  # the machine's fault, not the article's
            raise
        except Exception as error:  # noqa: BLE001 - one article never ends the build
            self._warn(article, replace(unforeseen(article.path or article.id, error), retry=False))

    def _warn(self, article: Article, warn: Warn) -> None:
        self.warnings.setdefault(article.path or article.id, []).append(warn)

    def _limit(self, draft: _Draft, encoder: Encoder, first: Sentence) -> int:
        """Return the word pieces that the passage of a sentence may have: the encoder would not see more."""
        context = context_text(draft.text, first.context)
        before = encoder.pieces(encoder.prompts[1] + self._title(draft.article) + context)
        return max(1, min(self._settings.max_pieces, encoder.spec.max_pieces - SPECIAL_PIECES - before))

    def _texts(self, drafts: Sequence[_Draft]) -> Iterator[tuple[str, str]]:
        for draft in drafts:
            title = self._title(draft.article)
            for window in draft.windows:
                yield title, context_text(draft.text, window.context) + draft.text[window.start : window.end]

    def _take_over(self, row: int, draft: _Draft, writer: GenerationWriter) -> None:
        before = self._before
        if before is None or not draft.old:
            return
        vectors = before.vectors.rows(np.arange(draft.old.start, draft.old.stop))
        for old, vector in zip(draft.old, vectors, strict=True):
            context, headings = before.context_of(old), len(before.headings_of(old))
            lead = before.passage(old).start
            placed: list[Placed] = []
            for sentence in map(before.sentence, before.sentences_of(old)):
                taken = Sentence(
                    sentence.start, sentence.end, sentence.paragraph, 0, sentence.kind, lead, context, headings
                )
                placed.append((taken, sentence.first_token, sentence.last_token))
                lead = -1
            writer.add(row, draft.text, placed, before.bits(old), vector)


def _key(article: Article) -> _Key:
    """Return what an article's passages depend on; its file's ending decides how the text is cut into blocks."""
    ending = PurePosixPath(article.path or "").suffix.lower()
    return article.sha256, article.title, article.body, ending, article.language, article.aliases


def _add(
    row: int, text: str, window: Window, tokens: Tokens, centre: tuple[float, ...], writer: GenerationWriter
) -> None:
    starts = tokens.offsets[:, 0] + window.start - len(context_text(text, window.context))
    placed: list[Placed] = [
        (sentence, int(np.searchsorted(starts, sentence.start)), int(np.searchsorted(starts, sentence.end)))
        for sentence in window.sentences
    ]
    writer.add(row, text, placed, pack(tokens.vectors, np.asarray(centre, dtype=np.float32)), tokens.pooled)
