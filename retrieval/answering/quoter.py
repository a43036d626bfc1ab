"""Turn ranked sentences into quotes: choose them, join neighbours, and find copies in other articles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.analysis import words
from retrieval.answering.differences import Statement
from retrieval.answering.list_items import ListItems
from retrieval.answering.scoring import RankedSentence, ScoredSentence
from retrieval.answering.wording import folded
from retrieval.index.generation import Generation
from retrieval.readable import readable
from retrieval.records import Citation, Quote
from retrieval.settings import AnswerSettings

FROM_ABOVE = 0.9
"""Share of a question's matches below which an item does not answer by its own words, but by those above its list."""
LONGEST_RUN = 900
"""Characters of the longest run of list items that is quoted as one; a longer one is quoted in parts."""
_HOW = re.compile(
    r"\b(?:how (?:do|to|can|does|should|would|could|is|are)|what are the (?:rules|steps)|steps|step by step|"
    r"instructions?|where (?:do|can|should|must) (?:i|we|you) (?:click|go|start|begin))\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Draft:
    """A quote before it is cited: a sentence or two, or a run of list items, with copies of its best one elsewhere."""

    sentences: list[RankedSentence]
    belief: float
    """The belief, 0 to 1, that it holds the answer."""
    twins: list[RankedSentence]
    """Sentences of other articles with the words of its best one, at most one per article."""
    items: tuple[int, int, int] | None = None
    """As of `Quote`."""

    @property
    def best(self) -> RankedSentence:
        """The sentence with the greatest belief."""
        return max(self.sentences, key=lambda sentence: sentence.belief)

    @property
    def maxsim(self) -> float:
        """Mean over the question's tokens of their best match in the quote."""
        return float(np.maximum.reduce([ranked.sentence.matches for ranked in self.sentences]).mean())


def _by_value(unit: tuple[list[RankedSentence], float]) -> tuple[float, int, int]:
    sentences, value = unit
    age, row = sentences[0].place
    return value, -age, -row


class Quoter:
    """Chooses the quotes of one answer."""

    def __init__(self, generation: Generation, settings: AnswerSettings, question: str = "") -> None:
        self._generation, self._settings = generation, settings
        self._items = ListItems(generation)
        self._asks_how = bool(_HOW.search(question))
        self._folded: dict[int, str] = {}
        self._lengths: dict[int, int] = {}
        self._touching: dict[int, bool] = {}

    def choose(self, ranked: Sequence[RankedSentence], top: int) -> list[Draft]:
        """Choose at most `top` quotes, the most valuable first, none of which overlaps or repeats another."""
        drafts: list[Draft] = []
        quoted: list[RankedSentence] = []
        free = {sentence.row: sentence for sentence in ranked}
        while len(drafts) < top and free:
            believed = [sentence for sentence in free.values() if sentence.belief > 0]
            units = (self._unit(sentence, free) for sentence in believed or free.values())
            sentences, _ = max(units, key=_by_value)
            belief = sum(sentence.belief for sentence in sentences)
            if drafts and belief < self._settings.least * drafts[0].belief:
                break
            copies = [sentence for sentence in sentences if any(self._same(sentence, other) for other in quoted)]
            for sentence in copies or sentences:
                del free[sentence.row]
            if not copies:
                drafts += self._parts(sentences, belief)
                quoted += sentences
        for draft in drafts[:top]:
            draft.twins = self._twins(draft, ranked)
        return drafts[:top]

    def text_of(self, sentence: RankedSentence | ScoredSentence) -> str:
        """Return a sentence's words."""
        return self._generation.text(self._generation.sentence(sentence.row))

    def within(self, sentence: ScoredSentence, quotes: Sequence[str]) -> bool:
        """Return whether one of the quotes contains the sentence."""
        text = self.text_of(sentence)
        return any(text in quote for quote in quotes)

    def statement(self, draft: Draft) -> Statement:
        """Return what a draft says, for comparison with others."""
        first = draft.sentences[0]
        start, end = self._span(first, draft.sentences[-1])
        citation = self._cite(first.row, start, end)
        words = readable(self._article_text(first)[start:end], citation.path, citation.labels)
        published = self._generation.published(self._article(first))
        return Statement(words, self._article(first), published.first if published else None)

    def quote(self, draft: Draft, weak: bool) -> Quote:
        """Return the finished quote: a slice of its article, with its citation."""
        first = draft.sentences[0]
        start, end = self._items.start(first.row), self._span(first, draft.sentences[-1])[1]
        elsewhere = (self._elsewhere(draft, twin) for twin in draft.twins)
        return Quote(
            text=self._article_text(first)[start:end],
            citation=self._cite(first.row, start, end),
            score=draft.belief,
            also_in=tuple(citation for citation in elsewhere if citation is not None),
            weak=weak,
            context=self._context(first),
            items=draft.items,
        )

    def _context(self, first: RankedSentence) -> tuple[str, ...]:
        headings = len(self._generation.headings_of(first.passage))
        text = self._article_text(first)
        spans = self._generation.context_of(first.passage)[headings:]
        return tuple(" ".join(text[start:end].split()) for start, end in spans)

    def _unit(self, sentence: RankedSentence, free: Mapping[int, RankedSentence]) -> tuple[list[RankedSentence], float]:
        """Return the sentence and its value, with the neighbour that closes its quotation or may hold the answer.

        The value of two is the belief in both, less the cost of the neighbour's words. Each of the two is tried with
        the other as its neighbour, so the words of the shorter one count.
        """
        after, before = free.get(sentence.row + 1), free.get(sentence.row - 1)
        unit: list[RankedSentence] = [sentence]
        best = sentence.belief
        if sentence.belief <= 0:
            return unit, best
        if (steps := self._steps(sentence, free)) is not None:
            return steps, sum(step.belief for step in steps)
        if after is not None and self._is_unclosed(sentence) and self._touches_next(sentence.row):
            return [sentence, after], sentence.belief + after.belief
        for neighbour in (before, after):
            if neighbour is None or neighbour.belief <= 0:
                continue
            if not self._touches_next(min(sentence.row, neighbour.row)) or self._items.is_row(neighbour.row):
                continue
            value = sentence.belief + neighbour.belief - self._settings.word_cost * self._length(neighbour)
            if value > best:
                unit, best = sorted((sentence, neighbour), key=lambda ranked: ranked.row), value
        return unit, best

    def _steps(self, sentence: RankedSentence, free: Mapping[int, RankedSentence]) -> list[RankedSentence] | None:
        """Return the run of list items to quote in place of one of them; None where the one is the answer.

        What a question finds by the heading or the sentence above a list is answered by the list; what it finds by an
        item that others are nested in, by that item with those.
        """
        own = sentence.sentence
        if not self._items.is_item(sentence.row) or not len(own.cosines):
            return None
        if record := self._items.record(sentence.row):
            return [free[row] for row in record] if all(row in free for row in record) else None
        above = own.cosines.max(axis=0).mean() < FROM_ABOVE * own.matches.mean()
        if above and self._asks_how:
            rows = self._items.run(sentence.row, sentence.row, free.__contains__)
        else:
            rows = self._items.nested(sentence.row, free.__contains__)
        return [free[row] for row in rows] if len(rows) > 1 else None

    def _parts(self, sentences: list[RankedSentence], belief: float) -> list[Draft]:
        """Return the quotes of a unit: one, or of a run of list items that is too long for one as many as it takes."""
        parts = [sentences[:1]]
        for sentence in sentences[1:]:
            start, end = self._span(parts[-1][0], sentence)
            if end - start <= LONGEST_RUN or len(sentences) == 2:
                parts[-1].append(sentence)
            else:
                parts.append([sentence])
        if len(parts) == 1:
            return [Draft(sentences, belief, [])]
        rows = self._items.run(sentences[0].row, sentences[-1].row)
        numbers = dict(zip(rows, self._items.numbers(rows), strict=True))
        ends = [(numbers[part[0].row], numbers[part[-1].row], numbers[rows[-1]]) for part in parts]
        return [Draft(part, belief, [], items) for part, items in zip(parts, ends, strict=True)]

    def _is_unclosed(self, sentence: RankedSentence) -> bool:
        text = self.text_of(sentence)
        return text.count("“") > text.count("”")

    def _touches_next(self, row: int) -> bool:
        """Return whether only white space separates a sentence from the next one of its article."""
        if row not in self._touching:
            sentence, following = self._generation.sentence(row), self._generation.sentence(row + 1)
            same = sentence.article == following.article
            text = self._generation.article(sentence.article).text if same else ""
            self._touching[row] = same and not text[sentence.end : following.start].strip()
        return self._touching[row]

    def _twins(self, draft: Draft, ranked: Sequence[RankedSentence]) -> list[RankedSentence]:
        """Return a sentence of each other article that has the words of the quote's best one, in order of article id.

        Of several in one article, one where the whole quote is printed is preferred.
        """
        best = draft.best
        twins = [
            sentence
            for sentence in ranked
            if self._article(sentence) != self._article(best) and self._same(best, sentence)
        ]
        twins.sort(key=lambda twin: self._elsewhere(draft, twin) is None)
        by_article: dict[int, RankedSentence] = {}
        for twin in twins:
            by_article.setdefault(self._article(twin), twin)
        return [by_article[article] for article in sorted(by_article)]

    def _elsewhere(self, draft: Draft, twin: RankedSentence) -> Citation | None:
        """Return the place where the twin's article prints the whole quote; None where it does not."""
        first = twin.row - draft.sentences.index(draft.best)
        last = first + len(draft.sentences) - 1
        if first < 0 or last >= len(self._generation.sentences):
            return None
        opening, closing = self._generation.sentence(first), self._generation.sentence(last)
        if {opening.article, closing.article} != {self._article(twin)}:
            return None
        start, end = self._span(draft.sentences[0], draft.sentences[-1])
        quoted = self._article_text(draft.best)[start:end]
        if folded(self._article_text(twin)[opening.start : closing.end]) != folded(quoted):
            return None
        return self._cite(first, opening.start, closing.end)

    def _same(self, sentence: RankedSentence, other: RankedSentence) -> bool:
        """Return whether two sentences have the same words once `folded`."""
        return self._folds(sentence) == self._folds(other)

    def _folds(self, sentence: RankedSentence) -> str:
        if sentence.row not in self._folded:
            self._folded[sentence.row] = folded(self.text_of(sentence))
        return self._folded[sentence.row]

    def _length(self, sentence: RankedSentence) -> int:
        """Count the sentence's words."""
        if sentence.row not in self._lengths:
            self._lengths[sentence.row] = len(words(self.text_of(sentence)))
        return self._lengths[sentence.row]

    def _span(self, first: RankedSentence, last: RankedSentence) -> tuple[int, int]:
        return self._generation.sentence(first.row).start, self._generation.sentence(last.row).end

    def _article(self, sentence: RankedSentence) -> int:
        return self._generation.passage(sentence.passage).article

    def _article_text(self, sentence: RankedSentence) -> str:
        return self._generation.article(self._article(sentence)).text

    def _cite(self, row: int, start: int, end: int) -> Citation:
        sentence = self._generation.sentence(row)
        return self._generation.cite(sentence.article, start, end, sentence.paragraph)
