"""Explain why a quote was chosen, by repeating its search and collecting the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.analysis import is_stop_word, terms
from retrieval.answering.confidence import ConfidenceModel
from retrieval.answering.cues import FUNCTION
from retrieval.answering.parts import Part, parts
from retrieval.answering.question import Question
from retrieval.answering.quoter import Draft, Quoter
from retrieval.answering.scoring import CONTEXT, RankedSentence
from retrieval.answering.trust import SearchOutcome
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.index.bits import similarities
from retrieval.records import ENGLISH, Filter, Quote, Turn

SHOWN = 5  # features in `Why.evidence`
NEAR = 0.5
"""Cosine of a word's best piece from which on another word is called near to it in meaning."""


@dataclass(frozen=True, slots=True)
class TokenMatch:
    """A word piece of the question, and its best match in the quote."""

    asked: str
    best: float
    """Cosine, -1 to 1."""
    weight: float
    """Weight of the token in the MaxSim; tokens of earlier turns weigh less."""
    found: str | None
    """The word of the quote, or of what it stands under; None where the passage cannot be encoded again as it was
    indexed."""


@dataclass(frozen=True, slots=True)
class WordMatch:
    """A word of the question that says what it is about, and what stands for it in the quote."""

    word: str
    match: str | None
    """The same word, or one near to it in meaning; None where there is neither."""
    is_same: bool
    """Whether it is the same word, in whatever form."""
    is_above: bool
    """Whether it is not in the quote, but in what the quote stands under."""


@dataclass(frozen=True, slots=True)
class Why:
    """The scores behind one quote: those of its best sentence, with the confidence of the whole answer."""

    searched: str
    belief: float
    """The belief, 0 to 1, that the quote holds the answer; that of its rank where a reranker ordered the sentences."""
    evidence: tuple[tuple[str, float], ...]
    """The features that changed the belief most: name, and logits by which it raised the quote's best sentence over the
    mean of the weighed ones. Empty without ranking models for the encoder, or where a reranker ordered the sentence."""
    weighed: int
    """Sentences whose beliefs sum to 1."""
    first_score: float
    """maxsim + terms_weight x (sentence_bm25 + passage_bm25)"""
    terms_weight: float
    reranked: float | None
    """The reranker's score of the quote's best sentence; None where no reranker read it."""
    read: float | None
    """The reader's log-odds that the quote's best sentence answers; None where no reader read it."""
    maxsim: float
    """Weighted mean of the tokens' best matches in the quote's best sentence."""
    sentence_bm25: float
    passage_bm25: float
    passage_score: float
    """cosine + passage_terms x passage_bm25"""
    cosine: float
    """Cosine of the passage's vector with the question's."""
    passage_rank: int
    """Rank of the passage, from 1, among the `passages` whose sentences were scored."""
    passages: int
    confidence: float
    features: tuple[float, ...]
    """The first quote's features, in the order of confidence.FEATURES."""
    model: ConfidenceModel
    """The confidence model in use."""
    threshold: float
    """Confidence below which quoth abstains."""
    tokens: tuple[TokenMatch, ...]
    words: tuple[WordMatch, ...]


def explain(
    engine: Engine,
    question: str,
    history: Sequence[Turn],
    quote: Quote,
    top: int | None = None,
    *,
    within: Filter | None = None,
) -> Why:
    """Answer again and return the scores behind this quote; raises InputInvalid where it is no longer chosen."""
    scope = engine.scope(within)
    questions = parts(question, history)
    for part in questions if len(questions) == 1 else [*questions, Part(question, tuple(history))]:
        quoter = Quoter(engine.generation, engine.settings, part.question)
        outcome = engine.find(part.question, part.history, quoter, top, scope=scope)
        for draft in outcome.drafts:
            if quoter.quote(draft, quote.weak).citation == quote.citation:
                return _why(engine, outcome, draft)
    raise InputInvalid("The quote", "is no longer chosen, since the corpus changed", "ask the question again")


