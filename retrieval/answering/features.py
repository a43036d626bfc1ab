"""The evidence for each sentence: the features that the fitted `ranking_models` weigh.

A question's tokens fall into classes (question words, names, numbers, other words, punctuation), so that a name found
only in the previous sentence weighs differently from a verb found nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.analysis import STOP, stem, words
from retrieval.answering.cues import ASKING, FUNCTION, Cues, extreme, kind, names, negated
from retrieval.answering.cues import cues as cues_of
from retrieval.answering.question import Question
from retrieval.answering.scoring import ScoredSentence
from retrieval.encoding.encoder import Floats
from retrieval.records import ENGLISH

WINDOW, STEP = 20, 5  # tokens: length of the stretches that a question is matched with, and distance between them
STRONG = 0.5  # cosine from which a match counts as strong

_QUESTION_WORD = re.compile(r"[\w’']+")
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Word:
    """A content word of the question."""

    text: str
    stems: frozenset[str]
    """Its stem in each language of the corpus."""
    tokens: tuple[int, ...]
    is_name: bool
    is_number: bool
    idf: float


class QuestionAnalysis:
    """A question's words, token classes and cues."""

    def __init__(self, question: Question, idf: Callable[[str], float], languages: Sequence[str] = (ENGLISH,)) -> None:
        """`idf` returns a term's inverse document frequency among the sentences of a corpus in these languages."""
        self.question, self.text = question, question.text
        self.cues = cues_of(self.text)
        self.kind = kind(self.text)
        self.names = names(self.text)
        self.negated = negated(self.text)
        self.terms = tuple(dict.fromkeys(question.terms))
        self.term_idfs = np.array([idf(term) for term in self.terms])
        self.words = tuple(self._words(idf, languages))
        self.classes = np.array([self._class(*map(int, place)) for place in question.tokens.offsets])
        pieces = [self.text[start:end].lower() for start, end in question.tokens.offsets]
        self.content = np.array([piece.isalnum() and piece not in FUNCTION for piece in pieces])

    def _words(self, idf: Callable[[str], float], languages: Sequence[str]) -> list[Word]:
        content_words = []
        offsets = self.question.tokens.offsets
        for match in _QUESTION_WORD.finditer(self.text):
            first, last = match.span()
            tokens = tuple(int(at) for at in np.flatnonzero((offsets[:, 0] >= first) & (offsets[:, 1] <= last)))
            parts = words(match.group())
            if not tokens or not parts or parts[0] in STOP or parts[0] in FUNCTION:
                continue
            number = any(char.isdigit() for char in match.group())
            name = not number and first > 0 and match.group()[0].isupper()
            stems = frozenset(stem(parts[0], language) for language in languages)
            content_words.append(Word(parts[0], stems, tokens, name, number, min(map(idf, stems))))
        return content_words

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

    def __init__(
        self, analysis: QuestionAnalysis, scored: Sequence[ScoredSentence], depth: int, read: Callable[[int], Cues]
    ) -> None:
        """Weigh the first `depth` of `scored`, which is best first; `read` returns the cues of a sentence's row."""
        self.analysis, self.best = analysis, scored[:depth]
        self._scored, self._read = scored, read
        self._by_row = {sentence.row: sentence for sentence in scored}
        self.matches = np.array([sentence.matches for sentence in self.best], dtype=np.float64)
        """[n, q], each sentence's best match of each of the question's tokens."""
        self._within = np.array([sentence.passage_matches for sentence in self.best], dtype=np.float64)
        self._cues = [read(sentence.row) for sentence in self.best]
        self._weights = analysis.question.weights

    def _neighbour(self, sentence: ScoredSentence, step: int) -> ScoredSentence | None:
        neighbour = self._by_row.get(sentence.row + step)
        return neighbour if neighbour is not None and neighbour.passage == sentence.passage else None

    def _beside(self, matches: Floats, step: int) -> tuple[NDArray[np.bool_], Floats]:
        """Return [n], whether each sentence has that neighbour, and [n, q], the neighbour's matches or else its own."""
        neighbours = [self._neighbour(sentence, step) for sentence in self.best]
        has_neighbour = np.array([neighbour is not None for neighbour in neighbours])
        return has_neighbour, np.array(
            [
                own if neighbour is None else neighbour.matches
                for own, neighbour in zip(matches, neighbours, strict=True)
            ]
        )

    @cached_property
    def absent(self) -> Array:
        """[n, words], 1 where the sentence lacks the question's word."""
        stems = [word.stems for word in self.analysis.words]
        return np.array([[own.isdisjoint(cues.stems) for own in stems] for cues in self._cues], dtype=np.float64)

    @cached_property
    def word_matches(self) -> Array:
        """[n, words], the mean best match of each word's tokens."""
        return np.array([self.matches[:, word.tokens].mean(axis=1) for word in self.analysis.words]).T

    def sentences(self) -> dict[str, Array]:
        """Return the features that order the sentences: name -> [n]."""
        evidence = {**self._of_matches(), **self._of_places(), **self._of_words(), **self._of_offers()}
        return {name: np.asarray(values, dtype=np.float64) for name, values in evidence.items()}

    def _of_matches(self) -> dict[str, Array]:
        matches, gaps, classes = self.matches, self._within - self.matches, self.analysis.classes
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
            "stretch": np.array([_stretch(sentence.cosines) for sentence in self.best]),
            "reverse": np.array(
                [sentence.cosines.max(axis=1).mean() if len(sentence.cosines) else 0 for sentence in self.best]
            ),
        }

    def _of_places(self) -> dict[str, Array]:
        own = np.array([sentence.matches for sentence in self.best])
        means = own.mean(axis=1)
        has_neighbour, before = self._beside(own, -1)
        _, after = self._beside(own, 1)
        gains = np.maximum(np.maximum(own, before).mean(axis=1) - means, np.maximum(own, after).mean(axis=1) - means)
        return {
            "passage_bm25": np.array([sentence.passage_bm25 for sentence in self.best]),
            "passage_cosine": np.array([sentence.passage_cosine for sentence in self.best]),
            "before": np.where(has_neighbour, before.mean(axis=1), 0),
            "neighbour_gain": gains,
            "first": np.array([sentence.is_first for sentence in self.best]),
            "points_back": np.array([cues.points_back for cues in self._cues]),
        }

    def _of_words(self) -> dict[str, Array]:
        none, analysis = np.zeros(len(self.best)), self.analysis
        evidence = {"absent": none, "absent_names": none, "absent_numbers": none, "absent_content": none, "rare": none}
        if analysis.words:
            of_names = np.array([word.is_name for word in analysis.words])
            of_numbers = np.array([word.is_number for word in analysis.words])
            idfs = np.array([word.idf for word in analysis.words])
            for name, selected in (
                ("absent", np.ones(len(analysis.words), dtype=bool)),
                ("absent_names", of_names),
                ("absent_numbers", of_numbers),
                ("absent_content", ~(of_names | of_numbers)),
            ):
                evidence[name] = self.absent[:, selected].mean(axis=1) if selected.any() else none
            evidence["rare"] = (self.word_matches * idfs).sum(axis=1) / idfs.sum()
        return {**evidence, "terms_with_before": self._terms_with_before(), "passage_names": self._passage_names()}

    def _terms_with_before(self) -> Array:
        """Return the share of the question's terms, by idf, in the sentence or the one before it."""
        total = self.analysis.term_idfs.sum() if self.analysis.terms else 0.0
        if not total:
            return np.zeros(len(self.best))
        shares = []
        for sentence, cues in zip(self.best, self._cues, strict=True):
            neighbour = self._neighbour(sentence, -1)
            stems = cues.stems | self._read(neighbour.row).stems if neighbour else cues.stems
            shares.append(
                sum(self.analysis.term_idfs[at] for at, term in enumerate(self.analysis.terms) if term in stems)
            )
        return np.array(shares) / total

    def _passage_names(self) -> Array:
        """Return the share of the question's names that occur in the sentence's passage."""
        if not self.analysis.names:
            return np.zeros(len(self.best))
        passage_words = self._of_passages({sentence.passage for sentence in self.best}, lambda cues: cues.words)
        return np.array(
            [
                len(self.analysis.names & passage_words[sentence.passage]) / len(self.analysis.names)
                for sentence in self.best
            ]
        )

    def _of_passages(self, passages: Collection[int], part: Callable[[Cues], frozenset[str]]) -> dict[int, set[str]]:
        """Unite that part of the cues over the scored sentences of each passage."""
        by_passage: dict[int, set[str]] = {passage: set() for passage in passages}
        for sentence in self._scored:
            if sentence.passage in by_passage:
                by_passage[sentence.passage] |= part(self._read(sentence.row))
        return by_passage

    def _of_offers(self) -> dict[str, Array]:
        analysis, none = self.analysis, np.zeros(len(self.best))
        evidence = {"year": none, "number": none, "person": none, "lacking": none}
        if analysis.kind:
            evidence["lacking"] = np.array([not cues.offers(analysis.kind, analysis.cues) for cues in self._cues])
        if analysis.kind == "when":
            evidence["year"] = np.array([bool(cues.years - analysis.cues.years) for cues in self._cues])
        if analysis.kind == "number":
            evidence["number"] = np.array(
                [bool(cues.numbers - analysis.cues.numbers - cues.years) for cues in self._cues]
            )
        if analysis.kind == "who":
            evidence["person"] = np.array([cues.names_person(analysis.cues) for cues in self._cues])
        return evidence

    def answer(self, row: int, share: float, best_passage: float) -> Mapping[str, float]:
        """Return the features that the confidence in the sentence at `row` depends on: name -> value.

        `share` is the first quote's share of the belief, `best_passage` the score of the best passage. Raises KeyError
        where no such sentence was scored.
        """
        at = next((place for place, sentence in enumerate(self.best) if sentence.row == row), None)
        if at is None:  # a reranker may put an unweighed sentence first
            return Evidence(self.analysis, [self._by_row[row], *self._scored], 1, self._read).answer(
                row, share, best_passage
            )
        # The words of earlier turns count fully here: a light weight must not make them look missing.
        analysis, matches, sentence = self.analysis, self.matches[at] / self._weights, self.best[at]
        evidence = {
            "passage_maxsim": float((self._within[at] / self._weights).mean()),
            "passage_cosine": sentence.passage_cosine,
            "passage_score": best_passage,
            "share": share,
            "function": float(matches[~analysis.content].mean())
            if not analysis.content.all()
            else float(matches.mean()),
            "numbers": float(np.where(analysis.classes == "number", matches, 0).sum() / len(matches)),
            "least_content": _least(matches, analysis.classes == "content"),
            "negated": float(analysis.negated),
            "where": float(analysis.kind == "where"),
            **_order(sentence.cosines, analysis.classes),
        }
        return {**evidence, **self._missing(at)}

    def _missing(self, at: int) -> dict[str, float]:
        """Return how much of the question's words the sentence lacks, literally, in its passage, and in meaning."""
        analysis = self.analysis
        evidence = {"absent_meaning": 0.0, "rarest_absent": 0.0, "absent_numbers": 0.0, "absent_extreme": 0.0}
        evidence |= {"passage_absent": 0.0, "least_word": float((self.matches[at] / self._weights).mean())}
        if not analysis.words:
            return evidence
        whole = self.matches[at] / self._weights
        absent, meaning = self.absent[at], np.array([whole[list(word.tokens)].mean() for word in analysis.words])
        passage = self.best[at].passage
        stems = self._of_passages((passage,), lambda cues: cues.stems)[passage]
        evidence["absent_meaning"] = float((absent * (1 - meaning)).mean())
        evidence["rarest_absent"] = max(
            missing * word.idf for missing, word in zip(absent, analysis.words, strict=True)
        )
        evidence["least_word"] = float(meaning.min())
        for name, pairs in (
            (
                "absent_numbers",
                [missing for missing, word in zip(absent, analysis.words, strict=True) if word.is_number],
            ),
            (
                "absent_extreme",
                [missing for missing, word in zip(absent, analysis.words, strict=True) if extreme(word.text)],
            ),
            (
                "passage_absent",
                [word.stems.isdisjoint(stems) for word in analysis.words if not word.is_name and not word.is_number],
            ),
        ):
            evidence[name] = float(np.mean(pairs)) if pairs else 0.0
        return evidence


def _stretch(cosines: Floats) -> float:
    """Return the MaxSim of the best stretch of WINDOW tokens, of those that begin every STEP tokens."""
    if not len(cosines):
        return 0.0
    blocks = np.maximum.reduceat(cosines, np.arange(0, len(cosines), STEP), axis=0)
    best = blocks
    for shift in range(1, WINDOW // STEP):
        best = np.maximum(best[:-1], blocks[shift:]) if len(blocks) > shift else best
    return float(best.mean(axis=1).max())


def _least(matches: Array, selected: NDArray[np.bool_]) -> float:
    return float(matches[selected].min()) if selected.any() else float(matches.mean())


def _order(cosines: Floats, classes: NDArray[np.str_]) -> dict[str, float]:
    """Return how far the matches keep the question's order, and how scattered they are: signs of swapped roles."""
    places = cosines.argmax(axis=0)[classes != "mark"] if len(cosines) else np.zeros(0)
    if len(places) < 2:
        return {"in_order": 0.0, "scatter": 0.0}
    return {"in_order": float((np.diff(places) > 0).mean()), "scatter": float(np.log1p(places.std()))}
