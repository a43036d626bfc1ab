"""Why a quote was chosen: every number behind it, found again as the answer found it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.answering.confidence import ConfidenceModel
from retrieval.answering.question import Question
from retrieval.answering.quoter import Draft, Quoter
from retrieval.answering.scoring import RankedSentence
from retrieval.engine import Engine, Found
from retrieval.errors import InputInvalid
from retrieval.index.bits import similarities
from retrieval.records import Quote, Turn

SHOWN = 5  # pieces of evidence


@dataclass(frozen=True, slots=True)
class TokenMatch:
    """A word piece of the question, and what matches it best in the quote."""

    asked: str
    best: float
    """Cosine, -1 to 1."""
    weight: float
    """What the token counts in the MaxSim: those of earlier turns count less."""
    found: str | None
    """The word of the quote; None where the passage cannot be read again as it was indexed."""


@dataclass(frozen=True, slots=True)
class Why:
    """The scores behind one quote. Those of several sentences are of the best one; confidence is the answer's."""

    searched: str
    belief: float
    """That the answer stands in the quote, 0 to 1; that of its place where a reranker ordered the sentences."""
    evidence: tuple[tuple[str, float], ...]
    """What told the belief most: name, and how far it raised the quote's best sentence over the mean of those weighed,
    in logits; empty where no models were fitted for the encoder, and where a reranker ordered the sentence."""
    weighed: int
    """Sentences whose beliefs sum to 1."""
    first_score: float
    """maxsim + sentence_terms x (sentence_bm25 + passage_bm25)"""
    reranked: float | None
    """The reranker's score of the quote's best sentence; None where it did not read it."""
    maxsim: float
    """Weighted mean of the tokens' best matches in the quote's best sentence."""
    sentence_bm25: float
    passage_bm25: float
    passage_score: float
    """cosine + passage_terms x passage_bm25"""
    cosine: float
    """Of the passage's vector with the question's."""
    passage_rank: int
    """From 1, among `passages` whose sentences were scored."""
    passages: int
    confidence: float
    features: tuple[float, ...]
    """What the confidence is told by, of the first quote; confidence.FEATURES names each."""
    model: ConfidenceModel
    """What tells the confidence by them."""
    threshold: float
    """Confidence below which quoth abstains."""
    tokens: tuple[TokenMatch, ...]


def explain(engine: Engine, question: str, history: Sequence[Turn], quote: Quote, top: int | None = None) -> Why:
    """Find the answer again and tell how this quote of it came to be; raises InputInvalid when it is not there now."""
    quoter = Quoter(engine.generation, engine.settings)
    found = engine.find(question, history, quoter, top)
    asked, candidates = found.question, found.candidates
    draft = next((one for one in found.drafts if quoter.quote(one, quote.weak).citation == quote.citation), None)
    if draft is None:
        raise InputInvalid("The quote", "is no longer chosen, since the corpus changed", "ask the question again")
    best = draft.best
    rank = next(place for place, candidate in enumerate(candidates) if candidate.row == best.passage)
    features = engine.features(found)
    maxsim, passage_bm25 = float(best.sentence.matches.mean()), candidates[rank].terms
    sentence_bm25 = float(engine.generation.sentence_terms.scores(asked.terms)[best.row])
    return Why(
        searched=asked.text,
        belief=draft.belief,
        evidence=_evidence(engine, found, best.row) if best.reranked is None else (),
        weighed=min(found.scored, engine.settings.weighed),
        first_score=maxsim + engine.settings.sentence_terms * (sentence_bm25 + passage_bm25),
        reranked=best.reranked,
        maxsim=maxsim,
        sentence_bm25=sentence_bm25,
        passage_bm25=passage_bm25,
        passage_score=candidates[rank].score,
        cosine=candidates[rank].dense,
        passage_rank=rank + 1,
        passages=len(candidates),
        confidence=engine.model.probability(features),
        features=features,
        model=engine.model,
        threshold=engine.threshold,
        tokens=tuple(_tokens(engine, asked, draft, best)),
    )


def _evidence(engine: Engine, found: Found, row: int) -> tuple[tuple[str, float], ...]:
    if found.evidence is None or engine.learned is None:
        return ()
    place = next((at for at, one in enumerate(found.evidence.best) if one.row == row), None)
    if place is None:
        return ()
    given = found.evidence.sentences()
    raised = {
        name: float(weight * (given[name][place] - given[name].mean()))
        for name, weight in engine.learned.sentence.weights.items()
    }
    most = sorted(raised.items(), key=lambda item: (-abs(item[1]), item[0]))
    return tuple(most[:SHOWN])


def _tokens(engine: Engine, asked: Question, draft: Draft, best: RankedSentence) -> list[TokenMatch]:
    """Each token of the question with its best match in the whole quote."""
    matches = np.maximum.reduce([ranked.sentence.matches for ranked in draft.sentences]) / asked.weights
    pieces = [asked.text[start:end] for start, end in asked.tokens.offsets]
    words = _words(engine, asked, draft, best) or [None] * len(pieces)
    return [TokenMatch(*one) for one in zip(pieces, map(float, matches), map(float, asked.weights), words, strict=True)]


def _words(engine: Engine, asked: Question, draft: Draft, best: RankedSentence) -> list[str | None] | None:
    """The word that each token matches best; token places are not in the index, so the passage is read again."""
    generation = engine.generation
    text = generation.text(generation.passage(best.passage))
    offsets = next(engine.encoder.passages([("", text)])).offsets
    cosines = similarities(generation.bits(best.passage), asked.tokens.vectors, engine.generation.centre)
    within = [sentence for sentence in draft.sentences if sentence.passage == best.passage]
    if len(offsets) != len(cosines) or len(within) != len(draft.sentences):
        return None
    first = generation.sentence(within[0].row).first_token
    last = generation.sentence(within[-1].row).last_token
    if first >= last:
        return None
    return [_whole(text, *offsets[first + int(place)]) for place in cosines[first:last].argmax(axis=0)]


def _whole(text: str, start: int, end: int) -> str:
    """The whole word that a piece is of."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return text[start:end]
