"""What speaks for each sentence: the numbers that the fitted models of `ranking_models` weigh.

A question's tokens fall into classes (what is asked with, names, numbers, other words, punctuation), so that a name
found only in the sentence before weighs other than a verb that is found nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.analysis import STOP, stem, words
from retrieval.answering.cues import ASKING, FUNCTION, Cues, cues, extreme, kind, names, negated
from retrieval.answering.question import Question
from retrieval.answering.scoring import ScoredSentence
from retrieval.encoding.encoder import Floats

WINDOW, STEP = 20, 5  # tokens of the stretch within which a question is matched best, and of a step of it
STRONG = 0.5  # cosine from which a match is a strong one

_QUESTION_WORD = re.compile(r"[\w’']+")
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the question that says what it is about."""

    text: str
    stem: str
    tokens: tuple[int, ...]
    is_name: bool
    is_number: bool
    idf: float


class Asked:
    """A question, taken apart."""

    def __init__(self, question: Question, idf: Callable[[str], float]) -> None:
        """`idf` is of a term among the corpus' sentences."""
        self.question, self.text = question, question.text
        self.cues = cues(self.text)
        self.kind = kind(self.text)
        self.names = names(self.text)
        self.negated = negated(self.text)
        self.terms = tuple(dict.fromkeys(question.terms))
        self.term_idfs = np.array([idf(term) for term in self.terms])
        self.words = tuple(self._words(idf))
        self.classes = np.array([self._class(*map(int, place)) for place in question.tokens.offsets])
        pieces = [self.text[start:end].lower() for start, end in question.tokens.offsets]
        self.content = np.array([piece.isalnum() and piece not in FUNCTION for piece in pieces])

    def _words(self, idf: Callable[[str], float]) -> list[Word]:
        found = []
        offsets = self.question.tokens.offsets
        for match in _QUESTION_WORD.finditer(self.text):
            first, last = match.span()
            tokens = tuple(int(at) for at in np.flatnonzero((offsets[:, 0] >= first) & (offsets[:, 1] <= last)))
            said = words(match.group())
            if not tokens or not said or said[0] in STOP or said[0] in FUNCTION:
                continue
            number = any(char.isdigit() for char in match.group())
            name = not number and first > 0 and match.group()[0].isupper()
            found.append(Word(said[0], stem(said[0]), tokens, name, number, idf(stem(said[0]))))
        return found

    def _class(self, start: int, end: int) -> str:
        piece = self.text[start:end].lower()
        if not piece.isalnum():
            return "mark"
        if piece in ASKING:
            return "asking"
        if piece in FUNCTION or piece in STOP:
            return "function"
        if any(char.isdigit() for char in piece):
            return "number"
        word = self.text.rfind(" ", 0, start) + 1
        return "name" if word > 0 and self.text[word].isupper() else "content"


