"""Passages drawn from real ones.

A drawn passage takes its sentences from two real passages that no planted question is about. Of each sentence one in
five of the words that are searched is replaced, so that the vocabulary grows as real text's does. How fast it grows is
fitted to the real passages (Heaps' law, V = K n^b): so often the word is a new one, made up. Else it is one that was
drawn before, or stands in the real passages, at random among all that do (Simon's process): words that were drawn often
are drawn more often, as Zipf's law has it. One in fifty of the bits of tokens is turned over. The passage's vector is
the mean of those of the two passages, with noise of half its length.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from retrieval.analysis import terms
from retrieval.encoding.encoder import Floats, unit
from retrieval.index.bits import Bits
from retrieval.index.generation import Generation

AGAIN = 0.2
KEPT = 4_000_000
"""Drawn words that others are drawn from: of more, the new take the places of any."""
SYLLABLES = 3 * ("bdfgklmnprst", "aeiou")
ENDINGS = ("", "x", "y", "z", "v", "w", "h", "j")
MADE_UP = 60**3 * len(ENDINGS)
TURNED = 0.02
NOISE = 0.5


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