def _why(engine: Engine, outcome: SearchOutcome, draft: Draft) -> Why:
    query, candidates = outcome.question, outcome.candidates
    best = draft.best
    rank = next(place for place, candidate in enumerate(candidates) if candidate.row == best.passage)
    features = engine.features(outcome)
    maxsim, passage_bm25 = float(best.sentence.matches.mean()), candidates[rank].terms
    sentence_bm25 = float(engine.generation.sentence_terms.scores_of(range(best.row, best.row + 1), query.terms)[0])
    language = engine.generation.language_of(best.passage)
    tokens, words = _matches(query, draft, _matching_words(engine, query, draft, best), language)
    return Why(
        searched=query.text,
        belief=draft.belief,
        evidence=_evidence(engine, outcome, best.row) if best.reranked is None else (),
        weighed=min(len(outcome.ranked), engine.settings.weighed),
        first_score=best.sentence.score,
        terms_weight=engine.first_stage.terms_weight(query.text),
        reranked=best.reranked,
        read=best.odds,
        maxsim=maxsim,
        sentence_bm25=sentence_bm25,
        passage_bm25=passage_bm25,
        passage_score=candidates[rank].score,
        cosine=candidates[rank].dense,
        passage_rank=rank + 1,
        passages=len(candidates),
        confidence=engine.trust(outcome, features),
        features=features,
        model=engine.model.applied(features),
        threshold=engine.threshold,
        tokens=tokens,
        words=words,
    )


def _evidence(engine: Engine, outcome: SearchOutcome, row: int) -> tuple[tuple[str, float], ...]:
    if outcome.evidence is None or engine.ranking_models is None:
        return ()
    place = next((at for at, sentence in enumerate(outcome.evidence.best) if sentence.row == row), None)
    if place is None:
        return ()
    evidence = outcome.evidence.sentences()
    raised = {
        name: float(weight * (evidence[name][place] - evidence[name].mean()))
        for name, weight in engine.ranking_models.sentence.weights.items()
    }
    strongest = sorted(raised.items(), key=lambda item: (-abs(item[1]), item[0]))
    return tuple(strongest[:SHOWN])


def _matches(
    query: Question, draft: Draft, words: Sequence[tuple[str, bool]] | None, language: str
) -> tuple[tuple[TokenMatch, ...], tuple[WordMatch, ...]]:
    """Return each token of the question, and each word of it but function words, with its match in the whole quote."""
    cosines = np.maximum.reduce([ranked.sentence.matches for ranked in draft.sentences]) / query.weights
    offsets = query.tokens.offsets.tolist()
    tokens: list[TokenMatch] = []
    nearest: dict[str, tuple[float, str, bool]] = {}
    for row, ((start, end), cosine, weight) in enumerate(
        zip(offsets, cosines.tolist(), query.weights.tolist(), strict=True)
    ):
        tokens.append(TokenMatch(query.text[start:end], cosine, weight, words[row][0] if words else None))
        question_word = _whole(query.text, start, end)
        if words and question_word[:1].isalnum() and not _is_function_word(question_word, language):
            nearest[question_word] = max(nearest.get(question_word, (-1.0, "", False)), (cosine, *words[row]))
    return tuple(tokens), tuple(
        _word_match(language, question_word, *match) for question_word, match in nearest.items()
    )


def _is_function_word(word: str, language: str) -> bool:
    return is_stop_word(word, language) or (language == ENGLISH and word.lower() in FUNCTION)


def _word_match(language: str, question_word: str, cosine: float, word: str, is_above: bool) -> WordMatch:
    is_same = terms(question_word, language) == terms(word, language)
    return WordMatch(question_word, word if is_same or cosine >= NEAR else None, is_same, is_above)


def _matching_words(
    engine: Engine, query: Question, draft: Draft, best: RankedSentence
) -> list[tuple[str, bool]] | None:
    """Return each token's best-matching word, and whether it is not in the quote but in what that stands under.

    The passage is encoded again, since the index has no token offsets; None where that gives other tokens.
    """
    generation = engine.generation
    passage = generation.passage(best.passage)
    text = generation.context_text(best.passage)
    text += generation.visible_text(passage.article)[passage.start : passage.end]
    offsets = next(engine.encoder.passages([("", text)])).offsets
    cosines = similarities(generation.bits(best.passage), query.tokens.vectors, engine.generation.centre)
    within = [sentence for sentence in draft.sentences if sentence.passage == best.passage]
    if len(offsets) != len(cosines) or len(within) != len(draft.sentences):
        return None
    first = generation.sentence(within[0].row).first_token
    last = generation.sentence(within[-1].row).last_token
    if first >= last:
        return None
    above = generation.sentence(generation.sentences_of(best.passage).start).first_token
    weighed = np.full(cosines.shape, -1.0)
    weighed[:above] = CONTEXT * cosines[:above]
    weighed[first:last] = cosines[first:last]
    return [(_whole(text, *offsets[place]), place < above) for place in weighed.argmax(axis=0).tolist()]


def _whole(text: str, start: int, end: int) -> str:
    """Return the whole word around a piece."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return text[start:end]
