"""An index of as many passages as asked for, made in minutes: real ones first, and others re-drawn from real sentences.

A drawn passage takes its sentences from two real passages that no planted question is about. Of each sentence one in
five of the words that are searched is replaced, so that the vocabulary grows as real text's does. How fast it grows is
fitted to the real passages (Heaps' law, V = K n^b): so often the word is a new one, made up. Else it is one that was
drawn before, or stands in the real passages, at random among all that do (Simon's process): words that were drawn often
are drawn more often, as Zipf's law has it. One in fifty of the bits of tokens is turned over. The passage's vector is
the mean of those of the two passages, with noise of half its length. Drawn passages stand five to an article. They are
written by the writers of a build, one at a time.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

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
AGAIN = 0.2
KEPT = 4_000_000
"""Drawn words that others are drawn from: of more, the new take the places of any."""
SYLLABLES = 3 * ("bdfgklmnprst", "aeiou")
ENDINGS = ("", "x", "y", "z", "v", "w", "h", "j")
MADE_UP = 60**3 * len(ENDINGS)
TURNED = 0.02
NOISE = 0.5
TABLES = ("passages", "sentences", "contexts", "first-sentences", "first-contexts")


Word = tuple[str, list[str]]
"""A word as it is printed, and its terms."""


@dataclass(frozen=True, slots=True, eq=False)
class Donor:
    """A real sentence."""

    words: list[Word]
    searched: list[int]
    """Where those words stand that have terms."""
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


class Vocabulary:
    """Draws words in place of others: ones drawn before, or new ones, so often that Heaps' law holds."""

    def __init__(self, words: Sequence[Word], chance: random.Random) -> None:
        self._chance = chance
        self._words = list(words)
        self.tokens = len(words)
        half = chance.sample(self._words, len(words) // 2)
        self.distinct = _distinct(words)
        self.exponent = math.log(self.distinct / _distinct(half), len(words) / len(half))
        self._made_up = 0

    def draw(self) -> Word:
        """Draw a word."""
        chance, words = self._chance.random, self._words
        if chance() < self.exponent * self.distinct / (self.tokens * AGAIN):
            word = _made_up(self._made_up)
            drawn = word, terms(word)
            self._made_up += 1
            self.distinct += 1
        else:
            drawn = words[int(chance() * len(words))]
        if len(words) < KEPT:
            words.append(drawn)
        else:
            words[int(chance() * KEPT)] = drawn
        return drawn


def _distinct(words: Iterable[Word]) -> int:
    return len({term for _, own in words for term in own})


def _made_up(number: int) -> str:
    number = number * 1_000_003 % MADE_UP  # neighbours look nothing alike
    letters = ""
    for part in SYLLABLES:
        number, at = divmod(number, len(part))
        letters += part[at]
    word = letters + ENDINGS[number]
    return word.capitalize() if number % 2 else word


class Drawer:
    """Draws passages from the real ones at some rows."""

    def __init__(self, real: Generation, rows: Sequence[int], seed: int = 0) -> None:
        self._chance, self._drawn = random.Random(seed), np.random.default_rng(seed)
        self._donors = [_donors(real, row) for row in rows]
        self._vectors = real.vectors.rows(np.array(rows))
        searched = [donor.words[at] for donors in self._donors for donor in donors for at in donor.searched]
        self.vocabulary = Vocabulary(searched, self._chance)
        masks = self._drawn.random((4096, 8 * self._donors[0][0].bits.shape[1])) < TURNED
        self._masks: Bits = np.packbits(masks, axis=1)

    def passage(self) -> Passage:
        """Draw a passage."""
        chance = self._chance.random
        first, second = int(chance() * len(self._donors)), int(chance() * len(self._donors))
        pool = [*self._donors[first], *self._donors[second]]
        chosen = [pool[int(chance() * len(pool))] for _ in self._donors[first]]
        texts, own_terms, spans = list[str](), list[list[str]](), list[tuple[int, int, int, int]]()
        at = token = 0
        for donor in chosen:
            text, sentence_terms = self._drawn_again(donor)
            spans.append((at, at + len(text), token, token + len(donor.bits)))
            texts.append(text)
            own_terms.append(sentence_terms)
            at, token = at + len(text) + 1, token + len(donor.bits)
        bits = np.concatenate([donor.bits for donor in chosen])
        begin = int(chance() * (len(self._masks) - len(bits)))
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
        words, chance, vocabulary = donor.words.copy(), self._chance.random, self.vocabulary
        vocabulary.tokens += len(donor.searched)
        for place in donor.searched:
            if chance() < AGAIN:
                words[place] = vocabulary.draw()
        return " ".join(word for word, _ in words), [term for _, own in words for term in own]


def _donors(real: Generation, row: int) -> list[Donor]:
    bits, donors = real.bits(row), list[Donor]()
    for sentence in map(real.sentence, real.sentences_of(row)):
        words = [(word, terms(word)) for word in real.text(sentence).split()]
        searched = [at for at, (_, own) in enumerate(words) if own]
        donors.append(Donor(words, searched, bits[sentence.first_token : sentence.last_token]))
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
        self._copied = 0
        """Articles of the real generation."""

    def write(self, count: int, drawer: Drawer) -> tuple[Kind, Counts]:
        """Write `count` passages in all: real ones in the order of their ids, and where they are too few drawn ones."""
        while self._copied < len(self._real):
            if self.passages + len(self._real.passages_of(self._copied)) > count:
                break
            self._copy(self._copied)
            self._copied += 1
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
        text = "\n\n".join(passage.text for passage in drawn)
        number = len(self._ids) - self._copied
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        self._article(
            Article(f"zz/{number:08d}", text, f"Drawn {number}", sha256, path=f"zz/{number:08d}.txt", language="en")
        )
        begin = 0
        of_each: dict[str, list[Any]] = {name: [] for name in TABLES}
        for passage in drawn:
            of_each["first-sentences"].append(self.sentences)
            of_each["first-contexts"].append(self.contexts)
            of_each["passages"].append((len(self._ids) - 1, begin, begin + len(passage.text)))
            of_each["sentences"] += [
                (self.passages, begin + start, begin + end, 0, first, last, 0)
                for start, end, first, last in passage.spans
            ]
            for own in passage.sentence_terms:
                self._sentence_terms.add(own)
            self._written(passage.text, passage.terms, passage.bits, passage.vector, 0)
            self.sentences += len(passage.spans)
            begin += len(passage.text) + 2
        for name, own_rows in of_each.items():
            if own_rows:
                self._rows[name].add(own_rows)

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
