"""Sources that differ: quotes with nearly the same words, of which a number, a name or a "not" is another."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations

from retrieval.analysis import STOP, identifiers, stem, terms
from retrieval.answering.recency import TimeAsked, time_asked
from retrieval.answering.statement_words import Word, words_of
from retrieval.readable import readable
from retrieval.records import Difference, Quote

ALIKE = 0.6
"""Share of their words that two texts have in common, in order, from which they are about the same."""
FIRST = 3
"""How many quotes are shown at first; of those that say the same in other words, one is among them."""
MORE = 3  # words from which what one text has more at an end is a sentence of its own
_CRUCIAL = re.compile(r"\S*\d\S*|not|no|never|none|nobody|nothing|without|nor|neither|cannot|\S*n['’]t", re.IGNORECASE)
_NEGATING = ("un", "in", "im", "il", "ir", "dis", "non")
_SLIGHT = STOP - {"not", "no"} | {"also", "now", "still", "just", "again", "only", "already", "yet", "very"}
"""Words by which a fact does not become another."""
_PLAIN = frozenset({
    "a", "an", "the", "there", "it", "that", "which", "in", "of", "on", "at", "is", "are", "has", "have", "holds",
    "contains", "comprises",
})  # fmt: skip
"""Words that a statement may have or lack, and still say a number of the same thing."""
_SAME = {"lasts": "take", "takes": "take", "lasted": "took", "had": "was", "were": "was", "held": "was"}
"""Words in whose place another says the same of a number."""
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a quote says, the row of its article, and when that was published."""

    text: str
    article: int
    published: str | None = None
    """In ISO 8601."""


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two texts, word by word."""

    likeness: float
    """Share of their words, 0 to 1, that are the same in the same order."""
    spans: tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]
    """Where the words stand that only one of them has."""
    words: tuple[frozenset[str], frozenset[str]]
    """Those words, in lower case, without what both have in another form."""
    is_crucial: bool
    """Whether a number, a name or a "not" is among these words, and no other word but slight ones."""


_UNLIKE = _Comparison(0.0, ((), ()), (frozenset(), frozenset()), is_crucial=False)


def order(statements: Sequence[Statement], question: str, top: int) -> list[int]:
    """Return the places of the `top` statements to show, in their order; `statements` come best first.

    Of two neighbours that differ the newer comes first, or the one of the year or the time that the question names.
    """
    places, timeliness = list(range(len(statements))), _timeliness(question)
    for last in range(len(places), 1, -1):
        for at in range(last - 1):
            before, after = (statements[place] for place in places[at : at + 2])
            if _is_newer(after, before, timeliness) and _differ(before, after, question):
                places[at : at + 2] = reversed(places[at : at + 2])
    distinct: list[int] = []
    for place in places:
        if not any(_say_the_same(statements[place], statements[earlier]) for earlier in distinct):
            distinct.append(place)
    if top <= FIRST:
        return distinct[:top]
    first = distinct[:FIRST]
    return [*first, *(place for place in places if place not in first)][:top]


def differences(quotes: Sequence[Quote], question: str) -> tuple[Difference, ...]:
    """Return the pairs of quotes of different articles that differ, with the words in which they do."""
    texts = [readable(quote.text, quote.citation.path, quote.citation.labels) for quote in quotes]
    return tuple(
        Difference((first, second), words)
        for first, second in combinations(range(len(quotes)), 2)
        if quotes[first].citation.article != quotes[second].citation.article
        and (words := _differing(texts[first], texts[second], question))
    )


def _timeliness(question: str) -> Callable[[str], tuple[bool, bool, str]]:
    """Return what sorts dates of publication, in ISO 8601, by how well they fit the time that a question names."""
    years, asked = _YEAR.findall(question), time_asked(question) or TimeAsked()
    return lambda published: (published[:4] in years, asked.fits(published), published)


def _is_newer(statement: Statement, than: Statement, timeliness: Callable[[str], tuple[bool, bool, str]]) -> bool:
    if not statement.published or not than.published:
        return False
    return timeliness(statement.published) > timeliness(than.published)


def _differ(statement: Statement, other: Statement, question: str) -> bool:
    return statement.article != other.article and _differing(statement.text, other.text, question) is not None


def _say_the_same(statement: Statement, other: Statement) -> bool:
    """Return whether two texts differ in slight words alone."""
    comparison = _compare(statement.text, other.text)
    return (
        comparison.likeness >= ALIKE
        and not comparison.is_crucial
        and _SLIGHT.issuperset(comparison.words[0] | comparison.words[1])
    )


def _differing(text: str, other: str, question: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return the words in which two texts differ; None where they are not alike or agree on the facts.

    Two that differ in a word of the question, which only one of them has, are about different things.
    """
    comparison = _compare(text, other)
    if comparison.likeness < ALIKE or not comparison.is_crucial:
        return None
    words, others = _phrases(text, comparison.spans[0]), _phrases(other, comparison.spans[1])
    asked_terms = set(terms(question))
    subjects, other_subjects = (asked_terms & set(terms(" ".join(phrases))) for phrases in (words, others))
    return (words, others) if subjects == other_subjects else None


