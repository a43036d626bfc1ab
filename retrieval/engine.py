"""The engine: an index opened for questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from retrieval import indexes
from retrieval.analysis import is_in_english
from retrieval.answering import calibration as calibrations
from retrieval.answering import differences, lookup, named_rows, ranking_models, recency
from retrieval.answering.calibration import Calibration
from retrieval.answering.confidence import BUILT_IN, READING, READING_UNFITTED, UNFITTED, ConfidenceModel
from retrieval.answering.dated_reading import read_dated
from retrieval.answering.first_stage import FirstStage
from retrieval.answering.parts import Part, join, parts
from retrieval.answering.question import Question, clean
from retrieval.answering.quoter import Quoter
from retrieval.answering.ranking_models import for_encoder
from retrieval.answering.reader import PassageReader, Reader, load_reader
from retrieval.answering.reading import READ, ReadingTask, joined, most_believed
from retrieval.answering.recency import time_asked
from retrieval.answering.reranker import Reranker, load_reranker, rerank
from retrieval.answering.retriever import Candidate, rank
from retrieval.answering.scope import Scope, Scopes
from retrieval.answering.scoring import RankedSentence
from retrieval.answering.sources import Sources
from retrieval.answering.trust import SearchOutcome, features, trust
from retrieval.answering.tuned_reader import folder_in_force
from retrieval.dates import Period
from retrieval.encoding.encoder import Encoder
from retrieval.encoding.models import default_cache
from retrieval.encoding.selection import question_encoder
from retrieval.errors import ModelReplaced, ReaderNotFound, ReaderUnusable
from retrieval.fingerprint import Fingerprint, short_digest
from retrieval.index.generation import Generation
from retrieval.index.manifest import built_with_another, check_encoder, check_model
from retrieval.index_address import index_at
from retrieval.paths import expanded
from retrieval.records import ENGLISH, Answer, ArticleRef, Filter, Quote, ScoredPassage, SearchResult, Turn
from retrieval.settings import AUTO_READER, BUILT_IN_READER, AnswerSettings
from retrieval.stages import measured

NEAREST = 3  # articles named with an answer
SEARCHED = 100  # passages that a search ranks, so that each page of them is a slice of one order
SPARE = 2
"""Quotes drafted for each that is wanted, since of those that say the same in other words only one is shown first."""


@dataclass(frozen=True, slots=True)
class Trace:
    """An answer with its features and candidates, for evaluation."""

    answer: Answer
    """It always has its quotes; those of an abstention are marked `weak`."""
    features: tuple[float, ...]
    """The features of the confidence; empty where nothing was found."""
    candidates: tuple[Candidate, ...]
    """The ranked passages, best first; only the first `AnswerSettings.candidates` had their sentences scored."""


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
        """That of the generation."""
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
        self._sources, self._scopes = Sources(generation), Scopes(generation)

    @property
    def built_in(self) -> ConfidenceModel:
        """The confidence model of an index without a calibration."""
        if self.reader is not None:
            return READING if self.ranking_models else READING_UNFITTED
        return BUILT_IN if self.ranking_models else UNFITTED

    @property
    def first_stage(self) -> FirstStage:
        """What searches, and ranks sentences for the reader."""
        return FirstStage(self.generation, self.encoder, self.settings, self.ranking_models, self._sources)

    @property
    def reader_digest(self) -> str | None:
        """The digest of its reader; None without one."""
        return self.reader.digest if self.reader is not None else None

    @property
    def answer_fingerprint(self) -> Fingerprint:
        """What its answers depend on, besides the question."""
        models = {
            "ranking": ranking_models.digest() if self.ranking_models else None,
            "reader": self.reader_digest,
            "reranker": self.settings.reranker,
            "confidence": [self.model.intercept, *self.model.weights],
        }
        # How many quotes are shown is asked for with a question: fewer are the first of more.
        settings = asdict(replace(self.settings, top=0, reader=None, reranker=None, threshold=self.threshold))
        return Fingerprint(self.fingerprint, short_digest(models), short_digest(settings))

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
        """Open the current generation of an index with its calibration, and without an own reader that cannot be used.

        >>> engine = Engine.open(index)
        >>> len(engine.generation)
        6
        >>> strict = Engine.open(index, AnswerSettings(threshold=0.9, top=1))

        `cache` holds exported models; `exporting` is called before an export, which takes half a minute. Raises
        IndexFault, ModelError, or InputInvalid where the calibration is damaged.
        """
        folder, settings = expanded(index_at(index)), settings or AnswerSettings()
        reading = load_reader(partial(folder_in_force, settings.reader, folder)) if settings.reader else None
        generation, calibration = indexes.current(folder), calibrations.read(folder)
        check_model(generation.manifest, folder)
        try:
            encoder = question_encoder(generation.manifest.encoder, cache or default_cache(), exporting)
        except ModelReplaced as error:
            raise built_with_another(generation.manifest, folder, error) from error
        check_encoder(generation.manifest, folder, encoder)
        reranker = load_reranker(settings.reranker) if settings.reranker else None
        reader, fault = _loaded(reading) if reading else (None, None)
        if fault and settings.reader not in (AUTO_READER, BUILT_IN_READER):
            raise ReaderNotFound(fault)
        engine = cls(generation, encoder, settings, calibration, reranker, reader)
        engine.reader_fault = fault
        return engine

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        top: int | None = None,
        show_weak: bool = False,
        within: Filter | None = None,
    ) -> Answer:
        """Answer with quotes, best first, or with an abstention; raises QuestionInvalid, FilterEmpty.

        >>> answer = engine.ask("Who closed the bridge in 2016?")
        >>> answer.answered
        True
        >>> cited = answer.quotes[0].citation
        >>> cited.article, cited.published
        ('bridge', '2019-05-17')
        >>> engine.ask("Why is the sky blue?").quotes
        ()

        `history` holds the earlier turns of the conversation, oldest first; those that the question leans on join the
        search, and no others. With `show_weak` an abstention keeps its quotes, marked `weak`. Only the articles that
        match `within` are searched.
        """
        answer = self.trace(question, history, top=top, within=within).answer
        return answer if answer.answered or show_weak else replace(answer, quotes=())

    def trace(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        top: int | None = None,
        depth: int | None = None,
        within: Filter | None = None,
    ) -> Trace:
        """Answer as `ask`, with features and candidates; `depth` is how many passages to rank, if more than needed."""
        began, scope = time.perf_counter(), self.scope(within)
        questions = parts(clean(question, self.settings.max_question), history)
        traces = [self._trace(part, top, depth, scope) for part in questions]
        trace = traces[0]
        if len(traces) > 1:
            answered = any(trace.answer.answered for trace in traces)
            whole = Part(question, tuple(history))
            trace = self._joined(traces, top) if answered else self._trace(whole, top, depth, scope)
        answer = replace(trace.answer, question=question, filtered=scope.filtered if scope else None)
        if answer.answered:
            answer = replace(
                answer,
                differences=differences.differences(answer.quotes, question),
                as_of=self._as_of(answer.quotes[0]) if time_asked(question) else None,
            )
        elapsed = round(1000 * (time.perf_counter() - began), 2)
        return replace(trace, answer=replace(answer, elapsed_ms=elapsed))

    def scope(self, within: Filter | None) -> Scope | None:
        """Return what a filter leaves, None without one; raises FilterEmpty where it leaves no article."""
        return self._scopes.of(within) if within and within.criteria else None

    def _as_of(self, quote: Quote) -> str | None:
        row = self.generation.row_of(quote.citation.article)
        published = self.generation.published(row) if row is not None else None
        return published.first if published else None

    def _trace(self, part: Part, top: int | None, depth: int | None, scope: Scope | None) -> Trace:
        """Answer a single question."""
        quoter = Quoter(self.generation, self.settings, part.question)
        outcome = self.find(part.question, part.history, quoter, top, depth, scope=scope)
        features = self.features(outcome) if outcome.drafts else ()
        trust = self.trust(outcome, features) if outcome.drafts else 0.0
        answered = bool(outcome.drafts) and trust >= self.threshold
        answer = Answer(
            question=part.question,
            answered=answered,
            confidence=round(trust, 4),
            quotes=tuple(quoter.quote(draft, weak=not answered) for draft in outcome.drafts),
            nearest=self._nearest(outcome.candidates[: self.settings.candidates]),
            fingerprint=str(self.answer_fingerprint),
            elapsed_ms=0.0,
            searched=outcome.question.text,
        )
        return Trace(answer, features, tuple(outcome.candidates))

    def _joined(self, traces: Sequence[Trace], top: int | None) -> Trace:
        """Join the answers to the questions of one message; features and candidates are the first answered one's."""
        first = next(trace for trace in traces if trace.answer.answered)
        return replace(first, answer=join([trace.answer for trace in traces], top or self.settings.top, NEAREST))

    def features(self, outcome: SearchOutcome) -> tuple[float, ...]:
        """Return the features of the confidence, in the order and with the meaning of FEATURES."""
        return features(outcome, self._sources, self.ranking_models)

    def trust(self, outcome: SearchOutcome, features: tuple[float, ...]) -> float:
        """Return the confidence in the first quote."""
        return trust(outcome, features, self.model, self._sources)

    def find(
        self,
        question: str,
        history: Sequence[Turn],
        quoter: Quoter,
        top: int | None = None,
        depth: int | None = None,
        *,
        scope: Scope | None = None,
    ) -> SearchOutcome:
        """Search, rank and draft the quotes of an answer."""
        first = replace(self.first_stage, scope=scope).search(question, history, quoter, depth)
        query, ranked = first.question, first.ranked
        reader = self._reader_of(query, ranked)
        if reader is not None:
            with measured("read"):
                odds = read_dated(self.generation, reader, first.to_read, first.earlier, most_believed(ranked, READ))
            ranked = joined(ranked, odds, self.settings.weighed)
        if sought := lookup.looked_up(query.text):
            ranked = lookup.first(ranked, sought, self._sources.place)
        elif about := lookup.named(query.text):
            ranked = lookup.prefer(ranked, about, self._sources.place)
        ranked = named_rows.prefer(ranked, query.text, self.generation)
        if self.reranker is not None:
            ranked = rerank(query.text, ranked, quoter.text_of, self.reranker, self.settings.rerank)
        if asked := time_asked(query.text):
            ranked = recency.prefer(ranked, asked, self._published)
        count = top or self.settings.top
        drafts = quoter.choose(ranked, SPARE * count)
        statements = [quoter.statement(draft) for draft in drafts]
        drafts = [drafts[place] for place in differences.order(statements, query.text, count)]
        languages = frozenset({ENGLISH, *(reader.languages if reader is not None else ())})
        return SearchOutcome(
            query, first.candidates, drafts, first.evidence, ranked, reader is not None, languages, scope
        )

    def to_read(self, question: str, history: Sequence[Turn], count: int = READ) -> ReadingTask:
        """Return what a reader is given for a question: its words, and the `count` most believed passages."""
        first = self.first_stage.search(question, history, Quoter(self.generation, self.settings, question))
        return ReadingTask(first.to_read, first.earlier, tuple(most_believed(first.ranked, count)))

    def _reader_of(self, query: Question, ranked: Sequence[RankedSentence]) -> PassageReader | None:
        """Return the reader where it was trained on the language of what is believed most; else None.

        The default encoder finds nothing across languages; another may well, so that the question counts, too.
        """
        if self.reader is None or not ranked:
            return None
        language = self.generation.language_of(ranked[0].passage)
        if self.ranking_models is None and language == ENGLISH and not is_in_english(query.text):
            return None
        return self.reader if language in self.reader.languages else None

    def _published(self, passage: int) -> Period | None:
        return self.generation.published(self.generation.passage(passage).article)

    def search(self, words: str, *, skip: int = 0, count: int = 10, within: Filter | None = None) -> SearchResult:
        """Return the passages nearest to the words, best first, whether or not they answer anything.

        >>> result = engine.search("gusts of wind", count=1)
        >>> result.passages[0].citation.article
        'storm'

        `count` of them after the first `skip`, of at most SEARCHED. Raises QuestionInvalid, FilterEmpty.
        """
        query, scope = self.prepare(words), self.scope(within)
        candidates = rank(self.generation, query, self.settings, SEARCHED, scope)
        passages = tuple(map(self._scored_passage, candidates[skip : skip + count]))
        return SearchResult(words, query.text, passages, skip, len(candidates), scope.filtered if scope else None)

    def _scored_passage(self, candidate: Candidate) -> ScoredPassage:
        passage = self.generation.passage(candidate.row)
        first = self.generation.sentence(self.generation.sentences_of(candidate.row).start)
        citation = self.generation.cite(*passage, first.paragraph)
        return ScoredPassage(citation, self.generation.text(passage), candidate.score)

    def prepare(self, question: str) -> Question:
        """Return the question as searched for."""
        return self.first_stage.prepare(question)

    def _nearest(self, candidates: Sequence[Candidate]) -> tuple[ArticleRef, ...]:
        articles = dict.fromkeys(self.generation.passage(candidate.row).article for candidate in candidates)
        return tuple(self.generation.ref(article) for article in list(articles)[:NEAREST])


def _loaded(reading: Future[Reader]) -> tuple[Reader | None, ReaderUnusable | None]:
    """Return a reader that is being loaded, or why it cannot be used."""
    try:
        return reading.result(), None
    except ReaderUnusable as error:
        return None, error
