"""The engine: an index opened for questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import exp
from pathlib import Path

import numpy as np

from retrieval.encoder import Encoder
from retrieval.encoders import question_encoder
from retrieval.followup import resolve
from retrieval.generation import Generation
from retrieval.models import default_cache
from retrieval.question import Question, clean, prepare
from retrieval.quoter import Draft, Quoter, score_sentences
from retrieval.records import Answer, ArticleRef, ScoredPassage, Turn
from retrieval.retriever import Candidate, rank
from retrieval.settings import AnswerSettings
from retrieval.terms import terms as terms_of

NEAREST = 3  # articles named with an answer


@dataclass(frozen=True, slots=True)
class Trace:
    """An answer with what it was made of, for measuring."""

    answer: Answer
    """With its quotes in any case, those of an abstention marked `weak`."""
    features: tuple[float, ...]
    """What the confidence was told by; empty where nothing was found."""
    candidates: tuple[Candidate, ...]
    """The ranked passages, best first; the first of them, as many as the settings say, had their sentences scored."""


class Engine:
    """Answers questions from one generation of an index. Safe to use from one thread at a time."""

    def __init__(self, generation: Generation, encoder: Encoder, settings: AnswerSettings) -> None:
        self.generation, self.encoder, self.settings = generation, encoder, settings
        self.fingerprint = generation.manifest.fingerprint

    @classmethod
    def open(
        cls,
        index: str | Path,
        settings: AnswerSettings | None = None,
        *,
        cache: Path | None = None,
        exporting: Callable[[], None] = lambda: None,
    ) -> Engine:
        """Open the current generation of an index; raises IndexFault or ModelError.

        `cache` holds exported models; `exporting` is called before one has to be made, which takes half a minute.
        """
        generation = Generation.current(Path(index).expanduser(), whole=True)
        encoder = question_encoder(generation.manifest.encoder, cache or default_cache(), exporting)
        return cls(generation, encoder, settings or AnswerSettings())

    def ask(
        self, question: str, history: Sequence[Turn] = (), *, top: int | None = None, show_weak: bool = False
    ) -> Answer:
        """Quotes that answer the question, best first, or an abstention; raises QuestionInvalid.

        `history` holds the earlier turns of the conversation, oldest first: they join the search when the question
        leans on them. `show_weak` leaves an abstention's quotes in, marked `weak`.
        """
        answer = self.trace(question, history, top=top).answer
        return answer if answer.answered or show_weak else replace(answer, quotes=())

    def trace(
        self, question: str, history: Sequence[Turn] = (), *, top: int | None = None, depth: int | None = None
    ) -> Trace:
        """As `ask`, with what the answer was made of; `depth` is how many passages to rank, if more than it needs."""
        began = time.perf_counter()
        quoter = Quoter(self.generation, self.settings)
        asked, candidates, drafts = self.find(question, history, quoter, top, depth)
        features = self.features(asked, drafts[0]) if drafts else ()
        trust = confidence(features, self.settings) if drafts else 0.0
        answered = bool(drafts) and trust >= self.settings.threshold
        answer = Answer(
            question=question,
            answered=answered,
            confidence=round(trust, 4),
            quotes=tuple(quoter.quote(draft, weak=not answered) for draft in drafts),
            nearest=self._nearest(candidates[: self.settings.candidates]),
            fingerprint=self.fingerprint,
            elapsed_ms=round(1000 * (time.perf_counter() - began), 2),
            searched=asked.text,
        )
        return Trace(answer, features, tuple(candidates))

    def find(
        self,
        question: str,
        history: Sequence[Turn],
        quoter: Quoter,
        top: int | None = None,
        depth: int | None = None,
    ) -> tuple[Question, list[Candidate], list[Draft]]:
        """What an answer is made of: the question as searched for, the passages, and the quotes in the making."""
        resolved = resolve(clean(question, self.settings.max_question), history)
        asked = self._prepared(resolved.text, resolved.context)
        count = self.settings.candidates
        candidates = rank(self.generation, asked, self.settings, max(count, depth or count))
        scored = score_sentences(self.generation, self.encoder.centre, asked, candidates[:count], self.settings)
        if resolved.beyond:
            scored = [one for one in scored if not quoter.within(one, history[-1].quotes)]
        return asked, candidates, quoter.choose(scored, top or self.settings.top)

    def passages(self, question: str, count: int = 10) -> list[ScoredPassage]:
        """The passages nearest to the question, best first, whether or not they answer it."""
        found = []
        for candidate in rank(self.generation, self.prepare(question), self.settings, count):
            article, start, end = (int(value) for value in self.generation.passages[candidate.row])
            first = self.generation.sentences_of(candidate.row).start
            paragraph = int(self.generation.sentences[first, 3])
            citation = self.generation.cite(article, start, end, paragraph)
            found.append(ScoredPassage(citation, self.generation.article(article).text[start:end], candidate.score))
        return found

    def prepare(self, question: str) -> Question:
        """The question as it is searched for."""
        return self._prepared(clean(question, self.settings.max_question))

    def _prepared(self, text: str, context: int = 0) -> Question:
        terms = self.generation.passage_terms
        return prepare(text, self.encoder, terms, lambda: self._vocabulary, context=context)

    @cached_property
    def _vocabulary(self) -> Sequence[str]:
        return self.generation.words()

    def features(self, question: Question, best: Draft) -> tuple[float, ...]:
        """What the confidence is told by, each 0 to 1: the first quote's MaxSim, and how much of the question's
        terms, by idf, stands in its title or passage."""
        terms = self.generation.passage_terms
        asked = sorted(set(question.terms))
        weights = np.array([terms.idf(term) for term in asked])
        row = best.sentences[0].passage
        article, start, end = (int(value) for value in self.generation.passages[row])
        cited = self.generation.article(article)
        held = set(terms_of(cited.title + " " + cited.text[start:end]))
        found = np.array([term in held for term in asked])
        share = float(weights[found].sum() / weights.sum()) if len(asked) and weights.sum() else 0.0
        return best.maxsim, share

    def _nearest(self, candidates: Sequence[Candidate]) -> tuple[ArticleRef, ...]:
        rows = dict.fromkeys(int(self.generation.passages[candidate.row, 0]) for candidate in candidates)
        return tuple(ArticleRef(*self.generation.title(row)) for row in list(rows)[:NEAREST])


def confidence(features: tuple[float, ...], settings: AnswerSettings) -> float:
    """Estimated probability that the first quote answers the question, from what `Engine.features` gives.

    A logistic model of two features. On SQuAD part A, scored on articles it was not fitted on, it is calibrated within
    a few points and tells off-corpus questions apart at AUROC .99; of questions that are on topic and unanswered it
    knows little (.61): their words are in the corpus, their answer is not.
    """
    intercept, *weights = settings.confidence
    logit = intercept + sum(weight * feature for weight, feature in zip(weights, features, strict=True))
    return 1 / (1 + exp(-max(-60.0, min(60.0, logit))))
