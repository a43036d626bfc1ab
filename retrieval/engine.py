"""The engine: an index opened for questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.analysis import is_in_english, script_of
from retrieval.answering import calibration as calibrations
from retrieval.answering import differences, lookup
from retrieval.answering.calibration import Calibration
from retrieval.answering.confidence import BUILT_IN, READING, READING_UNFITTED, UNFITTED, ConfidenceModel
from retrieval.answering.features import Evidence, QuestionAnalysis
from retrieval.answering.followup import resolve
from retrieval.answering.parts import Part, join, parts, unwrapped
from retrieval.answering.question import Question, clean, prepare
from retrieval.answering.quoter import Draft, Quoter
from retrieval.answering.ranking_models import for_encoder, log_odds, log_share, softmax
from retrieval.answering.reader import PassageReader, Reader, load_reader
from retrieval.answering.reading import READ, UNREAD, joined, most_believed, read
from retrieval.answering.reranker import Reranker, load_reranker, rerank
from retrieval.answering.retriever import Candidate, rank
from retrieval.answering.scoring import RankedSentence, ScoredSentence, score_sentences
from retrieval.answering.sources import Sources
from retrieval.answering.tuned_reader import folder_in_force
from retrieval.encoding.encoder import Encoder
from retrieval.encoding.models import default_cache
from retrieval.encoding.selection import question_encoder
from retrieval.errors import ReaderUnusable
from retrieval.index.generation import Generation
from retrieval.index.manifest import check_encoder
from retrieval.paths import expanded
from retrieval.records import Answer, ArticleRef, ScoredPassage, Turn
from retrieval.settings import AnswerSettings

Flags = NDArray[np.bool_]
NEAREST = 3  # articles named with an answer
SPARE = 2
"""Quotes drafted for each that is wanted, since of those that say the same in other words only one is shown first."""
FOREIGN = 9.0
"""Taken off the logit of a sentence in another script than the question's, where the encoder knows Latin letters alone:
what it makes of others hardly tells one from another."""
SHARPNESS = 30.0
"""Scale of first-stage scores as logits of the belief, for an encoder without ranking models."""


@dataclass(frozen=True, slots=True)
class Trace:
    """An answer with its features and candidates, for evaluation."""

    answer: Answer
    """It always has its quotes; those of an abstention are marked `weak`."""
    features: tuple[float, ...]
    """The features of the confidence; empty where nothing was found."""
    candidates: tuple[Candidate, ...]
    """The ranked passages, best first; only the first `AnswerSettings.candidates` had their sentences scored."""


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


@dataclass(frozen=True, slots=True)
class ReadingTask:
    """What a reader is given for a question."""

    question: str
    passages: tuple[int, ...]
    """Rows, the most believed first."""


@dataclass(frozen=True, slots=True)
class _FirstStage:
    """What is known of a question before a reader reads."""

    question: Question
    candidates: list[Candidate]
    ranked: list[RankedSentence]
    evidence: Evidence | None

    @property
    def to_read(self) -> str:
        """The question as a reader sees it, without the context that only the search has."""
        return self.question.text[self.question.context :].strip()


class Engine:
    """Answers questions from one generation of an index. Use it from one thread at a time."""

    def __init__(
        self,
        generation: Generation,
        encoder: Encoder,
        settings: AnswerSettings,
        calibration: Calibration | None = None,
        reranker: Reranker | None = None,
        reader: PassageReader | None = None,
    ) -> None:
        """Ignore a calibration that does not fit the generation or this version of quoth."""
        self.generation, self.encoder, self.settings = generation, encoder, settings
        self.reranker, self.reader = reranker, reader
        self.fingerprint = generation.manifest.fingerprint
        self.stale_calibration = (
            calibration.misfit(generation.manifest.encoder, settings.reranker, self.reader_digest)
            if calibration
            else None
        )
        """Why the index's calibration is not used; None where it is, or there is none."""
        self.calibration = None if self.stale_calibration else calibration
        """The calibration in use."""
        self.ranking_models = for_encoder(encoder.spec.digest)
        self.model: ConfidenceModel = self.calibration.model if self.calibration else self.built_in
        """The confidence model in use."""
        self.reader_fault: ReaderUnusable | None = None
        """Why it answers without the reader that its settings name; None where it does not."""
        self._sources = Sources(generation)

    @property
    def built_in(self) -> ConfidenceModel:
        """The confidence model of an index without a calibration."""
        if self.reader is not None:
            return READING if self.ranking_models else READING_UNFITTED
        return BUILT_IN if self.ranking_models else UNFITTED

    @property
    def reader_digest(self) -> str | None:
        """The digest of its reader; None without one."""
        return self.reader.digest if self.reader is not None else None

    @property
    def threshold(self) -> float:
        """The confidence below which it abstains: the user's, the calibrated or else the built-in one."""
        return calibrations.threshold_in_force(self.settings, self.calibration)

    @classmethod
    def open(
        cls,
        index: str | Path,
        settings: AnswerSettings | None = None,
        *,
        cache: Path | None = None,
        exporting: Callable[[], None] = lambda: None,
    ) -> Engine:
        """Open the current generation of an index with its calibration, and without a reader that cannot be used.

        `cache` holds exported models; `exporting` is called before an export, which takes half a minute. Raises
        IndexFault, ModelError, or InputInvalid where the calibration is damaged.
        """
        folder, settings = expanded(Path(index)), settings or AnswerSettings()
        reading = load_reader(partial(folder_in_force, settings.reader, folder)) if settings.reader else None
        generation, calibration = Generation.current(folder, whole=True), calibrations.read(folder)
        encoder = question_encoder(generation.manifest.encoder, cache or default_cache(), exporting)
        check_encoder(generation.manifest, folder, encoder)
        reranker = load_reranker(settings.reranker) if settings.reranker else None
        reader, fault = _loaded(reading) if reading else (None, None)
        engine = cls(generation, encoder, settings, calibration, reranker, reader)
        engine.reader_fault = fault
        return engine

    def ask(
        self, question: str, history: Sequence[Turn] = (), *, top: int | None = None, show_weak: bool = False
    ) -> Answer:
        """Answer with quotes, best first, or with an abstention; raises QuestionInvalid.

        `history` holds the earlier turns of the conversation, oldest first; they join the search when the question
        leans on them. With `show_weak` an abstention keeps its quotes, marked `weak`.
        """
        answer = self.trace(question, history, top=top).answer
        return answer if answer.answered or show_weak else replace(answer, quotes=())

    def trace(
        self, question: str, history: Sequence[Turn] = (), *, top: int | None = None, depth: int | None = None
    ) -> Trace:
        """Answer as `ask`, with features and candidates; `depth` is how many passages to rank, if more than needed."""
        began = time.perf_counter()
        questions = parts(clean(question, self.settings.max_question), history)
        traces = [self._trace(part, top, depth) for part in questions]
        trace = traces[0]
        if len(traces) > 1:
            answered = any(trace.answer.answered for trace in traces)
            trace = self._joined(traces, top) if answered else self._trace(Part(question, tuple(history)), top, depth)
        answer = trace.answer
        if answer.answered:
            answer = replace(answer, differences=differences.differences(answer.quotes, question))
        elapsed = round(1000 * (time.perf_counter() - began), 2)
        return replace(trace, answer=replace(answer, question=question, elapsed_ms=elapsed))

    def _trace(self, part: Part, top: int | None, depth: int | None) -> Trace:
        """Answer a single question."""
        quoter = Quoter(self.generation, self.settings, part.question)
        outcome = self.find(part.question, part.history, quoter, top, depth)
        features = self.features(outcome) if outcome.drafts else ()
        trust = self.trust(outcome, features) if outcome.drafts else 0.0
        answered = bool(outcome.drafts) and trust >= self.threshold
        answer = Answer(
            question=part.question,
            answered=answered,
            confidence=round(trust, 4),
            quotes=tuple(quoter.quote(draft, weak=not answered) for draft in outcome.drafts),
            nearest=self._nearest(outcome.candidates[: self.settings.candidates]),
            fingerprint=self.fingerprint,
            elapsed_ms=0.0,
            searched=outcome.question.text,
        )
        return Trace(answer, features, tuple(outcome.candidates))

    def _joined(self, traces: Sequence[Trace], top: int | None) -> Trace:
        """Join the answers to the questions of one message; features and candidates are the first answered one's."""
        first = next(trace for trace in traces if trace.answer.answered)
        return replace(first, answer=join([trace.answer for trace in traces], top or self.settings.top, NEAREST))

    def trust(self, outcome: SearchOutcome, features: tuple[float, ...]) -> float:
        """Return the confidence in the first quote."""
        trust = self.model.probability(features)
        question, first = outcome.question, outcome.drafts[0]
        passage = self._sources.passage_text(first.best.passage)
        if question.doubtful or lookup.missing_codes(
            question.text, self.generation.passage_terms.__contains__, passage
        ):
            return min(trust, lookup.MISSING)
        if (sought := lookup.looked_up(question.text)) is None:
            return trust
        has_it = any(sought.is_in(self._sources.place(sentence.row)) for sentence in first.sentences)
        if has_it:
            return max(trust, lookup.FOUND)
        return min(trust, lookup.MISSING) if sought.is_exact else trust

    def find(
        self,
        question: str,
        history: Sequence[Turn],
        quoter: Quoter,
        top: int | None = None,
        depth: int | None = None,
    ) -> SearchOutcome:
        """Search, rank and draft the quotes of an answer."""
        first = self._first_stage(question, history, quoter, depth)
        query, ranked = first.question, first.ranked
        reader = self._reader_of(query, ranked)
        if reader is not None:
            odds = read(self.generation, reader, first.to_read, history, most_believed(ranked, READ))
            ranked = joined(ranked, odds, self.settings.weighed)
        if sought := lookup.looked_up(query.text):
            ranked = lookup.first(ranked, sought, self._sources.place)
        if self.reranker is not None:
            ranked = rerank(query.text, ranked, quoter.text_of, self.reranker, self.settings.rerank)
        count = top or self.settings.top
        drafts = quoter.choose(ranked, SPARE * count)
        statements = [quoter.statement(draft) for draft in drafts]
        drafts = [drafts[place] for place in differences.order(statements, query.text, count)]
        return SearchOutcome(query, first.candidates, drafts, first.evidence, len(ranked), reader is not None)

    def to_read(self, question: str, history: Sequence[Turn], count: int = READ) -> ReadingTask:
        """Return what a reader is given for a question: its words, and the `count` most believed passages."""
        first = self._first_stage(question, history, Quoter(self.generation, self.settings, question))
        return ReadingTask(first.to_read, tuple(most_believed(first.ranked, count)))

    def _first_stage(
        self, question: str, history: Sequence[Turn], quoter: Quoter, depth: int | None = None
    ) -> _FirstStage:
        """Search, and rank the sentences by the belief in each."""
        plain = unwrapped(clean(question, self.settings.max_question))
        resolved = resolve(plain, history)
        query = self._prepared(resolved.text, resolved.context)
        count = self.settings.candidates
        candidates = rank(self.generation, query, self.settings, max(count, depth or count))
        scored = score_sentences(self.generation, query, candidates[:count], self.settings)
        if resolved.beyond:
            scored = [sentence for sentence in scored if not quoter.within(sentence, history[-1].quotes)]
        evidence = self._evidence(query, scored)
        return _FirstStage(query, candidates, self._ranked(query, scored, evidence), evidence)

    def _reader_of(self, query: Question, ranked: Sequence[RankedSentence]) -> PassageReader | None:
        """Return the reader where it was trained on the language of what is believed most; else None.

        The default encoder finds nothing across languages; another may well, so that the question counts, too.
        """
        if self.reader is None or not ranked:
            return None
        if self.ranking_models is None and not is_in_english(query.text):
            return None
        article = self.generation.passage(ranked[0].passage).article
        return self.reader if self.generation.article(article).language in self.reader.languages else None

    def _evidence(self, query: Question, scored: list[ScoredSentence]) -> Evidence | None:
        if self.ranking_models is None or not scored or not len(query.tokens.vectors):
            return None
        return Evidence(
            QuestionAnalysis(query, self.generation.sentence_terms.idf),
            scored,
            self.settings.weighed,
            self._sources.cues,
        )

    def _ranked(self, query: Question, scored: list[ScoredSentence], evidence: Evidence | None) -> list[RankedSentence]:
        """Rank the first stage's best sentences by the belief in each; the others have a belief of 0."""
        if not scored:
            return []
        depth = self.settings.weighed
        if evidence is not None and self.ranking_models is not None:
            logits = self.ranking_models.sentence.of(evidence.sentences())
            logits = logits - FOREIGN * self._in_other_scripts(query, scored[:depth])
        else:
            logits = SHARPNESS * np.array([sentence.score for sentence in scored[:depth]])
        best = list(map(RankedSentence, scored, softmax(logits).tolist()))
        best.sort(key=lambda ranked: (-ranked.belief, ranked.row))
        return [*best, *(RankedSentence(sentence, 0.0) for sentence in scored[depth:])]

    def _in_other_scripts(self, query: Question, sentences: Sequence[ScoredSentence]) -> Flags:
        """Return whether each sentence is in another script than a question that is in none of Latin letters, [s]."""
        if self._knows_script(query.text):
            return np.zeros(len(sentences), dtype=bool)
        script = script_of(query.text)
        texts = (self.generation.text(self.generation.sentence(sentence.row)) for sentence in sentences)
        return np.array([script_of(text) != script for text in texts], dtype=bool)

    def _knows_script(self, text: str) -> bool:
        """Return whether the encoder knows the letters of a text: the one with ranking models knows Latin ones."""
        return self.ranking_models is None or script_of(text) in (None, "LATIN")

    def passages(self, question: str, count: int = 10) -> list[ScoredPassage]:
        """Return the passages nearest to the question, best first, whether or not they answer it."""
        scored_passages = []
        for candidate in rank(self.generation, self.prepare(question), self.settings, count):
            passage = self.generation.passage(candidate.row)
            first = self.generation.sentence(self.generation.sentences_of(candidate.row).start)
            citation = self.generation.cite(*passage, first.paragraph)
            scored_passages.append(ScoredPassage(citation, self.generation.text(passage), candidate.score))
        return scored_passages

    def prepare(self, question: str) -> Question:
        """Return the question as searched for."""
        return self._prepared(unwrapped(clean(question, self.settings.max_question)))

    def _prepared(self, text: str, context: int = 0) -> Question:
        terms = self.generation.passage_terms
        return prepare(text, self.encoder, terms, lambda: self._vocabulary, context=context)

    @cached_property
    def _vocabulary(self) -> Sequence[str]:
        return self.generation.words()

    def features(self, outcome: SearchOutcome) -> tuple[float, ...]:
        """Return the features of the confidence, in the order and with the meaning of FEATURES."""
        best = outcome.drafts[0]
        is_known = self._knows_script(outcome.question.text)
        maxsim, terms = best.maxsim, self._sources.terms_found(outcome.question.terms, best.sentences[0].passage)
        share = best.belief + sum(twin.belief for twin in best.twins)
        reading = self._reading(best, share) if outcome.read else (0.0, 0.0)
        if outcome.evidence is None or self.ranking_models is None or not is_known:
            return maxsim if is_known else 0.0, terms, 0.0, 0.0, *reading
        evidence = outcome.evidence.answer(best.best.row, share, outcome.candidates[0].score)
        return (
            maxsim,
            terms,
            log_share(self.ranking_models.topic.of(evidence)),
            log_share(self.ranking_models.support.of(evidence)),
            *reading,
        )

    def _reading(self, best: Draft, share: float) -> tuple[float, float]:
        """Return the features of the confidence that need a reader."""
        odds = max(UNREAD if sentence.odds is None else sentence.odds for sentence in best.sentences)
        return odds, log_odds(share)

    def _nearest(self, candidates: Sequence[Candidate]) -> tuple[ArticleRef, ...]:
        articles = dict.fromkeys(self.generation.passage(candidate.row).article for candidate in candidates)
        return tuple(self.generation.ref(article) for article in list(articles)[:NEAREST])


def _loaded(reading: Future[Reader]) -> tuple[Reader | None, ReaderUnusable | None]:
    """Return a reader that is being loaded, or why it cannot be used."""
    try:
        return reading.result(), None
    except ReaderUnusable as error:
        return None, error
