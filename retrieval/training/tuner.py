"""Tune a reader for an index: try it on held-out articles, and train the one to keep on all questions.

Each question is answered, by the whole engine, by a reader that has learned from no question on any of its articles,
and paired with the answer that the reader to tune gives. Both answer without a calibration: one belongs to the reader
that it was made with.

A tuned reader is less sure where it answers least surely, so that more questions would be refused. An offset restores
the low tenth of its log-odds; each fold's comes from the answers in the other folds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from retrieval.answering.reader import PassageReader, open_reader
from retrieval.answering.tuned_reader import FigureChange, Tuning
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.evaluation.asking import ask_all
from retrieval.evaluation.folds import FEWEST_ARTICLES, by_article, question_arrays
from retrieval.evaluation.measures.compare import compare
from retrieval.evaluation.records import Comparison, Difference, Outcome, Posed, Provenance
from retrieval.training.batches import Batch, Batches
from retrieval.training.corpus_questions import CorpusQuestion, CorpusQuestions
from retrieval.training.exported_weights import load_exported
from retrieval.training.exporting import Card, export_reader
from retrieval.training.groups import Group
from retrieval.training.odds_offset import OffsetReader, restoring
from retrieval.training.reader_model import ReaderModel
from retrieval.training.tuning import TOKENS, LowerBatch, TuningPlan, in_file, read_lower, tuned

FEWEST = 20
"""Answerable questions below which no difference could be significant."""
PRIMARY = "quotes P@1"
"""The figure that has to be significantly better."""
GUARDED = (
    *("quotes Success@3", "quotes RR@10"),
    *("refusals AUROC", "refusals false refusals", "refusals false answers"),
)
"""Figures none of which may be significantly worse."""


class Stage(NamedTuple):
    """A stage of the work."""

    name: str
    """before, search, read, train, export, odds, after or final."""
    fold: int = 0
    """From 1; 0 for a stage that is no fold's."""
    folds: int = 0


Tell = Callable[[Stage, int, int], None]
"""Called with (stage, steps done, all steps) as work goes on."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The reader that was tuned against tuned ones, on held-out articles."""

    comparison: Comparison
    folds: int
    offset: float = 0.0
    """What restores the log-odds of a reader tuned on all questions, from the held-out answers of all folds."""

    def figure(self, key: str) -> Difference | None:
        """Return a figure by group and name; None where it applies to no question."""
        named = {f"{figure.group} {figure.name}": figure for figure in self.comparison.differences}
        return named.get(key)

    @property
    def figures(self) -> tuple[Difference, ...]:
        """The figures that decide."""
        return tuple(figure for key in (PRIMARY, *GUARDED) if (figure := self.figure(key)) is not None)

    @property
    def worse(self) -> tuple[Difference, ...]:
        """The guarded figures that are significantly worse."""
        return tuple(figure for figure in self.figures if figure.verdict == "loss")

    @property
    def better(self) -> bool:
        """Whether the tuned readers are significantly better, and in nothing significantly worse."""
        primary = self.figure(PRIMARY)
        return primary is not None and primary.verdict == "gain" and not self.worse


def check(posed: Sequence[Posed], gold: str) -> None:
    """Raise InputInvalid where questions are too few to tune on, or all on the same articles."""
    what, more = f"The gold set {gold}", "add questions on other articles"
    placed = [question for question in posed if question.targets and not question.targets[0].whole]
    if not placed and any(question.targets for question in posed):
        raise InputInvalid(what, "judges whole articles, and a reader learns from places in them", "add quotes to it")
    if len(placed) < FEWEST:
        reason = f"has {len(placed):,} answerable questions, too few to tune on"
        raise InputInvalid(what, reason, f"add questions until there are at least {FEWEST}, better some hundreds")
    articles = {question.targets[0].article for question in placed}
    if len(articles) < FEWEST_ARTICLES:
        names = " and ".join(sorted(articles))
        reason = f"asks only about {names}, and at least {FEWEST_ARTICLES} articles are needed to hold some of them out"
        raise InputInvalid(what, reason, more)


