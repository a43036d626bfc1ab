"""Reports what the corpus can and cannot answer: articles and sentences that no question reaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from retrieval.engine import Engine
from retrieval.evaluation.coverage.lines import Line, line_of, rows_within
from retrieval.evaluation.coverage.repeats import Alike
from retrieval.evaluation.coverage.self_retrieval import Selves
from retrieval.index.generation import Generation
from retrieval.records import Answer, Turn


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that somebody asked, or may ask."""

    question: str
    history: tuple[Turn, ...] = ()
    """The turns before it, oldest first."""


@dataclass(frozen=True, slots=True)
class ArticleReach:
    """How many questions an article answers. A quote counts for every article cited for it."""

    article: str
    title: str
    opening: Line | None
    """Its first sentence; None if it has none that may be quoted."""
    sentences: int
    quoted: int
    """Questions whose answer quotes it."""
    first: int
    """Questions whose answer quotes it first."""
    weak: int
    """Refused questions whose nearest sentences are its own."""


@dataclass(frozen=True, slots=True)
class Surfaced:
    """What the answers to a list of questions quote."""

    asked: int
    answered: int
    articles: tuple[ArticleReach, ...]
    """Every article, those that the fewest questions reach first."""
    quoted: int
    """Sentences quoted in any answer, including the same line in other articles."""
    best: int
    """Sentences in the first quote of any answer."""
    sentences: int
    """All sentences of the corpus."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What the corpus can and cannot answer."""

    surfaced: Surfaced | None
    """None if there are no questions to ask."""
    alike: Alike
    selves: Selves


@dataclass(slots=True)
class _Tally:
    """Question counts by article id, and rows of quoted sentences."""

    quoted: Counter[str] = field(default_factory=Counter)
    first: Counter[str] = field(default_factory=Counter)
    weak: Counter[str] = field(default_factory=Counter)
    rows: set[int] = field(default_factory=set)
    best: set[int] = field(default_factory=set)

    def add(self, answer: Answer, generation: Generation) -> None:
        places = [(quote.citation, *quote.also_in) for quote in answer.quotes]
        articles = {cited.article for cited in chain(*places)}
        if not answer.answered:
            self.weak.update(articles)
            return
        self.quoted.update(articles)
        self.first.update({cited.article for cited in places[0]})
        self.rows.update(row for cited in chain(*places) for row in rows_within(generation, cited))
        self.best.update(row for cited in places[0] for row in rows_within(generation, cited))


def surface(
    engine: Engine, questions: Sequence[AskedQuestion], tell: Callable[[int, int], None] = lambda count, total: None
) -> Surfaced:
    """Ask the questions and count what their answers quote; raise QuestionInvalid for one that cannot be asked."""
    generation, tally, answered = engine.generation, _Tally(), 0
    for number, question in enumerate(questions, start=1):
        answer = engine.trace(question.question, question.history).answer
        answered += answer.answered
        tally.add(answer, generation)
        tell(number, len(questions))
    articles = (_article(generation, row, tally) for row in range(len(generation)))
    return Surfaced(
        asked=len(questions),
        answered=answered,
        articles=tuple(sorted(articles, key=lambda reach: (reach.quoted, reach.first, reach.weak, reach.article))),
        quoted=len(tally.rows),
        best=len(tally.best),
        sentences=len(generation.sentences),
    )


def _article(generation: Generation, row: int, tally: _Tally) -> ArticleReach:
    ref, rows = generation.ref(row), generation.sentences_in(row)
    opening = line_of(generation, rows.start) if rows else None
    return ArticleReach(
        ref.article,
        ref.title,
        opening,
        len(rows),
        tally.quoted[ref.article],
        tally.first[ref.article],
        tally.weak[ref.article],
    )
