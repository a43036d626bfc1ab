"""Sentences too alike to tell apart: those of nearly the same words, in groups.

Two sentences are alike by the Indel similarity of their words (rapidfuzz's `ratio`), from LIKENESS on. Only
those are compared that share one of their rarest terms, as any two do that have half their terms in common (prefix
filtering: Chaudhuri, Ganti and Kaushik, ICDE 2006), so that the time grows with the corpus and not with its square:
half a minute for 100,000 sentences.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from retrieval.analysis import terms, words
from retrieval.index.generation import Generation

Tell = Callable[[int, int], None]

LIKENESS = 92.0
"""0 to 100; at less, sentences that say different things in long phrases of the same words come together."""

MOST_PARTNERS = 1000
"""Sentences that one is compared with for each of its rare terms: those nearest in length."""

TELL_EVERY = 500


def groups(generation: Generation, tell: Tell = lambda done, total: None) -> list[tuple[int, ...]]:
    """Rows of the sentences that are alike, group by group: the largest first, then in order of the corpus.

    A sentence that is alike to one of a group belongs to it; one that is alike to none is left out. `tell` is called
    with how many wordings of all were compared.
    """
    rows: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(plain_sentences(generation)):
        rows[text].append(row)
    wordings = sorted(rows, key=lambda text: (len(text), text))
    together: dict[int, list[int]] = defaultdict(list)
    for place, first in enumerate(linked(wordings, LIKENESS, tell)):
        together[first] += rows[wordings[place]]
    found = [tuple(sorted(group)) for group in together.values() if len(group) > 1]
    return sorted(found, key=lambda group: (-len(group), group))


def plain_sentences(generation: Generation) -> list[str]:
    """The words of each sentence, in order of the rows."""
    rows = range(len(generation.sentences))
    return [" ".join(words(generation.text(generation.sentence(row)))) for row in rows]


def linked(wordings: Sequence[str], likeness: float, tell: Tell = lambda done, total: None) -> list[int]:
    """For each of the wordings, which are distinct and sorted by length, the place of the first of its group."""
    from rapidfuzz import fuzz, process

    parents = list(range(len(wordings)))
    lengths = [len(text) for text in wordings]
    postings: dict[str, list[int]] = defaultdict(list)
    for place, rare in enumerate(_rarest(wordings)):
        # Two texts are no more alike than their lengths allow: what is shorter than this is not compared.
        low = bisect_left(lengths, lengths[place] * likeness / (200 - likeness))
        partners = sorted({other for term in rare for other in _last(postings[term], low)})
        if partners:
            others = [wordings[other] for other in partners]
            alike = process.cdist([wordings[place]], others, scorer=fuzz.ratio, score_cutoff=likeness)[0]
            for nearest in alike.nonzero()[0]:
                _join(parents, place, partners[nearest])
        for term in rare:
            postings[term].append(place)
        if place % TELL_EVERY == 0:
            tell(place, len(wordings))
    tell(len(wordings), len(wordings))
    return [_first(parents, place) for place in range(len(wordings))]


def _rarest(wordings: Sequence[str]) -> list[list[str]]:
    """Of each wording's n distinct terms the n // 2 + 1 rarest."""
    # A sentence of stop words alone has no terms.
    sets = [set(terms(text)) or set(text.split()) for text in wordings]
    seen = Counter(term for one in sets for term in one)
    return [sorted(one, key=lambda term: (seen[term], term))[: len(one) // 2 + 1] for one in sets]


def _last(places: list[int], low: int) -> list[int]:
    return places[max(bisect_left(places, low), len(places) - MOST_PARTNERS) :]


def _first(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = place = parents[parents[place]]
    return place


def _join(parents: list[int], one: int, other: int) -> None:
    first, second = sorted((_first(parents, one), _first(parents, other)))
    parents[second] = first
