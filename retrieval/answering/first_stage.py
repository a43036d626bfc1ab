"""The first stage: search passages, and rank their sentences by the belief in each. A reader may read the best then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from retrieval.analysis import script_of
from retrieval.answering.cues import gives_reason
from retrieval.answering.features import Evidence, QuestionAnalysis
from retrieval.answering.followup import asks_why_alone, resolve
from retrieval.answering.parts import unwrapped
from retrieval.answering.question import Question, clean, prepare
from retrieval.answering.quoter import Quoter
from retrieval.answering.ranking_models import RankingModels, softmax
from retrieval.answering.retriever import Candidate, rank
from retrieval.answering.scope import Scope
from retrieval.answering.scoring import RankedSentence, ScoredSentence, score_sentences
from retrieval.answering.sources import Sources
from retrieval.encoding.encoder import Encoder
from retrieval.index.generation import Generation
from retrieval.records import Turn
from retrieval.settings import AnswerSettings
from retrieval.stages import measured

BY_WORDS = 0.05
"""Weight of terms beside MaxSim, as `AnswerSettings.sentence_terms`, for a question in a script that the encoder does
not know: what it makes of that hardly tells one sentence from another. Set by hand, so that words decide."""
SHARPNESS = 30.0
"""Scale of first-stage scores as logits of the belief, for an encoder without ranking models."""


@dataclass(frozen=True, slots=True)
class FirstStageOutcome:
    """What is known of a question before a reader reads."""

    question: Question
    candidates: list[Candidate]
    ranked: list[RankedSentence]
    evidence: Evidence | None
    """None without ranking models for the encoder and the question's script, or where nothing was found."""
    earlier: tuple[str, ...] = ()
    """The earlier questions that it leans on, the latest first."""

    @property
    def to_read(self) -> str:
        """The question as a reader sees it, without the context that only the search has."""
        return self.question.text[self.question.context :].strip()


@dataclass(frozen=True, slots=True)
class FirstStage:
    """The first stage over one generation, as it is set."""

    generation: Generation
    encoder: Encoder
    settings: AnswerSettings
    ranking_models: RankingModels | None
    """Those fitted to the encoder; None where there are none."""
    sources: Sources
    scope: Scope | None = None
    """What a filter leaves to search; None without a filter."""

    def search(
        self, question: str, history: Sequence[Turn], quoter: Quoter, depth: int | None = None
    ) -> FirstStageOutcome:
        """Search, and rank the sentences; `depth` is how many passages to rank, if more than needed."""
        plain = unwrapped(clean(question, self.settings.max_question))
        resolved = resolve(plain, history)
        query = self._prepared(resolved.text, resolved.context)
        count = self.settings.candidates
        with measured("search"):
            candidates = rank(self.generation, query, self.settings, max(count, depth or count), self.scope)
            settings = replace(self.settings, sentence_terms=self.terms_weight(query.text))
            scored = score_sentences(self.generation, query, candidates[:count], settings)
        if resolved.beyond:
            asks_why = asks_why_alone(plain)
            scored = [
                sentence
                for sentence in scored
                if (asks_why and gives_reason(quoter.text_of(sentence)))
                or not quoter.within(sentence, history[-1].quotes)
            ]
        evidence = self.evidence(query, scored)
        return FirstStageOutcome(query, candidates, self.ranked(scored, evidence), evidence, resolved.earlier)

    def prepare(self, question: str) -> Question:
        """Return the question as searched for."""
        return self._prepared(unwrapped(clean(question, self.settings.max_question)))

    def terms_weight(self, question: str) -> float:
        """Return the weight of terms beside MaxSim in the scores of a question's sentences."""
        return self.settings.sentence_terms if knows_script(self.ranking_models, question) else BY_WORDS

    def evidence(self, query: Question, scored: list[ScoredSentence]) -> Evidence | None:
        """Return the evidence of the sentences; None without ranking models for them, or for nothing to weigh."""
        if self.ranking_models is None or not knows_script(self.ranking_models, query.text):
            return None
        if not scored or not len(query.tokens.vectors):
            return None
        analysis = QuestionAnalysis(query, self.generation.sentence_terms.idf, self.generation.languages)
        return Evidence(analysis, scored, self.settings.weighed, self.sources.cues)

    def ranked(self, scored: list[ScoredSentence], evidence: Evidence | None) -> list[RankedSentence]:
        """Rank the first stage's best sentences by the belief in each; the others have a belief of 0."""
        if not scored:
            return []
        depth = self.settings.weighed
        if evidence is not None and self.ranking_models is not None:
            logits = self.ranking_models.sentence.of(evidence.sentences())
        else:
            logits = SHARPNESS * np.array([sentence.score for sentence in scored[:depth]])
        best = list(map(RankedSentence, scored, softmax(logits).tolist()))
        best.sort(key=lambda ranked: (-ranked.belief, ranked.place))
        return [*best, *(RankedSentence(sentence, 0.0) for sentence in scored[depth:])]

    def _prepared(self, text: str, context: int = 0) -> Question:
        self.generation.check_lengths()
        terms, languages = self.generation.passage_terms, self.generation.languages
        nearest = partial(self.sources.nearest, text)
        return prepare(text, self.encoder, terms, nearest, context=context, languages=languages)


def knows_script(ranking_models: RankingModels | None, text: str) -> bool:
    """Return whether the encoder knows the letters of a text: the one with ranking models knows Latin ones."""
    return ranking_models is None or script_of(text) in (None, "LATIN")