class Evidence:
    """The evidence for the best sentences of one question."""

    def __init__(self, asked: Asked, scored: Sequence[ScoredSentence], depth: int, read: Callable[[int], Cues]) -> None:
        """`scored` is best first, of which `depth` are weighed; `read` gives the cues of a sentence's row."""
        self.asked, self.best = asked, scored[:depth]
        self._scored, self._read = scored, read
        self._by_row = {one.row: one for one in scored}
        self.matches = np.array([one.matches for one in self.best], dtype=np.float64)
        """[n, q], each sentence's best match of each of the question's tokens."""
        self._within = np.array([one.passage_matches for one in self.best], dtype=np.float64)
        self._cues = [read(one.row) for one in self.best]
        self._weights = asked.question.weights

    def _neighbour(self, one: ScoredSentence, step: int) -> ScoredSentence | None:
        other = self._by_row.get(one.row + step)
        return other if other is not None and other.passage == one.passage else None

    def _beside(self, own: Floats, step: int) -> tuple[NDArray[np.bool_], Floats]:
        """[n], whether each sentence has that neighbour; [n, q], the neighbour's matches, else the sentence's own."""
        others = [self._neighbour(one, step) for one in self.best]
        stands = np.array([other is not None for other in others])
        return stands, np.array(
            [mine if other is None else other.matches for mine, other in zip(own, others, strict=True)]
        )

    @cached_property
    def absent(self) -> Array:
        """[n, words], 1 where the sentence does not have the question's word."""
        stems = [word.stem for word in self.asked.words]
        return np.array([[stem not in one.stems for stem in stems] for one in self._cues], dtype=np.float64)

    @cached_property
    def word_matches(self) -> Array:
        """[n, words], the mean best match of each word's tokens."""
        return np.array([self.matches[:, word.tokens].mean(axis=1) for word in self.asked.words]).T

    def sentences(self) -> dict[str, Array]:
        """Name -> [n], the evidence that sentences are ordered by."""
        found = {**self._of_matches(), **self._of_places(), **self._of_words(), **self._of_offers()}
        return {name: np.asarray(values, dtype=np.float64) for name, values in found.items()}

    def _of_matches(self) -> dict[str, Array]:
        matches, gaps, classes = self.matches, self._within - self.matches, self.asked.classes
        count = matches.shape[1]
        content = np.where(classes == "content", gaps, 0)
        of = {name: np.where(classes == name, gaps, 0).sum(axis=1) / count for name in set(classes)}
        none = np.zeros(len(matches))
        return {
            "maxsim": matches.mean(axis=1),
            "passage_maxsim": self._within.mean(axis=1),
            "best_three": np.sort(matches, axis=1)[:, -3:].mean(axis=1),
            "strong": np.maximum(0, matches - STRONG).mean(axis=1),
            "marks": np.where(classes == "mark", matches, 0).sum(axis=1) / count,
            "content": np.where(classes == "content", matches, 0).sum(axis=1) / count,
            "asking_elsewhere": of.get("asking", none),
            "numbers_elsewhere": of.get("number", none),
            "names_elsewhere": of.get("name", none),
            "content_elsewhere": of.get("content", none),
            "most_elsewhere": content.max(axis=1),
            "stretch": np.array([_stretch(one.cosines) for one in self.best]),
            "reverse": np.array([one.cosines.max(axis=1).mean() if len(one.cosines) else 0 for one in self.best]),
        }

    def _of_places(self) -> dict[str, Array]:
        own = np.array([one.matches for one in self.best])
        means = own.mean(axis=1)
        stands, before = self._beside(own, -1)
        _, after = self._beside(own, 1)
        gains = np.maximum(np.maximum(own, before).mean(axis=1) - means, np.maximum(own, after).mean(axis=1) - means)
        return {
            "passage_bm25": np.array([one.passage_bm25 for one in self.best]),
            "passage_cosine": np.array([one.passage_cosine for one in self.best]),
            "before": np.where(stands, before.mean(axis=1), 0),
            "neighbour_gain": gains,
            "first": np.array([one.is_first for one in self.best]),
            "points_back": np.array([one.points_back for one in self._cues]),
        }

    def _of_words(self) -> dict[str, Array]:
        none, asked = np.zeros(len(self.best)), self.asked
        found = {"absent": none, "absent_names": none, "absent_numbers": none, "absent_content": none, "rare": none}
        if asked.words:
            of_names = np.array([word.is_name for word in asked.words])
            of_numbers = np.array([word.is_number for word in asked.words])
            idfs = np.array([word.idf for word in asked.words])
            for name, which in (
                ("absent", np.ones(len(asked.words), dtype=bool)),
                ("absent_names", of_names),
                ("absent_numbers", of_numbers),
                ("absent_content", ~(of_names | of_numbers)),
            ):
                found[name] = self.absent[:, which].mean(axis=1) if which.any() else none
            found["rare"] = (self.word_matches * idfs).sum(axis=1) / idfs.sum()
        return {**found, "terms_with_before": self._terms_with_before(), "passage_names": self._passage_names()}

    def _terms_with_before(self) -> Array:
        """The share of the question's terms, by idf, in the sentence or the one before it."""
        total = self.asked.term_idfs.sum() if self.asked.terms else 0.0
        if not total:
            return np.zeros(len(self.best))
        shares = []
        for one, own in zip(self.best, self._cues, strict=True):
            other = self._neighbour(one, -1)
            stems = own.stems | self._read(other.row).stems if other else own.stems
            shares.append(sum(self.asked.term_idfs[at] for at, term in enumerate(self.asked.terms) if term in stems))
        return np.array(shares) / total

    def _passage_names(self) -> Array:
        """The share of the names in the question that stand in the sentence's passage."""
        if not self.asked.names:
            return np.zeros(len(self.best))
        held = self._of_passages({one.passage for one in self.best}, lambda one: one.words)
        return np.array([len(self.asked.names & held[one.passage]) / len(self.asked.names) for one in self.best])

    def _of_passages(self, passages: Collection[int], part: Callable[[Cues], frozenset[str]]) -> dict[int, set[str]]:
        """What the scored sentences of each of the passages have together."""
        held: dict[int, set[str]] = {passage: set() for passage in passages}
        for one in self._scored:
            if one.passage in held:
                held[one.passage] |= part(self._read(one.row))
        return held

    def _of_offers(self) -> dict[str, Array]:
        asked, none = self.asked, np.zeros(len(self.best))
        found = {"year": none, "number": none, "person": none, "lacking": none}
        if asked.kind:
            found["lacking"] = np.array([not one.offers(asked.kind, asked.cues) for one in self._cues])
        if asked.kind == "when":
            found["year"] = np.array([bool(one.years - asked.cues.years) for one in self._cues])
        if asked.kind == "number":
            found["number"] = np.array([bool(one.numbers - asked.cues.numbers - one.years) for one in self._cues])
        if asked.kind == "who":
            found["person"] = np.array([one.names_person(asked.cues) for one in self._cues])
        return found

    def answer(self, row: int, share: float, best_passage: float) -> Mapping[str, float]:
        """Name -> value, the evidence that an answer is trusted by, of the sentence at `row`.

        `share` is what the first quote has of the belief, `best_passage` the score of the best passage. Raises KeyError
        where no such sentence was scored.
        """
        at = next((place for place, one in enumerate(self.best) if one.row == row), None)
        if at is None:  # a reranker may put a sentence first that was not weighed
            return Evidence(self.asked, [self._by_row[row], *self._scored], 1, self._read).answer(
                row, share, best_passage
            )
        # Here the words of earlier turns count whole: what they find poorly is not missing for being weighed lightly.
        asked, matches, one = self.asked, self.matches[at] / self._weights, self.best[at]
        found = {
            "passage_maxsim": float((self._within[at] / self._weights).mean()),
            "passage_cosine": one.passage_cosine,
            "passage_score": best_passage,
            "share": share,
            "function": float(matches[~asked.content].mean()) if not asked.content.all() else float(matches.mean()),
            "numbers": float(np.where(asked.classes == "number", matches, 0).sum() / len(matches)),
            "least_content": _least(matches, asked.classes == "content"),
            "negated": float(asked.negated),
            "where": float(asked.kind == "where"),
            **_order(one.cosines, asked.classes),
        }
        return {**found, **self._missing(at)}

    def _missing(self, at: int) -> dict[str, float]:
        """What of the question's words is missing in a sentence, in its passage, and in meaning."""
        asked = self.asked
        found = {"absent_meaning": 0.0, "rarest_absent": 0.0, "absent_numbers": 0.0, "absent_extreme": 0.0}
        found |= {"passage_absent": 0.0, "least_word": float((self.matches[at] / self._weights).mean())}
        if not asked.words:
            return found
        whole = self.matches[at] / self._weights
        absent, meant = self.absent[at], np.array([whole[list(word.tokens)].mean() for word in asked.words])
        passage = self.best[at].passage
        stems = self._of_passages((passage,), lambda one: one.stems)[passage]
        found["absent_meaning"] = float((absent * (1 - meant)).mean())
        found["rarest_absent"] = max(gone * word.idf for gone, word in zip(absent, asked.words, strict=True))
        found["least_word"] = float(meant.min())
        for name, pairs in (
            ("absent_numbers", [gone for gone, word in zip(absent, asked.words, strict=True) if word.is_number]),
            ("absent_extreme", [gone for gone, word in zip(absent, asked.words, strict=True) if extreme(word.text)]),
            (
                "passage_absent",
                [word.stem not in stems for word in asked.words if not word.is_name and not word.is_number],
            ),
        ):
            found[name] = float(np.mean(pairs)) if pairs else 0.0
        return found


def _stretch(cosines: Floats) -> float:
    """The MaxSim of the best stretch of WINDOW tokens, begun every STEP tokens."""
    if not len(cosines):
        return 0.0
    blocks = np.maximum.reduceat(cosines, np.arange(0, len(cosines), STEP), axis=0)
    best = blocks
    for shift in range(1, WINDOW // STEP):
        best = np.maximum(best[:-1], blocks[shift:]) if len(blocks) > shift else best
    return float(best.mean(axis=1).max())


def _least(matches: Array, which: NDArray[np.bool_]) -> float:
    return float(matches[which].min()) if which.any() else float(matches.mean())


def _order(cosines: Floats, classes: NDArray[np.str_]) -> dict[str, float]:
    """Whether the question's tokens are matched in their order, and how far apart: roles swapped, words scattered."""
    places = cosines.argmax(axis=0)[classes != "mark"] if len(cosines) else np.zeros(0)
    if len(places) < 2:
        return {"in_order": 0.0, "scatter": 0.0}
    return {"in_order": float((np.diff(places) > 0).mean()), "scatter": float(np.log1p(places.std()))}
