"""An article -> its passages, their terms, and what of it is never quoted: all but what an encoder gives."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from retrieval.analysis import printed_words, terms
from retrieval.articles.passages import Window, context_text, windows
from retrieval.articles.sentences import cut, why_none
from retrieval.articles.visible import visible_text
from retrieval.encoding.encoder import Encoder
from retrieval.index.article_records import describe_left_out, name_of
from retrieval.index.encoded import PassageText
from retrieval.index.keys import key_of
from retrieval.index.manifest import PassageSettings
from retrieval.records import Article, Sentence

SPECIAL_PIECES = 2  # that a model puts around a text
SentenceRow = tuple[int, int, int, int]
"""Start, end, paragraph and kind of a sentence."""


@dataclass(frozen=True, slots=True)
class SplitPassage:
    """A passage of an article."""

    title: str
    """Read before it, when it is encoded."""
    text: str
    """What it stands under, then its own text."""
    start: int
    """Where it begins in the article."""
    end: int
    sentences: Sequence[SentenceRow]
    context: Sequence[tuple[int, int]]
    """Spans of what it stands under, the outermost first."""
    headings: int
    """How many of these are headings; they come first."""

    @property
    def to_encode(self) -> PassageText:
        """What is encoded of it."""
        offset = self.start - (len(self.text) - (self.end - self.start))
        spans = tuple((start - offset, end - offset) for start, end, _, _ in self.sentences)
        return PassageText(self.title, self.text, spans)


@dataclass(frozen=True, slots=True)
class Terms:
    """What BM25 and the lists of words count of an article."""

    words: Sequence[tuple[str, int]]
    """How often each word is printed in its passages."""
    passages: Sequence[tuple[Sequence[str], Sequence[Sequence[str]]]]
    """The terms of each passage, and those of each of its sentences."""

    def dump(self) -> bytes:
        """Return them as bytes, the same for the same terms."""
        return zlib.compress(
            json.dumps([self.words, self.passages], ensure_ascii=False).encode("utf-8", "surrogatepass"), 1
        )

    @classmethod
    def parse(cls, raw: bytes) -> Terms:
        """Return what `dump` wrote; raises ValueError, zlib.error."""
        return cls(*json.loads(zlib.decompress(raw)))


@dataclass(frozen=True, slots=True)
class SplitArticle:
    """What splitting gives of an article."""

    passages: Sequence[SplitPassage]
    left_out: bytes
    """Its record in left-out.bin."""
    terms: bytes
    problem: str = ""
    """Why it has no passage, as a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Splitter:
    """Splits articles into passages that an encoder sees whole."""

    pieces: Callable[[str], int]
    """Counts the word pieces of a text."""
    prompt: str
    """What the model wants before a passage."""
    max_pieces: int
    """Word pieces that the encoder sees."""
    settings: PassageSettings

    @classmethod
    def of(cls, encoder: Encoder, settings: PassageSettings) -> Splitter:
        """Return the splitter for an encoder."""
        return cls(encoder.pieces, encoder.prompts[1], encoder.spec.max_pieces, settings)

    def split(self, article: Article) -> SplitArticle:
        """Split an article."""
        text = visible_text(article)
        sentences, left_out = cut(article, text)
        problem = "" if sentences else why_none(article)
        title = self._title(article)
        packed = windows(text, sentences, self.pieces, partial(self._limit, text, title))
        passages = [_passage(title, text, window) for window in packed]
        return SplitArticle(passages, describe_left_out(left_out), _terms(article, passages).dump(), problem)

    def _title(self, article: Article) -> str:
        """Return the title and the aliases as they are read before each of an article's passages."""
        title = name_of(article.title, article.aliases)
        return f"{title}. " if self.settings.title and title else ""

    def _limit(self, text: str, title: str, first: Sentence) -> int:
        """Return the word pieces that the passage of a sentence may have: the encoder would not see more."""
        before = self.pieces(self.prompt + title + context_text(text, first.context))
        return max(1, min(self.settings.max_pieces, self.max_pieces - SPECIAL_PIECES - before))


def article_key(article: Article) -> bytes:
    """Return the key of what an article's passages depend on; its file's ending decides how it is cut into blocks."""
    ending = PurePosixPath(article.path or "").suffix.lower()
    facts = article.title, str(article.body), ending, article.language, *article.aliases
    return key_of(article.sha256, *facts)


def _passage(title: str, text: str, window: Window) -> SplitPassage:
    first = window.sentences[0]
    sentences = [(each.start, each.end, each.paragraph, int(each.kind)) for each in window.sentences]
    read = context_text(text, window.context) + text[window.start : window.end]
    return SplitPassage(title, read, window.start, window.end, sentences, first.context, first.headings)


def _terms(article: Article, passages: Sequence[SplitPassage]) -> Terms:
    also = f"{' '.join(article.aliases)}. " if article.aliases else ""
    printed = Counter[str]()
    counted: list[tuple[list[str], list[list[str]]]] = []
    for passage in passages:
        text = also + passage.text
        context = text[: len(text) - (passage.end - passage.start)]
        offset = passage.start - len(context)
        printed.update(printed_words(text))
        # Between two sentences of a passage stands only what is read with the latter.
        begins = [passage.start, *(end for _, end, _, _ in passage.sentences)]
        of_sentences = [
            terms(context + text[begin - offset : end - offset], article.read_as)
            for begin, (_, end, _, _) in zip(begins, passage.sentences, strict=False)
        ]
        counted.append((terms(text, article.read_as), of_sentences))
    return Terms(sorted(printed.items()), counted)
