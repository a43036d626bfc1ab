"""How far the first quote of an answer is trusted: the features of the confidence, and what overrules the model."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.answering import lookup
from retrieval.answering.confidence import ConfidenceModel
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
from retrieval.answering.sources import Sources


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
    scored: int
    """Number of sentences of the candidates."""
    read: bool
    """Whether a reader read the best passages."""
    scope: Scope | None = None
    """What a filter left to search; None without a filter."""


def features(outcome: SearchOutcome, sources: Sources, ranking_models: RankingModels | None) -> tuple[float, ...]:
    """Return the features of the confidence in the first draft, in the order and with the meaning of FEATURES."""
    best = outcome.drafts[0]
    is_known = knows_script(ranking_models, outcome.question.text)
    maxsim, terms = best.maxsim, sources.terms_found(outcome.question, best.sentences[0].passage)
    share = best.belief + sum(twin.belief for twin in best.twins)
    reading = _reading(best, share) if outcome.read else (0.0, 0.0)
    if outcome.evidence is None or ranking_models is None or not is_known:
        return maxsim if is_known else 0.0, terms, 0.0, 0.0, *reading
    evidence = outcome.evidence.answer(best.best.row, share, outcome.candidates[0].score)
    topic, support = ranking_models.topic.of(evidence), ranking_models.support.of(evidence)
    return maxsim, terms, log_share(topic), log_share(support), *reading


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


def _gives_reason(draft: Draft, sources: Sources) -> bool:
    return any(gives_reason(sources.place(sentence.row).text) for sentence in draft.sentences)


def _reading(best: Draft, share: float) -> tuple[float, float]:
    """Return the features that need a reader."""
    odds = max(UNREAD if sentence.odds is None else sentence.odds for sentence in best.sentences)
    return odds, log_odds(share)