class Tuner:
    """Tunes the reader in a folder for the index of an engine."""

    def __init__(
        self, engine: Engine, base: Path, encoder: Path, plan: TuningPlan, scratch: Path, tell: Tell = lambda *_: None
    ) -> None:
        """`engine` answers with the reader in `base`, trained from `encoder`; `scratch` is a folder to fill."""
        self.engine, self._base, self._encoder = engine, base, encoder
        self._plan, self._scratch, self._tell = plan, scratch, tell
        self._reader: ReaderModel | None = None
        self._batches: dict[frozenset[int], list[LowerBatch]] = {}

    def trial(
        self, posed: Sequence[Posed], feedback: Sequence[CorpusQuestion], provenance: Provenance, most_folds: int
    ) -> Trial:
        """Tune once for each fold, and compare; `feedback` is learned from and not measured. Raises InputInvalid."""
        check(posed, provenance.gold)
        before = ask_all(self.engine, posed, provenance, partial(self._tell, Stage("before")))
        folds = by_article(question_arrays(before.outcomes), most_folds).tolist()
        self._read(posed, folds, feedback)
        count = max(folds) + 1
        readers = [self._exported(self._tuned(fold, count), Stage("export", fold + 1, count)) for fold in range(count)]
        held_out = [
            [question for question, number in zip(posed, folds, strict=True) if number == fold] for fold in range(count)
        ]
        unshifted = self._answers(Stage("odds"), readers, held_out, provenance)
        offsets = [
            restoring(
                before.outcomes, [outcome for other in unshifted[:fold] + unshifted[fold + 1 :] for outcome in other]
            )
            for fold in range(count)
        ]
        shifted = self._answers(Stage("after"), map(OffsetReader, readers, offsets), held_out, provenance)
        outcomes = {outcome.id: outcome for of_fold in shifted for outcome in of_fold}
        after = replace(before, outcomes=tuple(outcomes[outcome.id] for outcome in before.outcomes))
        offset = restoring(before.outcomes, [outcome for of_fold in unshifted for outcome in of_fold])
        return Trial(compare(before, after), count, offset)

    def export(self, card: Card, offset: float) -> Path:
        """Tune on all questions of the trial, add the offset to the log-odds; return the folder with the reader."""
        reader = self._tuned(None, 0)
        reader.add_to_odds(offset)
        folder = self._scratch / "all"
        self._tell(Stage("export"), 0, 1)
        export_reader(reader, folder, card)
        return folder

    def _answers(
        self,
        stage: Stage,
        readers: Iterable[PassageReader],
        held_out: Sequence[Sequence[Posed]],
        provenance: Provenance,
    ) -> list[tuple[Outcome, ...]]:
        """Return the judged answers of each fold's reader to the questions that it was not tuned on."""
        answers = []
        for fold, (reader, posed) in enumerate(zip(readers, held_out, strict=True), start=1):
            tell = partial(self._tell, stage._replace(fold=fold, folds=len(held_out)))
            answers.append(ask_all(self._engine_with(reader), posed, provenance, tell).outcomes)
        return answers

    def _read(self, posed: Sequence[Posed], folds: Sequence[int], feedback: Sequence[CorpusQuestion]) -> None:
        """Have the lower layers read all questions, kept apart by the folds that must not learn from them."""
        questions = [CorpusQuestion(each.gold.question, each.gold.history, each.targets) for each in posed]
        fold_of_article = {
            question.targets[0].article: fold
            for question, fold in zip(questions, folds, strict=True)
            if question.targets
        }
        fold_of_words = {_words(question): fold for question, fold in zip(questions, folds, strict=True)}
        kept_from = [{fold} for fold in folds] + [
            {fold_of_words[words]} if (words := _words(question)) in fold_of_words else set[int]()
            for question in feedback
        ]
        corpus = CorpusQuestions(self.engine)
        groups: dict[frozenset[int], list[Group]] = {}
        learned = [*questions, *feedback]
        for number, (question, own) in enumerate(zip(learned, kept_from, strict=True), start=1):
            articles = {target.article for target in question.targets} | set(corpus.articles_of(question.wrong))
            key = frozenset(own | {fold_of_article[article] for article in articles & fold_of_article.keys()})
            groups.setdefault(key, []).extend(corpus.groups(question))
            self._tell(Stage("search"), number, len(learned))
        self._reader = load_exported(self._base, self._encoder)
        batches = Batches(corpus.prepared(), self._encoder / "tokenizer.json", TOKENS)
        packed = [(key, *pair) for key, of_key in groups.items() for pair in batches.with_groups(of_key)]
        lower = in_file(self._lower([(len(own), batch) for _, own, batch in packed]), self._scratch / "hidden")
        for (key, *_), batch in zip(packed, lower, strict=True):
            self._batches.setdefault(key, []).append(batch)

    def _lower(self, batches: Sequence[tuple[int, Batch]]) -> Iterator[LowerBatch]:
        """Yield batches, given with the number of their groups, as the lower layers read them."""
        assert self._reader is not None
        total, done = sum(count for count, _ in batches), 0
        for (count, _), lower in zip(batches, read_lower(self._reader, (batch for _, batch in batches)), strict=True):
            done += count
            self._tell(Stage("read"), done, total)
            yield lower

    def _tuned(self, fold: int | None, folds: int) -> ReaderModel:
        """Return a reader tuned on all questions but a fold's."""
        assert self._reader is not None
        batches = [batch for key, of_key in self._batches.items() if fold not in key for batch in of_key]
        stage = Stage("final") if fold is None else Stage("train", fold + 1, folds)
        return tuned(self._reader, batches, self._plan, partial(self._tell, stage))

    def _exported(self, model: ReaderModel, stage: Stage) -> PassageReader:
        """Return a reader as it would be shipped."""
        self._tell(stage, 0, 1)
        folder = self._scratch / str(stage.fold)
        export_reader(model, folder, Card("", "", 0, "", tuple(sorted(self._languages))))
        return open_reader(folder)

    def _engine_with(self, reader: PassageReader) -> Engine:
        own = self.engine
        return Engine(own.generation, own.encoder, own.settings, None, own.reranker, reader)

    @property
    def _languages(self) -> frozenset[str]:
        reader = self.engine.reader
        return frozenset(reader.languages) if reader is not None else frozenset()


@dataclass(frozen=True, slots=True)
class TunedCard(Card):
    """The model card of a tuned reader."""

    tuning: Tuning | None = None


def changes(figures: Sequence[Difference]) -> tuple[FigureChange, ...]:
    """Return figures as a card has them."""
    return tuple(
        FigureChange(
            f"{figure.group} {figure.name}",
            figure.before,
            figure.after,
            figure.low,
            figure.high,
            figure.p,
            figure.count,
            figure.unit,
        )
        for figure in figures
    )


def _words(question: CorpusQuestion) -> str:
    return " ".join(question.text.casefold().split())