def _phrases(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Return the words at the spans, those with only white space between them together."""
    phrases: list[tuple[int, int]] = []
    for start, end in spans:
        if phrases and not text[phrases[-1][1] : start].strip():
            phrases[-1] = phrases[-1][0], end
        else:
            phrases.append((start, end))
    return tuple(text[start:end] for start, end in phrases)


_words_of = lru_cache(maxsize=64)(words_of)  # each of an answer's texts is compared with all others


@lru_cache(maxsize=256)  # ordering compares the same pairs again, and so do the differences of the answer
def _compare(text: str, other: str) -> _Comparison:
    """Compare two texts, less what one of them goes on with at either end."""
    words, other_words = _words_of(text), _words_of(other)
    if numbers := _other_number(words, other_words):
        number, other_number = numbers
        return _Comparison(
            1.0,
            (((number.start, number.end),), ((other_number.start, other_number.end),)),
            (frozenset({number.form}), frozenset({other_number.form})),
            is_crucial=True,
        )
    stems, other_stems = [word.stem for word in words], [word.stem for word in other_words]
    if len(set(stems) & set(other_stems)) < ALIKE * min(len(set(stems)), len(set(other_stems))):
        return _UNLIKE
    matcher = SequenceMatcher(None, stems, other_stems, autojunk=False)
    changes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    inner = [code for code in changes if code[0] == "replace" or not _is_more(code[1:], words, other_words)]
    changed = [word for _, begin, end, _, _ in inner for word in words[begin:end]]
    other_changed = [word for _, _, _, begin, end in inner for word in other_words[begin:end]]
    same = sum(block.size for block in matcher.get_matching_blocks())
    least = min(len(words), len(other_words))
    likeness = min(2 * same / max(1, 2 * same + len(changed) + len(other_changed)), same / max(1, least))
    if likeness < ALIKE:
        return _UNLIKE
    forms, other_forms = _forms(text, changed), _forms(other, other_changed)
    own, others = frozenset(forms - other_forms), frozenset(other_forms - forms)
    return _Comparison(
        likeness,
        (tuple((word.start, word.end) for word in changed), tuple((word.start, word.end) for word in other_changed)),
        (own, others),
        _is_crucial(own, others, changed, other_changed) and _names(words, other_words) == _names(other_words, words),
    )


def _is_crucial(
    own: frozenset[str],
    others: frozenset[str],
    changed: Sequence[Word],
    other_changed: Sequence[Word],
) -> bool:
    hedged = {word.form for word in [*changed, *other_changed] if word.is_hedged}
    numbers = {word for word in own | others if _CRUCIAL.fullmatch(word)} - hedged
    opposites = {
        word for ours, theirs in ((own, others), (others, own)) for word in ours
        if any(word == prefix + base or base == prefix + word for base in theirs for prefix in _NEGATING)
    }  # fmt: skip
    names = [{word.form for word in side if word.is_name} for side in (changed, other_changed)]
    named = {*names[0], *names[1]} & (own | others) if names[0] and names[1] else set[str]()
    crucial = numbers | opposites | named
    return bool(crucial) and _SLIGHT.issuperset((own | others) - crucial)


def _forms(text: str, words: Sequence[Word]) -> set[str]:
    """Return the words in lower case, and whole dates in place of their parts, so that their form does not count."""
    dates = {term for term in identifiers(text)[0] if term.count("-") == 2}
    parts = set(terms(" ".join(dates)))
    plain_words = {word.form for word in words}
    of_dates = {word for word in plain_words if word in parts or stem(word) in parts}
    return plain_words - of_dates | (dates if of_dates else set())


def _names(words: Sequence[Word], others: Sequence[Word]) -> list[str]:
    """Return the names among some words that others have too, in order: what a ferry sails from, and what to."""
    shared = {word.form for word in others if word.is_name}
    return [word.form for word in words if word.is_name and word.form in shared]


def _other_number(words: Sequence[Word], others: Sequence[Word]) -> tuple[Word, Word] | None:
    """Return the numbers of two statements that say it of the same thing, in other words or another order.

    That is so only where all their words are the same but for the plainest ones, and each has one number alone.
    """
    pairs = [_counted(words), _counted(others)]
    if pairs[0] is None or pairs[1] is None or pairs[0][1] != pairs[1][1]:
        return None
    number, other = pairs[0][0], pairs[1][0]
    return None if number.form == other.form or number.is_hedged or other.is_hedged else (number, other)


def _counted(words: Sequence[Word]) -> tuple[Word, tuple[str, list[str]]] | None:
    """Return the only number of a statement, with what it counts and all its other words but the plainest ones."""
    numbers = [place for place, word in enumerate(words) if any(map(str.isdigit, word.form))]
    if len(numbers) != 1 or not words[numbers[0]].is_number:
        return None
    place = numbers[0]
    number, unit = words[place], words[place + 1] if place + 1 < len(words) else None
    if unit is None or unit.form in STOP or unit.is_name:
        return None
    others = [word for word in (*words[:place], *words[place + 2 :]) if word.form not in _PLAIN]
    if not others or any(_CRUCIAL.fullmatch(word.form) for word in others):
        return None
    return number, (unit.stem, [_SAME.get(word.form, word.stem) for word in others])


def _is_more(change: tuple[int, int, int, int], words: Sequence[Word], others: Sequence[Word]) -> bool:
    """Return whether a change is what one text has more at an end; fewer words may be a "not"."""
    begin, end, other_begin, other_end = change
    is_at_an_end = not begin + other_begin or (end, other_end) == (len(words), len(others))
    return is_at_an_end and max(end - begin, other_end - other_begin) >= MORE
