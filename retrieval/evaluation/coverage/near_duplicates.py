"""Groups sentences too alike to distinguish: those of nearly the same words.

Two sentences are alike if the Indel similarity of their words (rapidfuzz's `ratio`) is at least LIKENESS. Only
sentences that share one of their rarest terms are compared, as any two with half their terms in common do (prefix
filtering: Chaudhuri, Ganti and Kaushik, ICDE 2006), so the time grows with the corpus rather than its square: half a
minute for 100,000 sentences.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from retrieval.analysis import terms, words
from retrieval.index.generation import Generation

Tell = Callable[[int, int], None]

LIKENESS = 92.0
"""0 to 100; lower values group sentences that say different things in long common phrases."""

MOST_PARTNERS = 1000
"""The most sentences that a sentence is compared with for each of its rare terms: those nearest in length."""

TELL_EVERY = 500


def groups(generation: Generation, tell: Tell = lambda count, total: None) -> list[tuple[int, ...]]:
    """Return the rows of similar sentences, group by group: the largest first, then in order of the corpus.

    A sentence similar to any in a group belongs to it; one similar to none is left out. Calls `tell` with (wordings
    compared, all wordings).
    """
    rows: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(plain_sentences(generation)):
        rows[text].append(row)
    wordings = sorted(rows, key=lambda text: (len(text), text))
    together: dict[int, list[int]] = defaultdict(list)
    for place, first in enumerate(linked(wordings, LIKENESS, tell)):
        together[first] += rows[wordings[place]]
    alike = [tuple(sorted(group)) for group in together.values() if len(group) > 1]
    return sorted(alike, key=lambda group: (-len(group), group))


def plain_sentences(generation: Generation) -> list[str]:
    """Return the words of each sentence, in order of the rows."""
    rows = range(len(generation.sentences))
    return [" ".join(words(generation.text(generation.sentence(row)))) for row in rows]


def linked(wordings: Sequence[str], likeness: float, tell: Tell = lambda count, total: None) -> list[int]:
    """Return for each wording the index of the first in its group; wordings are distinct and sorted by length."""
    from rapidfuzz import fuzz, process

    parents = list(range(len(wordings)))
    lengths = [len(text) for text in wordings]
    postings: dict[str, list[int]] = defaultdict(list)
    for place, rare in enumerate(_rarest(wordings)):
        # Lengths bound the similarity, so shorter texts than this cannot be alike.
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
    """Return the n // 2 + 1 rarest of each wording's n distinct terms."""
    # A sentence of stop words alone has no terms.
    sets = [set(terms(text)) or set(text.split()) for text in wordings]
    frequencies = Counter(term for distinct in sets for term in distinct)
    return [sorted(distinct, key=lambda term: (frequencies[term], term))[: len(distinct) // 2 + 1] for distinct in sets]


def _last(places: list[int], low: int) -> list[int]:
    return places[max(bisect_left(places, low), len(places) - MOST_PARTNERS) :]


def _first(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = place = parents[parents[place]]
    return place


def _join(parents: list[int], place: int, other: int) -> None:
    first, second = sorted((_first(parents, place), _first(parents, other)))
    parents[second] = first
