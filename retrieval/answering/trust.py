"""How far the first quote of an answer is trusted: the features of the confidence, and what overrules the model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.answering import lookup
from retrieval.answering.confidence import UNREAD_FEATURES, ConfidenceModel
from retrieval.answering.cues import gives_reason
from retrieval.answering.features import Evidence
from retrieval.answering.first_stage import knows_script
from retrieval.answering.followup import asks_why_alone
from retrieval.answering.question import Question
from retrieval.answering.quoter import Draft
from retrieval.answering.ranking_models import RankingModels, log_odds, log_share
from retrieval.answering.reading import UNREAD
from retrieval.answering.retriever import Candidate
from retrieval.answering.scope import Scope
from retrieval.answering.scoring import RankedSentence
from retrieval.answering.sources import Sources

COMPARED = 30
"""Sentences that the first quote is compared with where nothing reads them."""


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """The drafts of an answer, with the question and candidates that led to them."""

    question: Question
    """The question as searched for."""
    candidates: list[Candidate]
    drafts: list[Draft]
    """Drafts of the quotes, best first."""
    evidence: Evidence | None
    """Evidence of the weighed sentences; None without ranking models for the encoder, or where nothing was found."""
    ranked: Sequence[RankedSentence]
    """The sentences of the candidates, best first."""
    read: bool
    """Whether a reader read the best passages."""
    languages: Collection[str]
    """ISO 639-1 codes of the languages that the fitted models know, or the reader that read."""
    scope: Scope | None = None
    """What a filter left to search; None without a filter."""


def features(outcome: SearchOutcome, sources: Sources, ranking_models: RankingModels | None) -> tuple[float, ...]:
    """Return the features of the confidence in the first draft, in the order and with the meaning of FEATURES."""
    best = outcome.drafts[0]
    passage, is_known = best.sentences[0].passage, knows_script(ranking_models, outcome.question.text)
    matches = sources.term_matches(outcome.question, passage)
    maxsim, share = best.maxsim if is_known else 0.0, best.belief + sum(twin.belief for twin in best.twins)
    weighed = reading = (0.0, 0.0)
    unread = (0.0,) * len(UNREAD_FEATURES)
    if not is_known or sources.language_of(passage) not in outcome.languages:
        apart = maxsim - _median_maxsim(outcome.ranked) if is_known else 0.0
        unread = (1.0, matches.by_letters, matches.rarest, apart, log_odds(share))
    else:
        weighed = _weighed(outcome, share, ranking_models)
        reading = _reading(best, share) if outcome.read else reading
    return maxsim, matches.share, *weighed, *reading, *unread


def trust(outcome: SearchOutcome, values: tuple[float, ...], model: ConfidenceModel, sources: Sources) -> float:
    """Return the confidence in the first draft, whose features are `values`."""
    confidence = model.probability(values)
    question, first = outcome.question, outcome.drafts[0]
    passage = sources.passage_text(first.best.passage)

    def is_term(term: str) -> bool:
        return sources.has_term(term, outcome.scope)

    if question.doubtful or lookup.missing_codes(question.text, is_term, passage):
        return min(confidence, lookup.MISSING)
    if asks_why_alone(question.text[question.context :]) and not _gives_reason(first, sources):
        return min(confidence, lookup.MISSING)
    if (sought := lookup.looked_up(question.text)) is None:
        return confidence
    if any(sought.is_in(sources.place(sentence.row)) for sentence in first.sentences):
        return max(confidence, sought.confidence)
    return min(confidence, lookup.MISSING) if sought.is_exact else confidence


def _weighed(outcome: SearchOutcome, share: float, ranking_models: RankingModels | None) -> tuple[float, float]:
    """Return the features that need ranking models."""
    if outcome.evidence is None or ranking_models is None:
        return 0.0, 0.0
    evidence = outcome.evidence.answer(outcome.drafts[0].best.row, share, outcome.candidates[0].score)
    return log_share(ranking_models.topic.of(evidence)), log_share(ranking_models.support.of(evidence))


def _median_maxsim(ranked: Sequence[RankedSentence]) -> float:
    """Return the MaxSim of the median of the best sentences."""
    return float(np.median([sentence.sentence.matches.mean() for sentence in ranked[:COMPARED]]))


def _gives_reason(draft: Draft, sources: Sources) -> bool:
    return any(gives_reason(sources.place(sentence.row).text) for sentence in draft.sentences)


def _reading(best: Draft, share: float) -> tuple[float, float]:
    """Return the features that need a reader."""
    odds = max(UNREAD if sentence.odds is None else sentence.odds for sentence in best.sentences)
    return odds, log_odds(share)
