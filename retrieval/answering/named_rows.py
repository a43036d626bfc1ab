"""Rows of one table that may all answer a question: the one that has the question's words comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from retrieval.analysis import stem, words
from retrieval.answering.scoring import RankedSentence
from retrieval.index.generation import Generation
from retrieval.records import Kind

_LEAST_SHARE = 0.2
"""Of the belief in the best row: with less of it, a row is clearly not what is asked for."""


def prefer(ranked: Sequence[RankedSentence], question: str, generation: Generation) -> list[RankedSentence]:
    """Give the row that has more of the question's words the belief in the rows that have but a part of these words.

    The rows of a table are alike, and often so is the belief in them: what tells them apart are words that only one
    of them shares with the question, small ones among them ("up to 8 metres", "over 8 metres").
    """
    best = max(ranked, key=lambda each: each.belief, default=None)
    if best is None or generation.sentence(best.row).kind is not Kind.ROW:
        return list(ranked)
    language = generation.language_of(best.passage)
    asked = {stem(word, language) for word in words(question)}
    rows = [each for each in ranked if each.belief > 0 and _are_in_one_table(generation, best.row, each.row)]
    texts = {each.row: generation.text(generation.sentence(each.row)) for each in rows}
    shared = {row: asked.intersection(stem(word, language) for word in words(text)) for row, text in texts.items()}
    named = max(
        (each for each in rows if each.belief >= _LEAST_SHARE * best.belief and shared[each.row] >= shared[best.row]),
        key=lambda each: (len(shared[each.row]), each.belief, -each.row),
    )
    beliefs = {each.row: 0.0 for each in rows if shared[each.row] < shared[named.row]}
    beliefs[named.row] = named.belief + sum(each.belief for each in rows if each.row in beliefs)
    settled = [replace(each, belief=beliefs.get(each.row, each.belief)) for each in ranked]
    return sorted(settled, key=lambda each: -each.belief)


def _are_in_one_table(generation: Generation, row: int, other: int) -> bool:
    """Return whether nothing but rows of a table stands between two sentences of an article."""
    between = [generation.sentence(at) for at in range(min(row, other), max(row, other) + 1)]
    return {(sentence.article, sentence.kind) for sentence in between} == {(between[0].article, Kind.ROW)}
