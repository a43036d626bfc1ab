"""An index of as many passages as asked for, made in minutes: real ones first, and others re-drawn from real sentences.

A drawn passage takes its sentences from two real passages that no planted question is about, of the same articles as
those or of others. Of each word one in five is drawn again by how often words occur, and one in two hundred is made up,
so that the vocabulary grows as that of real text does; one in fifty of the bits of tokens is turned over. Its vector is
the mean of those of the two passages, with noise of half its length. Drawn passages stand five to an article. They are
written by the writers of a build, one at a time.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from retrieval.analysis import printed_words, terms
from retrieval.encoding.encoder import Floats, unit
from retrieval.files import NewFiles
from retrieval.index.arrays import ArrayWriter, save_array
from retrieval.index.article_records import LEFT_OUT, describe, describe_left_out
from retrieval.index.bits import Bits
from retrieval.index.blobs import BlobWriter
from retrieval.index.documents import save_sources
from retrieval.index.facts import FactsWriter, facts_of
from retrieval.index.folder import building, publish
from retrieval.index.generation import Generation
from retrieval.index.manifest import Counts
from retrieval.index.postings import PostingsWriter
from retrieval.index.sentence_terms import SentenceTermsWriter
from retrieval.index.store import save_blocks
from retrieval.index.strings import encoded, save_strings
from retrieval.index.vectors import EXACT_UP_TO, Kind, VectorWriter
from retrieval.index.words import WordsWriter
from retrieval.records import Article

AN_ARTICLE = 5  # passages of a drawn article
AGAIN, MADE_UP, INVENTED = 0.2, 0.005, 2_000_000
TURNED = 0.02
NOISE = 0.5
TABLES = ("passages", "sentences", "contexts", "first-sentences", "first-contexts")


@dataclass(frozen=True, slots=True, eq=False)
class Donor:
    """A real sentence."""

    words: list[str]
    terms: list[list[str]]
    """Of each word."""
    bits: Bits


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """A passage to be written."""

    text: str
    terms: list[str]
    spans: list[tuple[int, int, int, int]]
    """Of each sentence: start and end in the passage, first and last token."""
    sentence_terms: list[list[str]]
    bits: Bits
    vector: Floats


class Drawer:
    """Draws passages from the real ones at some rows."""

    def __init__(self, real: Generation, rows: Sequence[int], seed: int = 0) -> None:
        self._drawn = np.random.default_rng(seed)
        self._donors = [_donors(real, row) for row in rows]
        self._vectors = real.vectors.rows(np.array(rows))
        self._words = [
            word for donors in self._donors for donor in donors for word in zip(donor.words, donor.terms, strict=True)
        ]
        masks = self._drawn.random((4096, 8 * self._donors[0][0].bits.shape[1])) < TURNED
        self._masks: Bits = np.packbits(masks, axis=1)

    def passage(self) -> Passage:
        """Draw a passage."""
        first, second = self._drawn.integers(len(self._donors), size=2).tolist()
        pool = [*self._donors[first], *self._donors[second]]
        count = len(self._donors[first])
        chosen = [pool[at] for at in self._drawn.integers(len(pool), size=count).tolist()]
        texts, own_terms, spans = list[str](), list[list[str]](), list[tuple[int, int, int, int]]()
        at = token = 0
        for donor in chosen:
            text, sentence_terms = self._drawn_again(donor)
            spans.append((at, at + len(text), token, token + len(donor.bits)))
            texts.append(text)
            own_terms.append(sentence_terms)
            at, token = at + len(text) + 1, token + len(donor.bits)
        bits = np.concatenate([donor.bits for donor in chosen])
        begin = int(self._drawn.integers(len(self._masks) - len(bits)))
        vector = self._vectors[first] + self._vectors[second]
        noise = self._drawn.standard_normal(len(vector), dtype=np.float32)
        vector = unit(unit(vector) + noise * np.float32(NOISE / len(vector) ** 0.5))
        return Passage(
            " ".join(texts),
            list(chain.from_iterable(own_terms)),
            spans,
            own_terms,
            bits ^ self._masks[begin : begin + len(bits)],
            vector,
        )

    def _drawn_again(self, donor: Donor) -> tuple[str, list[str]]:
        """Return the text and the terms of a sentence in which some words were drawn again."""
        words, own = donor.words.copy(), donor.terms.copy()
        for place in np.flatnonzero(self._drawn.random(len(words)) < AGAIN).tolist():
            words[place], own[place] = self._words[int(self._drawn.integers(len(self._words)))]
        for place in np.flatnonzero(self._drawn.random(len(words)) < MADE_UP).tolist():
            words[place] = _made_up(int(self._drawn.integers(INVENTED)))
            own[place] = terms(words[place])
        return " ".join(words), list(chain.from_iterable(own))


def _made_up(number: int) -> str:
    letters = ""
    for syllables in ("bdfgklmnprst", "aeiou", "bdfgklmnprst", "aeiou", "bdfgklmnprst", "aeiou"):
        number, at = divmod(number, len(syllables))
        letters += syllables[at]
    return f"Q{letters}{'' if not number else 'xyzvwhjc'[number % 8]}"


def _donors(real: Generation, row: int) -> list[Donor]:
    bits, donors = real.bits(row), list[Donor]()
    for sentence in map(real.sentence, real.sentences_of(row)):
        words = real.text(sentence).split()
        donors.append(Donor(words, list(map(terms, words)), bits[sentence.first_token : sentence.last_token]))
    return donors


class SyntheticIndex:
    """Writes an index of some real generation's passages, and after them of drawn ones."""

    def __init__(self, real: Generation, files: NewFiles) -> None:
        self._real, self._files = real, files
        self._open = ExitStack()
        self._rows = {name: self._open.enter_context(ArrayWriter(files, name, np.int32)) for name in TABLES}
        blobs = ("articles", "texts", "bits", LEFT_OUT)
        self._blobs = {name: self._open.enter_context(BlobWriter(files, name)) for name in blobs}
        self._vectors = self._open.enter_context(VectorWriter(files))
        self._passage_terms = PostingsWriter(files, "passage-terms")
        self._sentence_terms = SentenceTermsWriter(files, "sentence-terms")
        self._words, self._facts = WordsWriter(files), FactsWriter(files)
        self._ids, self._first_passages = list[str](), list[int]()
        self.passages = self.sentences = self.contexts = self.tokens = 0

    def write(self, count: int, drawer: Drawer) -> tuple[Kind, Counts]:
        """Write `count` passages in all."""
        for row in range(len(self._real)):
            self._copy(row)
        while self.passages < count:
            drawn = [drawer.passage() for _ in range(min(AN_ARTICLE, count - self.passages))]
            self._add_drawn(drawn)
        self._rows["first-sentences"].add(self.sentences)
        self._rows["first-contexts"].add(self.contexts)
        self._open.close()
        save_array(self._files, "first-passages", np.array([*self._first_passages, self.passages], dtype=np.int32))
        save_strings(self._files, "ids", map(encoded, self._ids))
        self._facts.finish()
        self._words.finish()
        self._passage_terms.finish()
        self._sentence_terms.finish()
        kind = self._vectors.finish(EXACT_UP_TO)
        save_sources(self._files, [], [])
        save_blocks(self._files)
        articles = len(self._ids)
        return kind, Counts(articles, articles, self.passages, self.sentences, self.tokens, 0, {})

    def _article(self, article: Article) -> None:
        assert not self._ids or self._ids[-1] < article.id
        self._ids.append(article.id)
        self._first_passages.append(self.passages)
        self._blobs["articles"].add(describe(article))
        self._blobs["texts"].add(article.text.encode())
        self._blobs[LEFT_OUT].add(describe_left_out(()))
        self._facts.add(facts_of(article))

    def _copy(self, row: int) -> None:
        real, rows = self._real, self._rows
        article = real.article(row)
        self._article(article)
        for passage in real.passages_of(row):
            own, under = real.passage(passage), real.context_of(passage)
            context = real.context_text(passage)
            text = context + real.visible_text(row)[own.start : own.end]
            rows["first-sentences"].add(self.sentences)
            rows["first-contexts"].add(self.contexts)
            rows["passages"].add((len(self._ids) - 1, own.start, own.end))
            headings = len(real.headings_of(passage))
            for number, span in enumerate(under):
                rows["contexts"].add((self.passages, *span, int(number < headings)))
            for at in real.sentences_of(passage):
                sentence = real.sentence(at)
                rows["sentences"].add((self.passages, *sentence[2:]))
                self._sentence_terms.add(terms(context + real.lead_text(at) + real.text(sentence), article.read_as))
            vector = real.vectors.rows(np.array([passage]))[0]
            self._written(text, terms(text, article.read_as), real.bits(passage), vector, len(under))
            self.sentences += len(real.sentences_of(passage))

    def _add_drawn(self, drawn: Sequence[Passage]) -> None:
        rows = self._rows
        text = "\n\n".join(passage.text for passage in drawn)
        number = len(self._ids) - len(self._real)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        self._article(
            Article(f"zz/{number:08d}", text, f"Drawn {number}", sha256, path=f"zz/{number:08d}.txt", language="en")
        )
        begin = 0
        for passage in drawn:
            rows["first-sentences"].add(self.sentences)
            rows["first-contexts"].add(self.contexts)
            rows["passages"].add((len(self._ids) - 1, begin, begin + len(passage.text)))
            rows["sentences"].add(
                [
                    (self.passages, begin + start, begin + end, 0, first, last, 0)
                    for start, end, first, last in passage.spans
                ]
            )
            for own in passage.sentence_terms:
                self._sentence_terms.add(own)
            self._written(passage.text, passage.terms, passage.bits, passage.vector, 0)
            self.sentences += len(passage.spans)
            begin += len(passage.text) + 2

    def _written(self, text: str, own: Sequence[str], bits: Bits, vector: Floats, contexts: int) -> None:
        self._passage_terms.add(own)
        self._words.add(Counter(printed_words(text)).items(), "en")
        self._vectors.add(vector)
        self._blobs["bits"].add(bits.tobytes())
        self.passages += 1
        self.contexts += contexts
        self.tokens += len(bits)


def write_index(real: Generation, donors: Sequence[int], count: int, index: Path) -> None:
    """Make an index of `count` passages: the real ones, and others drawn from those at the rows `donors`."""
    with building(index) as folder:
        files = NewFiles(folder)
        kind, counts = SyntheticIndex(real, files).write(count, Drawer(real, donors))
        manifest = replace(
            real.manifest, counts=counts, vectors=kind.name, recall=kind.recall, files=dict(sorted(files.whole.items()))
        )
        publish(index, folder, manifest.dump())
